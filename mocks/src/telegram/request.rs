//! Reads a call, strictly, and writes the refusals.

use axum::http::{Method, StatusCode, header::RETRY_AFTER};
use serde_json::{Map, Value, json};

use crate::exchange::{self, Answer, Received};

/// In UTF-16 units.
const LONGEST: usize = 4096;

/// A request that is not served.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The status of the answer, and `error_code`.
    pub(crate) status: StatusCode,
    /// `description`, and the reason in the journal.
    pub(crate) reason: String,
    /// `parameters.retry_after` and the header `Retry-After`.
    retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, reason: reason.into(), retry_after: None }
    }

    /// Too much was sent.
    pub(crate) fn slow_down(seconds: u64) -> Self {
        let reason = format!("Too Many Requests: retry after {seconds}");
        Self { retry_after: Some(seconds), ..Self::new(429, reason) }
    }

    /// The answer.
    pub(crate) fn answer(&self) -> Answer {
        let mut body = json!({ "ok": false, "error_code": self.status.as_u16(), "description": self.reason });
        let Some(seconds) = self.retry_after else { return Answer::json(self.status, &body) };
        body["parameters"] = json!({ "retry_after": seconds });
        Answer::json(self.status, &body).with(RETRY_AFTER, seconds)
    }
}

impl From<Refusal> for exchange::Refusal {
    fn from(refusal: Refusal) -> Self {
        let answer = refusal.answer();
        Self::violation(refusal.reason, answer)
    }
}

/// Where a message goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ChatId {
    /// By its number.
    Number(i64),
    /// By its public name, without `@`.
    Name(String),
}

/// sendMessage.
#[derive(Debug)]
pub(crate) struct SendMessage {
    pub(crate) chat: ChatId,
    pub(crate) text: String,
    pub(crate) silent: bool,
}

/// Token and method of a path below the provider's: `bot<token>/<method>`.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("bot")?.split_once('/')
}

/// A question without parameters.
pub(crate) fn plain(request: &Received) -> Result<(), Refusal> {
    // Strictness: the real one overlooks what it does not know.
    if request.parts.method != Method::GET || request.parts.uri.query().is_some() || !request.body.is_empty() {
        return Err(Refusal::new(400, "Bad Request: this mock takes a GET without parameters here"));
    }
    Ok(())
}

impl SendMessage {
    /// Reads a call whose token and method are right.
    pub(crate) fn read(request: &Received) -> Result<Self, Refusal> {
        let refuse = |reason: &str| Err(Refusal::new(400, format!("Bad Request: {reason}")));
        // Strictness: the real one takes GET, queries and forms as well.
        if request.parts.method != Method::POST || request.content_type() != "application/json" {
            return refuse("this mock takes POST of application/json alone");
        }
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(&request.body) else {
            return refuse("the body is not a JSON object");
        };
        let text = match fields.remove("text") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(_) => return refuse("text must be a string"),
        };
        if text.trim().is_empty() {
            return refuse("message text is empty");
        }
        if text.encode_utf16().count() > LONGEST {
            return refuse("message is too long");
        }
        let chat = chat(fields.remove("chat_id"))?;
        let silent = flag(&mut fields, "disable_notification")?;
        flag(&mut fields, "protect_content")?;
        preview(fields.remove("link_preview_options"))?;
        // Strictness: the real one overlooks what it does not know. Markup is not known to this mock.
        match fields.keys().next() {
            Some(name) => refuse(&format!("this mock knows no parameter {name}")),
            None => Ok(Self { chat, text, silent }),
        }
    }
}

fn chat(value: Option<Value>) -> Result<ChatId, Refusal> {
    let not_found = || Refusal::new(400, "Bad Request: chat not found");
    match value {
        None | Some(Value::Null) => Err(Refusal::new(400, "Bad Request: chat_id is empty")),
        Some(Value::Number(number)) => number.as_i64().map(ChatId::Number).ok_or_else(not_found),
        Some(Value::String(text)) => match text.strip_prefix('@') {
            Some(name) => Ok(ChatId::Name(name.to_owned())),
            None => text.parse().map(ChatId::Number).map_err(|_| not_found()),
        },
        Some(_) => Err(not_found()),
    }
}

fn flag(fields: &mut Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    match fields.remove(name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        // Strictness: the real one reads numbers and words as well.
        Some(_) => Err(Refusal::new(400, format!("Bad Request: {name} must be true or false"))),
    }
}

fn preview(value: Option<Value>) -> Result<(), Refusal> {
    let is_known =
        |options: &Map<String, Value>| options.iter().all(|(name, value)| name == "is_disabled" && value.is_boolean());
    match value {
        None => Ok(()),
        Some(Value::Object(options)) if is_known(&options) => Ok(()),
        Some(_) => Err(Refusal::new(400, "Bad Request: this mock knows link_preview_options.is_disabled alone")),
    }
}
