//! Requests, byte for byte, and what cannot be one.

use proptest::prelude::*;
use url::Url;

use super::super::BuildError;
use super::*;
use crate::{Destination, Request};

fn sent(operation: &Operation<'_>) -> Result<Request, BuildError> {
    operation.request(Url::parse("https://bank.example/pay.asmx").expect("a url"), Destination::Trusted, None)
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name).map(|value| value.to_str().expect("text"))
}

#[test]
fn soap_11_has_its_action_in_a_header() {
    let fields = [("Mobile", "0912345678"), ("PW", "a<b&c\"d'>\r\n"), ("Amount", "")];
    let request = sent(&operation(Version::Soap11, Form::Qualified, &fields)).expect("a request");
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(header(&request, "content-type"), Some("text/xml; charset=utf-8"));
    assert_eq!(header(&request, "soapaction"), Some("\"http://tempuri.org/Pay\""));
    assert_eq!(header(&request, "accept"), Some("text/xml"));
    let body = concat!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
        r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>"#,
        r#"<Pay xmlns="http://tempuri.org/"><Mobile>0912345678</Mobile>"#,
        "<PW>a&lt;b&amp;c&quot;d&apos;&gt;&#13;\n</PW><Amount></Amount></Pay>",
        "</soap:Body></soap:Envelope>"
    );
    assert_eq!(std::str::from_utf8(&request.body), Ok(body));
}

#[test]
fn soap_12_has_its_action_in_the_media_type() {
    let fields = [("b", "2"), ("a", "1")];
    let request = sent(&operation(Version::Soap12, Form::Unqualified, &fields)).expect("a request");
    let content = "application/soap+xml; charset=utf-8; action=\"http://tempuri.org/Pay\"";
    assert_eq!(header(&request, "content-type"), Some(content));
    assert_eq!(header(&request, "soapaction"), None);
    assert_eq!(header(&request, "accept"), Some("application/soap+xml"));
    let body = concat!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
        r#"<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>"#,
        r#"<op:Pay xmlns:op="http://tempuri.org/"><b>2</b><a>1</a></op:Pay></soap:Body></soap:Envelope>"#
    );
    assert_eq!(std::str::from_utf8(&request.body), Ok(body));
}

#[test]
fn an_empty_action_is_an_empty_header_or_none() {
    let without = |version| Operation { action: "", ..operation(version, Form::Qualified, &[]) };
    let request = sent(&without(Version::Soap11)).expect("a request");
    assert_eq!(header(&request, "soapaction"), Some("\"\""));
    let request = sent(&without(Version::Soap12)).expect("a request");
    assert_eq!(header(&request, "content-type"), Some("application/soap+xml; charset=utf-8"));
}

#[test]
fn what_cannot_be_written_is_refused_and_not_repeated() {
    let refused = |changed: Operation<'_>| sent(&changed).expect_err("cannot be written");
    let whole = operation(Version::Soap11, Form::Qualified, &[]);
    for illegal in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
        let text = format!("geheim{illegal}");
        let fields = [("PW", text.as_str())];
        let error = refused(operation(Version::Soap11, Form::Qualified, &fields));
        assert_eq!(error, BuildError::Text("PW".to_owned()));
        assert!(!error.to_string().contains("geheim"));
    }
    for name in ["", "a b", "a:b", "1a", "-a", "a>", "a/", "<"] {
        assert_eq!(refused(Operation { name, ..whole }), BuildError::Name(name.to_owned()));
        let fields = [(name, "x")];
        assert_eq!(refused(Operation { fields: &fields, ..whole }), BuildError::Name(name.to_owned()));
    }
    for namespace in ["", "a b", "a\n", "a\0"] {
        assert_eq!(refused(Operation { namespace, ..whole }), BuildError::Namespace("Pay".to_owned()));
    }
    for action in ["a\"b", "a\\b", "a\r\nX: y", "ا", "\0"] {
        for version in VERSIONS {
            assert_eq!(refused(Operation { action, version, ..whole }), BuildError::Action("Pay".to_owned()));
        }
    }
}

#[test]
fn a_namespace_is_escaped() {
    let namespace = "http://x/?a=1&b=\"<";
    let operation = Operation { namespace, ..operation(Version::Soap11, Form::Qualified, &[("a", "1")]) };
    let document = operation.envelope(None).expect("a document");
    assert!(document.contains(r#"xmlns="http://x/?a=1&amp;b=&quot;&lt;""#), "{document}");
    let answer = read(Version::Soap11, document.as_bytes(), namespace, "Pay").expect("an answer");
    assert_eq!(answer.required("a"), Ok("1"));
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(texts in prop::collection::vec(any::<String>(), 1..4), two in any::<bool>(), form in any::<bool>()) {
        let version = VERSIONS[usize::from(two)];
        let form = if form { Form::Qualified } else { Form::Unqualified };
        let names = ["first", "Second", "third.one"];
        let fields: Vec<_> = names.iter().zip(&texts).map(|(name, text)| (*name, text.as_str())).collect();
        let built = operation(version, form, &fields).envelope(None);
        if let Some(name) = fields.iter().find(|(_, text)| !text.chars().all(super::super::text::is_legal)) {
            prop_assert_eq!(built, Err(BuildError::Text(name.0.to_owned())));
            return Ok(());
        }
        let read = read(version, built.expect("a document").as_bytes(), NAMESPACE, "Pay").expect("an answer");
        for (name, text) in fields {
            prop_assert_eq!(read.required(name), Ok(text));
        }
    }

    #[test]
    fn white_space_and_markup_come_back_as_they_were(text in "[ \t\r\n<>&'\"\\]x;#-]{0,12}") {
        let fields = [("a", text.as_str())];
        let document = operation(Version::Soap11, Form::Qualified, &fields).envelope(None).expect("a document");
        let read = read(Version::Soap11, document.as_bytes(), NAMESPACE, "Pay").expect("an answer");
        prop_assert_eq!(read.required("a"), Ok(text.as_str()));
    }
}
