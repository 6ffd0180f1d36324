//! Refunds, and what people prove by hand.

use serde::{Deserialize, Serialize};

use super::{RefundStatus, RefundWay, Review};
use crate::{Currency, DecimalText, PaymentId, RefundId};

/// `POST /v1/payments/{id}/refunds`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRefund {
    /// All that is left when absent.
    #[serde(default)]
    pub amount: Option<DecimalText>,
    /// For people.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A refund as the facade answers it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Refund {
    /// Ours.
    pub id: RefundId,
    /// What it gives back of.
    pub payment: PaymentId,
    /// The key of the store.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Decimal text in the major unit.
    pub amount: String,
    /// ISO 4217.
    pub currency: Currency,
    /// Where it stands.
    pub status: RefundStatus,
    /// How the money goes back.
    pub way: RefundWay,
    /// For people.
    pub reason: Option<String>,
    /// The provider's own last word.
    pub provider_message: Option<String>,
    /// One person has proved that the money went back, and another one must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaits_second_person: Option<bool>,
    /// Why a person must decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// `POST …/settle`: a person's proof that money moved.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// What proves it: a receipt's number, a statement's line, who took the cash.
    pub evidence: Evidence,
    /// Whether the money moved: `false` proves that it did not, and ends a doubt. `true` when absent.
    #[serde(default = "moved")]
    pub moved: bool,
    /// The number of the attempt that it is about, where it is not the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i32>,
}

const fn moved() -> bool {
    true
}

/// A person's proof.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Who says so.
    pub by: String,
    /// The receipt, statement line or document.
    pub document: String,
    /// Anything more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
