//! A request: one operation in an envelope, with the headers that its version wants.

use http::{HeaderMap, HeaderValue, Method, header};
use url::Url;

use super::text::{escaped, is_name};
use super::{UsernameToken, Version};
use crate::{Destination, Request};

/// Whether the children of an operation stand in its namespace: `elementFormDefault` of the provider's WSDL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// They do: .NET, as a rule.
    Qualified,
    /// They stand in none: Java and the rpc style, as a rule.
    Unqualified,
}

/// An operation as a provider's WSDL describes it. It is not printed: its fields may be secret.
///
/// With [`Form::Qualified`] it becomes
///
/// ```xml
/// <?xml version="1.0" encoding="utf-8"?>
/// <soap:Envelope xmlns:soap="…"><soap:Body><Name xmlns="namespace"><Field>text</Field>…</Name></soap:Body></soap:Envelope>
/// ```
///
/// and with [`Form::Unqualified`] `<op:Name xmlns:op="namespace"><Field>text</Field>…</op:Name>` in the same place.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    /// What the provider speaks.
    pub version: Version,
    /// The namespace of the operation.
    pub namespace: &'a str,
    /// The operation's name; its response is `<name>Response`, as a rule.
    pub name: &'a str,
    /// What the WSDL names as `soapAction`; may be empty.
    pub action: &'a str,
    /// Where the fields stand.
    pub form: Form,
    /// Names and texts of the children, in the order of the WSDL: many providers read them by their place.
    pub fields: &'a [(&'a str, &'a str)],
}

/// What cannot be written as SOAP. It names the place and never repeats a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A text has a character that XML 1.0 does not know, such as NUL. Dropping it would send something else.
    #[error("the text of {0} has a character that XML does not know")]
    Text(String),
    /// Not the name of an element: empty, with a prefix, with a space.
    #[error("{0:?} is not a name for an element")]
    Name(String),
    /// The namespace is empty, or has white space or a character that XML does not know.
    #[error("the namespace of {0} is not one")]
    Namespace(String),
    /// The action does not fit between the quotes of a header.
    #[error("the action of {0} does not fit into a header")]
    Action(String),
}

impl Operation<'_> {
    /// The POST that carries it: body, `Content-Type`, `Accept` and, with SOAP 1.1, `SOAPAction`.
    ///
    /// # Errors
    ///
    /// Whatever cannot be written, before anything is sent: see [`BuildError`].
    pub fn request(
        &self,
        url: Url,
        destination: Destination,
        security: Option<&UsernameToken<'_>>,
    ) -> Result<Request, BuildError> {
        let body = self.envelope(security)?;
        Ok(Request { method: Method::POST, url, headers: self.headers()?, body: body.into(), destination })
    }

    /// The document alone.
    ///
    /// # Errors
    ///
    /// A text, a name or a namespace that cannot be written.
    pub fn envelope(&self, security: Option<&UsernameToken<'_>>) -> Result<String, BuildError> {
        let size: usize = self.fields.iter().map(|(name, text)| 2 * name.len() + text.len() + 8).sum();
        let mut out = String::with_capacity(size + 512);
        out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<soap:Envelope xmlns:soap=\"");
        out.push_str(self.version.namespace());
        out.push_str("\">");
        if let Some(token) = security {
            out.push_str("<soap:Header>");
            token.write(&mut out)?;
            out.push_str("</soap:Header>");
        }
        out.push_str("<soap:Body>");
        self.write(&mut out)?;
        out.push_str("</soap:Body></soap:Envelope>");
        Ok(out)
    }

    fn write(&self, out: &mut String) -> Result<(), BuildError> {
        let name = named(self.name)?;
        let namespace = escaped(self.namespace)
            .filter(|_| !self.namespace.is_empty() && !self.namespace.contains(char::is_whitespace))
            .ok_or_else(|| BuildError::Namespace(name.to_owned()))?;
        let (prefix, declaration) = match self.form {
            Form::Qualified => ("", "xmlns"),
            Form::Unqualified => ("op:", "xmlns:op"),
        };
        out.extend(["<", prefix, name, " ", declaration, "=\"", &namespace, "\">"]);
        for (field, text) in self.fields {
            let field = named(field)?;
            let text = escaped(text).ok_or_else(|| BuildError::Text(field.to_owned()))?;
            out.extend(["<", field, ">", &text, "</", field, ">"]);
        }
        out.extend(["</", prefix, name, ">"]);
        Ok(())
    }

    fn headers(&self) -> Result<HeaderMap, BuildError> {
        // A quote or a backslash would need quoting of its own, which not every server undoes.
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\' || byte == b' ';
        let wrong = || BuildError::Action(self.name.to_owned());
        if !self.action.bytes().all(fits) {
            return Err(wrong());
        }
        let value = |text: String| HeaderValue::from_str(&text).map_err(|_| wrong());
        let mut headers = HeaderMap::new();
        let (content, accept) = match self.version {
            Version::Soap11 => {
                headers.insert("soapaction", value(format!("\"{}\"", self.action))?);
                (HeaderValue::from_static("text/xml; charset=utf-8"), "text/xml")
            }
            Version::Soap12 => {
                let action =
                    if self.action.is_empty() { String::new() } else { format!("; action=\"{}\"", self.action) };
                (value(format!("application/soap+xml; charset=utf-8{action}"))?, "application/soap+xml")
            }
        };
        headers.insert(header::CONTENT_TYPE, content);
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        Ok(headers)
    }
}

fn named(name: &str) -> Result<&str, BuildError> {
    if is_name(name) { Ok(name) } else { Err(BuildError::Name(name.to_owned())) }
}
