//! Payments: made, confirmed by a code, asked about.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::{StatusCode, header};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::{
    Account, Contract,
    book::{Payment, Status, Wallet, id},
    customer,
    fields::Fields,
    request::{decline, error, invalid, is_digits, misuse},
};
use crate::{
    Code,
    amount::decimal,
    clock::clock,
    exchange::{Answer, Refusal},
    shared::Shared,
    wallet::Customer,
};

/// More than this is above the limit, in dirham.
const MOST: i64 = 5_000_000;
/// How many codes may be wrong.
const ATTEMPTS: u8 = 3;

/// A request to make a payment.
pub(super) struct Create {
    pub(super) reference: String,
    dirham: i64,
    phone: Option<String>,
    return_url: Option<String>,
    callback_url: Option<String>,
}

impl Create {
    /// Reads one, for the way in which this wallet is paid.
    pub(super) fn read(contract: Contract, mut fields: Fields) -> Result<Self, Refusal> {
        let (reference, dirham, flow) = (fields.reference()?, fields.money()?, fields.text("flow")?);
        if !matches!(flow.as_str(), "code" | "page") {
            return Err(invalid("flow is neither code nor page"));
        }
        if (flow == "page") != contract.page {
            return Err(misuse(422, "flow_not_supported", "this wallet does not speak this flow"));
        }
        let (phone, return_url) = match contract.page {
            true => (None, Some(fields.url("return_url")?.ok_or_else(|| invalid("return_url is missing"))?)),
            false => (Some(fields.phone()?.ok_or_else(|| invalid("phone is missing"))?), None),
        };
        let callback_url = fields.url("callback_url")?;
        fields.end()?;
        let is_served = |phone: &String| contract.operators.iter().any(|operator| phone[4..].starts_with(operator));
        if phone.as_ref().is_some_and(|phone| !is_served(phone)) {
            return Err(misuse(422, "wrong_operator", "this number is of another operator"));
        }
        Ok(Self { reference, dirham, phone, return_url, callback_url })
    }

    /// Makes the payment, and sends its code.
    pub(super) fn perform(
        self,
        shared: &Shared,
        contract: Contract,
        account: &Account,
        origin: &str,
    ) -> Result<Answer, Refusal> {
        match self.phone.as_deref().map(Customer::of) {
            Some(Customer::Unknown) => return Err(decline(422, "not_registered", "this number has no wallet")),
            Some(Customer::Unreachable) => return Err(decline(503, "unavailable", "out of order, try again later")),
            _ => {}
        }
        if self.dirham > MOST {
            return Err(decline(422, "limit_exceeded", "the amount is above the limit"));
        }
        let made = self.payment(account, shared);
        if !shared.wallets.lock(contract.name).keep(made.clone()) {
            return Err(duplicate());
        }
        let mut body = json!({ "payment_id": made.id, "reference": made.reference });
        if made.phone.is_some() {
            send_code(shared, contract, &made);
            body["status"] = json!("code_sent");
            body["code_length"] = json!(6);
            body["expires_at"] = json!(after(account.code_seconds));
        } else {
            body["status"] = json!("pending");
            body["url"] = json!(format!("{origin}/{}/pay/{}", contract.name, made.id));
            body["expires_at"] = json!(after(account.payment_seconds));
        }
        Ok(Answer::json(StatusCode::CREATED, &body))
    }

    fn payment(self, account: &Account, shared: &Shared) -> Payment {
        let now = Instant::now();
        Payment {
            id: id("wp_", &shared.chance),
            account: account.clone(),
            reference: self.reference,
            dirham: self.dirham,
            phone: self.phone,
            return_url: self.return_url,
            callback_url: self.callback_url,
            status: Status::Open,
            at: clock(),
            closes: now + Duration::from_secs(account.payment_seconds),
            sent: now,
            attempts_left: ATTEMPTS,
        }
    }
}

/// A reference that is taken.
pub(super) fn duplicate() -> Refusal {
    misuse(409, "duplicate_reference", "this reference was used before")
}

/// What a caller who keeps count never asks of a payment: one that is not there, or is paid.
pub(super) fn misuse_of(wallet: &mut Wallet, account: &Account, id: &str) -> Option<Refusal> {
    match wallet.payment(account, id).map(|payment| &payment.status) {
        None => Some(misuse(404, "not_found", "there is no such payment")),
        Some(Status::Paid(_)) => Some(misuse(409, "already_paid", "this payment is paid: it is asked for again")),
        Some(_) => None,
    }
}

/// Reads a confirmation's code.
pub(super) fn code_of(mut fields: Fields) -> Result<String, Refusal> {
    let code = fields.text("code")?;
    fields.end()?;
    if is_digits(&code, 6..=6) { Ok(code) } else { Err(invalid("code is not six digits")) }
}

/// Confirms a payment by its code, once.
pub(super) fn confirm(
    shared: &Arc<Shared>,
    contract: Contract,
    account: &Account,
    id: &str,
    code: &str,
) -> Result<Answer, Refusal> {
    let mut wallet = shared.wallets.lock(contract.name);
    if let Some(refusal) = misuse_of(&mut wallet, account, id) {
        return Err(refusal);
    }
    let transaction = wallet.next_transaction();
    let Some(payment) = wallet.payment(account, id) else { return Err(invalid("there is no such payment")) };
    let refused = judge(payment, code);
    if refused.is_none() {
        (payment.status, payment.at) = (Status::Paid(transaction.clone()), clock());
    }
    let ended = payment.clone();
    drop(wallet);
    if ended.status != Status::Open {
        customer::tell(shared, contract, &ended);
    }
    let Some(refusal) = refused else {
        let body = json!({
            "payment_id": ended.id,
            "reference": ended.reference,
            "status": "paid",
            "transaction_id": transaction,
            "amount": decimal(ended.dirham),
            "currency": "LYD",
        });
        return Ok(Answer::json(StatusCode::OK, &body));
    };
    Err(refusal)
}

/// Why a payment that is not paid cannot be confirmed by this code; what ends it is written down.
fn judge(payment: &mut Payment, code: &str) -> Option<Refusal> {
    if payment.phone.is_none() {
        return Some(misuse(422, "flow_not_supported", "this payment has a page"));
    }
    if let Status::Declined(word) = payment.status {
        return Some(decline(422, word, "this payment is declined"));
    }
    if payment.is_over() {
        return Some(decline(422, "expired", "this payment is over"));
    }
    if payment.sent.elapsed() >= Duration::from_secs(payment.account.code_seconds) {
        return Some(decline(422, "code_expired", "the code is too old"));
    }
    if payment.account.code != code {
        payment.attempts_left = payment.attempts_left.saturating_sub(1);
        if payment.attempts_left == 0 {
            payment.status = Status::Declined("locked");
            return Some(decline(422, "locked", "too many wrong codes"));
        }
        let body = json!({ "error": {
            "code": "wrong_code", "message": "the code is wrong", "attempts_left": payment.attempts_left,
        } });
        return Some(Refusal::decline(Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &body)));
    }
    if payment.phone.as_deref().map(Customer::of) == Some(Customer::Poor) {
        payment.status = Status::Declined("insufficient_balance");
        return Some(decline(422, "insufficient_balance", "there is not enough money"));
    }
    None
}

/// Sends another code.
pub(super) fn resend(shared: &Shared, contract: Contract, account: &Account, id: &str) -> Result<Answer, Refusal> {
    let mut wallet = shared.wallets.lock(contract.name);
    if let Some(refusal) = misuse_of(&mut wallet, account, id) {
        return Err(refusal);
    }
    let Some(payment) = wallet.payment(account, id) else { return Err(invalid("there is no such payment")) };
    if payment.phone.is_none() {
        return Err(misuse(422, "flow_not_supported", "this payment has a page"));
    }
    if matches!(payment.status, Status::Declined(_)) {
        return Err(decline(422, "locked", "this payment is declined"));
    }
    if payment.is_over() {
        return Err(decline(422, "expired", "this payment is over"));
    }
    let pause = Duration::from_secs(account.resend_seconds);
    if let Some(left) = pause.checked_sub(payment.sent.elapsed()).filter(|left| !left.is_zero()) {
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let answer = error(429, "too_soon", "a code was sent a moment ago");
        return Err(Refusal::decline(answer.with(header::RETRY_AFTER, seconds)));
    }
    payment.sent = Instant::now();
    let payment = payment.clone();
    drop(wallet);
    send_code(shared, contract, &payment);
    let expires_at = after(account.code_seconds);
    let body = json!({ "payment_id": payment.id, "status": "code_sent", "code_length": 6, "expires_at": expires_at });
    Ok(Answer::json(StatusCode::OK, &body))
}

fn send_code(shared: &Shared, contract: Contract, payment: &Payment) {
    shared.codes.send(Code {
        at: clock(),
        provider: contract.name,
        reference: payment.reference.clone(),
        transaction_id: payment.id.clone(),
        phone: payment.phone.clone().unwrap_or_default(),
        code: payment.account.code.clone(),
    });
}

/// The payment of a reference, or none.
pub(super) fn find(shared: &Shared, contract: Contract, account: &Account, reference: &str) -> Answer {
    let wallet = shared.wallets.lock(contract.name);
    let data: Vec<Value> = wallet.find(Some(&account.api_key), reference).map(row).into_iter().collect();
    Answer::json(StatusCode::OK, &json!({ "data": data }))
}

fn row(payment: &Payment) -> Value {
    let mut row = json!({
        "payment_id": payment.id,
        "reference": payment.reference,
        "status": payment.word(),
        "amount": decimal(payment.dirham),
        "currency": "LYD",
    });
    if let Status::Paid(transaction) = &payment.status {
        row["transaction_id"] = json!(transaction);
    }
    row
}

/// A moment so many seconds from now, as it is on the wire.
fn after(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000_000);
    let later = clock().checked_add(seconds.seconds());
    written(later.unwrap_or(Timestamp::MAX))
}

/// A moment as it is on the wire.
pub(super) fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
