//! What a customer's browser may do with the payment's own secret.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use schemas::PaymentId;
use schemas::payment::PublicPayment;
use serde::Deserialize;
use serde_json::Value;

use crate::http::extract::{BODY_LIMIT, Id, Query, read_body, read_json};
use crate::http::problem::Problem;
use crate::http::request::address;
use crate::http::router::Facade;
use crate::payments::Shown;
use crate::refusal::Refusal;

/// The secret, where a browser cannot set a header.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SecretQuery {
    /// Better sent as `Authorization: Bearer pcs_…`, which no log of a proxy keeps.
    client_secret: Option<String>,
}

/// What the provider's script told the browser.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientResult {
    /// The payment's own secret, unless it is in the header.
    #[serde(default)]
    client_secret: Option<String>,
    /// `complete`, `error` or `cancel`: which of the script's callbacks was called.
    result: String,
    /// What it was called with, unchanged.
    #[serde(default)]
    data: Value,
}

/// Read a payment in the browser
#[utoipa::path(get, path = "/v1/payments/{id}/public", tag = "checkout", params(("id" = PaymentId, Path), SecretQuery),
    responses((status = 200, description = "What a browser may see", body = PublicPayment),
        (status = 401, description = "`unauthorized`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    Id(id): Id<PaymentId>,
    Query(query): Query<SecretQuery>,
    request: Request,
) -> Response {
    let secret = bearer(request.headers()).or(query.client_secret).unwrap_or_default();
    let facts = request_facts(&request);
    let read = facade.payments.read_public(id, &secret).await.map_err(|refusal| told(&facade, &facts, refusal));
    answer(&facade, id, &facts, read).await
}

/// Report what the provider's script said
///
/// A hint only: the provider is asked, and nothing changes before it has answered.
#[utoipa::path(post, path = "/v1/payments/{id}/client-result", tag = "checkout", request_body = ClientResult,
    params(("id" = PaymentId, Path)),
    responses((status = 200, description = "What a browser may see", body = PublicPayment),
        (status = 401, description = "`unauthorized`: the secret or the result's hash does not fit", body = schemas::Problem)))]
pub async fn result(State(facade): State<Facade>, Id(id): Id<PaymentId>, request: Request) -> Response {
    let facts = request_facts(&request);
    let header = bearer(request.headers());
    let report: Result<ClientResult, Problem> = match read_body(request, BODY_LIMIT).await {
        Ok(bytes) => read_json(&bytes),
        Err(problem) => Err(problem),
    };
    let taken = match report {
        Ok(report) => {
            let secret = header.or(report.client_secret).unwrap_or_default();
            let result = serde_json::json!({"result": report.result, "data": report.data});
            facade.payments.client_result(id, &secret, &result).await.map_err(|refusal| told(&facade, &facts, refusal))
        }
        Err(problem) => Err(problem),
    };
    answer(&facade, id, &facts, taken).await
}

/// May a page of this origin read it?
#[utoipa::path(options, path = "/v1/payments/{id}/public", tag = "checkout", params(("id" = PaymentId, Path)),
    responses((status = 204, description = "Says which origin may")))]
pub async fn preflight_read(State(facade): State<Facade>, Id(id): Id<PaymentId>, headers: HeaderMap) -> Response {
    preflight(&facade, id, &headers).await
}

/// May a page of this origin report?
#[utoipa::path(options, path = "/v1/payments/{id}/client-result", tag = "checkout", params(("id" = PaymentId, Path)),
    responses((status = 204, description = "Says which origin may")))]
pub async fn preflight_result(State(facade): State<Facade>, Id(id): Id<PaymentId>, headers: HeaderMap) -> Response {
    preflight(&facade, id, &headers).await
}

struct Facts {
    origin: Option<HeaderValue>,
    address: std::net::IpAddr,
}

fn request_facts(request: &Request) -> Facts {
    Facts { origin: request.headers().get(header::ORIGIN).cloned(), address: address(request) }
}

async fn preflight(facade: &Facade, id: PaymentId, headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(origin) = allowed(facade, id, headers.get(header::ORIGIN)).await {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

/// A secret that does not fit counts against the address.
fn told(facade: &Facade, facts: &Facts, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Unauthorized => facade.auth.failed_proof(facts.address),
        refusal => refusal.into(),
    }
}

/// The answer, problems included, with the leave for the page to read it.
async fn answer(facade: &Facade, id: PaymentId, facts: &Facts, read: Result<Shown, Problem>) -> Response {
    let mut response = read.map(|shown| Json(shown.public())).into_response();
    if let Some(origin) = allowed(facade, id, facts.origin.as_ref()).await {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// The origin, if it is one of the store's own pages: one of its `return_urls`.
async fn allowed(facade: &Facade, id: PaymentId, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
    let origin = origin?;
    let payment = crate::db::payments::by_id(&facade.db, id).await.ok()??;
    let store = facade.auth.store_by_id(payment.store_id).await.ok()??;
    let own = |pattern: &String| {
        url::Url::parse(pattern.trim_end_matches('*'))
            .is_ok_and(|url| url.origin().ascii_serialization().as_bytes() == origin.as_bytes())
    };
    store.return_urls.iter().any(own).then(|| origin.clone())
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").filter(|secret| secret.starts_with("pcs_")).map(str::to_owned)
}
