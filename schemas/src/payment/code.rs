//! The one-time code of a wallet, which must reach its wire and nothing else.

use std::fmt;

use serde::Deserialize;

/// The one-time code that a wallet has sent to its customer: four to eight digits. It is never kept, printed or logged.
#[derive(Clone, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, example = "123456")]
pub struct Code(String);

/// A text that is no one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the 4 to 8 digits of the code")]
pub struct CodeError;

impl Code {
    /// Reads a code, with Arabic-Indic digits as well, and blanks around and inside it.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let digits = text.chars().filter(|letter| *letter != ' ').map(|letter| match letter {
            '0'..='9' => Some(letter),
            '٠'..='٩' => char::from_digit(letter as u32 - '٠' as u32, 10),
            _ => None,
        });
        let digits: String = digits.collect::<Option<_>>().ok_or(CodeError)?;
        if (4..=8).contains(&digits.len()) { Ok(Self(digits)) } else { Err(CodeError) }
    }

    /// The digits, for the wire alone.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(***)")
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
