//! The HTTP side: which call a request is, who sent it, and what it does.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Account, BRANCHES, CALCULATE_SHIPPING, CREATE, CREATE_CONTACT, DELETE, DarbAssabil, GET, NAME, OPERATIONS, Plan,
    REQUEST_RETURN, WALLET, answer, is_id, places,
    records::{new_id, not_found},
    request::{self, Consignment, Fields, Page},
    shipment::{Price, Shipment, invoices, number, to_collect},
};
use crate::{
    Parcel, Ship,
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
};

impl Provider for DarbAssabil {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        let Some((operation, id)) = route(request) else {
            let told = answer::no(StatusCode::NOT_FOUND, "Not Found", None);
            return Ask::unknown(Refusal::violation("there is no such operation", told));
        };
        let sender = request::sender(&shared.darb_assabil.lock(), request);
        match sender {
            Err(refusal) => Ask::of(operation, None, Err(refusal)),
            Ok(account) => {
                let account_id = account.account_id.clone();
                Ask::of(operation, Some(&account_id), work(operation, id, account, request))
            }
        }
    }

    fn error_in_200(&self, operation: &str, _path: &str) -> Answer {
        let place = operation.split('.').next().unwrap_or_default();
        answer::no(StatusCode::OK, "Value is not an instanceOf ObjectId!", Some(&format!("{place}.body.service")))
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        answer::no(status, status.canonical_reason().unwrap_or("Unknown"), None)
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let account: Account = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.darb_assabil.add(account)
    }

    fn happen(&self, shared: &Arc<Shared>, act: &Ship) -> Result<Parcel, String> {
        shared.darb_assabil.lock().happen(act)
    }

    fn parcels(&self, shared: &Shared) -> Vec<Parcel> {
        shared.darb_assabil.lock().parcels()
    }
}

/// The operation of a request, and the id in its path.
fn route(request: &Received) -> Option<(&'static str, Option<String>)> {
    let segments: Vec<&str> = request.path.split('/').collect();
    let method = &request.parts.method;
    let (operation, id) = match segments.as_slice() {
        ["api", "contacts", "create", "public", "contact"] if method == Method::POST => (CREATE_CONTACT, None),
        ["api", "local", "shipments", "calculate", "shipping"] if method == Method::POST => (CALCULATE_SHIPPING, None),
        ["api", "local", "shipments", "request", "return", id] if method == Method::POST => (REQUEST_RETURN, Some(*id)),
        ["api", "local", "shipments"] if method == Method::POST => (CREATE, None),
        ["api", "local", "shipments"] if method == Method::GET => (GET, None),
        ["api", "local", "shipments", id] if method == Method::GET => (GET, Some(*id)),
        ["api", "local", "shipments", id] if method == Method::DELETE => (DELETE, Some(*id)),
        ["api", "local", "branches", "public"] if method == Method::GET => (BRANCHES, None),
        ["api", "wallet", "metadata"] if method == Method::GET => (WALLET, None),
        _ => return None,
    };
    Some((operation, id.map(str::to_owned)))
}

/// Reads the call, and says what it does.
fn work(operation: &'static str, id: Option<String>, account: Account, request: &Received) -> Result<Work, Refusal> {
    if id.as_deref().is_some_and(|id| !is_id(id)) {
        return Err(answer::invalid("Value is not an instanceOf ObjectId!", "localShipments.params.id"));
    }
    Ok(match (operation, id) {
        (CREATE_CONTACT, _) => {
            let (name, phone) = contact(&account, request)?;
            Box::new(move |shared| {
                let data = shared.darb_assabil.lock().contact(&account, &name, &phone, &shared.chance);
                Ok(answer::yes(Some(data)))
            })
        }
        (CALCULATE_SHIPPING, _) => {
            let asked = Consignment::read(request, false)?;
            let plan = plan(&account, &asked)?.clone();
            Box::new(move |_| Ok(answer::yes(Some(priced(&plan, &asked)))))
        }
        (CREATE, _) => {
            let asked = Consignment::read(request, true)?;
            let plan = plan(&account, &asked)?.clone();
            Box::new(move |shared| book(shared, &account, &plan, asked))
        }
        (DELETE, Some(id)) => Box::new(move |shared| {
            shared.darb_assabil.lock().delete(&account, &id)?;
            Ok(answer::yes(None))
        }),
        (REQUEST_RETURN, Some(id)) => {
            let products = returned(request)?;
            Box::new(move |shared| bring_back(shared, &account, &id, &products))
        }
        (BRANCHES, _) => {
            let page = Page::read(request, false)?;
            let shown: Vec<Value> = places::listed().into_iter().skip(page.offset).take(page.limit).collect();
            Box::new(move |_| Ok(answer::yes(Some(json!({ "results": shown })))))
        }
        (WALLET, _) => Box::new(|_| Ok(answer::yes(Some(wallet())))),
        (_, Some(id)) => Box::new(move |shared| {
            let mut state = shared.darb_assabil.lock();
            let found: Vec<Value> =
                state.shipment(&account, &id).map(|shipment| shipment.record()).into_iter().collect();
            Ok(answer::yes(Some(json!({ "results": found }))))
        }),
        (_, None) => {
            let page = Page::read(request, true)?;
            Box::new(move |shared| Ok(answer::yes(Some(shared.darb_assabil.lock().page(&account, &page)))))
        }
    })
}

/// What kinds of wallet an account has: the same for every one.
fn wallet() -> Value {
    json!({
        "defaultType": "local",
        "availableTypes": ["local", "international", "local-bank"],
        "defaultCurrency": "lyd",
        "availableCurrencies": ["lyd", "usd"],
    })
}

/// Name and number of a contact.
fn contact(account: &Account, request: &Received) -> Result<(String, String), Refusal> {
    let mut fields = Fields::of_body(request, "contacts.body")?;
    if fields.id("account")? != account.account_id {
        return Err(answer::invalid("The account is another one!", "contacts.body.account"));
    }
    let (name, phone) = (fields.text("name", 1..=200)?, fields.phone()?);
    fields.end()?;
    Ok((name, phone))
}

/// The products that are to be brought back, and how many of each.
fn returned(request: &Received) -> Result<Vec<(String, u64)>, Refusal> {
    let mut fields = Fields::of_body(request, "localShipments.body")?;
    let list = fields.list("products")?;
    fields.end()?;
    let wrong = || answer::invalid("The products are not as they must be!", "localShipments.body.products");
    let product = |value: &Value| {
        let fields = value.as_object().filter(|fields| fields.len() == 2)?;
        let quantity = fields.get("quantity")?.as_u64().filter(|quantity| *quantity > 0)?;
        Some((fields.get("_id")?.as_str().filter(|id| is_id(id))?.to_owned(), quantity))
    };
    let products: Option<Vec<_>> = list.iter().map(product).collect();
    products.filter(|products| !products.is_empty()).ok_or_else(wrong)
}

fn plan<'a>(account: &'a Account, asked: &Consignment) -> Result<&'a Plan, Refusal> {
    let plan = account.plans.iter().find(|plan| plan.id == asked.service);
    plan.ok_or_else(|| answer::invalid("Service is not available!", "localShipments.body.service"))
}

fn priced(plan: &Plan, asked: &Consignment) -> Value {
    let price = Price::of(plan.dirham, asked);
    let remaining = json!({ "currency": "lyd", "remainings": { "amount": number(to_collect(asked, price)) } });
    json!({ "invoices": invoices(asked, price, None), "remainings": [remaining] })
}

fn book(shared: &Shared, account: &Account, plan: &Plan, asked: Consignment) -> Result<Answer, Refusal> {
    let mut state = shared.darb_assabil.lock();
    if !asked.contacts.iter().all(|contact| state.has_contact(contact)) {
        return Err(answer::invalid("Contact is not found!", "localShipments.body.contacts"));
    }
    let ids = std::iter::repeat_with(|| new_id(&shared.chance)).take(asked.products.len() + 1).collect();
    let price = Price::of(plan.dirham, &asked);
    let shipment = Shipment::new(account, asked, price, ids, state.next_number());
    let data = shipment.record();
    state.keep(shipment);
    Ok(answer::yes(Some(data)))
}

fn bring_back(shared: &Shared, account: &Account, id: &str, products: &[(String, u64)]) -> Result<Answer, Refusal> {
    let mut state = shared.darb_assabil.lock();
    let shipment = state.shipment(account, id).ok_or_else(not_found)?;
    if !shipment.takes_return(products) {
        return Err(answer::declined("The shipment can not be returned!", "localShipments.params.id"));
    }
    shipment.happen("returning", None, None);
    let mut data = shipment.record();
    data["isReturnCreated"] = json!(true);
    Ok(answer::yes(Some(data)))
}
