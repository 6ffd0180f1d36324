//! Reading a new package: every field with its type, the API's misspellings included.

use serde_json::{Map, Value};

use super::places;

/// Field and reason.
pub(super) type Wrong = (&'static str, &'static str);

/// A package as it was asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) reciever: String,
    pub(super) phone: String,
    pub(super) city: u64,
    pub(super) address_child: Option<u64>,
    pub(super) address: String,
    pub(super) price: Value,
    pub(super) paid_by: String,
    pub(super) description: String,
    pub(super) qty: u64,
    pub(super) size: [u64; 3],
    pub(super) reference: Option<String>,
    pub(super) details: Option<String>,
}

const TEXT: &str = "The field must be a string.";
const NUMBER: &str = "The field must be a number.";
const REQUIRED: &str = "The field is required.";
const INVALID: &str = "The selected value is invalid.";

struct Fields(Map<String, Value>);

impl Fields {
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>, Wrong> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(_) => Err((name, TEXT)),
        }
    }

    fn needed(&mut self, name: &'static str) -> Result<String, Wrong> {
        self.text(name)?.ok_or((name, REQUIRED))
    }

    fn one_of(&mut self, name: &'static str, words: &[&str]) -> Result<String, Wrong> {
        let text = self.needed(name)?;
        if words.contains(&text.as_str()) { Ok(text) } else { Err((name, INVALID)) }
    }

    fn number(&mut self, name: &'static str) -> Result<Option<Value>, Wrong> {
        match self.take(name) {
            None => Ok(None),
            Some(number) if number.is_number() && !number.to_string().starts_with('-') => Ok(Some(number)),
            Some(_) => Err((name, NUMBER)),
        }
    }

    fn whole(&mut self, name: &'static str) -> Result<Option<u64>, Wrong> {
        self.number(name)?.map(|number| number.as_u64().ok_or((name, NUMBER))).transpose()
    }

    fn count(&mut self, name: &'static str) -> Result<u64, Wrong> {
        self.whole(name)?.filter(|count| *count > 0).ok_or((name, REQUIRED))
    }
}

/// Reads a commercial package. Strictness: the other types, which a gateway does not send, are refused.
pub(super) fn read(body: Map<String, Value>) -> Result<Asked, (String, &'static str)> {
    let mut fields = Fields(body);
    let asked = known(&mut fields).map_err(|(name, reason)| (name.to_owned(), reason))?;
    // Nothing says what the real one does with a field that it does not know.
    match fields.0.into_iter().next() {
        Some((name, _)) => Err((name, "The field is not known.")),
        None => Ok(asked),
    }
}

fn known(fields: &mut Fields) -> Result<Asked, Wrong> {
    if fields.whole("type")? != Some(1) {
        return Err(("type", "The selected type is invalid."));
    }
    let phone = fields.needed("phone")?;
    if !(10..=20).contains(&phone.len()) || !phone.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(("phone", "The phone must be between 10 and 20 digits."));
    }
    let city = fields.whole("city")?.ok_or(("city", "Either city or unified_city must be provided"))?;
    let place = places::city(city).ok_or(("city", INVALID))?;
    let address_child = fields.whole("address_child")?;
    if address_child.is_some_and(|child| !place.quarters.iter().any(|(id, _)| *id == child)) {
        return Err(("address_child", INVALID));
    }
    let price = fields.number("price")?.ok_or(("price", REQUIRED))?;
    let total = fields.number("total_amount")?.ok_or(("total_amount", REQUIRED))?;
    if fields.whole("currency_type_id")? != Some(1) {
        return Err(("currency_type_id", INVALID));
    }
    if total != price {
        return Err(("total_amount", INVALID));
    }
    fields.one_of("payment_methode", &["cash", "cheque", "epayment"])?;
    fields.one_of("extra_size_by", &["market", "customer"])?;
    fields.one_of("commission_by", &["market", "customer"])?;
    for name in ["phone_b", "notes", "sticker_notes", "map"] {
        fields.text(name)?;
    }
    Ok(Asked {
        reciever: fields.needed("reciever")?,
        phone,
        city,
        address_child,
        address: fields.needed("address")?,
        price,
        paid_by: fields.one_of("paid_by", &["market", "customer", "half"])?,
        description: fields.needed("description")?,
        qty: fields.count("qty")?,
        size: [fields.count("leangh")?, fields.count("width")?, fields.count("height")?],
        reference: fields.text("store_reference_id")?,
        details: fields.text("store_pkg_details")?,
    })
}
