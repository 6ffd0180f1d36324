//! The storefront's side: requests that are sent again, with the same key, until they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// A gateway is dead for a second or two; whoever gets no answer for this long will never get one.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(150);

/// A client with a key. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    headers: Vec<(&'static str, String)>,
    repeats: Arc<AtomicU64>,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The text at a JSON pointer; empty where there is none.
    pub fn at(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Client {
    pub fn new(base: &str) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // It speaks plain HTTP to loopback; a client wants a configuration all the same.
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions")
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http =
            reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().timeout(Duration::from_secs(10));
        let http = http.retry(reqwest::retry::never()).build().expect("the configuration is whole");
        Self { base: base.to_owned(), http, headers: Vec::new(), repeats: Arc::default() }
    }

    pub fn with_key(&self, key: &str) -> Self {
        let headers = vec![("authorization", format!("Bearer {key}"))];
        Self { headers, repeats: Arc::default(), ..self.clone() }
    }

    pub fn for_store(&self, store: &str) -> Self {
        let mut other = self.clone();
        other.headers.push(("jisr-store", store.to_owned()));
        other
    }

    /// How many requests had to be sent again.
    pub fn repeats(&self) -> u64 {
        self.repeats.load(Ordering::Relaxed)
    }

    /// One try.
    pub async fn get(&self, path: &str) -> Result<Answer, reqwest::Error> {
        self.send("GET", path, None, None).await
    }

    /// Until it is answered.
    pub async fn read(&self, path: &str) -> Result<Answer, String> {
        self.answered("GET", path, None, None).await
    }

    /// Until it is answered, always with this idempotency key.
    pub async fn post(&self, path: &str, body: &Value, key: &str) -> Result<Answer, String> {
        self.answered("POST", path, Some(body), Some(key)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer, String> {
        self.answered("PUT", path, Some(body), None).await
    }

    async fn answered(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Answer, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let last = match self.send(method, path, body, key).await {
                Ok(answer) if answer.status < 500 && answer.status != 429 => return Ok(answer),
                Ok(answer) => format!("{} {}", answer.status, answer.body),
                Err(error) => error.to_string(),
            };
            if Instant::now() > until {
                return Err(format!("{method} {path} was not answered for {PATIENCE:?}: {last}"));
            }
            self.repeats.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(PAUSE).await;
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the crash test is a client of the gateway, not the gateway")]
    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Answer, reqwest::Error> {
        let method = method.parse().unwrap_or_default();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let body = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
        Ok(Answer { status, body })
    }
}
