//! Reading the answers of the Bot API: `ok` decides, `error_code` says how, `description` says it to people.

use std::time::Duration;

use kit::{Delivery, Explanation, Kind, Refusal, Reply};
use serde_json::Value;

use crate::port::Answer;

/// What every answer says of itself.
struct Verdict {
    ok: bool,
    code: Option<u64>,
    description: Option<String>,
    retry_after: Option<Duration>,
    message: Option<String>,
}

impl Verdict {
    /// Strict about `ok`, lenient about the rest: what a message says of itself changes, and it is sent all the same.
    fn read(reply: &Reply) -> Option<Self> {
        let body: Value = reply.json().ok()?;
        let ok = body.get("ok")?.as_bool()?;
        let id = &body["result"]["message_id"];
        Some(Self {
            ok,
            code: body["error_code"].as_u64(),
            description: body["description"].as_str().map(str::to_owned),
            retry_after: body["parameters"]["retry_after"].as_u64().map(Duration::from_secs),
            message: id.as_i64().map(|id| id.to_string()),
        })
    }

    fn words(self) -> String {
        self.description.unwrap_or_else(|| "ok is false".to_owned())
    }
}

/// Judges an answer with a good status.
pub(super) fn outcome(reply: &Reply) -> Result<(), Refusal> {
    let Some(verdict) = Verdict::read(reply) else {
        let message = "the answer is not one of the Bot API".to_owned();
        return Err(Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message });
    };
    if verdict.ok {
        return Ok(());
    }
    let (kind, delivery) = meaning(verdict.code);
    Err(Refusal { kind, delivery, message: verdict.words() })
}

/// Judges the answer to who the bot is: it must be one.
pub(super) fn identity_outcome(reply: &Reply) -> Result<(), Refusal> {
    outcome(reply)?;
    let body: Value = reply.json().unwrap_or_default();
    if body["result"]["is_bot"] == Value::Bool(true) {
        return Ok(());
    }
    let message = "the answer names no bot".to_owned();
    Err(Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message })
}

/// What an error's code means where no status says it: the same as the status would (SOURCE.md, "Answers").
fn meaning(code: Option<u64>) -> (Kind, Delivery) {
    match code {
        Some(401 | 403) => (Kind::Unauthorized, Delivery::Never),
        Some(404) => (Kind::NotFound, Delivery::Never),
        Some(408) => (Kind::Timeout, Delivery::Maybe),
        Some(409) => (Kind::Conflict, Delivery::Maybe),
        Some(429) => (Kind::RateLimited, Delivery::Never),
        Some(400..=499) => (Kind::Invalid, Delivery::Never),
        Some(500..=599) => (Kind::Unavailable, Delivery::Maybe),
        _ => (Kind::Rejected, Delivery::Never),
    }
}

/// What a refusal says of itself, whatever its status.
pub(super) fn explain(reply: &Reply) -> Option<Explanation> {
    let verdict = Verdict::read(reply).filter(|verdict| !verdict.ok)?;
    Some(Explanation { message: verdict.description, retry_after: verdict.retry_after })
}

/// Reads the answer to a message.
pub(super) fn read(reply: &Reply) -> Answer {
    match Verdict::read(reply) {
        Some(verdict) if !verdict.ok => Answer::Refused { message: verdict.words() },
        Some(verdict) => Answer::Sent { id: verdict.message },
        // `outcome` lets no such answer pass. It is no refusal: the message may be there.
        None => Answer::Sent { id: None },
    }
}

#[cfg(test)]
mod tests;
