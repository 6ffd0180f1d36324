//! A field's text as it was written: providers send numbers as JSON text or as JSON numbers, and hashes cover the form.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Text, number, boolean or null, kept as it came; a field that is missing is like null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written(Option<String>);

impl Written {
    /// The text; empty when there is none.
    pub fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The text, if there is any.
    pub fn given(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// Whether it says this, whatever the case and the blanks around it.
    pub fn says(&self, word: &str) -> bool {
        self.text().trim().eq_ignore_ascii_case(word)
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        // The messages never repeat the value: it may be a key.
        match raw.get().as_bytes().first() {
            Some(b'"') => match serde_json::from_str(raw.get()) {
                Ok(text) => Ok(Self(Some(text))),
                Err(_) => Err(D::Error::custom("the text is not valid")),
            },
            Some(b'n') => Ok(Self(None)),
            Some(b'{' | b'[') | None => Err(D::Error::custom("expected text, a number or null")),
            Some(_) => Ok(Self(Some(raw.get().to_owned()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_kept() {
        let read = |text: &str| serde_json::from_str::<Written>(text).map(|written| written.text().to_owned());
        assert_eq!(read("\"1000\"").expect("text"), "1000");
        assert_eq!(read(" 1000 ").expect("a number"), "1000");
        assert_eq!(read("1000.0").expect("a number"), "1000.0");
        assert_eq!(read("1e3").expect("a number"), "1e3");
        assert_eq!(read("12345678901234567890123").expect("a number"), "12345678901234567890123");
        assert_eq!(read("null").expect("null"), "");
        assert_eq!(read("true").expect("a boolean"), "true");
        assert_eq!(read("\"a\\u0026b\"").expect("text"), "a&b");
        for wrong in ["{}", "[1]", "\"\\ud800\"", "\"", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_reads_from_a_value_too() {
        let value = serde_json::json!({"a": 12500, "b": "x"});
        let map: std::collections::BTreeMap<String, Written> = Deserialize::deserialize(&value).expect("a map");
        assert_eq!((map["a"].text(), map["b"].text()), ("12500", "x"));
    }
}
