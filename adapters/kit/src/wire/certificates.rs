//! Certificates: whom TLS believes, and until when the certificates are valid that it has seen.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode, Reader, SliceReader, Tag, Tagged};
use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::WireSetupError;

/// Hosts come from configuration, and merchants have endpoints: nobody has so many, and nobody fills the memory with them.
const MOST_HOSTS: usize = 10_000;

/// Until when the certificate of each host is valid, as of its last whole handshake. Cheap to share.
///
/// A connection that resumes an earlier one shows no certificate: one that was renewed is seen once the host's tickets are over.
#[derive(Debug, Clone, Default)]
pub struct Certificates(Arc<RwLock<HashMap<String, Timestamp>>>);

impl Certificates {
    /// Until when; `None` for a host that no hands were shaken with.
    pub fn until(&self, host: &str) -> Option<Timestamp> {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&host).copied()
    }

    fn note(&self, host: &ServerName<'_>, certificate: &[u8]) {
        // What cannot be read was good enough for TLS: it is only not noted.
        let Some(until) = not_after(certificate).ok().flatten() else { return };
        let host = host.to_str().to_ascii_lowercase();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST_HOSTS || known.contains_key(&host) {
            known.insert(host, until);
        }
    }
}

/// Whom TLS believes, and what it notes of them.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The authorities.
    pub roots: Arc<RootCertStore>,
    /// What was seen.
    pub certificates: Certificates,
}

impl Default for Trust {
    /// The authorities that are compiled in: a machine without a bundle of certificates is served as well.
    fn default() -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self { roots: Arc::new(roots), certificates: Certificates::default() }
    }
}

impl Trust {
    /// TLS with ring, by which every certificate is checked as it always is, and then noted.
    pub(super) fn tls(&self) -> Result<ClientConfig, WireSetupError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Noting::new(self, Arc::clone(&provider))?;
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| WireSetupError(Box::new(error)))?;
        // "Dangerous" is a verifier that lets through what it should not; this one asks the usual one first.
        Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
    }
}

/// The usual verifier, and a note of what it has found good.
#[derive(Debug)]
struct Noting {
    usual: Arc<WebPkiServerVerifier>,
    certificates: Certificates,
}

impl Noting {
    fn new(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<Self, WireSetupError> {
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::clone(&trust.roots), provider).build();
        let usual = usual.map_err(|error| WireSetupError(Box::new(error)))?;
        Ok(Self { usual, certificates: trust.certificates.clone() })
    }
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.usual.verify_server_cert(certificate, intermediates, host, ocsp_response, now)?;
        self.certificates.note(host, certificate);
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// `notAfter` of a certificate (RFC 5280, section 4.1): the end of the validity, which is the fifth field of what is signed. It
/// is the fourth in certificates of the first version, which TLS takes for none.
fn not_after(certificate: &[u8]) -> der::Result<Option<Timestamp>> {
    let whole = AnyRef::from_der(certificate)?;
    let signed = AnyRef::decode(&mut SliceReader::new(whole.value())?)?;
    let mut fields = SliceReader::new(signed.value())?;
    for _ in 0..4 {
        AnyRef::decode(&mut fields)?;
    }
    let validity = AnyRef::decode(&mut fields)?;
    let mut times = SliceReader::new(validity.value())?;
    AnyRef::decode(&mut times)?;
    let until = AnyRef::decode(&mut times)?;
    times.finish()?;
    let since_1970 = match until.tag() {
        Tag::UtcTime => until.decode_as::<UtcTime>()?.to_unix_duration(),
        _ => until.decode_as::<GeneralizedTime>()?.to_unix_duration(),
    };
    Ok(Timestamp::try_from(std::time::UNIX_EPOCH + since_1970).ok())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn host(name: &str) -> ServerName<'_> {
        ServerName::try_from(name).expect("a name")
    }

    fn until(year: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["pay.example.ly".to_owned()]).expect("a name");
        params.not_after = date_time_ymd(year, 5, 6);
        params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate").der().clone()
    }

    #[test]
    fn the_end_of_the_validity_is_read_in_either_form() {
        // RFC 5280: two digits for the year until 2049, four from then on.
        for (year, text) in [(2031, "2031-05-06T00:00:00Z"), (2050, "2050-05-06T00:00:00Z")] {
            let read = not_after(&until(year)).expect("a certificate");
            assert_eq!(read, Some(text.parse().expect("a time")));
        }
    }

    #[test]
    fn no_bytes_panic_and_half_a_certificate_is_none() {
        let certificate = until(2031);
        for length in 0..certificate.len() {
            assert!(not_after(&certificate[..length]).is_err(), "{length}");
        }
        for index in 0..certificate.len().min(200) {
            let mut changed = certificate.to_vec();
            changed[index] ^= 0xff;
            let _ = not_after(&changed);
        }
    }

    #[test]
    fn there_is_an_end_to_what_is_noted_and_known_hosts_are_noted_all_the_same() {
        let certificates = Certificates::default();
        let (old, new) = (until(2031), until(2032));
        for number in 0..=MOST_HOSTS {
            certificates.note(&host(&format!("h{number}.example")), &old);
        }
        assert_eq!(certificates.0.read().expect("no poison").len(), MOST_HOSTS);
        assert_eq!(certificates.until(&format!("h{MOST_HOSTS}.example")), None);
        certificates.note(&host("H7.example"), &new);
        assert_eq!(certificates.until("h7.EXAMPLE"), not_after(&new).expect("a certificate"));
        assert_eq!(certificates.until("h8.example"), not_after(&old).expect("a certificate"));
    }

    #[test]
    fn an_address_is_a_host() {
        let certificates = Certificates::default();
        for (noted, asked) in [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")] {
            certificates.note(&host(noted), &until(2031));
            assert!(certificates.until(asked).is_some(), "{asked}");
        }
    }
}
