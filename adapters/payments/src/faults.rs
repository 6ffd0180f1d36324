//! What it means where SOAP 1.1 is spoken and no response comes: a fault, or something that is no SOAP.

use http::StatusCode;
use kit::soap::{Answer, SoapError, Version, read};
use kit::{Delivery, Kind, Refusal, Reply};

/// The status of SOAP 1.1's faults, which is the provider's own word: for `Call::answers`.
pub(crate) const FAULTS: &[u16] = &[500];

/// Reads the response that was waited for, or says why there is none.
pub(crate) fn response(reply: &Reply, namespace: &str, name: &str) -> Result<Answer, Refusal> {
    let is_good = StatusCode::from_u16(reply.status).is_ok_and(|status| status.is_success());
    match read(Version::Soap11, &reply.body, namespace, name) {
        Err(SoapError::Fault { code, reason }) => Err(fault(&code, &reason)),
        // A server that fails writes whatever it likes, and a response beside a bad status contradicts it.
        _ if !is_good => {
            let message = format!("the provider answered with status {}", reply.status);
            Err(Refusal { kind: Kind::Unavailable, delivery: Delivery::Maybe, message })
        }
        Ok(answer) => Ok(answer),
        Err(error) => Err(malformed(&error)),
    }
}

/// An answer of another shape: nobody knows what was done.
pub(crate) fn malformed(error: &SoapError) -> Refusal {
    Refusal { kind: Kind::Protocol, delivery: Delivery::Maybe, message: error.to_string() }
}

/// Whose fault it is stands in the code (SOAP 1.1, section 4.4.1; WS-Security 1.0, section 12). A receiver that blames the
/// sender has refused the message; one that blames itself says nothing about what it did.
fn fault(code: &str, reason: &str) -> Refusal {
    let (kind, delivery) = match code.split('.').next().unwrap_or_default() {
        "FailedAuthentication" | "InvalidSecurity" | "InvalidSecurityToken" | "FailedCheck" => {
            (Kind::Unauthorized, Delivery::Never)
        }
        "Client" | "VersionMismatch" | "MustUnderstand" => (Kind::Invalid, Delivery::Never),
        _ => (Kind::Unavailable, Delivery::Maybe),
    };
    Refusal { kind, delivery, message: format!("the provider answered with the fault {code}: {reason}") }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    const NAMESPACE: &str = "http://tempuri.org/";

    fn envelope(body: &str) -> String {
        let soap = "http://schemas.xmlsoap.org/soap/envelope/";
        format!("<s:Envelope xmlns:s=\"{soap}\"><s:Body>{body}</s:Body></s:Envelope>")
    }

    fn read(status: u16, body: &str) -> Result<Answer, Refusal> {
        let reply = Reply { status, headers: HeaderMap::new(), body: envelope(body).into() };
        response(&reply, NAMESPACE, "AskResponse")
    }

    #[test]
    fn a_response_counts_with_a_good_status_alone() {
        let body = "<AskResponse xmlns=\"http://tempuri.org/\"><Result>1</Result></AskResponse>";
        assert_eq!(read(200, body).expect("a response").required("Result"), Ok("1"));
        let refusal = read(500, body).expect_err("a refusal");
        assert_eq!((refusal.kind, refusal.delivery), (Kind::Unavailable, Delivery::Maybe));
    }

    #[test]
    fn a_fault_says_whether_anything_was_done() {
        for (code, kind, delivery) in [
            ("s:Client", Kind::Invalid, Delivery::Never),
            ("s:Client.Fields", Kind::Invalid, Delivery::Never),
            ("s:MustUnderstand", Kind::Invalid, Delivery::Never),
            ("wsse:FailedAuthentication", Kind::Unauthorized, Delivery::Never),
            ("s:Server", Kind::Unavailable, Delivery::Maybe),
            ("s:Server.Client", Kind::Unavailable, Delivery::Maybe),
            ("Clients", Kind::Unavailable, Delivery::Maybe),
            ("", Kind::Unavailable, Delivery::Maybe),
        ] {
            for status in [200, 500] {
                let fault = format!("<s:Fault><faultcode>{code}</faultcode><faultstring>why</faultstring></s:Fault>");
                let refusal = read(status, &fault).expect_err("a refusal");
                assert_eq!((refusal.kind, refusal.delivery), (kind, delivery), "{code}");
                assert!(refusal.message.ends_with(": why"), "{}", refusal.message);
            }
        }
    }

    #[test]
    fn what_is_no_soap_is_not_understood() {
        for body in ["", "<AskResponse/>", "<TellResponse xmlns=\"http://tempuri.org/\"/>"] {
            let refusal = read(200, body).expect_err("a refusal");
            assert_eq!((refusal.kind, refusal.delivery), (Kind::Protocol, Delivery::Maybe), "{body}");
            assert_eq!(read(500, body).expect_err("a refusal").kind, Kind::Unavailable, "{body}");
        }
    }
}
