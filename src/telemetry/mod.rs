//! Traces: which spans there are, whose they continue, and where they go. It knows no area, and nothing waits for it.

mod collector;
pub mod measures;

use std::time::Duration;

use http::HeaderMap;
use kit::guard::AllowList;
use kit::wire::HttpWire;
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Sampler, SdkTracerProvider};
use tracing::Span;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Subscriber;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::config::Traces;
use collector::{Collector, Plain};

/// The spans that leave: a request, a call of a provider, due work. Whatever libraries trace stays here.
const SPANS: [&str; 3] = ["request", "call", "tasks"];
/// How long the last spans may take on their way when we leave.
const LEAVING: Duration = Duration::from_secs(5);

/// Traces that are on their way to a collector.
pub struct Telemetry {
    provider: SdkTracerProvider,
}

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent: {0}")]
pub struct TelemetryError(String);

impl Telemetry {
    /// Begins to send, if the settings say where to. Needs the runtime that the gateway runs in.
    pub fn start(settings: &Traces) -> Result<Option<Self>, TelemetryError> {
        let Some(url) = settings.url() else { return Ok(None) };
        let told = |error: &dyn std::error::Error| TelemetryError(error.to_string());
        let wire = HttpWire::new(AllowList::new(Vec::new())).map_err(|error| told(&error))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(wire))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(url)
            .build()
            .map_err(|error| told(&error))?;
        let resource = Resource::builder().with_service_name("jisr").build();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample))))
            .with_resource(resource)
            // A queue of 2048 spans, and a thread of its own: what does not fit is dropped, and nobody waits.
            .with_span_processor(BatchSpanProcessor::builder(Plain::new(exporter)).build())
            .build();
        Ok(Some(Self { provider }))
    }

    /// What hands our spans on, beside the logs.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let ours = |target: &str| target.starts_with("jisr::") || target.starts_with("kit::");
        let leaves = filter_fn(move |metadata| {
            metadata.is_span() && SPANS.contains(&metadata.name()) && ours(metadata.target())
        });
        OpenTelemetryLayer::new(self.provider.tracer("jisr"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(leaves.with_max_level_hint(LevelFilter::DEBUG))
    }

    /// Sends what is left, for a few seconds at the most.
    pub async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(LEAVING)).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(error = &error as &dyn std::error::Error, "the last spans are lost");
        }
    }
}

/// The span of a request, which continues the caller's trace. Where traces are off it is nothing and costs nothing.
pub fn request(method: &str, route: &str, request_id: &str, headers: &HeaderMap) -> Span {
    let span = tracing::debug_span!(
        "request",
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request_id
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("{method} {route}"));
        if let Some(parent) = caller(headers) {
            // It fails where the layer of the traces is not there: then nobody wants to know the parent.
            drop(span.set_parent(Context::new().with_remote_span_context(parent)));
        }
    }
    span
}

/// How a request ended.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// The caller's span as W3C's `traceparent` names it: `00-<trace>-<span>-<flags>`.
fn caller(headers: &HeaderMap) -> Option<SpanContext> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hexadecimal = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let shaped = hexadecimal(version, 2) && hexadecimal(trace, 32) && hexadecimal(span, 16) && hexadecimal(flags, 2);
    // Later versions may say more; this one says nothing else.
    if !shaped || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let caller = SpanContext::new(trace, span, flags & TraceFlags::SAMPLED, true, TraceState::NONE);
    caller.is_valid().then_some(caller)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String, bool)> {
        let headers = HeaderMap::from_iter([("traceparent".parse().expect("a name"), text.parse().expect("a value"))]);
        let caller = caller(&headers)?;
        Some((caller.trace_id().to_string(), caller.span_id().to_string(), caller.is_sampled()))
    }

    #[test]
    fn a_caller_is_read_as_the_standard_writes_it() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let whole = Some((trace.to_owned(), span.to_owned(), true));
        assert_eq!(read(&format!("00-{trace}-{span}-01")), whole);
        assert_eq!(read(&format!("00-{trace}-{span}-00")).map(|caller| caller.2), Some(false));
        assert_eq!(read(&format!("01-{trace}-{span}-01-more")), whole);
        for wrong in [
            format!("00-{trace}-{span}-01-more"),
            format!("ff-{trace}-{span}-01"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}-{span}"),
            format!("00-{trace}{span}-01"),
            "no".to_owned(),
        ] {
            assert_eq!(read(&wrong), None, "{wrong}");
        }
    }
}
