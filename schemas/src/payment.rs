//! Payments, their attempts and refunds, as the facade speaks of them.

mod by_hand;
mod code;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Currency, DecimalText, PaymentId, Phone, words};

pub use by_hand::{CreateRefund, Evidence, Refund, Settle};
pub use code::{Code, CodeError};

words! {
    /// How a customer pays.
    Method {
        /// A bank card through a gateway.
        Card = "card",
        /// A telephone wallet.
        Wallet = "wallet",
        /// A transfer to the store's bank account.
        BankTransfer = "bank_transfer",
        /// Cash to the courier.
        CashOnDelivery = "cash_on_delivery",
    }
}

words! {
    /// Where a payment stands.
    PaymentStatus {
        /// The customer has something to do.
        RequiresAction = "requires_action",
        /// Unknown, or waiting for the provider's word.
        Processing = "processing",
        /// The provider has proved it.
        Paid = "paid",
        /// The provider has refused it.
        Declined = "declined",
        /// The store or customer gave up.
        Cancelled = "cancelled",
        /// The time to pay is over; the provider may still prove otherwise.
        Expired = "expired",
        /// Part of it went back.
        PartiallyRefunded = "partially_refunded",
        /// All of it went back.
        Refunded = "refunded",
        /// A person must decide; see the reason.
        NeedsReview = "needs_review",
    }
}

words! {
    /// Where one attempt stands.
    AttemptStatus {
        /// Open: the customer may pay.
        Open = "open",
        /// Something says that it was paid, and the provider cannot be asked.
        Unknown = "unknown",
        /// Proved by the provider or by evidence.
        Paid = "paid",
        /// Refused by the provider.
        Declined = "declined",
        /// Given up for another attempt, or with the payment.
        Cancelled = "cancelled",
        /// Not used in time.
        Expired = "expired",
        /// A person must decide.
        NeedsReview = "needs_review",
    }
}

words! {
    /// Where a refund stands.
    RefundStatus {
        /// Accepted; nothing has left us yet.
        Pending = "pending",
        /// It may have left us; the provider is being asked.
        Processing = "processing",
        /// Proved.
        Succeeded = "succeeded",
        /// Refused by the provider: nothing went back.
        Failed = "failed",
        /// A person must decide.
        NeedsReview = "needs_review",
    }
}

words! {
    /// How the money of a refund goes back.
    RefundWay {
        /// By the provider's own call.
        Provider = "provider",
        /// By hand, with evidence.
        Manual = "manual",
    }
}

words! {
    /// What happens when the chosen way cannot be had.
    Fallback {
        /// Refuse, and name the alternatives.
        Offer = "offer",
        /// Take the first alternative.
        Auto = "auto",
        /// Refuse without alternatives.
        None = "none",
    }
}

words! {
    /// The kind of a card, which decides its limits.
    CardType {
        /// Credit: 1 to 50 000 LYD.
        Credit = "credit",
        /// Debit (NUMO): 0.5 to 25 000 LYD.
        Debit = "debit",
    }
}

words! {
    /// Why a provider could not open an attempt. Nothing was charged.
    FailureReason {
        /// It is not reachable, or down.
        ProviderUnavailable = "provider_unavailable",
        /// It did not answer in time.
        ProviderTimeout = "provider_timeout",
        /// It refused: the customer's number, or the account.
        ProviderRejected = "provider_rejected",
        /// We were stopped before its answer came.
        Interrupted = "interrupted",
    }
}

words! {
    /// Why a person must decide.
    ReviewReason {
        /// Two attempts, or two payments of one reference, were paid.
        PaidTwice = "paid_twice",
        /// The provider's amount is not ours.
        AmountMismatch = "amount_mismatch",
        /// The provider's currency, type, merchant or terminal is not ours, or its answer has another shape.
        AnswerMismatch = "answer_mismatch",
        /// The provider could not be asked for too long.
        Unresolved = "unresolved",
        /// What remains to be refunded is not what our refunds explain.
        RefundMismatch = "refund_mismatch",
    }
}

/// The buyer. Kept encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Year of birth, which some wallets ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_year: Option<u16>,
    /// The address that the buyer's device has on the network: some wallets want it, and codes are limited by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "41.208.1.2")]
    pub ip: Option<IpAddr>,
}

impl Customer {
    /// With what somebody has told since.
    pub fn with(self, newer: Self) -> Self {
        Self {
            name: newer.name.or(self.name),
            phone: newer.phone.or(self.phone),
            email: newer.email.or(self.email),
            birth_year: newer.birth_year.or(self.birth_year),
            ip: newer.ip.or(self.ip),
        }
    }
}

/// `POST /v1/payments`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePayment {
    /// The store's own name for what is paid: free text of 1 to 128 characters, unique while it stands.
    pub reference: String,
    /// Decimal text in the major unit.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
    /// How the customer wants to pay.
    pub method: Method,
    /// The wallet's brand.
    #[serde(default)]
    pub brand: Option<String>,
    /// Narrows the limits; without it the union of both kinds holds.
    #[serde(default)]
    pub card_type: Option<CardType>,
    /// Insists on one provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's bank: an id of `GET /v1/payment-methods`.
    #[serde(default)]
    pub bank: Option<String>,
    /// `offer` when absent.
    #[serde(default)]
    pub fallback: Option<Fallback>,
    /// The buyer.
    #[serde(default)]
    pub customer: Option<Customer>,
    /// Where the browser goes afterwards; must be allowed for the store.
    #[serde(default)]
    pub return_url: Option<String>,
    /// Anything of the store's, up to 8 KiB of JSON; answered as it came.
    #[serde(default)]
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
}

/// `POST /v1/payments/{id}/attempts`: another way to pay the same payment.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAttempt {
    /// The new way.
    pub method: Method,
    /// The wallet's brand.
    #[serde(default)]
    pub brand: Option<String>,
    /// Insists on one provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's bank.
    #[serde(default)]
    pub bank: Option<String>,
    /// What the new way must know of the buyer; what it leaves out stays as it was.
    #[serde(default)]
    pub customer: Option<Customer>,
}

/// What the customer has to do next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NextAction {
    /// Load the script and hand it the parameters.
    Lightbox {
        /// The provider's script.
        script_url: String,
        /// What `Lightbox.Checkout.configure` takes.
        parameters: serde_json::Map<String, serde_json::Value>,
    },
    /// Go to a page of the provider.
    Redirect {
        /// The page.
        url: String,
    },
    /// Enter the code that was sent.
    Otp {
        /// How many digits.
        length: u8,
        /// RFC 3339.
        expires_at: String,
    },
    /// Read and follow.
    Instructions {
        /// English.
        text: String,
        /// Arabic.
        text_ar: String,
        /// The same as data: accounts, reference, processing time.
        details: serde_json::Map<String, serde_json::Value>,
    },
}

/// Why a payment waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Review {
    /// The reason as a word.
    pub reason: ReviewReason,
}

/// Why an attempt was not opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Failure {
    /// The reason as a word.
    pub reason: FailureReason,
    /// The provider's own words, where it said any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A payment as the facade answers it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Payment {
    /// Ours.
    pub id: PaymentId,
    /// The store's.
    pub reference: String,
    /// The key of the store.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Decimal text in the major unit.
    pub amount: String,
    /// ISO 4217.
    pub currency: Currency,
    /// What has gone back so far.
    pub amount_refunded: String,
    /// Where it stands.
    pub status: PaymentStatus,
    /// How it is being paid.
    pub method: Method,
    /// The wallet's brand.
    pub brand: Option<String>,
    /// Who serves it.
    pub provider: String,
    /// The number of the current attempt, from 1.
    pub attempt: i32,
    /// What the customer has to do; `null` when nothing.
    pub next_action: Option<NextAction>,
    /// Lets a browser read the public view and hand in its result.
    pub client_secret: String,
    /// The provider that was asked for and could not be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_from: Option<String>,
    /// Other providers that could serve it, in order.
    pub alternatives: Vec<String>,
    /// Paid after it had been expired, cancelled or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<bool>,
    /// Why a person must decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Why the provider could not open the current attempt. Nothing was charged, and another way may be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How many more codes may be entered, where one is to be entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes_left: Option<i32>,
    /// The buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// The store's own data.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// RFC 3339, when the current attempt ends.
    pub expires_at: Option<String>,
}

/// What a browser may see of a payment, with its `client_secret`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PublicPayment {
    /// Ours.
    pub id: PaymentId,
    /// Decimal text in the major unit.
    pub amount: String,
    /// ISO 4217.
    pub currency: Currency,
    /// Where it stands.
    pub status: PaymentStatus,
    /// How it is being paid.
    pub method: Method,
    /// What the customer has to do.
    pub next_action: Option<NextAction>,
}
