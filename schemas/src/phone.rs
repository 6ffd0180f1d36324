//! Libyan telephone numbers in E.164, read from every spelling that people use.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not a Libyan mobile or fixed number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a Libyan number such as 0912345678 or +218912345678")]
pub struct PhoneError;

/// A Libyan number as `+218` and nine digits (libphonenumber's metadata for LY).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[schema(value_type = String, example = "+218912345678")]
pub struct Phone(String);

impl Phone {
    /// Reads `09…`, `9…`, `2189…`, `002189…`, `+2189…`, with blanks, dashes and Arabic-Indic digits.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let mut digits = String::with_capacity(text.len());
        for (index, letter) in text.trim().chars().enumerate() {
            match letter {
                '0'..='9' => digits.push(letter),
                '٠'..='٩' => digits.push(char::from(b'0' + (letter as u32 - '٠' as u32) as u8)),
                '+' if index == 0 => digits.push_str("00"),
                ' ' | '-' | '(' | ')' => {}
                _ => return Err(PhoneError),
            }
        }
        let national = digits
            .strip_prefix("00218")
            .or_else(|| digits.strip_prefix("218").filter(|rest| rest.len() == 9))
            .or_else(|| digits.strip_prefix('0'))
            .unwrap_or(&digits);
        if national.len() == 9 && (is_mobile(national) || is_fixed(national)) {
            return Ok(Self(format!("+218{national}")));
        }
        Err(PhoneError)
    }

    /// The number in E.164.
    pub fn e164(&self) -> &str {
        &self.0
    }
}

fn is_mobile(national: &str) -> bool {
    matches!(national.as_bytes(), [b'9', b'1'..=b'6', ..])
}

fn is_fixed(national: &str) -> bool {
    matches!(
        national.as_bytes(),
        [b'2', b'1' | b'3' | b'4' | b'5', ..]
            | [b'5', b'1' | b'3' | b'4' | b'7', ..]
            | [b'6', b'1' | b'2' | b'3' | b'4' | b'7' | b'9', ..]
            | [b'7', b'1', ..]
    )
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    /// Personal data: only the operator's prefix is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &self.0[..6])
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_is_one_number() {
        for text in
            ["0912345678", "912345678", "218912345678", "00218912345678", "+218912345678", "٠٩١٢٣٤٥٦٧٨", "091-234 5678"]
        {
            assert_eq!(Phone::parse(text).map(|phone| phone.0), Ok("+218912345678".into()), "{text}");
        }
        assert_eq!(Phone::parse("0213334444").map(|phone| phone.0), Ok("+218213334444".into()));
    }

    #[test]
    fn other_numbers_are_refused() {
        for text in ["", "0972345678", "09123456789", "091234567", "+20912345678", "call me", "0812345678"] {
            assert_eq!(Phone::parse(text), Err(PhoneError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nonsense_is_refused_without_panic(text in "\\PC{0,30}") {
            let _ = Phone::parse(&text);
        }
    }
}
