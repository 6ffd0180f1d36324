//! WS-Security against the vector of python-zeep's own tests, and the header byte for byte.

use jiff::Timestamp;
use secrecy::SecretString;

use super::super::{BuildError, Proof, UsernameToken, password_digest};
use super::*;

fn written(version: Version, username: &str, password: &str, proof: Proof) -> Result<String, BuildError> {
    let password = SecretString::from(password);
    let token = UsernameToken { username, password: &password, proof };
    operation(version, Form::Qualified, &[]).envelope(Some(&token))
}

fn header(document: &str) -> &str {
    let start = document.find("<soap:Header>").expect("a header");
    &document[start..document.find("<soap:Body>").expect("a body")]
}

const DIGEST: Proof = Proof::Digest { nonce: *b"mocked-random-16", created: Timestamp::UNIX_EPOCH };

#[test]
fn the_digest_is_zeeps() {
    let digest = |nonce: &[u8], created, password: &str| password_digest(nonce, created, &SecretString::from(password));
    let vector = digest(b"mocked-random", "2016-05-08T12:00:00+00:00", "geheim");
    assert_eq!(vector, "hVicspAQSg70JNhe67OHqD9gexc=");
    // The nonce goes in raw, not as it is written; and each part counts.
    for other in [
        digest(b"bW9ja2VkLXJhbmRvbQ==", "2016-05-08T12:00:00+00:00", "geheim"),
        digest(b"mocked-randon", "2016-05-08T12:00:00+00:00", "geheim"),
        digest(b"mocked-random", "2016-05-08T12:00:00Z", "geheim"),
        digest(b"mocked-random", "2016-05-08T12:00:00+00:00", "Geheim"),
    ] {
        assert_ne!(other, vector);
    }
}

#[test]
fn a_password_as_text() {
    let document = written(Version::Soap11, "a<b", "p&w", Proof::Text).expect("a document");
    let expected = concat!(
        r#"<soap:Header><wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/"#,
        r#"oasis-200401-wss-wssecurity-secext-1.0.xsd" soap:mustUnderstand="1">"#,
        r#"<wsse:UsernameToken><wsse:Username>a&lt;b</wsse:Username>"#,
        r#"<wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/"#,
        r#"oasis-200401-wss-username-token-profile-1.0#PasswordText">p&amp;w</wsse:Password>"#,
        "</wsse:UsernameToken></wsse:Security></soap:Header>",
    );
    assert_eq!(header(&document), expected);
    assert!(document.ends_with("<soap:Body><Pay xmlns=\"http://tempuri.org/\"></Pay></soap:Body></soap:Envelope>"));
}

#[test]
fn a_password_as_digest() {
    let document = written(Version::Soap12, "user", "geheim", DIGEST).expect("a document");
    let digest = password_digest(b"mocked-random-16", "1970-01-01T00:00:00Z", &SecretString::from("geheim"));
    let expected = format!(
        concat!(
            r#"<wsse:UsernameToken><wsse:Username>user</wsse:Username>"#,
            r#"<wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/"#,
            r#"oasis-200401-wss-username-token-profile-1.0#PasswordDigest">{}</wsse:Password>"#,
            r#"<wsse:Nonce EncodingType="http://docs.oasis-open.org/wss/2004/01/"#,
            r#"oasis-200401-wss-soap-message-security-1.0#Base64Binary">bW9ja2VkLXJhbmRvbS0xNg==</wsse:Nonce>"#,
            r#"<wsu:Created xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/"#,
            r#"oasis-200401-wss-wssecurity-utility-1.0.xsd">1970-01-01T00:00:00Z</wsu:Created>"#,
        ),
        digest
    );
    assert!(header(&document).contains(&expected), "{document}");
    assert!(!document.contains("geheim"));
    // What we write is a document that we would read.
    assert!(read(Version::Soap12, document.as_bytes(), NAMESPACE, "Pay").is_ok());
}

#[test]
fn the_time_has_whole_seconds_in_utc() {
    let created = "2026-11-21T01:02:03.987+02:00".parse().expect("a time");
    let document = written(Version::Soap11, "u", "p", Proof::Digest { nonce: [7; 16], created }).expect("a document");
    assert!(document.contains(">2026-11-20T23:02:03Z</wsu:Created>"), "{document}");
}

#[test]
fn an_illegal_name_or_password_is_refused_and_never_printed() {
    assert_eq!(written(Version::Soap11, "\0", "p", Proof::Text), Err(BuildError::Text("Username".to_owned())));
    assert_eq!(written(Version::Soap11, "u", "geheim\0", Proof::Text), Err(BuildError::Text("Password".to_owned())));
    // It is hashed and not written.
    assert!(written(Version::Soap11, "u", "geheim\0", DIGEST).is_ok());
    let password = SecretString::from("geheim");
    let token = UsernameToken { username: "u", password: &password, proof: Proof::Text };
    assert!(!format!("{token:?}").contains("geheim"));
}

#[test]
fn what_is_secret_in_an_envelope_is_masked() {
    let password = SecretString::from("geheim");
    let token = UsernameToken { username: "user", password: &password, proof: Proof::Text };
    let fields = [("Mobile", "0912345678"), ("PW", "geheim<&>")];
    for version in VERSIONS {
        for form in [Form::Qualified, Form::Unqualified] {
            let document = operation(version, form, &fields).envelope(Some(&token)).expect("a document");
            let shown = crate::mask::body(document.as_bytes(), &["password", "PW"]).expect("a body");
            assert!(
                !shown.contains("geheim") && shown.contains("<Mobile>0912345678</Mobile><PW>***</PW></"),
                "{shown}"
            );
            assert!(shown.contains("<wsse:Password ***>***</wsse:Password>"), "{shown}");
        }
    }
}
