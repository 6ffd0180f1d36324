//! The tables of incidents: one row while a service fails, however often it comes back in between, and its timeline.

use schemas::StoreId;
use schemas::health::{IncidentStatus, Severity};
use uuid::Uuid;

use super::backend::{on, read};
use super::{Db, Result, Time, Tx};

/// An incident.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Incident {
    /// Ours.
    pub id: Uuid,
    /// Of which service.
    pub integration_id: Uuid,
    /// The service's name.
    pub service: String,
    /// Test or live.
    pub livemode: bool,
    /// The store whose account it began with.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Whose accounts: nil where it is the platform's or everybody's, else the store whose own they are.
    pub scope: Uuid,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: IncidentStatus,
    /// How grave it is.
    #[sqlx(try_from = "String")]
    pub severity: Severity,
    /// Why: a cause of health, or a person's word.
    pub cause: String,
    /// A person has opened it.
    pub by_hand: bool,
    /// What a person calls it.
    pub title: Option<String>,
    /// What was said when it was found.
    pub error: Option<String>,
    /// When it began.
    pub opened_at: Time,
    /// When it is likely to be over.
    pub estimated_at: Time,
    /// Since when others are called.
    pub escalated_at: Option<Time>,
    /// When it was last told of.
    pub reminded_at: Option<Time>,
    /// Since when all is well.
    pub well_since: Option<Time>,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// How often it came back.
    pub flaps: i32,
    /// For compare-and-set.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Time,
}

const SELECT: &str =
    "SELECT n.id, n.integration_id, i.service_name AS service, n.livemode, n.store_id, n.scope, n.status, n.severity,
    n.cause, n.by_hand, n.title, n.error, n.opened_at, n.estimated_at, n.escalated_at, n.reminded_at, n.well_since,
    n.closed_at, n.flaps, n.version, n.updated_at
    FROM incidents n JOIN external_integrations i ON i.id = n.integration_id";

/// Something that happened in an incident.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Ours; they are in the order of their ids.
    pub id: Uuid,
    /// Of which incident.
    pub incident_id: Uuid,
    /// When.
    pub at: Time,
    /// `opened`, `down`, `well`, `severity`, `escalated`, `reminded`, `ticket`, `note`, `notices`, `closed`.
    pub kind: String,
    /// For people, in English.
    pub text: String,
    /// The same in Arabic.
    pub text_ar: String,
}

/// Opens one; `false` where one of the service is open already.
pub async fn insert(tx: &mut Tx, incident: &Incident) -> Result<bool> {
    const SQL: &str =
        "INSERT INTO incidents (id, integration_id, livemode, store_id, status, severity, cause, by_hand, title,
            error, opened_at, estimated_at, reminded_at, updated_at, scope)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)
        ON CONFLICT (integration_id, livemode, scope) WHERE status <> 'closed' AND NOT by_hand DO NOTHING";
    let inserted = on!(tx, |connection| sqlx::query(SQL)
        .bind(incident.id)
        .bind(incident.integration_id)
        .bind(incident.livemode)
        .bind(incident.store_id.uuid())
        .bind(incident.status.as_str())
        .bind(incident.severity.as_str())
        .bind(&incident.cause)
        .bind(incident.by_hand)
        .bind(&incident.title)
        .bind(&incident.error)
        .bind(incident.opened_at)
        .bind(incident.estimated_at)
        .bind(incident.updated_at)
        .bind(incident.scope)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Saves what has changed of one; whether it still was as it was read.
pub async fn save(tx: &mut Tx, incident: &Incident, now: Time) -> Result<bool> {
    const SQL: &str = "UPDATE incidents SET status = $3, severity = $4, estimated_at = $5, escalated_at = $6,
            reminded_at = $7, well_since = $8, closed_at = $9, flaps = $10, version = version + 1, updated_at = $11
        WHERE id = $1 AND version = $2";
    let saved = on!(tx, |connection| sqlx::query(SQL)
        .bind(incident.id)
        .bind(incident.version)
        .bind(incident.status.as_str())
        .bind(incident.severity.as_str())
        .bind(incident.estimated_at)
        .bind(incident.escalated_at)
        .bind(incident.reminded_at)
        .bind(incident.well_since)
        .bind(incident.closed_at)
        .bind(incident.flaps)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(saved == 1)
}

/// Adds to a timeline.
pub async fn add(tx: &mut Tx, entry: &Entry) -> Result<()> {
    const SQL: &str = "INSERT INTO incident_entries (id, incident_id, at, kind, text, text_ar)
        VALUES ($1, $2, $3, $4, $5, $6)";
    on!(tx, |connection| sqlx::query(SQL)
        .bind(entry.id)
        .bind(entry.incident_id)
        .bind(entry.at)
        .bind(&entry.kind)
        .bind(&entry.text)
        .bind(&entry.text_ar)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

/// The timeline of one, oldest first.
pub async fn entries(db: &Db, incident: Uuid) -> Result<Vec<Entry>> {
    const SQL: &str = "SELECT id, incident_id, at, kind, text, text_ar FROM incident_entries
        WHERE incident_id = $1 ORDER BY id LIMIT 1000";
    Ok(read!(db, |pool| sqlx::query_as(SQL).bind(incident).fetch_all(pool).await)?)
}

/// One by its id.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<Incident>> {
    let sql = format!("{SELECT} WHERE n.id = $1");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await)?)
}

/// All that are not closed.
pub async fn going(db: &Db) -> Result<Vec<Incident>> {
    let sql = format!("{SELECT} WHERE n.status <> 'closed' ORDER BY n.id");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await)?)
}

/// A store sees those of its own accounts, and of services that serve it. `$6` is the store, `$7` nobody.
const VISIBLE: &str = "(n.scope = $6 OR n.scope = $7 AND EXISTS (SELECT 1 FROM provider_accounts a
    WHERE a.integration_id = n.integration_id AND a.livemode = n.livemode AND (a.platform_default OR a.store_id = $6)))";

/// Whether a store may see one.
pub async fn is_visible(db: &Db, incident: &Incident, store: StoreId) -> Result<bool> {
    if incident.scope == store.uuid() || !incident.scope.is_nil() {
        return Ok(incident.scope == store.uuid());
    }
    const SQL: &str = "SELECT COUNT(*) FROM provider_accounts
        WHERE integration_id = $1 AND livemode = $2 AND (platform_default OR store_id = $3)";
    let found: i64 = read!(db, |pool| sqlx::query_scalar(SQL)
        .bind(incident.integration_id)
        .bind(incident.livemode)
        .bind(store.uuid())
        .fetch_one(pool)
        .await)?;
    Ok(found > 0)
}

/// What a list is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one service.
    pub service: Option<String>,
    /// Test or live.
    pub livemode: bool,
    /// Only those that are closed, or only the others.
    pub closed: Option<bool>,
    /// Those that a store may see; all, where there is none.
    pub store: Option<StoreId>,
    /// Only those of the platform or of everybody.
    pub public: bool,
    /// After this one.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

/// Incidents, the latest first.
pub async fn list(db: &Db, filter: &Filter) -> Result<Vec<Incident>> {
    let sql = format!(
        "{SELECT} WHERE n.livemode = $1 AND ($2 IS NULL OR i.service_name = $2)
            AND ($3 IS NULL OR (n.status = 'closed') = $3) AND ($4 IS NULL OR n.id < $4)
            AND (n.scope = $7 OR NOT $8) AND ($6 IS NULL OR {VISIBLE}) ORDER BY n.id DESC LIMIT $5"
    );
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(filter.livemode)
        .bind(filter.service.as_deref())
        .bind(filter.closed)
        .bind(filter.before)
        .bind(filter.limit)
        .bind(filter.store.map(Uuid::from))
        .bind(Uuid::nil())
        .bind(filter.public)
        .fetch_all(pool)
        .await)?)
}

/// How long the last ones of a service took until all was well, in seconds, the latest first.
pub async fn durations(tx: &mut Tx, integration: Uuid, most: i64) -> Result<Vec<i64>> {
    const SQL: &str = "SELECT opened_at, COALESCE(well_since, closed_at) FROM incidents
        WHERE integration_id = $1 AND status = 'closed' AND NOT by_hand ORDER BY opened_at DESC LIMIT $2";
    let spans: Vec<(Time, Time)> =
        on!(tx, |connection| sqlx::query_as(SQL).bind(integration).bind(most).fetch_all(connection).await)?;
    Ok(spans
        .into_iter()
        .map(|(opened, well)| i64::try_from(well.since(opened).as_secs()).unwrap_or(i64::MAX))
        .collect())
}
