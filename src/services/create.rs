//! Making a service: its call leaves once, after the database knows of it, and what it came to is taken in or asked for.

use std::sync::Arc;
use std::time::Duration;

use kit::{Call, Entry};
use payments_adapters::ServiceOrder;
use schemas::ServiceId;
use schemas::service::ServiceStatus;

use super::choose::{Wanted, port};
use super::{ASK, Draft, Fact, Next, WalletServices, place, standing};
use crate::accounts::Served;
use crate::caller::{Caller, Idempotency, claim, claim_in, finished, made_before, until_kept};
use crate::db::idempotency::Claim;
use crate::db::wallet_services::{self as rows, WalletService};
use crate::db::{integration_logs, tasks};
use crate::refusal::Refusal;

/// A service that can be committed, and the call that does it.
struct Prepared {
    claim: Claim,
    service: WalletService,
    entry: Entry,
    call: Call,
    order: ServiceOrder,
    served: Arc<Served>,
}

impl WalletServices {
    /// Makes a service, or answers the one that the same key made before (then with `true`).
    pub async fn create(
        &self,
        caller: &Caller,
        idempotency: Idempotency,
        draft: Draft,
    ) -> Result<(WalletService, bool), Refusal> {
        let wanted = Wanted {
            kind: draft.kind,
            provider: draft.provider.as_deref(),
            phone: draft.subject.phone.as_ref(),
            currency: Some(draft.amount.currency),
        };
        let served = match self.choose(caller, wanted).await {
            Ok(served) => served,
            Err(refusal) => {
                let claim = claim(caller, idempotency, uuid::Uuid::nil(), self.now());
                let made = made_before(&self.db, &claim).await?.ok_or(refusal)?;
                return Ok((self.read(caller, made.into()).await?, true));
            }
        };
        let prepared = self.prepare(caller, idempotency, draft, served)?;
        let area = self.clone();
        let (id, replayed) = finished(async move { area.perform(prepared).await }).await?;
        Ok((self.read(caller, id).await?, replayed))
    }

    fn prepare(
        &self,
        caller: &Caller,
        idempotency: Idempotency,
        draft: Draft,
        served: Arc<Served>,
    ) -> Result<Prepared, Refusal> {
        let (id, now) = (ServiceId::from(self.ambient.uuid()), self.now());
        let order = draft.order(wire_reference(id));
        let call = port(&served)?.describe_service(&order)?;
        let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
        let subject =
            serde_json::to_vec(&draft.subject).map_err(|_| Refusal::Internal("a subject cannot be written"))?;
        let service = WalletService {
            id,
            store_id: caller.store,
            livemode: caller.mode.is_live(),
            account_id: served.row.id,
            provider: served.row.provider.clone(),
            kind: draft.kind,
            reference: draft.reference,
            wire_reference: order.reference.clone(),
            amount: draft.amount.minor,
            currency: draft.amount.currency,
            subject: self.vault.seal(place(caller.store, id, "subject"), &subject),
            status: ServiceStatus::Processing,
            intent_id: entry.id,
            provider_reference: None,
            provider_message: None,
            review_reason: None,
            evidence: None,
            asks: 0,
            asked_at: None,
            // It may have left from the moment on at which it is committed.
            unknown_since: Some(now),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let claim = claim(caller, idempotency, id.uuid(), now);
        Ok(Prepared { claim, service, entry, call, order, served })
    }

    /// Commits the claim, the service, its question and the intent together; then the call leaves, once.
    async fn perform(&self, prepared: Prepared) -> Result<(ServiceId, bool), Refusal> {
        let Prepared { claim, service, entry, call, order, served } = prepared;
        let lane = served.provider.lane();
        let mut tx = self.db.begin().await?;
        if let Some(made) = claim_in(&mut tx, &claim).await? {
            return Ok((made.into(), true));
        }
        // The question finds out if we are stopped before the answer is taken in.
        let due = service.created_at.after(Duration::from_millis(self.settings.answer_ms));
        tasks::enqueue(&mut tx, &self.question(service.id, lane, due)).await?;
        if !rows::insert(&mut tx, &service).await? {
            let holder = rows::holding(&mut tx, service.store_id, service.livemode, &service.reference).await?;
            // It has failed this instant: whoever sends the same again finds the reference free.
            let holder = holder.ok_or(crate::db::DbError::Unavailable(sqlx::Error::RowNotFound))?;
            return Err(Refusal::ReferenceInUse(holder.id.to_string()));
        }
        let intent = integration_logs::commit_intent(tx, entry).await?;
        let fact = match self.accounts.transport().act(&call, intent).await {
            Ok(reply) => Fact::of(port(&served)?.read_service(&order, &reply)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, service = %service.id, "a service's call failed");
                Fact::of_failed_call(error)
            }
        };
        // What has been answered is known here alone: a database that is busy for a moment must not lose it.
        until_kept(|| self.take_answer(service.clone(), lane, fact.clone())).await?;
        Ok((service.id, false))
    }

    /// Takes in what the one call came to. Tasks come before services, as everywhere.
    async fn take_answer(&self, mut sent: WalletService, lane: &str, fact: Fact) -> Result<(), Refusal> {
        let (id, store) = (sent.id, sent.store_id);
        let mut tx = self.db.begin().await?;
        // Whatever has been learnt meanwhile, a service that this ends has no more questions.
        let next = standing::learn(&mut sent, fact.clone(), self.now(), &self.settings);
        match next {
            Next::Over => tasks::drop_key(&mut tx, ASK, &id.to_string()).await?,
            Next::Ask(due) => tasks::enqueue(&mut tx, &self.question(id, lane, due)).await?,
        }
        self.learn(&mut tx, id, fact).await?;
        tx.commit().await?;
        self.wake(store, lane, next);
        Ok(())
    }
}

/// 27 characters of digits and capitals: within every provider's limits, and never reused.
fn wire_reference(id: ServiceId) -> String {
    id.to_string().replacen("svc_", "S", 1)
}
