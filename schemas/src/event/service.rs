//! What the events of bills, top-ups and transfers tell: never whose number or telephone it is.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Payload;
use crate::payment::ReviewReason;
use crate::service::{ServiceKind, ServiceStatus};
use crate::{Currency, DecimalText, ServiceId};

/// The service as the event left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceFacts {
    /// Its id.
    pub id: ServiceId,
    /// What is paid for.
    pub kind: ServiceKind,
    /// The store's own name for it.
    pub reference: String,
    /// Where it stands.
    pub status: ServiceStatus,
    /// Who pays.
    pub provider: String,
    /// Decimal text in the major unit.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
}

/// `service.succeeded`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSucceeded {
    /// The service.
    pub service: ServiceFacts,
}

/// `service.failed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceFailed {
    /// The service.
    pub service: ServiceFacts,
}

/// `service.needs_review`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceNeedsReview {
    /// Why a person must decide.
    pub reason: ReviewReason,
    /// The service.
    pub service: ServiceFacts,
}

/// The events of a service happen to the service whose facts they carry.
macro_rules! payloads {
    ($($data:ident, $status:ident { $($field:ident: $value:expr),* };)+) => {
        $(impl Payload for $data {
            fn resource(&self) -> Uuid {
                self.service.id.uuid()
            }

            fn example() -> Self {
                Self { $($field: $value,)* service: example(ServiceStatus::$status) }
            }
        })+
    };
}

payloads! {
    ServiceSucceeded, Succeeded {};
    ServiceFailed, Failed {};
    ServiceNeedsReview, NeedsReview { reason: ReviewReason::Unresolved };
}

fn example(status: ServiceStatus) -> ServiceFacts {
    ServiceFacts {
        id: Uuid::from_u128(0x0192_7f2c_41d6_7b38_a2f4_0c97_5e13_d8ab).into(),
        kind: ServiceKind::TopUp,
        reference: "TOPUP-77".to_owned(),
        status,
        provider: "libyana_pay".to_owned(),
        amount: DecimalText("10.000".to_owned()),
        currency: Currency::Lyd,
    }
}
