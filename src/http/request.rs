//! What happens around every request: its id, its origin for the logs, its key, and the time it took.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use kit::Origin;
use tokio::time::Instant;
use tracing::Instrument;

use super::access::Access;
use super::problem::Problem;
use super::router::Facade;
use crate::telemetry;

/// Whether the gateway takes requests: not before it has started, and not once it is leaving.
#[derive(Debug, Clone, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// Says so.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The caller's address.
pub fn address(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

/// Outermost: gives the request its id and its origin, and measures it.
pub async fn around(State(facade): State<Facade>, request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers()).unwrap_or_else(|| format!("req_{}", facade.ambient.uuid().simple()));
    let origin = Origin {
        request_id: request_id.clone(),
        ip_address: Some(address(&request).to_string()),
        user_agent: text(request.headers(), header::USER_AGENT.as_str(), 200),
    };
    let method = request.method().to_string();
    let path = request.extensions().get::<MatchedPath>().map_or("unknown".to_owned(), |path| path.as_str().to_owned());
    let span = telemetry::request(&method, &path, &request_id, request.headers());
    let started = Instant::now();
    let mut response = Arc::new(origin).scope(next.run(request)).instrument(span.clone()).await;
    telemetry::answered(&span, response.status().as_u16());
    measure(method, path, response.status().as_u16(), started.elapsed());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

fn measure(method: String, path: String, status: u16, elapsed: Duration) {
    let labels = [("method", method), ("path", path), ("status", status.to_string())];
    metrics::histogram!("jisr_http_request_seconds", &labels).record(elapsed);
}

/// Around one route: its key. The handler finds who it is in the request's extensions.
pub async fn authorize(State((facade, access)): State<(Facade, Access)>, mut request: Request, next: Next) -> Response {
    match facade.auth.authorize(access, request.headers(), address(&request)).await {
        Ok(authorized) => {
            if let Some(authorized) = authorized {
                request.extensions_mut().insert(authorized);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// An id that the caller brought, if it is one that a log can hold.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let given = text(headers, "x-request-id", 128)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
    (given.len() >= 8 && given.bytes().all(plain)).then_some(given)
}

fn text(headers: &HeaderMap, name: &str, longest: usize) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= longest).then(|| value.to_owned())
}

/// A panic is our mistake, told as one.
pub fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let said = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    let text = std::io::Error::other(said.unwrap_or("a handler panicked").to_owned());
    Problem::internal(&text).into_response()
}
