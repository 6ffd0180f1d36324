//! The feed as a stream: a WebSocket that sends each event once, in the order of the feed, at the reader's own pace.

mod places;
pub mod token;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, header};
use schemas::EventId;
use schemas::event::EventName;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};

use super::access::Access;
use super::auth::{self, Authorized};
use super::extract::Query;
use super::feed::{FeedEvent, shown, unknown_event};
use super::problem::Problem;
use super::request::address;
use super::router::Facade;
use crate::events::feed::{self, Request};
use crate::payments::Caller;

use places::Place;
pub use places::Streams;

/// What opens a stream: a key with this scope, or a token.
pub const ACCESS: Access = Access::KeyOrToken(SCOPE);
const SCOPE: &str = "notify:read";
/// Events that are read at once; no more than these are ever held for a reader.
const PAGE: i64 = 100;
/// A reader has nothing to say but pongs.
const LONGEST_MESSAGE: usize = 4 * 1024;
/// How long a reader may take to hear that its stream is closed.
const FAREWELL: Duration = Duration::from_secs(5);
/// Pings without an answer before nobody is there.
const MISSING: u32 = 2;

/// Why a stream is closed, as its reader is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Close {
    /// We are leaving: another process goes on from the last event.
    Leaving,
    /// The database cannot be read just now.
    Failed,
    /// The key does not open it any more.
    Shut,
    /// The event to read on from is gone.
    Unknown,
    /// Nobody answers.
    Silent,
}

impl Close {
    fn frame(self) -> CloseFrame {
        let (code, reason) = match self {
            Self::Leaving => (1001, "leaving"),
            Self::Failed => (1011, "unavailable"),
            Self::Shut => (4401, "unauthorized"),
            Self::Unknown => (4404, "not_found"),
            Self::Silent => (4408, "no pong"),
        };
        CloseFrame { code, reason: reason.into() }
    }
}

/// Where to read on, and what.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StreamQuery {
    /// The `cursor` of the last event that was read, or any cursor of `GET /v1/feed`. The beginning when absent.
    #[param(value_type = Option<String>)]
    after: Option<EventId>,
    /// Only events of this name.
    event: Option<EventName>,
    /// Of `POST /v1/feed/tokens`, where no header can be set.
    token: Option<String>,
}

/// One frame.
#[derive(Serialize)]
struct Frame {
    #[serde(flatten)]
    event: FeedEvent,
    cursor: EventId,
}

/// Stream the events of the store
///
/// A WebSocket. Each event is one text frame: an item of `GET /v1/feed` with its `cursor`. Who opens it again with the last
/// `cursor` as `after` misses none and gets none twice. Every 20 seconds a ping asks whether the reader is there. It is
/// closed with 1001 when we are leaving, 1011 when the database cannot be read, 4401 when the key is revoked and 4408
/// when two pongs are missing: open it again.
#[utoipa::path(get, path = "/v1/feed/stream", tag = "events", params(StreamQuery),
    responses((status = 101, description = "The stream is open"),
        (status = 400, description = "`invalid_request`: no WebSocket was asked for", body = schemas::Problem),
        (status = 401, description = "`unauthorized`: neither a key nor a valid token", body = schemas::Problem),
        (status = 404, description = "`not_found`: the store has no event `after`", body = schemas::Problem),
        (status = 429, description = "`rate_limited`: the store has too many streams", body = schemas::Problem)))]
pub async fn open(
    State(facade): State<Facade>,
    authorized: Option<Extension<Authorized>>,
    Query(query): Query<StreamQuery>,
    request: axum::extract::Request,
) -> Result<Response, Problem> {
    let (caller, key) = match authorized {
        Some(Extension(authorized)) => (authorized.caller()?, Some(key_of(request.headers()))),
        None => (by_token(&facade, query.token.as_deref(), address(&request)).await?, None),
    };
    let wanted = Request {
        store: caller.store,
        livemode: caller.mode.is_live(),
        after: query.after,
        names: query.event.into_iter().collect(),
        limit: PAGE,
    };
    let first = Request { limit: 1, ..wanted.clone() };
    feed::read(&facade.db, &first, Duration::ZERO, || true).await?.ok_or_else(unknown_event)?;
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &facade).await.map_err(|_| {
        let (en, ar) = ("expected the handshake of a WebSocket", "المتوقع مصافحة WebSocket");
        Problem::field("Upgrade", en, ar)
    })?;
    let place = facade.streams.take(caller.store).ok_or_else(Problem::rate_limited)?;
    let stream = Stream { facade: facade.clone(), caller, key, request: wanted, unanswered: Arc::default() };
    let upgrade = upgrade.max_message_size(LONGEST_MESSAGE).max_frame_size(LONGEST_MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| stream.run(socket, place)))
}

async fn by_token(facade: &Facade, token: Option<&str>, address: IpAddr) -> Result<Caller, Problem> {
    let read = token.and_then(|token| token::read(&facade.vault, token, facade.ambient.now().into()));
    let Some((store, mode)) = read else { return Err(facade.auth.failed_proof(address)) };
    let store = facade.auth.store_by_id(store).await?.ok_or_else(Problem::not_found)?;
    Ok(auth::caller(&store, mode))
}

fn key_of(headers: &HeaderMap) -> HeaderMap {
    let key = headers.get(header::AUTHORIZATION).cloned();
    key.map(|key| (header::AUTHORIZATION, key)).into_iter().collect()
}

/// An open stream.
struct Stream {
    facade: Facade,
    caller: Caller,
    /// The key that opened it, which may be revoked.
    key: Option<HeaderMap>,
    request: Request,
    /// Pings since the last pong.
    unanswered: Arc<AtomicU32>,
}

/// How a stream ends.
enum End {
    /// The reader is told why.
    Told(Close),
    /// There is nobody to tell.
    Gone,
}

type Sink = SplitSink<WebSocket, Message>;

impl Stream {
    async fn run(mut self, socket: WebSocket, _place: Place) {
        let (mut sink, source) = socket.split();
        let unanswered = Arc::clone(&self.unanswered);
        let listening = listen(source, &unanswered);
        tokio::pin!(listening);
        let end = tokio::select! {
            Err(end) = self.write(&mut sink) => end,
            () = &mut listening => End::Gone,
        };
        if let End::Told(close) = end {
            // Until the reader has heard it: a socket that is dropped at once may take its last words with it.
            let farewell = async {
                drop(sink.send(Message::Close(Some(close.frame()))).await);
                listening.await;
            };
            drop(timeout(FAREWELL, farewell).await);
        }
    }

    /// Sends until there is a reason to end.
    async fn write(&mut self, sink: &mut Sink) -> Result<Infallible, End> {
        let facade = self.facade.clone();
        let is_leaving = || !facade.ready.is();
        let mut beat = Instant::now() + facade.streams.ping();
        loop {
            self.beat(sink, &mut beat).await?;
            let wait = beat.saturating_duration_since(Instant::now());
            let page = feed::read(&facade.db, &self.request, wait, is_leaving).await.map_err(|error| {
                tracing::warn!(error = &error as &dyn std::error::Error, "a stream cannot be read on");
                End::Told(Close::Failed)
            })?;
            let page = page.ok_or(End::Told(Close::Unknown))?;
            for event in page.events {
                self.beat(sink, &mut beat).await?;
                let cursor = event.id;
                let frame = Frame { event: shown(&self.caller, event), cursor };
                let text = serde_json::to_string(&frame).map_err(|_| End::Told(Close::Failed))?;
                self.send(sink, Message::text(text)).await?;
            }
            self.request.after = page.next.or(self.request.after);
        }
    }

    /// Between two frames: whether we, the key and the reader are still there.
    async fn beat(&self, sink: &mut Sink, beat: &mut Instant) -> Result<(), End> {
        if !self.facade.ready.is() {
            return Err(End::Told(Close::Leaving));
        }
        if Instant::now() < *beat {
            return Ok(());
        }
        if self.unanswered.load(Ordering::Relaxed) >= MISSING {
            return Err(End::Told(Close::Silent));
        }
        if let Some(key) = &self.key
            && !self.facade.auth.still_opens(SCOPE, key).await
        {
            return Err(End::Told(Close::Shut));
        }
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        *beat = Instant::now() + self.facade.streams.ping();
        self.send(sink, Message::Ping(bytes::Bytes::new())).await
    }

    /// One frame on its way before the next: nothing piles up for a reader that is slow, and one that stands still is cut.
    async fn send(&self, sink: &mut Sink, message: Message) -> Result<(), End> {
        let patience = self.facade.streams.ping() * (MISSING + 1);
        match timeout(patience, sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }
}

/// Hears pongs until the reader has gone.
async fn listen(mut source: SplitStream<WebSocket>, unanswered: &AtomicU32) {
    while let Some(Ok(message)) = source.next().await {
        if matches!(message, Message::Pong(_)) {
            unanswered.store(0, Ordering::Relaxed);
        }
    }
}
