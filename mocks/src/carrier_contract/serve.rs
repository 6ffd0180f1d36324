//! The HTTP side: which operation a request is, who may ask it, what it does.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::Value;

use super::{
    Account, Carrier, OPERATIONS, cities,
    orders::{self, Order},
    parcels::{self, Change},
    pickups::Pickup,
    request::{Operation, written},
    stream, tell,
};
use crate::{
    Parcel, Ship,
    contract::{
        fields::Fields,
        request::{error, invalid, misuse, signed},
    },
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
};

impl Provider for Carrier {
    fn name(&self) -> &'static str {
        self.name
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        let carrier = self.listed();
        let Some(operation) = Operation::of(carrier, request) else {
            return Ask::unknown(misuse(404, "not_found", "there is no such path"));
        };
        let name = operation.name();
        let book = shared.carriers.lock(self.name);
        let account = signed(request, |key| book.account(key).cloned(), |account: &Account| &account.api_secret);
        drop(book);
        match account {
            Ok(account) => Ask::of(name, Some(&account.api_key), work(shared, carrier, operation, &account, request)),
            Err(refusal) => Ask::of(name, None, Err(refusal)),
        }
    }

    fn error_in_200(&self, _operation: &str, _path: &str) -> Answer {
        Answer { status: StatusCode::OK, ..self.out_of_order(StatusCode::SERVICE_UNAVAILABLE) }
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        error(status.as_u16(), "unavailable", "out of order, try again later")
    }

    fn sends_callbacks(&self) -> bool {
        !self.streams
    }

    fn streams(&self) -> bool {
        self.streams
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(self.name, base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let account: Account = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.carriers.add(Account { carrier: self.name.to_owned(), ..account })
    }

    fn happen(&self, shared: &Arc<Shared>, act: &Ship) -> Result<Parcel, String> {
        tell::ship(shared, self.listed(), act)
    }

    fn parcels(&self, shared: &Shared) -> Vec<Parcel> {
        shared.carriers.lock(self.name).parcels(self.listed())
    }
}

impl Carrier {
    /// Itself, as it stands in the list.
    fn listed(&self) -> &'static Self {
        let found = super::ALL.into_iter().find(|carrier| carrier.name == self.name);
        found.expect("every carrier is listed")
    }
}

/// Reads what an operation needs, and what a caller who keeps count never asks for; the rest is the work.
fn work(
    shared: &Shared,
    carrier: &'static Carrier,
    operation: Operation,
    account: &Account,
    request: &Received,
) -> Result<Work, Refusal> {
    let account = account.clone();
    Ok(match operation {
        Operation::ListCities => {
            bare(request)?;
            Box::new(move |_: &Arc<Shared>| Ok(Answer::json(StatusCode::OK, &cities::list(carrier))))
        }
        Operation::InquireRates => {
            let rates = orders::rates(carrier, Fields::of_body(request)?)?;
            Box::new(move |_: &Arc<Shared>| Ok(rates))
        }
        Operation::CreateShipment => {
            let order = Order::read(carrier, Fields::of_body(request)?)?;
            if let Some(first) = shared.carriers.lock(carrier.name).find(&account, &order.reference) {
                return Err(orders::duplicate(first));
            }
            Box::new(move |shared: &Arc<Shared>| order.perform(shared, carrier, &account))
        }
        Operation::FindShipments => {
            let mut fields = Fields::of_query(request, &["reference"])?;
            let reference = fields.reference()?;
            fields.end()?;
            Box::new(move |shared: &Arc<Shared>| Ok(parcels::find(shared, carrier, &account, &reference)))
        }
        Operation::ListEvents(number) => {
            bare(request)?;
            Box::new(move |shared: &Arc<Shared>| parcels::events(shared, carrier, &account, &number))
        }
        Operation::CancelShipment(number) => change(carrier, account, request, Change::Cancel, number)?,
        Operation::ReturnShipment(number) => change(carrier, account, request, Change::Return, number)?,
        Operation::CreatePickup => {
            let pickup = Pickup::read(carrier, Fields::of_body(request)?)?;
            if let Some(refusal) = pickup.first(&shared.carriers.lock(carrier.name), &account) {
                return Err(refusal);
            }
            Box::new(move |shared: &Arc<Shared>| pickup.perform(&mut shared.carriers.lock(carrier.name), &account))
        }
        Operation::OpenStream => stream::open(carrier, &account, request)?,
    })
}

fn change(
    carrier: &'static Carrier,
    account: Account,
    request: &Received,
    change: Change,
    number: String,
) -> Result<Work, Refusal> {
    let mut fields = Fields::of_body(request)?;
    written(&mut fields, "reason")?;
    fields.end()?;
    Ok(Box::new(move |shared: &Arc<Shared>| change.perform(shared, carrier, &account, &number)))
}

/// A request without query and body.
fn bare(request: &Received) -> Result<(), Refusal> {
    let is_bare = request.parts.uri.query().is_none() && request.body.is_empty();
    if is_bare { Ok(()) } else { Err(invalid("there is a query or a body")) }
}
