//! Fields of forms and of URLs, and what sentences quote of them.

use proptest::prelude::*;

use super::super::{body, text};
use super::masked;

fn all(cases: &[(&str, &str)]) {
    for (given, shown) in cases {
        assert_eq!(masked(given), *shown, "{given}");
    }
}

#[test]
fn a_field_is_masked_wherever_it_stands() {
    all(&[
        ("otp=1234", "otp=***"),
        ("a=1&OTP=1234&b=2", "a=1&OTP=***&b=2"),
        ("otp=1&otp=2&c=3", "otp=***&otp=***&c=3"),
        ("a=1;otp=2", "a=1;otp=***"),
        ("otp=&a=1", "otp=***&a=1"),
        ("otp=", "otp=***"),
        ("otp=12=34==&b=2", "otp=***&b=2"),
        ("otp=%26b%3D1&c=2", "otp=***&c=2"),
        ("otp=%221%22&c=2", "otp=***&c=2"),
        ("otp = 12&c=2", "otp = ***&c=2"),
    ]);
}

#[test]
fn a_name_is_known_however_it_is_encoded() {
    all(&[
        ("%6ftp=1234&a=1", "%6ftp=***&a=1"),
        ("a=1&%4F%54%50=1234", "a=1&%4F%54%50=***"),
        ("a=1&%256ftp=1234", "a=1&%256ftp=***"),
        ("%73ecure%48ash=1234", "%73ecure%48ash=***"),
        ("&#111;tp=1234", "&#111;tp=***"),
        (
            "card[otp]=12&card%5Botp%5D=34&otp[]=5&otp%5b0%5d=6&x=7",
            "card[otp]=***&card%5Botp%5D=***&otp[]=***&otp%5b0%5d=***&x=7",
        ),
        ("card.otp=12&ns:otp=3", "card.otp=***&ns:otp=***"),
        ("a=1&amp;otp=12&amp;b=2", "a=1&amp;otp=***&amp;b=2"),
        ("next=https%3A%2F%2Fx%3Fa%3D1%26otp%3D12%26b%3D2&c=3", "next=https%3A%2F%2Fx%3Fa%3D1%26otp%3D***%26b%3D2&c=3"),
        ("next=%2F%3Fotp%253D12%2526b&c=3", "next=%2F%3Fotp%253D***%2526b&c=3"),
        ("+otp+=12&c=3", "+otp+=***&c=3"),
        ("otp%20=12&c=3", "otp%20=***&c=3"),
    ]);
}

#[test]
fn other_fields_are_left_alone() {
    for text in [
        "otps=1",
        "xotp=1",
        "otp_x=1",
        "otp",
        "a=otp",
        "a=otp&b=1",
        "%6ftps=1",
        "otp&a=1",
        "=1",
        "otp;a=1",
        "b3Rw=",
        "b3RwPQ==",
        "otp x=1",
        "50% otp",
        "100%=1",
        "%6=1",
        "\\",
        "&",
        "%",
        "&amp",
        "&#",
        "&#;",
        "\\u00",
    ] {
        assert_eq!(masked(text), text);
    }
    assert_eq!(body(b"otp=1&<otp>2</otp>", &[]).as_deref(), Some("otp=1&<otp>2</otp>"));
}

#[test]
fn white_space_ends_no_value() {
    all(&[
        ("otp=12 34&a=1", "otp=***&a=1"),
        ("otp=12\r\n34", "otp=***"),
        ("otp=ab\"34&a=1", "otp=***&a=1"),
        ("otp=ab<34&a=1", "otp=***&a=1"),
        ("otp=\"ab\"34&a=1", "otp=\"***"),
        ("otp=\"ab 34\"&a=1", "otp=\"***\"&a=1"),
        ("otp='ab\"34'&a=1", "otp='***'&a=1"),
    ]);
}

#[test]
fn sentences_are_masked_too() {
    for (given, shown) in [
        (r#"wrong "otp=1234" for 5"#, r#"wrong "otp=***" for 5"#),
        ("GET https://x/y?otp=12&a=1 failed", "GET https://x/y?otp=***&a=1 failed"),
        ("the bank said <otp>12</otp>.", "the bank said <otp>***</otp>."),
        (r#"the bank said {"otp":12}."#, r#"the bank said {"otp":"***"}."#),
        ("#otp=12", "#otp=***"),
        ("(otp=12", "(otp=***"),
        ("user,otp=12", "user,otp=***"),
    ] {
        assert_eq!(text(given, super::SECRET), shown);
    }
}

proptest! {
    #[test]
    fn a_planted_field_never_survives(before in "[a-z<>/=\"'&;%+\\\\!\\[\\] -]{0,16}", secret in "[A-F0-9]{12}", after in "(&[a-z=]{0,8})?") {
        let text = format!("{before}&otp={secret}{after}");
        let shown = masked(&text);
        prop_assert!(!shown.contains(&secret), "{} -> {}", text, shown);
    }

    #[test]
    fn an_encoded_name_is_known(escaped in prop::collection::vec(any::<bool>(), 10), secret in "[A-F0-9]{12}") {
        let letters = "SecureHash".bytes().zip(escaped);
        let name: String = letters.map(|(byte, yes)| if yes { format!("%{byte:02x}") } else { char::from(byte).into() }).collect();
        prop_assert_eq!(masked(&format!("a=1&{name}={secret}&b=2")), format!("a=1&{name}=***&b=2"));
    }
}
