//! Having a provider open an attempt: its call is made once, and where that fails another way to the same wallet is taken.
//! Nothing is charged by it, so that this is safe whatever became of the call.

use kit::{Delivery, Entry, Error, Kind};
use payments_adapters::Session;
use schemas::payment::FailureReason;

use super::open::{Prepared, Ways, Wish, may_go_better};
use super::{Caller, Case, Payments};
use crate::caller::finished;
use crate::db::{attempts, integration_logs, tasks};
use crate::refusal::Refusal;

impl Payments {
    /// Opens an attempt that is committed, or another one in its place. It ends whether or not the caller waits for it.
    pub(super) async fn call_to_open(
        &self,
        caller: &Caller,
        prepared: Prepared,
        ways: Ways,
        wish: Wish,
    ) -> Result<(), Refusal> {
        let (payments, caller) = (self.clone(), caller.clone());
        finished(async move { payments.open_one_way(&caller, prepared, ways, wish).await }).await
    }

    async fn open_one_way(
        &self,
        caller: &Caller,
        mut prepared: Prepared,
        mut ways: Ways,
        mut wish: Wish,
    ) -> Result<(), Refusal> {
        loop {
            let Some(result) = self.try_to_open(&prepared).await? else { return Ok(()) };
            let next = match &result {
                Err(error) if may_go_better(error) => self.next_way(caller, &mut ways, &mut wish).await,
                _ => None,
            };
            if !self.take_opening(&prepared, result, next.as_ref()).await? {
                return Ok(());
            }
            match next {
                Some(next) if next.call.is_some() => prepared = next,
                _ => return Ok(()),
            }
        }
    }

    /// The next way that can be had. A code that it sends is counted like the first one's.
    async fn next_way(&self, caller: &Caller, ways: &mut Ways, wish: &mut Wish) -> Option<Prepared> {
        while let Some(way) = ways.front() {
            if way.route.code.is_some() && self.allow_code(caller, &wish.customer).await.is_err() {
                ways.pop_front();
                continue;
            }
            wish.number += 1;
            let mut one: Ways = ways.pop_front().into_iter().collect();
            match self.prepare(caller, &mut one, wish).await {
                Ok(prepared) => return Some(prepared),
                Err(_) => wish.number -= 1,
            }
        }
        None
    }

    /// Makes the call; `None` where the attempt does not wait for it any more, and nothing has left.
    async fn try_to_open(&self, prepared: &Prepared) -> Result<Option<Result<Session, Error>>, Refusal> {
        let Some(call) = &prepared.call else { return Ok(None) };
        let mut tx = self.db.begin().await?;
        let Some(case) = Case::load(&mut tx, prepared.attempt.payment_id).await? else { return Ok(None) };
        let waits = case.index(prepared.attempt.id).is_some_and(|index| case.attempts[index].is_opening());
        if !waits {
            return Ok(None);
        }
        let entry = Entry::sending(call, self.ambient.uuid(), self.ambient.now());
        let intent = integration_logs::commit_intent(tx, entry).await?;
        let reply = self.accounts.transport().act(call, intent).await;
        let provider = &prepared.way.served.provider;
        Ok(Some(reply.and_then(|reply| provider.read_opening(&prepared.order, &reply))))
    }

    /// Takes in what the provider answered; where it could not open the attempt, the next one takes its place. Whether it did.
    async fn take_opening(
        &self,
        prepared: &Prepared,
        result: Result<Session, Error>,
        next: Option<&Prepared>,
    ) -> Result<bool, Refusal> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let Some(mut case) = Case::load(&mut tx, prepared.attempt.payment_id).await? else { return Ok(false) };
        let Some(index) = case.index(prepared.attempt.id) else { return Ok(false) };
        // Given up meanwhile: nobody can pay by it, and what was opened ends by itself.
        if !case.attempts[index].is_opening() {
            return Ok(false);
        }
        let mut replaced = false;
        match (result, next) {
            (Ok(session), _) => {
                let end = case.attempts[index].expires_at.unwrap_or(now);
                case.opened(index, session, end);
            }
            (Err(error), Some(next)) if case.can_reroute(index) => {
                tracing::warn!(kind = error.kind.as_str(), to = %next.attempt.provider, "another way is taken");
                let failure = (reason(&error), prepared.words(&error.message));
                case.rerouted(index, failure, &next.attempt, next.way.fallback_from.clone());
                attempts::insert_all(&mut tx, &[&next.attempt]).await?;
                if let Some(task) = &next.task {
                    tasks::insert_all(&mut tx, &[task]).await?;
                }
                replaced = true;
            }
            (Err(error), _) => case.not_opened(index, reason(&error), prepared.words(&error.message)),
        }
        self.keep(tx, case).await?;
        Ok(replaced)
    }
}

impl Prepared {
    /// The provider's words, without what is secret in the call: it may repeat what it was sent.
    fn words(&self, message: &str) -> Option<String> {
        let secrets = self.call.as_ref().map_or(&[][..], |call| call.secrets.body);
        Some(kit::mask::text(message, secrets)).filter(|message| !message.is_empty())
    }
}

fn reason(error: &Error) -> FailureReason {
    match error.kind {
        Kind::Timeout => FailureReason::ProviderTimeout,
        // A path that is not there says nothing of the customer.
        Kind::NotFound if error.delivery == Delivery::Never => FailureReason::ProviderUnavailable,
        Kind::Unavailable | Kind::RateLimited | Kind::Protocol | Kind::Internal => FailureReason::ProviderUnavailable,
        _ => FailureReason::ProviderRejected,
    }
}
