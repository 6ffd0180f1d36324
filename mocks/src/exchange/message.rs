//! What is said in an exchange: the request, what it asks, the answer and the refusal.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    body::Body,
    extract::WebSocketUpgrade,
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::Value;

use crate::shared::Shared;

/// A request whose body is complete.
pub(crate) struct Received {
    /// Method, headers and the whole URI.
    pub(crate) parts: Parts,
    /// The path below the provider's, without a slash before it.
    pub(crate) path: String,
    /// The body.
    pub(crate) body: Bytes,
    /// The way to a WebSocket, where one is wanted.
    pub(crate) socket: Mutex<Option<WebSocketUpgrade>>,
}

impl Received {
    /// The way to a WebSocket, once.
    pub(crate) fn socket(&self) -> Option<WebSocketUpgrade> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A header's value; empty where it is absent or no text.
    pub(crate) fn header(&self, name: HeaderName) -> &str {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The content type without its parameters, in lower case.
    pub(crate) fn content_type(&self) -> String {
        let whole = self.header(header::CONTENT_TYPE);
        whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The token of `Authorization: Bearer`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(header::AUTHORIZATION).split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }

    /// Scheme and host by which the caller reached the mocks.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.header(header::HOST))
    }
}

/// What a request asks.
pub(crate) struct Ask {
    /// One of the provider's operations; none for a path that is no operation, to which no fault happens.
    pub(crate) operation: Option<&'static str>,
    /// The account or terminal, by which faults can be told apart.
    pub(crate) account: Option<String>,
    /// What is to be done, or why it is not.
    pub(crate) work: Result<Work, Refusal>,
}

/// What acts, once, and answers.
pub(crate) type Work = Box<dyn FnOnce(&Arc<Shared>) -> Result<Answer, Refusal> + Send>;

impl Ask {
    /// A call of an operation.
    pub(crate) fn of(operation: &'static str, account: Option<&str>, work: Result<Work, Refusal>) -> Self {
        Self { operation: Some(operation), account: account.map(str::to_owned), work }
    }

    /// A request that is no operation.
    pub(crate) fn unknown(refusal: Refusal) -> Self {
        Self { operation: None, account: None, work: Err(refusal) }
    }
}

/// An answer of a provider.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The body.
    pub(crate) body: Bytes,
    /// The content type and what else there is; a small list, for answers travel as errors too.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// An answer of this content type.
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Self { status, body: body.into(), headers }
    }

    /// A body of JSON.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// The same answer with a header more.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

/// A request that was not done.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// What the caller did wrong, for the journal; none where it did nothing wrong, as with a customer's wrong code.
    pub(crate) violation: Option<String>,
    /// The answer.
    pub(crate) answer: Answer,
}

impl Refusal {
    /// The caller should not have asked so.
    pub(crate) fn violation(reason: impl Into<String>, answer: Answer) -> Self {
        Self { violation: Some(reason.into()), answer }
    }

    /// The caller did nothing wrong.
    pub(crate) fn decline(answer: Answer) -> Self {
        Self { violation: None, answer }
    }
}
