//! What the customer does on the page, and what the gateway is told of a payment that ended.

use std::sync::Arc;

use axum::{http::Method, response::Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Contract,
    book::{Payment, Status},
    sign,
};
use crate::{
    Outcome, Pay, PayResult,
    amount::{self, decimal},
    callbacks::{self, Callback},
    clock::clock,
    exchange::Received,
    form,
    page::{self, Page},
    shared::Shared,
};

/// `/_pay`: the customer acts on the page of a payment.
pub(super) fn pay(shared: &Arc<Shared>, contract: Contract, act: &Pay) -> Result<PayResult, String> {
    if act.parameters.is_some() {
        return Err(format!("{} has no script that takes parameters", contract.name));
    }
    let id = {
        let wallet = shared.wallets.lock(contract.name);
        let payment = wallet.find(act.terminal.as_deref(), &act.reference);
        payment.map(|payment| payment.id.clone()).ok_or("there is no payment of this reference")?
    };
    let dirham = act.amount.as_deref().map(amount::dirham).transpose()?;
    perform(shared, contract, &id, act.outcome, dirham, act.notify.unwrap_or(true))
}

/// The page itself, below `pay/`.
pub(super) fn page(shared: &Arc<Shared>, contract: Contract, request: &Received) -> Option<Response> {
    let id = request.path.strip_prefix("pay/")?;
    if request.parts.method == Method::POST {
        let Some(outcome) = page::chosen(&request.body) else { return Some(page::gone("nothing was chosen")) };
        let sent_back = perform(shared, contract, id, outcome, None, true);
        let sent_back = sent_back.map(|result| result.return_url.unwrap_or_default());
        return Some(sent_back.map_or_else(|reason| page::gone(&reason), |url| page::redirect(&url)));
    }
    let mut wallet = shared.wallets.lock(contract.name);
    let payment = wallet.any_payment(id).filter(|payment| payment.return_url.is_some());
    let Some(payment) = payment else { return Some(page::gone("there is no such page")) };
    let amount = decimal(payment.dirham);
    let reference = &payment.reference;
    Some(Page { title: contract.title, reference, amount: &amount, currency: "LYD", english: false }.show())
}

/// Whoever turned back may come again; a payment that ended stays as it is.
fn perform(
    shared: &Arc<Shared>,
    contract: Contract,
    id: &str,
    outcome: Outcome,
    dirham: Option<i64>,
    notify: bool,
) -> Result<PayResult, String> {
    let mut wallet = shared.wallets.lock(contract.name);
    let transaction = wallet.next_transaction();
    let payment = wallet.any_payment(id).ok_or("there is no such page")?;
    let Some(return_url) = payment.return_url.clone() else {
        return Err("this payment has no page; the code that was sent is at /_codes".to_owned());
    };
    if payment.word() != "pending" {
        return Err(format!("this payment is {}", payment.word()));
    }
    let word = match outcome {
        Outcome::Approved => {
            payment.dirham = dirham.unwrap_or(payment.dirham);
            (payment.status, payment.at) = (Status::Paid(transaction.clone()), clock());
            "paid"
        }
        Outcome::Declined => {
            payment.status = Status::Declined("declined");
            "declined"
        }
        Outcome::Cancelled => "cancelled",
    };
    let payment = payment.clone();
    drop(wallet);
    if notify && payment.status != Status::Open {
        tell(shared, contract, &payment);
    }
    let query = form::write(&[("payment_id", &payment.id), ("reference", &payment.reference), ("status", word)]);
    let return_url = Some(page::with_query(&return_url, &query));
    let transaction_id = (outcome == Outcome::Approved).then_some(transaction);
    Ok(PayResult { transaction_id, return_url, ..PayResult::default() })
}

/// Sends the webhook of a payment that ended, where its request named an address.
pub(super) fn tell(shared: &Arc<Shared>, contract: Contract, payment: &Payment) {
    let Some(url) = payment.callback_url.clone() else { return };
    let paid = matches!(payment.status, Status::Paid(_));
    let genuine = body(payment, paid);
    let with = |name: &str, value: Value| {
        let mut forged = genuine.clone();
        forged[name] = value;
        Bytes::from(forged.to_string())
    };
    // They bear the signature of the genuine one.
    let forgeries = vec![
        with("event", json!(if paid { "payment.declined" } else { "payment.paid" })),
        with("amount", json!("0.001")),
        with("reference", json!(format!("{}0", payment.reference))),
    ];
    let body = Bytes::from(genuine.to_string());
    let time = clock().as_second().to_string();
    let signature = sign::webhook(&payment.account.secret_key, &time, &body);
    let callback = Callback {
        provider: contract.name,
        terminal: payment.account.api_key.clone(),
        url: Some(url),
        content_type: "application/json",
        headers: vec![("x-timestamp", time), ("x-signature", signature)],
        body,
        forgeries,
        check: |_| None,
    };
    callbacks::dispatch(shared, callback);
}

fn body(payment: &Payment, paid: bool) -> Value {
    let mut body = json!({
        "event": if paid { "payment.paid" } else { "payment.declined" },
        "payment_id": payment.id,
        "reference": payment.reference,
        "amount": decimal(payment.dirham),
        "currency": "LYD",
    });
    if let Status::Paid(transaction) = &payment.status {
        body["transaction_id"] = json!(transaction);
    }
    body
}
