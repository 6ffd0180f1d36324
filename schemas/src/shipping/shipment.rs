//! Shipments as the facade reads and answers them.

use serde::{Deserialize, Serialize};

use super::{Address, CashOnDelivery, Eta, Parcel};
use crate::payment::Evidence;
use crate::{Currency, ShipmentId, words};

words! {
    /// Where a shipment stands.
    ShipmentStatus {
        /// It is being booked.
        Pending = "pending",
        /// The carrier has the order.
        Booked = "booked",
        /// The carrier has the parcels.
        PickedUp = "picked_up",
        /// On the way.
        InTransit = "in_transit",
        /// With the driver who brings it.
        OutForDelivery = "out_for_delivery",
        /// Handed over.
        Delivered = "delivered",
        /// Held up.
        Delayed = "delayed",
        /// The driver was there and could not hand it over.
        FailedAttempt = "failed_attempt",
        /// On the way back.
        Returning = "returning",
        /// Back with the sender.
        Returned = "returned",
        /// Given up before it was carried.
        Cancelled = "cancelled",
        /// The carrier does not find it.
        Lost = "lost",
        /// Nobody knows whether a carrier has booked it.
        Unknown = "unknown",
        /// Nothing was booked anywhere.
        Failed = "failed",
    }
}

words! {
    /// What happens where a carrier certainly has booked nothing.
    BookingFallback {
        /// The next carrier that the configuration names, where a service of it still fits.
        Auto = "auto",
        /// The shipment has failed, and names who could carry it instead.
        Offer = "offer",
        /// The shipment has failed.
        None = "none",
    }
}

words! {
    /// Why a person must decide on a shipment.
    ShipmentReview {
        /// Nobody can say whether the carrier has booked it.
        Unresolved = "unresolved",
        /// The carrier holds two parcels of it, or one where there should be none.
        BookedTwice = "booked_twice",
        /// The carrier tells of a parcel that is given up or that never was booked.
        Contradiction = "contradiction",
    }
}

words! {
    /// What a store may have done with a shipment that is booked.
    ShipmentChangeKind {
        /// Given up before it is carried.
        Cancel = "cancel",
        /// Brought back.
        Return = "return",
    }
}

words! {
    /// What became of such a change.
    ShipmentChangeStatus {
        /// Nobody knows yet whether the carrier does it: what it tells of the shipment will show.
        Unknown = "unknown",
        /// The carrier does it.
        Done = "done",
        /// The carrier does not do it, or was never reached.
        Refused = "refused",
    }
}

impl ShipmentStatus {
    /// Whether nothing more is expected of it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Cancelled | Self::Lost | Self::Failed)
    }

    /// Whether a carrier has certainly booked it.
    pub const fn is_with_carrier(self) -> bool {
        !matches!(self, Self::Pending | Self::Unknown | Self::Failed | Self::Cancelled)
    }
}

/// `POST /v1/shipments`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateShipment {
    /// Who carries it; by rule, else the cheapest, where nothing is said.
    #[serde(default)]
    pub carrier: Option<String>,
    /// By which service; the first of the carrier that fits where nothing is said.
    #[serde(default)]
    pub service: Option<String>,
    /// What happens where the carrier certainly has booked nothing; `auto` where nothing is said.
    #[serde(default)]
    pub fallback: Option<BookingFallback>,
    /// The store's own name for it: of those that are not failed or cancelled, one.
    pub reference: String,
    /// Where it is fetched.
    pub origin: Address,
    /// Where it goes.
    pub destination: Address,
    /// What is carried, together.
    pub parcels: Vec<Parcel>,
    /// What the driver collects.
    #[serde(default)]
    pub cash_on_delivery: Option<CashOnDelivery>,
    /// What is in it, for the carrier and the label.
    #[serde(default)]
    pub description: Option<String>,
    /// For the driver.
    #[serde(default)]
    pub notes: Option<String>,
}

/// `POST /v1/shipments/{id}/cancel`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelShipment {
    /// For the carrier.
    #[serde(default)]
    pub reason: Option<String>,
}

/// `POST /v1/shipments/{id}/return`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnShipment {
    /// For the carrier.
    #[serde(default)]
    pub reason: Option<String>,
}

/// `POST /v1/shipments/{id}/settle`: a person's proof of whether the carrier has booked it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleShipment {
    /// Whether the carrier has it.
    pub booked: bool,
    /// The carrier's number of it, where it has.
    #[serde(default)]
    pub tracking_number: Option<String>,
    /// Who says so, and by what.
    pub evidence: Evidence,
}

/// A shipment as the facade answers it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Shipment {
    /// Ours.
    pub id: ShipmentId,
    /// The key of the store.
    pub store: String,
    /// Whether it is a real one.
    pub livemode: bool,
    /// The store's own name for it.
    pub reference: String,
    /// Who carries it.
    pub carrier: String,
    /// By which service.
    pub service: String,
    /// Who was to carry it and did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_from: Option<String>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// The carrier's own word for that.
    pub raw_status: Option<String>,
    /// When that was.
    pub status_at: Option<String>,
    /// Its waybill as a PDF, once it is booked.
    pub label_url: Option<String>,
    /// What the carrier asks, as decimal text; where it named a span, its least.
    pub cost: Option<String>,
    /// Of the cost.
    pub currency: Currency,
    /// What the driver collects.
    pub cash_on_delivery: Option<CashOnDelivery>,
    /// When it is to arrive.
    pub eta: Option<Eta>,
    /// Where it is fetched.
    pub origin: Address,
    /// Where it goes.
    pub destination: Address,
    /// What is carried.
    pub parcels: Vec<Parcel>,
    /// Why a person must decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ShipmentReview>,
    /// Who could carry it, where it has failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// Every try to have it booked, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bookings: Vec<ShipmentBooking>,
    /// The last order to cancel or to return it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ShipmentChange>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// One try to have a shipment booked.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShipmentBooking {
    /// By whom.
    pub carrier: String,
    /// By which service.
    pub service: String,
    /// Ours on the wire: the log of calls is searched by it.
    pub reference: String,
    /// `unknown`, `booked`, `refused`.
    pub status: String,
    /// The carrier's own word, or what went wrong.
    pub message: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

/// An order to cancel or to return a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShipmentChange {
    /// What was to be done.
    pub kind: ShipmentChangeKind,
    /// What became of it.
    pub status: ShipmentChangeStatus,
    /// The carrier's own word, or what went wrong.
    pub message: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// One thing that a carrier told of a shipment.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShipmentEntry {
    /// What it means; nothing where the carrier's word is not known.
    pub status: Option<ShipmentStatus>,
    /// The carrier's own word.
    pub raw_status: String,
    /// More of the carrier's words.
    pub note: Option<String>,
    /// When it happened, by the carrier's clock; RFC 3339.
    pub occurred_at: String,
    /// How we heard of it first: `callback`, `poll`, `push`, `file`; `answer` where it is what came of a
    /// change that was asked for, in our own word.
    pub heard_by: String,
    /// When we did; RFC 3339.
    pub heard_at: String,
}
