//! What reaches us unasked: Moamalat's notifications, and what the customer's browser reports. Both are hints.

use kit::{CallbackAddress, CallbackError};
use serde::Deserialize;
use serde_json::Value;

use super::config::{Keys, Settings};
use crate::port::{Hint, TransactionKind};
use kit::written::Written;

/// A notification, as far as it is read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Notification {
    merchant_id: Written,
    terminal_id: Written,
    date_time_local_trxn: Written,
    amount: Written,
    currency: Written,
    secure_hash: Written,
    merchant_reference: Written,
    txn_type: Written,
}

/// What the Lightbox hands to `completeCallback`, as far as it is read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Completed {
    amount: Written,
    currency: Written,
    merchant_id: Written,
    merchant_reference: Written,
    paid_through: Written,
    terminal_id: Written,
    txn_date: Written,
    secure_hash: Written,
}

/// Whom a notification is for; nothing in it is believed yet.
pub(super) fn address(body: &[u8]) -> Option<CallbackAddress> {
    let notification: Notification = serde_json::from_slice(body).ok()?;
    let (merchant, terminal) = (notification.merchant_id.given()?, notification.terminal_id.given()?);
    Some(CallbackAddress {
        identity: Some(format!("{merchant}/{terminal}")),
        wire_reference: notification.merchant_reference.given().map(str::to_owned),
    })
}

/// Reads a notification over its text as it came: numbers are hashed in the form they were written in.
pub(super) fn notification(body: &[u8], settings: &Settings, keys: &Keys) -> Result<Hint, CallbackError> {
    // Without its key no notification can be believed, and none is said to be sent.
    let key = keys.notification.as_ref().ok_or(CallbackError::Unsupported)?;
    let notification: Notification = serde_json::from_slice(body).map_err(|_| CallbackError::Malformed)?;
    let fields = [
        ("Amount", required(&notification.amount)?),
        ("Currency", required(&notification.currency)?),
        ("DateTimeLocalTrxn", required(&notification.date_time_local_trxn)?),
        ("MerchantId", required(&notification.merchant_id)?),
        ("TerminalId", required(&notification.terminal_id)?),
    ];
    if !key.verifies(&fields, required(&notification.secure_hash)?) {
        return Err(CallbackError::Forged);
    }
    ours(&notification.merchant_id, &notification.terminal_id, settings)?;
    let kind = match notification.txn_type.text().trim() {
        "1" => TransactionKind::Sale,
        // A void of a sale gives the money back as a refund does.
        "2" | "3" => TransactionKind::Refund,
        _ => TransactionKind::Other,
    };
    // The hash covers neither of the two (SOURCE.md, "SecureHash"), so the hint says whom to ask about and no more.
    Ok(Hint::at(reference(&notification.merchant_reference)?, kind))
}

/// Reads `{"result": "complete" | "error" | "cancel", "data": {…}}`, where data is what the Lightbox handed over.
pub(super) fn client_result(result: &Value, settings: &Settings, keys: &Keys) -> Result<Hint, CallbackError> {
    let data = result.get("data").unwrap_or(&Value::Null);
    let completed = Completed::deserialize(data).map_err(|_| CallbackError::Malformed)?;
    match result.get("result").and_then(Value::as_str) {
        Some("complete") => prove(&completed, settings, keys)?,
        // The formula of errorCallback's hash is not known, and cancelCallback has none and is also called after a
        // success. Neither proves anything and neither needs to: all that comes of them is a question to the provider.
        Some("error" | "cancel") => {}
        _ => return Err(CallbackError::Malformed),
    }
    Ok(Hint::at(reference(&completed.merchant_reference)?, TransactionKind::Sale))
}

fn prove(completed: &Completed, settings: &Settings, keys: &Keys) -> Result<(), CallbackError> {
    let fields = [
        ("Amount", required(&completed.amount)?),
        ("Currency", required(&completed.currency)?),
        ("MerchantId", required(&completed.merchant_id)?),
        ("MerchantReference", required(&completed.merchant_reference)?),
        ("PaidThrough", required(&completed.paid_through)?),
        ("TerminalId", required(&completed.terminal_id)?),
        ("TxnDate", required(&completed.txn_date)?),
    ];
    if !keys.secret.verifies(&fields, required(&completed.secure_hash)?) {
        return Err(CallbackError::Forged);
    }
    ours(&completed.merchant_id, &completed.terminal_id, settings)
}

fn ours(merchant: &Written, terminal: &Written, settings: &Settings) -> Result<(), CallbackError> {
    let ours = merchant.text() == settings.merchant_id && terminal.text() == settings.terminal_id;
    if ours { Ok(()) } else { Err(CallbackError::Forged) }
}

fn required(field: &Written) -> Result<&str, CallbackError> {
    field.given().ok_or(CallbackError::Malformed)
}

/// Any printable text: another system may share the terminal, and its references are none of ours.
fn reference(field: &Written) -> Result<String, CallbackError> {
    let text = required(field)?;
    if text.len() > 256 || text.chars().any(char::is_control) {
        return Err(CallbackError::Malformed);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
