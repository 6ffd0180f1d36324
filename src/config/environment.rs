//! The environment: variables are read here once, and turned into settings and into the default store's accounts.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use schemas::Currency;
use schemas::store::Mode;
use secrecy::SecretString;
use serde_json::{Map, json};

/// Short names of settings.
const SHORT: &[(&str, &str)] = &[
    ("JISR_HOST", "server.host"),
    ("JISR_PORT", "server.port"),
    ("JISR_PUBLIC_URL", "server.public_url"),
    ("JISR_ADMIN_PORT", "server.admin_port"),
    ("JISR_ALLOW_PRIVATE", "network.allow_private"),
    ("JISR_ENCRYPTION_KEY", "encryption.key"),
    ("JISR_ENCRYPTION_KEY_FILE", "encryption.key_file"),
    ("DATABASE_URL", "database.url"),
    (COLLECTOR, "traces.endpoint"),
];

/// The name that everybody's exporters know; our own name goes before it.
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const OWN_COLLECTOR: &str = "JISR_TRACES__ENDPOINT";

/// Settings whose text must not be read as a number or a list.
const TEXTS: &[&str] = &["host", "public_url", "allow_private", "key", "key_file", "url", "endpoint"];

/// What the environment says.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

/// An account of the default store that lives in the environment: its credentials never reach the database.
#[derive(Clone)]
pub struct EnvironmentAccount {
    /// The provider's name.
    pub provider: &'static str,
    /// What kind of service it is.
    pub service_type: &'static str,
    /// Test unless `<NAME>_MODE` says live.
    pub mode: Mode,
    /// What is not secret.
    pub configuration: serde_json::Value,
    /// A JSON object.
    pub credentials: SecretString,
}

impl std::fmt::Debug for EnvironmentAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvironmentAccount")
            .field("provider", &self.provider)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl Variables {
    /// The process's own.
    #[expect(clippy::disallowed_methods, reason = "configuration is read here, once")]
    pub fn of_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// From a list, for tests and for gateways inside a process.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The settings, nested by section.
    pub(super) fn settings(&self) -> Dict {
        let mut settings = Dict::new();
        for (name, value) in &self.0 {
            if name == COLLECTOR && self.get(OWN_COLLECTOR).is_some() {
                continue;
            }
            let short = SHORT.iter().find(|(short, _)| short == name).map(|(_, path)| (*path).to_owned());
            let long = || {
                name.strip_prefix("JISR_")
                    .filter(|rest| rest.contains("__"))
                    .map(|rest| rest.to_lowercase().replace("__", "."))
            };
            if let Some(path) = short.or_else(long).filter(|_| !value.is_empty()) {
                insert(&mut settings, &path, value);
            }
        }
        settings
    }

    /// The default store's accounts: of the providers whose credentials the environment gives, and of those that need
    /// none.
    pub(super) fn accounts(&self) -> Vec<EnvironmentAccount> {
        let mut accounts = Vec::new();
        for provider in &listed() {
            if provider.credentials.is_empty() {
                let configuration = self.settings_of(provider);
                accounts.extend(
                    [Mode::Test, Mode::Live].map(|mode| account(provider, mode, configuration.clone(), Map::new())),
                );
                continue;
            }
            let credentials = self.object(provider, provider.credentials);
            if !credentials.is_empty() {
                let mode = if self.of(provider, "mode") == Some("live") { Mode::Live } else { Mode::Test };
                accounts.push(account(provider, mode, self.settings_of(provider), credentials));
            }
        }
        accounts
    }

    fn of(&self, provider: &Listed, name: &str) -> Option<&str> {
        self.get(&format!("{}_{}", provider.name.to_uppercase(), name.to_uppercase()))
    }

    fn object(&self, provider: &Listed, names: &[&str]) -> Map<String, serde_json::Value> {
        let named = names.iter().filter_map(|name| Some(((*name).to_owned(), json!(self.of(provider, name)?))));
        named.collect()
    }

    /// A setting that is a JSON list is read as one; everything else stays text.
    fn settings_of(&self, provider: &Listed) -> Map<String, serde_json::Value> {
        let mut settings = self.object(provider, provider.settings);
        for value in settings.values_mut() {
            let list =
                value.as_str().filter(|text| text.starts_with('[')).and_then(|text| serde_json::from_str(text).ok());
            if let Some(list) = list {
                *value = list;
            }
        }
        settings
    }
}

/// What is known of a provider, whatever its family.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// `payment`, `shipping`, `messaging`.
    pub service_type: &'static str,
    /// What its accounts may be in.
    pub currencies: &'static [Currency],
    /// What callbacks will name an account by, read from its configuration alone.
    pub identity: fn(&serde_json::Value) -> Option<String>,
    settings: &'static [&'static str],
    credentials: &'static [&'static str],
}

/// Whether accounts of a provider have credentials.
pub fn has_credentials(provider: &str) -> bool {
    listed().iter().any(|listed| listed.name == provider && !listed.credentials.is_empty())
}

/// Every provider of every family.
pub fn listed() -> Vec<Listed> {
    macro_rules! family {
        ($adapters:ident, $service_type:literal) => {
            $adapters::registry::PROVIDERS.iter().map(|provider| Listed {
                name: provider.card.name,
                service_type: $service_type,
                currencies: provider.card.currencies,
                identity: provider.identity,
                settings: provider.settings,
                credentials: provider.credentials,
            })
        };
    }
    let messengers = messaging_adapters::registry::PROVIDERS.iter().map(|provider| Listed {
        name: provider.card.name,
        service_type: "messaging",
        currencies: &[],
        identity: |_| None,
        settings: provider.settings,
        credentials: provider.credentials,
    });
    family!(payments_adapters, "payment").chain(family!(shipping_adapters, "shipping")).chain(messengers).collect()
}

fn account(
    provider: &Listed,
    mode: Mode,
    configuration: Map<String, serde_json::Value>,
    credentials: Map<String, serde_json::Value>,
) -> EnvironmentAccount {
    let credentials = serde_json::Value::Object(credentials).to_string().into();
    let (provider, service_type) = (provider.name, provider.service_type);
    EnvironmentAccount { provider, service_type, mode, configuration: configuration.into(), credentials }
}

fn insert(settings: &mut Dict, path: &str, text: &str) {
    match path.split_once('.') {
        Some((section, rest)) => {
            let inner = settings.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = inner {
                insert(inner, rest, text);
            }
        }
        None => {
            let value = if TEXTS.contains(&path) {
                Value::from(text)
            } else {
                text.parse().unwrap_or_else(|never| match never {})
            };
            settings.insert(path.to_owned(), value);
        }
    }
}
