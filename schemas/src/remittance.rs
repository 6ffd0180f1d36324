//! Remittances: a carrier's statement of the cash that it hands over, compared with ours, as the facade speaks of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::payment::Evidence;
use crate::{Currency, RemittanceId, ShipmentId, words};

words! {
    /// Where a remittance stands.
    RemittanceStatus {
        /// Both sides say the same.
        Matched = "matched",
        /// Lines wait for a person.
        Differences = "differences",
        /// Every difference is decided, and some are being argued about with the carrier.
        Disputed = "disputed",
        /// There were differences, and every one is decided for good.
        Resolved = "resolved",
    }
}

words! {
    /// What a line says.
    RemittanceOutcome {
        /// The carrier hands over what was to be collected.
        Matched = "matched",
        /// It hands over another amount.
        AmountDiffers = "amount_differs",
        /// It hands over cash of a parcel that was not delivered.
        NotDelivered = "not_delivered",
        /// The parcel is the store's, and another carrier carries it.
        NotOurs = "not_ours",
        /// It names no parcel of the store.
        UnknownParcel = "unknown_parcel",
        /// The parcel's cash is handed over by another line.
        RemittedTwice = "remitted_twice",
        /// Nothing was to be collected for the parcel.
        NoCash = "no_cash",
        /// The amount or the parcel's cash is in another currency than the statement.
        OtherCurrency = "other_currency",
        /// It cannot be read.
        Malformed = "malformed",
        /// A parcel that was delivered a while ago, with cash, and that no statement names.
        Missing = "missing",
    }
}

words! {
    /// What a person decides of a line.
    RemittanceDecision {
        /// It is explained: the carrier owes nothing for it any more.
        Accept = "accept",
        /// The carrier is asked for it. What it owes stays owed, until the line is decided for good.
        Dispute = "dispute",
        /// What is missing is given up.
        WrittenOff = "written_off",
    }
}

impl RemittanceDecision {
    /// Whether nothing else can be decided afterwards.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Dispute)
    }
}

impl RemittanceOutcome {
    /// Whether somebody has to decide.
    pub const fn is_difference(self) -> bool {
        !matches!(self, Self::Matched)
    }

    /// Whether the line hands over its parcel's cash.
    pub const fn hands_over(self) -> bool {
        matches!(self, Self::Matched | Self::AmountDiffers | Self::NotDelivered)
    }

    /// Whether deciding the line for good ends what is owed for its parcel.
    pub const fn ends_by_decision(self) -> bool {
        matches!(self, Self::AmountDiffers | Self::NotDelivered | Self::OtherCurrency | Self::Missing)
    }
}

/// How many lines of an outcome there are, and what they come to: decimal texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RemittanceTotals {
    /// How many.
    pub count: i64,
    /// What was to be collected.
    pub expected: String,
    /// What the carrier says that it collected.
    pub amount: String,
    /// What it keeps of that.
    pub fee: String,
    /// What it hands over.
    pub net: String,
}

/// A remittance as the facade answers it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Remittance {
    /// Ours.
    pub id: RemittanceId,
    /// The key of the store.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Who collected.
    pub carrier: String,
    /// Where it stands.
    pub status: RemittanceStatus,
    /// ISO 4217.
    pub currency: Currency,
    /// How many lines there are.
    pub lines: i64,
    /// How many of them wait for a person.
    pub undecided: i64,
    /// The lines by outcome.
    pub totals: BTreeMap<RemittanceOutcome, RemittanceTotals>,
    /// SHA-256 of the statement.
    pub digest: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// One line of a remittance: a row of the statement, or a parcel that it does not name.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RemittanceLine {
    /// What it is named by in its remittance: the number of the row below the heads, and behind the last one for a parcel
    /// that is missing.
    pub line: i64,
    /// What it says.
    pub outcome: RemittanceOutcome,
    /// The parcel.
    pub shipment: Option<ShipmentId>,
    /// The carrier's number: as the statement has it, else as we hold it.
    pub tracking_number: Option<String>,
    /// The reference, likewise.
    pub reference: Option<String>,
    /// What was to be collected: decimal text.
    pub expected: Option<String>,
    /// What the carrier says that it collected.
    pub amount: Option<String>,
    /// What it keeps of that, where it says so.
    pub fee: Option<String>,
    /// What it hands over.
    pub net: Option<String>,
    /// The day, by the carrier.
    #[schema(format = Date)]
    pub date: Option<String>,
    /// Why it cannot be read, or what else is to be known.
    pub note: Option<String>,
    /// The row as it came, where it cannot be read.
    pub raw: Option<String>,
    /// What was decided last.
    pub decision: Option<RemittanceDecision>,
    /// RFC 3339.
    pub decided_at: Option<String>,
    /// It was decided, and what it was decided on is no longer so.
    pub superseded: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// `POST /v1/cod/remittances/{id}/resolve`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRemittance {
    /// The number of the line.
    pub line: i64,
    /// What is decided.
    pub decision: RemittanceDecision,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What a carrier owes a store in one currency: collected and not handed over.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CashOwed {
    /// The key of the store.
    pub store: String,
    /// Whether real money moves.
    pub livemode: bool,
    /// Who owes it.
    pub carrier: String,
    /// ISO 4217.
    pub currency: Currency,
    /// How many parcels.
    pub shipments: i64,
    /// How much: decimal text.
    pub amount: String,
    /// How many of these parcels were delivered more than `cash_on_delivery.remittance_days` ago.
    pub overdue_shipments: i64,
    /// How much of the amount that is.
    pub overdue_amount: String,
    /// RFC 3339: when the oldest of it was collected.
    pub oldest_at: String,
    /// Whole days since.
    pub oldest_days: i64,
}
