//! Wallet services: the state machine of money out of a merchant's wallet account. It knows no wire and no HTTP.

mod by_hand;
mod choose;
mod create;
mod draft;
mod inquire;
mod questions;
mod standing;
mod view;

use std::sync::Arc;

use kit::Ambient;
use schemas::event::{EventData, ServiceFacts, ServiceFailed, ServiceNeedsReview, ServiceSucceeded};
use schemas::payment::ReviewReason;
use schemas::service::ServiceStatus;
use schemas::{DecimalText, ServiceId, StoreId};

use crate::accounts::Accounts;
use crate::caller::Caller;
use crate::config::Payments as Settings;
use crate::db::events::PUBLISH;
use crate::db::tasks::Task;
use crate::db::wallet_services::{self as rows, Filter, WalletService};
use crate::db::{Db, DbError, Time, Tx};
use crate::events;
use crate::refusal::Refusal;
use crate::vault::{Place, Vault};
use crate::work::Waker;

use standing::{Fact, Next};

pub use draft::{Draft, Subject};
pub use inquire::Inquired;
pub use questions::ServiceQuestions;

/// The kind of task that asks what became of a service.
pub const ASK: &str = "service.ask";

/// The area: everything that is done to a service goes through here. Cheap to clone.
#[derive(Clone)]
pub struct WalletServices {
    pub(crate) db: Db,
    pub(crate) accounts: Accounts,
    pub(crate) vault: Vault,
    pub(crate) ambient: Ambient,
    pub(crate) waker: Waker,
    pub(crate) settings: Arc<Settings>,
}

impl WalletServices {
    /// A service of a store, as it is now.
    pub async fn read(&self, caller: &Caller, id: ServiceId) -> Result<WalletService, Refusal> {
        rows::of_store(&self.db, caller.store, caller.mode.is_live(), id).await?.ok_or(Refusal::NotFound)
    }

    /// The services of a store, newest first.
    pub async fn list(&self, caller: &Caller, filter: &Filter) -> Result<Vec<WalletService>, Refusal> {
        Ok(rows::list(&self.db, caller.store, caller.mode.is_live(), filter).await?)
    }

    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    /// The one task that asks what became of a service.
    fn question(&self, id: ServiceId, lane: &str, due_at: Time) -> Task {
        Task { due_at, ..Task::new(self.ambient.uuid(), ASK, lane, id.to_string(), self.now()) }
    }

    /// Takes in what was learnt of a service, under its lock, with the event that tells of it.
    async fn learn(&self, tx: &mut Tx, id: ServiceId, fact: Fact) -> Result<Next, DbError> {
        let Some(mut service) = rows::lock(tx, id).await? else { return Ok(Next::Over) };
        let (before, now) = (service.clone(), self.now());
        if standing::contradicts(&service, &fact) {
            tracing::error!(service = %id, status = %service.status, "the provider says otherwise than a person has");
        }
        let fact =
            fact.in_words(|words| self.subject(&service).map_or_else(|_| String::new(), |one| one.hidden_in(&words)));
        let next = standing::learn(&mut service, fact, now, &self.settings);
        service.asked_at = Some(now);
        self.keep(tx, &before, service).await?;
        Ok(next)
    }

    /// Writes a service that is locked, and appends the event of its change.
    async fn keep(&self, tx: &mut Tx, before: &WalletService, mut service: WalletService) -> Result<(), DbError> {
        let shown = |service: &WalletService| (service.status, service.provider_message.clone());
        if shown(before) != shown(&service) {
            service.updated_at = self.now();
        }
        if !rows::update(tx, &mut service).await? {
            return Err(DbError::Constraint("a service changed under its lock".to_owned()));
        }
        let event = (before.status != service.status).then(|| told_of(&service)).flatten();
        events::append(tx, &self.ambient, service.store_id, service.livemode, event).await
    }

    /// What was learnt has been committed: whoever asks on, or brings its event to the store's endpoints, need not wait for
    /// a look around.
    fn wake(&self, store: StoreId, lane: &str, next: Next) {
        if let Next::Ask(due) = next {
            self.waker.wake_at(ASK, lane, due);
        }
        self.waker.wake(PUBLISH, &store.to_string());
    }
}

/// What is told of a service that is over or waits for a person.
fn told_of(row: &WalletService) -> Option<EventData> {
    let service = ServiceFacts {
        id: row.id,
        kind: row.kind,
        reference: row.reference.clone(),
        status: row.status,
        provider: row.provider.clone(),
        amount: DecimalText(row.money().to_string()),
        currency: row.currency,
    };
    match row.status {
        ServiceStatus::Succeeded => Some(ServiceSucceeded { service }.into()),
        ServiceStatus::Failed => Some(ServiceFailed { service }.into()),
        ServiceStatus::NeedsReview => {
            let reason = row.review().unwrap_or(ReviewReason::Unresolved);
            Some(ServiceNeedsReview { reason, service }.into())
        }
        ServiceStatus::Processing => None,
    }
}

/// Where something of a service is sealed for.
fn place(store: StoreId, service: ServiceId, field: &'static str) -> Place {
    Place { store, table: "wallet_services", row: service.uuid(), field }
}
