//! What reaches us signed: the returns of cards and T-Lync's callback, which prove, and T-Lync's return, which hints.

use kit::{CallbackAddress, CallbackError, RawCallback};
use std::fmt;

use schemas::{Currency, Money};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::gateway::Gateway;
use super::sign::Key;
use crate::port::{Hint, Transaction, TransactionKind};

const HASHED: &str = "hashed";

/// What the hash of each message covers (SOURCE.md, "Return, callback and their hash"). Nothing else in it is looked at.
const CARD_RETURN: &[&str] = &["gateway", "approved", "canceled", "invoice_no", "amount", "transaction_id"];
const MPGS_RETURN: &[&str] = &["gateway", "approved", "canceled", "invoice_no", "amount", "currency", "transaction_id"];
const TLYNC_CALLBACK: &[&str] = &["gateway", "approved", "invoice_no", "amount", "transaction_id", "payment_method"];
const TLYNC_RETURN: &[&str] = &["approved", "invoice_no"];

/// Whom a message is for; nothing in it is believed yet.
pub(super) fn address(raw: &RawCallback) -> Option<CallbackAddress> {
    let message = Message::of(raw).ok()?;
    Some(CallbackAddress { identity: None, wire_reference: Some(message.invoice().ok()?) })
}

/// Reads a message over its parameters as they came.
pub(super) fn read(raw: &RawCallback, key: &Key) -> Result<Hint, CallbackError> {
    let message = Message::of(raw)?;
    if !key.verifies(&message.signed, &message.hash) {
        return Err(CallbackError::Forged);
    }
    let proof = match message.proves {
        Some(gateway) => message.transaction(gateway),
        None => None,
    };
    let approved = message.get("approved") == Some("1");
    Ok(Hint { wire_reference: message.invoice()?, kind: TransactionKind::Sale, approved, proof })
}

/// A message: what its hash covers, in the order of arrival.
struct Message {
    signed: Vec<(String, String)>,
    hash: String,
    /// By what it was paid, where the hash covers enough to prove it.
    proves: Option<Gateway>,
}

impl Message {
    /// A body is T-Lync's callback; a query is a return, which may carry parameters of the address that it returns to.
    fn of(raw: &RawCallback) -> Result<Self, CallbackError> {
        if !raw.body.is_empty() {
            let Json(parameters) = serde_json::from_slice(&raw.body).map_err(|_| CallbackError::Malformed)?;
            return match only(&parameters, "gateway")? {
                Some("tlync") => Self::new(&parameters, TLYNC_CALLBACK, Some(Gateway::Tlync)),
                _ => Err(CallbackError::Malformed),
            };
        }
        let parameters: Vec<(String, String)> = form_urlencoded::parse(raw.query.as_bytes()).into_owned().collect();
        match only(&parameters, "gateway")? {
            Some("localbankcards") => Self::new(&parameters, CARD_RETURN, Some(Gateway::LocalBankCards)),
            Some("mpgs") => Self::new(&parameters, MPGS_RETURN, Some(Gateway::Mpgs)),
            Some("tlync") | None => Self::new(&parameters, TLYNC_RETURN, None),
            Some(_) => Err(CallbackError::Malformed),
        }
    }

    fn new(parameters: &[(String, String)], allowed: &[&str], proves: Option<Gateway>) -> Result<Self, CallbackError> {
        for name in allowed {
            only(parameters, name)?;
        }
        let hash = only(parameters, HASHED)?.ok_or(CallbackError::Malformed)?.to_owned();
        let signed = parameters.iter().filter(|(name, _)| allowed.contains(&name.as_str())).cloned().collect();
        Ok(Self { signed, hash, proves })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.signed.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Another system may share the account, and its invoices are none of ours.
    fn invoice(&self) -> Result<String, CallbackError> {
        let plain = |text: &&str| (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
        self.get("invoice_no").filter(plain).map(str::to_owned).ok_or(CallbackError::Malformed)
    }

    /// What it proves. An approval that names no transaction is not what Plutu says that it sends: it only hints.
    fn transaction(&self, gateway: Gateway) -> Option<Transaction> {
        let approved = self.get("approved") == Some("1");
        let canceled = self.get("canceled").is_some_and(|text| !matches!(text, "" | "0"));
        let id = self.get("transaction_id").unwrap_or_default();
        if approved && id.is_empty() {
            return None;
        }
        let words = ["approved", "canceled", "payment_method"];
        let raw = words.into_iter().filter_map(|name| Some(format!("{name}={}", self.get(name)?)));
        let raw_status = raw.collect::<Vec<_>>().join(" ");
        Some(Transaction {
            id: id.to_owned(),
            kind: TransactionKind::Sale,
            approved,
            declined: !approved,
            // Approved and cancelled at once is a contradiction: somebody must look at it.
            amount: if approved && canceled { Err(raw_status.clone()) } else { self.amount(gateway) },
            ours: true,
            remaining: None,
            only_whole: false,
            raw_status,
        })
    }

    fn amount(&self, gateway: Gateway) -> Result<Money, String> {
        let text = self.get("amount").unwrap_or_default();
        let (currency, shown) = match (gateway, self.get("currency")) {
            (Gateway::Mpgs, code) => {
                let code = code.unwrap_or_default();
                (Currency::from_code(code), format!("{text} {code}"))
            }
            _ => (Some(gateway.currency()), text.to_owned()),
        };
        currency.and_then(|currency| Money::parse(text, currency).ok()).ok_or(shown)
    }
}

/// The value of a parameter that may be there once: of two, who could say which one was meant?
fn only<'a>(parameters: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, CallbackError> {
    let mut values = parameters.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(CallbackError::Malformed),
    }
}

/// The members of an object in their order, values as PHP writes them into a query.
struct Json(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Json, M::Error> {
                let (mut members, mut names) = (Vec::new(), Vec::new());
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if names.contains(&name) {
                        return Err(M::Error::custom("a member is there twice"));
                    }
                    names.push(name.clone());
                    members.extend(written(value.get()).map(|value| (name, value)));
                }
                Ok(Json(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// As `http_build_query` writes a value; it leaves out null, and what has members is none of the parameters.
fn written(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b't' => Some("1".to_owned()),
        b'f' => Some("0".to_owned()),
        b'n' | b'{' | b'[' => None,
        _ => Some(number(json).to_owned()),
    }
}

/// `6.00` is `6` and `6.10` is `6.1`, as long as a float can tell them apart; other numbers stay as they are.
fn number(text: &str) -> &str {
    let plain = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain && text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests;
