//! The stream: a WebSocket that tells what happened after a number, and goes on, with the faults that may happen to frames.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use axum::{
    extract::ws::{Message, WebSocket},
    http::StatusCode,
};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::watch;

use super::{Account, Carrier};
use crate::{
    Fault, FaultKind,
    clock::clock,
    contract::{fields::Fields, request::invalid},
    exchange::{Answer, Received, Refusal, Work},
    journal::{Direction, JournalEntry},
    shared::Shared,
};

/// How long nothing comes before a heartbeat does.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// The wait of a late frame that names none.
const LATE: Duration = Duration::from_secs(2);

/// Reads where the stream is to begin.
pub(super) fn open(carrier: &'static Carrier, account: &Account, request: &Received) -> Result<Work, Refusal> {
    let after = match request.parts.uri.query() {
        None => 0,
        Some(_) => {
            let mut fields = Fields::of_query(request, &["after"])?;
            let after = fields.text("after")?.parse().map_err(|_| invalid("after is no number"))?;
            fields.end()?;
            after
        }
    };
    let socket = request.socket().ok_or_else(|| invalid("this is the path of a WebSocket"))?;
    let api_key = account.api_key.clone();
    Ok(Box::new(move |shared: &Arc<Shared>| {
        let bell = shared.carriers.lock(carrier.name).listen();
        let stream = Stream { carrier, api_key, shared: Arc::downgrade(shared), bell, after, held: None };
        let response = socket.on_upgrade(|socket| stream.run(socket));
        let headers = response.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Answer { status: StatusCode::SWITCHING_PROTOCOLS, body: Bytes::new(), headers })
    }))
}

/// One peer that is told.
struct Stream {
    carrier: &'static Carrier,
    api_key: String,
    /// The mocks may end before their peers do.
    shared: Weak<Shared>,
    bell: watch::Receiver<u64>,
    after: u64,
    /// A frame that waits for the one after it.
    held: Option<String>,
}

impl Stream {
    /// Tells until the peer is gone, the mocks end, or a fault cuts it.
    async fn run(mut self, mut socket: WebSocket) {
        loop {
            let Some(shared) = self.shared.upgrade() else { return };
            let next = shared.carriers.lock(self.carrier.name).next_event(&self.api_key, self.after);
            let Some(event) = next else {
                drop(shared);
                if self.wait(&mut socket).await.is_none() {
                    return;
                }
                continue;
            };
            self.after = event.id;
            let fault = shared.faults.take_frame(self.carrier.name, &self.api_key);
            self.note(&shared, event.told().to_string(), fault.as_ref());
            drop(shared);
            if self.tell(&mut socket, event.told().to_string(), fault).await.is_none() {
                return;
            }
        }
    }

    /// Waits for something to tell; none where there is nobody to be told any more.
    async fn wait(&mut self, socket: &mut WebSocket) -> Option<()> {
        tokio::select! {
            rung = self.bell.changed() => rung.ok(),
            // Pings are answered below; a peer that says farewell, or is gone, is not waited for.
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => None,
                Some(Ok(_)) => Some(()),
            },
            () = tokio::time::sleep(HEARTBEAT) => {
                let now = clock().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                send(socket, &json!({ "heartbeat": now }).to_string()).await
            }
        }
    }

    /// Tells of one event, in the way that the fault wants; none where the stream ends.
    async fn tell(&mut self, socket: &mut WebSocket, frame: String, fault: Option<Fault>) -> Option<()> {
        let times = fault.as_ref().and_then(|fault| fault.times).unwrap_or(1);
        let delay = fault.as_ref().and_then(|fault| fault.delay_ms).map_or(LATE, Duration::from_millis);
        let mut ends = false;
        match fault.map(|fault| fault.kind) {
            Some(FaultKind::ReorderedCallback) => {
                // Only one waits: another one that is held lets the first go.
                let earlier = self.held.replace(frame);
                return match earlier {
                    Some(earlier) => send(socket, &earlier).await,
                    None => Some(()),
                };
            }
            Some(FaultKind::DuplicateCallback) => {
                for _ in 0..times {
                    send(socket, &frame).await?;
                }
            }
            Some(FaultKind::LateCallback) => tokio::time::sleep(delay).await,
            Some(FaultKind::WrongBody) => send(socket, "<html>502 Bad Gateway</html>").await?,
            Some(FaultKind::Truncate) => {
                // Whoever resumes is told of it anew.
                let half: String = frame.chars().take(frame.chars().count() / 2).collect();
                send(socket, &half).await?;
                return None;
            }
            Some(FaultKind::Disconnect) => ends = times <= 1,
            _ => {}
        }
        send(socket, &frame).await?;
        if let Some(held) = self.held.take() {
            send(socket, &held).await?;
        }
        (!ends).then_some(())
    }

    fn note(&self, shared: &Shared, frame: String, fault: Option<&Fault>) {
        let mut entry = JournalEntry::of(self.carrier.name, "frame", Direction::Sent, clock());
        entry.body = Bytes::from(frame);
        entry.fault = fault.map(|fault| fault.kind);
        entry.acted = true;
        shared.journal.add(entry);
    }
}

async fn send(socket: &mut WebSocket, text: &str) -> Option<()> {
    socket.send(Message::text(text)).await.ok()
}
