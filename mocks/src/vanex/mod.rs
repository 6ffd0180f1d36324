//! Vanex: a REST API whose log-ins are counted, a list of packages, callbacks with a shared word, and files over FTP.
//!
//! What the public sources leave open is decided as in `schemas/providers/vanex/SOURCE.md`, and marked "assumed" there.
//! `/_ship` with one of Vanex's words moves a package on: it stands in its log, in a callback and in a file. An account that
//! is added once more is logged out everywhere, and is no longer locked.

mod book;
mod callback;
mod create;
mod depot;
mod places;
mod request;
mod serve;
mod show;

use serde::{Deserialize, Serialize};

pub(crate) use depot::Depot;

/// The provider's name in paths and faults.
pub const NAME: &str = "vanex";

/// The provider.
pub(crate) struct Vanex;

/// The operations that a fault can name.
const OPERATIONS: [&str; 13] = [
    "authenticate",
    "city/all",
    "delivery-calculator",
    "customer/package",
    "customer/package/list",
    "customer/package/show",
    "customer/package/logs",
    "customer/package/delete",
    "customer/package/recall",
    "customer/collects",
    "tracking",
    crate::ftp::LIST,
    crate::ftp::RETRIEVE,
];

/// An account of a store. What is not named is as in [`Account::default`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// What it logs in with, by which faults can name it as `terminal`.
    pub email: String,
    /// Its password.
    pub password: String,
    /// The number of the store, which stands in its packages' codes.
    pub company: u64,
    /// The word in its callbacks.
    pub webhook_token: String,
    /// Where its callbacks go; to the gateway's address for this provider where nothing is said.
    pub callback_url: Option<String>,
    /// Whether its list of packages shows the store's references.
    pub lists_references: bool,
    /// Whether what happens to its packages is left in a file, too.
    pub leaves_files: bool,
}

impl Default for Account {
    /// An account that exists nowhere.
    fn default() -> Self {
        Self {
            email: "shop@jisr.example".to_owned(),
            password: "jisr-mocks-vanex-password".to_owned(),
            company: 13_903,
            webhook_token: "jisr-mocks-vanex-webhook".to_owned(),
            callback_url: None,
            lists_references: true,
            leaves_files: true,
        }
    }
}

/// The environment of a gateway that uses the default account of the mocks at `base`.
fn environment(base: &str) -> Vec<(String, String)> {
    let account = Account::default();
    let folder = url::Url::parse(base).ok().and_then(|url| {
        let port = crate::ftp::port_beside(url.port_or_known_default()?);
        Some(crate::ftp::url(url.host_str()?, port))
    });
    let pairs = [
        ("BASE_URL", Some(format!("{base}/{NAME}"))),
        ("EMAIL", Some(account.email)),
        ("PASSWORD", Some(account.password)),
        ("WEBHOOK_TOKEN", Some(account.webhook_token)),
        ("FTP_URL", folder),
        ("FTP_USER", Some(crate::ftp::USER.to_owned())),
        ("FTP_PASSWORD", Some(crate::ftp::PASSWORD.to_owned())),
    ];
    pairs.into_iter().filter_map(|(name, value)| Some((format!("VANEX_{name}"), value?))).collect()
}
