//! What the events of payments tell.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Payload;
use crate::payment::{PaymentStatus, ReviewReason};
use crate::{Currency, DecimalText, PaymentId, RefundId};

/// The payment as the event left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentFacts {
    /// Its id.
    pub id: PaymentId,
    /// The store's own name for it.
    pub reference: String,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Decimal text in the major unit.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
}

impl PaymentFacts {
    /// For examples.
    pub(super) fn example(status: PaymentStatus) -> Self {
        Self {
            id: Uuid::from_u128(0x0192_7f2a_5c31_7d4e_8b10_3f52_a9c4_e601).into(),
            reference: "ORD-1001".to_owned(),
            status,
            amount: DecimalText("12.500".to_owned()),
            currency: Currency::Lyd,
        }
    }
}

/// `payment.created`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentCreated {
    /// The number of the first attempt.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// Who serves it.
    pub provider: String,
    /// The payment.
    pub payment: PaymentFacts,
}

/// `payment.attempt_created`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentAttemptCreated {
    /// The number of the new attempt.
    #[schema(minimum = 2)]
    pub attempt: i32,
    /// Who serves it.
    pub provider: String,
    /// The payment.
    pub payment: PaymentFacts,
}

/// `payment.processing`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentProcessing {
    /// The number of the attempt that is asked about.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// The payment.
    pub payment: PaymentFacts,
}

/// `payment.paid`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentPaid {
    /// The number of the attempt that brought the money.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// Whether the payment had been expired, cancelled or declined before.
    pub late: bool,
    /// The payment.
    pub payment: PaymentFacts,
}

/// `payment.declined`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentDeclined {
    /// The number of the last attempt.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// The payment.
    pub payment: PaymentFacts,
}

/// `payment.cancelled`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentCancelled {
    /// The number of the last attempt.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// The payment.
    pub payment: PaymentFacts,
}

/// `payment.expired`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentExpired {
    /// The number of the last attempt.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// The payment.
    pub payment: PaymentFacts,
}

/// `payment.needs_review`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentNeedsReview {
    /// The number of the attempt that is in doubt.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// Why a person must decide.
    pub reason: ReviewReason,
    /// What would mend it; absent where that is for the person to find out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<ReviewProposal>,
    /// The payment.
    pub payment: PaymentFacts,
}

/// What would mend a payment that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewProposal {
    /// Give this back.
    pub refund: ProposedRefund,
}

/// Money that is one too many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedRefund {
    /// The number of the attempt that brought it.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// Decimal text in the major unit.
    pub amount: DecimalText,
}

/// `payment.refunded`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRefunded {
    /// The refund that is proved.
    pub refund: RefundId,
    /// What went back: decimal text in the major unit.
    pub amount: DecimalText,
    /// The payment.
    pub payment: PaymentFacts,
}

/// The events of a payment happen to the payment whose facts they carry.
macro_rules! payloads {
    ($($data:ident, $status:ident { $($field:ident: $value:expr),+ };)+) => {
        $(impl Payload for $data {
            fn resource(&self) -> Uuid {
                self.payment.id.uuid()
            }

            fn example() -> Self {
                Self { $($field: $value,)+ payment: PaymentFacts::example(PaymentStatus::$status) }
            }
        })+
    };
}

payloads! {
    PaymentCreated, RequiresAction { attempt: 1, provider: "moamalat".to_owned() };
    PaymentAttemptCreated, RequiresAction { attempt: 2, provider: "cash_on_delivery".to_owned() };
    PaymentProcessing, Processing { attempt: 1 };
    PaymentPaid, Paid { attempt: 1, late: false };
    PaymentDeclined, Declined { attempt: 1 };
    PaymentCancelled, Cancelled { attempt: 1 };
    PaymentExpired, Expired { attempt: 1 };
    PaymentNeedsReview, NeedsReview { attempt: 2, reason: ReviewReason::PaidTwice, proposal: Some(proposal()) };
    PaymentRefunded, Refunded { refund: super::refund::example_id(), amount: DecimalText("12.500".to_owned()) };
}

fn proposal() -> ReviewProposal {
    ReviewProposal { refund: ProposedRefund { attempt: 2, amount: DecimalText("12.500".to_owned()) } }
}
