//! The HTTP side: which call a request is, what it does, and how Telegram's errors look.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Bot, Chat, GET_ME, NAME, OPERATIONS, Sent, Telegram,
    bots::bot_id,
    request::{Refusal, SendMessage, plain, split},
};
use crate::{
    clock::clock,
    exchange::{self, Answer, Ask, Provider, Received},
    shared::Shared,
};

const PAGE: &str = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

impl Provider for Telegram {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        let Some((token, method)) = split(&request.path) else {
            return Ask::unknown(Refusal::new(404, "Not Found").into());
        };
        let known = OPERATIONS.into_iter().find(|known| known.eq_ignore_ascii_case(method));
        let admitted = shared.telegram.lock().find(token).map(|_| ());
        let Some(operation) = known else {
            let refusal = admitted.err().unwrap_or_else(|| Refusal::new(404, "Not Found: method not found"));
            return Ask::unknown(refusal.into());
        };
        let id = bot_id(token);
        let account = id.map(|id| id.to_string());
        if operation == GET_ME {
            let admitted = admitted.and_then(|()| plain(request)).map_err(exchange::Refusal::from);
            let work = admitted.map(|()| {
                let me = json!({ "ok": true, "result": sender(id.unwrap_or_default()) });
                Box::new(move |_: &Arc<Shared>| Ok(Answer::json(StatusCode::OK, &me))) as _
            });
            return Ask::of(operation, account.as_deref(), work);
        }
        let read = admitted.and_then(|()| SendMessage::read(request));
        let token = token.to_owned();
        let work = read.map_err(exchange::Refusal::from).map(|message| {
            Box::new(move |shared: &Arc<Shared>| {
                let (sent, chat) = shared.telegram.lock().send(&token, message, clock())?;
                Ok(Answer::json(StatusCode::OK, &answer(&sent, &chat)))
            }) as _
        });
        Ask::of(operation, account.as_deref(), work)
    }

    fn error_in_200(&self, _operation: &str, _path: &str) -> Answer {
        let refusal = Refusal::new(400, "Bad Request: have no rights to send a message");
        Answer { status: StatusCode::OK, ..refusal.answer() }
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        Refusal::new(status.as_u16(), status.canonical_reason().unwrap_or("Unknown")).answer()
    }

    fn wrong_body(&self) -> Answer {
        Answer::new(StatusCode::OK, "text/html", PAGE)
    }

    fn too_fast(&self, seconds: u64) -> Option<exchange::Refusal> {
        // Too much at once is no mistake in the call.
        Some(exchange::Refusal::decline(Refusal::slow_down(seconds).answer()))
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let bot: Bot = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.telegram.add(bot)
    }
}

/// A bot, as it is told of.
fn sender(id: i64) -> Value {
    json!({ "id": id, "is_bot": true, "first_name": "Jisr", "username": "jisr_mock_bot" })
}

fn answer(sent: &Sent, chat: &Chat) -> Value {
    let kind = if chat.id < 0 { "supergroup" } else { "private" };
    json!({
        "ok": true,
        "result": {
            "message_id": sent.message_id,
            "from": sender(sent.bot_id),
            "chat": { "id": chat.id, "title": chat.title, "username": chat.name, "type": kind },
            "date": sent.at.as_second(),
            "text": sent.text,
        },
    })
}
