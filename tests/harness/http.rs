//! The storefront's side: a client with a key, and answers that can be looked into.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

/// A client with a key. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
    pub raw: String,
}

impl Client {
    /// Without a key.
    pub fn new(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { base: format!("http://{address}"), http, headers: Vec::new() }
    }

    /// At another address.
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.base = format!("http://{address}");
        self
    }

    /// With this key instead.
    pub fn with_key(mut self, key: &str) -> Self {
        self.headers.retain(|(name, _)| name != "authorization");
        self.with_header("authorization", &format!("Bearer {key}"))
    }

    /// With one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The address.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[]).await
    }

    /// With an idempotency key of its own.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let key = uuid();
        self.post_keyed(path, body, &key).await
    }

    /// With this idempotency key.
    pub async fn post_keyed(&self, path: &str, body: Value, key: &str) -> Answer {
        self.send("POST", path, Some(body.to_string()), &[("idempotency-key", key)]).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body.to_string()), &[]).await
    }

    /// Any request with a text.
    pub async fn send(&self, method: &str, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Answer {
        self.send_bytes(method, path, body.map(String::into_bytes), headers).await
    }

    /// Any request, its body text or not.
    #[expect(clippy::disallowed_methods, reason = "a test is a client")]
    pub async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(headers.iter().copied())
        {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let raw = response.text().await.expect("a body");
        Answer { status, headers, body: serde_json::from_str(&raw).unwrap_or(Value::Null), raw }
    }

    /// Waits until the resource has a status; 20 seconds at most.
    pub async fn until(&self, path: &str, status: &str) -> Answer {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.get(path).await;
            if answer.text("status") == status {
                return answer;
            }
            assert!(tokio::time::Instant::now() < until, "{path} never became {status}: {}", answer.raw);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Answer {
    /// A field's text; empty where there is none.
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_default().to_owned()
    }

    /// The text at a JSON pointer; empty where there is none.
    pub fn at(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The fields at fault.
    pub fn fields(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A text that nobody has used.
#[expect(clippy::disallowed_methods, reason = "a test's own ids")]
pub fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The tests speak plain HTTP to loopback; a client wants a configuration all the same.
fn tls() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}
