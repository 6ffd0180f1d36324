//! Bills, top-ups and transfers: money out of a merchant's wallet account, as the facade speaks of it.

use serde::{Deserialize, Serialize};

use crate::payment::{Evidence, Review};
use crate::{Currency, DecimalText, Phone, ServiceId, words};

words! {
    /// What is paid for.
    ServiceKind {
        /// A bill of electricity, water, internet.
        Bill = "bill",
        /// Credit for a telephone number.
        TopUp = "top_up",
        /// Money for somebody else's wallet.
        Transfer = "transfer",
    }
}

words! {
    /// Where a service stands.
    ServiceStatus {
        /// It may have left us, or the provider is at it; the provider is being asked.
        Processing = "processing",
        /// The provider says that it is done.
        Succeeded = "succeeded",
        /// It has certainly not been done: the provider has refused it, or it never left us.
        Failed = "failed",
        /// A person must decide.
        NeedsReview = "needs_review",
    }
}

/// `POST /v1/bills/inquiries`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InquireBill {
    /// Who is asked.
    pub provider: String,
    /// Whose bill, in the provider's own word.
    pub biller: String,
    /// The subscriber's number there.
    pub number: String,
}

/// What is owed on a bill.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Bill {
    /// Who was asked.
    pub provider: String,
    /// Whose bill.
    pub biller: String,
    /// The subscriber's number there.
    pub number: String,
    /// The subscriber, where the biller names him.
    pub name: Option<String>,
    /// Decimal text in the major unit.
    pub amount: String,
    /// ISO 4217.
    pub currency: Currency,
    /// The day until which it is to be paid, where the biller says so.
    #[schema(example = "2026-12-01")]
    pub due_date: Option<String>,
}

/// `POST /v1/bills`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayBill {
    /// The store's own name for it: free text of 1 to 128 characters, unique among those that have not failed.
    pub reference: String,
    /// Who pays.
    pub provider: String,
    /// Whose bill, in the provider's own word.
    pub biller: String,
    /// The subscriber's number there.
    pub number: String,
    /// Decimal text in the major unit: what the inquiry says is owed.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
}

/// `POST /v1/top-ups`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTopUp {
    /// The store's own name for it: free text of 1 to 128 characters, unique among those that have not failed.
    pub reference: String,
    /// Who pays; without it the wallet of the number's operator.
    #[serde(default)]
    pub provider: Option<String>,
    /// Whose credit.
    pub phone: Phone,
    /// Decimal text in the major unit.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
}

/// `POST /v1/transfers`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTransfer {
    /// The store's own name for it: free text of 1 to 128 characters, unique among those that have not failed.
    pub reference: String,
    /// Whose wallets: both accounts are with this provider.
    pub provider: String,
    /// The receiver.
    pub phone: Phone,
    /// Decimal text in the major unit.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
    /// A word for the receiver, up to 140 characters.
    #[serde(default)]
    pub note: Option<String>,
}

/// `POST /v1/wallet-services/{id}/settle`: a person's proof.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleService {
    /// What proves it: a line of the wallet's statement, the biller's receipt.
    pub evidence: Evidence,
    /// Whether the money has left: `false` proves that it has not. `true` when absent.
    #[serde(default = "moved")]
    pub moved: bool,
}

const fn moved() -> bool {
    true
}

/// A bill, a top-up or a transfer as the facade answers it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WalletService {
    /// Ours.
    pub id: ServiceId,
    /// What is paid for.
    pub kind: ServiceKind,
    /// The store's.
    pub reference: String,
    /// The key of the store.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Who pays.
    pub provider: String,
    /// Of a bill: whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biller: Option<String>,
    /// Of a bill: the subscriber's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Of a top-up or a transfer: whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Of a transfer: the word for the receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Decimal text in the major unit.
    pub amount: String,
    /// ISO 4217.
    pub currency: Currency,
    /// Where it stands.
    pub status: ServiceStatus,
    /// The provider's id of it, once it is done.
    pub provider_reference: Option<String>,
    /// The provider's own last word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_message: Option<String>,
    /// Why a person must decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}
