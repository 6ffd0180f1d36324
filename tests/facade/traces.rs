//! Traces: a collector on the loopback gets a payment's spans, each under its parent, and nothing that is nobody's business.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use mocks::Outcome;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;

use crate::harness::{Client, Gateway, Reply, Sink, leave, on_both, process};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
/// What is in the requests, the accounts and the answers, and in no span.
const NOBODYS_BUSINESS: [&str; 8] = [
    "3a488a89b3f7993476c252f017c488bb",
    "6a6973722d6d6f636b732d6e6f74696679",
    "0912345678",
    "912345678",
    "911234567",
    "111111",
    "12.500",
    "planted-in-the-query",
];

/// A collector of traces. Cheap to clone.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    async fn start() -> (Self, SocketAddr) {
        let collector = Self::default();
        let router = axum::Router::new().route("/v1/traces", axum::routing::post(take)).with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    fn bodies(&self) -> Vec<Bytes> {
        self.0.lock().expect("no test has panicked here").clone()
    }

    fn spans(&self) -> Vec<Span> {
        let decode = |body: Bytes| ExportTraceServiceRequest::decode(body).expect("OTLP as protobuf");
        let resources = self.bodies().into_iter().flat_map(|body| decode(body).resource_spans);
        let scopes = resources.flat_map(|resource| {
            let service = resource.resource.expect("a resource").attributes;
            assert!(service.iter().any(|one| one.key == "service.name" && text(one.value.as_ref()) == "jisr"));
            resource.scope_spans
        });
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

async fn take(State(collector): State<Collector>, body: Bytes) {
    collector.0.lock().expect("no test has panicked here").push(body);
}

fn text(value: Option<&opentelemetry_proto::tonic::common::v1::AnyValue>) -> String {
    match value.and_then(|value| value.value.clone()) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn attribute(span: &Span, name: &str) -> String {
    text(span.attributes.iter().find(|one| one.key == name).and_then(|one| one.value.as_ref()))
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} among {names:?}"))
}

/// A gateway in a process of its own that sends its traces there; the one of the test answers for its mocks alone.
async fn traced(
    backend: crate::harness::Backend,
    endpoint: &str,
    sample: &str,
) -> (Gateway, tokio::process::Child, Client) {
    let gateway = Gateway::start_with_all(backend, &[("JISR_WORK__CONCURRENCY", "0")]).await;
    let own = [("JISR_TRACES__ENDPOINT", endpoint), ("JISR_TRACES__SAMPLE", sample), ("JISR_WORK__CONCURRENCY", "8")];
    let (child, client) = process(&gateway, "api,worker", &own).await;
    gateway.mocks.set_gateway_url(client.base());
    (gateway, child, client)
}

/// A wallet that is opened and confirmed, and a card that is refunded by due work.
async fn payments(gateway: &Gateway, client: &Client, parent: &str) {
    let client = client.clone().with_header("traceparent", parent).with_header("x-request-id", "storefront-0042");
    let customer = json!({"phone": "0911234567", "birth_year": 1987});
    let body = json!({"reference": "ORD-1", "amount": "12.500", "currency": "LYD", "method": "wallet", "brand": "sadad",
        "provider": "sadad", "customer": customer});
    let opened = client.post("/v1/payments", body).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    let confirm = format!("/v1/payments/{}/confirm", opened.text("id"));
    assert_eq!(client.post(&confirm, json!({"otp": "111111"})).await.text("status"), "paid");
    let customer = json!({"name": "سالم", "phone": "0912345678"});
    let body = json!({"reference": "ORD-2", "amount": "12.500", "currency": "LYD", "method": "card",
        "provider": "moamalat", "customer": customer});
    let created = client.post("/v1/payments", body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let (id, wire) = (created.text("id"), created.at("/next_action/parameters/MerchantReference"));
    let payment = crate::harness::Payment { id: id.clone(), wire, answer: created };
    gateway.pay_quietly(&payment, Outcome::Approved).await;
    assert_eq!(client.post(&format!("/v1/payments/{id}/sync"), json!({})).await.text("status"), "paid");
    let refund = client.post(&format!("/v1/payments/{id}/refunds"), json!({})).await;
    client.until(&format!("/v1/refunds/{}", refund.text("id")), "succeeded").await;
    assert_eq!(client.get("/v1/payments?reference=planted-in-the-query").await.status, 200);
}

on_both! {
    async fn a_collector_gets_the_spans_of_a_payment(backend) {
        let (collector, address) = Collector::start().await;
        let (gateway, child, client) = traced(backend, &format!("http://{address}"), "1").await;
        payments(&gateway, &client, &format!("00-{TRACE}-{CALLER}-01")).await;
        assert!(leave(child).await.success());
        let spans = collector.spans();
        let (trace, caller) = (hex::decode(TRACE).expect("hex"), hex::decode(CALLER).expect("hex"));
        let created = named(&spans, "POST /v1/payments");
        assert_eq!((&created.trace_id, &created.parent_span_id), (&trace, &caller));
        assert_eq!(attribute(created, "request_id"), "storefront-0042");
        assert_eq!(attribute(created, "http.request.method"), "POST");
        assert_eq!(attribute(created, "http.route"), "/v1/payments");
        assert_eq!(attribute(created, "http.response.status_code"), "201");
        let confirmed = named(&spans, "POST /v1/payments/{id}/confirm");
        let asked = spans.iter().find(|span| span.parent_span_id == confirmed.span_id).expect("a call under its request");
        assert_eq!((asked.name.as_str(), &asked.trace_id), ("Pay", &trace));
        assert_eq!((attribute(asked, "provider"), attribute(asked, "outcome")), ("sadad".into(), "success".into()));
        let called = named(&spans, "RefundTransaction");
        let work = spans.iter().find(|span| span.span_id == called.parent_span_id).expect("a call under its work");
        assert_eq!((work.name.as_str(), attribute(work, "enqueued_by")), ("tasks", "storefront-0042".to_owned()));
        assert!(work.parent_span_id.is_empty() && work.trace_id != trace, "work has a trace of its own");
        for body in collector.bodies() {
            let body = String::from_utf8_lossy(&body).into_owned();
            let found: Vec<_> = NOBODYS_BUSINESS.iter().filter(|words| body.contains(**words)).collect();
            assert!(found.is_empty(), "{found:?} left with the spans");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn what_the_caller_or_the_settings_leave_out_is_not_sent(backend) {
        let (collector, address) = Collector::start().await;
        let (gateway, child, client) = traced(backend, &format!("http://{address}"), "0").await;
        payments(&gateway, &client, &format!("00-{TRACE}-{CALLER}-00")).await;
        assert!(leave(child).await.success());
        let sent: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
        assert!(sent.is_empty(), "{sent:?}");
        gateway.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_hangs_slows_nobody() {
    let sink = Sink::start().await;
    sink.always("/v1/traces", Reply::Hang);
    let (gateway, child, client) = traced(crate::harness::Backend::Sqlite, &sink.url(""), "1").await;
    let client = client.with_header("x-request-id", "storefront-0043");
    // More spans than the queue holds: those that find no place are dropped, and nobody waits for one.
    for _ in 0..3_000 {
        assert_eq!(client.get("/health").await.status, 200);
    }
    assert!(leave(child).await.success(), "it leaves although nobody has taken its spans");
    gateway.stop().await;
}
