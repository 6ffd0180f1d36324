//! Configuration: defaults that are embedded, a file over them, the environment over both; read once.

mod environment;
mod fee;
mod sections;
mod watching;

use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use kit::Policies;
use serde::Deserialize;

pub use environment::{EnvironmentAccount, Listed, Variables, has_credentials, listed};
pub use fee::Fee;
pub use sections::{
    CashOnDelivery, CodeLimit, Database, Encryption, Limits, Network, Notify, Payments, RemittanceColumns, Retention,
    Server, Settlement, Shipping, ShippingRule, StatementColumns, Streams, Work,
};
pub use watching::{Alerts, Health, HealthThresholds, Incidents, Promised, Traces};

/// The commented defaults: also the reference of every setting.
pub const DEFAULTS: &str = include_str!("default.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Listeners.
    pub server: Server,
    /// Where the data is.
    pub database: Database,
    /// What seals secrets.
    pub encryption: Encryption,
    /// Where calls may go.
    pub network: Network,
    /// What callers may do.
    pub limits: Limits,
    /// Streams of events.
    pub streams: Streams,
    /// The life of a payment.
    pub payments: Payments,
    /// Carriers.
    pub shipping: Shipping,
    /// Due work.
    pub work: Work,
    /// Notifications to merchants.
    pub notify: Notify,
    /// Alerts to operators.
    pub alerts: Alerts,
    /// How services are watched.
    pub health: Health,
    /// The life of an incident.
    pub incidents: Incidents,
    /// Comparing with providers' books and banks' statements.
    pub settlement: Settlement,
    /// Cash that carriers collect.
    pub cash_on_delivery: CashOnDelivery,
    /// How long things are kept.
    pub retention: Retention,
    /// Where traces go.
    pub traces: Traces,
    /// Providers' figures.
    pub policy: Policies,
    /// The default store's accounts, by provider.
    #[serde(skip)]
    pub accounts: Vec<EnvironmentAccount>,
}

/// A setting that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the configuration cannot be read: {0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads the defaults, the file and the variables.
    pub fn load(file: Option<&Path>, variables: &Variables) -> Result<Self, ConfigError> {
        let figment = figment(file, variables);
        let mut config: Self = figment.extract().map_err(|error| ConfigError(error.to_string()))?;
        // A provider's own figures stand on the default's: what it does not name is not the code's default.
        config.policy = policies(&figment)?;
        config.accounts = variables.accounts();
        // Without a port yet, it is told once we listen.
        if config.server.public_url.is_empty() && config.server.port != 0 {
            config.server.public_url = format!("http://{}:{}", config.server.host, config.server.port);
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |text: &str| Err(ConfigError(text.to_owned()));
        let public = &self.server.public_url;
        if !public.is_empty() && url::Url::parse(public).is_err() {
            return refuse("server.public_url is not a URL");
        }
        let longest = std::iter::once(&self.policy.default)
            .chain(self.policy.providers.values())
            .map(|policy| policy.deadline_ms);
        let longest = longest.max().unwrap_or(0) + 5_000;
        if longest > self.payments.answer_ms {
            return refuse("payments.answer_ms must exceed every policy's deadline_ms by 5 seconds");
        }
        if longest > self.shipping.answer_ms {
            return refuse("shipping.answer_ms must exceed every policy's deadline_ms by 5 seconds");
        }
        if longest > self.work.lease_ms {
            return refuse("work.lease_ms must exceed every policy's deadline_ms by 5 seconds");
        }
        if self.notify.timeout_ms + 5_000 > self.work.lease_ms {
            return refuse("work.lease_ms must exceed notify.timeout_ms by 5 seconds");
        }
        if self.notify.concurrency == 0
            || self.notify.concurrency_per_endpoint == 0
            || self.notify.suspect_concurrency == 0
        {
            return refuse("notify.concurrency, concurrency_per_endpoint and suspect_concurrency must be at least 1");
        }
        if self.streams.per_process == 0 || self.streams.per_store == 0 || self.streams.ping_ms == 0 {
            return refuse("streams.per_process, per_store and ping_ms must be at least 1");
        }
        if !(0..24).contains(&self.settlement.hour) || !(1..=60).contains(&self.settlement.give_up_days) {
            return refuse("settlement.hour must be from 0 to 23, and settlement.give_up_days from 1 to 60");
        }
        if self.health.soon_ms == 0 || self.health.timeout_ms == 0 {
            return refuse("health.soon_ms and timeout_ms must be at least 1");
        }
        let Incidents { look_ms, close_ms, escalate_ms, remind_ms, .. } = self.incidents;
        if [look_ms, close_ms, escalate_ms, remind_ms].contains(&0) {
            return refuse("incidents.look_ms, close_ms, escalate_ms and remind_ms must be at least 1");
        }
        if self.health.thresholds.fail == 0 || self.health.thresholds.recover == 0 {
            return refuse("health.thresholds.fail and recover must be at least 1");
        }
        for (name, promised) in &self.health.promised {
            if !listed().iter().any(|listed| listed.name == name) {
                return refuse(&format!("health.promised.{name}: there is no such service"));
            }
            if promised.uptime.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
                return refuse(&format!("health.promised.{name}.uptime must be from 0 to 100"));
            }
        }
        if !self.traces.endpoint.is_empty() && self.traces.url().is_none() {
            return refuse("traces.endpoint is not an http or https URL");
        }
        if !(0.0..=1.0).contains(&self.traces.sample) {
            return refuse("traces.sample must be from 0 to 1");
        }
        self.network.networks().map_err(|error| ConfigError(format!("network.allow_private: {error}")))?;
        Ok(())
    }
}

fn figment(file: Option<&Path>, variables: &Variables) -> Figment {
    let mut figment = Figment::from(Toml::string(DEFAULTS));
    if let Some(file) = file {
        figment = figment.merge(Toml::file_exact(file));
    }
    figment.merge(Serialized::defaults(variables.settings()))
}

fn policies(figment: &Figment) -> Result<Policies, ConfigError> {
    let unreadable = |error: figment::Error| ConfigError(error.to_string());
    let default = figment.find_value("policy.default").map_err(unreadable)?;
    let all: figment::value::Dict = figment.extract_inner("policy").map_err(unreadable)?;
    let mut policies =
        Policies { default: figment.extract_inner("policy.default").map_err(unreadable)?, ..Policies::default() };
    for name in all.keys().filter(|name| *name != "default") {
        let own = Figment::from(("policy", default.clone())).merge(("policy", all[name].clone()));
        policies.providers.insert(name.clone(), own.extract_inner("policy").map_err(unreadable)?);
    }
    Ok(policies)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::load(None, &Variables::from_pairs(pairs.iter().copied()))
    }

    #[test]
    fn the_defaults_are_whole() {
        let config = load(&[]).expect("the defaults can be read");
        assert_eq!(config.server.public_url, "http://127.0.0.1:8080");
        assert_eq!(config.policy.of("moamalat").retries, 0);
        assert_eq!(config.policy.of("another").retries, 2);
    }

    #[test]
    fn the_environment_overrides_by_short_and_long_names() {
        let config = load(&[
            ("JISR_PORT", "9000"),
            ("DATABASE_URL", "postgres://localhost/test"),
            ("JISR_PAYMENTS__SWEEP_MS", "250"),
            ("JISR_POLICY__DEFAULT__TIMEOUT_MS", "7"),
        ])
        .expect("the configuration can be read");
        assert_eq!(config.server.port, 9000);
        assert_eq!(config.database.url, "postgres://localhost/test");
        assert_eq!(config.payments.sweep_ms, 250);
        assert_eq!(config.policy.of("moamalat").timeout_ms, 7);
    }

    #[test]
    fn our_own_name_of_the_collector_goes_before_everybodys() {
        let (ours, theirs) = ("JISR_TRACES__ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
        let url = |pairs: &[(&str, &str)]| load(pairs).expect("readable").traces.url().map(String::from);
        assert_eq!(url(&[]), None);
        assert_eq!(url(&[(theirs, "http://one:4318/")]).as_deref(), Some("http://one:4318/v1/traces"));
        let both = [(theirs, "http://one:4318"), (ours, "https://two/v1/traces")];
        assert_eq!(url(&both).as_deref(), Some("https://two/v1/traces"));
    }

    #[test]
    fn nonsense_names_its_setting() {
        for (name, value, told) in [
            ("JISR_PORT", "many", "port"),
            ("JISR_SERVER__PROT", "1", "prot"),
            ("JISR_ALLOW_PRIVATE", "everything", "allow_private"),
            ("JISR_WORK__LEASE_MS", "1000", "lease_ms"),
            ("JISR_PUBLIC_URL", "nowhere", "public_url"),
            ("JISR_TRACES__ENDPOINT", "collector:4318", "traces.endpoint"),
            ("JISR_TRACES__SAMPLE", "2", "traces.sample"),
            ("JISR_HEALTH__PROMISED", "{moamalt={uptime=99.5}}", "promised.moamalt"),
            ("JISR_HEALTH__PROMISED", "{moamalat={uptime=101.0}}", "moamalat.uptime"),
            ("JISR_HEALTH__PROMISED", "{moamalat={uptimes=1.0}}", "uptimes"),
        ] {
            let error = load(&[(name, value)]).expect_err(name).to_string();
            assert!(error.contains(told), "{name}: {error}");
        }
    }

    #[test]
    fn the_guides_names_make_the_default_stores_account() {
        let key = "39636630633731362D663963";
        let config = load(&[("MOAMALAT_MERCHANT_ID", "10081014649"), ("MOAMALAT_SECRET_KEY", key)]).expect("readable");
        let account = config.accounts.iter().find(|account| account.provider == "moamalat").expect("an account");
        assert_eq!(account.configuration["merchant_id"], "10081014649");
        assert!(!format!("{account:?}").contains(key));
    }

    #[test]
    fn the_guides_names_make_the_messengers_account() {
        let token = "7000000001:AAtests-only_0123456789abcdefghijkl";
        let config = load(&[("TELEGRAM_BOT_TOKEN", token), ("TELEGRAM_ADMIN_CHAT_ID", "-1001")]).expect("readable");
        let account = config.accounts.iter().find(|account| account.provider == "telegram").expect("an account");
        assert_eq!((account.service_type, &account.configuration["admin_chat_id"]), ("messaging", &"-1001".into()));
        assert!(!format!("{config:?}").contains(token));
        assert!(load(&[]).expect("readable").accounts.iter().all(|account| account.provider != "telegram"));
    }
}
