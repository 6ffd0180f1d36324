//! SOAP 1.1 and 1.2: building requests and reading answers, nothing more. Sending is `Transport`'s job.
//!
//! A request is an [`Operation`], whose [`request`](Operation::request) gives the body and the headers that its version
//! wants. An answer is read by [`read`]: all of it or nothing, since a document that is cut must not look like a whole one.
//! The texts of a request stand in its body: name the secret ones in [`Secrets::body`](crate::Secrets::body) (with a
//! [`UsernameToken`] that is `Password`).
//!
//! SOAP 1.1 tells faults with HTTP 500. A provider that does so has 500 among its call's `answers`, and its `outcome`
//! reads the fault.

mod answer;
mod document;
mod operation;
mod security;
#[cfg(test)]
mod tests;
mod text;

pub use answer::{SoapError, read};
pub use document::Element;
pub use operation::{BuildError, Form, Operation};
pub use security::{Proof, UsernameToken, password_digest};

/// What a response holds: an element with its children.
pub type Answer = Element;

/// The version of SOAP that a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `text/xml`, the action in a header `SOAPAction`, faults with HTTP 500.
    Soap11,
    /// `application/soap+xml` with the action in it, faults with the status that fits.
    Soap12,
}

impl Version {
    /// The namespace of the envelope, by which the versions are known.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Soap11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::Soap12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }
}
