//! The row that every attempt leaves, masked before it is built, and the port that keeps it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Account, Call, Delivery, Error, Kind, Origin, Reply, mask};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryStatus {
    /// About to leave: after a crash it means *maybe*.
    Sending,
    /// The provider did what was asked.
    Success,
    /// The provider said no, or could not be understood.
    Error,
    /// No answer in time.
    Timeout,
    /// Never attempted: over a limit, past its deadline, or the breaker is open.
    Refused,
    /// Given up here while it was under way.
    Unknown,
}

impl EntryStatus {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// One row of `integration_logs`. Everything in it is masked and capped already.
#[derive(Debug, Clone)]
pub struct Entry {
    /// UUIDv7.
    pub id: Uuid,
    /// The first row of the same acting call.
    pub intent: Option<Uuid>,
    /// For whom.
    pub account: Account,
    /// The provider's name.
    pub provider: &'static str,
    /// The provider's own word for the operation.
    pub operation: &'static str,
    /// Our wire reference.
    pub reference: Option<String>,
    /// 1 for the first; 0 for a call that was never attempted.
    pub attempt: u32,
    /// On whose behalf.
    pub origin: Arc<Origin>,
    /// The URL, secrets masked.
    pub endpoint: String,
    /// `GET`, `POST`, …; `WS` where a stream is opened.
    pub method: String,
    /// A JSON object.
    pub request_headers: String,
    /// Masked, 16 KiB at most.
    pub request_body: Option<String>,
    /// HTTP status.
    pub response_status: Option<u16>,
    /// A JSON object.
    pub response_headers: Option<String>,
    /// Masked, 16 KiB at most.
    pub response_body: Option<String>,
    /// When it left.
    pub started_at: Timestamp,
    /// How long it took; `None` while sending.
    pub duration: Option<Duration>,
    /// How it ended.
    pub status: EntryStatus,
    /// The error's word.
    pub error_code: Option<&'static str>,
    /// The error's sentence.
    pub error_message: Option<String>,
    /// Can the provider have acted?
    pub delivery: Delivery,
}

impl Entry {
    /// The row of a call that is about to leave.
    pub fn sending(call: &Call, id: Uuid, now: Timestamp) -> Self {
        Self {
            id,
            intent: None,
            account: call.account,
            provider: call.provider,
            operation: call.operation,
            reference: call.reference.clone(),
            attempt: 1,
            origin: Origin::current(),
            endpoint: mask::url(&call.request.url, call.secrets),
            method: method(call),
            request_headers: mask::headers(&call.request.headers, call.secrets.headers),
            request_body: mask::body(&call.request.body, call.secrets.body),
            response_status: None,
            response_headers: None,
            response_body: None,
            started_at: now,
            duration: None,
            status: EntryStatus::Sending,
            error_code: None,
            error_message: None,
            delivery: Delivery::Maybe,
        }
    }

    /// Fills in what came back.
    pub(crate) fn answered(&mut self, call: &Call, reply: &Reply) {
        self.response_status = Some(reply.status);
        let unrepeated = |text: &[u8]| mask::without_path(text, &call.request.url, call.secrets);
        let headers = mask::headers(&reply.headers, call.secrets.headers);
        self.response_headers = Some(unrepeated(headers.as_bytes()).unwrap_or(headers));
        let body = unrepeated(&reply.body);
        self.response_body = mask::body(body.as_deref().map_or(&reply.body, str::as_bytes), call.secrets.body);
    }

    /// Fills in how it ended.
    pub(crate) fn ended(&mut self, result: Result<(), &Error>, duration: Duration) {
        self.duration = Some(duration);
        match result {
            Ok(()) => {
                self.status = EntryStatus::Success;
                self.delivery = Delivery::Done;
            }
            Err(error) => {
                self.status = if error.kind == Kind::Timeout { EntryStatus::Timeout } else { EntryStatus::Error };
                self.error_code = Some(error.kind.as_str());
                self.error_message = Some(mask::text(&error.message, &[]));
                self.delivery = error.delivery;
                self.response_status = self.response_status.or(error.status);
            }
        }
    }
}

/// What people and the table know of how a call goes: over HTTP its method, else what it goes over.
fn method(call: &Call) -> String {
    match call.request.url.scheme() {
        "ws" | "wss" => "WS".to_owned(),
        "ftp" | "ftps" => "FTP".to_owned(),
        _ => call.request.method.to_string(),
    }
}

/// The row could not be made durable.
#[derive(Debug, thiserror::Error)]
#[error("the call could not be recorded")]
pub struct RecordError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where rows go: the database in the gateway, a list in tests.
#[async_trait]
pub trait Recorder: Send + Sync {
    /// 1. A row of a `Read`, or of a call that was never attempted. It returns at once; a full buffer drops and counts.
    fn note(&self, entry: Entry);

    /// 2. A retry of an acting call is about to leave: the row is durable when this returns.
    async fn begin(&self, entry: &Entry) -> Result<(), RecordError>;

    /// 3. An acting call has ended: its row is durable when this returns.
    async fn complete(&self, entry: &Entry) -> Result<(), RecordError>;
}
