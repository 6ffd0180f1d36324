//! Hints: callbacks, returning browsers and impatient stores. None of them changes a state; each brings the next
//! question forward.

use kit::{CallbackError, RawCallback};
use payments_adapters::{Callbacks, Hint, Transaction, TransactionKind, registry};
use schemas::payment::{AttemptStatus, PaymentStatus};
use schemas::{AccountId, AttemptId, PaymentId};
use serde_json::Value;
use std::time::Duration;

use super::judge::{Verdict, judge};
use super::{CONFIRM, Caller, Case, Fact, Payments, REFUND, Shown};
use crate::accounts::Served;
use crate::callbacks::{Addressed, CallbackOutcome, Sealing, proved};
use crate::db::attempts::{self, Attempt};
use crate::db::callbacks;
use crate::db::tasks::{self, Task};
use crate::db::{Tx, payments, refunds};
use crate::refusal::Refusal;

/// How long `sync` waits for the provider's word.
const PATIENCE: Duration = Duration::from_secs(12);
/// Hints closer together than this are one.
const KNOCKS: Duration = Duration::from_secs(1);
/// The same of what anybody can send.
const UNSIGNED_KNOCKS: Duration = Duration::from_secs(10);

/// Where a browser goes that has come back from a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    /// On to the shop.
    On(String),
    /// Nowhere: the store has named no page. The payment stands so.
    Here(PaymentStatus),
}

impl Payments {
    /// Takes a callback: proves it, keeps it as it came, and has the provider asked.
    pub async fn callback(
        &self,
        provider: &str,
        account: Option<AccountId>,
        raw: &RawCallback,
    ) -> Result<CallbackOutcome, Refusal> {
        let Some(address) = registry::provider(provider).and_then(|provider| (provider.address)(raw)) else {
            return Ok(CallbackOutcome::Malformed);
        };
        let attempt = match &address.wire_reference {
            Some(reference) => {
                attempts::by_wire_reference(&self.db, reference).await?.filter(|attempt| attempt.provider == provider)
            }
            None => None,
        };
        let named = account.or(attempt.as_ref().map(|attempt| attempt.account_id));
        let addressed = Addressed { provider, account: named, identity: address.identity.as_deref() };
        let find = |id| self.accounts.by_id(id, None);
        let read = |served: &Served| served.provider.read_callback(raw);
        let (served, hint) = match proved(&self.db, addressed, find, read).await? {
            Ok(proved) => proved,
            Err(CallbackError::Forged) => return Ok(CallbackOutcome::Forged),
            Err(_) => return Ok(CallbackOutcome::Malformed),
        };
        let Some(attempt) = attempt
            .filter(|attempt| attempt.account_id == served.row.id && attempt.wire_reference == hint.wire_reference)
        else {
            return Ok(CallbackOutcome::UnknownReference);
        };
        let unsigned = served.provider.card().callbacks == Callbacks::Unsigned;
        if unsigned && (self.has_knocked(&attempt, UNSIGNED_KNOCKS) || self.is_long_over(&attempt)) {
            // Anybody can send these: they are neither kept nor asked about one by one.
            return Ok(CallbackOutcome::Taken);
        }
        self.take_message(&attempt, &served, raw, hint).await?;
        Ok(CallbackOutcome::Taken)
    }

    /// Keeps a message that verifies, and takes in what it proves, or has the provider asked.
    async fn take_message(
        &self,
        attempt: &Attempt,
        served: &Served,
        raw: &RawCallback,
        hint: Hint,
    ) -> Result<(), Refusal> {
        let sealing = Sealing { vault: &self.vault, ambient: &self.ambient };
        let callback = sealing.kept(&served.row, attempt.store_id, Some(attempt.id), raw);
        let mut tx = self.db.begin().await?;
        // A repeat of the very same bytes says nothing new.
        let first = callbacks::keep(&mut tx, &callback).await? == 1;
        match hint.proof {
            Some(proof) if first => return self.take_proof(tx, attempt, &proof).await,
            None if first && served.provider.card().asks => {
                self.bring_forward(&mut tx, attempt, served.provider.lane(), hint.kind).await?;
            }
            // Nobody can be asked, and time alone must not make it an attempt that was not paid.
            None if first && hint.approved => attempts::hint(&mut tx, attempt.id, self.now()).await?,
            _ => {}
        }
        tx.commit().await?;
        self.wake(served.provider.lane());
        Ok(())
    }

    /// Nobody asks about it any more.
    fn is_long_over(&self, attempt: &Attempt) -> bool {
        let longest = self.settings.after_expiry_ms.iter().max().copied().unwrap_or(0);
        attempt.expires_at.is_some_and(|end| end.after(Duration::from_millis(longest)) < self.now())
    }

    /// Takes in what a message proves of an attempt. However often and in whatever order it comes, a sale is counted once.
    async fn take_proof(&self, mut tx: Tx, attempt: &Attempt, proof: &Transaction) -> Result<(), Refusal> {
        let mut case = Case::load(&mut tx, attempt.payment_id).await?.ok_or(Refusal::NotFound)?;
        let index = case.index(attempt.id).ok_or(Refusal::NotFound)?;
        let mut verdict = judge(attempt.money(), std::slice::from_ref(proof));
        let known = case.attempts[index].provider_transaction.as_ref();
        if let Verdict::Paid { transaction, sales, .. } = &mut verdict
            && case.attempts[index].status == AttemptStatus::Paid
            && known.is_some_and(|known| !known.is_empty() && known != transaction)
        {
            // Each message proves one sale: this one is another.
            *sales += 1;
        }
        case.learn(index, Fact::Verdict(verdict), self.now());
        self.keep(tx, case).await
    }

    fn has_knocked(&self, attempt: &Attempt, gap: Duration) -> bool {
        attempt.hinted_at.is_some_and(|hint| self.now().since(hint) < gap)
    }

    /// Has the provider asked about an attempt at its terminal's next second.
    async fn bring_forward(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        lane: &str,
        kind: TransactionKind,
    ) -> Result<(), Refusal> {
        let now = self.now();
        // Tasks before attempts, as whoever decides has them: the other way round the two would wait for each other.
        tasks::enqueue(tx, &self.confirmation(attempt.id, lane, now)).await?;
        if kind == TransactionKind::Refund
            && let Some(refund) = refunds::in_flight(tx, attempt.payment_id).await?
        {
            tasks::enqueue(tx, &self.refund_task(refund.id, lane, now)).await?;
        }
        attempts::hint(tx, attempt.id, now).await?;
        Ok(())
    }

    /// Questions and refunds at a terminal may be due.
    fn wake(&self, lane: &str) {
        self.waker.wake(CONFIRM, lane);
        self.waker.wake(REFUND, lane);
    }

    /// The task that brings a refund forward.
    pub(super) fn refund_task(&self, refund: schemas::RefundId, lane: &str, due_at: crate::db::Time) -> Task {
        Task { due_at, ..Task::new(self.ambient.uuid(), REFUND, lane, refund.to_string(), self.now()) }
    }

    /// What the customer's browser reports of its payment.
    pub async fn client_result(&self, id: PaymentId, client_secret: &str, result: &Value) -> Result<Shown, Refusal> {
        let shown = self.read_public(id, client_secret).await?;
        let attempt = &shown.attempt;
        let Some(served) = self.accounts.by_id(attempt.account_id, Some(attempt.store_id)).await? else {
            return Err(Refusal::NotFound);
        };
        match served.provider.read_client_result(result) {
            Ok(hint) if hint.wire_reference == attempt.wire_reference => self.ask_soon(attempt, &served).await?,
            // A browser that reports another attempt, or one before a switch, changes nothing.
            Ok(_) | Err(CallbackError::Unsupported) => {}
            Err(CallbackError::Forged) => return Err(Refusal::Unauthorized),
            Err(CallbackError::Malformed) => {
                return Err(Refusal::field(
                    "data",
                    "the provider's result cannot be read",
                    "لا يمكن قراءة نتيجة المزود",
                ));
            }
        }
        self.read_public(id, client_secret).await
    }

    /// A browser has come back from the provider: where it goes on to.
    pub async fn returned(&self, token: &str, raw: &RawCallback) -> Result<Returned, Refusal> {
        let id = self.attempt_of_token(token).ok_or(Refusal::NotFound)?;
        let attempt = attempts::by_id(&self.db, id).await?.ok_or(Refusal::NotFound)?;
        // The browser goes on to the shop whatever becomes of the question; but what proves is not lost.
        if let Err(refusal) = self.hint_of(&attempt, raw).await {
            let proves = registry::card(&attempt.provider).is_some_and(|card| card.callbacks == Callbacks::Proving);
            if proves && matches!(refusal, Refusal::Db(_)) {
                return Err(refusal);
            }
            tracing::warn!(error = &refusal as &dyn std::error::Error, "a returning browser's hint is lost");
        }
        let payment = payments::by_id(&self.db, attempt.payment_id).await?.ok_or(Refusal::NotFound)?;
        let target = payment.return_url.as_deref().and_then(|target| url::Url::parse(target).ok());
        let Some(mut target) = target else { return Ok(Returned::Here(payment.status)) };
        let (id, status) = (payment.id.to_string(), payment.status.as_str());
        target.query_pairs_mut().append_pair("payment_id", &id).append_pair("status", status);
        Ok(Returned::On(target.into()))
    }

    async fn hint_of(&self, attempt: &Attempt, raw: &RawCallback) -> Result<(), Refusal> {
        let Some(served) = self.accounts.by_id(attempt.account_id, Some(attempt.store_id)).await? else {
            return Ok(());
        };
        if served.provider.card().callbacks == Callbacks::Proving {
            return match served.provider.read_callback(raw) {
                Ok(hint) if hint.wire_reference == attempt.wire_reference => {
                    self.take_message(attempt, &served, raw, hint).await
                }
                _ => Ok(()),
            };
        }
        self.ask_soon(attempt, &served).await
    }

    async fn ask_soon(&self, attempt: &Attempt, served: &Served) -> Result<(), Refusal> {
        // Browsers may knock as often as they like: a question that is about to be put is not put again.
        if self.has_knocked(attempt, KNOCKS) || attempt.is_opening() || !served.provider.card().asks {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        self.bring_forward(&mut tx, attempt, served.provider.lane(), TransactionKind::Sale).await?;
        tx.commit().await?;
        self.wake(served.provider.lane());
        Ok(())
    }

    /// Asks the provider now about every attempt that can be asked about, and waits a little for its word.
    pub async fn sync(&self, caller: &Caller, id: PaymentId) -> Result<Shown, Refusal> {
        let payment = self.row(caller, id).await?;
        let found = attempts::list(&self.db, payment.id).await?;
        let asked_at = self.now();
        let mut asked: Vec<AttemptId> = Vec::new();
        for attempt in &found {
            if let Some(served) = self.accounts.by_id(attempt.account_id, Some(attempt.store_id)).await?
                && served.provider.card().asks
            {
                self.ask_soon(attempt, &served).await?;
                asked.push(attempt.id);
            }
        }
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(50);
        while tokio::time::Instant::now() < until {
            let rows = attempts::by_ids(&self.db, &asked).await?;
            if rows.iter().all(|attempt| attempt.asked_at.is_some_and(|at| at >= asked_at) || attempt.asks > 0) {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(800));
        }
        self.read(caller, id).await
    }
}
