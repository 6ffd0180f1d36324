//! The sections of the configuration, one struct each.

use std::collections::BTreeMap;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;

use super::Fee;

/// Listeners.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address to listen on.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Where providers and browsers reach us.
    pub public_url: String,
    /// A second listener for `/metrics`; 0 is off.
    pub admin_port: u16,
    /// How long requests under way may take when we are asked to stop.
    pub drain_ms: u64,
}

/// Where the data is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://…` or `sqlite:<file>`.
    pub url: String,
    /// Connections at the most.
    pub connections: u32,
}

impl std::fmt::Debug for Database {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// What seals secrets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// Keys in hexadecimal, the first seals.
    pub key: SecretString,
    /// A file with the same, a key a line.
    pub key_file: String,
}

/// Where calls may go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Private networks that hosts from the API may lead to, separated by commas.
    pub allow_private: String,
}

impl Network {
    /// The networks.
    pub fn networks(&self) -> Result<Vec<IpNet>, ipnet::AddrParseError> {
        self.allow_private.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::parse).collect()
    }
}

/// What callers may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests a second of one key.
    pub requests_per_second: u32,
    /// Failed proofs (keys, callbacks, client secrets) a second of one address.
    pub failed_proofs_per_second: u32,
}

/// Streams of events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streams {
    /// Open at once in this process.
    pub per_process: u32,
    /// Of these, of one store.
    pub per_store: usize,
    /// How often a reader is asked whether it is there.
    pub ping_ms: u64,
}

/// The life of a payment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payments {
    /// A card attempt that nobody used is over.
    pub card_expires_ms: u64,
    /// An attempt that a one-time code or a page of the provider opens is over.
    pub wallet_expires_ms: u64,
    /// How long a provider's answer may be on its way before we were certainly stopped while it was.
    pub answer_ms: u64,
    /// Wrong codes that an attempt may take before it is over.
    pub wrong_codes: i32,
    /// How long between two codes of one attempt.
    pub code_gap_ms: u64,
    /// Codes that may be sent: so many at once, and then one in so long.
    pub codes_per_phone: CodeLimit,
    /// The same to all customers of a store.
    pub codes_per_store: CodeLimit,
    /// The same to one address on the network.
    pub codes_per_address: CodeLimit,
    /// Whether a refund by hand needs two persons, each with a key of their own.
    pub refund_second_person: bool,
    /// Codes of one telephone that may be tried.
    pub guesses_per_phone: CodeLimit,
    /// The order of the providers of a brand; the others follow by their cost.
    pub routes: BTreeMap<String, Vec<String>>,
    /// What a payment costs by a provider, or by one of its gateways (`plutu.sadadapi`).
    pub fees: BTreeMap<String, Fee>,
    /// Open attempts of one terminal share a question this often.
    pub sweep_ms: u64,
    /// When an attempt that is over is asked about again, counted from its end.
    pub after_expiry_ms: Vec<u64>,
    /// When an unknown one is asked about first.
    pub unknown_first_ms: u64,
    /// The longest gap between two questions.
    pub unknown_longest_ms: u64,
    /// When an unknown one goes to a person.
    pub review_after_ms: u64,
    /// What can be had instead of a provider, in order.
    pub fallbacks: BTreeMap<String, Vec<String>>,
}

/// How many codes may be sent.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeLimit {
    /// So many at once.
    pub burst: u32,
    /// And then one in each of these.
    pub every_ms: u64,
}

impl CodeLimit {
    /// Four times as many.
    pub const fn wider(self) -> Self {
        Self { burst: self.burst.saturating_mul(4), every_ms: self.every_ms / 4 }
    }
}

impl Payments {
    /// The gap after so many questions in vain.
    pub fn gap(&self, asks: i32) -> Duration {
        doubling(self.unknown_first_ms, self.unknown_longest_ms, asks)
    }
}

/// A gap that doubles with each time in vain.
fn doubling(first_ms: u64, longest_ms: u64, times: i32) -> Duration {
    let doublings = u32::try_from(times).unwrap_or(0).min(30);
    Duration::from_millis(first_ms.saturating_mul(1 << doublings).min(longest_ms))
}

/// Due work.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Groups of tasks of one kind under way at once in this process; 0 does nothing at all.
    pub concurrency: usize,
    /// How long a claim holds without being renewed.
    pub lease_ms: u64,
    /// How often the database is looked at without a wake-up.
    pub poll_ms: u64,
}

/// Comparing with providers' books and banks' statements.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// The hour in Tripoli from which the day before is settled.
    pub hour: i8,
    /// How often it is looked whether a day is to be settled.
    pub look_ms: u64,
    /// How far from midnight the other side may date by another day than we do.
    pub tolerance_ms: u64,
    /// The first pause of books that cannot be had; it doubles.
    pub first_retry_ms: u64,
    /// The longest.
    pub longest_retry_ms: u64,
    /// Days after which books that cannot be had are given up.
    pub give_up_days: i64,
    /// How the columns of statements are headed.
    pub columns: StatementColumns,
}

/// Carriers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipping {
    /// How long carriers have to name their prices.
    pub rates_ms: u64,
    /// How long a carrier's answer may be on its way before we were certainly stopped while it was.
    pub answer_ms: u64,
    /// When an unknown booking is asked about first.
    pub unknown_first_ms: u64,
    /// The longest gap between two questions.
    pub unknown_longest_ms: u64,
    /// When an unknown one goes to a person.
    pub review_after_ms: u64,
    /// When a booked shipment is asked about, doubling…
    pub track_first_ms: u64,
    /// …to this, for as long as nothing new is told.
    pub track_longest_ms: u64,
    /// How often a carrier's list of places is read anew.
    pub places_ms: u64,
    /// How often it is looked for files that carriers left.
    pub files_ms: u64,
    /// How long one turn of listening to a carrier's stream is.
    pub listen_ms: u64,
    /// Until when a parcel is handed over in Ramadan, as `HH:MM`; without one for its carrier, as on other days.
    pub ramadan_cutoffs: BTreeMap<String, String>,
    /// Who carries instead of a carrier that certainly has booked nothing, in order.
    pub fallbacks: BTreeMap<String, Vec<String>>,
    /// Who carries what, where the store names nobody: the first that fits.
    pub rules: Vec<ShippingRule>,
}

/// Who carries what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippingRule {
    /// Who.
    pub carrier: String,
    /// By which service; the first that fits where nothing is said.
    #[serde(default)]
    pub service: Option<String>,
    /// From these cities of the gazetteer; from all where nothing is said.
    #[serde(default)]
    pub from: Vec<String>,
    /// To these cities.
    #[serde(default)]
    pub to: Vec<String>,
    /// Up to this weight in grams.
    #[serde(default)]
    pub most_grams: Option<i64>,
    /// Only with cash on delivery, or only without.
    #[serde(default)]
    pub cash_on_delivery: Option<bool>,
}

impl Shipping {
    /// The gap after so many questions in vain about a booking.
    pub fn gap(&self, asks: i32) -> Duration {
        doubling(self.unknown_first_ms, self.unknown_longest_ms, asks)
    }

    /// The gap after so many polls that told nothing new.
    pub fn track_gap(&self, tracks: i32) -> Duration {
        doubling(self.track_first_ms, self.track_longest_ms, tracks)
    }
}

/// How the columns of statements are headed: whatever the case, any of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementColumns {
    /// The day.
    pub date: Vec<String>,
    /// Money in, or out with a minus.
    pub amount: Vec<String>,
    /// Money out, where it has a column of its own.
    pub debit: Vec<String>,
    /// What the customer or the bank wrote.
    pub description: Vec<String>,
    /// The bank's own number.
    pub transaction: Vec<String>,
}

/// Cash that carriers collect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashOnDelivery {
    /// Days after which cash that was collected and that no statement names is missing.
    pub remittance_days: u64,
    /// How the columns of carriers' statements are headed.
    pub columns: RemittanceColumns,
}

/// The heads of a carrier's statement, whatever the case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemittanceColumns {
    /// The carrier's number of the parcel.
    pub number: Vec<String>,
    /// The reference that the parcel was booked by.
    pub reference: Vec<String>,
    /// What was collected.
    pub amount: Vec<String>,
    /// What the carrier keeps of it.
    pub fee: Vec<String>,
    /// What it hands over.
    pub net: Vec<String>,
    /// What the amounts are of.
    pub currency: Vec<String>,
    /// The day.
    pub date: Vec<String>,
}

/// How long things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Calls of providers.
    pub logs_days: u64,
    /// Raw callbacks.
    pub callbacks_days: u64,
    /// Notifications, with every try.
    pub notifications_days: u64,
}

/// Notifications to merchants.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Deliveries under way at once in this process.
    pub concurrency: usize,
    /// The same to one endpoint.
    pub concurrency_per_endpoint: usize,
    /// Of `concurrency`, those to endpoints that fail, are slow or do not answer.
    pub suspect_concurrency: usize,
    /// How long an answer may take before its endpoint is one that does not answer.
    pub overdue_ms: u64,
    /// One try.
    pub timeout_ms: u64,
    /// The mean time of an endpoint that is slow.
    pub slow_ms: u64,
    /// Failures in a row that open the breaker.
    pub breaker_failures: i32,
    /// How long it stays open.
    pub breaker_open_ms: u64,
    /// The gaps of the schedule `short`.
    pub short_ms: Vec<u64>,
    /// The gaps of the schedule `standard`.
    pub standard_ms: Vec<u64>,
    /// The longest that a Retry-After is heeded.
    pub retry_after_max_ms: u64,
    /// How long nothing may arrive before the endpoint is disabled.
    pub disable_after_ms: u64,
    /// How long the secret before a rotation goes on signing.
    pub old_secret_ms: u64,
    /// How long the same is not told again.
    pub quiet_ms: u64,
    /// Waiting deliveries that are told of.
    pub alert_waiting: i64,
    /// The percentage of arrivals below which it is told.
    pub alert_success_percent: f64,
    /// The mean time above which it is told.
    pub alert_mean_ms: u64,
    /// The percentage of failures above which it is told.
    pub alert_error_percent: f64,
}
