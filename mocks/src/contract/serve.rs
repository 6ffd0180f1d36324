//! The HTTP side: which operation a request is, who may ask it, what it does.

use std::sync::Arc;

use axum::{http::StatusCode, response::Response};
use serde_json::Value;

use super::{
    Account, Contract, OPERATIONS, customer,
    fields::Fields,
    payments::{self, Create},
    request::{Operation, error, misuse, sender},
    services::{self, Inquiry, Order},
    transactions,
};
use crate::{
    Charge, Pay, PayResult,
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
};

impl Provider for Contract {
    fn name(&self) -> &'static str {
        self.name
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        let Some(operation) = Operation::of(*self, request) else {
            return Ask::unknown(misuse(404, "not_found", "there is no such path"));
        };
        let name = operation.name();
        let account = match sender(&shared.wallets.lock(self.name), request) {
            Ok(account) => account,
            Err(refusal) => return Ask::of(name, None, Err(refusal)),
        };
        let work = work(shared, *self, operation, &account, request);
        Ask::of(name, Some(&account.api_key), work)
    }

    fn page(&self, shared: &Arc<Shared>, request: &Received) -> Option<Response> {
        customer::page(shared, *self, request)
    }

    fn error_in_200(&self, _operation: &str, _path: &str) -> Answer {
        Answer { status: StatusCode::OK, ..self.out_of_order(StatusCode::SERVICE_UNAVAILABLE) }
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        error(status.as_u16(), "unavailable", "out of order, try again later")
    }

    fn sends_callbacks(&self) -> bool {
        true
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(self.name, base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let account: Account = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.wallets.add(Account { wallet: self.name.to_owned(), ..account })
    }

    fn pay(&self, shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
        customer::pay(shared, *self, act)
    }

    fn settle(&self, shared: &Shared) -> Result<(), String> {
        services::settle(&mut shared.wallets.lock(self.name));
        Ok(())
    }

    fn charges(&self, shared: &Shared) -> Vec<Charge> {
        shared.wallets.lock(self.name).charges()
    }
}

/// Reads what an operation needs, and what a caller who keeps count never asks for; the rest is the work.
fn work(
    shared: &Shared,
    contract: Contract,
    operation: Operation,
    account: &Account,
    request: &Received,
) -> Result<Work, Refusal> {
    let account = account.clone();
    Ok(match operation {
        Operation::CreatePayment => {
            let (create, origin) = (Create::read(contract, Fields::of_body(request)?)?, request.origin());
            if shared.wallets.lock(contract.name).find(Some(&account.api_key), &create.reference).is_some() {
                return Err(payments::duplicate());
            }
            Box::new(move |shared: &Arc<Shared>| create.perform(shared, contract, &account, &origin))
        }
        Operation::ConfirmPayment(id) => {
            let code = payments::code_of(Fields::of_body(request)?)?;
            not_misused(shared, contract, &account, &id)?;
            Box::new(move |shared: &Arc<Shared>| payments::confirm(shared, contract, &account, &id, &code))
        }
        Operation::ResendCode(id) => {
            Fields::of_body(request)?.end()?;
            not_misused(shared, contract, &account, &id)?;
            Box::new(move |shared: &Arc<Shared>| payments::resend(shared, contract, &account, &id))
        }
        Operation::FindPayments => {
            let reference = reference(request)?;
            Box::new(move |shared: &Arc<Shared>| Ok(payments::find(shared, contract, &account, &reference)))
        }
        Operation::ListTransactions => {
            let (day, page) = transactions::day_of(Fields::of_query(request, &["date", "page"])?)?;
            Box::new(move |shared: &Arc<Shared>| Ok(transactions::list(shared, contract, &account, day, page)))
        }
        Operation::InquireBill => {
            let inquiry = Inquiry::read(Fields::of_body(request)?)?;
            Box::new(move |shared: &Arc<Shared>| inquiry.answer(shared, contract))
        }
        Operation::CreateService => {
            let order = Order::read(Fields::of_body(request)?)?;
            if let Some(Err(refusal)) = order.repeated(&shared.wallets.lock(contract.name), &account) {
                return Err(refusal);
            }
            Box::new(move |shared: &Arc<Shared>| order.perform(shared, contract, &account))
        }
        Operation::FindServices => {
            let reference = reference(request)?;
            Box::new(move |shared: &Arc<Shared>| Ok(services::find(shared, contract, &account, &reference)))
        }
    })
}

fn not_misused(shared: &Shared, contract: Contract, account: &Account, id: &str) -> Result<(), Refusal> {
    payments::misuse_of(&mut shared.wallets.lock(contract.name), account, id).map_or(Ok(()), Err)
}

fn reference(request: &Received) -> Result<String, Refusal> {
    let mut fields = Fields::of_query(request, &["reference"])?;
    let reference = fields.reference()?;
    fields.end()?;
    Ok(reference)
}
