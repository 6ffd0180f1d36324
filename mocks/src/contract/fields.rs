//! The fields of a body or a query, read strictly: each is taken once, and nothing may be left.

use jiff::civil::Date;
use serde_json::{Map, Value};
use url::Url;

use super::request::{invalid, is_digits};
use crate::{
    amount,
    exchange::{Received, Refusal},
    form::Form,
};

/// The fields of a body or a query, of which one after the other is taken.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of a body of JSON.
    pub(crate) fn of_body(request: &Received) -> Result<Self, Refusal> {
        if request.content_type() != "application/json" {
            return Err(invalid("Content-Type is not application/json"));
        }
        if request.parts.uri.query().is_some() {
            return Err(invalid("there is a query"));
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(invalid("the body is not a JSON object")),
        }
    }

    /// The fields of a query; there is no body.
    pub(crate) fn of_query(request: &Received, names: &[&str]) -> Result<Self, Refusal> {
        if !request.body.is_empty() {
            return Err(invalid("there is a body"));
        }
        let query = request.parts.uri.query().unwrap_or_default();
        let mut form = Form::read(query.as_bytes()).map_err(|reason| invalid(&reason))?;
        let mut fields = Map::new();
        for name in names {
            let text = form.take(name).ok_or_else(|| invalid(&format!("{name} is missing")))?;
            fields.insert((*name).to_owned(), Value::from(text));
        }
        form.left().map_or(Ok(Self(fields)), |name| Err(unknown(name)))
    }

    /// The fields of an object inside another.
    pub(crate) fn of(value: Value, name: &str) -> Result<Self, Refusal> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(invalid(&format!("{name} is no object"))),
        }
    }

    /// Whatever it is, where it is there.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// A whole number above nothing.
    pub(crate) fn whole(&mut self, name: &str) -> Result<u64, Refusal> {
        let number = self.0.remove(name).and_then(|value| value.as_u64()).filter(|number| *number > 0);
        number.ok_or_else(|| invalid(&format!("{name} is no whole number above 0")))
    }

    /// A list that must be there, with something in it.
    pub(crate) fn list(&mut self, name: &str) -> Result<Vec<Value>, Refusal> {
        match self.0.remove(name) {
            Some(Value::Array(list)) if !list.is_empty() => Ok(list),
            _ => Err(invalid(&format!("{name} is missing, empty, or no list"))),
        }
    }

    /// An amount of exactly three decimals, where it is there.
    pub(crate) fn amount(&mut self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        if text.split_once('.').is_none_or(|(_, fraction)| fraction.len() != 3) {
            return Err(invalid(&format!("{name} has not three decimals")));
        }
        amount::dirham(&text).map(Some).map_err(|reason| invalid(&reason))
    }

    /// The one currency.
    pub(crate) fn lyd(&mut self) -> Result<(), Refusal> {
        if self.text("currency")? == "LYD" { Ok(()) } else { Err(invalid("currency is not LYD")) }
    }

    /// A text, where it is there.
    pub(crate) fn optional(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(&format!("{name} is no text"))),
        }
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, Refusal> {
        self.optional(name)?.ok_or_else(|| invalid(&format!("{name} is missing")))
    }

    /// A reference: 1 to 64 plain letters.
    pub(crate) fn reference(&mut self) -> Result<String, Refusal> {
        let text = self.text("reference")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        if fits { Ok(text) } else { Err(invalid("reference is not 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-'")) }
    }

    /// Amount and currency.
    pub(crate) fn money(&mut self) -> Result<i64, Refusal> {
        let dirham = self.amount("amount")?.ok_or_else(|| invalid("amount is missing"))?;
        self.lyd()?;
        Ok(dirham)
    }

    /// A Libyan mobile number, where it is there.
    pub(crate) fn phone(&mut self) -> Result<Option<String>, Refusal> {
        let Some(phone) = self.optional("phone")? else { return Ok(None) };
        let national = phone.strip_prefix("+218").filter(|national| national.starts_with('9'));
        let fits = national.is_some_and(|national| is_digits(national, 9..=9));
        if fits { Ok(Some(phone)) } else { Err(invalid("phone is not +218 and nine digits of a mobile number")) }
    }

    /// An address of the web, where it is there.
    pub(crate) fn url(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.map_or_else(|| Err(invalid(&format!("{name} is no address"))), |_| Ok(Some(text)))
    }

    /// A day.
    pub(crate) fn day(&mut self) -> Result<Date, Refusal> {
        let text = self.text("date")?;
        let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
        date.ok_or_else(|| invalid("date is not YYYY-MM-DD"))
    }

    /// Refuses what nobody has taken.
    pub(crate) fn end(self) -> Result<(), Refusal> {
        self.0.keys().next().map_or(Ok(()), |name| Err(unknown(name)))
    }
}

fn unknown(name: &str) -> Refusal {
    invalid(&format!("there is no field {name}, or not here"))
}
