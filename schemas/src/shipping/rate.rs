//! What carriers ask for a parcel, and why others ask for nothing.

use serde::{Deserialize, Serialize};

use super::{Address, CashOnDelivery, Parcel};
use crate::Currency;

/// `POST /v1/shipping/rates`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InquireRates {
    /// Where it is fetched.
    pub origin: Address,
    /// Where it goes.
    pub destination: Address,
    /// What is carried, together.
    pub parcels: Vec<Parcel>,
    /// What the driver collects.
    #[serde(default)]
    pub cash_on_delivery: Option<CashOnDelivery>,
    /// Only these carriers; all of them where nothing is said.
    #[serde(default)]
    pub carriers: Option<Vec<String>>,
}

/// What was offered by then.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rates {
    /// The cheapest first.
    pub rates: Vec<Rate>,
    /// Why a carrier or one of its services offers nothing.
    pub messages: Vec<RateMessage>,
}

/// One offer.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rate {
    /// Who.
    pub carrier: String,
    /// By which service.
    pub service: String,
    /// For people.
    pub service_name: String,
    /// For people.
    pub service_name_ar: String,
    /// Decimal text in the major unit; where the carrier names a span, its least.
    pub amount: String,
    /// The most of a span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_max: Option<String>,
    /// ISO 4217.
    pub currency: Currency,
    /// When it arrives.
    pub eta: Eta,
    /// Whether it can be followed.
    pub tracking: bool,
    /// Whether it is insured.
    pub insurance: bool,
    /// Whether the driver can collect money.
    pub cash_on_delivery: bool,
    /// Until when today it must be handed over to be counted as of today; RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<String>,
}

/// Between when and when a parcel arrives: RFC 3339, never on a closed day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Eta {
    /// Not before.
    pub from: String,
    /// At the latest.
    pub to: String,
}

/// Why nothing is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RateMessage {
    /// Who.
    pub carrier: String,
    /// Which service; the whole carrier where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// `too_heavy`, `too_large`, `not_served`, `no_cash`, `closed`, `past_cutoff`, `no_account`, `breaker_open`, `timeout`,
    /// `provider_error`, `rejected`.
    pub code: String,
    /// For people.
    pub message: String,
    /// For people.
    pub message_ar: String,
}
