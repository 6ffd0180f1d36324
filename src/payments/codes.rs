//! One-time codes: confirming by one, and sending another. A confirmation leaves once; what it came to is believed from its
//! answer or from the provider's records, and otherwise nobody knows.

use std::sync::Arc;
use std::time::Duration;

use kit::{Allowance, Allowances, Call, Delivery, Denied, Entry, Error};
use payments_adapters::{Codes, Confirmed, Order, Session};
use schemas::payment::{AttemptStatus, Code, Customer, NextAction};
use schemas::{PaymentId, Text};

use super::judge::judge;
use super::switch::changed_meanwhile;
use super::{Caller, Case, Fact, Idempotency, Payments, Shown};
use crate::accounts::Served;
use crate::caller::{finished, until_kept};
use crate::config::CodeLimit;
use crate::db::attempts::{self, Attempt};
use crate::db::idempotency::{self, Claim};
use crate::db::{DbError, Time, Tx, integration_logs, tasks};
use crate::refusal::Refusal;
use crate::vault::Purpose;
use crate::work::DbAllowances;

/// An attempt that waits for a code, with all that a call about it needs.
struct Waiting {
    attempt: Attempt,
    served: Arc<Served>,
    order: Order,
    session: String,
}

impl Waiting {
    fn codes(&self) -> Result<&dyn Codes, Refusal> {
        self.served.provider.codes().ok_or_else(no_code)
    }
}

impl Payments {
    /// Confirms a payment by the customer's code. Whatever becomes of it, it is sent once.
    pub async fn confirm(
        &self,
        caller: &Caller,
        id: PaymentId,
        idempotency: Idempotency,
        code: Code,
    ) -> Result<Shown, Refusal> {
        let waiting = match self.waiting(caller, id).await {
            Ok(waiting) => waiting,
            Err(refusal) => return self.repeated(caller, id, idempotency, refusal).await,
        };
        if let Err(refusal) = check_code(&waiting.attempt, &code, self.now(), self.settings.wrong_codes) {
            return self.repeated(caller, id, idempotency, refusal).await;
        }
        let claim = self.claim(caller, idempotency.clone(), id.uuid());
        if self.made_before(caller, idempotency).await?.is_some() {
            return self.read(caller, id).await;
        }
        self.allow_guess(&waiting.order.customer).await?;
        let call = waiting.codes()?.describe_confirm(&waiting.order, &waiting.session, &code)?;
        let payments = self.clone();
        finished(async move { payments.confirm_once(waiting, call, claim).await }).await?;
        self.read(caller, id).await
    }

    /// What the same key has done before is answered, where nothing can be done now; otherwise why not.
    async fn repeated(
        &self,
        caller: &Caller,
        id: PaymentId,
        idempotency: Idempotency,
        refusal: Refusal,
    ) -> Result<Shown, Refusal> {
        self.made_before(caller, idempotency).await?.ok_or(refusal)?;
        self.read(caller, id).await
    }

    /// The attempt of a payment that waits for a code.
    async fn waiting(&self, caller: &Caller, id: PaymentId) -> Result<Waiting, Refusal> {
        let payment = self.row(caller, id).await?;
        let customer = self.customer_of(&payment)?;
        let attempt = attempts::numbered(&self.db, id, payment.attempt).await?.ok_or(Refusal::NotFound)?;
        let served = self.accounts.by_id(attempt.account_id, Some(caller.store)).await?.ok_or(Refusal::NotFound)?;
        if served.provider.codes().is_none() {
            return Err(no_code());
        }
        let session = attempt.session.clone().filter(|_| attempt.status == AttemptStatus::Open);
        match (session, &attempt.next_action.0) {
            (Some(session), Some(NextAction::Otp { .. })) => {
                let order = self.order(&attempt, customer);
                Ok(Waiting { attempt, served, order, session })
            }
            (None, Some(NextAction::Otp { .. }) | None) => Err(not_waiting()),
            _ => Err(no_code()),
        }
    }

    async fn confirm_once(&self, waiting: Waiting, call: Call, claim: Claim) -> Result<(), Refusal> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        if self.claim_in(&mut tx, &claim).await?.is_some() {
            return Ok(());
        }
        // The task finds out if we are stopped before the answer is taken in. Tasks come before attempts, as everywhere.
        let due = now.after(Duration::from_millis(self.settings.answer_ms));
        let task = self.confirmation(waiting.attempt.id, waiting.served.provider.lane(), due);
        tasks::enqueue(&mut tx, &task).await?;
        let (mut case, index) = self.still_waiting(&mut tx, &waiting).await?;
        case.confirming(index, now);
        if !case.save(&mut tx, &self.ambient).await? {
            return Err(changed_meanwhile());
        }
        let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
        let intent = integration_logs::commit_intent(tx, entry).await?;
        self.told(claim.store_id);
        let reply = self.accounts.transport().act(&call, intent).await;
        let result = match reply {
            Ok(reply) => Ok(waiting.codes()?.read_confirm(&waiting.order, &reply)),
            Err(error) => Err(error),
        };
        let words = said(&result).map(|words| kit::mask::text(words, call.secrets.body));
        // What has been answered is known here alone: a database that is busy for a moment must not lose it.
        until_kept(|| self.take_confirmation(&waiting, &result, words.as_deref(), &claim, now)).await?;
        match result {
            Err(error) if error.delivery == Delivery::Never => Err(Refusal::Provider(error)),
            _ => Ok(()),
        }
    }

    /// The case of an attempt that waits for a code still, under its lock.
    async fn still_waiting(&self, tx: &mut Tx, waiting: &Waiting) -> Result<(Case, usize), Refusal> {
        let case = Case::load(tx, waiting.attempt.payment_id).await?.ok_or(Refusal::NotFound)?;
        let index = case.index(waiting.attempt.id).ok_or(Refusal::NotFound)?;
        let same = case.attempts[index].session.as_ref() == Some(&waiting.session);
        if same && case.waits_for(index) { Ok((case, index)) } else { Err(not_waiting()) }
    }

    /// Takes in what the provider answered, or that it did not.
    async fn take_confirmation(
        &self,
        waiting: &Waiting,
        result: &Result<Confirmed, Error>,
        words: Option<&str>,
        claim: &Claim,
        since: Time,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        // Who can be asked is asked soon; and whatever comes of it, somebody looks at the attempt again. Tasks come before
        // attempts, as everywhere.
        let answer = Duration::from_millis(self.settings.answer_ms);
        let due = now.after(if nobody_knows(result) { self.settings.gap(0) } else { answer });
        let task = self.confirmation(waiting.attempt.id, waiting.served.provider.lane(), due);
        tasks::enqueue(&mut tx, &task).await?;
        let mut case = Case::load(&mut tx, waiting.attempt.payment_id).await?.ok_or(Refusal::NotFound)?;
        let index = case.index(waiting.attempt.id).ok_or(Refusal::NotFound)?;
        match result {
            Ok(Confirmed::Paid(transaction)) => {
                let verdict = judge(waiting.attempt.money(), std::slice::from_ref(transaction));
                case.learn(index, Fact::Verdict(verdict), now);
            }
            // The provider's records, or a person, have said more meanwhile.
            _ if !case.is_confirming(index, since) => {}
            Ok(Confirmed::WrongCode) => case.wrong_code(index, self.settings.wrong_codes),
            Ok(Confirmed::CodeExpired) => case.code_expired(index, now),
            Ok(Confirmed::Refused { .. }) => case.refused(index, words.unwrap_or_default().to_owned()),
            Err(error) if error.delivery == Delivery::Never => {
                // Certainly not sent: the customer may try again, and so may the very same request.
                case.not_confirmed(index);
                idempotency::give_back(&mut tx, claim).await?;
            }
            Ok(Confirmed::Unclear { .. }) | Err(_) => {
                tracing::warn!(attempt = %waiting.attempt.id, words, "nobody knows what became of a confirmation");
                case.doubted(index, now);
            }
        }
        self.keep(tx, case).await
    }

    /// Has another code sent.
    pub async fn resend_code(
        &self,
        caller: &Caller,
        id: PaymentId,
        idempotency: Idempotency,
    ) -> Result<Shown, Refusal> {
        let waiting = match self.waiting(caller, id).await {
            Ok(waiting) => waiting,
            Err(refusal) => return self.repeated(caller, id, idempotency, refusal).await,
        };
        let claim = self.claim(caller, idempotency.clone(), id.uuid());
        if self.made_before(caller, idempotency).await?.is_some() {
            return self.read(caller, id).await;
        }
        let gap = Duration::from_millis(self.settings.code_gap_ms);
        let sent = waiting.attempt.code_sent_at.map(|at| self.now().since(at));
        if let Some(wait) = sent.and_then(|ago| gap.checked_sub(ago)).filter(|wait| !wait.is_zero()) {
            return Err(too_many(wait));
        }
        self.allow_code(caller, &waiting.order.customer).await?;
        let call = waiting.codes()?.describe_resend(&waiting.order, &waiting.session)?;
        let payments = self.clone();
        finished(async move { payments.resend_once(waiting, call, claim).await }).await?;
        self.read(caller, id).await
    }

    async fn resend_once(&self, waiting: Waiting, call: Call, claim: Claim) -> Result<(), Refusal> {
        let mut tx = self.db.begin().await?;
        if self.claim_in(&mut tx, &claim).await?.is_some() {
            return Ok(());
        }
        let (mut case, index) = self.still_waiting(&mut tx, &waiting).await?;
        if case.attempts[index].codes_sent != waiting.attempt.codes_sent {
            // Another one has just been sent.
            return Err(too_many(Duration::from_millis(self.settings.code_gap_ms)));
        }
        case.code_asked(index, self.now());
        if !case.save(&mut tx, &self.ambient).await? {
            return Err(changed_meanwhile());
        }
        let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
        let intent = integration_logs::commit_intent(tx, entry).await?;
        let reply = self.accounts.transport().act(&call, intent).await;
        let read = match reply {
            Ok(reply) => waiting.codes()?.read_resend(&waiting.order, &waiting.session, &reply),
            Err(error) => Err(error),
        };
        match read {
            Ok(session) => until_kept(|| self.take_session(&waiting, session.clone())).await,
            Err(error) => {
                // Nothing was charged and the attempt is as it was: the very same request may try again.
                let mut tx = self.db.begin().await?;
                idempotency::give_back(&mut tx, &claim).await?;
                tx.commit().await?;
                Err(Refusal::Provider(error))
            }
        }
    }

    async fn take_session(&self, waiting: &Waiting, session: Session) -> Result<(), Refusal> {
        let mut tx = self.db.begin().await?;
        let (mut case, index) = match self.still_waiting(&mut tx, waiting).await {
            Ok(waits) => waits,
            // While a code is being confirmed its session stands; and of two that were sent the later one does.
            Err(Refusal::Conflict(_)) => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        let end = self.now().after(Duration::from_millis(self.settings.wallet_expires_ms));
        case.opened(index, session, end);
        self.keep(tx, case).await
    }

    /// Counts a code that is to be sent: to an address, for a store, to a telephone. Each is counted for every process. A
    /// telephone is counted for each store and, more widely, for all of them: no store keeps another's customer out.
    pub(super) async fn allow_code(&self, caller: &Caller, customer: &Customer) -> Result<(), Refusal> {
        let phone = customer.phone.as_ref().map(|phone| phone.e164().to_owned());
        let store = caller.store.to_string();
        let limits = &self.settings;
        let scopes = [
            ("address", customer.ip.map(|address| address.to_string()), limits.codes_per_address),
            ("store", Some(store.clone()), limits.codes_per_store),
            ("phone in store", phone.as_ref().map(|phone| format!("{store}/{phone}")), limits.codes_per_phone),
            ("phone", phone, limits.codes_per_phone.wider()),
        ];
        for (kind, whom, limit) in scopes {
            if let Some(whom) = whom {
                self.allow(kind, &format!("{}/{whom}", caller.mode.as_str()), limit).await?;
            }
        }
        Ok(())
    }

    /// Counts a code that is to be tried, so that nobody guesses by having new ones sent.
    async fn allow_guess(&self, customer: &Customer) -> Result<(), Refusal> {
        match &customer.phone {
            Some(phone) => self.allow("guess", phone.e164(), self.settings.guesses_per_phone).await,
            None => Ok(()),
        }
    }

    async fn allow(&self, kind: &str, whom: &str, limit: CodeLimit) -> Result<(), Refusal> {
        let allowances = DbAllowances::new(self.db.clone(), self.ambient.clone());
        let digest = self.vault.derive(Purpose::CodeLimit, format!("{kind}/{whom}").as_bytes());
        match allowances.take(&format!("codes/{kind}/{digest}"), allowance(limit)).await {
            Ok(()) => Ok(()),
            Err(Denied::Later(wait)) => Err(too_many(wait)),
            Err(Denied::Unreachable(_)) => Err(DbError::Unavailable(sqlx::Error::PoolTimedOut).into()),
        }
    }
}

/// Whether the answer, or its absence, says neither that the code was paid by nor that it was not.
fn nobody_knows(result: &Result<Confirmed, Error>) -> bool {
    match result {
        Ok(confirmed) => matches!(confirmed, Confirmed::Unclear { .. }),
        Err(error) => error.delivery != Delivery::Never,
    }
}

/// The provider's own words, where it said any that are told on.
fn said(result: &Result<Confirmed, Error>) -> Option<&str> {
    match result {
        Ok(Confirmed::Refused { raw }) => Some(raw),
        Ok(Confirmed::Unclear { message }) => Some(message),
        Ok(_) => None,
        Err(error) => Some(&error.message),
    }
}

const fn allowance(limit: CodeLimit) -> Allowance {
    Allowance { burst: limit.burst, every: Duration::from_millis(limit.every_ms) }
}

/// Refuses a code that need not be sent to be known as wrong, or that cannot be the one any more.
fn check_code(attempt: &Attempt, code: &Code, now: Time, most: i32) -> Result<(), Refusal> {
    let Some(NextAction::Otp { length, expires_at }) = &attempt.next_action.0 else { return Err(no_code()) };
    if code.digits().len() != usize::from(*length) {
        return Err(Refusal::field(
            "otp",
            format!("this wallet's code has {length} digits"),
            format!("رمز هذه المحفظة من {length} أرقام"),
        ));
    }
    let over = expires_at.parse::<jiff::Timestamp>().is_ok_and(|end| Time::from(end) <= now);
    if over || attempt.wrong_codes >= most {
        return Err(Refusal::Conflict(Text::new(
            "the code is over; have another one sent by resend-otp",
            "انتهت صلاحية الرمز؛ اطلب رمزاً جديداً عبر resend-otp",
        )));
    }
    Ok(())
}

fn no_code() -> Refusal {
    let text = Text::new("this payment takes no code", "هذه الدفعة لا تتطلب رمزاً");
    Refusal::Unsupported { text, alternatives: Vec::new() }
}

fn not_waiting() -> Refusal {
    Refusal::Conflict(Text::new(
        "the payment does not wait for a code now; read it",
        "الدفعة لا تنتظر رمزاً الآن؛ اقرأ حالتها",
    ))
}

fn too_many(wait: Duration) -> Refusal {
    let text = Text::new("too many codes were sent; wait a while", "أُرسلت رموز كثيرة؛ انتظر قليلاً");
    Refusal::TooMany { text, wait }
}
