//! Telegram: messages through a bot, by `sendMessage` of the Bot API.
#![doc = include_str!("README.md")]

mod answer;
mod config;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, Call, ConfigError, Error, Kind, Parts, Probe, Reply};
use serde_json::Value;

use self::config::{Settings, Token};
use self::wire::{Chat, GET_ME, SEND_MESSAGE};
use crate::port::{Answer, Audience, Card, EvidenceGrade, Message, Messenger};
use crate::registry::Provider;

const NAME: &str = "telegram";

/// What Telegram is.
pub static CARD: Card =
    Card { name: NAME, title: ("Telegram", "تيليجرام"), evidence: EvidenceGrade::Documented, longest: 4_096 };

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(Telegram::build(configuration, credentials, parts)?)),
    settings: &["base_url", "admin_chat_id", "monitor_chat_id"],
    credentials: &["bot_token"],
};

/// One bot.
pub struct Telegram {
    parts: Parts,
    settings: Settings,
    token: Token,
}

impl Telegram {
    /// Builds the account of a bot.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, parts.mode)?;
        let token = Token::read(credentials)?;
        Ok(Self { parts, settings, token })
    }
}

#[async_trait]
impl Messenger for Telegram {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn account(&self) -> &Account {
        &self.parts.account
    }

    fn chat(&self, audience: Audience) -> Option<&str> {
        match audience {
            Audience::Admin => self.settings.admin_chat.as_deref(),
            Audience::Monitor => self.settings.monitor_chat.as_deref(),
        }
    }

    async fn describe(&self, message: &Message) -> Result<Call, Error> {
        let refuse = |words: &str| Error::refused(Kind::Invalid, NAME, SEND_MESSAGE, words);
        let chat = Chat::read(&message.chat).ok_or_else(|| refuse("the chat must be a number or @name"))?;
        // Blanks alone are an empty text over there.
        if message.text.trim().is_empty() {
            return Err(refuse("the text is empty"));
        }
        let body = wire::body(&chat, &message.text, message.silent);
        let url = wire::url(&self.settings.base_url, &self.token, SEND_MESSAGE);
        let call = wire::message(self.parts.account, url, self.parts.destination, body);
        Ok(Call { reference: Some(message.reference.clone()), ..call })
    }

    fn read(&self, reply: &Reply) -> Answer {
        answer::read(reply)
    }

    /// Who the bot is.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        let url = wire::url(&self.settings.base_url, &self.token, GET_ME);
        Ok(Some(Probe::new(wire::identity(self.parts.account, url, self.parts.destination))))
    }
}

#[cfg(test)]
mod tests;
