//! One exchange with a provider over HTTP: its fault, its answer and its entry in the journal, the same for every one.
//!
//! A provider says what a request asks ([`Provider::ask`]) and what its errors look like; whether and when the work is
//! done, and how much of the answer leaves, is decided here alone.

mod message;
mod pace;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::to_bytes,
    extract::{ConnectInfo, FromRequestParts, Request, State, WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::Value;

pub(crate) use message::{Answer, Ask, Received, Refusal, Work};
pub(crate) use pace::Paces;

use crate::{
    Charge, Fault, FaultKind, Parcel, Pay, PayResult, Ship, clock::clock, journal::JournalEntry, shared::Shared,
    wire::Scissors,
};

/// No provider here takes more in one request.
const BODY_LIMIT: usize = 64 * 1024;
/// How long somebody who sent too much is to wait.
const PACE: Duration = Duration::from_secs(1);
const PAGE: &str = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body>\
                    </html>";

/// A provider that is spoken to over HTTP, below `/{name}`. It holds no state: that is in [`Shared`].
pub(crate) trait Provider: Send + Sync {
    /// Its name in paths, faults and the journal.
    fn name(&self) -> &'static str;

    /// The operations that a fault can name, as they stand in the journal.
    fn operations(&self) -> &'static [&'static str];

    /// Reads a request and checks all that does not change with the answer. A fault spares no request these checks, so
    /// what must be noticed even where the answer is cut (a used nonce) is noticed here; what acts belongs to the work.
    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask;

    /// What is served to a person's browser: neither faults (but `connect`) nor the journal know of it.
    fn page(&self, _shared: &Arc<Shared>, _request: &Received) -> Option<Response> {
        None
    }

    /// An error inside a good status, for [`FaultKind::ErrorIn200`]; the path tells protocols apart.
    fn error_in_200(&self, operation: &str, path: &str) -> Answer;

    /// The answer of [`FaultKind::Status`].
    fn out_of_order(&self, status: StatusCode) -> Answer {
        Answer::new(status, "text/html", "")
    }

    /// The answer of [`FaultKind::WrongBody`].
    fn wrong_body(&self) -> Answer {
        Answer::new(StatusCode::OK, "text/html; charset=utf-8", PAGE)
    }

    /// The refusal of whoever sent too much, where the provider is known to have one: the fault `pace` needs it.
    fn too_fast(&self, _seconds: u64) -> Option<Refusal> {
        None
    }

    /// Whether it sends callbacks: their faults need one.
    fn sends_callbacks(&self) -> bool {
        false
    }

    /// The `NAME=value` pairs of a gateway that uses its default account at the mocks at `base`.
    fn environment(&self, base: &str) -> Vec<(String, String)>;

    /// Adds an account, or changes a known one, from the fields of `/_accounts`.
    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String>;

    /// The customer's act outside the gateway: `/_pay`.
    fn pay(&self, _shared: &Arc<Shared>, _act: &Pay) -> Result<PayResult, String> {
        Err(format!("{} has nothing for a customer to do here; a code that was sent is at /_codes", self.name()))
    }

    /// Whether it has a stream: the faults of frames need one.
    fn streams(&self) -> bool {
        false
    }

    /// Closes the day: `/_settle`.
    fn settle(&self, _shared: &Shared) -> Result<(), String> {
        Err(format!("{} closes no day", self.name()))
    }

    /// Everything that it took from customers, oldest first.
    fn charges(&self, _shared: &Shared) -> Vec<Charge> {
        Vec::new()
    }

    /// Something happens to a parcel: `/_ship`.
    fn happen(&self, _shared: &Arc<Shared>, _act: &Ship) -> Result<Parcel, String> {
        Err(format!("{} carries nothing", self.name()))
    }

    /// Every parcel in its records, oldest first.
    fn parcels(&self, _shared: &Shared) -> Vec<Parcel> {
        Vec::new()
    }
}

/// Everything below a provider's name.
pub(crate) async fn handle(
    provider: &'static dyn Provider,
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut entry = JournalEntry::received(provider.name(), clock(), &parts);
    if shared.faults.take_connect(provider.name()) {
        entry.fault = Some(FaultKind::CutBefore);
        shared.journal.add(entry);
        scissors.cut_all();
        return Response::default();
    }
    // The client may close the connection before its body is complete; nobody is left to be answered then.
    let body = to_bytes(body, BODY_LIMIT).await.map_or_else(|_| Bytes::new(), |body| Bytes::copy_from_slice(&body));
    let below = parts.uri.path().strip_prefix('/').and_then(|path| path.strip_prefix(provider.name()));
    let path = below.and_then(|path| path.strip_prefix('/')).unwrap_or_default().to_owned();
    let socket = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.ok();
    let received = Received { parts, path, body, socket: Mutex::new(socket) };
    if let Some(page) = provider.page(&shared, &received) {
        return page;
    }
    let ask = provider.ask(&shared, &received);
    entry.body = received.body;
    entry.operation = ask.operation.unwrap_or(entry.operation);
    let take = |operation| shared.faults.take_call(provider.name(), operation, ask.account.as_deref());
    let fault = ask.operation.and_then(take);
    let exchange = Exchange { provider, shared, scissors, entry, ask };
    let delay = fault.as_ref().filter(|fault| fault.kind == FaultKind::Delay);
    let Some(delay) = delay else { return exchange.perform(fault.as_ref()) };
    let wait = delay.delay_ms.map_or_else(|| exchange.shared.chance.delay(), Duration::from_millis);
    // A client that stops waiting does not stop the provider, so the work must outlive the connection.
    let work = async move {
        tokio::time::sleep(wait).await;
        exchange.perform(fault.as_ref())
    };
    tokio::spawn(work).await.unwrap_or_default()
}

/// A request that is about to be done, or not.
struct Exchange {
    provider: &'static dyn Provider,
    shared: Arc<Shared>,
    scissors: Scissors,
    entry: JournalEntry,
    ask: Ask,
}

impl Exchange {
    fn perform(mut self, fault: Option<&Fault>) -> Response {
        let Some(fault) = fault else { return self.act() };
        self.entry.fault = Some(fault.kind);
        match fault.kind {
            FaultKind::Status => {
                let status = fault.status.and_then(|code| StatusCode::from_u16(code).ok());
                let answer = self.provider.out_of_order(status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE));
                self.spare(answer)
            }
            FaultKind::ErrorIn200 => {
                let answer = self.provider.error_in_200(self.entry.operation, &self.entry.url);
                self.spare(answer)
            }
            FaultKind::CutBefore => {
                self.scissors.cut_all();
                self.spare(Answer::new(StatusCode::OK, "text/plain", ""))
            }
            FaultKind::Pace => {
                let time = fault.delay_ms.map_or(PACE, Duration::from_millis);
                let account = self.ask.account.as_deref().unwrap_or_default();
                self.shared.paces.begin(self.provider.name(), account, time);
                self.act()
            }
            _ => self.act(),
        }
    }

    /// Answers without having acted.
    fn spare(mut self, answer: Answer) -> Response {
        self.entry.violation = self.ask.work.err().and_then(|refusal| refusal.violation);
        let is_cut = self.entry.fault == Some(FaultKind::CutBefore);
        self.entry.status = (!is_cut).then_some(answer.status.as_u16());
        self.entry.answer = answer.body.clone();
        self.shared.journal.add(self.entry);
        answer.into_response()
    }

    /// Acts and answers, in the way that the fault wants.
    fn act(mut self) -> Response {
        let account = self.ask.account.as_deref().unwrap_or_default();
        let left = self.shared.paces.seconds_left(self.provider.name(), account);
        let result = match (self.ask.work, left.and_then(|seconds| self.provider.too_fast(seconds))) {
            (Ok(_), Some(refusal)) => Err(refusal),
            (Ok(work), None) => work(&self.shared),
            (Err(refusal), _) => Err(refusal),
        };
        self.entry.acted = result.is_ok();
        let mut answer = result.unwrap_or_else(|refusal| {
            self.entry.violation = refusal.violation;
            refusal.answer
        });
        if self.entry.fault == Some(FaultKind::WrongBody) {
            answer = self.provider.wrong_body();
        }
        self.entry.status = Some(answer.status.as_u16());
        match self.entry.fault {
            Some(FaultKind::ActThenCut) => {
                self.entry.status = None;
                self.scissors.cut_all();
            }
            Some(FaultKind::Truncate) => self.scissors.cut_tail((answer.body.len() / 2).max(1)),
            _ => {}
        }
        self.entry.answer = answer.body.clone();
        self.shared.journal.add(self.entry);
        answer.into_response()
    }
}
