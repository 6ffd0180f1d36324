//! `jisr mocks`.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use clap::Args;
use mocks::{Mocks, Settings};

use super::{CommandError, output, serve};
use crate::config::Config;

/// Serve strict, stateful mocks of every provider.
#[derive(Args)]
pub(super) struct MocksCommand {
    /// The port of the HTTP providers.
    #[arg(long, default_value_t = 9090)]
    port: u16,
    /// Print `{provider: url}`.
    #[arg(long)]
    json: bool,
    /// Print `NAME=value` lines, base URL and test credentials of every provider, and exit.
    #[arg(long)]
    env: bool,
}

impl MocksCommand {
    pub(super) async fn run(self, config: &Config) -> Result<(), CommandError> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        if self.env {
            let lines: Vec<String> = mocks::environment(&format!("http://{address}"))
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            return output::line(&lines.join("\n"));
        }
        let settings = Settings { gateway_url: Some(config.server.public_url.clone()), ..Settings::default() };
        let mocks = Mocks::start(address, with_merchants(settings, config)).await?;
        let urls: BTreeMap<String, String> = mocks.urls().into_iter().collect();
        if self.json {
            output::json(&urls)?;
        } else {
            output::table(&["provider", "url"], urls.into_iter().map(|(name, url)| vec![name, url]))?;
            output::line(&format!(
                "Faults: http://{0}/_faults · journal: http://{0}/_journal · callbacks go to {1}",
                mocks.address(),
                config.server.public_url
            ))?;
        }
        serve::stop_asked().await?;
        mocks.stop().await;
        Ok(())
    }
}

/// The merchants that the gateway's own environment names are known to the mock as well.
fn with_merchants(mut settings: Settings, config: &Config) -> Settings {
    use secrecy::ExposeSecret;
    let text =
        |value: &serde_json::Value, name: &str| value.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    for account in config.accounts.iter().filter(|account| account.provider == "moamalat") {
        let credentials = serde_json::from_str(account.credentials.expose_secret()).unwrap_or_default();
        let mut merchant = mocks::moamalat::Merchant::default();
        let fields = [
            (&mut merchant.merchant_id, text(&account.configuration, "merchant_id")),
            (&mut merchant.terminal_id, text(&account.configuration, "terminal_id")),
            (&mut merchant.secret_key, text(&credentials, "secret_key")),
            (&mut merchant.notification_key, text(&credentials, "notification_key")),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                *field = value;
            }
        }
        settings.merchants.insert(0, merchant);
    }
    settings
}
