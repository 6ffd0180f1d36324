//! How a package looks: the names that the API really has.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Account,
    depot::{Line, Package},
    places,
};
use crate::clock::tripoli;

/// A time as Laravel writes it.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string()
}

/// What carrying it costs, in dinars.
pub(super) fn carriage(package: &Package) -> u64 {
    let price = places::city(package.asked.city).map_or(0, |city| city.price);
    price + surcharge(package.asked.size)
}

/// A dinar for each 10 cm that the three extents together are longer than 60 cm.
pub(super) fn surcharge(size: [u64; 3]) -> u64 {
    size.iter().sum::<u64>().saturating_sub(60) / 10
}

/// The answer to a booking.
pub(super) fn created(package: &Package) -> Value {
    let asked = &package.asked;
    json!({
        "id": package.id,
        "package-code": package.code,
        "type": 1,
        "reciever": asked.reciever,
        "phone": asked.phone,
        "price": asked.price,
        "shippment": carriage(package),
        "total": asked.price,
        "status": package.status(),
    })
}

/// A package in full.
pub(super) fn details(package: &Package, account: &Account) -> Value {
    let asked = &package.asked;
    let city = places::city(asked.city);
    let quarter = city.and_then(|city| city.quarters.iter().find(|(id, _)| Some(*id) == asked.address_child));
    let since = package.log.first().map_or_else(Timestamp::default, |line| line.at);
    let mut shown = json!({
        "id": package.id,
        "package-code": package.code,
        "reciever": asked.reciever,
        "phone": asked.phone,
        "address": asked.address,
        "price": asked.price,
        "shippment": carriage(package),
        "total": asked.price,
        "payment_methode": "cash",
        "paid_by": asked.paid_by,
        "status": arabic(package.status()),
        "status_object": { "status_value": package.status(), "status_name_cust": arabic(package.status()) },
        "create_date": tripoli(since).date().to_string(),
        "update_date": moment(package.updated()),
        "qty": asked.qty,
        "recieved_money": package.collected.as_ref().and_then(|text| text.parse::<serde_json::Number>().ok()),
        "description": asked.description,
        "leangh": asked.size[0],
        "width": asked.size[1],
        "height": asked.size[2],
        "City": { "id": asked.city, "name": city.map(|city| city.name) },
        "sub_city": quarter.map(|(id, name)| json!({ "id": id, "name": name })),
        "created_at": moment(since),
        "updated_at": moment(package.updated()),
    });
    if account.lists_references {
        shown["store_reference_id"] = json!(asked.reference);
        shown["store_pkg_details"] = json!(asked.details);
    }
    shown
}

/// Its log.
pub(super) fn log(package: &Package) -> Value {
    let line = |(number, line): (usize, &Line)| {
        json!({
            "id": number + 1,
            "package_id": package.id,
            "status": line.status,
            "status_ar": arabic(&line.status),
            "description": line.note.as_deref().unwrap_or(arabic(&line.status)),
            "location": null,
            "created_at": moment(line.at),
        })
    };
    package.log.iter().enumerate().map(line).collect()
}

/// The same for anybody.
pub(super) fn whereabouts(package: &Package) -> Value {
    let line = |line: &Line| json!({ "type": line.status, "details": arabic(&line.status), "time": moment(line.at) });
    package.log.iter().map(line).collect()
}

fn arabic(status: &str) -> &'static str {
    match status {
        "store_new" => "قيد الإجراء",
        "ship_received" => "قيد التجهيز",
        "ship_preperation" => "إنتظار الشحن",
        "ship_ongoing" => "قيد الشحن",
        "ship_pending" => "قيد الإنتظار",
        "completed" => "مكتملة",
        "ship_del_return" | "recalled" => "قيد الاسترداد",
        "store_return" => "مستردة",
        "store_canceled" => "ملغاة",
        _ => "حالة أخرى",
    }
}
