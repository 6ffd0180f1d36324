//! The receipt, in each of the shapes that public clients read.

use serde_json::{Map, Value, json};

use super::{
    ReceiptShape,
    stores::{Payment, Status},
};
use crate::{
    amount::{decimal, two_decimals},
    clock::tripoli,
};

/// The body of a receipt.
pub(super) fn receipt(payment: &Payment, shape: ReceiptShape) -> Value {
    let Status::Paid(dirham) = payment.status else { return json!({ "result": "incomplete" }) };
    let data = match shape {
        ReceiptShape::Flat | ReceiptShape::Data => short(payment, dirham),
        ReceiptShape::Full => full(payment, dirham),
    };
    let mut body = Map::from_iter([("result".to_owned(), json!("success"))]);
    match (shape, data) {
        (ReceiptShape::Flat, Value::Object(fields)) => body.extend(fields),
        (_, data) => body.extend([("data".to_owned(), data)]),
    }
    body.into()
}

/// An amount as T-Lync writes it; with a third decimal where the customer's act brought one.
pub(super) fn written(dirham: i64) -> String {
    two_decimals(dirham).unwrap_or_else(|| decimal(dirham))
}

fn short(payment: &Payment, dirham: i64) -> Value {
    json!({
        "amount": written(dirham),
        "payment_method": payment.method,
        "custom_ref": payment.asked.custom_ref,
        "transaction_ref": payment.transaction_ref,
        "customer_phone": payment.asked.phone,
    })
}

fn full(payment: &Payment, dirham: i64) -> Value {
    json!({
        "customer_phone": payment.asked.phone,
        "customer_email": payment.asked.email,
        "customer_name": "MOCK CUSTOMER",
        "owner_name": "MOCK OWNER",
        "shop_name": "MOCK SHOP",
        "shop_logo": "",
        "shop_url": "",
        "owner_city": "Tripoli",
        "owner_phone": "",
        "owner_email": "",
        "amount": written(dirham),
        "currency": "LYD",
        "gateway_name": payment.method,
        "gateway": payment.method,
        "gateway_ref": payment.gateway_ref,
        "date_time": tripoli(payment.at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "order_history": [],
        "notes_to_customer": null,
        "notes_to_shop": { "payment_status": "success" },
        "reference": payment.transaction_ref,
    })
}
