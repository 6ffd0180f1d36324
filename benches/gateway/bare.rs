//! What the gateway is compared with: a client and a proxy that keep no record and check nothing.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::Value;

use crate::Failure;

/// A client as the gateway's own: no proxies, no redirects, no delay.
pub fn client() -> Result<reqwest::Client, Failure> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(kit::wire::tls()?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .tcp_nodelay(true);
    Ok(client.build()?)
}

/// Posts JSON and reads the whole answer.
#[expect(clippy::disallowed_methods, reason = "this is the bare client that the transport is compared with")]
pub async fn send(client: &reqwest::Client, url: &str, body: Bytes) -> Result<Bytes, reqwest::Error> {
    let request = client.post(url).header(header::CONTENT_TYPE, "application/json");
    let answer = request.header(header::ACCEPT, "application/json").body(body).send().await?;
    answer.error_for_status()?.bytes().await
}

struct Proxy {
    client: reqwest::Client,
    url: String,
}

/// Reads JSON, asks the server, and answers the JSON that it answered.
pub fn proxy(url: String) -> Result<Router, Failure> {
    let proxy = Arc::new(Proxy { client: client()?, url });
    Ok(Router::new().route("/read", post(pass)).with_state(proxy))
}

async fn pass(State(proxy): State<Arc<Proxy>>, Json(body): Json<Value>) -> Result<Json<Value>, StatusCode> {
    let body = serde_json::to_vec(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let answer = send(&proxy.client, &proxy.url, body.into()).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    serde_json::from_slice(&answer).map(Json).map_err(|_| StatusCode::BAD_GATEWAY)
}
