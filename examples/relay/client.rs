//! One request to one gateway, and all that is told by its answer.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// Longer than any answer may take: whoever gets none by then has found something.
const LONGEST: Duration = Duration::from_secs(20);

/// A client of one gateway. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    base: String,
    key: String,
    http: reqwest::Client,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub content_type: String,
    pub body: Value,
    /// When it was asked.
    pub asked: Instant,
    pub took: Duration,
}

impl Answer {
    /// The text at a JSON pointer; empty where there is none.
    pub fn at(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether a refusal says when to come again, in the form that all problems have.
    pub fn is_whole_problem(&self) -> bool {
        let seconds = self.retry_after.as_deref().and_then(|text| text.parse::<u64>().ok());
        let told = self.at("/code") == "unavailable" && self.at("/type").starts_with("/docs/problems/");
        seconds.is_some_and(|seconds| seconds > 0) && self.content_type == "application/problem+json" && told
    }
}

/// Connections for all clients.
pub fn http() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    // It speaks plain HTTP to loopback; a client wants a configuration all the same.
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let http = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().timeout(LONGEST);
    http.retry(reqwest::retry::never()).build().expect("the configuration is whole")
}

impl Client {
    pub fn new(http: &reqwest::Client, base: &str, key: &str) -> Self {
        Self { base: base.to_owned(), key: key.to_owned(), http: http.clone() }
    }

    pub async fn get(&self, path: &str) -> Result<Answer, reqwest::Error> {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    /// One try, with this idempotency key.
    pub async fn post(&self, path: &str, body: &Value, key: &str) -> Result<Answer, reqwest::Error> {
        let request = self.http.post(format!("{}{path}", self.base)).header("idempotency-key", key);
        self.send(request.header("content-type", "application/json").body(body.to_string())).await
    }

    #[expect(clippy::disallowed_methods, reason = "the relay test is a client of the gateway, not the gateway")]
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let asked = Instant::now();
        let response = request.bearer_auth(&self.key).send().await?;
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (status, retry_after) = (response.status().as_u16(), text("retry-after"));
        let content_type = text("content-type").unwrap_or_default();
        let body = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
        Ok(Answer { status, retry_after, content_type, body, asked, took: asked.elapsed() })
    }
}
