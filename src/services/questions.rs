//! Asking what became of services: when they are due, or at once when a store wants to know.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use kit::{Error, Fault, Kind};
use schemas::ServiceId;

use super::{ASK, Fact, Next, WalletServices};
use crate::caller::Caller;
use crate::db::tasks::{self, Task};
use crate::db::wallet_services::{self as rows, WalletService};
use crate::db::{DbError, Time};
use crate::refusal::Refusal;
use crate::work::{Handler, Pace};

/// How long `sync` waits for the provider's word.
const PATIENCE: Duration = Duration::from_secs(12);
/// Wishes to know closer together than this are one.
const KNOCKS: Duration = Duration::from_secs(1);
/// When a turn of ours that did not come may come.
const TURN: Duration = Duration::from_secs(1);

/// The handler of `service.ask`.
pub struct ServiceQuestions(pub WalletServices);

/// What a question came to.
enum Asked {
    /// This was learnt.
    Learnt(Fact),
    /// It was never put: that says nothing of anybody.
    NotPut(Duration),
}

#[async_trait]
impl Handler for ServiceQuestions {
    fn kind(&self) -> &'static str {
        ASK
    }

    /// A question is about one service, and one that is not answered takes as long as a call may.
    fn pace(&self) -> Pace {
        Pace { batch: 16, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        join_all(tasks.iter().map(|task| self.follow(task))).await.into_iter().collect()
    }
}

impl ServiceQuestions {
    async fn follow(&self, task: &Task) -> Result<(), DbError> {
        let area = &self.0;
        let Some(service) = self.open(task).await? else { return self.finish(task).await };
        let fact = match area.ask(&service, &task.lane).await {
            Asked::Learnt(fact) => fact,
            Asked::NotPut(wait) => return self.defer(task, wait).await,
        };
        let mut tx = area.db.begin().await?;
        // Our lease may have run out: then what we learnt is somebody else's to learn.
        if !tasks::hold(&mut tx, task).await? {
            return Ok(());
        }
        let next = area.learn(&mut tx, service.id, fact).await?;
        match next {
            Next::Ask(due) => tasks::again(&mut tx, &[task], due, None).await?,
            Next::Over => tasks::finish(&mut tx, task).await?,
        }
        tx.commit().await?;
        area.wake(service.store_id, &task.lane, next);
        Ok(())
    }

    /// The service of a task, while there is something to ask of it.
    async fn open(&self, task: &Task) -> Result<Option<WalletService>, DbError> {
        let Ok(id) = task.key.parse::<ServiceId>() else { return Ok(None) };
        Ok(rows::by_id(&self.0.db, id).await?.filter(WalletService::is_open))
    }

    async fn finish(&self, task: &Task) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
    }

    async fn defer(&self, task: &Task, wait: Duration) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::again(&mut tx, &[task], self.0.now().after(wait), None).await?;
        tx.commit().await
    }
}

impl WalletServices {
    /// What the provider says of a service now.
    async fn ask(&self, service: &WalletService, lane: &str) -> Asked {
        let served = match self.accounts.by_id(service.account_id, Some(service.store_id)).await {
            Ok(served) => served,
            Err(error) => {
                let (cause, account) = (&*error as &dyn std::error::Error, service.account_id);
                tracing::warn!(error = cause, %account, "an account cannot be used to ask");
                // What this process cannot do says nothing of the provider.
                return if error.is_ours() { Asked::NotPut(TURN) } else { Asked::Learnt(Fact::Nothing(None)) };
            }
        };
        let Some(served) = served else { return Asked::Learnt(Fact::Nothing(None)) };
        if served.provider.lane() != lane {
            // Elsewhere nobody knows of it: that silence would be no answer.
            tracing::warn!(account = %service.account_id, "the account has moved; services of before cannot be asked about");
            return Asked::Learnt(Fact::Nothing(None));
        }
        let Some(port) = served.provider.services() else { return Asked::Learnt(Fact::Nothing(None)) };
        match port.ask_service(&service.wire_reference).await {
            Ok(answer) => Asked::Learnt(answer.map_or(Fact::Nothing(None), Fact::of)),
            Err(error) if is_our_own_queue(&error) => Asked::NotPut(error.retry_after.unwrap_or(TURN)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, service = %service.id, "a service could not be asked about");
                Asked::Learnt(Fact::of_failed_question(error))
            }
        }
    }

    /// Asks the provider now, and waits a little for its word.
    pub async fn sync(&self, caller: &Caller, id: ServiceId) -> Result<WalletService, Refusal> {
        let service = self.read(caller, id).await?;
        let since = self.now();
        if !service.is_open() || service.asked_at.is_some_and(|at| since.since(at) < KNOCKS) {
            return Ok(service);
        }
        let Some(served) = self.accounts.by_id(service.account_id, Some(service.store_id)).await? else {
            return Ok(service);
        };
        let lane = served.provider.lane();
        let mut tx = self.db.begin().await?;
        tasks::enqueue(&mut tx, &self.question(id, lane, since)).await?;
        tx.commit().await?;
        self.waker.wake(ASK, lane);
        self.answered(caller, id, since).await
    }

    async fn answered(&self, caller: &Caller, id: ServiceId, since: Time) -> Result<WalletService, Refusal> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(50);
        loop {
            let service = self.read(caller, id).await?;
            let asked = service.asked_at.is_some_and(|at| at >= since);
            if asked || !service.is_open() || tokio::time::Instant::now() >= until {
                return Ok(service);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(800));
        }
    }
}

/// Whether the call was never made because we had too many of our own before it.
fn is_our_own_queue(error: &Error) -> bool {
    error.origin == Fault::Us && error.kind == Kind::RateLimited
}
