//! Settlement: a provider's books or a bank's statement of an account, compared with ours, as the facade speaks of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::payment::Evidence;
use crate::{AccountId, AttemptId, Currency, PaymentId, RefundId, SettlementId, words};

words! {
    /// What a settlement is made from.
    SettlementSource {
        /// The provider's own books of a day.
        Books = "books",
        /// A bank's statement that was handed in.
        Statement = "statement",
    }
}

words! {
    /// Where a settlement stands.
    SettlementStatus {
        /// A statement that is being read.
        Processing = "processing",
        /// Both sides say the same.
        Matched = "matched",
        /// Lines wait for a person.
        Differences = "differences",
        /// There were differences, and every one is decided.
        Resolved = "resolved",
        /// The provider has not shown its books yet; it is asked again.
        Unavailable = "unavailable",
    }
}

words! {
    /// What a line says.
    LineKind {
        /// Both sides say the same.
        Matched = "matched",
        /// We hold money that the other side knows nothing of.
        MissingThere = "missing_there",
        /// The other side holds money of an attempt that we do not hold for paid.
        MissingHere = "missing_here",
        /// Money that names none of our attempts.
        Orphan = "orphan",
        /// The amounts differ.
        Amount = "amount",
        /// The amounts are the same, and the fee is not what was agreed.
        Fee = "fee",
        /// Money back that only one side knows of, or of another amount.
        Refund = "refund",
        /// A second sale under one reference.
        Duplicate = "duplicate",
        /// It cannot be read.
        Unreadable = "unreadable",
        /// The very line of an earlier statement.
        Repeated = "repeated",
    }
}

words! {
    /// Which way money went.
    LineDirection {
        /// In.
        Sale = "sale",
        /// Back.
        Refund = "refund",
        /// Nobody can tell.
        Other = "other",
    }
}

words! {
    /// What a person decides of a line.
    Decision {
        /// It is explained, and stays as it is.
        Accept = "accept",
        /// Our figure counts.
        Ours = "ours",
        /// The other side's figure counts.
        Theirs = "theirs",
        /// The money is given up.
        WrittenOff = "written_off",
    }
}

impl LineKind {
    /// Whether somebody has to decide.
    pub const fn is_difference(self) -> bool {
        !matches!(self, Self::Matched | Self::Repeated)
    }
}

/// How many lines of a kind there are, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LineTotals {
    /// How many.
    pub count: i64,
    /// What we hold of them: decimal text.
    pub ours: String,
    /// What the other side holds of them.
    pub theirs: String,
    /// What the provider keeps of them, where it says so.
    pub fees: String,
}

/// A settlement as the facade answers it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Settlement {
    /// Ours.
    pub id: SettlementId,
    /// The key of the store whose account it is.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// The account.
    pub account: AccountId,
    /// Who serves it.
    pub provider: String,
    /// The day in Africa/Tripoli; of a statement its last one.
    #[schema(format = Date)]
    pub date: String,
    /// What it is made from.
    pub source: SettlementSource,
    /// Where it stands.
    pub status: SettlementStatus,
    /// ISO 4217.
    pub currency: Currency,
    /// How many lines there are.
    pub lines: i64,
    /// How many of them wait for a person.
    pub undecided: i64,
    /// The lines by kind.
    pub totals: BTreeMap<LineKind, LineTotals>,
    /// What the other side says and what is no line: sales that were declined, money of other accounts at the same
    /// terminal, money out of a bank account.
    pub left_out: BTreeMap<String, i64>,
    /// SHA-256 of the statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Why the books could not be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// One line of a settlement.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SettlementLine {
    /// What it is named by in its settlement; of a statement the number of the row.
    pub line: i64,
    /// The key of the store whose money it is about.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// What it says.
    pub kind: LineKind,
    /// Which way the money went.
    pub direction: LineDirection,
    /// The payment.
    pub payment: Option<PaymentId>,
    /// The attempt at it.
    pub attempt: Option<AttemptId>,
    /// The refund.
    pub refund: Option<RefundId>,
    /// The other side's id.
    pub transaction: Option<String>,
    /// Ours on the wire.
    pub wire_reference: Option<String>,
    /// What we hold: decimal text.
    pub ours: Option<String>,
    /// What the other side holds.
    pub theirs: Option<String>,
    /// What the provider says that it keeps.
    pub fee: Option<String>,
    /// What was agreed.
    pub expected_fee: Option<String>,
    /// RFC 3339: when, by the other side.
    pub at: Option<String>,
    /// The other side's words where they cannot be read, or why not.
    pub note: Option<String>,
    /// What the payment became when the provider's word was taken in.
    pub learnt: Option<String>,
    /// What was decided: `theirs` of itself where the provider's word was taken in and leaves nothing open.
    pub decision: Option<Decision>,
    /// RFC 3339.
    pub decided_at: Option<String>,
    /// It was decided, and what it was decided on is no longer so: another line has taken its place.
    pub superseded: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// `POST /v1/settlements/{id}/resolve`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveLine {
    /// The number of the line.
    pub line: i64,
    /// What is decided.
    pub decision: Decision,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What an account has brought a store in some days.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Payout {
    /// The key of the store.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Who serves it.
    pub provider: String,
    /// The account.
    pub account: AccountId,
    /// ISO 4217.
    pub currency: Currency,
    /// The first day.
    #[schema(format = Date)]
    pub from: String,
    /// The last day.
    #[schema(format = Date)]
    pub to: String,
    /// How many days (or statements) are settled.
    pub settlements: i64,
    /// How many sales.
    pub sales: i64,
    /// What they brought: decimal text.
    pub sales_amount: String,
    /// How many refunds.
    pub refunds: i64,
    /// What went back.
    pub refunds_amount: String,
    /// What the provider says that it keeps.
    pub fees: String,
    /// Sales less refunds and fees.
    pub net: String,
    /// Lines that wait for a person.
    pub undecided: i64,
    /// What we hold of these.
    pub undecided_ours: String,
    /// What the other side holds of these.
    pub undecided_theirs: String,
    /// RFC 3339: when the first of the lines was written.
    pub created_at: String,
    /// RFC 3339: when the last of them changed.
    pub updated_at: String,
}
