//! The signed messages to the gateway: the notification, and the data of the browser's callbacks.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{NAME, Transaction, hash::Key};
use crate::{callbacks::Callback, clock::tripoli};

/// LYD in ISO 4217.
const CURRENCY: &str = "434";

/// The data of completeCallback.
pub(crate) fn complete(sale: &Transaction, key: &Key) -> Value {
    let amount = sale.amount.to_string();
    let date = tripoli(sale.at).strftime("%y%m%d%H%M%S").to_string();
    let hash = key.sign(&[
        ("Amount", &amount),
        ("Currency", CURRENCY),
        ("MerchantId", &sale.merchant_id),
        ("MerchantReference", &sale.reference),
        ("PaidThrough", "Card"),
        ("TerminalId", &sale.terminal_id),
        ("TxnDate", &date),
    ]);
    json!({
        "TxnDate": date,
        "SystemReference": sale.transaction_id,
        "NetworkReference": sale.network_reference,
        "MerchantReference": sale.reference,
        "MerchantId": sale.merchant_id,
        "TerminalId": sale.terminal_id,
        "Amount": amount,
        "Currency": CURRENCY,
        "PaidThrough": "Card",
        "PayerAccount": sale.card,
        "PayerName": "MOCK CUSTOMER",
        "ProviderSchemeName": "",
        "SecureHash": hash,
    })
}

/// The data of errorCallback. How Moamalat signs it is not known, so it carries no hash.
pub(crate) fn error(sale: &Transaction) -> Value {
    json!({
        "error": "Declined",
        "Amount": sale.amount.to_string(),
        "MerchantReference": sale.reference,
        "DateTimeLocalTrxn": tripoli(sale.at).strftime("%Y%m%d%H%M%S").to_string(),
    })
}

/// The notification of a sale, with what a forger would make of it.
pub(crate) fn notification(sale: &Transaction, key: &Key, chance: u64) -> Callback {
    let amount = sale.amount.to_string();
    let time = tripoli(sale.at).strftime("%Y%m%d%H%M%S").to_string();
    let hash = key.sign(&[
        ("Amount", &amount),
        ("Currency", CURRENCY),
        ("DateTimeLocalTrxn", &time),
        ("MerchantId", &sale.merchant_id),
        ("TerminalId", &sale.terminal_id),
    ]);
    let genuine = body(sale, &amount, &time, &hash);
    // The hash covers neither the type nor the reference, so these two still verify.
    let mut other_type = genuine.clone();
    other_type["TxnType"] = json!(2);
    let mut other_reference = genuine.clone();
    other_reference["MerchantReference"] = json!(changed(&sale.reference));
    let mut wrong_hash = genuine.clone();
    wrong_hash["SecureHash"] = json!(format!("{chance:016X}").repeat(4));
    Callback {
        provider: NAME,
        terminal: sale.terminal_id.clone(),
        url: None,
        content_type: "application/json; charset=utf-8",
        headers: Vec::new(),
        body: bytes(&genuine),
        forgeries: [wrong_hash, other_type, other_reference].iter().map(bytes).collect(),
        check,
    }
}

fn body(sale: &Transaction, amount: &str, time: &str, hash: &str) -> Value {
    // The code, words and status of a decline are assumed; only "00" is certain.
    let (code, message, status) =
        if sale.approved { ("00", "Approved", "Success") } else { ("51", "Declined", "Failed") };
    json!({
        "MerchantId": sale.merchant_id,
        "TerminalId": sale.terminal_id,
        "DateTimeLocalTrxn": time,
        "AuthorizationDateTime": time,
        "SecureHash": hash,
        "TxnType": 1,
        "Message": message,
        "PaidThrough": "Card",
        "SystemReference": sale.transaction_id,
        "NetworkReference": sale.network_reference,
        "MerchantReference": sale.reference,
        "Amount": amount,
        "Tip": "0",
        "Currency": CURRENCY,
        "PayerAccount": sale.card,
        "PayerName": "MOCK CUSTOMER",
        "ActionCode": code,
        "SID": null,
        "Token": null,
        "Email": null,
        "Status": status,
        "CustomerMobile": null,
        "MessageCustomer": null,
        "MerchantCustomerId": null,
        "CurrencyTwo": null,
        "CurrencyTwoValue": null,
        "AdditionalFees": "0",
        "OriginalTxnId": "0",
    })
}

/// Another reference of the same length.
fn changed(reference: &str) -> String {
    let mut letters: Vec<char> = reference.chars().collect();
    if let Some(last) = letters.last_mut() {
        *last = if *last == '0' { '1' } else { '0' };
    }
    letters.into_iter().collect()
}

fn bytes(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

/// Moamalat expects `{"Message":"Success","Success":true}`.
fn check(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let right = answer["Message"] == "Success" && answer["Success"] == true;
    (!right).then(|| "the answer to a notification is not {\"Message\":\"Success\",\"Success\":true}".to_owned())
}
