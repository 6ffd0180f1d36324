//! Documents that must be refused: cut, wrong, or made to do harm. None of them is answered in part.

use proptest::prelude::*;

use super::*;

#[test]
fn a_document_that_is_cut_anywhere_is_no_answer() {
    let whole = response("<R a='1'>5000<!-- c --><![CDATA[x]]>&amp;</R><S/>");
    assert!(pay(&whole).is_ok());
    for end in 0..whole.len() {
        refused(&whole[..end]);
    }
}

#[test]
fn a_dtd_and_entities_are_refused() {
    let after = response("<R>1</R>").replacen("?>", "?>{}", 1);
    let with = |middle: &str| refused(&after.replace("{}", middle));
    assert_eq!(with("<!DOCTYPE x>"), "it has a DTD");
    assert_eq!(with("<!DOCTYPE s:Envelope SYSTEM \"http://x/y.dtd\">"), "it has a DTD");
    assert_eq!(with("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"), "it has a DTD");
    with("<!doctype html>");
    with("<!DOCTYPE");
    with("<!ENTITY a \"b\">");
    for reference in
        ["&a;", "&nbsp;", "&AMP;", "&#0;", "&#xFFFF;", "&#xD800;", "&#1;", "&#;", "&#x;", "&#-1;", "&", "& ;"]
    {
        refused(&response(&format!("<R>{reference}</R>")));
        refused(&response(&format!("<R a=\"{reference}\"/>")));
    }
}

#[test]
fn it_is_not_read_deeper_or_further_than_is_sane() {
    let nested = |depth: usize| response(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)));
    // The envelope, its body and the response stand around it.
    assert!(pay(&nested(29)).is_ok());
    assert_eq!(refused(&nested(30)), "its elements stand deeper than 32");
    refused(&nested(100_000));
    refused(&response(&"<a>".repeat(100_000)));
    assert!(pay(&response(&"<a/>".repeat(19_997))).is_ok());
    assert_eq!(refused(&response(&"<a/>".repeat(19_998))), "it has more than 20000 elements");
    let attributes = |count: usize| (0..count).map(|index| format!(" a{index}=''")).collect::<String>();
    assert!(pay(&response(&format!("<R{}/>", attributes(64)))).is_ok());
    assert_eq!(refused(&response(&format!("<R{}/>", attributes(65)))), "an element has more than 64 attributes");
    refused(&response(&format!("<R{}/>", attributes(300_000))));
    let prefixes: String = (0..300_000).map(|index| format!(" xmlns:a{index}='u'")).collect();
    refused(&response(&format!("<R{prefixes}/>")));
}

#[test]
fn an_envelope_has_one_body_with_one_element() {
    let inner = format!(r#"<PayResponse xmlns="{NAMESPACE}"/>"#);
    let soap = Version::Soap11.namespace();
    let holding = |parts: &str| format!(r#"<s:Envelope xmlns:s="{soap}">{parts}</s:Envelope>"#);
    assert!(pay(&holding(&format!("<s:Body>{inner}</s:Body>"))).is_ok());
    for (parts, what) in [
        (String::new(), "its envelope has no body"),
        ("<s:Header/>".to_owned(), "its envelope has no body"),
        ("<s:Body/>".to_owned(), "its body is empty"),
        ("<s:Body> </s:Body>".to_owned(), "its body is empty"),
        (format!("<s:Body>{inner}{inner}</s:Body>"), "its body has several elements"),
        (format!("<s:Body>{inner}<s:Fault/></s:Body>"), "its body has several elements"),
        (format!("<s:Body>{inner}</s:Body><s:Body>{inner}</s:Body>"), "something follows its body"),
        (format!("<s:Body>{inner}</s:Body><s:Header/>"), "something follows its body"),
        (format!("<s:Header/><s:Header/><s:Body>{inner}</s:Body>"), "its envelope has no body"),
        (format!("<Body>{inner}</Body>"), "its envelope has no body"),
        (format!("<s:body>{inner}</s:body>"), "its envelope has no body"),
        (format!("<s:Body>OK{inner}</s:Body>"), "there is text between its elements"),
        (format!("OK<s:Body>{inner}</s:Body>"), "there is text between its elements"),
        (format!("<s:Body>{inner}<![CDATA[x]]></s:Body>"), "there is text between its elements"),
    ] {
        assert_eq!(refused(&holding(&parts)), what, "{parts}");
    }
}

#[test]
fn it_must_be_the_response_that_was_waited_for() {
    let holding = |body: &str| refused(&envelope(Version::Soap11, body));
    assert_eq!(holding(r#"<RefundResponse xmlns="http://tempuri.org/"/>"#), "its body is no PayResponse");
    assert_eq!(holding(r#"<payresponse xmlns="http://tempuri.org/"/>"#), "its body is no PayResponse");
    for namespace in ["http://tempuri.org", "urn:else", "HTTP://tempuri.org/"] {
        let body = format!(r#"<PayResponse xmlns="{namespace}"/>"#);
        assert_eq!(holding(&body), "its PayResponse stands in another namespace");
    }
    assert_eq!(holding("<PayResponse/>"), "its PayResponse stands in another namespace");
    let other = envelope(Version::Soap12, r#"<PayResponse xmlns="http://tempuri.org/"/>"#);
    assert_eq!(refused(&other), "its envelope is of another version");
    assert_eq!(refused("<html><body>Bad gateway</body></html>"), "it has no envelope");
    refused(&response("").replace("Envelope", "envelope"));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for document in ["", " ", "OK", "{\"a\":1}", "<", "<a", "<a/>x", "<a/><b/>", "<a></b>", "</a>", "<a>&lt;</a>&lt;"] {
        refused(document);
    }
    for child in [
        "<R>]]></R>",
        "<R a=1/>",
        "<R a/>",
        "<R a='1' a='2'/>",
        "<R a='<'/>",
        "<1/>",
        "< R/>",
        "<>x</>",
        "<a:b:c/>",
        "<:a/>",
        "<o:R/>",
        "<R o:a='1'/>",
        "<R xmlns:o=''/><o:S/>",
        "<R>\u{1}</R>",
        "<R>\u{ffff}</R>",
        "<R>\0</R>",
        "<!-- a -- b --><R/>",
        "<?php x ?><R/>",
        "<?xml version='1.0'?><R/>",
        "<R></r>",
        "<R/></PayResponse>",
    ] {
        refused(&response(child));
    }
    let whole = response("<R/>");
    for document in [format!("\n{whole}"), format!("{whole}{whole}"), format!("{whole}x"), format!("x{whole}")] {
        refused(&document);
    }
}

#[test]
fn it_is_utf8_and_xml_10() {
    let whole = response("<R/>");
    for declaration in ["version='1.0'", "version='1.0' encoding='UTF-8'", "version='1.0' standalone='yes'"] {
        assert!(pay(&whole.replace(r#"version="1.0" encoding="utf-8""#, declaration)).is_ok(), "{declaration}");
    }
    for declaration in ["version='1.1'", "encoding='utf-8'", "", "version='1.0' encoding='windows-1256'"] {
        refused(&whole.replace(r#"version="1.0" encoding="utf-8""#, declaration));
    }
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(whole.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin = [response("<R>").as_bytes(), b"\xe9"].concat();
    for bytes in [wide, latin, b"\xef\xbb".to_vec(), format!("\u{feff}\u{feff}{whole}").into_bytes()] {
        let read = read(Version::Soap11, &bytes, NAMESPACE, "PayResponse");
        assert!(matches!(read, Err(SoapError::Malformed(_))), "{read:?}");
    }
}

#[test]
fn what_is_said_of_a_document_quotes_nothing_of_it() {
    for document in [
        "<geheim></a>".to_owned(),
        "<a></geheim x>".to_owned(),
        response("<R>&geheim;</R>"),
        response("<R geheim=1/>"),
        response("<geheim:R/>"),
        response("<R xmlns:xml='geheim'/>"),
        response("<R a='&geheim;'/>"),
        "<?xml version='geheim'?><a/>".to_owned(),
        "<?xml geheim='1'?><a/>".to_owned(),
        envelope(Version::Soap11, "<geheim/>"),
    ] {
        let what = refused(&document);
        assert!(!what.contains("geheim"), "{what}");
    }
}

/// Pieces of which documents are made, whole and broken.
const PIECES: &[&str] = &[
    "<?xml version=\"1.0\"?>",
    "<?",
    "?>",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE",
    "<!D",
    "<!",
    "[",
    "]",
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">",
    "</s:Envelope>",
    "<s:Body>",
    "</s:Body>",
    "<PayResponse xmlns=\"http://tempuri.org/\">",
    "</PayResponse>",
    "<R>",
    "</R>",
    "<R/>",
    "<",
    ">",
    "/",
    "</",
    "/>",
    "\"",
    "'",
    "=",
    " ",
    "\n",
    "&",
    ";",
    "&#",
    "&#x",
    "&lt;",
    "&amp;",
    "a",
    ":",
    "xmlns",
    "xmlns:a=\"",
    "i:nil",
    "1",
    "\u{feff}",
    "ل",
    "\0",
];

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for version in VERSIONS {
            prop_assert!(matches!(read(version, &bytes, NAMESPACE, "PayResponse"), Err(SoapError::Malformed(_))));
        }
    }

    #[test]
    fn any_pieces_are_read_without_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let _ = pay(&pieces.concat());
        let _ = pay(&response(&pieces.concat()));
    }

    #[test]
    fn a_document_with_a_changed_byte_is_read_without_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut document = response("<R a='1'>5<!-- c --><![CDATA[x]]>&amp;&#65;</R><S/>").into_bytes();
        let at = at.index(document.len());
        document[at] = byte;
        let _ = read(Version::Soap11, &document, NAMESPACE, "PayResponse");
    }
}
