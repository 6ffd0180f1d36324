//! `GET /v1/integrations/{name}/impact`: what a switch-off would hit.

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use schemas::payment::Method;
use schemas::{Currency, Money};
use serde::Serialize;

use crate::caller::Caller;
use crate::db::impact::{self, Counted, Group};
use crate::db::{DbError, Time, integrations};
use crate::http::auth::Authorized;
use crate::http::extract::Path;
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// How far back what is still open is looked for.
const OPEN_DAYS: i64 = 30;
/// How far back the volume is counted.
const VOLUME_DAYS: i64 = 7;
/// The most stores that are named.
const MOST_STORES: i64 = 100;

/// What a switch-off would hit, in the mode of the key.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Impact {
    /// The service.
    pub name: String,
    /// Where it stands.
    pub status: String,
    /// Whom it serves.
    pub stores: StoresServed,
    /// Payments of the last 30 days that are neither paid nor over: they go on.
    pub open_payments: Vec<GroupShown>,
    /// Shipments of the last 30 days under way: they go on. Amounts are cash that is to be collected.
    pub shipments_under_way: Vec<GroupShown>,
    /// What it was given in the last seven days, by money; at most the newest 100 000.
    pub volume: Vec<GroupShown>,
    /// For each way to pay by it and each service of it, who else could serve that now.
    pub instead: Vec<InsteadShown>,
}

/// The stores that it serves.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StoresServed {
    /// With an account of their own.
    pub own_account: i64,
    /// In all: by the platform's account every store.
    pub count: i64,
    /// The first hundred of them.
    pub keys: Vec<String>,
}

/// Some that are alike.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupShown {
    /// Where they stand; absent where that is not told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of the amount.
    pub currency: String,
    /// How many.
    pub count: i64,
    /// How much.
    pub amount: String,
}

/// Who else could serve something now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InsteadShown {
    /// Payments: how it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Payments: the wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<&'static str>,
    /// Shipping: the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<&'static str>,
    /// Whether anybody else serves the very same now.
    pub served: bool,
    /// Who, in order.
    pub by: Vec<&'static str>,
    /// Who stands in by the configuration, in another way.
    pub fallbacks: Vec<&'static str>,
}

/// Ask what a switch-off would hit
///
/// Counted in the mode of the key. Who else could serve is asked for the store that the header `Jisr-Store` names, else for one
/// that has no accounts of its own.
#[utoipa::path(get, path = "/v1/integrations/{name}/impact", tag = "operations", params(("name" = String, Path)),
    responses((status = 200, description = "What would be hit; nothing is changed", body = Impact),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn impact(
    State(facade): State<Facade>,
    authorized: Authorized,
    Path(name): Path<String>,
) -> Result<Json<Impact>, Problem> {
    let service = integrations::by_name(&facade.db, &name).await?.ok_or_else(Problem::not_found)?;
    let livemode = authorized.principal.mode.is_live();
    let served = impact::stores(&facade.db, &service.provider, livemode, MOST_STORES).await?;
    let count = async |what: Counted, days: i64| -> Result<Vec<GroupShown>, DbError> {
        let now = facade.ambient.now();
        let since = now.checked_sub(SignedDuration::from_hours(days * 24)).unwrap_or(jiff::Timestamp::MIN);
        let found = impact::counted(&facade.db, what, &service.provider, livemode, Time::from(since)).await?;
        Ok(found.into_iter().map(group).collect())
    };
    let is_carrier = service.service_type == "shipping";
    let volume = if is_carrier { Counted::Shipments } else { Counted::Payments };
    let (open_payments, shipments_under_way) = match is_carrier {
        true => (Vec::new(), count(Counted::ShipmentsUnderWay, OPEN_DAYS).await?),
        false => (count(Counted::OpenPayments, OPEN_DAYS).await?, Vec::new()),
    };
    Ok(Json(Impact {
        stores: StoresServed { own_account: served.own, count: served.all, keys: served.keys },
        open_payments,
        shipments_under_way,
        volume: count(volume, VOLUME_DAYS).await?,
        instead: instead(&facade, &asker(&authorized), &service.provider).await?,
        name: service.service_name,
        status: service.status,
    }))
}

/// For whom it is asked who else could serve.
fn asker(authorized: &Authorized) -> Caller {
    authorized.caller().unwrap_or_else(|_| Caller {
        store: impact::nobody(),
        store_key: std::sync::Arc::from(""),
        key: None,
        mode: authorized.principal.mode,
        return_urls: std::sync::Arc::from([]),
    })
}

async fn instead(facade: &Facade, caller: &Caller, provider: &str) -> Result<Vec<InsteadShown>, Problem> {
    let mut found = Vec::new();
    for other in facade.payments.others(caller, provider).await? {
        let served = !other.by.is_empty();
        let (method, brand) = (Some(other.method), other.brand);
        found.push(InsteadShown { method, brand, service: None, served, by: other.by, fallbacks: other.fallbacks });
    }
    for other in facade.shipping.others(caller, provider).await? {
        let (service, served) = (Some(other.service), !other.by.is_empty());
        let (by, fallbacks) = (other.by, other.fallbacks);
        found.push(InsteadShown { method: None, brand: None, service, served, by, fallbacks });
    }
    Ok(found)
}

fn group(group: Group) -> GroupShown {
    let Group { status, currency, count, amount } = group;
    let money = Currency::from_code(&currency).map(|currency| Money::new(amount, currency).to_string());
    GroupShown {
        status: (!status.is_empty()).then_some(status),
        currency,
        count,
        amount: money.unwrap_or_else(|| amount.to_string()),
    }
}
