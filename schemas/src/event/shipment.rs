//! What the events of shipments tell: never whom they go to.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Payload;
use crate::ShipmentId;
use crate::shipping::{ShipmentReview, ShipmentStatus};

/// The shipment as the event left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentFacts {
    /// Its id.
    pub id: ShipmentId,
    /// The store's own name for it.
    pub reference: String,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// Who carries it.
    pub carrier: String,
    /// By which service.
    pub service: String,
    /// The carrier's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
}

/// Declares events that tell the shipment and no more.
macro_rules! plain {
    ($($(#[$doc:meta])* $data:ident $status:ident $number:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $data {
                /// The shipment.
                pub shipment: ShipmentFacts,
            }

            impl Payload for $data {
                fn resource(&self) -> Uuid {
                    self.shipment.id.uuid()
                }

                fn example() -> Self {
                    Self { shipment: example(ShipmentStatus::$status, $number) }
                }
            }
        )+
    };
}

plain! {
    /// `shipment.booked`
    ShipmentBooked Booked Some("AMY-284510");
    /// `shipment.delivered`
    ShipmentDelivered Delivered Some("AMY-284510");
    /// `shipment.returned`
    ShipmentReturned Returned Some("AMY-284510");
    /// `shipment.cancelled`
    ShipmentCancelled Cancelled Some("AMY-284510");
    /// `shipment.failed`
    ShipmentFailed Failed None;
}

/// `shipment.moved`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentMoved {
    /// The carrier's own word.
    pub raw_status: String,
    /// The shipment.
    pub shipment: ShipmentFacts,
}

/// `shipment.needs_review`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentNeedsReview {
    /// Why a person must decide.
    pub reason: ShipmentReview,
    /// The shipment.
    pub shipment: ShipmentFacts,
}

impl Payload for ShipmentMoved {
    fn resource(&self) -> Uuid {
        self.shipment.id.uuid()
    }

    fn example() -> Self {
        Self {
            raw_status: "out_for_delivery".to_owned(),
            shipment: example(ShipmentStatus::OutForDelivery, Some("AMY-284510")),
        }
    }
}

impl Payload for ShipmentNeedsReview {
    fn resource(&self) -> Uuid {
        self.shipment.id.uuid()
    }

    fn example() -> Self {
        Self { reason: ShipmentReview::Unresolved, shipment: example(ShipmentStatus::Unknown, None) }
    }
}

fn example(status: ShipmentStatus, number: Option<&str>) -> ShipmentFacts {
    ShipmentFacts {
        id: Uuid::from_u128(0x0192_7f2d_90a1_7c55_9d1e_44b0_6a2f_c713).into(),
        reference: "ORD-1001".to_owned(),
        status,
        carrier: "amyal".to_owned(),
        service: "standard".to_owned(),
        tracking_number: number.map(str::to_owned),
    }
}
