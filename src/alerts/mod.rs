//! Alerts: what operators are told, by a messenger and in two languages. It knows no provider and no wire.

mod catalogue;
mod quiet;
mod send;
mod settled;
mod text;
mod told;
mod watch;

use std::sync::Arc;

use kit::Ambient;
use messaging_adapters::Audience;
use sqlx::types::Json;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::config;
use crate::db::tasks::{self, Task};
use crate::db::{Db, DbError, Time};
use crate::notify::ALERT;
use crate::work::Waker;

pub use send::{Came, Sending};
pub use watch::Watch;

/// The lane that every alert waits in.
const LANE: &str = "operators";

/// The area. Cheap to clone.
#[derive(Clone)]
pub struct Alerts {
    pub(crate) db: Db,
    pub(crate) ambient: Ambient,
    pub(crate) accounts: Accounts,
    pub(crate) waker: Waker,
    pub(crate) thresholds: Arc<config::Notify>,
    pub(crate) settings: Arc<config::Alerts>,
}

impl Alerts {
    /// Has a test alert sent; answers the task.
    pub async fn enqueue_test(&self, audience: Audience) -> Result<Uuid, DbError> {
        let (id, now) = (self.ambient.uuid(), self.now());
        let payload = Json(told::test(audience, now));
        let task = Task { payload, ..Task::new(id, ALERT, LANE, format!("test:{}", id.simple()), now) };
        let mut tx = self.db.begin().await?;
        tasks::insert_all(&mut tx, &[&task]).await?;
        tx.commit().await?;
        self.waker.wake(ALERT, LANE);
        Ok(id)
    }

    /// Sends a test alert at once, and answers what came back.
    pub async fn test_now(&self, audience: Audience) -> Result<Came, DbError> {
        let payload = told::test(audience, self.now());
        let told = self.told(&payload).await?;
        let told = told.ok_or_else(|| DbError::Constraint("there is no test alert in the catalogue".to_owned()))?;
        let reference = reference(self.ambient.uuid());
        let came = self.carry(&told, &reference, None).await?;
        self.conclude(&told, None, &came).await?;
        Ok(came)
    }

    /// Says at the start whether operators can be told at all.
    pub async fn look(&self) -> Result<(), DbError> {
        match self.accounts.messenger().await {
            Ok(Some(_)) => {}
            Ok(None) => tracing::info!("no messenger is configured: alerts are only logged and kept"),
            Err(crate::accounts::AccountError::Db(error)) => return Err(error),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the messenger of alerts cannot be used");
            }
        }
        Ok(())
    }

    fn now(&self) -> Time {
        self.ambient.now().into()
    }
}

/// What the messages of a task are found by in the log.
fn reference(task: Uuid) -> String {
    format!("alert-{}", task.simple())
}

/// The word of an audience in payloads and requests.
pub const fn word(audience: Audience) -> &'static str {
    match audience {
        Audience::Admin => "admin",
        Audience::Monitor => "monitor",
    }
}

/// The audience of a word.
pub fn audience(word: &str) -> Option<Audience> {
    [Audience::Admin, Audience::Monitor].into_iter().find(|audience| self::word(*audience) == word)
}

/// The levels of a kind: `critical` goes to administrators, `ordinary` to whoever watches.
pub fn level(kind: &str) -> &'static str {
    match catalogue::entry(kind).map(|entry| entry.audience) {
        Some(Audience::Admin) => "critical",
        _ => "ordinary",
    }
}

/// The title of a kind, in both languages.
pub fn title(kind: &str) -> schemas::Text {
    let (en, ar) = catalogue::entry(kind).map_or((kind, kind), |entry| entry.title);
    schemas::Text::new(en, ar)
}

/// The task of something that has been noticed.
fn follow_up(ambient: &Ambient, key: &str, payload: serde_json::Value) -> crate::work::FollowUp {
    let key = format!("{key}:{}", ambient.uuid().simple());
    crate::work::FollowUp { lane: LANE.to_owned(), key, payload }
}
