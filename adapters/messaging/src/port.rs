//! The port of messengers: what the gateway asks of each, as numbered promises that `conformance.rs` quotes and tests.

use async_trait::async_trait;
use kit::{Account, Call, Error, Probe, Reply};
use schemas::Text;
use serde::Serialize;

/// One account with a messenger.
///
/// It describes and reads; whoever sends commits the intent of the described call first, as for a refund.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// What this messenger is: static data.
    fn card(&self) -> &'static Card;

    /// Whose account this is.
    fn account(&self) -> &Account;

    /// The chat that the account's configuration names for an audience of the gateway itself.
    fn chat(&self, audience: Audience) -> Option<&str>;

    /// 1. Describes the sending and sends nothing; the same message gives the same call. 2. The call is `Once` or
    ///    `Keyed`, for this account, and carries the message's reference. 3. A message that cannot be carried (no text, no
    ///    such form of chat) is `Invalid` with delivery `Never`. 4. A text that is too long is cut at a whole character
    ///    and ends with an ellipsis; no text needs escaping. 5. No credential is in the call's row, its print or its errors.
    async fn describe(&self, message: &Message) -> Result<Call, Error>;

    /// 6. Reads the answer to that call, whatever it is; a refusal is never read as sent.
    ///
    /// Of the call itself: 7. what the messenger refused is an error with delivery `Never`, a wish to be left alone is
    /// `RateLimited` with its time, and what it may have carried out is never an error with delivery `Never`.
    fn read(&self, reply: &Reply) -> Answer;

    /// 8. Describes a probe: cheap, free, a `Read` that says nothing to anybody, so that it can be asked every few seconds.
    ///    `None` where there is nobody to ask.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        Ok(None)
    }
}

/// What a messenger is.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// The name in paths, configuration and logs.
    pub name: &'static str,
    /// For people: English and Arabic.
    pub title: (&'static str, &'static str),
    /// How well its protocol is known.
    pub evidence: EvidenceGrade,
    /// The longest text, in UTF-16 units; a longer one is cut.
    pub longest: usize,
}

impl Card {
    /// The title in both languages.
    pub fn text(&self) -> Text {
        Text::new(self.title.0, self.title.1)
    }
}

/// How well a protocol is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceGrade {
    /// Official documentation or several independent clients.
    Documented,
    /// One client, or a third party's page.
    Reported,
    /// A contract of ours: refused in live mode without an explicit base URL.
    Assumed,
}

/// Whom the gateway itself has something to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Whoever runs the gateway: what a person must settle.
    Admin,
    /// Whoever watches it: what is slow, down, or back again.
    Monitor,
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Ours, never reused: the log is searched by it.
    pub reference: String,
    /// The messenger's own name of the chat.
    pub chat: String,
    /// Plain text; line breaks are kept.
    pub text: String,
    /// Whether it arrives without a sound.
    pub silent: bool,
}

/// The answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The messenger says that it is sent.
    Sent {
        /// Its id of the message.
        id: Option<String>,
    },
    /// The messenger says that it is not.
    Refused {
        /// Its own words.
        message: String,
    },
}
