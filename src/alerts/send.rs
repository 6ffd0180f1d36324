//! Sending alerts: once each, after the database knows of it; what may have arrived is never sent again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kit::{Delivery, Entry, Error, Fault};
use messaging_adapters::{Answer, Audience, Message, Messenger};

use super::catalogue::{self, OVER_SIGN};
use super::text::ZONE;
use super::told::Told;
use super::{Alerts, quiet, reference, word};
use crate::accounts::AccountError;
use crate::db::integration_logs::{self, Filter};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time, alerts};
use crate::notify::ALERT;
use crate::work::{Handler, Pace};

/// Alerts of one claim: they leave one after the other.
const BATCH: usize = 20;

/// What sending came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// The messenger has it.
    Sent {
        /// The messenger's own name of the chat.
        chat: String,
        /// Its id of the message.
        id: Option<String>,
    },
    /// Nobody could be told: it stands in our own log, and why.
    Logged(&'static str),
    /// Nobody knows whether it arrived. It is not sent again.
    Unknown(String),
    /// It is not sent until a person has mended something.
    Refused(String),
    /// It has certainly not arrived, and may later.
    Later {
        /// Why not now.
        error: String,
        /// How long the messenger wants to be left alone.
        wait: Option<Duration>,
    },
    /// Nothing is left to do: the task is somebody else's by now, or has ended without a message.
    Nothing,
}

impl Came {
    /// The word in rows and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Logged(_) => "logged",
            Self::Unknown(_) => "unknown",
            Self::Refused(_) => "refused",
            Self::Later { .. } | Self::Nothing => "waiting",
        }
    }
}

/// The handler of `alert.send`.
pub struct Sending {
    alerts: Alerts,
    draining: AtomicBool,
}

#[async_trait]
impl Handler for Sending {
    fn kind(&self) -> &'static str {
        ALERT
    }

    fn pace(&self) -> Pace {
        Pace { batch: BATCH, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        let mut tasks: Vec<&Task> = tasks.iter().collect();
        tasks.sort_by_key(|task| !is_critical(task));
        while let Some((task, rest)) = tasks.split_first() {
            if self.draining.load(Ordering::Relaxed) {
                return tasks::release(&self.alerts.db, &tasks).await;
            }
            if let Some(until) = self.quiet_until(task) {
                let mut tx = self.alerts.db.begin().await?;
                tasks::put_off(&mut tx, &[task], until).await?;
                tx.commit().await?;
                tasks.remove(0);
                continue;
            }
            if let Came::Later { error, wait } = self.one(task).await? {
                // What keeps this one back keeps the others back: they wait together.
                return self.alerts.put_off(task, rest, &error, wait).await;
            }
            tasks.remove(0);
        }
        Ok(())
    }

    fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

impl Sending {
    /// Over the area.
    pub fn new(alerts: Alerts) -> Self {
        Self { alerts, draining: AtomicBool::new(false) }
    }

    /// What nobody has to be woken for waits until the morning.
    fn quiet_until(&self, task: &Task) -> Option<Time> {
        let settings = &self.alerts.settings;
        let by_hand = task.payload["manual"] == true || task.payload["alert"] == "test";
        let ordinary = !is_critical(task) && !by_hand;
        ordinary.then(|| quiet::until(self.alerts.now(), &ZONE, settings.quiet_from, settings.quiet_to)).flatten()
    }

    async fn one(&self, task: &Task) -> Result<Came, DbError> {
        let Some(told) = self.alerts.told(&task.payload).await? else {
            let mut tx = self.alerts.db.begin().await?;
            tasks::bury(&mut tx, &[task], self.alerts.now(), "the catalogue has no such alert").await?;
            tx.commit().await?;
            tracing::error!(id = %task.id, "an alert of an unknown kind is buried");
            return Ok(Came::Nothing);
        };
        if self.alerts.is_repeat(&told).await? {
            let mut tx = self.alerts.db.begin().await?;
            tasks::finish(&mut tx, task).await?;
            tx.commit().await?;
            return Ok(Came::Nothing);
        }
        let reference = reference(task.id);
        let came = match self.alerts.earlier(task, &reference).await? {
            Some(came) => came,
            None => self.alerts.carry(&told, &reference, Some(task)).await?,
        };
        let came = match came {
            Came::Later { error, .. } if self.alerts.is_too_old(task) => Came::Refused(format!("given up: {error}")),
            came => came,
        };
        self.alerts.conclude(&told, Some(task), &came).await?;
        Ok(came)
    }
}

fn is_critical(task: &Task) -> bool {
    let kind = task.payload["alert"].as_str().unwrap_or_default();
    catalogue::entry(kind).is_some_and(|entry| entry.audience == Audience::Admin)
}

impl Alerts {
    /// A breaker that opens again and again without a delivery in between is told of once in the quiet time.
    async fn is_repeat(&self, told: &Told) -> Result<bool, DbError> {
        if told.entry.kind != "breaker" || told.by_hand {
            return Ok(false);
        }
        let at = told.row.told_at;
        let quiet_since = at.before(Duration::from_millis(self.thresholds.quiet_ms));
        alerts::is_told(&self.db, &told.row.key, quiet_since, at).await
    }

    /// What became of a message that left before this process, or another, went away: the log knows.
    async fn earlier(&self, task: &Task, reference: &str) -> Result<Option<Came>, DbError> {
        if task.fence <= 1 {
            return Ok(None);
        }
        let filter = Filter { reference: Some(reference.to_owned()), limit: 100, ..Filter::default() };
        let rows = integration_logs::list(&self.db, None, &filter).await?;
        let left: Vec<_> = rows.iter().filter(|row| row.delivery != "never").collect();
        Ok(match left.first() {
            None => None,
            Some(_) if left.iter().any(|row| row.status == "success") => {
                Some(Came::Sent { chat: String::new(), id: None })
            }
            Some(_) => Some(Came::Unknown("the process went away while it was being sent".to_owned())),
        })
    }

    /// Sends an alert, if there is a way.
    pub(super) async fn carry(&self, told: &Told, reference: &str, task: Option<&Task>) -> Result<Came, DbError> {
        let messenger = match self.accounts.messenger().await {
            Ok(Some(messenger)) => messenger,
            Ok(None) => return Ok(Came::Logged("no messenger is configured")),
            Err(AccountError::Db(error)) => return Err(error),
            Err(error) => return Ok(Came::Refused(error.to_string())),
        };
        if told.service.as_deref() == Some(messenger.card().name) {
            return Ok(Came::Logged("it is about the messenger itself"));
        }
        let other = if told.audience == Audience::Admin { Audience::Monitor } else { Audience::Admin };
        let Some(chat) = messenger.chat(told.audience).or_else(|| messenger.chat(other)).map(str::to_owned) else {
            return Ok(Came::Logged("no chat is configured"));
        };
        let silent = told.over || told.entry.sign == OVER_SIGN;
        let message = Message { reference: reference.to_owned(), chat, text: told.text.clone(), silent };
        self.send(told, &*messenger, message, task).await
    }

    async fn send(
        &self,
        told: &Told,
        messenger: &dyn Messenger,
        message: Message,
        task: Option<&Task>,
    ) -> Result<Came, DbError> {
        let call = match messenger.describe(&message).await {
            Ok(call) => call,
            Err(error) => return Ok(failed(error)),
        };
        let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
        let mut tx = self.db.begin().await?;
        if let Some(task) = task
            && !tasks::hold(&mut tx, task).await?
        {
            return Ok(Came::Nothing);
        }
        if !told.over {
            alerts::keep(&mut tx, &told.row).await?;
        }
        let intent = integration_logs::commit_intent(tx, entry).await?;
        let came = match self.accounts.transport().act(&call, intent).await {
            Ok(reply) => match messenger.read(&reply) {
                Answer::Sent { id } => Came::Sent { chat: message.chat, id },
                Answer::Refused { message } => Came::Refused(message),
            },
            Err(error) => failed(error),
        };
        Ok(came)
    }

    /// Keeps what sending came to, together with the end of the task.
    pub(super) async fn conclude(&self, told: &Told, task: Option<&Task>, came: &Came) -> Result<(), DbError> {
        self.report(told, came);
        if matches!(came, Came::Nothing) || (task.is_some() && matches!(came, Came::Later { .. })) {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        if let Some(task) = task {
            if !tasks::hold(&mut tx, task).await? {
                return Ok(());
            }
            match came {
                Came::Refused(why) => tasks::bury(&mut tx, &[task], self.now(), why).await?,
                _ => tasks::finish(&mut tx, task).await?,
            }
        }
        if !told.over {
            alerts::keep(&mut tx, &told.row).await?;
            alerts::settle(&mut tx, &told.row.key, told.row.told_at, came.as_str()).await?;
        }
        for key in &told.resolves {
            alerts::resolve(&mut tx, key, told.row.told_at).await?;
        }
        tx.commit().await
    }

    fn report(&self, told: &Told, came: &Came) {
        let (alert, key, audience) = (told.entry.kind, told.row.key.as_str(), word(told.audience));
        match came {
            Came::Sent { .. } => tracing::info!(alert, key, audience, "operators are told"),
            Came::Logged(why) => tracing::warn!(alert, key, audience, why, text = told.text, "operators should know"),
            Came::Unknown(error) => {
                tracing::warn!(alert, key, audience, error, "an alert may be lost: it is not sent twice");
            }
            Came::Refused(error) => tracing::error!(alert, key, audience, error, "an alert is refused"),
            Came::Later { error, .. } => tracing::debug!(alert, key, error, "an alert waits"),
            Came::Nothing => return,
        }
        metrics::counter!("jisr_alerts_total", "alert" => alert, "outcome" => came.as_str()).increment(1);
    }

    /// All of them are due again later, the first after a failure of its own.
    async fn put_off(&self, task: &Task, rest: &[&Task], error: &str, wait: Option<Duration>) -> Result<(), DbError> {
        let doublings = u32::try_from(task.attempts).unwrap_or(0).min(20);
        let pause = self.settings.retry_ms.saturating_mul(1 << doublings).min(self.settings.retry_longest_ms);
        let spread = 0.5 + self.ambient.fraction() / 2.0;
        let pause = Duration::from_millis(pause).mul_f64(spread).max(wait.unwrap_or_default());
        let all: Vec<&Task> = std::iter::once(task).chain(rest.iter().copied()).collect();
        let due: Time = self.now().after(pause);
        let mut tx = self.db.begin().await?;
        tasks::again(&mut tx, &all, due, Some(error)).await?;
        tx.commit().await?;
        self.waker.wake_at(ALERT, &task.lane, due);
        Ok(())
    }

    fn is_too_old(&self, task: &Task) -> bool {
        self.now().since(task.created_at) >= Duration::from_millis(self.settings.give_up_ms)
    }
}

/// What an error says of the message: what certainly did not arrive and may yet, what may have, and what was refused.
fn failed(error: Error) -> Came {
    let text = error.to_string();
    if error.delivery != Delivery::Never {
        return Came::Unknown(text);
    }
    let ours = error.origin == Fault::Us && error.kind != kit::Kind::Invalid;
    if error.kind.is_transient() || ours {
        Came::Later { error: text, wait: error.retry_after }
    } else {
        Came::Refused(text)
    }
}
