//! The SOAP variant: the samples, its strictness, and one book with REST.

use mocks::{Fault, FaultKind, Mocks, sadad::Merchant};

use crate::client::{Answer, enquiry, pay, raw, start, violation};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../schemas/providers/sadad/", $name))
    };
}

async fn call(mocks: &Mocks, operation: &str, document: &str) -> Answer {
    let action = format!("SOAPAction: \"http://sadad.ly/pgw/{operation}\"");
    let head = ["Content-Type: text/xml; charset=utf-8".to_owned(), action];
    raw(mocks, "POST", "/sadad/soap", &head, document).await
}

/// The document without the blanks between its elements.
fn dense(document: &str) -> String {
    document.lines().map(str::trim).collect()
}

/// The document with the mock's password, and with this id in place of the sample's.
fn request(document: &str, id: &str) -> String {
    document.replace("soap-password", &Merchant::default().password).replace("4801233", id)
}

fn text_of<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("<{name}>")).unwrap();
    rest.split_once('<').unwrap().0
}

#[tokio::test]
async fn a_payment() {
    let mocks = start().await;
    let opened = call(&mocks, "Validate", &request(sample!("soap_validate_request.xml"), "")).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    let id = text_of(&opened.body, "TransactionId").to_owned();
    let here = |sample: &str| dense(&sample.replace("4801233", &id));
    assert_eq!(dense(&opened.body), here(sample!("soap_validate_accepted.xml")));
    let ask = request(sample!("soap_enquiry_request.xml"), "");
    let pending = call(&mocks, "Enquiry", &ask).await;
    assert_eq!(
        dense(&pending.body),
        here(sample!("soap_enquiry_pending.xml")).replace("<Reference/>", "<Reference></Reference>")
    );
    let resent = call(&mocks, "ResendOtp", &request(sample!("soap_resend_request.xml"), &id)).await;
    assert_eq!(dense(&resent.body), here(sample!("soap_resend_accepted.xml")));
    assert_eq!(mocks.codes("sadad", &id).len(), 2);
    let wrong = call(&mocks, "Pay", &request(sample!("soap_pay_request.xml"), &id).replace("111111", "222222")).await;
    assert_eq!((wrong.status, dense(&wrong.body)), (200, here(sample!("soap_refused.xml"))));
    let paid = call(&mocks, "Pay", &request(sample!("soap_pay_request.xml"), &id)).await;
    let reference = text_of(&paid.body, "Reference").to_owned();
    let with_reference = |sample: &str| here(&sample.replace("SD-20261104801233", &reference));
    assert_eq!(dense(&paid.body), with_reference(sample!("soap_pay_accepted.xml")));
    let found = call(&mocks, "Enquiry", &ask).await;
    assert_eq!(dense(&found.body), with_reference(sample!("soap_enquiry_paid.xml")));
    assert_eq!((mocks.charges(Some("sadad")).len(), mocks.violations().len()), (1, 0));
    assert_eq!(enquiry(&mocks, "jisr-0190a3f2-1").await["result"]["reference"], reference.as_str());
    assert_eq!(pay(&mocks, id.parse().unwrap(), "111111").await.codes(), (200, 935), "both protocols have one book");
}

#[tokio::test]
async fn the_proof_is_checked() {
    let mocks = start().await;
    let good = request(sample!("soap_validate_request.xml"), "");
    for document in [
        sample!("soap_validate_request.xml").to_owned(),
        good.replace("<wsse:Username>jisr-mocks", "<wsse:Username>other"),
        good.replace("#PasswordText", "#PasswordDigest"),
        good.replace("wssecurity-secext-1.0", "wssecurity-secext-1.1"),
        dense(&good).replace(
            &dense(&good)[dense(&good).find("<soap:Header>").unwrap()..dense(&good).find("<soap:Body>").unwrap()],
            "",
        ),
    ] {
        let answer = call(&mocks, "Validate", &document).await;
        assert_eq!((answer.status, dense(&answer.body)), (500, dense(sample!("soap_unauthorized.xml"))), "{document}");
        assert!(violation(&mocks).is_some());
    }
    assert!(mocks.codes("sadad", "jisr-0190a3f2-1").is_empty());
}

#[tokio::test]
async fn documents_must_be_right() {
    let mocks = start().await;
    let good = request(sample!("soap_validate_request.xml"), "");
    let birth = "<BirthYear>1990</BirthYear>";
    for document in [
        good.replace("http://sadad.ly/pgw\"", "http://sadad.ly/other\""),
        good.replace(birth, ""),
        good.replace(birth, "<BirthYear>1990</BirthYear><Surprise/>"),
        good.replace(
            "<Msisdn>0913456789</Msisdn>\n      <BirthYear>1990</BirthYear>",
            "<BirthYear>1990</BirthYear>\n      <Msisdn>0913456789</Msisdn>",
        ),
        good.replace("0913456789", "0923456789"),
        good.replace("12.500", "12.5001"),
        good.replace("<Category>20", "<Category>x"),
        good.replace("</Validate>", ""),
        good.replace("schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope"),
        String::new(),
    ] {
        let answer = call(&mocks, "Validate", &document).await;
        assert_eq!((answer.status, text_of(&answer.body, "faultcode")), (500, "soap:Client"), "{document}");
    }
    assert_eq!(call(&mocks, "Pay", &good).await.status, 500, "the action is another one");
    let head = ["Content-Type: application/json".to_owned(), "SOAPAction: \"http://sadad.ly/pgw/Validate\"".to_owned()];
    assert_eq!(raw(&mocks, "POST", "/sadad/soap", &head, &good).await.status, 500);
    let head = ["Content-Type: text/xml".to_owned()];
    assert_eq!(raw(&mocks, "POST", "/sadad/soap", &head, &good).await.status, 500);
    assert_eq!(mocks.violations().len(), 13);
    assert_eq!(call(&mocks, "Validate", &good).await.status, 200);
}

#[tokio::test]
async fn an_error_inside_a_good_status() {
    let mocks = start().await;
    mocks.fault(Fault::new("sadad", FaultKind::ErrorIn200).on("validate"));
    let answer = call(&mocks, "Validate", &request(sample!("soap_validate_request.xml"), "")).await;
    assert_eq!((answer.status, text_of(&answer.body, "StatusCode")), (200, "999"));
    assert!(answer.body.contains("<ValidateResponse xmlns=\"http://sadad.ly/pgw\">"));
}
