//! T-Lync's callback: unsigned, in JSON or as a form. It says when to ask, and never what happened.

use kit::{CallbackAddress, CallbackError, RawCallback};
use serde::Deserialize;
use url::form_urlencoded;

use crate::port::{Hint, TransactionKind};
use kit::written::Written;

#[derive(Deserialize)]
struct Notice {
    custom_ref: Written,
}

/// Whom a callback is for.
pub(super) fn address(raw: &RawCallback) -> Option<CallbackAddress> {
    Some(CallbackAddress { identity: None, wire_reference: Some(reference(&raw.body)?) })
}

/// Anybody can send one: all that comes of it is a question.
pub(super) fn read(raw: &RawCallback) -> Result<Hint, CallbackError> {
    reference(&raw.body).map(|reference| Hint::at(reference, TransactionKind::Sale)).ok_or(CallbackError::Malformed)
}

/// Any printable text: another system may share the store, and its references are none of ours.
fn reference(body: &[u8]) -> Option<String> {
    let text = if body.trim_ascii_start().first() == Some(&b'{') {
        serde_json::from_slice::<Notice>(body).ok()?.custom_ref.text().to_owned()
    } else {
        let mut references = form_urlencoded::parse(body).filter(|(name, _)| name == "custom_ref");
        match (references.next(), references.next()) {
            (Some((_, value)), None) => value.into_owned(),
            _ => return None,
        }
    };
    let plain = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
    plain.then_some(text)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use proptest::prelude::*;

    use super::*;

    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!("../../../../schemas/providers/tlync/", $name))
        };
    }

    fn posted(body: impl Into<Bytes>) -> RawCallback {
        RawCallback { headers: HeaderMap::new(), query: String::new(), body: body.into() }
    }

    #[test]
    fn every_callback_only_says_whom_to_ask_about() {
        for body in [sample!("callback.json"), sample!("callback.form"), sample!("callback_failed.json")] {
            let hint = read(&posted(body)).expect("a hint");
            assert_eq!(hint, Hint::at("jisr-0190a3f2-1", TransactionKind::Sale));
            let address = address(&posted(body)).expect("an address");
            assert_eq!((address.identity, address.wire_reference.as_deref()), (None, Some("jisr-0190a3f2-1")));
        }
    }

    #[test]
    fn what_names_nothing_is_malformed() {
        for body in [
            "",
            "{}",
            "null",
            "[\"jisr-0190a3f2-1\"]",
            "<html>",
            "{\"custom_ref\":\"\"}",
            "{\"custom_ref\":null}",
            "{\"custom_ref\":[]}",
            "{\"custom_ref\":\"a\",\"custom_ref\":\"b\"}",
            "custom_ref=",
            "custom_ref=a%00b",
            "custom_ref=a&custom_ref=b",
            "result=success",
        ] {
            assert_eq!(read(&posted(body)), Err(CallbackError::Malformed), "{body}");
            assert_eq!(address(&posted(body)), None, "{body}");
        }
        assert!(read(&posted(format!("custom_ref={}", "a".repeat(257)))).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let raw = posted(body);
            prop_assert_eq!(read(&raw).is_ok(), address(&raw).is_some());
        }
    }
}
