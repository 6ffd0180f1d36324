//! HTTP over reqwest: no redirects, no proxies, no retries of its own, 4 MiB at most, guarded addresses.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Trust, Wire, WireError};
use crate::guard::{self, AllowList, Unresolved};
use crate::{Call, Delivery, Destination, Kind, Reply, Request};

/// The largest answer that is read.
const REPLY_LIMIT: usize = 4 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the body of an answer may take that is not needed to know what became of the request.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// A wire could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the wire could not be set up")]
pub struct WireSetupError(#[source] pub(super) Box<dyn std::error::Error + Send + Sync>);

/// The real HTTP wire.
pub struct HttpWire {
    allow: AllowList,
    trusted: Clients,
    guarded: Clients,
}

/// Which connection a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// One that was kept, if there is one.
    Kept,
    /// One of its own.
    Fresh,
}

/// An acting call gets a connection of its own: one that the provider closed while it lay idle would turn a call that
/// never arrived into one that may have.
struct Clients {
    reading: reqwest::Client,
    acting: reqwest::Client,
}

impl HttpWire {
    /// A wire whose guarded calls may also reach the networks of the list.
    pub fn new(allow: AllowList) -> Result<Self, WireSetupError> {
        Self::trusting(allow, &Trust::default())
    }

    /// The same with other authorities.
    pub fn trusting(allow: AllowList, trust: &Trust) -> Result<Self, WireSetupError> {
        let tls = trust.tls()?;
        let clients = |guard: Option<AllowList>| -> Result<Clients, WireSetupError> {
            let build =
                |idle: usize| client(&tls, guard.clone(), idle).map_err(|error| WireSetupError(Box::new(error)));
            Ok(Clients { reading: build(usize::MAX)?, acting: build(0)? })
        };
        Ok(Self { trusted: clients(None)?, guarded: clients(Some(allow.clone()))?, allow })
    }

    /// Sends one request that is nobody's call: a notification to a merchant, which has its own log, pace and breaker.
    /// The guard, the limits and the ban on redirects are the same. Of the answer only the first bytes are kept.
    pub async fn notify(&self, request: &Request, line: Line, most: usize) -> Result<Reply, WireError> {
        let client = self.client(request, line == Line::Fresh)?;
        exchange(client, request, Body::First(most)).await
    }

    fn client(&self, request: &Request, fresh: bool) -> Result<&reqwest::Client, WireError> {
        let clients = match request.destination {
            Destination::Trusted => &self.trusted,
            Destination::Guarded => {
                self.check_literal(request)?;
                &self.guarded
            }
        };
        Ok(if fresh { &clients.acting } else { &clients.reading })
    }

    /// A host that is an address never meets the resolver, so it is checked here.
    fn check_literal(&self, request: &Request) -> Result<(), WireError> {
        let address = match request.url.host() {
            Some(url::Host::Ipv4(address)) => IpAddr::V4(address),
            Some(url::Host::Ipv6(address)) => IpAddr::V6(address),
            Some(url::Host::Domain(_)) => return Ok(()),
            None => return Err(never(Kind::Invalid, "the URL has no host")),
        };
        if self.allow.permits(address) { Ok(()) } else { Err(never(Kind::Invalid, &Unresolved::Refused.to_string())) }
    }
}

fn never(kind: Kind, message: &str) -> WireError {
    WireError { kind, delivery: Delivery::Never, message: message.to_owned(), source: None }
}

#[async_trait]
impl Wire for HttpWire {
    async fn carry(&self, call: &Call) -> Result<Reply, WireError> {
        let client = self.client(&call.request, call.safety.acts())?;
        exchange(client, &call.request, Body::Whole).await
    }
}

/// How much of an answer is read.
#[derive(Clone, Copy)]
enum Body {
    /// All of it, up to the limit; more is an error.
    Whole,
    /// The first bytes; the rest is left alone.
    First(usize),
}

#[expect(clippy::disallowed_methods, reason = "this is the wire: the one place that sends")]
async fn exchange(client: &reqwest::Client, request: &Request, body: Body) -> Result<Reply, WireError> {
    let response = client
        .request(request.method.clone(), request.url.clone())
        .headers(request.headers.clone())
        .body(request.body.clone())
        .send()
        .await
        .map_err(unsent)?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = match body {
        Body::Whole => read(response).await?,
        Body::First(most) => read_first(response, most).await,
    };
    Ok(Reply { status, headers, body })
}

/// Reads the body up to the limit; a cut body says nothing of what the provider did.
async fn read(mut response: reqwest::Response) -> Result<Bytes, WireError> {
    let cut = |error: reqwest::Error| WireError {
        kind: Kind::Unavailable,
        delivery: Delivery::Maybe,
        message: "the connection ended in the middle of the answer".to_owned(),
        source: Some(Box::new(error.without_url())),
    };
    let Some(first) = response.chunk().await.map_err(cut)? else { return Ok(Bytes::new()) };
    let Some(second) = response.chunk().await.map_err(cut)? else { return Ok(first) };
    let mut body = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if body.len() + chunk.len() > REPLY_LIMIT {
            let message = "the answer is larger than 4 MiB".to_owned();
            return Err(WireError { kind: Kind::Protocol, delivery: Delivery::Maybe, message, source: None });
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(cut)?;
    }
    Ok(body.freeze())
}

/// Reads the first bytes of a body. Its status has said all that counts: a body that is cut is kept as far as it came.
async fn read_first(mut response: reqwest::Response, most: usize) -> Bytes {
    let mut body = BytesMut::new();
    let until = tokio::time::Instant::now() + BODY_TIMEOUT;
    while body.len() < most
        && let Ok(Ok(Some(chunk))) = tokio::time::timeout_at(until, response.chunk()).await
    {
        body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]);
    }
    body.freeze()
}

fn unsent(error: reqwest::Error) -> WireError {
    let refused =
        find::<Unresolved>(&error).filter(|error| matches!(error, Unresolved::Refused)).map(ToString::to_string);
    let (kind, delivery, message) = if let Some(refused) = &refused {
        (Kind::Invalid, Delivery::Never, refused.as_str())
    } else if error.is_builder() {
        (Kind::Internal, Delivery::Never, "the request cannot be built")
    } else if error.is_connect() {
        (Kind::Unavailable, Delivery::Never, "no connection could be made")
    } else {
        (Kind::Unavailable, Delivery::Maybe, "the connection ended before an answer")
    };
    WireError { kind, delivery, message: message.to_owned(), source: Some(Box::new(error.without_url())) }
}

fn find<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

/// TLS as every wire has it, with the roots that are compiled in.
pub fn tls() -> Result<rustls::ClientConfig, WireSetupError> {
    Trust::default().tls()
}

fn client(
    tls: &rustls::ClientConfig,
    guard: Option<AllowList>,
    idle: usize,
) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(idle)
        .tcp_nodelay(true);
    if let Some(allow) = guard {
        builder = builder.dns_resolver(Arc::new(GuardedResolver(allow)));
    }
    builder.build()
}

/// Resolves a name and hands on only what may be connected to: the connection goes to the very address checked here.
struct GuardedResolver(AllowList);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.0.clone();
        Box::pin(async move {
            let permitted = guard::resolve(&allow, name.as_str(), 0).await?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}
