//! Publishing: the payload goes on byte for byte, as it came.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use schemas::{EndpointId, NotificationId};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::OrderNo;
use crate::db::notifications::Standing;
use crate::http::auth::{self, Authorized};
use crate::http::idempotency::{self, Keyed};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::http::stores::named;
use crate::notify::{Draft, Published};
use crate::payments::{Caller, Idempotency};
use crate::refusal::Refusal;

/// Notifications in one request.
const MOST: usize = 100;
/// Where one alone is published.
const ALONE: &str = "POST /v1/notifications";

/// `POST /v1/notifications`.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The store that is told; the key's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    /// To this URL alone; without it to whichever endpoints want the event. An endpoint is made for it where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify_url: Option<String>,
    /// What has happened, in words of your own.
    event: String,
    /// Your own number: text, or a whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    order_no: Option<OrderNo>,
    /// Any object; it is delivered byte for byte.
    #[schema(value_type = Object)]
    payload: Box<RawValue>,
}

/// One of several notifications.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishOne {
    /// The store that is told; the key's own when absent. All of one request are of one store.
    #[serde(default)]
    store: Option<String>,
    /// To this URL alone; without it to whichever endpoints want the event.
    #[serde(default)]
    notify_url: Option<String>,
    /// What has happened, in words of your own.
    event: String,
    /// Your own number: text, or a whole number.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    order_no: Option<OrderNo>,
    /// Any object; it is delivered byte for byte.
    #[schema(value_type = Object)]
    payload: Box<RawValue>,
    /// As if it had come alone with this Idempotency-Key; otherwise that of the request counts, and its place in it.
    #[serde(default)]
    idempotency_key: Option<String>,
}

/// `POST /v1/notifications/bulk`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishMany {
    /// 1 to 100.
    notifications: Vec<PublishOne>,
}

/// A notification that is durable.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Accepted {
    id: NotificationId,
    store: String,
    event: String,
    /// `pending`, `success` or `failed`.
    status: &'static str,
    livemode: bool,
    created_at: String,
    /// The endpoint that was made for the URL just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<EndpointId>,
    /// Its secret, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// One of several that are durable.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AcceptedOne {
    id: NotificationId,
    /// The endpoint that was made for the URL just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<EndpointId>,
    /// Its secret, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// In the order of the request.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AcceptedMany {
    data: Vec<AcceptedOne>,
}

/// Publish a notification
///
/// It is durable, with all its deliveries, before this is answered.
#[utoipa::path(post, path = "/v1/notifications", tag = "notifications", request_body = Publish,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 202, description = "It is durable and on its way", body = Accepted),
        (status = 400, description = "`invalid_request`, `idempotency_key_missing`", body = schemas::Problem),
        (status = 422, description = "`idempotency_mismatch`", body = schemas::Problem)))]
pub async fn publish(
    State(facade): State<Facade>,
    authorized: Authorized,
    request: Keyed<Publish>,
) -> Result<Response, Problem> {
    let Keyed { body, idempotency } = request;
    let caller = told(&facade, &authorized, body.store.as_deref()).await?;
    let event = body.event.clone();
    let published = facade.notify.publish(&caller, idempotency, body.into_draft("")?).await?;
    let (mut status, mut created_at) = (standing(&published), published.at);
    if published.replayed {
        let told = facade.notify.read(&caller, published.id).await?;
        status = Standing::of(told.deliveries.iter().map(|delivery| delivery.status.as_str()));
        created_at = told.notification.created_at;
    }
    let (endpoint, secret) = made(&published);
    let accepted = Accepted {
        id: published.id,
        store: caller.store_key.to_string(),
        event,
        status: status.as_str(),
        livemode: caller.mode.is_live(),
        created_at: created_at.to_string(),
        endpoint,
        secret,
    };
    Ok(answer(accepted, published.replayed))
}

/// Publish several notifications
///
/// All in one commit, or none. The answer is in the order of the request.
#[utoipa::path(post, path = "/v1/notifications/bulk", tag = "notifications", request_body = PublishMany,
    params(("Idempotency-Key" = String, Header)),
    responses((status = 202, description = "They are durable and on their way", body = AcceptedMany),
        (status = 400, description = "`invalid_request`, `idempotency_key_missing`", body = schemas::Problem),
        (status = 422, description = "`idempotency_mismatch`: none was published", body = schemas::Problem)))]
pub async fn publish_many(
    State(facade): State<Facade>,
    authorized: Authorized,
    request: Keyed<PublishMany>,
) -> Result<Response, Problem> {
    let Keyed { body: PublishMany { notifications }, idempotency } = request;
    if notifications.is_empty() || notifications.len() > MOST {
        return Err(Problem::field("notifications", "expected 1 to 100 notifications", "المتوقع من 1 إلى 100 إشعار"));
    }
    let store = notifications[0].store.clone();
    let caller = told(&facade, &authorized, store.as_deref()).await?;
    let mut drafts = Vec::with_capacity(notifications.len());
    for (index, one) in notifications.into_iter().enumerate() {
        if one.store != store {
            let (en, ar) = ("all of one request are of one store", "كل إشعارات الطلب الواحد تخص متجراً واحداً");
            return Err(Problem::field(format!("notifications[{index}].store"), en, ar));
        }
        let (own_key, one) = one.apart();
        let idempotency = match own_key {
            Some(key) => claimed_alone(&facade, index, &key, &one)?,
            None => Idempotency { key: format!("{}#{index}", idempotency.key), ..idempotency.clone() },
        };
        drafts.push((idempotency, one.into_draft(&format!("notifications[{index}]."))?));
    }
    let published = facade.notify.publish_all(&caller, drafts).await?;
    let replayed = published.iter().all(|one| one.replayed);
    let data = published.iter().map(|one| {
        let (endpoint, secret) = made(one);
        AcceptedOne { id: one.id, endpoint, secret }
    });
    Ok(answer(AcceptedMany { data: data.collect() }, replayed))
}

fn claimed_alone(facade: &Facade, index: usize, key: &str, one: &Publish) -> Result<Idempotency, Problem> {
    if !idempotency::is_key(key) {
        let (en, ar) = ("expected 1 to 255 visible characters", "المتوقع من 1 إلى 255 حرفاً ظاهراً");
        return Err(Problem::field(format!("notifications[{index}].idempotency_key"), en, ar));
    }
    idempotency::of_part(facade, ALONE, key, one)
}

/// The store that is told: the one that is named, or the one that the key is of.
async fn told(facade: &Facade, authorized: &Authorized, store: Option<&str>) -> Result<Caller, Problem> {
    let Some(key) = store else { return authorized.caller() };
    let store = named(facade, authorized, key).await?;
    match &authorized.store {
        Some(other) if other.id != store.id => {
            let (en, ar) = ("the header Jisr-Store names another store", "الترويسة Jisr-Store تحدد متجراً آخر");
            Err(Problem::field("store", en, ar))
        }
        _ => Ok(auth::caller(&store, authorized.principal.mode)),
    }
}

fn standing(published: &Published) -> Standing {
    if published.deliveries == 0 { Standing::Success } else { Standing::Pending }
}

fn made(published: &Published) -> (Option<EndpointId>, Option<String>) {
    let made = published.made.as_ref();
    (made.map(|(endpoint, _)| *endpoint), made.map(|(_, secret)| secret.expose_secret().to_owned()))
}

fn answer(body: impl Serialize, replayed: bool) -> Response {
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    if replayed {
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}

impl PublishOne {
    /// Its own key, and what would have come alone.
    fn apart(self) -> (Option<String>, Publish) {
        let Self { store, notify_url, event, order_no, payload, idempotency_key } = self;
        (idempotency_key, Publish { store, notify_url, event, order_no, payload })
    }
}

impl Publish {
    fn into_draft(self, prefix: &str) -> Result<Draft, Refusal> {
        let payload: Box<str> = self.payload.into();
        if !payload.starts_with('{') {
            let field = format!("{prefix}payload");
            return Err(Refusal::field(field, "expected a JSON object", "المتوقع كائن JSON"));
        }
        Ok(Draft {
            event: self.event,
            order_no: self.order_no.map(OrderNo::into_text),
            payload: payload.into(),
            notify_url: self.notify_url,
        })
    }
}
