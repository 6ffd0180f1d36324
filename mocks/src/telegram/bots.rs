//! The bots and what each of them sent.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{
    Bot, Chat, Sent,
    request::{ChatId, Refusal, SendMessage},
};

/// One bot and its state.
pub(crate) struct Known {
    pub(crate) bot: Bot,
    pub(crate) id: i64,
    /// By chat.
    last_message: HashMap<i64, i64>,
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    bots: Vec<Known>,
    sent: Vec<Sent>,
}

/// Every bot.
#[derive(Default)]
pub(crate) struct Bots(Mutex<State>);

impl Bots {
    /// Adds a bot, or gives new chats to a known one.
    pub(crate) fn add(&self, bot: Bot) -> Result<(), String> {
        let id = bot_id(&bot.token).ok_or("a token is a number, a colon and a secret")?;
        let mut state = self.lock();
        match state.bots.iter_mut().find(|known| known.bot.token == bot.token) {
            Some(known) => known.bot = bot,
            None => state.bots.push(Known { bot, id, last_message: HashMap::new() }),
        }
        Ok(())
    }

    /// What they sent, oldest first.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.lock().sent.clone()
    }

    /// The state, for one request.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of the bot in a token of the right shape.
pub(crate) fn bot_id(token: &str) -> Option<i64> {
    let (id, secret) = token.split_once(':')?;
    let fits = !token.starts_with('0') && token.len() <= 80 && !secret.is_empty();
    id.parse().ok().filter(|id| fits && *id > 0)
}

impl State {
    /// The bot of a token.
    pub(crate) fn find(&mut self, token: &str) -> Result<&mut Known, Refusal> {
        if bot_id(token).is_none() {
            return Err(Refusal::new(404, "Not Found"));
        }
        let found = self.bots.iter_mut().find(|known| known.bot.token == token);
        found.ok_or_else(|| Refusal::new(401, "Unauthorized"))
    }

    /// Sends, if the chat is one of the bot's.
    pub(crate) fn send(&mut self, token: &str, request: SendMessage, at: Timestamp) -> Result<(Sent, Chat), Refusal> {
        let known = self.find(token)?;
        let chat = known.chat(&request.chat)?.clone();
        let last = known.last_message.entry(chat.id).or_insert(0);
        *last += 1;
        let (bot_id, message_id) = (known.id, *last);
        let sent = Sent { at, bot_id, chat_id: chat.id, message_id, text: request.text, silent: request.silent };
        self.sent.push(sent.clone());
        Ok((sent, chat))
    }
}

impl Known {
    fn chat(&self, wanted: &ChatId) -> Result<&Chat, Refusal> {
        let is_wanted = |chat: &&Chat| match wanted {
            ChatId::Number(id) => chat.id == *id,
            ChatId::Name(name) => chat.name.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name)),
        };
        self.bot.chats.iter().find(is_wanted).ok_or_else(|| Refusal::new(400, "Bad Request: chat not found"))
    }
}
