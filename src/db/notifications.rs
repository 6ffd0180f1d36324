//! The table `notifications`: what stores were told, and to whom it goes; many in one commit.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use schemas::{DeliveryId, EndpointId, NotificationId, StoreId};
use uuid::Uuid;

use super::backend::read;
use super::group_commit::{Commit, GroupCommit};
use super::idempotency::{self, Claim, Claimed};
use super::{Db, DbError, Result, Time, Tx, postgres, sqlite};

/// Notifications in one commit at the most.
const MOST: usize = 256;

/// Something that a store is notified of.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Notification {
    /// Ours; that of a domain event has the event's own number.
    #[sqlx(try_from = "Uuid")]
    pub id: NotificationId,
    /// Whom it is for.
    #[sqlx(try_from = "Uuid")]
    pub store_id: StoreId,
    /// Test and live are apart.
    pub livemode: bool,
    /// What has happened.
    pub event: String,
    /// The store's own number.
    pub order_no: Option<String>,
    /// The body, byte for byte as it is signed and sent.
    pub payload: String,
    /// When.
    pub created_at: Time,
}

/// A notification, where it goes, and the key that it is claimed by.
#[derive(Debug, Clone)]
pub struct NewNotification {
    /// The claim of its idempotency key, where a request made it.
    pub claim: Option<Claim>,
    /// The notification.
    pub notification: Notification,
    /// Where it goes.
    pub targets: Vec<Target>,
    /// The request or task that it comes from.
    pub enqueued_by: Option<String>,
}

/// One endpoint that a notification goes to.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The task that does it.
    pub task: Uuid,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Whether another weighted endpoint may take it over.
    pub shared: bool,
}

/// The kind of the tasks that deliver.
pub const DELIVER: &str = "notification.deliver";

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is there, durably.
    Created,
    /// The same request made this one before.
    Replay(NotificationId),
    /// The key was used for another body.
    Mismatch,
}

/// Takes new notifications in.
#[derive(Debug)]
pub struct TakeIn(Db);

/// Where new notifications are handed in.
pub type Intake = GroupCommit<TakeIn>;

/// Starts taking notifications in.
pub fn start(db: Db) -> Intake {
    GroupCommit::start(TakeIn(db), MOST)
}

#[async_trait]
impl Commit for TakeIn {
    type Job = Vec<NewNotification>;
    type Answer = Vec<Taken>;

    async fn commit(&self, jobs: &[Vec<NewNotification>]) -> Result<Vec<Vec<Taken>>> {
        let mut tx = self.0.begin().await?;
        let all: Vec<&NewNotification> = jobs.iter().flatten().collect();
        let mut won = claim(&mut tx, &all).await?;
        let (mut taken, mut given_back) = (Vec::with_capacity(jobs.len()), false);
        for job in jobs {
            taken.push(judge(&mut tx, job, &mut won, &mut given_back).await?);
        }
        let added: Vec<&NewNotification> =
            all.into_iter().filter(|new| won.contains(&new.notification.id.uuid())).collect();
        add(&mut tx, &added).await?;
        tx.commit().await?;
        Ok(taken)
    }
}

/// Adds notifications with their deliveries and tasks.
pub async fn add(tx: &mut Tx, new: &[&NewNotification]) -> Result<()> {
    match tx {
        Tx::Postgres(transaction) => postgres::notify::insert(transaction, new).await,
        Tx::Sqlite(transaction) => sqlite::notify::insert(transaction, new).await,
    }
}

/// What becomes of the notifications of one job: if a key of one was used for something else, none is made.
async fn judge(
    tx: &mut Tx,
    job: &[NewNotification],
    won: &mut HashSet<Uuid>,
    given_back: &mut bool,
) -> Result<Vec<Taken>> {
    let mut taken = Vec::with_capacity(job.len());
    for new in job {
        taken.push(match &new.claim {
            Some(claim) if !won.contains(&new.notification.id.uuid()) => replay(tx, claim, *given_back).await?,
            _ => Taken::Created,
        });
    }
    if taken.contains(&Taken::Mismatch) {
        for new in job {
            if won.remove(&new.notification.id.uuid())
                && let Some(claim) = &new.claim
            {
                idempotency::give_back(tx, claim).await?;
                *given_back = true;
            }
        }
    }
    Ok(taken)
}

/// Claims the keys; of two alike in one batch only the first does. Sorted, so that two processes cannot deadlock.
async fn claim(tx: &mut Tx, new: &[&NewNotification]) -> Result<HashSet<Uuid>> {
    let mut won: HashSet<Uuid> =
        new.iter().filter(|new| new.claim.is_none()).map(|new| new.notification.id.uuid()).collect();
    let mut first: HashMap<_, &Claim> = HashMap::with_capacity(new.len());
    for claim in new.iter().filter_map(|new| new.claim.as_ref()) {
        first.entry((claim.store_id, claim.livemode, &claim.route, &claim.key)).or_insert(claim);
    }
    let mut claims: Vec<&Claim> = first.into_values().collect();
    claims.sort_by(|a, b| (a.store_id, a.livemode, &a.route, &a.key).cmp(&(b.store_id, b.livemode, &b.route, &b.key)));
    won.extend(idempotency::claim_all(tx, &claims).await?);
    Ok(won)
}

async fn replay(tx: &mut Tx, claim: &Claim, given_back: bool) -> Result<Taken> {
    Ok(match idempotency::find(tx, claim).await? {
        Some(Claimed::Replay(id)) => Taken::Replay(id.into()),
        Some(_) => Taken::Mismatch,
        // Another job of this commit has just given it back, being at odds with the same older ones.
        None if given_back => Taken::Mismatch,
        // It has expired between two statements: the same again goes well.
        None => return Err(DbError::Unavailable(sqlx::Error::RowNotFound)),
    })
}

const COLUMNS: &str = "id, store_id, livemode, event, order_no, payload, created_at";

/// One notification of a store.
pub async fn of_store(db: &Db, store: StoreId, livemode: bool, id: NotificationId) -> Result<Option<Notification>> {
    let sql = format!("SELECT {COLUMNS} FROM notifications WHERE id = $1 AND store_id = $2 AND livemode = $3");
    Ok(read!(db, |pool| sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .bind(store.uuid())
        .bind(livemode)
        .fetch_optional(pool)
        .await)?)
}

/// How a notification stands, all its deliveries together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// One waits.
    Pending,
    /// None waits, and one was given up.
    Failed,
    /// All have arrived.
    Success,
}

impl Standing {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Success => "success",
        }
    }

    /// Of deliveries by their own.
    pub fn of<'s>(statuses: impl Iterator<Item = &'s str> + Clone) -> Self {
        let any = |wanted| statuses.clone().any(|status| status == wanted);
        match (any("pending"), any("failed")) {
            (true, _) => Self::Pending,
            (false, true) => Self::Failed,
            (false, false) => Self::Success,
        }
    }

    const fn test(self) -> &'static str {
        match self {
            Self::Pending => {
                " AND EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id AND status = 'pending')"
            }
            Self::Failed => {
                " AND EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id AND status = 'failed')
                AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id AND status = 'pending')"
            }
            Self::Success => {
                " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notification_id = notifications.id AND status <> 'success')"
            }
        }
    }
}

/// Which to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// That stand so on the whole.
    pub status: Option<Standing>,
    /// Of this event.
    pub event: Option<String>,
    /// With this number of the store's.
    pub order_no: Option<String>,
    /// Made since.
    pub from: Option<Time>,
    /// Made before.
    pub to: Option<Time>,
    /// Before this one.
    pub before: Option<NotificationId>,
    /// At the most.
    pub limit: i64,
}

/// The notifications of a store, newest first.
pub async fn list(db: &Db, store: StoreId, livemode: bool, filter: &Filter) -> Result<Vec<Notification>> {
    Ok(read!(db, |pool| {
        let mut builder = sqlx::QueryBuilder::new("SELECT ");
        builder.push(COLUMNS).push(" FROM notifications WHERE store_id = ").push_bind(store.uuid());
        builder.push(" AND livemode = ").push_bind(livemode);
        if let Some(status) = filter.status {
            builder.push(status.test());
        }
        if let Some(event) = &filter.event {
            builder.push(" AND event = ").push_bind(event);
        }
        if let Some(order_no) = &filter.order_no {
            builder.push(" AND order_no = ").push_bind(order_no);
        }
        if let Some(from) = filter.from {
            builder.push(" AND created_at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            builder.push(" AND created_at < ").push_bind(to);
        }
        if let Some(before) = filter.before {
            builder.push(" AND id < ").push_bind(before.uuid());
        }
        builder.push(" ORDER BY id DESC LIMIT ").push_bind(filter.limit);
        builder.build_query_as().fetch_all(pool).await
    })?)
}

/// The notifications of a store's own number, newest first; of one store, or of all.
pub async fn of_order(
    db: &Db,
    store: Option<StoreId>,
    livemode: bool,
    order_no: &str,
    limit: i64,
) -> Result<Vec<Notification>> {
    // Store by store, since the index begins with them.
    const SQL: &str = "SELECT notifications.id, store_id, livemode, event, order_no, payload, notifications.created_at
        FROM stores CROSS JOIN notifications WHERE store_id = stores.id AND (stores.id = $1 OR $1 IS NULL)
        AND livemode = $2 AND order_no = $3 ORDER BY notifications.id DESC LIMIT $4";
    Ok(read!(db, |pool| sqlx::query_as(SQL)
        .bind(store.map(StoreId::uuid))
        .bind(livemode)
        .bind(order_no)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}
