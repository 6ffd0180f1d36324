//! Reading objects out of answers, and nothing else for them: serde takes a list of the fields' values for a struct as
//! well, and a list of three numbers is no payment.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Reads an object, or says what is wrong; never with serde's own message, which repeats parts of the text.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err("the answer is not a JSON object".to_owned());
    }
    serde_json::from_slice(body)
        .map_err(|error| format!("the answer has another shape (at line {}, column {})", error.line(), error.column()))
}

/// For `deserialize_with`: an object in a member. PHP writes one without members as `[]`, which is none, like null.
pub fn member<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let text = raw.get();
    if text.starts_with('{') {
        return serde_json::from_str(text).map(Some).map_err(|_| D::Error::custom("the object has another shape"));
    }
    let is_empty = text == "null" || text.strip_prefix('[').is_some_and(|rest| rest.trim() == "]");
    if is_empty { Ok(None) } else { Err(D::Error::custom("expected an object")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::written::Written;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(default, deserialize_with = "member")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[serde(default)]
        amount: Written,
    }

    #[test]
    fn an_object_is_read_and_an_empty_list_is_none() {
        let inner = |text: &str| read::<Outer>(text.as_bytes()).map(|outer| outer.inner.map(|inner| inner.amount));
        let amount = inner(r#" {"inner": {"amount": 12.50, "more": [1]}}"#).expect("an object").expect("a member");
        assert_eq!(amount.text(), "12.50");
        for none in ["{}", r#"{"inner":null}"#, r#"{"inner":[]}"#, r#"{"inner":[ ]}"#] {
            assert!(inner(none).expect("an object").is_none(), "{none}");
        }
        for wrong in ["", "[]", "null", "[{}]", r#"{"inner":["12.50"]}"#, r#"{"inner":"x"}"#, r#"{"inner":1}"#, "{"] {
            assert!(inner(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_repeats_nothing() {
        for wrong in [r#"{"inner":{"amount":{"geheim":1}}}"#, r#"{"inner":"geheim"}"#, r#"{"geheim"}"#] {
            let message = read::<Outer>(wrong.as_bytes()).expect_err("a wrong one");
            assert!(!message.contains("geheim"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = read::<Outer>(&body);
        }
    }
}
