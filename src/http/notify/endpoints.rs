//! The endpoints of a store. A secret is answered when it is made, and never again.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::EndpointId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

use crate::db::Time;
use crate::db::endpoint_health::Health;
use crate::db::endpoints::Endpoint;
use crate::http::auth::{self, Authorized};
use crate::http::extract::{Body, Path};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::http::stores::named;
use crate::notify::{Changes, NewEndpoint, channel, health};
use crate::payments::Caller;

const LONGEST_DESCRIPTION: usize = 500;

/// `POST /v1/stores/{key}/endpoints`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEndpoint {
    /// Where: `https://…`, or another scheme that is served.
    url: String,
    /// Names of events, or `*`. Without any only what is published for the URL goes there.
    events: Vec<String>,
    /// `whsec_` and base 64 of 24 to 64 bytes; one is made when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    secret: Option<SecretString>,
    /// When a delivery that failed is tried again: `short` when absent, or `standard`.
    #[serde(default)]
    schedule: Option<String>,
    /// Its share among the store's weighted endpoints, of which each notification reaches one; the others take over from
    /// one that fails.
    #[serde(default)]
    weight: Option<i32>,
    /// Deliveries a second at the most, of each process.
    #[serde(default)]
    rate: Option<i32>,
    /// For people.
    #[serde(default)]
    description: Option<String>,
}

/// `PATCH /v1/stores/{key}/endpoints/{id}`: what is absent stays, `null` is taken away.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeEndpoint {
    /// Where.
    #[serde(deserialize_with = "given")]
    url: Option<String>,
    /// Names of events, or `*`.
    #[serde(deserialize_with = "given")]
    events: Option<Vec<String>>,
    /// `short` or `standard`.
    #[serde(deserialize_with = "given")]
    schedule: Option<String>,
    /// Its share; `null` takes it out of the weighted ones.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    weight: Option<Option<i32>>,
    /// Deliveries a second; `null` is without a limit.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    rate: Option<Option<i32>>,
    /// For people.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// Whether anything goes there. One that is enabled again starts anew.
    #[serde(deserialize_with = "given")]
    enabled: Option<bool>,
}

/// A field that is there, even with `null`.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An endpoint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EndpointShown {
    id: EndpointId,
    store: String,
    /// Credentials in it are shown as `***`.
    url: String,
    events: Vec<String>,
    /// `short` or `standard`.
    schedule: String,
    weight: Option<i32>,
    rate: Option<i32>,
    description: Option<String>,
    /// Whether anything goes there.
    enabled: bool,
    /// `owner`, `gone` (it answered 410) or `failing` (nothing arrived for days).
    disabled_reason: Option<String>,
    /// Made for a bare `notify_url`: no event goes there by itself.
    implicit: bool,
    health: HealthShown,
    /// Until when the secret before the rotation signs as well.
    old_secret_until: Option<String>,
    /// What signs: told when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    livemode: bool,
    created_at: String,
    updated_at: String,
}

/// How an endpoint does.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HealthShown {
    /// `normal`, `slow`, `circuit_breaker` or `disabled`.
    status: &'static str,
    /// Failures in a row.
    failures: i32,
    /// The breaker is open until then; afterwards one delivery at a time finds out.
    open_until: Option<String>,
    /// It asked for time until then.
    paused_until: Option<String>,
    /// The mean of the last hundred tries.
    mean_ms: u64,
    /// Deliveries that arrived.
    succeeded: i64,
    /// Tries that failed.
    failed: i64,
    last_success_at: Option<String>,
    last_failure_at: Option<String>,
}

/// The endpoints of a store.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EndpointPage {
    data: Vec<EndpointShown>,
    next_cursor: Option<String>,
}

/// Make an endpoint
///
/// The answer tells its secret, and nothing else ever does. Deliveries are signed as Standard Webhooks has it.
#[utoipa::path(post, path = "/v1/stores/{key}/endpoints", tag = "notifications", request_body = CreateEndpoint,
    params(("key" = String, Path)),
    responses((status = 201, description = "The endpoint, with its secret", body = EndpointShown),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn create(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(key): Path<String>,
    Body(request): Body<CreateEndpoint>,
) -> Result<(StatusCode, Json<EndpointShown>), Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    check_description(request.description.as_deref())?;
    let new = NewEndpoint {
        url: request.url,
        events: request.events,
        secret: request.secret,
        schedule: request.schedule,
        weight: request.weight,
        rate: request.rate,
        description: request.description,
    };
    let (endpoint, secret) = facade.notify.make_endpoint(&caller, new).await?;
    let (endpoint, health) = facade.notify.read_endpoint(&caller, endpoint.id).await?;
    Ok((StatusCode::CREATED, Json(show(&facade, &caller, endpoint, &health, Some(&secret)))))
}

/// List the endpoints of a store
#[utoipa::path(get, path = "/v1/stores/{key}/endpoints", tag = "notifications", params(("key" = String, Path)),
    responses((status = 200, description = "Oldest first, those made for a bare URL too", body = EndpointPage)))]
pub async fn list(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(key): Path<String>,
) -> Result<Json<EndpointPage>, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    let found = facade.notify.endpoints(&caller).await?;
    let found = facade.notify.with_health(found).await?;
    let data = found.into_iter().map(|(endpoint, health)| show(&facade, &caller, endpoint, &health, None)).collect();
    Ok(Json(EndpointPage { data, next_cursor: None }))
}

/// Read an endpoint
#[utoipa::path(get, path = "/v1/stores/{key}/endpoints/{id}", tag = "notifications",
    params(("key" = String, Path), ("id" = EndpointId, Path)),
    responses((status = 200, description = "The endpoint and how it does", body = EndpointShown)))]
pub async fn read(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, id)): Path<(String, EndpointId)>,
) -> Result<Json<EndpointShown>, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    shown(&facade, &caller, id).await
}

/// Change an endpoint
///
/// What is absent stays, `null` is taken away. One that is enabled again starts anew.
#[utoipa::path(patch, path = "/v1/stores/{key}/endpoints/{id}", tag = "notifications", request_body = ChangeEndpoint,
    params(("key" = String, Path), ("id" = EndpointId, Path)),
    responses((status = 200, description = "The endpoint", body = EndpointShown),
        (status = 409, description = "`conflict`: it changed meanwhile", body = schemas::Problem)))]
pub async fn change(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, id)): Path<(String, EndpointId)>,
    Body(request): Body<ChangeEndpoint>,
) -> Result<Json<EndpointShown>, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    check_description(request.description.as_ref().and_then(Option::as_deref))?;
    let changes = Changes {
        url: request.url,
        events: request.events,
        schedule: request.schedule,
        weight: request.weight,
        rate: request.rate,
        description: request.description,
        enabled: request.enabled,
    };
    facade.notify.change_endpoint(&caller, id, changes).await?;
    shown(&facade, &caller, id).await
}

/// Take an endpoint away
///
/// What waits for it is given up; what was sent stays to be read.
#[utoipa::path(delete, path = "/v1/stores/{key}/endpoints/{id}", tag = "notifications",
    params(("key" = String, Path), ("id" = EndpointId, Path)),
    responses((status = 204, description = "Nothing goes there any more")))]
pub async fn delete(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path((key, id)): Path<(String, EndpointId)>,
) -> Result<StatusCode, Problem> {
    let caller = of_store(&facade, &authorized, &key).await?;
    facade.notify.delete_endpoint(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn shown(facade: &Facade, caller: &Caller, id: EndpointId) -> Result<Json<EndpointShown>, Problem> {
    let (endpoint, health) = facade.notify.read_endpoint(caller, id).await?;
    Ok(Json(show(facade, caller, endpoint, &health, None)))
}

/// Whoever asks, for the store that the path names.
pub(super) async fn of_store(facade: &Facade, authorized: &Authorized, key: &str) -> Result<Caller, Problem> {
    let store = named(facade, authorized, key).await?;
    Ok(auth::caller(&store, authorized.principal.mode))
}

fn check_description(description: Option<&str>) -> Result<(), Problem> {
    if description.is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        return Err(Problem::field("description", "at most 500 characters", "500 حرف على الأكثر"));
    }
    Ok(())
}

/// An endpoint as it is shown.
pub(super) fn show(
    facade: &Facade,
    caller: &Caller,
    endpoint: Endpoint,
    health: &Health,
    secret: Option<&SecretString>,
) -> EndpointShown {
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    let shown = HealthShown {
        status: facade.notify.standing(&endpoint, health),
        failures: health.failures,
        open_until: time(health.open_until),
        paused_until: time(health.paused_until),
        mean_ms: u64::try_from(health::mean(health).as_millis()).unwrap_or(u64::MAX),
        succeeded: health.succeeded,
        failed: health.failed,
        last_success_at: time(health.last_success_at),
        last_failure_at: time(health.last_failure_at),
    };
    EndpointShown {
        id: endpoint.id,
        store: caller.store_key.to_string(),
        url: channel::shown(&endpoint.url),
        events: endpoint.events.0,
        schedule: endpoint.schedule,
        weight: endpoint.weight,
        rate: endpoint.rate,
        description: endpoint.description,
        enabled: endpoint.disabled_at.is_none(),
        disabled_reason: endpoint.disabled_reason,
        implicit: endpoint.implicit,
        health: shown,
        old_secret_until: time(endpoint.old_secret_until),
        secret: secret.map(|secret| secret.expose_secret().to_owned()),
        livemode: endpoint.livemode,
        created_at: endpoint.created_at.to_string(),
        updated_at: endpoint.updated_at.to_string(),
    }
}
