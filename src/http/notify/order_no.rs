//! A store's own number: text, or a whole number that is taken as text.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// As it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderNo {
    /// Text.
    Text(String),
    /// A number.
    Number(i128),
}

impl OrderNo {
    /// As it is kept.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Serialize for OrderNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i128(*number),
        }
    }
}

impl<'de> Deserialize<'de> for OrderNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = OrderNo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a whole number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OrderNo, E> {
                Ok(OrderNo::Text(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<OrderNo, E> {
                Ok(OrderNo::Number(number.into()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<OrderNo, E> {
                Ok(OrderNo::Number(number.into()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
