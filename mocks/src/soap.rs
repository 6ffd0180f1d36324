//! SOAP 1.1: reads an envelope and writes answers and faults.

use axum::http::StatusCode;

use crate::{
    exchange::{Answer, Received},
    xml::{self, Element},
};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const CONTENT_TYPE: &str = "text/xml; charset=utf-8";
/// The namespace of WS-Security's elements.
pub(crate) const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// How a password is marked that stands there as it is.
pub(crate) const PASSWORD_TEXT: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText";

/// A request.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// What stands before the body, if anything does.
    pub(crate) header: Option<Element>,
    /// The one element of the body.
    pub(crate) body: Element,
    /// `SOAPAction` without its quotes.
    pub(crate) action: String,
}

impl Envelope {
    /// Reads a request of SOAP 1.1: POST of `text/xml` with a quoted `SOAPAction`.
    pub(crate) fn read(request: &Received) -> Result<Self, String> {
        if request.parts.method != axum::http::Method::POST || request.content_type() != "text/xml" {
            return Err("SOAP 1.1 is a POST of text/xml".to_owned());
        }
        let action = request.parts.headers.get("soapaction").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let action = action.strip_prefix('"').and_then(|action| action.strip_suffix('"'));
        let action = action.ok_or("SOAPAction is not there, or not in quotes")?.to_owned();
        let mut root = xml::read(&request.body)?;
        if (root.namespace.as_str(), root.name.as_str()) != (ENVELOPE, "Envelope") {
            return Err("the root is no Envelope of SOAP 1.1".to_owned());
        }
        let is = |element: &Element, name| element.namespace == ENVELOPE && element.name == name;
        let body = root.children.pop().filter(|last| is(last, "Body")).ok_or("there is no Body at the end")?;
        let header = root.children.pop();
        if header.as_ref().is_some_and(|first| !is(first, "Header")) || !root.children.is_empty() {
            return Err("there is more than Header and Body".to_owned());
        }
        let [body] = <[Element; 1]>::try_from(body.children).map_err(|_| "the Body has not one element")?;
        Ok(Self { header, body, action })
    }

    /// Name and password of WS-Security's `UsernameToken`, as text.
    pub(crate) fn username_token(&self) -> Option<(&str, &str)> {
        let security = self.header.as_ref()?.child(SECURITY, "Security")?;
        let token = security.child(SECURITY, "UsernameToken")?;
        let (name, password) = (token.child(SECURITY, "Username")?, token.child(SECURITY, "Password")?);
        (password.attribute("Type") == Some(PASSWORD_TEXT)).then_some((name.text.as_str(), password.text.as_str()))
    }
}

/// An answer whose body is this element.
pub(crate) fn answer(status: StatusCode, body: &str) -> Answer {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<soap:Envelope xmlns:soap=\"{ENVELOPE}\"><soap:Body>{body}</soap:Body>\
         </soap:Envelope>"
    );
    Answer::new(status, CONTENT_TYPE, document)
}

/// An element `name` of a namespace with these children in this order, each holding its text.
pub(crate) fn element(namespace: &str, name: &str, texts: &[(&str, &str)]) -> String {
    let child = |(name, text): &(&str, &str)| format!("<{name}>{}</{name}>", xml::escape(text));
    let children: String = texts.iter().map(child).collect();
    format!("<{name} xmlns=\"{namespace}\">{children}</{name}>")
}

/// A fault, with HTTP 500. `code` is `Client` or `Server`, or another with its prefix, such as `wsse:FailedAuthentication`.
pub(crate) fn fault(code: &str, text: &str) -> Answer {
    let code = if code.contains(':') { code.to_owned() } else { format!("soap:{code}") };
    let declared = if code.starts_with("wsse:") { format!(" xmlns:wsse=\"{SECURITY}\"") } else { String::new() };
    let text = xml::escape(text);
    let body =
        format!("<soap:Fault><faultcode{declared}>{code}</faultcode><faultstring>{text}</faultstring></soap:Fault>");
    answer(StatusCode::INTERNAL_SERVER_ERROR, &body)
}
