//! The feed of a store's events, and the catalogue of what they tell.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemas::EventId;
use schemas::event::{EventName, EventType, catalogue};
use serde::{Deserialize, Serialize};

use super::extract::Query;
use super::problem::Problem;
use super::router::Facade;
use crate::db::events::Event;
use crate::events::feed::{self, Request};
use crate::payments::Caller;

/// The longest wait for something to happen.
const LONGEST_WAIT_MS: u64 = 20_000;

/// Where to read on, and what.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FeedQuery {
    /// `next_cursor` of the page before, or the id of any event: it stands for everything that the feed shows up to it.
    /// The beginning when absent.
    #[param(value_type = Option<String>)]
    after: Option<EventId>,
    /// 1 to 500, 100 when absent.
    limit: Option<i64>,
    /// Only events of this name.
    event: Option<EventName>,
    /// Milliseconds, 20 000 at the most: while there is nothing, the answer waits so long. At once when absent.
    wait_ms: Option<u64>,
}

/// An event as the feed shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedEvent {
    id: EventId,
    /// A name of the catalogue: `GET /v1/event-types`.
    event: String,
    /// Of the schema of `data`.
    version: i32,
    /// The id of what it happened to.
    resource: String,
    /// Counts the events of the resource, from 1 and without gaps.
    sequence: i64,
    /// The key of the store.
    store: String,
    /// Whether real money moves.
    livemode: bool,
    /// RFC 3339.
    created_at: String,
    /// By the schema of its name and version.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

/// Events in the order of the feed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedPage {
    data: Vec<FeedEvent>,
    /// Hand it in as `after` to read on, now or later; `null` while nothing has ever happened.
    next_cursor: Option<EventId>,
}

/// Read the events of the store
///
/// Every event of the store, in the mode of the key, in an order that nothing is ever added before: who reads on from
/// `next_cursor` misses none and gets none twice. An event is shown once every transaction that could still come before it
/// has ended, normally within milliseconds. The last page is empty, and its `next_cursor` is where to read on; with
/// `event` it may name an event that was passed over.
#[utoipa::path(get, path = "/v1/feed", tag = "events", params(FeedQuery),
    responses((status = 200, description = "The next events, none when there are none yet", body = FeedPage),
        (status = 404, description = "`not_found`: the store has no event `after`", body = schemas::Problem)))]
pub async fn read(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<FeedQuery>,
) -> Result<Json<FeedPage>, Problem> {
    let wait = query.wait_ms.unwrap_or_default();
    if wait > LONGEST_WAIT_MS {
        let (en, ar) = ("at most 20000 milliseconds", "20000 ميلي ثانية على الأكثر");
        return Err(Problem::field("wait_ms", en, ar));
    }
    let request = Request {
        store: caller.store,
        livemode: caller.mode.is_live(),
        after: query.after,
        names: query.event.into_iter().collect(),
        limit: query.limit.unwrap_or(100).clamp(1, 500),
    };
    let is_leaving = || !facade.ready.is();
    let page = feed::read(&facade.db, &request, Duration::from_millis(wait), is_leaving).await?;
    let page = page.ok_or_else(unknown_event)?;
    let data = page.events.into_iter().map(|event| shown(&caller, event)).collect();
    Ok(Json(FeedPage { data, next_cursor: page.next }))
}

pub(super) fn unknown_event() -> Problem {
    Problem::not_found_at(
        "after",
        "the store has no such event in this mode; read from the beginning without `after`",
        "لا يوجد حدث بهذا المعرّف لهذا المتجر في هذا الوضع؛ اقرأ من البداية بدون after",
    )
}

pub(super) fn shown(caller: &Caller, event: Event) -> FeedEvent {
    // A name that is not in the catalogue was written by a newer process.
    let resource = event.name.parse::<EventName>().map(|name| name.resource().id(event.resource_id));
    FeedEvent {
        id: event.id,
        version: event.version,
        resource: resource.unwrap_or_else(|_| event.resource_id.to_string()),
        event: event.name,
        sequence: event.sequence,
        store: caller.store_key.to_string(),
        livemode: event.livemode,
        created_at: event.created_at.to_string(),
        data: event.data.0,
    }
}

/// The catalogue of events.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EventTypePage {
    data: Vec<EventType>,
    next_cursor: Option<String>,
}

/// List the events that there are
///
/// Each with the JSON Schema (2020-12) of its `data` and an example. A version counts up when a field changes its meaning
/// or goes away; a reader should pass over events that it does not know.
#[utoipa::path(get, path = "/v1/event-types", tag = "events",
    responses((status = 200, description = "Every event, with schemas and examples", body = EventTypePage)))]
pub async fn types() -> Json<&'static EventTypePage> {
    static CATALOGUE: LazyLock<EventTypePage> =
        LazyLock::new(|| EventTypePage { data: catalogue(), next_cursor: None });
    Json(&CATALOGUE)
}
