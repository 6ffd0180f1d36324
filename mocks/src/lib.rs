//! A strict, stateful fake of every provider, spoken to over real HTTP; it must never share code with the adapters.
//!
//! Each provider is served under `/{name}` of one port. Beside them stands the control surface: `/_pay`, `/_ship`, `/_settle`,
//! `/_faults`, `/_journal`, `/_accounts`, `/_charges`, `/_parcels`, `/_drop` and `/_codes`, with `/_transactions` of Moamalat and
//! `/_messages` of Telegram. The same controls are methods of [`Mocks`], for tests, the demo and the benches, which run it in their own process.
//!
//! The last seven digits of a customer's number say what a wallet makes of it: `…0000001` has no money, `…0000002` has no
//! wallet, `…0000003` gets no code. Everyone else pays with the code at `/_codes`.

mod amount;
mod callbacks;
pub mod carrier_contract;
mod chance;
mod clock;
mod codes;
pub mod contract;
mod control;
pub mod darb_assabil;
pub mod edfali;
mod exchange;
mod fault;
mod form;
mod ftp;
mod journal;
pub mod moamalat;
mod page;
mod pay;
pub mod plutu;
mod providers;
pub mod sadad;
mod server;
mod shared;
mod ship;
mod soap;
pub mod telegram;
pub mod tlync;
pub mod vanex;
mod wallet;
mod wire;
mod xml;

pub use codes::Code;
pub use fault::{Fault, FaultKind};
pub use ftp::StatusFile;
pub use journal::{Direction, JournalEntry};
pub use pay::{Charge, Outcome, Pay, PayResult};
pub use server::Mocks;
pub use ship::{Parcel, Ship};

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
    /// The accounts with wallets that speak the contract, known from the start: MobiCash, Almadar, Libyana, 1Pay.
    pub wallets: Vec<contract::Account>,
    /// The accounts with carriers that speak the contract, known from the start: Amyal, Wingsly.
    pub carriers: Vec<carrier_contract::Account>,
    /// The accounts with Darb Assabil that are known from the start.
    pub darb_assabil: Vec<darb_assabil::Account>,
    /// The accounts with Vanex that are known from the start.
    pub vanex: Vec<vanex::Account>,
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
            wallets: contract::Account::defaults(),
            carriers: carrier_contract::Account::defaults(),
            darb_assabil: vec![darb_assabil::Account::default()],
            vanex: vec![vanex::Account::default()],
            seed: 1,
        }
    }
}

/// The `NAME=value` pairs with which a gateway uses the mocks at `base`, such as `http://127.0.0.1:9090`. FTP is 21 ports above.
pub fn environment(base: &str) -> Vec<(String, String)> {
    let base = base.trim_end_matches('/');
    providers::PROVIDERS.into_iter().flat_map(|provider| provider.environment(base)).collect()
}

#[cfg(test)]
mod tests {
    use super::{environment, providers::PROVIDERS};

    #[test]
    fn environment_names_what_a_gateway_reads() {
        let pairs = environment("http://127.0.0.1:9090/");
        for provider in PROVIDERS {
            let prefix = format!("{}_", provider.name().to_uppercase());
            let own = pairs.iter().filter(|(name, _)| name.starts_with(&prefix));
            let (base, others): (Vec<_>, Vec<_>) = own.partition(|(name, _)| *name == format!("{prefix}BASE_URL"));
            let url = format!("http://127.0.0.1:9090/{}", provider.name());
            assert!(base.len() == 1 && base[0].1.starts_with(&url), "{prefix}");
            assert!(!others.is_empty() && others.iter().all(|(_, value)| !value.is_empty()), "{prefix}");
        }
        let count = pairs.iter().map(|(name, _)| name).collect::<std::collections::HashSet<_>>().len();
        assert_eq!(count, pairs.len(), "no name is there twice");
        let names = |prefix: &str| {
            let own = pairs.iter().filter_map(|(name, _)| name.strip_prefix(prefix));
            own.collect::<Vec<_>>().join(" ")
        };
        let moamalat = "BASE_URL SCRIPT_URL MERCHANT_ID TERMINAL_ID SECRET_KEY NOTIFICATION_KEY";
        assert_eq!(names("MOAMALAT_"), moamalat);
        assert_eq!(names("SADAD_"), "BASE_URL TOKEN");
        assert_eq!(names("TLYNC_"), "BASE_URL STORE_ID TOKEN");
        assert_eq!(names("EDFALI_"), "BASE_URL MOBILE PIN PASSWORD");
        assert_eq!(names("PLUTU_"), "BASE_URL API_KEY ACCESS_TOKEN SECRET_KEY");
        for prefix in ["MOBICASH_", "ALMADAR_PAY_", "LIBYANA_PAY_", "ONEPAY_"] {
            assert_eq!(names(prefix), "BASE_URL API_KEY SECRET_KEY");
        }
        for prefix in ["AMYAL_", "WINGSLY_"] {
            assert_eq!(names(prefix), "BASE_URL API_KEY API_SECRET");
        }
        assert_eq!(names("DARB_ASSABIL_"), "BASE_URL ACCOUNT_ID SERVICE_ID API_KEY");
        assert_eq!(names("VANEX_"), "BASE_URL EMAIL PASSWORD WEBHOOK_TOKEN FTP_URL FTP_USER FTP_PASSWORD");
        assert!(pairs.contains(&("VANEX_FTP_URL".to_owned(), "ftp://127.0.0.1:9111/drops".to_owned())));
        assert_eq!(names("TELEGRAM_"), "BASE_URL BOT_TOKEN ADMIN_CHAT_ID MONITOR_CHAT_ID");
    }
}
