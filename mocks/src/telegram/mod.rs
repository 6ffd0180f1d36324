//! Telegram: `sendMessage` and `getMe` of the Bot API, for bots and chats that are known from the start.
//!
//! It is stricter than the real one where that shows a mistake of the client: POST of JSON alone, and no parameter that it
//! does not know. Each of these refusals is marked "strictness" where it is made.

pub(crate) mod bots;
mod request;
mod serve;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The provider's name in paths and faults.
pub const NAME: &str = "telegram";

/// The provider.
pub(crate) struct Telegram;

/// The operations that a fault can name.
pub(crate) const OPERATIONS: [&str; 2] = ["sendMessage", GET_ME];
/// The question who the bot is.
const GET_ME: &str = "getMe";

/// A bot, and the chats that it may write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// `<number>:<secret>`.
    pub token: String,
    /// Its chats.
    pub chats: Vec<Chat>,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// Negative for groups and channels.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its public name without `@`, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Default for Bot {
    /// A bot that exists nowhere, in a group of administrators and in one that watches.
    fn default() -> Self {
        let chat = |id, title: &str, name: &str| Chat { id, title: title.to_owned(), name: Some(name.to_owned()) };
        Self {
            token: "7000000001:jisr-mocks_telegram_0123456789abcde".to_owned(),
            chats: vec![
                chat(-1_001_000_000_001, "Administration", "jisr_admin"),
                chat(-1_001_000_000_002, "Monitoring", "jisr_monitor"),
            ],
        }
    }
}

/// A message that a bot sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// When.
    pub at: Timestamp,
    /// The number of the bot.
    pub bot_id: i64,
    /// The chat.
    pub chat_id: i64,
    /// Unique in its chat.
    pub message_id: i64,
    /// What it says.
    pub text: String,
    /// Whether it arrives without a sound.
    pub silent: bool,
}

/// The environment of a gateway that uses the default bot of the mocks at `base`.
fn environment(base: &str) -> Vec<(String, String)> {
    let bot = Bot::default();
    let chat = |index: usize| bot.chats.get(index).map_or(0, |chat| chat.id).to_string();
    [
        ("BASE_URL", format!("{base}/{NAME}")),
        ("BOT_TOKEN", bot.token.clone()),
        ("ADMIN_CHAT_ID", chat(0)),
        ("MONITOR_CHAT_ID", chat(1)),
    ]
    .map(|(name, value)| (format!("TELEGRAM_{name}"), value))
    .to_vec()
}
