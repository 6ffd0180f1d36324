//! Having parcels fetched.

use serde::{Deserialize, Serialize};

use super::Address;
use crate::payment::Evidence;
use crate::{PickupId, ShipmentId, words};

words! {
    /// Where a pickup stands.
    PickupStatus {
        /// Nobody knows yet whether the carrier has taken the order.
        Processing = "processing",
        /// The carrier comes.
        Scheduled = "scheduled",
        /// The carrier has refused, or was never reached: nobody comes.
        Failed = "failed",
        /// Nobody can say whether the carrier comes: a person must ask it.
        NeedsReview = "needs_review",
    }
}

/// `POST /v1/pickups`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePickup {
    /// Who comes.
    pub carrier: String,
    /// What is fetched: booked shipments of this carrier.
    pub shipments: Vec<ShipmentId>,
    /// Where; by default where the first shipment starts.
    #[serde(default)]
    pub address: Option<Address>,
    /// The day, `YYYY-MM-DD` in Tripoli; by default the next one that is open.
    #[serde(default)]
    pub date: Option<String>,
    /// For the driver.
    #[serde(default)]
    pub notes: Option<String>,
}

/// `POST /v1/pickups/{id}/settle`: a person's proof of whether the carrier comes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlePickup {
    /// Whether the carrier comes.
    pub scheduled: bool,
    /// The carrier's own id of it, where it comes and has one.
    #[serde(default)]
    pub carrier_reference: Option<String>,
    /// Who says so, and by what.
    pub evidence: Evidence,
}

/// A pickup as the facade answers it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pickup {
    /// Ours.
    pub id: PickupId,
    /// The key of the store.
    pub store: String,
    /// Whether it is a real one.
    pub livemode: bool,
    /// Who comes.
    pub carrier: String,
    /// What is fetched.
    pub shipments: Vec<ShipmentId>,
    /// Where, if it is not where the first shipment starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The day in Tripoli.
    pub date: String,
    /// Where it stands.
    pub status: PickupStatus,
    /// The carrier's own id of it.
    pub carrier_reference: Option<String>,
    /// The carrier's own last word.
    pub carrier_message: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}
