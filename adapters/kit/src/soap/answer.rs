//! Reading an answer: the one response that was waited for, or why there is none.

use super::document::{self, Element};
use super::text::{is_blank, is_name};
use super::{Answer, Version};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoapError {
    /// The provider answered with a fault. Both are empty where it does not say them.
    #[error("the provider answered with the fault {code}: {reason}")]
    Fault {
        /// `faultcode`, or `Value` of `Code`, without a prefix: `Client`, `Server.Busy`, `Receiver`.
        code: String,
        /// `faultstring`, or the first `Text` of `Reason`.
        reason: String,
    },
    /// Not what SOAP answers, or cut. It quotes nothing of the document, so nobody knows what the provider has done.
    #[error("the answer is no SOAP that can be read: {0}")]
    Malformed(String),
}

/// Reads an envelope whose body is `response` (by its local name) in `namespace`.
///
/// It takes UTF-8 with or without a BOM, any prefixes, CDATA, comments, and a header, which it passes over.
///
/// # Errors
///
/// * [`SoapError::Fault`] where the body is a fault.
/// * [`SoapError::Malformed`] for everything else: a document that is cut or not well-formed, has a DTD or a processing
///   instruction, refers to entities, is too deep or too large, or is not in UTF-8; an envelope of the other version;
///   no body, or one with nothing, with several elements, with another name or namespace, or `xsi:nil`.
pub fn read(version: Version, body: &[u8], namespace: &str, response: &str) -> Result<Answer, SoapError> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|_| SoapError::Malformed("it is not in UTF-8".to_owned()))?;
    let envelope = document::parse(text).map_err(SoapError::Malformed)?;
    let content = content(envelope, version.namespace())?;
    if content.is(version.namespace(), "Fault") {
        return Err(fault(version, &content));
    }
    if content.name != response {
        return Err(SoapError::Malformed(format!("its body is no {response}")));
    }
    if content.namespace != namespace {
        return Err(SoapError::Malformed(format!("its {response} stands in another namespace")));
    }
    if content.is_nil {
        return Err(SoapError::Malformed(format!("its {response} is nil")));
    }
    Ok(content)
}

/// The one element in the body of the envelope.
fn content(envelope: Element, soap: &str) -> Result<Element, SoapError> {
    let malformed = |what: &str| SoapError::Malformed(what.to_owned());
    if envelope.name != "Envelope" {
        return Err(malformed("it has no envelope"));
    }
    if envelope.namespace != soap {
        return Err(malformed("its envelope is of another version"));
    }
    let mut parts = envelope.children.into_iter();
    let mut part = parts.next();
    if part.as_ref().is_some_and(|part| part.is(soap, "Header")) {
        part = parts.next();
    }
    let body = part.filter(|part| part.is(soap, "Body")).ok_or_else(|| malformed("its envelope has no body"))?;
    if parts.next().is_some() {
        return Err(malformed("something follows its body"));
    }
    if !is_blank(&envelope.text) || !is_blank(&body.text) {
        return Err(malformed("there is text between its elements"));
    }
    let mut contents = body.children.into_iter();
    let content = contents.next().ok_or_else(|| malformed("its body is empty"))?;
    if contents.next().is_some() {
        return Err(malformed("its body has several elements"));
    }
    Ok(content)
}

/// A fault is told however badly it is written: that it is one is sure.
fn fault(version: Version, fault: &Element) -> SoapError {
    let (code, reason) = match version {
        Version::Soap11 => (first(Some(fault), "faultcode"), first(Some(fault), "faultstring")),
        Version::Soap12 => (first(first(Some(fault), "Code"), "Value"), first(first(Some(fault), "Reason"), "Text")),
    };
    let text = |element: Option<&Element>| element.map(|element| element.text.trim().to_owned()).unwrap_or_default();
    // A code is a qualified name, whose prefix the provider may choose.
    let mut code = text(code);
    if let Some((prefix, local)) = code.split_once(':')
        && is_name(prefix)
        && is_name(local)
    {
        code = local.to_owned();
    }
    SoapError::Fault { code, reason: text(reason) }
}

fn first<'a>(parent: Option<&'a Element>, name: &str) -> Option<&'a Element> {
    parent?.children.iter().find(|child| child.name == name)
}
