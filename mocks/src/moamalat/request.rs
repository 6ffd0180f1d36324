//! Reads the two server calls, strictly.

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::json;

use crate::exchange::{self, Answer, Received};

/// The two operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Reads transactions.
    Filter,
    /// Gives money back.
    Refund,
}

impl Operation {
    /// The operation behind a path below the provider's; IIS does not mind the case.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        const FOLDER: &str = "cube/paylink.svc/api/";
        let (folder, name) = path.split_at_checked(FOLDER.len())?;
        let known = [Self::Filter, Self::Refund].into_iter().find(|known| known.name().eq_ignore_ascii_case(name));
        known.filter(|_| folder.eq_ignore_ascii_case(FOLDER))
    }

    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Filter => super::OPERATIONS[0],
            Self::Refund => super::OPERATIONS[1],
        }
    }
}

/// A request that is not served.
pub(crate) struct Refusal {
    /// The status of the answer.
    pub(crate) status: StatusCode,
    /// What was wrong, for the journal.
    pub(crate) reason: String,
    /// The answer.
    pub(crate) body: Bytes,
}

impl Refusal {
    /// A refusal that says in its answer what was wrong.
    pub(crate) fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let body = json!({ "Message": reason, "Success": false }).to_string().into();
        Self { status, reason, body }
    }

    /// The refusal of a wrong hash; only the journal says more.
    pub(crate) fn authentication(reason: &str) -> Self {
        let body = json!({
            "Message": "Authentication failed.",
            "StackTrace": null,
            "ExceptionType": "System.InvalidOperationException",
        });
        Self { status: StatusCode::UNAUTHORIZED, reason: reason.to_owned(), body: body.to_string().into() }
    }
}

impl From<Refusal> for exchange::Refusal {
    fn from(refusal: Refusal) -> Self {
        let answer = Answer::new(refusal.status, "application/json; charset=utf-8", refusal.body);
        Self::violation(refusal.reason, answer)
    }
}

/// FilterTransactions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct FilterRequest {
    merchant_id: Text,
    terminal_id: Text,
    date_time_local_trxn: String,
    secure_hash: String,
    pub(crate) network_reference: Option<String>,
    pub(crate) merchant_reference: Option<String>,
    pub(crate) display_length: Option<Text>,
    pub(crate) display_start: Option<Text>,
    pub(crate) date_from: Option<String>,
    pub(crate) date_to: Option<String>,
    pub(crate) sort_col: Option<String>,
    pub(crate) sort_dir: Option<String>,
}

/// RefundTransaction.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RefundRequest {
    merchant_id: Text,
    terminal_id: Text,
    date_time_local_trxn: String,
    secure_hash: String,
    pub(crate) amount_trxn: Text,
    pub(crate) system_reference: Option<Text>,
    pub(crate) network_reference: Option<String>,
}

/// A text that may come as a JSON number, as WCF allows.
#[derive(Debug)]
pub(crate) struct Text(pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Number(number) if number.is_u64() => Ok(Self(number.to_string())),
            _ => Err(D::Error::custom("expected a text or a whole number")),
        }
    }
}

/// What both calls carry.
pub(crate) struct Envelope<'a> {
    pub(crate) merchant_id: &'a str,
    pub(crate) terminal_id: &'a str,
    pub(crate) time: &'a str,
    pub(crate) hash: &'a str,
}

/// A call whose shape is right.
pub(crate) enum Call {
    /// FilterTransactions.
    Filter(FilterRequest),
    /// RefundTransaction.
    Refund(RefundRequest),
}

impl Call {
    /// Reads a call of this operation.
    pub(crate) fn read(operation: Operation, request: &Received) -> Result<Self, Refusal> {
        if request.parts.method != Method::POST {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Only POST is allowed"));
        }
        if request.content_type() != "application/json" {
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The content type must be application/json"));
        }
        let call = match operation {
            Operation::Filter => serde_json::from_slice(&request.body).map(Self::Filter),
            Operation::Refund => serde_json::from_slice(&request.body).map(Self::Refund),
        };
        call.map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("The request is not valid: {error}")))
    }

    /// What both calls carry.
    pub(crate) fn envelope(&self) -> Envelope<'_> {
        let (merchant_id, terminal_id, time, hash) = match self {
            Self::Filter(call) => (&call.merchant_id, &call.terminal_id, &call.date_time_local_trxn, &call.secure_hash),
            Self::Refund(call) => (&call.merchant_id, &call.terminal_id, &call.date_time_local_trxn, &call.secure_hash),
        };
        Envelope { merchant_id: &merchant_id.0, terminal_id: &terminal_id.0, time, hash }
    }
}
