//! The way to a collector: over kit's wire, and with the attributes alone that are known to hold no secret.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use kit::wire::{HttpWire, Line};
use kit::{Destination, Request};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;

/// What a span may say; everything else stays here, whoever comes to add it to a span.
const SAID: [&str; 11] = [
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "request_id",
    "provider",
    "operation",
    "account",
    "outcome",
    "kind",
    "tasks",
    "enqueued_by",
];
/// How long a collector may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// Of its answer so much is read.
const ANSWER: usize = 16 * 1024;

/// Our wire, as the exporter wants a client. The exporter lives in a thread of its own, the wire in the runtime.
pub(super) struct Collector {
    wire: Arc<HttpWire>,
    runtime: Handle,
}

impl Collector {
    /// In the runtime that runs here.
    pub fn new(wire: HttpWire) -> Self {
        Self { wire: Arc::new(wire), runtime: Handle::current() }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let url = head.uri.to_string().parse()?;
        let destination = Destination::Trusted;
        let request = Request { method: head.method, url, headers: head.headers, body, destination };
        let wire = Arc::clone(&self.wire);
        let sent = self
            .runtime
            .spawn(async move { tokio::time::timeout(DEADLINE, wire.notify(&request, Line::Kept, ANSWER)).await });
        let reply = sent.await???;
        let mut response = http::Response::builder().status(reply.status).body(reply.body)?;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }
}

/// Spans with the attributes alone that may be said. A collector that is away is told of once, and again when it is back.
#[derive(Debug)]
pub(super) struct Plain<E> {
    exporter: E,
    away: AtomicBool,
}

impl<E> Plain<E> {
    pub fn new(exporter: E) -> Self {
        Self { exporter, away: AtomicBool::new(false) }
    }

    fn tell(&self, spans: usize, sent: &OTelSdkResult) {
        let outcome = if sent.is_ok() { "sent" } else { "lost" };
        metrics::counter!("jisr_spans_total", "outcome" => outcome).increment(spans as u64);
        let was_away = self.away.swap(sent.is_err(), Ordering::Relaxed);
        match sent {
            Err(error) if !was_away => {
                tracing::warn!(error = error as &dyn std::error::Error, "the collector of traces cannot be reached");
            }
            Ok(()) if was_away => tracing::info!("the collector of traces is back"),
            _ => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for Plain<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            span.attributes.retain(|attribute| SAID.contains(&attribute.key.as_str()));
        }
        let spans = batch.len();
        let sent = self.exporter.export(batch).await;
        self.tell(spans, &sent);
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
