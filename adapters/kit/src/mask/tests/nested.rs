//! One shape in another: XML in JSON, JSON in XML, forms in both, and texts that mean to confuse.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{SECRET, masked};

fn all(cases: &[(&str, &str)]) {
    for (given, shown) in cases {
        assert_eq!(masked(given), *shown, "{given}");
    }
}

#[test]
fn xml_in_a_string_of_json() {
    all(&[
        (r#"{"a":"<otp>1234</otp>","b":1}"#, r#"{"a":"<otp>***</otp>","b":1}"#),
        // PHP writes slashes so, .NET and Go angle brackets, Java entities on top of it.
        (r#"{"a":"<x><otp>12<\/otp><\/x>","b":1}"#, r#"{"a":"<x><otp>***<\/otp><\/x>","b":1}"#),
        (r#"{"a":"\u003cotp\u003e12\u003c/otp\u003e","b":1}"#, r#"{"a":"\u003cotp\u003e***\u003c/otp\u003e","b":1}"#),
        (r#"{"a":"\u003cotp>12\u003C\/otp>","b":1}"#, r#"{"a":"\u003cotp>***\u003C\/otp>","b":1}"#),
        (
            r#"{"a":"\u003cotp\u003e12\\u003c/otp\\u003e3\u003c/otp\u003e4"}"#,
            r#"{"a":"\u003cotp\u003e***\u003c/otp\u003e4"}"#,
        ),
        (r#"{"a":"&lt;otp&gt;12&lt;\/otp&gt;","b":1}"#, r#"{"a":"&lt;otp&gt;***&lt;\/otp&gt;","b":1}"#),
        (
            r#"{"a":"\u0026lt;otp\u0026gt;12\u0026lt;/otp\u0026gt;3"}"#,
            r#"{"a":"\u0026lt;otp\u0026gt;***\u0026lt;/otp\u0026gt;3"}"#,
        ),
        (r#"{"a":"<otp b=\"12\">34<\/otp>5"}"#, r#"{"a":"<otp ***>***<\/otp>5"}"#),
        (r#"{"a":"<l otp=\"12\" b=\"3\"/>","otp":"4"}"#, r#"{"a":"<l otp=\"***\" b=\"3\"/>","otp":"***"}"#),
        (r#"{"a":"<otp>12","b":1}"#, r#"{"a":"<otp>***"#),
        (
            r#"{"a":"<otp>1</otp>","otp":"2","c":"<otp>3</otp>"}"#,
            r#"{"a":"<otp>***</otp>","otp":"***","c":"<otp>***</otp>"}"#,
        ),
        (r#"{"otp":"<b>12</b>","c":3}"#, r#"{"otp":"***","c":3}"#),
    ]);
}

#[test]
fn json_in_xml() {
    all(&[
        (r#"<r>{"otp":"12","b":3}</r>"#, r#"<r>{"otp":"***","b":3}</r>"#),
        (r#"<r><![CDATA[{"otp":12}]]></r>"#, r#"<r><![CDATA[{"otp":"***"}]]></r>"#),
        ("<r>{&quot;otp&quot;:&quot;1,&quot;,&quot;b&quot;:3}</r><s>4</s>", "<r>{&quot;otp&quot;:***</r><s>4</s>"),
        ("<r>{&quot;otp&quot; : 12", "<r>{&quot;otp&quot; :***"),
        ("<r>&quot;otp&quot;, &quot;a&quot;</r>", "<r>&quot;otp&quot;, &quot;a&quot;</r>"),
    ]);
}

#[test]
fn json_in_a_field_of_a_form() {
    all(&[
        ("a=%7B%22otp%22%3A%2212%22%7D&b=3", "a=%7B%22otp%22%3A***&b=3"),
        ("a=%7B%22otp%22+:1&b=3", "a=%7B%22otp%22+:1&b=3"),
        ("a=%3Cotp%3E12%3C%2Fotp%3E3&b=4", "a=%3Cotp%3E***%3C%2Fotp%3E3&b=4"),
        ("a=%3cx%3Aotp+b%3D%221%22%3E2%3C%2Fx%3Aotp%3E3&b=4", "a=%3cx%3Aotp ***%3E***%3C%2Fx%3Aotp%3E3&b=4"),
        ("a=%26lt%3Botp%26gt%3B12%26lt%3B%2Fotp%26gt%3B3&b=4", "a=%26lt%3Botp%26gt%3B***%26lt%3B%2Fotp%26gt%3B3&b=4"),
    ]);
}

#[test]
fn json_in_a_string_of_json() {
    all(&[
        (r#"{"a":"{\"otp\":\"12\"}","b":3}"#, r#"{"a":"{\"otp\":"***","b":3}"#),
        (r#"{"a":"{\u0022otp\u0022:\u00221,2}\u0022}","b":3}"#, r#"{"a":"{\u0022otp\u0022:***","b":3}"#),
        (r#"{"\u006ftp":"12","b":3}"#, r#"{"\u006ftp":"***","b":3}"#),
    ]);
}

#[test]
fn a_form_in_a_string_of_json() {
    all(&[
        (r#"{"url":"https://x/?a=1&otp=12&b=2","c":3}"#, r#"{"url":"https://x/?a=1&otp=***&b=2","c":3}"#),
        (r#"{"url":"https:\/\/x\/?otp=12","c":3}"#, r#"{"url":"https:\/\/x\/?otp=***","c":3}"#),
        (
            r#"{"url":"x?a\u003d1\u0026otp\u003d12\u0026b\u003d2"}"#,
            r#"{"url":"x?a\u003d1\u0026otp\u003d***\u0026b\u003d2"}"#,
        ),
        (r#"{"why":"failed\notp=12","c":3}"#, r#"{"why":"failed\notp=***","c":3}"#),
        (r#"{"why":"C:\\otp=12","c":3}"#, r#"{"why":"C:\\otp=***","c":3}"#),
        (r#"{"why":"say \"otp=12\" so","c":3}"#, r#"{"why":"say \"otp=***\" so","c":3}"#),
        // A string that ends behind the sign must not take the next key with it.
        (r#"{"a":"otp=","otp":"12","c":3}"#, r#"{"a":"otp=***","otp":"***","c":3}"#),
        (r#"{"a":"otp=", "b":"x","otp":12}"#, r#"{"a":"otp=***", "b":"x","otp":"***"}"#),
        (r#"["otp=","b"]"#, r#"["otp=***","b"]"#),
        ("<url>https://x?a=1&amp;otp=12</url><b>3</b>", "<url>https://x?a=1&amp;otp=***</url><b>3</b>"),
    ]);
}

#[test]
fn what_is_masked_stays_as_it_is() {
    for text in [
        r#"{"otp":"***","b":1}"#,
        "<otp>***</otp>",
        "<otp ***>***</otp>",
        "otp=***&a=1",
        "<a otp=\"***\"/>",
        "{&quot;otp&quot;:***</r>",
    ] {
        assert_eq!(masked(text), text);
    }
}

/// What a provider may answer is read in a time that grows with its length, and not with its square.
#[test]
fn no_text_takes_long() {
    let parts = [
        "\"",
        "<",
        "=",
        "%3D",
        "\\",
        "&amp;",
        "%25",
        "&",
        "otp=",
        "otp=\"",
        "otp=\"x",
        "otp=\",",
        "<otp",
        "<otp>",
        "<otp/>",
        "<otp a='",
        "\"otp\":",
        "\"otp\":[",
        "<![CDATA[",
        "<a b='",
        "otp=\\\",",
        "&lt;otp&gt;",
        "&quot;otp&quot;:",
        "a.",
        "[",
        " ",
        "\\\"",
        "otp ",
        "<otp></otp>",
        "a",
        "\u{644}",
    ];
    for part in parts {
        for before in ["", "\"", "<otp>", "otp=\"", "=", "<otp a="] {
            let text = format!("{before}{}", part.repeat(100_000 / part.len()));
            let began = Instant::now();
            let _ = masked(&text);
            assert!(began.elapsed() < Duration::from_secs(5), "{before}{part} took {:?}", began.elapsed());
        }
    }
}

/// Pieces of every shape.
const PIECES: &[&str] = &[
    "otp",
    "SecureHash",
    "%6ftp",
    "\"",
    "\\\"",
    "\\\\\"",
    "\\u0022",
    "&quot;",
    "%22",
    "<",
    "</",
    "/>",
    ">",
    "&lt;",
    "&gt;",
    "\\u003c",
    "%3C",
    "=",
    "%3D",
    "&",
    "&amp;",
    "%26",
    ":",
    "%3A",
    "{",
    "}",
    "[",
    "]",
    ",",
    " ",
    "\n",
    "\\",
    "%",
    "'",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<otp>",
    "</otp>",
    "\"otp\":",
    "otp=",
    "x",
    "1",
    "\u{644}",
    "\0",
    ";",
    "/",
    "#",
];

fn pieces(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..most).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_pieces_are_masked_without_panic(text in pieces(30)) {
        let _ = masked(&text);
    }

    #[test]
    fn any_bytes_are_masked_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = super::body(&bytes, SECRET);
    }

    #[test]
    fn nothing_before_it_saves_a_secret(before in pieces(12), secret in "[A-F0-9]{12}", shape in 0..4usize) {
        let text = match shape {
            0 => format!("{before}{{\"otp\":\"{secret}\"}}"),
            1 => format!("{before}<otp>{secret}</otp>"),
            2 => format!("{before}&otp={secret}&"),
            _ => format!("{before}<a otp='{secret}'/>"),
        };
        let shown = masked(&text);
        prop_assert!(!shown.contains(&secret), "{} -> {}", text, shown);
    }
}
