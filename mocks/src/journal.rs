//! What the mocks received and sent, in order; nothing is masked, for nothing here is secret.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use axum::http::request::Parts;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::FaultKind;

/// More than this is not kept: the oldest entries go first.
const LIMIT: usize = 100_000;

/// Whether an entry is a call to the mock or a callback from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The mock was called.
    Received,
    /// The mock sent a callback.
    Sent,
}

/// One exchange.
#[derive(Debug, Clone, Serialize)]
pub struct JournalEntry {
    /// When it began.
    pub at: Timestamp,
    /// The provider's name.
    pub provider: &'static str,
    /// The operation on the wire, `Lightbox` for a customer's act in the script, or `callback`.
    pub operation: &'static str,
    /// Who called whom.
    pub direction: Direction,
    /// The HTTP method.
    pub method: String,
    /// The path, or the whole URL of a callback.
    pub url: String,
    /// The headers of the request, as received.
    pub headers: Vec<(String, String)>,
    /// The body of the request.
    #[serde(serialize_with = "text")]
    pub body: Bytes,
    /// The status of the answer; none when the connection was cut or no answer came.
    pub status: Option<u16>,
    /// The body of the answer, as it would have been without a cut.
    #[serde(serialize_with = "text")]
    pub answer: Bytes,
    /// Whether the mock did what was asked; for a callback, whether it was answered with 200.
    pub acted: bool,
    /// What was wrong with the request, or with the answer to a callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violation: Option<String>,
    /// The fault that happened to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultKind>,
    /// Why a callback got no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl JournalEntry {
    /// The entry of a request whose body and answer are not yet known.
    pub(crate) fn received(provider: &'static str, at: Timestamp, parts: &Parts) -> Self {
        let headers = parts.headers.iter();
        Self {
            at,
            provider,
            operation: "unknown",
            direction: Direction::Received,
            method: parts.method.as_str().to_owned(),
            url: parts.uri.path().to_owned(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            body: Bytes::new(),
            status: None,
            answer: Bytes::new(),
            acted: false,
            violation: None,
            fault: None,
            error: None,
        }
    }

    /// The entry of something other than a request to a provider.
    pub(crate) fn of(provider: &'static str, operation: &'static str, direction: Direction, at: Timestamp) -> Self {
        Self {
            at,
            provider,
            operation,
            direction,
            method: "POST".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            status: None,
            answer: Bytes::new(),
            acted: false,
            violation: None,
            fault: None,
            error: None,
        }
    }
}

fn text<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

/// The entries kept.
#[derive(Default)]
pub(crate) struct Journal(Mutex<VecDeque<JournalEntry>>);

impl Journal {
    /// Adds an entry.
    pub(crate) fn add(&self, entry: JournalEntry) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == LIMIT {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// The entries of one provider, or all, oldest first.
    pub(crate) fn list(&self, provider: Option<&str>) -> Vec<JournalEntry> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().filter(|entry| provider.is_none_or(|name| entry.provider == name)).cloned().collect()
    }

    /// Forgets every entry.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
