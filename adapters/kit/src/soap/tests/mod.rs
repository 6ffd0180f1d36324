//! SOAP, held against documents as servers write them and as an enemy would.

mod building;
mod hostile;
mod reading;
mod security;

use super::{Answer, Form, Operation, SoapError, Version, read};

const NAMESPACE: &str = "http://tempuri.org/";

const VERSIONS: [Version; 2] = [Version::Soap11, Version::Soap12];

/// An envelope with this body.
fn envelope(version: Version, body: &str) -> String {
    let soap = version.namespace();
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{soap}"><s:Body>{body}</s:Body></s:Envelope>"#
    )
}

/// A response `PayResponse` with these children, in an envelope of SOAP 1.1.
fn response(children: &str) -> String {
    envelope(Version::Soap11, &format!(r#"<PayResponse xmlns="{NAMESPACE}">{children}</PayResponse>"#))
}

fn pay(document: &str) -> Result<Answer, SoapError> {
    read(Version::Soap11, document.as_bytes(), NAMESPACE, "PayResponse")
}

/// What is said of a document that must be refused.
fn refused(document: &str) -> String {
    match pay(document) {
        Err(SoapError::Malformed(what)) => what,
        other => panic!("{document:.200} is taken for {other:?}"),
    }
}

fn operation<'a>(version: Version, form: Form, fields: &'a [(&'a str, &'a str)]) -> Operation<'a> {
    Operation { version, namespace: NAMESPACE, name: "Pay", action: "http://tempuri.org/Pay", form, fields }
}
