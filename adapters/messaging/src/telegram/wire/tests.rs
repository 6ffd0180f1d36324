//! Requests compared with the samples, byte for byte.

use serde_json::json;

use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/telegram/", $name)).trim_end()
    };
}

fn chat(text: &str) -> Chat<'_> {
    Chat::read(text).expect("a chat")
}

fn built(to: &str, text: &str, silent: bool) -> String {
    String::from_utf8(body(&chat(to), text, silent)).expect("JSON is UTF-8")
}

#[test]
fn a_message_as_in_the_sample() {
    let text = "Moamalat is not reachable: 5 failures in a row. <terminal> 99179395 & others * _ [";
    assert_eq!(built("-1001000000001", text, false), sample!("send_request.json"));
}

#[test]
fn a_silent_message_as_in_the_sample() {
    assert_eq!(built("@jisr_alerts", "معاملات لا تستجيب", true), sample!("send_request_silent.json"));
}

#[test]
fn a_chat_is_a_number_or_a_name() {
    assert_eq!(chat("42"), Chat::Number(42));
    assert_eq!(chat("-1001000000001"), Chat::Number(-1_001_000_000_001));
    assert_eq!(chat("@a_B9"), Chat::Name("@a_B9"));
    for wrong in ["", "0", "-", "--1", "+1", "1.5", "9223372036854775808", "@", "@a b", "name", "@اسم", " 1"] {
        assert_eq!(Chat::read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_text_is_cut_by_utf_16_units() {
    assert_eq!(cut("abc", 3), "abc");
    assert_eq!(cut("abcd", 3), "ab…");
    assert_eq!(cut("م🔴", 3), "م🔴");
    assert_eq!(cut("🔴🔴", 3), "🔴…");
    assert_eq!(cut("a🔴🔴", 4), "a🔴…");
    assert_eq!(cut("ab🔴c", 4), "ab…");
    assert_eq!(cut("", 3), "");
}

#[test]
fn the_token_stands_below_the_base_urls_path() {
    let token = Token::read(json!({"bot_token": "7000000001:AAtests-only_0123456789"})).expect("a token");
    for (base, expected) in [
        ("https://api.telegram.org", "https://api.telegram.org/bot7000000001:AAtests-only_0123456789/sendMessage"),
        (
            "http://127.0.0.1:9090/telegram/",
            "http://127.0.0.1:9090/telegram/bot7000000001:AAtests-only_0123456789/sendMessage",
        ),
    ] {
        assert_eq!(url(&base.parse().expect("a url"), &token, SEND_MESSAGE).as_str(), expected);
    }
}

proptest::proptest! {
    #[test]
    fn a_cut_text_is_short_enough_and_begins_like_the_whole(text in "\\PC{0,40}", longest in 1usize..30) {
        let short = cut(&text, longest);
        proptest::prop_assert!(short.encode_utf16().count() <= longest);
        let whole = text.encode_utf16().count() <= longest;
        proptest::prop_assert_eq!(whole, short == text);
        proptest::prop_assert!(whole || text.starts_with(short.strip_suffix(ELLIPSIS).expect("an ellipsis")));
    }

    #[test]
    fn any_text_arrives_as_it_is(text in "\\PC{1,60}") {
        let sent: serde_json::Value = serde_json::from_str(&built("1", &text, false)).expect("JSON");
        proptest::prop_assert_eq!(sent["text"].as_str(), Some(text.as_str()));
    }
}
