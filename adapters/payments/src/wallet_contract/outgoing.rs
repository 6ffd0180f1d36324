//! Money out by the contract: bills, top-ups and transfers from the merchant's own account.

use async_trait::async_trait;
use jiff::civil::Date;
use kit::contract::{Failure, is_good};
use kit::{Call, Error, Kind, Reply, object};
use serde::Deserialize;

use super::WalletContract;
use super::answer::{self, Listed};
use super::wire::{self, Operation};
use crate::services::{self, BillInquiry, ServiceAnswer, ServiceKind, ServiceOrder, Services};
use kit::written::Written;

const LONGEST_NOTE: usize = 140;

/// A bill as it was written.
#[derive(Deserialize)]
pub(super) struct Bill {
    biller: Written,
    number: Written,
    amount: Written,
    currency: Written,
    #[serde(default)]
    name: Written,
    #[serde(default)]
    due_date: Written,
}

/// A service as it stands.
#[derive(Deserialize)]
pub(super) struct Service {
    service_id: Written,
    reference: Written,
    status: Written,
    #[serde(default)]
    transaction_id: Written,
}

#[async_trait]
impl Services for WalletContract {
    fn kinds(&self) -> &'static [ServiceKind] {
        ServiceKind::ALL
    }

    fn describe_inquiry(&self, inquiry: &BillInquiry) -> Result<Call, Error> {
        let operation = Operation::InquireBill;
        if inquiry.biller.trim().is_empty() || inquiry.number.trim().is_empty() {
            let message = "a bill needs its biller and its number";
            return Err(Error::refused(Kind::Invalid, self.card.name, operation.name(), message));
        }
        Ok(self.sender().post(operation, &["bills", "inquire"], wire::inquiry(inquiry)))
    }

    fn read_inquiry(&self, inquiry: &BillInquiry, reply: &Reply) -> Result<services::Bill, Error> {
        let operation = Operation::InquireBill;
        if !is_good(reply) {
            return Err(self.refusal(operation, reply, about_the_bill));
        }
        bill(inquiry, reply).map_err(|message| self.wrong(operation, reply, message))
    }

    fn describe_service(&self, order: &ServiceOrder) -> Result<Call, Error> {
        let operation = Operation::CreateService;
        order.check(self.kinds(), self.card)?;
        if order.note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
            let message = format!("the note has more than {LONGEST_NOTE} characters");
            return Err(Error::refused(Kind::Invalid, self.card.name, operation.name(), message));
        }
        let call = self.sender().post(operation, &["services"], wire::service(order));
        Ok(Call { reference: Some(order.reference.clone()), ..call })
    }

    fn read_service(&self, order: &ServiceOrder, reply: &Reply) -> ServiceAnswer {
        let read = match reply.status {
            _ if is_good(reply) => {
                object::read::<Service>(&reply.body).and_then(|service| service.answer(&order.reference))
            }
            422 => Failure::read(reply).and_then(|failure| refused(&failure)),
            status => Err(format!("status {status} is no answer to a service")),
        };
        read.unwrap_or_else(|message| ServiceAnswer::Unclear { message })
    }

    async fn ask_service(&self, reference: &str) -> Result<Option<ServiceAnswer>, Error> {
        let operation = Operation::FindServices;
        let reply = self.parts.transport.send(&self.sender().find(operation, &["services"], reference)).await?;
        found(reference, &reply).map_err(|message| self.wrong(operation, &reply, message))
    }
}

/// What kind of no it is to whoever asks about a bill (SOURCE.md, "Services").
fn about_the_bill(failure: &Failure) -> Kind {
    match failure.code() {
        "unknown_biller" | "not_registered" => Kind::NotFound,
        "nothing_due" => Kind::Rejected,
        _ => Kind::Invalid,
    }
}

fn bill(inquiry: &BillInquiry, reply: &Reply) -> Result<services::Bill, String> {
    let bill: Bill = object::read(&reply.body)?;
    if bill.biller.text() != inquiry.biller || bill.number.text() != inquiry.number {
        return Err("the answer is not about this bill".to_owned());
    }
    let amount = answer::amount(&bill.amount, &bill.currency);
    let due = |text: &str| text.parse::<Date>().map_err(|_| "due_date is no date".to_owned());
    Ok(services::Bill {
        biller: inquiry.biller.clone(),
        number: inquiry.number.clone(),
        name: bill.name.given().map(str::to_owned),
        amount: amount.map_err(|_| "the amount is not one in LYD".to_owned())?,
        due: bill.due_date.given().map(due).transpose()?,
    })
}

/// Only the refusals that the contract names: whatever else has that status is asked about.
fn refused(failure: &Failure) -> Result<ServiceAnswer, String> {
    match failure.code() {
        raw @ ("insufficient_balance"
        | "limit_exceeded"
        | "not_registered"
        | "unknown_biller"
        | "nothing_due"
        | "wrong_amount") => Ok(ServiceAnswer::Refused { raw: raw.to_owned() }),
        _ => Err(failure.words()),
    }
}

/// The one service of a reference, if there is one.
fn found(reference: &str, reply: &Reply) -> Result<Option<ServiceAnswer>, String> {
    let services = object::read::<Listed<Service>>(&reply.body)?.data;
    match services.as_slice() {
        [] => Ok(None),
        [service] => service.answer(reference).map(Some),
        _ => Err("there is more than one service of this reference".to_owned()),
    }
}

impl Service {
    fn answer(&self, reference: &str) -> Result<ServiceAnswer, String> {
        if self.reference.text() != reference {
            return Err("the answer speaks of another reference".to_owned());
        }
        match self.status.text() {
            "done" => {
                let id = self.transaction_id.given().or(self.service_id.given());
                let id = id.ok_or_else(|| "it is \"done\", but has no id".to_owned())?;
                Ok(ServiceAnswer::Done { id: id.to_owned() })
            }
            "processing" => Ok(ServiceAnswer::Processing),
            "failed" => Ok(ServiceAnswer::Refused { raw: "failed".to_owned() }),
            other => Ok(ServiceAnswer::Unclear { message: format!("the status is {other:?}") }),
        }
    }
}

#[cfg(test)]
mod tests;
