//! Reads a call, strictly: the real service would take an element in the wrong place for absent.

use crate::{amount, exchange::Received, soap::Envelope, xml::Element};

/// The namespace of both operations.
pub(super) const NAMESPACE: &str = "http://tempuri.org/";

/// A call whose shape is right.
pub(super) enum Call {
    /// Begins a payment.
    Begin(Begin),
    /// Confirms it.
    Confirm(Confirm),
}

/// DoPTrans.
pub(super) struct Begin {
    pub(super) mobile: String,
    pub(super) pin: String,
    pub(super) customer: String,
    pub(super) dirham: i64,
    pub(super) password: String,
}

/// OnlineConfTrans.
pub(super) struct Confirm {
    pub(super) mobile: String,
    /// The customer's, which stands where the other call has the merchant's PIN.
    pub(super) code: String,
    pub(super) session: String,
    pub(super) password: String,
}

impl Call {
    /// Reads a call of one of the operations.
    pub(super) fn read(operation: &str, request: &Received) -> Result<Self, String> {
        let envelope = Envelope::read(request)?;
        if envelope.header.is_some() {
            return Err("there is a Header, which nothing here reads".to_owned());
        }
        let body = &envelope.body;
        if (body.namespace.as_str(), body.name.as_str()) != (NAMESPACE, operation) {
            return Err(format!("{{{}}}{} is not what SOAPAction says", body.namespace, body.name));
        }
        if !body.attributes.is_empty() {
            return Err(format!("{operation} has attributes"));
        }
        match operation {
            "DoPTrans" => begin(body).map(Self::Begin),
            _ => confirm(body).map(Self::Confirm),
        }
    }

    /// The merchant.
    pub(super) fn mobile(&self) -> &str {
        match self {
            Self::Begin(call) => &call.mobile,
            Self::Confirm(call) => &call.mobile,
        }
    }

    /// The password of the service.
    pub(super) fn password(&self) -> &str {
        match self {
            Self::Begin(call) => &call.password,
            Self::Confirm(call) => &call.password,
        }
    }
}

fn begin(body: &Element) -> Result<Begin, String> {
    let [mobile, pin, customer, amount, password] =
        body.texts_in_order(NAMESPACE, ["Mobile", "Pin", "Cmobile", "Amount", "PW"])?;
    merchant(&mobile)?;
    digits(&pin, 4, "Pin")?;
    let national = customer.strip_prefix("+218").filter(|national| national.starts_with('9'));
    digits(national.unwrap_or_default(), 9, "Cmobile behind +218")?;
    let decimals = amount.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if decimals > 2 {
        return Err("Amount has more than two decimals".to_owned());
    }
    let dirham = amount::dirham(&amount)?;
    Ok(Begin { mobile, pin, customer, dirham, password })
}

fn confirm(body: &Element) -> Result<Confirm, String> {
    let [mobile, code, session, password] = body.texts_in_order(NAMESPACE, ["Mobile", "Pin", "sessionID", "PW"])?;
    merchant(&mobile)?;
    digits(&code, 4, "Pin")?;
    if session.is_empty() {
        return Err("sessionID is empty".to_owned());
    }
    Ok(Confirm { mobile, code, session, password })
}

fn merchant(mobile: &str) -> Result<(), String> {
    digits(mobile.strip_prefix('9').unwrap_or_default(), 8, "Mobile behind its 9")
}

fn digits(text: &str, length: usize, what: &str) -> Result<(), String> {
    let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(()) } else { Err(format!("{what} is not {length} digits")) }
}
