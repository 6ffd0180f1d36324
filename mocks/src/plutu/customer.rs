//! What the customer does on the page, and what is told of it: the signed return, and T-Lync's signed callback.

use std::sync::Arc;

use axum::{http::Method, response::Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    NAME,
    book::Made,
    hash::hashed,
    request::{Amount, Hosted},
};
use crate::{
    Outcome, Pay, PayResult,
    callbacks::{self, Callback},
    exchange::Received,
    form,
    page::{self, Page},
    shared::Shared,
};

/// How T-Lync's customers can pay.
const METHODS: [&str; 5] = ["tadawul", "edfaly", "sadad", "mobicash", "moamalat"];

/// `parameters` of `/_pay`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// One of T-Lync's ways to pay; MobiCash when absent.
    payment_method: Option<String>,
}

/// What a customer does on one page.
struct Act<'a> {
    outcome: Outcome,
    /// What Plutu says was paid, where that is not what was asked.
    amount: Option<Amount>,
    method: &'a str,
    notify: bool,
}

/// `/_pay`: the customer acts on the page of an invoice.
pub(super) fn pay(shared: &Arc<Shared>, act: &Pay) -> Result<PayResult, String> {
    let token = shared.plutu.lock().token_of(&act.reference, act.terminal.as_deref());
    let token = token.ok_or("there is no page of this invoice; a code that was sent is at /_codes")?;
    let parameters = act.parameters.as_ref().map(Parameters::deserialize).transpose();
    let parameters = parameters.map_err(|error| format!("the parameters are not valid: {error}"))?.unwrap_or_default();
    let method = parameters.payment_method.as_deref().unwrap_or("mobicash");
    if !METHODS.contains(&method) {
        return Err(format!("payment_method is none of {}", METHODS.join(", ")));
    }
    let amount = act.amount.clone().map(Amount::read).transpose()?;
    let act = Act { outcome: act.outcome, amount, method, notify: act.notify.unwrap_or(true) };
    perform(shared, &token, &act)
}

/// The page itself, below `checkout/`.
pub(super) fn page(shared: &Arc<Shared>, request: &Received) -> Option<Response> {
    let token = request.path.strip_prefix("checkout/")?;
    if request.parts.method == Method::POST {
        let Some(outcome) = page::chosen(&request.body) else { return Some(page::gone("nothing was chosen")) };
        let act = Act { outcome, amount: None, method: "mobicash", notify: true };
        let sent_back = perform(shared, token, &act).map(|result| result.return_url.unwrap_or_default());
        return Some(sent_back.map_or_else(|reason| page::gone(&reason), |url| page::redirect(&url)));
    }
    let mut state = shared.plutu.lock();
    let Some(made) = state.page(token) else { return Some(page::gone("there is no such page")) };
    let checkout = &made.checkout;
    let page = Page {
        title: "Plutu",
        reference: &checkout.invoice,
        amount: &checkout.amount.text,
        currency: checkout.gateway.currency(),
        english: checkout.english,
    };
    Some(page.show())
}

/// Whoever was declined or turned back may try again; whoever paid may not.
fn perform(shared: &Arc<Shared>, token: &str, act: &Act<'_>) -> Result<PayResult, String> {
    let mut state = shared.plutu.lock();
    let made = state.page(token).ok_or("there is no such page")?;
    if made.paid {
        return Err("this invoice is paid".to_owned());
    }
    let amount = act.amount.clone().unwrap_or_else(|| made.checkout.amount.clone());
    let number = made.transaction;
    let transaction_id = (act.outcome != Outcome::Cancelled).then(|| number.to_string());
    let query = signed_query(made, act.outcome, &amount);
    let return_url = Some(page::with_query(&made.checkout.return_url, &query));
    let callback =
        (act.notify && act.outcome != Outcome::Cancelled).then(|| callback(shared, made, act, &amount)).flatten();
    if act.outcome == Outcome::Approved {
        made.paid = true;
        let invoice = made.checkout.invoice.clone();
        state.charge(&invoice, number, amount.dirham);
    }
    drop(state);
    if let Some(callback) = callback {
        callbacks::dispatch(shared, callback);
    }
    Ok(PayResult { transaction_id, return_url, ..PayResult::default() })
}

/// What the browser brings back, in the order in which the fixtures have it.
fn signed_query(made: &Made, outcome: Outcome, amount: &Amount) -> String {
    let checkout = &made.checkout;
    let number = made.transaction.to_string();
    let (invoice, number) = (("invoice_no", checkout.invoice.as_str()), ("transaction_id", number.as_str()));
    let amount = ("amount", amount.text.as_str());
    let mut pairs = vec![("gateway", checkout.gateway.name())];
    match outcome {
        Outcome::Approved => pairs.push(("approved", "1")),
        Outcome::Cancelled => pairs.push(("canceled", "1")),
        // Both parameters are only there where they are true.
        Outcome::Declined => {}
    }
    match checkout.gateway {
        Hosted::LocalBankCards => pairs.extend([invoice, amount, number]),
        Hosted::Mpgs => pairs.extend([amount, ("currency", checkout.gateway.currency()), invoice, number]),
        Hosted::Tlync => pairs = vec![("approved", flag(outcome)), invoice],
    }
    let hash = hashed(&made.merchant.secret_key, &pairs);
    pairs.push(("hashed", &hash));
    form::write(&pairs)
}

/// What T-Lync's gateway is told, with what a forger would make of it.
fn callback(shared: &Shared, made: &Made, act: &Act<'_>, amount: &Amount) -> Option<Callback> {
    let url = made.checkout.callback_url.clone()?;
    let number = made.transaction.to_string();
    let pairs = [
        ("gateway", made.checkout.gateway.name()),
        ("approved", flag(act.outcome)),
        ("amount", &amount.text),
        ("invoice_no", &made.checkout.invoice),
        ("payment_method", act.method),
        ("transaction_id", &number),
    ];
    let hash = hashed(&made.merchant.secret_key, &pairs);
    let mut genuine: Map<String, Value> = pairs.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    genuine.insert("hashed".to_owned(), json!(hash));
    let with = |name: &str, value: Value| {
        let mut body = genuine.clone();
        body[name] = value;
        body
    };
    let forgeries = [
        with("hashed", json!(format!("{:016X}", shared.chance.below(u64::MAX)).repeat(4))),
        with("approved", json!(if act.outcome == Outcome::Approved { "0" } else { "1" })),
        with("amount", json!("0.01")),
        with("invoice_no", json!(format!("{}0", made.checkout.invoice))),
    ];
    Some(Callback {
        provider: NAME,
        terminal: made.merchant.api_key.clone(),
        url: Some(url),
        content_type: "application/json",
        headers: Vec::new(),
        body: bytes(&genuine),
        forgeries: forgeries.iter().map(bytes).collect(),
        check: |_| None,
    })
}

fn flag(outcome: Outcome) -> &'static str {
    if outcome == Outcome::Approved { "1" } else { "0" }
}

fn bytes(body: &Map<String, Value>) -> Bytes {
    Bytes::from(Value::Object(body.clone()).to_string())
}
