//! Incidents, and whose customers are told of them.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::health::{IncidentStatus, Severity};
use schemas::{IncidentId, PaymentId, Text};
use serde::{Deserialize, Serialize};

use crate::db::Time;
use crate::db::incident_notices::{self, Consent};
use crate::db::incidents::{self as table, Entry, Filter, Incident};
use crate::health::NewIncident;
use crate::http::auth::Authorized;
use crate::http::extract::{Body, Id, Query};
use crate::http::problem::Problem;
use crate::http::router::Facade;

/// What the list is narrowed by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IncidentQuery {
    /// The service's name.
    service: Option<String>,
    /// Only those that are closed, or only the others.
    closed: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<IncidentId>,
    /// 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// An incident.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IncidentShown {
    id: IncidentId,
    service: String,
    livemode: bool,
    status: IncidentStatus,
    severity: Severity,
    /// `unreachable`, `failing`, `declining`, `useless`, `slow`, or a person's word.
    cause: String,
    /// Whether a person has opened it: then a person closes it.
    by_hand: bool,
    error: Option<String>,
    opened_at: String,
    /// When it is likely to be over, from those before it.
    estimated_at: String,
    escalated_at: Option<String>,
    /// Since when all is well again.
    well_since: Option<String>,
    closed_at: Option<String>,
    /// How often the service failed again within it.
    flaps: i32,
    /// What has happened, oldest first; in a list it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<EntryShown>>,
}

/// Something that happened in an incident.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EntryShown {
    at: String,
    kind: String,
    text: Text,
}

/// A page of incidents, the latest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IncidentPage {
    data: Vec<IncidentShown>,
    next_cursor: Option<IncidentId>,
}

/// `POST /v1/incidents`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIncident {
    service: String,
    severity: Severity,
    /// What it is called; 1 to 500 characters.
    title: String,
    /// RFC 3339.
    #[schema(value_type = Option<String>)]
    estimated_at: Option<jiff::Timestamp>,
}

/// `POST /v1/incidents/{id}/notes`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// In English.
    text: String,
    /// In Arabic; the English one where there is none.
    text_ar: Option<String>,
}

/// Whose customers would be told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CustomersShown {
    /// Payments that wait for the service.
    waiting: usize,
    /// Those whose customers have been told.
    told: usize,
    consent: ConsentShown,
    text: Text,
    /// Ten of them at the most.
    sample: Vec<PaymentId>,
}

/// What a store wants its customers told of incidents.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentShown {
    /// Whether they are told as an incident opens.
    customers: bool,
    /// Of one incident, at the most.
    most: i32,
}

/// `POST /v1/incidents/{id}/customers`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TellCustomers {
    /// At the most, those counted that have been told; 1 to 100 000.
    most: usize,
}

/// How many are told now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CustomersTold {
    told: usize,
}

/// List incidents
#[utoipa::path(get, path = "/v1/incidents", tag = "operations", params(IncidentQuery),
    responses((status = 200, description = "A page, the latest first", body = IncidentPage)))]
pub async fn list(
    State(facade): State<Facade>,
    authorized: Authorized,
    Query(query): Query<IncidentQuery>,
) -> Result<Json<IncidentPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let filter = Filter {
        service: query.service,
        livemode: authorized.principal.mode.is_live(),
        closed: query.closed,
        store: authorized.store.as_ref().map(|store| store.id),
        public: false,
        before: query.cursor.map(IncidentId::uuid),
        limit,
    };
    let found = table::list(&facade.db, &filter).await?;
    let full = found.len() == usize::try_from(limit).unwrap_or_default();
    let data: Vec<IncidentShown> = found.into_iter().map(|incident| shown(incident, None)).collect();
    let next_cursor = data.last().map(|incident| incident.id).filter(|_| full);
    Ok(Json(IncidentPage { data, next_cursor }))
}

/// Read an incident
#[utoipa::path(get, path = "/v1/incidents/{id}", tag = "operations", params(("id" = IncidentId, Path)),
    responses((status = 200, description = "With its timeline", body = IncidentShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<IncidentId>,
) -> Result<Json<IncidentShown>, Problem> {
    let incident = found(&facade, &authorized, id).await?;
    let mut shown = told(&facade, incident).await?;
    // What operators note of the platform's accounts is for operators.
    if let (Some(_), Some(timeline)) = (&authorized.store, &mut shown.timeline) {
        timeline.retain(|entry| entry.kind != "note");
    }
    Ok(shown)
}

/// Open an incident by hand
///
/// One that no machine has found. It stays open until a person closes it.
#[utoipa::path(post, path = "/v1/incidents", tag = "operations", request_body = OpenIncident,
    responses((status = 201, description = "The incident", body = IncidentShown),
        (status = 400, description = "`invalid_request`: names the field", body = schemas::Problem)))]
pub async fn open(
    State(facade): State<Facade>,
    authorized: Authorized,
    Body(request): Body<OpenIncident>,
) -> Result<(StatusCode, Json<IncidentShown>), Problem> {
    let new = NewIncident {
        store: authorized.caller()?.store,
        livemode: authorized.principal.mode.is_live(),
        service: request.service,
        severity: request.severity,
        title: request.title,
        estimated_at: request.estimated_at.map(Time::from),
    };
    let incident = facade.health.open_incident(new).await?;
    Ok((StatusCode::CREATED, told(&facade, incident).await?))
}

/// Add a note to an incident
#[utoipa::path(post, path = "/v1/incidents/{id}/notes", tag = "operations", request_body = Note,
    params(("id" = IncidentId, Path)),
    responses((status = 200, description = "The incident with its timeline", body = IncidentShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn note(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<IncidentId>,
    Body(request): Body<Note>,
) -> Result<Json<IncidentShown>, Problem> {
    found(&facade, &authorized, id).await?;
    let arabic = request.text_ar.unwrap_or_else(|| request.text.clone());
    facade.health.note(id, Text::new(request.text, arabic)).await?;
    let incident = facade.health.incident(id).await?;
    told(&facade, incident).await
}

/// Close an incident
///
/// One that a machine has found opens again if the service still fails.
#[utoipa::path(post, path = "/v1/incidents/{id}/close", tag = "operations", params(("id" = IncidentId, Path)),
    responses((status = 200, description = "The incident, closed", body = IncidentShown),
        (status = 404, description = "`not_found`", body = schemas::Problem),
        (status = 409, description = "`conflict`: it has just changed", body = schemas::Problem)))]
pub async fn close(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<IncidentId>,
) -> Result<Json<IncidentShown>, Problem> {
    found(&facade, &authorized, id).await?;
    let incident = facade.health.close_incident(id).await?;
    told(&facade, incident).await
}

/// Whose customers would be told of an incident
///
/// Nothing is sent.
#[utoipa::path(get, path = "/v1/incidents/{id}/customers", tag = "operations", params(("id" = IncidentId, Path)),
    responses((status = 200, description = "How many, and what they would be told", body = CustomersShown),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn customers(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<IncidentId>,
) -> Result<Json<CustomersShown>, Problem> {
    let store = authorized.caller()?.store;
    let incident = found(&facade, &authorized, id).await?;
    let found = facade.health.preview_customers(&incident, store).await?;
    Ok(Json(CustomersShown {
        waiting: found.waiting,
        told: found.told,
        consent: ConsentShown { customers: found.consent.customers, most: found.consent.most },
        text: found.text,
        sample: found.sample,
    }))
}

/// Tell the customers of an incident
///
/// Those whose payments wait for the service, each once, however often this is asked for.
#[utoipa::path(post, path = "/v1/incidents/{id}/customers", tag = "operations", request_body = TellCustomers,
    params(("id" = IncidentId, Path)),
    responses((status = 202, description = "How many are told now", body = CustomersTold),
        (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn tell_customers(
    State(facade): State<Facade>,
    authorized: Authorized,
    Id(id): Id<IncidentId>,
    Body(request): Body<TellCustomers>,
) -> Result<(StatusCode, Json<CustomersTold>), Problem> {
    if !(1..=100_000).contains(&request.most) {
        return Err(Problem::field("most", "from 1 to 100000", "من 1 إلى 100000"));
    }
    let store = authorized.caller()?.store;
    let incident = found(&facade, &authorized, id).await?;
    let told = facade.health.tell_customers(&incident, store, request.most).await?;
    Ok((StatusCode::ACCEPTED, Json(CustomersTold { told })))
}

/// Read what a store wants its customers told
#[utoipa::path(get, path = "/v1/incidents/consent", tag = "operations",
    responses((status = 200, description = "Nothing, until the store has said so", body = ConsentShown)))]
pub async fn consent(State(facade): State<Facade>, authorized: Authorized) -> Result<Json<ConsentShown>, Problem> {
    let consent = incident_notices::consent(&facade.db, authorized.caller()?.store).await?;
    Ok(Json(ConsentShown { customers: consent.customers, most: consent.most }))
}

/// Say what a store wants its customers told
#[utoipa::path(put, path = "/v1/incidents/consent", tag = "operations", request_body = ConsentShown,
    responses((status = 200, description = "As it now is", body = ConsentShown),
        (status = 400, description = "`invalid_request`", body = schemas::Problem)))]
pub async fn set_consent(
    State(facade): State<Facade>,
    authorized: Authorized,
    Body(request): Body<ConsentShown>,
) -> Result<Json<ConsentShown>, Problem> {
    if !(0..=100_000).contains(&request.most) {
        return Err(Problem::field("most", "from 0 to 100000", "من 0 إلى 100000"));
    }
    let consent = Consent { customers: request.customers, most: request.most };
    let now = facade.ambient.now().into();
    incident_notices::set_consent(&facade.db, authorized.caller()?.store, consent, now).await?;
    Ok(Json(request))
}

/// An incident that the key may see.
async fn found(facade: &Facade, authorized: &Authorized, id: IncidentId) -> Result<Incident, Problem> {
    let incident = facade.health.incident(id).await?;
    let mode = incident.livemode == authorized.principal.mode.is_live();
    let visible = match &authorized.store {
        None => true,
        Some(store) => table::is_visible(&facade.db, &incident, store.id).await?,
    };
    if mode && visible { Ok(incident) } else { Err(Problem::not_found()) }
}

async fn told(facade: &Facade, incident: Incident) -> Result<Json<IncidentShown>, Problem> {
    let entries = table::entries(&facade.db, incident.id).await?;
    Ok(Json(shown(incident, Some(entries))))
}

fn shown(incident: Incident, entries: Option<Vec<Entry>>) -> IncidentShown {
    let entry = |entry: Entry| EntryShown {
        at: entry.at.to_string(),
        kind: entry.kind,
        text: Text::new(entry.text, entry.text_ar),
    };
    let text = |time: Option<Time>| time.map(|time| time.to_string());
    IncidentShown {
        id: incident.id.into(),
        service: incident.service,
        livemode: incident.livemode,
        status: incident.status,
        severity: incident.severity,
        cause: incident.cause,
        by_hand: incident.by_hand,
        error: incident.error,
        opened_at: incident.opened_at.to_string(),
        estimated_at: incident.estimated_at.to_string(),
        escalated_at: text(incident.escalated_at),
        well_since: text(incident.well_since),
        closed_at: text(incident.closed_at),
        flaps: incident.flaps,
        timeline: entries.map(|entries| entries.into_iter().map(entry).collect()),
    }
}
