//! A small shop beside the gateway: a page to buy on, and the server that holds the key.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use kit::Ambient;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::stage::Stage;
use crate::cli::CommandError;

/// The shop's store, and its merchant.
pub(super) const STORE: &str = "demo-shop";

/// What the shop's server knows.
struct Shop {
    gateway: String,
    key: String,
    http: reqwest::Client,
}

#[derive(Template)]
#[template(path = "shop.html")]
struct Page<'a> {
    gateway: &'a str,
    arabic: bool,
}

#[derive(Deserialize)]
struct Language {
    #[serde(default)]
    lang: Option<String>,
}

#[derive(Deserialize)]
struct Order {
    amount: String,
    method: String,
}

/// Opens the shop on this port, or on a free one where it is taken.
pub(super) async fn open(stage: &Stage, port: u16, gateway: &str) -> Result<SocketAddr, CommandError> {
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(("127.0.0.1", 0)).await?,
    };
    let address = listener.local_addr()?;
    let own_pages = [format!("http://{address}/*"), format!("http://localhost:{}/*", address.port())];
    let store = json!({"key": STORE, "name": "متجر التجربة", "return_urls": own_pages});
    stage.call("POST", "/v1/stores", None, store).await?;
    stage.endpoint(STORE, STORE, "*").await?;
    let shop = Shop { gateway: gateway.to_owned(), key: stage.key().to_owned(), http: stage.http() };
    let router = Router::new().route("/", get(page)).route("/buy", post(buy)).with_state(Arc::new(shop));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(error = &error as &dyn std::error::Error, "the shop closed");
        }
    });
    Ok(address)
}

async fn page(State(shop): State<Arc<Shop>>, Query(language): Query<Language>) -> Response {
    let arabic = language.lang.as_deref() != Some("en");
    match (Page { gateway: &shop.gateway, arabic }).render() {
        Ok(page) => Html(page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// What a storefront's server does: it creates the payment with its key and hands the browser what it may know.
#[expect(clippy::disallowed_methods, reason = "the demo is the storefront: it calls the gateway, not a provider")]
async fn buy(State(shop): State<Arc<Shop>>, Json(order): Json<Order>) -> Response {
    let ambient = Ambient::system();
    let reference = format!("SHOP-{}", ambient.uuid().simple());
    let body = json!({"reference": reference, "amount": order.amount, "currency": "LYD", "method": order.method});
    let request = shop
        .http
        .post(format!("{}/v1/payments", shop.gateway))
        .header("authorization", format!("Bearer {}", shop.key))
        .header("jisr-store", STORE)
        .header("idempotency-key", reference)
        .header("content-type", "application/json")
        .body(body.to_string());
    let answered = async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok::<_, reqwest::Error>((status, response.text().await?))
    };
    match answered.await {
        Ok((status, text)) => {
            let answer: Value = serde_json::from_str(&text).unwrap_or_default();
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, Json(answer)).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, Json(json!({"detail": error.to_string()}))).into_response(),
    }
}
