//! A strict, stateful fake of every provider, spoken to over real HTTP; it must never share code with the adapters.
//!
//! Each provider is served under `/{name}` of one port. Beside them stands the control surface: `/_pay`, `/_settle`,
//! `/_faults`, `/_journal`, `/_accounts`, `/_transactions` and `/_messages`. The same controls are methods of [`Mocks`], for tests,
//! the demo and the benches, which run it in their own process.

mod amount;
mod callbacks;
mod chance;
mod clock;
mod codes;
mod control;
pub mod edfali;
mod exchange;
mod fault;
mod form;
mod journal;
pub mod moamalat;
mod page;
mod pay;
pub mod plutu;
mod providers;
pub mod sadad;
mod server;
mod shared;
mod soap;
pub mod telegram;
pub mod tlync;
mod wallet;
mod wire;
mod xml;

pub use codes::Code;
pub use fault::{Fault, FaultKind};
pub use journal::{Direction, JournalEntry};
pub use pay::{Charge, Outcome, Pay, PayResult};
pub use server::Mocks;

/// How the mocks are set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The gateway's public URL; callbacks go below it. Without one they are only noted in the journal.
    pub gateway_url: Option<String>,
    /// The Moamalat merchants that are known from the start; the first one is the default of `/_pay`.
    pub merchants: Vec<moamalat::Merchant>,
    /// The Sadad merchants that are known from the start.
    pub sadad: Vec<sadad::Merchant>,
    /// The T-Lync stores that are known from the start.
    pub tlync: Vec<tlync::Store>,
    /// The Telegram bots that are known from the start.
    pub bots: Vec<telegram::Bot>,
    /// The merchants of Edfali that are known from the start.
    pub edfali: Vec<edfali::Merchant>,
    /// The merchants of Plutu that are known from the start.
    pub plutu: Vec<plutu::Merchant>,
    /// The seed of every random choice: identifiers, cards, delays.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gateway_url: None,
            merchants: vec![moamalat::Merchant::default()],
            sadad: vec![sadad::Merchant::default()],
            tlync: vec![tlync::Store::default()],
            bots: vec![telegram::Bot::default()],
            edfali: vec![edfali::Merchant::default()],
            plutu: vec![plutu::Merchant::default()],
            seed: 1,
        }
    }
}

/// The `NAME=value` pairs with which a gateway uses the mocks at `base`, such as `http://127.0.0.1:9090`.
pub fn environment(base: &str) -> Vec<(String, String)> {
    let base = base.trim_end_matches('/');
    providers::PROVIDERS.into_iter().flat_map(|provider| provider.environment(base)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn environment_names_what_a_gateway_reads() {
        let pairs = super::environment("http://127.0.0.1:9090/");
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names.join(" "),
            "MOAMALAT_BASE_URL MOAMALAT_SCRIPT_URL MOAMALAT_MERCHANT_ID MOAMALAT_TERMINAL_ID MOAMALAT_SECRET_KEY \
             MOAMALAT_NOTIFICATION_KEY SADAD_BASE_URL SADAD_TOKEN TLYNC_BASE_URL TLYNC_STORE_ID TLYNC_TOKEN TELEGRAM_BASE_URL TELEGRAM_BOT_TOKEN TELEGRAM_ADMIN_CHAT_ID \
             TELEGRAM_MONITOR_CHAT_ID"
        );
        assert_eq!(pairs[0].1, "http://127.0.0.1:9090/moamalat");
        assert_eq!(pairs[1].1, "http://127.0.0.1:9090/moamalat/js/lightbox.js");
        assert_eq!(pairs[6].1, "http://127.0.0.1:9090/sadad");
    }
}
