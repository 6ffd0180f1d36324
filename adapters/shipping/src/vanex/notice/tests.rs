//! Callbacks: the word in each place, and what is read of them.

use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/vanex/", $name))
    };
}

fn raw(header: Option<(&'static str, &str)>, query: &str, body: &str) -> RawCallback {
    let mut headers = HeaderMap::new();
    if let Some((name, value)) = header {
        headers.insert(name, value.parse().expect("a header"));
    }
    RawCallback { headers, query: query.to_owned(), body: body.to_owned().into() }
}

/// Number and reference.
type Named = (Option<String>, Option<String>);

fn told(raw: &RawCallback) -> Result<Vec<Named>, CallbackError> {
    let told = read(raw, Some(&SecretString::from("geheim")))?;
    assert!(told.malformed.is_empty() && told.entries.iter().all(|entry| entry.entry.is_none()), "hints alone");
    Ok(told.entries.into_iter().map(|entry| (entry.number, entry.reference)).collect())
}

#[test]
fn the_word_is_found_in_each_place() {
    let body = sample!("callback.json");
    let own = Ok(vec![(Some("H-13903-TIP-5885703".to_owned()), None)]);
    for (name, value) in [
        ("x-webhook-token", "geheim"),
        ("authorization", "Bearer geheim"),
        ("authorization", "geheim"),
        ("token", "geheim"),
    ] {
        assert_eq!(told(&raw(Some((name, value)), "", body)), own, "{name}");
        assert_eq!(told(&raw(Some((name, "falsch")), "", body)), Err(CallbackError::Forged), "{name}");
    }
    assert_eq!(told(&raw(None, "a=b&token=geheim", body)), own);
    assert_eq!(told(&raw(None, "", r#"{"token":"geheim","package_code":"H-13903-TIP-5885703"}"#)), own);
    for forged in ["", "Bearer", "geheim2", "geh", "GEHEIM"] {
        assert_eq!(told(&raw(Some(("token", forged)), "token=", body)), Err(CallbackError::Forged), "{forged}");
    }
}

#[test]
fn several_packages_and_none() {
    let proof = Some(("x-webhook-token", "geheim"));
    let read_it = |body: &str| told(&raw(proof, "", body));
    let first = (Some("H-13903-TIP-5885703".to_owned()), Some("jisr-0190a3f2-s1".to_owned()));
    let second = (Some("H-13903-TIP-5885704".to_owned()), None);
    assert_eq!(read_it(sample!("callback_packages.json")), Ok(vec![first, second]));
    for malformed in ["", "{}", "[]", "<x>", r#"{"packages":[]}"#, r#"{"status":"delivered"}"#] {
        assert_eq!(read_it(malformed), Err(CallbackError::Malformed), "{malformed}");
    }
    let nobody = read(&raw(proof, "", sample!("callback.json")), None);
    assert_eq!(nobody, Err(CallbackError::Unsupported), "without a word nothing is believed");
}
