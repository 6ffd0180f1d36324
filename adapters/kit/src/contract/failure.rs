//! Refusals: `{"error":{"code","message"}}`, whatever the status, and the frame of answers that are none.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::written::Written;
use crate::{Delivery, Explanation, Kind, Refusal, Reply, object};

#[derive(Deserialize)]
struct Failed {
    error: Failure,
}

/// Why not.
#[derive(Debug, Deserialize)]
pub struct Failure {
    code: Written,
    #[serde(default)]
    message: Written,
}

impl Failure {
    /// Reads a refusal in words of the contract; whatever else has that status is none.
    pub fn read(reply: &Reply) -> Result<Self, String> {
        let failure = object::read::<Failed>(&reply.body)?.error;
        if failure.code.given().is_some() { Ok(failure) } else { Err("the refusal has no code".to_owned()) }
    }

    /// The provider's own word.
    pub fn code(&self) -> &str {
        self.code.text()
    }

    /// The word, and what it says to people.
    pub fn words(&self) -> String {
        match self.message.given() {
            Some(message) => format!("{}: {message}", self.code()),
            None => self.code().to_owned(),
        }
    }
}

/// Whether the provider says that it did what was asked.
pub fn is_good(reply: &Reply) -> bool {
    (200..=299).contains(&reply.status)
}

/// Judges the frame: an answer that is none speaks against the provider's health, and says nothing of what it did.
pub fn outcome<T: DeserializeOwned>(reply: &Reply) -> Result<(), Refusal> {
    let read = if is_good(reply) { object::read::<T>(&reply.body).map(drop) } else { Failure::read(reply).map(drop) };
    read.map_err(|message| Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message })
}

/// What a refusal says of itself, whatever its status.
pub fn explain(reply: &Reply) -> Option<Explanation> {
    let failure = Failure::read(reply).ok()?;
    Some(Explanation { message: Some(failure.words()), retry_after: None })
}
