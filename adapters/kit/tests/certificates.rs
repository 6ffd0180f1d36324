//! Certificates over real handshakes on loopback, by an authority of the tests' own.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use kit::guard::AllowList;
use kit::wire::{Certificates, Trust, Wire, Wires};
use kit::{Call, Delivery, Destination, Kind, Request};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::support::read;

/// Whom the wires believe, and who signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    trust: Trust,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let mut roots = RootCertStore::empty();
        roots.add(params.self_signed(&key).expect("a certificate").der().clone()).expect("an authority");
        let trust = Trust { roots: Arc::new(roots), certificates: Certificates::default() };
        Self { issuer: Issuer::new(params, key), trust }
    }

    /// A server with a certificate for a name, until the fifth of June of a year.
    async fn serve(&self, name: &str, year: i32) -> (SocketAddr, JoinSet<()>) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_after = date_time_ymd(year, 6, 5);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a certificate with its key");
        listen(TlsAcceptor::from(Arc::new(config))).await
    }

    fn wires(&self) -> Wires {
        Wires::trusting(AllowList::default(), &self.trust).expect("wires")
    }
}

/// Shakes hands, and answers whatever comes with 200.
async fn listen(acceptor: TlsAcceptor) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback socket");
    let address = listener.local_addr().expect("an address");
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut buffer = [0; 4_096];
                while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                    if stream.write_all(answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, tasks)
}

fn at(scheme: &str, host: &str, address: SocketAddr) -> Call {
    let url = format!("{scheme}://{host}:{}/", address.port()).parse().expect("a url");
    Call { request: Request::get(url, Destination::Trusted), ..read() }
}

fn end_of(year: i32) -> Option<Timestamp> {
    Some(format!("{year}-06-05T00:00:00Z").parse().expect("a time"))
}

#[tokio::test]
async fn the_end_of_a_certificate_is_noted_with_the_handshake() {
    let authority = Authority::new();
    let wires = authority.wires();
    assert_eq!(wires.certificates.until("localhost"), None);
    let (address, _server) = authority.serve("localhost", 2041).await;
    wires.carry(&at("https", "localhost", address)).await.expect("an answer");
    assert_eq!(wires.certificates.until("localhost"), end_of(2041));
    assert_eq!(wires.certificates.until("LOCALHOST"), end_of(2041));
    let (address, _server) = authority.serve("127.0.0.1", 2060).await;
    wires.carry(&at("https", "127.0.0.1", address)).await.expect("an answer");
    assert_eq!(wires.certificates.until("127.0.0.1"), end_of(2060));
}

#[tokio::test]
async fn one_that_was_renewed_is_noted_anew() {
    let authority = Authority::new();
    let wires = authority.wires();
    for year in [2041, 2042] {
        let (address, _server) = authority.serve("localhost", year).await;
        wires.carry(&at("https", "localhost", address)).await.expect("an answer");
        assert_eq!(wires.certificates.until("localhost"), end_of(year));
    }
}

#[tokio::test]
async fn a_stream_notes_it_as_well() {
    let authority = Authority::new();
    let wires = authority.wires();
    let (address, _server) = authority.serve("localhost", 2041).await;
    let opened = wires.open(&at("wss", "localhost", address)).await;
    assert!(opened.is_ok_and(|opened| matches!(opened, kit::wire::Opened::Refused(_))), "a server without streams");
    assert_eq!(wires.certificates.until("localhost"), end_of(2041));
}

#[tokio::test]
async fn a_certificate_that_is_not_good_is_refused_and_not_noted() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let wires = authority.wires();
    for (who, name, year) in
        [(&stranger, "localhost", 2041), (&authority, "other.example", 2041), (&authority, "localhost", 2001)]
    {
        let (address, _server) = who.serve(name, year).await;
        for scheme in ["https", "wss"] {
            let call = at(scheme, "localhost", address);
            let error = match scheme {
                "wss" => wires.open(&call).await.map(drop).expect_err("it is not believed"),
                _ => wires.carry(&call).await.map(drop).expect_err("it is not believed"),
            };
            assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Never), "{name} {year}: {error}");
        }
    }
    for host in ["localhost", "other.example"] {
        assert_eq!(wires.certificates.until(host), None, "{host}");
    }
}
