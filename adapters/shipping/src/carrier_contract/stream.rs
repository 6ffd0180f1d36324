//! The stream: how it is opened, and what its frames say.

use kit::written::Written;
use kit::{Call, Error, Kind, object};
use serde::Deserialize;

use super::CarrierContract;
use super::event::Event;
use super::wire::Operation;
use crate::port::Told;
use crate::push::{Push, Pushed};

/// What comes when nothing comes.
#[derive(Deserialize)]
struct Heartbeat {
    heartbeat: Written,
}

impl Push for CarrierContract {
    fn describe_opening(&self, after: Option<&str>) -> Result<Call, Error> {
        let operation = Operation::OpenStream;
        if after.is_some_and(|after| !is_id(after)) {
            return Err(self.refused(Kind::Invalid, operation, "the stream has no such place"));
        }
        let sender = self.sender();
        let mut request = sender.get(&["stream"], after.map(|after| ("after", after)));
        let secure = request.url.scheme() == "https";
        if request.url.set_scheme(if secure { "wss" } else { "ws" }).is_err() {
            return Err(self.refused(Kind::Internal, operation, "the address cannot be that of a stream"));
        }
        Ok(sender.call(operation, None, request))
    }

    fn read_frame(&self, frame: &[u8]) -> Pushed {
        let event = object::read::<Event>(frame).ok();
        let cursor = event.as_ref().and_then(|event| event.id.given()).filter(|id| is_id(id)).map(str::to_owned);
        let is_heartbeat = || object::read::<Heartbeat>(frame).is_ok_and(|beat| beat.heartbeat.given().is_some());
        let mut told = Told::default();
        match event.and_then(|event| event.told()) {
            // Without its number nobody knows where the stream would stand.
            Some(entry) if cursor.is_some() => told.entries.push(entry),
            _ if cursor.is_none() && is_heartbeat() => {}
            _ => told.malformed.push(String::from_utf8_lossy(frame).into_owned()),
        }
        Pushed { cursor, told }
    }
}

/// Ids count up, in digits; eighteen of them fit into any integer.
fn is_id(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
