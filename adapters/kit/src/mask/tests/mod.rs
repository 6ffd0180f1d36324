//! Masking: nothing that is named survives, whatever the text around it looks like.

mod forms;
mod nested;
mod xml;

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
