//! Reads the calls, strictly: every field is known, of its type and within its bounds.

use axum::http::{HeaderName, StatusCode, header};
use serde_json::{Map, Value};

use super::{Account, answer, is_id, places, records::State};
use crate::{
    amount::dirham,
    exchange::{Received, Refusal},
    form::Form,
};

/// The account that sent a request, if all three headers are right.
pub(super) fn sender(state: &State, request: &Received) -> Result<Account, Refusal> {
    let refuse = |reason: &str| {
        let told = answer::no(StatusCode::UNAUTHORIZED, "Authorization is required", None);
        Err(Refusal::violation(reason, told))
    };
    let header = |name: &'static str| request.header(HeaderName::from_static(name));
    if header("x-api-version") != "1.0.0" {
        return refuse("X-API-VERSION is not 1.0.0");
    }
    let Some(key) = request.header(header::AUTHORIZATION).strip_prefix("apikey ") else {
        return refuse("Authorization is not apikey and a key");
    };
    match state.account(header("x-account-id")).filter(|account| account.api_key == key) {
        Some(account) => Ok(account.clone()),
        None => refuse("X-ACCOUNT-ID is missing or unknown, or the key is another one's"),
    }
}

/// A new shipment, or one whose price is asked.
#[derive(Debug, Clone)]
pub(super) struct Consignment {
    pub(super) service: String,
    pub(super) contacts: Vec<String>,
    pub(super) payment_by: String,
    pub(super) to: Value,
    pub(super) products: Vec<Product>,
    pub(super) is_pickup: bool,
    pub(super) notes: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) metadata: Option<Value>,
}

/// A line of a shipment.
#[derive(Debug, Clone)]
pub(super) struct Product {
    /// As it was sent.
    pub(super) sent: Value,
    pub(super) quantity: u64,
    /// Of all of it.
    pub(super) dirham: i64,
    pub(super) is_chargeable: bool,
}

impl Consignment {
    /// Of `localShipments.create`, or of the price, which knows less.
    pub(super) fn read(request: &Received, is_booking: bool) -> Result<Self, Refusal> {
        let mut fields = Fields::of_body(request, "localShipments.body")?;
        let service = fields.id("service")?;
        let payment_by = fields.text("paymentBy", 1..=10)?;
        if !["sender", "receiver", "sales"].contains(&payment_by.as_str()) {
            return Err(fields.wrong("paymentBy", "Invalid choice!"));
        }
        let products = products(fields.list("products")?)?;
        let to = to(fields.object("to")?)?;
        let is_pickup = fields.flag("isPickup")?.unwrap_or(false);
        let mut read = Self {
            service,
            contacts: Vec::new(),
            payment_by,
            to,
            products,
            is_pickup,
            notes: None,
            tags: Vec::new(),
            metadata: None,
        };
        if is_booking {
            read.contacts = fields.texts("contacts")?;
            if read.contacts.is_empty() || !read.contacts.iter().all(|id| is_id(id)) {
                return Err(fields.wrong("contacts", "Value is not an instanceOf ObjectId!"));
            }
            read.notes = fields.optional("notes", 1..=3_000)?;
            read.tags = fields.texts("tags")?;
            read.metadata = fields.take("metadata");
            if read.metadata.as_ref().is_some_and(|metadata| !metadata.is_object()) {
                return Err(fields.wrong("metadata", "Value is not an object!"));
            }
        }
        fields.end()?;
        Ok(read)
    }

    /// What is to be collected, in dirham.
    pub(super) fn chargeable(&self) -> i64 {
        self.products.iter().filter(|product| product.is_chargeable).map(|product| product.dirham).sum()
    }
}

fn products(values: Vec<Value>) -> Result<Vec<Product>, Refusal> {
    if values.is_empty() {
        return Err(answer::invalid("The list is too short!", "localShipments.body.products"));
    }
    let product = |(index, value): (usize, Value)| {
        let sent = value.clone();
        let mut fields = Fields::of_value(value, format!("localShipments.body.products.{index}"))?;
        fields.text("title", 3..=100)?;
        let quantity = fields.number("quantity")?;
        for name in ["widthCM", "heightCM", "lengthCM"] {
            fields.number(name)?;
        }
        fields.currency()?;
        let amount = fields.amount()?;
        let is_chargeable = fields.flag("isChargeable")?;
        let is_chargeable = is_chargeable.ok_or_else(|| fields.wrong("isChargeable", "The value is missing!"))?;
        fields.end()?;
        Ok(Product { sent, quantity, dirham: amount * i64::try_from(quantity).unwrap_or(1), is_chargeable })
    };
    values.into_iter().enumerate().map(product).collect()
}

/// Where it goes; the real one stumbles over a country in capitals, and knows its own places alone.
fn to(value: Value) -> Result<Value, Refusal> {
    let sent = value.clone();
    let mut fields = Fields::of_value(value, "localShipments.body.to".to_owned())?;
    if fields.text("countryCode", 3..=3)? != "lby" {
        let told = answer::no(StatusCode::OK, "Cannot read properties of undefined (reading 'name')", None);
        return Err(Refusal::violation("countryCode is not lby", told));
    }
    let (city, area) = (fields.text("city", 1..=100)?, fields.text("area", 1..=100)?);
    fields.optional("address", 1..=100)?;
    if let Some(point) = fields.take("geoPoint") {
        let coordinates = point["coordinates"].as_array();
        if !coordinates.is_some_and(|list| list.len() == 2 && list.iter().all(Value::is_number)) {
            return Err(fields.wrong("geoPoint", "Value is not a point!"));
        }
    }
    fields.end()?;
    if places::serves(&city, &area) {
        return Ok(sent);
    }
    let message = format!("Unable to fetch branch 'LBY-{city},{area}'!");
    Err(Refusal::decline(answer::no(StatusCode::INTERNAL_SERVER_ERROR, &message, None)))
}

/// A page of records or branches.
pub(super) struct Page {
    pub(super) offset: usize,
    pub(super) limit: usize,
    pub(super) sort: Option<String>,
    pub(super) reference: Option<String>,
}

impl Page {
    /// Of a query. The real one has defaults that leave something out, so nothing is left to them.
    pub(super) fn read(request: &Received, is_of_records: bool) -> Result<Self, Refusal> {
        let place = if is_of_records { "localShipments.query" } else { "localBranches.query" };
        let wrong = |name: &str| answer::invalid("Invalid choice!", &format!("{place}.{name}"));
        let query = request.parts.uri.query().unwrap_or_default();
        let mut form = Form::read(query.as_bytes()).map_err(|_| wrong("twice"))?;
        let mut number = |name: &str| form.take(name).and_then(|text| text.parse().ok()).ok_or_else(|| wrong(name));
        let (offset, limit) = (number("offset")?, number("limit")?);
        if !(1..=2_000).contains(&limit) {
            return Err(wrong("limit"));
        }
        let (sort, reference) = if is_of_records { (form.take("sort"), form.take("reference")) } else { (None, None) };
        if sort.as_deref().is_some_and(|sort| ![r#"{"createdAt":-1}"#, r#"{"updatedAt":-1}"#].contains(&sort)) {
            return Err(wrong("sort"));
        }
        form.left().map_or(Ok(Self { offset, limit, sort, reference }), |name| Err(wrong(name)))
    }
}

/// The fields of an object, of which one after the other is taken.
pub(super) struct Fields {
    left: Map<String, Value>,
    place: String,
}

impl Fields {
    pub(super) fn of_body(request: &Received, place: &str) -> Result<Self, Refusal> {
        if request.content_type() != "application/json" || request.parts.uri.query().is_some() {
            return Err(answer::invalid("Only JSON is taken, without a query!", place));
        }
        Self::of_value(serde_json::from_slice(&request.body).unwrap_or_default(), place.to_owned())
    }

    fn of_value(value: Value, place: String) -> Result<Self, Refusal> {
        match value {
            Value::Object(left) => Ok(Self { left, place }),
            _ => Err(answer::invalid("Value is not an object!", &place)),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name)
    }

    fn wrong(&self, name: &str, message: &str) -> Refusal {
        answer::invalid(message, &format!("{}.{name}", self.place))
    }

    /// A text of so many characters.
    pub(super) fn text(&mut self, name: &str, length: std::ops::RangeInclusive<usize>) -> Result<String, Refusal> {
        self.optional(name, length)?.ok_or_else(|| self.wrong(name, "The value is missing!"))
    }

    fn optional(&mut self, name: &str, length: std::ops::RangeInclusive<usize>) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if length.contains(&text.chars().count()) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "String didn't match the expected pattern!")),
        }
    }

    /// An id.
    pub(super) fn id(&mut self, name: &str) -> Result<String, Refusal> {
        let text = self.take(name).and_then(|value| value.as_str().map(str::to_owned));
        text.filter(|text| is_id(text)).ok_or_else(|| self.wrong(name, "Value is not an instanceOf ObjectId!"))
    }

    /// A Libyan number, with `+` before it.
    pub(super) fn phone(&mut self) -> Result<String, Refusal> {
        let phone = self.text("phone", 1..=20)?;
        let national = phone.strip_prefix("+218").unwrap_or_default();
        let fits = national.len() == 9 && national.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(phone) } else { Err(self.wrong("phone", "String didn't match the expected pattern!")) }
    }

    /// A whole number above zero.
    pub(super) fn number(&mut self, name: &str) -> Result<u64, Refusal> {
        let number = self.take(name).and_then(|value| value.as_u64()).filter(|number| *number > 0);
        number.ok_or_else(|| self.wrong(name, "Value is not a number above zero!"))
    }

    /// An amount, in dirham.
    fn amount(&mut self) -> Result<i64, Refusal> {
        let number = self.take("amount").filter(Value::is_number).map(|number| number.to_string());
        let dirham = number.and_then(|text| if text == "0" { Some(0) } else { dirham(&text).ok() });
        dirham.ok_or_else(|| self.wrong("amount", "Value is not an amount!"))
    }

    fn currency(&mut self) -> Result<(), Refusal> {
        let currency = self.text("currency", 3..=3)?;
        if currency == "lyd" { Ok(()) } else { Err(self.wrong("currency", "Invalid choice!")) }
    }

    fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.wrong(name, "Value is not a boolean!")),
        }
    }

    fn object(&mut self, name: &str) -> Result<Value, Refusal> {
        self.take(name).filter(Value::is_object).ok_or_else(|| self.wrong(name, "Value is not an object!"))
    }

    /// A list that must be there.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Value>, Refusal> {
        match self.take(name) {
            Some(Value::Array(values)) => Ok(values),
            _ => Err(self.wrong(name, "Value is not a list!")),
        }
    }

    /// A list of texts, empty where it is absent.
    fn texts(&mut self, name: &str) -> Result<Vec<String>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        serde_json::from_value(value).map_err(|_| self.wrong(name, "Value is not a list of texts!"))
    }

    /// Refuses what nobody has taken. The real one may overlook it.
    pub(super) fn end(self) -> Result<(), Refusal> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.wrong(name, "The field is not known!")),
        }
    }
}
