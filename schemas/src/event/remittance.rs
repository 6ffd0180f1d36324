//! What the events of remittances tell.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Payload;
use crate::remittance::{RemittanceOutcome, RemittanceStatus};
use crate::{Currency, DecimalText, RemittanceId};

/// `remittance.received`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemittanceReceived {
    /// The remittance.
    pub remittance: RemittanceFacts,
    /// Its lines by outcome, as they were written.
    pub counts: RemittanceCounts,
}

/// The remittance as the event left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemittanceFacts {
    /// Its id.
    pub id: RemittanceId,
    /// Who collected.
    pub carrier: String,
    /// Where it stands.
    pub status: RemittanceStatus,
    /// ISO 4217.
    pub currency: Currency,
    /// What the carrier hands over, all lines together; less than zero where it keeps more than it collected.
    pub net: DecimalText,
    /// How many lines there are.
    pub lines: i64,
    /// How many of them wait for a person.
    pub undecided: i64,
}

/// Lines by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemittanceCounts {
    /// The carrier hands over what was to be collected.
    pub matched: i64,
    /// Another amount.
    pub amount_differs: i64,
    /// Of parcels that were not delivered.
    pub not_delivered: i64,
    /// Of parcels that another carrier carries.
    pub not_ours: i64,
    /// Of parcels that the store does not have.
    pub unknown_parcel: i64,
    /// A second time.
    pub remitted_twice: i64,
    /// Of parcels without cash.
    pub no_cash: i64,
    /// In another currency.
    pub other_currency: i64,
    /// Rows that cannot be read.
    pub malformed: i64,
    /// Parcels that no statement names.
    pub missing: i64,
}

impl RemittanceCounts {
    /// The place of an outcome.
    pub const fn of(&mut self, outcome: RemittanceOutcome) -> &mut i64 {
        match outcome {
            RemittanceOutcome::Matched => &mut self.matched,
            RemittanceOutcome::AmountDiffers => &mut self.amount_differs,
            RemittanceOutcome::NotDelivered => &mut self.not_delivered,
            RemittanceOutcome::NotOurs => &mut self.not_ours,
            RemittanceOutcome::UnknownParcel => &mut self.unknown_parcel,
            RemittanceOutcome::RemittedTwice => &mut self.remitted_twice,
            RemittanceOutcome::NoCash => &mut self.no_cash,
            RemittanceOutcome::OtherCurrency => &mut self.other_currency,
            RemittanceOutcome::Malformed => &mut self.malformed,
            RemittanceOutcome::Missing => &mut self.missing,
        }
    }
}

impl Payload for RemittanceReceived {
    fn resource(&self) -> Uuid {
        self.remittance.id.uuid()
    }

    fn example() -> Self {
        Self {
            remittance: RemittanceFacts {
                id: Uuid::from_u128(0x0192_7f2d_90a1_7c55_9d1e_44b0_6a2f_c714).into(),
                carrier: "amyal".to_owned(),
                status: RemittanceStatus::Differences,
                currency: Currency::Lyd,
                net: DecimalText("4120.500".to_owned()),
                lines: 42,
                undecided: 2,
            },
            counts: RemittanceCounts { matched: 40, amount_differs: 1, missing: 1, ..RemittanceCounts::default() },
        }
    }
}
