//! A shipment: what was asked for, how it stands, and how its record looks.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Account, places, request::Consignment};
use crate::{amount, clock::clock};

/// To the door it is so much more, in dirham.
const DOOR: i64 = 5_000;

/// Its statuses.
const STATUSES: [&str; 11] = [
    "pending",
    "booked",
    "processing",
    "on-branch",
    "released",
    "resent",
    "delayed",
    "returning",
    "completed",
    "returned",
    "cancelled",
];

/// In which it can still be deleted.
const DELETABLE: [&str; 2] = ["pending", "booked"];

/// What the kinds of events that are known from records are described as.
const DESCRIPTIONS: [(&str, &str, &str); 8] = [
    ("info", "Shipment is created", "تم إنشاء الشحنة"),
    ("booked", "The shipment is booked", "تم قبول طلبك"),
    ("assigned", "The shipment is picked up", "التقط المندوب الشحنة"),
    ("delayed", "The order is delayed.", "تم تأجيل الطلب"),
    ("released", "The shipment is out for delivery", "خرجت الشحنة للتوصيل"),
    ("completed", "The shipment is delivered", "تم تسليم الشحنة"),
    ("returning", "The shipment is returning", "الشحنة في طريق العودة"),
    ("returned", "The shipment is returned", "تم إرجاع الشحنة"),
];

/// A shipment.
#[derive(Debug, Clone)]
pub(super) struct Shipment {
    pub(super) id: String,
    pub(super) account_id: String,
    /// `SH…` at first, and digits once it is booked in.
    pub(super) reference: String,
    first_reference: String,
    pub(super) status: String,
    asked: Consignment,
    /// The ids of its products.
    products: Vec<String>,
    price: Price,
    /// What was collected, in dirham.
    paid: Option<i64>,
    timeline: Vec<Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// What the way costs, in dirham.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    branch_to_branch: i64,
    pick_from_door: i64,
}

impl Price {
    /// Of a plan; fetching costs as much as bringing.
    pub(super) fn of(dirham: i64, asked: &Consignment) -> Self {
        Self { branch_to_branch: dirham, pick_from_door: if asked.is_pickup { DOOR } else { 0 } }
    }

    fn dirham(self) -> i64 {
        self.branch_to_branch + self.pick_from_door + DOOR
    }
}

/// The invoices of what was asked, with what was paid.
pub(super) fn invoices(asked: &Consignment, price: Price, paid: Option<i64>) -> Value {
    let product = |product: &super::request::Product| {
        let amount = product.sent["amount"].clone();
        json!({ "type": "product", "amount": amount, "currency": "lyd", "quantity": product.quantity })
    };
    let mut items: Vec<Value> = asked.products.iter().map(product).collect();
    items.push(json!({ "type": "shipping", "amount": number(price.dirham()), "currency": "lyd", "breakdown": {
        "branchToBranch": number(price.branch_to_branch),
        "pickFromDoor": number(price.pick_from_door),
        "dropToDoor": number(DOOR),
    } }));
    let payment =
        |paid| json!({ "type": "payment", "amount": number(paid), "currency": "lyd", "paymentMethod": "cash" });
    items.extend(paid.map(payment));
    json!([{ "currency": "lyd", "items": items }])
}

/// What the driver is to collect, in dirham.
pub(super) fn to_collect(asked: &Consignment, price: Price) -> i64 {
    match asked.payment_by.as_str() {
        "receiver" => asked.chargeable() + price.dirham(),
        "sales" => asked.chargeable(),
        _ => 0,
    }
}

/// A JSON number without needless zeros.
pub(super) fn number(dirham: i64) -> Value {
    let text = amount::decimal(dirham);
    serde_json::from_str(text.trim_end_matches('0').trim_end_matches('.')).unwrap_or_default()
}

impl Shipment {
    /// A new one.
    pub(super) fn new(account: &Account, asked: Consignment, price: Price, ids: Vec<String>, serial: u64) -> Self {
        let (reference, at) = (format!("SH{serial}"), clock());
        let (id, products) = ids.split_first().map_or_else(Default::default, |(id, rest)| (id.clone(), rest.to_vec()));
        let mut shipment = Self {
            id,
            account_id: account.account_id.clone(),
            first_reference: reference.clone(),
            reference,
            status: "pending".to_owned(),
            asked,
            products,
            price,
            paid: None,
            timeline: Vec::new(),
            created_at: at,
            updated_at: at,
        };
        shipment.tell("info", None);
        shipment
    }

    /// The gateway's reference, where it said one.
    pub(super) fn own_reference(&self) -> Option<&str> {
        self.asked.metadata.as_ref()?["reference"].as_str()
    }

    /// The numbers that it has or had.
    pub(super) fn numbers(&self) -> [&str; 3] {
        [&self.reference, &self.first_reference, &self.id]
    }

    /// Whether it can be deleted.
    pub(super) fn is_deletable(&self) -> bool {
        DELETABLE.contains(&self.status.as_str())
    }

    /// Whether these of its products can be brought back.
    pub(super) fn takes_return(&self, wanted: &[(String, u64)]) -> bool {
        let has = |(id, quantity): &(String, u64)| {
            let product = self.products.iter().position(|known| known == id);
            product.is_some_and(|index| *quantity <= self.asked.products[index].quantity)
        };
        wanted.iter().all(has) && !["returning", "returned", "cancelled"].contains(&self.status.as_str())
    }

    /// Something happens to it.
    pub(super) fn happen(&mut self, word: &str, note: Option<&str>, collected: Option<i64>) {
        // Some statuses have no kind of event of their own, and some kinds of events bring another status.
        let (event, status) = match word {
            "assigned" | "processing" => ("assigned", "processing"),
            "arrived" | "on-branch" => ("arrived", "on-branch"),
            "pending" | "resent" => ("info", word),
            word => (word, word),
        };
        if word == "completed" {
            let due = collected.unwrap_or_else(|| to_collect(&self.asked, self.price));
            self.paid = Some(due).filter(|due| *due > 0);
        }
        if STATUSES.contains(&status) {
            status.clone_into(&mut self.status);
        }
        self.tell(event, note);
    }

    /// It is booked in, and gets the number that it keeps.
    pub(super) fn book_in(&mut self, note: Option<&str>) {
        self.happen("booked", note, None);
        if let Some(digits) = self.reference.strip_prefix("SH").map(str::to_owned) {
            self.asked.tags.push(format!("#{}", self.reference));
            self.timeline.push(event(
                "referenced",
                (&format!("Reference the order by {digits}"), &format!("تم إحالة الطلب بالرقم {digits}")),
                self.updated_at,
                &self.account_id,
            ));
            self.reference = digits;
        }
    }

    fn tell(&mut self, kind: &str, note: Option<&str>) {
        // No two events have one time, as far as anybody has seen.
        let soonest = self.updated_at + jiff::SignedDuration::from_millis(1);
        self.updated_at = if self.timeline.is_empty() { self.created_at } else { clock().max(soonest) };
        let described = DESCRIPTIONS.into_iter().find(|(known, ..)| *known == kind);
        let words = described.map_or((kind, kind), |(_, english, arabic)| (english, arabic));
        let mut event = event(kind, words, self.updated_at, &self.account_id);
        if let Some(note) = note {
            event["remarks"] = json!(note);
        }
        self.timeline.push(event);
    }

    /// Its record.
    pub(super) fn record(&self) -> Value {
        let mut to = self.asked.to.clone();
        to["country"] = json!("Libya");
        let product = |(id, product): (&String, &super::request::Product)| {
            let mut shown = json!({ "_id": id });
            shown.as_object_mut().into_iter().for_each(|fields| {
                fields.extend(product.sent.as_object().cloned().unwrap_or_default());
            });
            shown
        };
        let products: Vec<Value> = self.products.iter().zip(&self.asked.products).map(product).collect();
        let (city, area) = places::ORIGIN;
        let mut record = json!({
            "_id": self.id,
            "reference": self.reference,
            "status": self.status,
            "service": self.asked.service,
            "contacts": self.asked.contacts,
            "paymentBy": self.asked.payment_by,
            "to": to,
            "from": { "countryCode": "lby", "city": city, "area": area, "address": "" },
            "products": products,
            "invoices": invoices(&self.asked, self.price, self.paid),
            "timeline": self.timeline,
            "tags": self.asked.tags,
            "metadata": self.asked.metadata,
            "notes": self.asked.notes,
            "createdAt": time(self.created_at),
            "updatedAt": time(self.updated_at),
        });
        if self.status == "completed" {
            record["completedAt"] = json!(time(self.updated_at));
        }
        record
    }
}

fn event(kind: &str, (english, arabic): (&str, &str), at: Timestamp, account_id: &str) -> Value {
    json!({
        "type": kind,
        "createdBy": account_id,
        "description": { "en": english, "ar": arabic },
        "timestamp": time(at),
        "metadata": {},
    })
}

/// As JavaScript writes it.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
