//! What the events of refunds tell. That one has succeeded is told of its payment: `payment.refunded`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Payload, PaymentFacts};
use crate::payment::{PaymentStatus, RefundStatus, RefundWay, ReviewReason};
use crate::{Currency, DecimalText, RefundId};

/// The refund as the event left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundFacts {
    /// Its id.
    pub id: RefundId,
    /// Where it stands.
    pub status: RefundStatus,
    /// How the money goes back.
    pub way: RefundWay,
    /// Decimal text in the major unit.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
}

/// `refund.needs_review`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundNeedsReview {
    /// Why a person must decide.
    pub reason: ReviewReason,
    /// The refund.
    pub refund: RefundFacts,
    /// What it would give back of.
    pub payment: PaymentFacts,
}

/// `refund.failed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundFailed {
    /// The refund.
    pub refund: RefundFacts,
    /// What it would have given back of.
    pub payment: PaymentFacts,
}

impl Payload for RefundNeedsReview {
    fn resource(&self) -> Uuid {
        self.refund.id.uuid()
    }

    fn example() -> Self {
        Self {
            reason: ReviewReason::Unresolved,
            refund: example(RefundStatus::NeedsReview),
            payment: PaymentFacts::example(PaymentStatus::Paid),
        }
    }
}

impl Payload for RefundFailed {
    fn resource(&self) -> Uuid {
        self.refund.id.uuid()
    }

    fn example() -> Self {
        Self { refund: example(RefundStatus::Failed), payment: PaymentFacts::example(PaymentStatus::Paid) }
    }
}

fn example(status: RefundStatus) -> RefundFacts {
    RefundFacts {
        id: example_id(),
        status,
        way: RefundWay::Provider,
        amount: DecimalText("5.000".to_owned()),
        currency: Currency::Lyd,
    }
}

pub(super) fn example_id() -> RefundId {
    Uuid::from_u128(0x0192_7f2a_9e77_7a02_b3c8_61d0_4f5e_2b19).into()
}
