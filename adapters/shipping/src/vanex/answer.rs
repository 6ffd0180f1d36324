//! Reading Vanex's answers: one envelope, whose own status counts, and what stands in it.

use std::collections::BTreeMap;

use kit::written::Written;
use kit::{Delivery, Error, Explanation, Kind, Refusal, Reply, form, object};
use schemas::{Currency, Money};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use super::NAME;
use crate::port::{Booked, Booking};

/// The envelope, with what some answers have beside `data`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Envelope {
    status_code: Written,
    message: Option<Box<RawValue>>,
    errors: Option<Box<RawValue>>,
    pub(super) data: Option<Box<RawValue>>,
    access_token: Written,
    package_code: Written,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Access {
    access_token: Written,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Created {
    id: Written,
    #[serde(rename = "package-code")]
    dashed: Written,
    package_code: Written,
    shippment: Written,
}

impl Envelope {
    pub(super) fn read(reply: &Reply) -> Result<Self, String> {
        object::read(&reply.body)
    }

    /// What stands in `data`.
    pub(super) fn data<T: DeserializeOwned>(&self) -> Result<T, String> {
        let data = self.data.as_ref().ok_or("the answer has no data")?;
        serde_json::from_str(data.get())
            .map_err(|error| format!("the data has another shape (column {})", error.column()))
    }

    /// Vanex's own words: the message, and which fields it is about.
    pub(super) fn words(&self) -> Option<String> {
        let message = self.message.as_ref().and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let fields =
            self.errors.as_ref().and_then(|raw| serde_json::from_str::<BTreeMap<String, IgnoredAny>>(raw.get()).ok());
        let fields = fields.unwrap_or_default().into_keys().collect::<Vec<_>>().join(", ");
        match (message.filter(|message| !message.is_empty()), fields.is_empty()) {
            (message, true) => message,
            (None, false) => Some(fields),
            (Some(message), false) => Some(format!("{message} ({fields})")),
        }
    }

    /// Its own status.
    pub(super) fn status(&self) -> Option<u16> {
        self.status_code.given()?.parse().ok()
    }

    /// The same, where it is not a good one.
    fn refusal(&self) -> Option<u16> {
        self.status().filter(|status| !(200..=299).contains(status))
    }
}

fn protocol(message: String) -> Refusal {
    Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message }
}

/// Judges an answer with a good status by the status inside it.
pub(super) fn judge(reply: &Reply) -> Result<(), Refusal> {
    let envelope = Envelope::read(reply).map_err(protocol)?;
    let Some(status) = envelope.refusal() else { return Ok(()) };
    let (kind, delivery) = match status {
        401 => (Kind::Unauthorized, Delivery::Never),
        404 => (Kind::NotFound, Delivery::Never),
        429 => (Kind::RateLimited, Delivery::Never),
        400..=499 => (Kind::Rejected, Delivery::Never),
        _ => (Kind::Unavailable, Delivery::Maybe),
    };
    let words = envelope.words().unwrap_or_else(|| "no reason is given".to_owned());
    Err(Refusal { kind, delivery, message: format!("the answer has the status {status} in it: {words}") })
}

/// The same, where a package that is not known is an answer; anybody else's 404 is none.
pub(super) fn judge_or_gone(reply: &Reply) -> Result<(), Refusal> {
    let envelope = Envelope::read(reply).map_err(protocol)?;
    match (is_gone(&envelope), reply.status) {
        (true, _) => Ok(()),
        (false, 404) => Err(protocol("status 404, and nothing in it says that the package is not known".to_owned())),
        (false, _) => judge(reply),
    }
}

/// Judges an answer about a package that nobody has: whatever is said of it, unless that something has broken.
pub(super) fn is_told(reply: &Reply) -> Result<(), Refusal> {
    let envelope = Envelope::read(reply).map_err(protocol)?;
    match envelope.refusal() {
        Some(400 | 404 | 422) => Ok(()),
        _ => judge(reply),
    }
}

/// Whether the envelope itself says that there is no such package.
pub(super) fn is_gone(envelope: &Envelope) -> bool {
    envelope.refusal() == Some(404)
}

/// Vanex's words beside a bad status.
pub(super) fn explain(reply: &Reply) -> Option<Explanation> {
    let message = Envelope::read(reply).ok()?.words()?;
    Some(Explanation { message: Some(message), retry_after: None })
}

/// The token of a log-in: at the top as documented, or in `data` as observed.
pub(super) fn access_token(reply: &Reply) -> Option<SecretString> {
    let envelope = Envelope::read(reply).ok()?;
    let inner = envelope.data::<Access>().unwrap_or_default().access_token;
    let text = envelope.access_token.given().or(inner.given())?;
    Some(SecretString::from(text)).filter(form::fits_header)
}

/// The answer to a booking.
pub(super) fn booked(reply: &Reply) -> Booked {
    let unclear = |message: String| Booked::Unclear { message };
    let envelope = match Envelope::read(reply) {
        Ok(envelope) => envelope,
        Err(message) => return unclear(message),
    };
    let words = envelope.words();
    match envelope.refusal() {
        Some(400..=499) => {
            return Booked::Refused { message: words.unwrap_or_else(|| "no reason is given".to_owned()) };
        }
        Some(status) => return unclear(format!("the answer has the status {status} in it")),
        None if !(200..=299).contains(&reply.status) => return unclear(format!("status {}", reply.status)),
        None => {}
    }
    let created: Created = envelope.data().unwrap_or_default();
    let number = created.dashed.given().or(created.package_code.given()).or(envelope.package_code.given());
    let Some(number) = number else { return unclear("the answer names no package".to_owned()) };
    Booked::Done(Booking {
        number: number.to_owned(),
        id: created.id.given().map(str::to_owned),
        cost: created.shippment.given().and_then(dinars),
    })
}

/// An amount in dinars; more decimals than there are dirham is no amount.
pub(super) fn dinars(text: &str) -> Option<Money> {
    Money::parse(text, Currency::Lyd).ok()
}

/// An answer that cannot be read.
pub(super) fn unreadable(operation: &'static str, reply: &Reply, message: String) -> Error {
    Error::provider(Kind::Protocol, Delivery::Maybe, NAME, operation, message).with_status(reply.status)
}

#[cfg(test)]
mod tests;
