//! The callback to the gateway. Nothing in it is signed, so a forgery differs in what it says alone.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    NAME, Store,
    receipt::written,
    stores::{Payment, Status},
};
use crate::{callbacks::Callback, form};

/// The callback about a payment after the customer's act, with what a forger would send in its place.
pub(super) fn callback(payment: &Payment, store: &Store) -> Callback {
    let paid = match payment.status {
        Status::Paid(dirham) => Some(dirham),
        Status::Open => None,
    };
    let asked = payment.asked.dirham;
    let genuine = fields(payment, paid.is_some(), paid.unwrap_or(asked), &payment.asked.custom_ref);
    let forged = [
        fields(payment, true, asked, &payment.asked.custom_ref),
        fields(payment, true, asked * 10, &payment.asked.custom_ref),
        fields(payment, true, asked, &format!("{}-forged", payment.asked.custom_ref)),
    ];
    Callback {
        provider: NAME,
        terminal: payment.store_id.clone(),
        url: Some(payment.asked.backend_url.clone()),
        content_type: if store.form_callbacks { "application/x-www-form-urlencoded" } else { "application/json" },
        headers: Vec::new(),
        body: body(&genuine, store),
        forgeries: forged.iter().map(|fields| body(fields, store)).collect(),
        // Any 200 will do.
        check: |_| None,
    }
}

fn fields(payment: &Payment, success: bool, dirham: i64, custom_ref: &str) -> Vec<(&'static str, String)> {
    let result = if success { "success" } else { "failed" };
    let mut fields = vec![
        ("result", result.to_owned()),
        ("amount", written(dirham)),
        ("store_id", payment.store_id.clone()),
        ("our_ref", payment.transaction_ref.clone()),
        ("payment_method", payment.method.to_owned()),
        ("customer_phone", payment.asked.phone.clone()),
        ("custom_ref", custom_ref.to_owned()),
    ];
    if !success {
        fields.push(("message", "The payment was declined".to_owned()));
    }
    fields
}

fn body(fields: &[(&'static str, String)], store: &Store) -> Bytes {
    if store.form_callbacks {
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        return form::write(&pairs).into();
    }
    let mut object: Value = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    if object.get("message").is_some() {
        object["errors"] = json!([]);
    }
    object.to_string().into()
}
