//! The port of services: bills, top-ups and transfers. They are money out, paid from the merchant's own wallet account.

use async_trait::async_trait;
use jiff::civil::Date;
use kit::{Call, Error, Kind, Reply};
use schemas::{Money, Phone};
use serde::Serialize;

use crate::card::Card;

/// What a wallet that pays for its merchant can do beside `PaymentProvider`.
#[async_trait]
pub trait Services: Send + Sync {
    /// 1. What it serves; an order of any other kind is refused.
    fn kinds(&self) -> &'static [ServiceKind];

    /// 2. Describes asking what is owed on a bill, sending nothing. 3. The call is a `Read`.
    fn describe_inquiry(&self, inquiry: &BillInquiry) -> Result<Call, Error>;

    /// 4. Reads the answer to that call: the very bill that was asked about. `NotFound` and `Rejected` are about the bill,
    ///    all other errors about the provider.
    fn read_inquiry(&self, inquiry: &BillInquiry, reply: &Reply) -> Result<Bill, Error>;

    /// 5. Describes a service, sending nothing: the same order gives the same request. 6. The call is `Once` and carries the
    ///    order's reference. 7. An order that cannot be carried is `Invalid` or `Unsupported` with delivery `Never`.
    fn describe_service(&self, order: &ServiceOrder) -> Result<Call, Error>;

    /// 8. Reads the answer to that call: `Done` and `Refused` only where the provider says so in so many words.
    fn read_service(&self, order: &ServiceOrder, reply: &Reply) -> ServiceAnswer;

    /// 9. Asks what became of a service, by its reference: a `Read`. 10. `None` means that the provider knows none *now*;
    ///    what could not be asked is an error.
    async fn ask_service(&self, reference: &str) -> Result<Option<ServiceAnswer>, Error>;
}

/// What is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// A bill of electricity, water, internet: a biller's, under a number.
    Bill,
    /// Credit for a telephone number.
    TopUp,
    /// Money for somebody else's wallet, by its telephone number.
    Transfer,
}

impl ServiceKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Bill, Self::TopUp, Self::Transfer];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::TopUp => "top_up",
            Self::Transfer => "transfer",
        }
    }
}

/// Which bill?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillInquiry {
    /// Whose bill, in the provider's own word.
    pub biller: String,
    /// The subscriber's number there.
    pub number: String,
}

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Whose bill.
    pub biller: String,
    /// The subscriber's number there.
    pub number: String,
    /// The subscriber, where the biller names him.
    pub name: Option<String>,
    /// How much.
    pub amount: Money,
    /// Until when, where the biller says so.
    pub due: Option<Date>,
}

/// What is to be paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOrder {
    /// Ours, 10 to 36 characters of `[A-Za-z0-9._-]`, never reused.
    pub reference: String,
    /// What it is.
    pub kind: ServiceKind,
    /// How much.
    pub amount: Money,
    /// Whose bill, in the provider's own word.
    pub biller: Option<String>,
    /// The subscriber's number there.
    pub number: Option<String>,
    /// The telephone that a top-up or a transfer is for.
    pub phone: Option<Phone>,
    /// A word for the receiver or the statement.
    pub note: Option<String>,
}

impl ServiceOrder {
    /// Whether a provider can carry it at all; otherwise why not, with delivery `Never`.
    pub fn check(&self, kinds: &[ServiceKind], card: &'static Card) -> Result<(), Error> {
        let refuse = |kind, message: String| Err(Error::refused(kind, card.name, "service", message));
        let lacks = |field: &Option<String>| field.as_deref().is_none_or(|text| text.trim().is_empty());
        if !kinds.contains(&self.kind) {
            return refuse(Kind::Unsupported, format!("{} has no service {}", card.name, self.kind.as_str()));
        }
        if !card.currencies.contains(&self.amount.currency) {
            return refuse(Kind::Unsupported, format!("{} does not pay in {}", card.name, self.amount.currency));
        }
        if self.amount.minor <= 0 {
            return refuse(Kind::Invalid, "the amount must be above zero".to_owned());
        }
        if !crate::port::is_reference(&self.reference) {
            let shape = "the reference must be 10 to 36 characters of A-Z, a-z, 0-9, '.', '_', '-'";
            return refuse(Kind::Invalid, shape.to_owned());
        }
        match self.kind {
            ServiceKind::Bill if lacks(&self.biller) || lacks(&self.number) => {
                refuse(Kind::Invalid, "a bill needs its biller and its number".to_owned())
            }
            ServiceKind::TopUp | ServiceKind::Transfer if self.phone.is_none() => {
                refuse(Kind::Invalid, "the telephone number that it is for is needed".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// What the provider says of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceAnswer {
    /// The money has left, and what it was for is done.
    Done {
        /// The provider's id of it.
        id: String,
    },
    /// It is being done: to be asked again.
    Processing,
    /// Nothing was done, nothing left, and nothing will.
    Refused {
        /// The provider's own word.
        raw: String,
    },
    /// It says neither: to be asked.
    Unclear {
        /// What it says, or what is wrong with it.
        message: String,
    },
}
