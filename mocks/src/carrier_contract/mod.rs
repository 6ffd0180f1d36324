//! The carrier contract, a protocol of ours that two carriers speak: nothing public says how they are spoken to.
//!
//! It is written down in `schemas/providers/carrier_contract/SOURCE.md`.

mod book;
mod cities;
mod orders;
mod parcels;
mod pickups;
mod request;
mod serve;
mod stream;
mod tell;

use serde::{Deserialize, Serialize};

pub(crate) use book::Carriers;

/// A carrier that speaks it.
#[derive(Debug)]
pub(crate) struct Carrier {
    /// Its name in paths and faults.
    name: &'static str,
    /// How its numbers begin.
    prefix: &'static str,
    /// Whether it streams what happens; else it sends webhooks.
    streams: bool,
    /// Where it goes.
    cities: &'static [&'static str],
    services: &'static [Service],
}

/// What a carrier offers.
#[derive(Debug)]
struct Service {
    name: &'static str,
    /// Its price, in dirham: the least of what the guide says.
    dirham: i64,
    /// The heaviest, all parcels together.
    most_grams: Option<u64>,
    /// From where to where, in both directions; anywhere where it is empty.
    ways: &'static [(&'static str, &'static str)],
    /// Whether it collects money.
    cash: bool,
}

/// By road: anywhere, anything.
const fn by_road(name: &'static str, dirham: i64) -> Service {
    Service { name, dirham, most_grams: None, ways: &[], cash: true }
}

/// Amyal.
pub(crate) static AMYAL: Carrier = Carrier {
    name: "amyal",
    prefix: "AMY",
    streams: false,
    cities: &["TIP", "BEN", "MRA", "ZAW", "SEB"],
    services: &[by_road("express", 15_000), by_road("standard", 8_000), by_road("economy", 5_000)],
};

/// Wingsly.
pub(crate) static WINGSLY: Carrier = Carrier {
    name: "wingsly",
    prefix: "WNG",
    streams: true,
    cities: &["TIP", "BEN", "MRA", "SEB"],
    services: &[
        Service {
            most_grams: Some(10_000),
            ways: &[("TIP", "BEN"), ("BEN", "MRA")],
            cash: false,
            ..by_road("air_express", 25_000)
        },
        Service {
            most_grams: Some(20_000),
            ways: &[("TIP", "BEN"), ("BEN", "SEB")],
            cash: false,
            ..by_road("air_standard", 15_000)
        },
    ],
};

static ALL: [&Carrier; 2] = [&AMYAL, &WINGSLY];

/// The operations that a fault can name; of frames it is `frame`.
const OPERATIONS: [&str; 9] = [
    "list_cities",
    "inquire_rates",
    "create_shipment",
    "find_shipments",
    "list_events",
    "cancel_shipment",
    "return_shipment",
    "create_pickup",
    "open_stream",
];

/// A merchant's account with one of the carriers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The carrier's name; `/_accounts` has it as `provider`.
    #[serde(default)]
    pub carrier: String,
    /// The bearer's token.
    pub api_key: String,
    /// By which requests and webhooks are signed.
    pub api_secret: String,
}

impl Account {
    /// The default account of a carrier; its secret is the published one of the contract's vectors.
    pub fn of(carrier: &str) -> Self {
        Self {
            carrier: carrier.to_owned(),
            api_key: format!("jisr-mocks-{carrier}"),
            api_secret: "carrier-contract-secret".to_owned(),
        }
    }

    /// The default accounts, one of each carrier.
    pub fn defaults() -> Vec<Self> {
        ALL.iter().map(|carrier| Self::of(carrier.name)).collect()
    }
}

/// The environment of a gateway that uses the default account of a carrier of the mocks at `base`.
fn environment(carrier: &str, base: &str) -> Vec<(String, String)> {
    let account = Account::of(carrier);
    let prefix = carrier.to_ascii_uppercase();
    [("BASE_URL", format!("{base}/{carrier}")), ("API_KEY", account.api_key), ("API_SECRET", account.api_secret)]
        .map(|(name, value)| (format!("{prefix}_{name}"), value))
        .to_vec()
}
