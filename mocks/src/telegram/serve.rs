//! The HTTP side: one call, its fault, its answer and its journal entry.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use bytes::Bytes;
use serde_json::json;

use super::{
    Chat, NAME, OPERATIONS, Sent,
    bots::bot_id,
    request::{Refusal, SendMessage, split},
};
use crate::{Fault, FaultKind, clock::clock, journal::JournalEntry, shared::Shared, wire::Scissors};

/// The longest text is some 24 KiB, all of it escaped.
const BODY_LIMIT: usize = 64 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html");
const PAGE: &str = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
/// How long a bot that sent too much is to wait.
const PACE: Duration = Duration::from_secs(1);

/// A call that has arrived.
struct Arrived {
    shared: Arc<Shared>,
    scissors: Scissors,
    entry: JournalEntry,
    token: String,
    /// What it asks, if its shape and its token are right; a fault does not spare a call these checks.
    asked: Result<SendMessage, Refusal>,
}

/// Everything below `/telegram`.
pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut entry = JournalEntry::received(NAME, clock(), &parts);
    if shared.faults.take_connect(NAME) {
        entry.fault = Some(FaultKind::CutBefore);
        shared.journal.add(entry);
        scissors.cut_all();
        return Response::default();
    }
    // The client may close the connection before its body is complete; nobody is left to be answered then.
    entry.body = to_bytes(body, BODY_LIMIT).await.map_or_else(|_| Bytes::new(), |body| Bytes::copy_from_slice(&body));
    let path = parts.uri.path().strip_prefix("/telegram/").unwrap_or_default();
    let Some((token, method)) = split(path) else {
        let asked = Err(Refusal::new(404, "Not Found"));
        return Arrived { shared, scissors, entry, token: String::new(), asked }.perform(None);
    };
    let asked = admit(&shared, token, method, &parts, &mut entry);
    let id = bot_id(token).map(|id| id.to_string());
    let fault = shared.faults.take_call(NAME, entry.operation, id.as_deref());
    let arrived = Arrived { shared, scissors, entry, token: token.to_owned(), asked };
    let Some(fault) = fault else { return arrived.perform(None) };
    if fault.kind != FaultKind::Delay {
        return arrived.perform(Some(&fault));
    }
    // A client that stops waiting does not stop the provider, so the work must outlive the connection.
    let work = async move {
        let wait = fault.delay_ms.map_or_else(|| arrived.shared.chance.delay(), Duration::from_millis);
        tokio::time::sleep(wait).await;
        arrived.perform(Some(&fault))
    };
    tokio::spawn(work).await.unwrap_or_default()
}

fn admit(
    shared: &Shared,
    token: &str,
    method: &str,
    parts: &Parts,
    entry: &mut JournalEntry,
) -> Result<SendMessage, Refusal> {
    let known = OPERATIONS.into_iter().find(|known| known.eq_ignore_ascii_case(method));
    entry.operation = known.unwrap_or(entry.operation);
    shared.telegram.lock().find(token)?;
    if known.is_none() {
        return Err(Refusal::new(404, "Not Found: method not found"));
    }
    SendMessage::read(parts, &entry.body)
}

impl Arrived {
    fn perform(mut self, fault: Option<&Fault>) -> Response {
        self.entry.fault = fault.map(|fault| fault.kind);
        match fault.map(|fault| fault.kind) {
            Some(FaultKind::Status) => {
                let status = fault.and_then(|fault| fault.status).unwrap_or(503);
                let refusal = Refusal::new(status, reason(status));
                self.spare(refusal.status, refusal.body())
            }
            Some(FaultKind::ErrorIn200) => {
                let refusal = Refusal::new(400, "Bad Request: have no rights to send a message");
                self.spare(StatusCode::OK, refusal.body())
            }
            Some(FaultKind::CutBefore) => {
                self.scissors.cut_all();
                self.spare(StatusCode::OK, Bytes::new())
            }
            Some(FaultKind::Pace) => {
                let time = fault.and_then(|fault| fault.delay_ms).map_or(PACE, Duration::from_millis);
                if let Ok(known) = self.shared.telegram.lock().find(&self.token) {
                    known.slow_down(time);
                }
                self.act()
            }
            _ => self.act(),
        }
    }

    /// Answers without having acted.
    fn spare(mut self, status: StatusCode, body: Bytes) -> Response {
        self.entry.violation = self.asked.err().map(|refusal| refusal.reason);
        self.entry.status = (self.entry.fault != Some(FaultKind::CutBefore)).then_some(status.as_u16());
        self.entry.answer = body.clone();
        self.shared.journal.add(self.entry);
        respond(status, JSON, body)
    }

    /// Acts and answers, in the way that the fault wants.
    fn act(mut self) -> Response {
        let (status, retry_after, mut body) = match send(&self.shared, &self.token, self.asked) {
            Ok(body) => {
                self.entry.acted = true;
                (StatusCode::OK, None, body)
            }
            Err(refusal) => {
                let body = refusal.body();
                // Too much at once is no mistake in the call.
                self.entry.violation = refusal.retry_after.is_none().then_some(refusal.reason);
                (refusal.status, refusal.retry_after, body)
            }
        };
        self.entry.status = Some(status.as_u16());
        let mut response = match self.entry.fault {
            Some(FaultKind::WrongBody) => {
                body = Bytes::from_static(PAGE.as_bytes());
                self.entry.status = Some(200);
                respond(StatusCode::OK, HTML, body.clone())
            }
            _ => respond(status, JSON, body.clone()),
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        match self.entry.fault {
            Some(FaultKind::ActThenCut) => {
                self.entry.status = None;
                self.scissors.cut_all();
            }
            Some(FaultKind::Truncate) => self.scissors.cut_tail((body.len() / 2).max(1)),
            _ => {}
        }
        self.entry.answer = body;
        self.shared.journal.add(self.entry);
        response
    }
}

/// Sends the message, unless the bot sent too much.
fn send(shared: &Shared, token: &str, asked: Result<SendMessage, Refusal>) -> Result<Bytes, Refusal> {
    let request = asked?;
    let mut state = shared.telegram.lock();
    if let Some(seconds) = state.find(token)?.seconds_left() {
        return Err(Refusal::slow_down(seconds));
    }
    let (sent, chat) = state.send(token, request, clock())?;
    Ok(answer(&sent, &chat))
}

fn answer(sent: &Sent, chat: &Chat) -> Bytes {
    let kind = if chat.id < 0 { "supergroup" } else { "private" };
    let body = json!({
        "ok": true,
        "result": {
            "message_id": sent.message_id,
            "from": { "id": sent.bot_id, "is_bot": true, "first_name": "Jisr", "username": "jisr_mock_bot" },
            "chat": { "id": chat.id, "title": chat.title, "username": chat.name, "type": kind },
            "date": sent.at.as_second(),
            "text": sent.text,
        },
    });
    body.to_string().into()
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

fn respond(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
