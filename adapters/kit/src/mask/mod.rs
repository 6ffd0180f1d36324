//! Masking: no secret, card number or token reaches a log, whatever shape the text around it has.

use std::borrow::Cow;

use http::HeaderMap;
use url::Url;

use crate::Secrets;

/// The longest body that a log row keeps.
pub const BODY_LIMIT: usize = 16 * 1024;

const MASK: &str = "***";
const ALWAYS_HEADERS: &[&str] =
    &["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-token", "x-csrf-token"];

fn names(list: &[&str], name: &str) -> bool {
    list.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

/// The URL without user, password, and with secret parameters and segments masked.
pub fn url(url: &Url, secrets: &Secrets) -> String {
    let mut shown = url.clone();
    // A URL that cannot have credentials has none to remove.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if hidden_in(url, secrets).next().is_some() {
        let segments: Vec<Cow<'_, str>> = url.path().split('/').map(|segment| masked(segment, secrets)).collect();
        shown.set_path(&segments.join("/"));
    }
    if shown.query().is_some() && !secrets.query.is_empty() {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if names(secrets.query, &name) { MASK.to_owned() } else { value.into_owned() };
                (name.into_owned(), value)
            })
            .collect();
        shown.query_pairs_mut().clear().extend_pairs(pairs);
    }
    shown.into()
}

/// What a segment of a path hides, if it hides anything.
fn hidden<'a>(segment: &'a str, secrets: &Secrets) -> Option<&'a str> {
    let rest = secrets.path.iter().find_map(|beginning| segment.strip_prefix(beginning));
    rest.filter(|rest| !rest.is_empty())
}

fn hidden_in<'a>(url: &'a Url, secrets: &'a Secrets) -> impl Iterator<Item = &'a str> {
    // Nearly every provider hides nothing there.
    let path = if secrets.path.is_empty() { "" } else { url.path() };
    path.split('/').filter_map(|segment| hidden(segment, secrets))
}

fn masked<'a>(segment: &'a str, secrets: &Secrets) -> Cow<'a, str> {
    match hidden(segment, secrets) {
        Some(rest) => format!("{}{MASK}", &segment[..segment.len() - rest.len()]).into(),
        None => segment.into(),
    }
}

/// The text without what the path of the call's own URL hides: a redirect or an error page may repeat it.
///
/// It looks for the longest run of letters and digits in it, since what stands between may be written in other ways.
/// `None` where the text repeats nothing.
pub fn without_path(text: &[u8], url: &Url, secrets: &Secrets) -> Option<String> {
    let mut out: Option<String> = None;
    for hidden in hidden_in(url, secrets) {
        let pieces = hidden.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter));
        let Some(piece) = pieces.max_by_key(|piece| piece.len()).filter(|piece| !piece.is_empty()) else { continue };
        let shown = out.as_deref().map_or_else(|| String::from_utf8_lossy(text), Cow::Borrowed);
        if shown.contains(piece) {
            out = Some(shown.replace(piece, MASK));
        }
    }
    out
}

/// The headers as a JSON object, secret ones masked.
pub fn headers(headers: &HeaderMap, secret: &[&str]) -> String {
    let mut object = String::with_capacity(128);
    object.push('{');
    for (name, value) in headers {
        if object.len() > 1 {
            object.push(',');
        }
        let hidden = names(ALWAYS_HEADERS, name.as_str()) || names(secret, name.as_str());
        let shown = if hidden { MASK.into() } else { String::from_utf8_lossy(value.as_bytes()) };
        push_quoted(&mut object, name.as_str());
        object.push(':');
        push_quoted(&mut object, &shown);
    }
    object.push('}');
    object
}

/// A JSON string. Nearly every header is plain text and is copied as it is.
fn push_quoted(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::Value::from(text).to_string());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// The body as text: the values of secret keys and whatever looks like a card number masked, cut at 16 KiB.
///
/// It reads the text once from left to right and needs no valid JSON: a truncated or wrong body is masked as well.
pub fn body(bytes: &[u8], secret: &[&str]) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let mut masked = card_numbers(keys(text, secret));
    if masked.len() > BODY_LIMIT {
        let end = masked.floor_char_boundary(BODY_LIMIT);
        masked.truncate(end);
        masked.push('…');
    }
    // PostgreSQL's text has no NUL.
    if masked.contains('\0') { Some(masked.replace('\0', "\u{fffd}")) } else { Some(masked) }
}

/// A sentence for a log, masked and cut like a body: it may quote one.
pub fn text(sentence: &str, secret: &[&str]) -> String {
    body(sentence.as_bytes(), secret).unwrap_or_default()
}

/// Any quote may begin a key: a stray one, or JSON inside a string of JSON, must not shift which is which.
///
/// It runs over every body of every call: only a text in which something is hidden is built anew.
fn keys(text: String, secret: &[&str]) -> String {
    let mut out: Option<String> = None;
    let mut copied = 0;
    let mut open = quote(&text, 0);
    while let Some(start) = open {
        let Some(end) = quote(&text, start + 1) else { break };
        open = Some(end);
        if !names(secret, text[start + 1..end].trim_end_matches('\\')) {
            continue;
        }
        let Some(value) = text[end + 1..].trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        let out = out.get_or_insert_with(|| String::with_capacity(text.len()));
        out.push_str(&text[copied..end]);
        out.push_str("\":\"");
        out.push_str(MASK);
        out.push('"');
        copied = text.len() - value.len() + value[..value_end(value)].trim_end().len();
        open = quote(&text, copied);
    }
    match out {
        Some(mut out) => {
            out.push_str(&text[copied..]);
            out
        }
        None => text,
    }
}

/// Where the next quote stands.
fn quote(text: &str, from: usize) -> Option<usize> {
    text.as_bytes()[from..].iter().position(|byte| *byte == b'"').map(|index| from + index)
}

/// Where the string that starts the text ends, its closing quote included.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where the JSON value that starts the text ends; a text that is cut ends with it.
fn value_end(text: &str) -> usize {
    if text.starts_with('"') {
        return string_end(text);
    }
    let (mut depth, mut index) = (0usize, 0usize);
    while index < text.len() {
        match text.as_bytes()[index] {
            b'"' => {
                index += string_end(&text[index..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return if depth == 1 { index + 1 } else { index },
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return index,
            _ => {}
        }
        index += 1;
    }
    text.len()
}

/// Masks runs of 16 to 19 digits that pass the Luhn check.
fn card_numbers(text: String) -> String {
    let bytes = text.as_bytes();
    let mut out: Option<String> = None;
    let (mut index, mut copied) = (0, 0);
    while index < bytes.len() {
        if !bytes[index].is_ascii_digit() {
            index += 1;
            continue;
        }
        let start = index;
        while index < bytes.len() && bytes[index].is_ascii_digit() {
            index += 1;
        }
        if (16..=19).contains(&(index - start)) && luhn(&bytes[start..index]) {
            let out = out.get_or_insert_with(|| String::with_capacity(text.len()));
            out.push_str(&text[copied..start]);
            out.push_str(MASK);
            copied = index;
        }
    }
    match out {
        Some(mut out) => {
            out.push_str(&text[copied..]);
            out
        }
        None => text,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') * if index % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[&str] = &["SecureHash", "otp"];

    fn masked(text: &str) -> String {
        body(text.as_bytes(), SECRET).unwrap_or_default()
    }

    #[test]
    fn secret_keys_are_masked_at_any_depth_and_case() {
        assert_eq!(
            masked(r#"{"a":1,"SecureHash":"AB\"C","b":[{"OTP":1234}]}"#),
            r#"{"a":1,"SecureHash":"***","b":[{"OTP":"***"}]}"#
        );
        assert_eq!(masked(r#"{"otp" : {"x":["]"]} , "y":2}"#), r#"{"otp":"***" , "y":2}"#);
    }

    #[test]
    fn a_truncated_body_is_masked_too() {
        assert_eq!(masked(r#"{"otp":"12"#), r#"{"otp":"***""#);
        assert_eq!(masked(r#"{"otp":"#), r#"{"otp":"***""#);
        assert_eq!(masked(r#"{"ot"#), r#"{"ot"#);
    }

    #[test]
    fn card_numbers_are_masked_anywhere() {
        assert_eq!(masked("card 6395043835180860 ok"), "card *** ok");
        assert_eq!(masked("20250131153045 10081014649"), "20250131153045 10081014649");
    }

    #[test]
    fn urls_and_headers_keep_their_names() {
        let target = Url::parse("https://u:p@host/x?kod=1&sifre=geheim").expect("a url");
        let secrets = Secrets { query: &["sifre"], ..Secrets::default() };
        assert_eq!(url(&target, &secrets), "https://host/x?kod=1&sifre=***");
        let mut map = HeaderMap::new();
        map.insert("authorization", "Bearer x".parse().expect("a value"));
        assert_eq!(headers(&map, &[]), r#"{"authorization":"***"}"#);
    }

    #[test]
    fn the_rest_of_a_secret_segment_is_masked() {
        let secrets = Secrets { path: &["bot"], ..Secrets::default() };
        for (given, shown) in [
            ("https://host/bot123:AA-b_c/sendMessage", "https://host/bot***/sendMessage"),
            ("https://host/mock/bot123:AA/send?x=1", "https://host/mock/bot***/send?x=1"),
            ("https://host/bot123%3AAA", "https://host/bot***"),
            ("https://host/bot/robot1/a%20b", "https://host/bot/robot1/a%20b"),
            ("https://host", "https://host/"),
        ] {
            assert_eq!(url(&Url::parse(given).expect("a url"), &secrets), shown);
        }
    }

    #[test]
    fn what_a_path_hides_is_found_in_a_text() {
        let secrets = Secrets { path: &["bot"], ..Secrets::default() };
        let target = Url::parse("https://host/bot1234567:AAfL0-x_y/send").expect("a url");
        let shown = |text: &str| without_path(text.as_bytes(), &target, &secrets);
        assert_eq!(shown("no /bot1234567:AAfL0-x_y/send here").as_deref(), Some("no /bot1234567:***/send here"));
        assert_eq!(shown("bot1234567%3AAAfL0-x_y, AAfL0-x_y").as_deref(), Some("bot1234567%3A***, ***"));
        assert_eq!(shown("id 1234567"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_masked_without_panic(text in "\\PC{0,80}") {
            let _ = masked(&text);
        }

        #[test]
        fn a_planted_secret_never_survives(before in "[a-z0-9,:{}\\[\\] ]{0,20}", secret in "[A-F0-9]{12}") {
            let text = format!("{before}{{\"SecureHash\":\"{secret}\"}}");
            proptest::prop_assert!(!masked(&text).contains(&secret));
        }
    }
}
