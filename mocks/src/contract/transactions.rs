//! The transactions of a day, for reconciliation.

use axum::http::StatusCode;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{
    Account, Contract,
    book::{Payment, Status},
    fields::Fields,
    payments::written,
    request::invalid,
};
use crate::{
    amount::decimal,
    clock::tripoli,
    exchange::{Answer, Refusal},
    shared::Shared,
};

/// How many of them a page has.
const PAGE: usize = 50;

/// The day and the page of a list.
pub(super) fn day_of(mut fields: Fields) -> Result<(Date, usize), Refusal> {
    let (day, page) = (fields.day()?, fields.text("page")?);
    fields.end()?;
    let page = page.parse().ok().filter(|page| *page >= 1);
    page.map(|page| (day, page)).ok_or_else(|| invalid("page is no number from 1"))
}

/// What was paid on a day in Tripoli.
pub(super) fn list(shared: &Shared, contract: Contract, account: &Account, day: Date, page: usize) -> Answer {
    let wallet = shared.wallets.lock(contract.name);
    let mut sales = wallet.sales(account);
    sales.retain(|sale| tripoli(sale.at).date() == day);
    let pages = sales.len().div_ceil(PAGE).max(1);
    let shown = sales.into_iter().skip((page - 1).saturating_mul(PAGE)).take(PAGE);
    let data: Vec<Value> = shown.map(sale).collect();
    Answer::json(StatusCode::OK, &json!({ "data": data, "pages": pages }))
}

fn sale(payment: &Payment) -> Value {
    let Status::Paid(transaction) = &payment.status else { return Value::Null };
    json!({
        "transaction_id": transaction,
        "reference": payment.reference,
        "kind": "sale",
        "amount": decimal(payment.dirham),
        "fee": decimal(payment.dirham / 100),
        "currency": "LYD",
        "at": written(payment.at),
    })
}
