//! One-time codes: confirming by one, and sending another. A confirmation leaves once; what it came to is believed from its
//! answer or from the provider's records, and otherwise nobody knows.

use std::sync::Arc;
use std::time::Duration;

use kit::{Allowance, Allowances, Call, Delivery, Denied, Entry, Error};
use payments_adapters::{Codes, Confirmed, Order, Session};
use schemas::payment::{AttemptStatus, Code, Customer, NextAction};
use schemas::{AttemptId, PaymentId, Text};

use super::judge::judge;
use super::opening::finished;
use super::{Caller, Case, Fact, Idempotency, Payments, Shown};
use crate::accounts::Served;
use crate::config::CodeLimit;
use crate::db::attempts::{self, Attempt};
use crate::db::idempotency::{self, Claim};
use crate::db::{Time, Tx, integration_logs, tasks};
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
        let call = waiting.codes()?.describe_confirm(&waiting.order, &waiting.session, &code)?;
        let claim = self.claim(caller, idempotency, id.uuid());
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
            return Err(super::switch::changed_meanwhile());
        }
        let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
        let intent = integration_logs::commit_intent(tx, entry).await?;
        self.told(claim.store_id);
        let reply = self.accounts.transport().act(&call, intent).await;
        let result = match reply {
            Ok(reply) => Ok(waiting.codes()?.read_confirm(&waiting.order, &reply)),
            Err(error) => Err(error),
        };
        self.take_confirmation(&waiting, result, &claim, now).await
    }

    /// The case of an attempt that waits for a code still, under its lock.
    async fn still_waiting(&self, tx: &mut Tx, waiting: &Waiting) -> Result<(Case, usize), Refusal> {
        let case = Case::load(tx, waiting.attempt.payment_id).await?.ok_or(Refusal::NotFound)?;
        let index = case.index(waiting.attempt.id).ok_or(Refusal::NotFound)?;
        let attempt = &case.attempts[index];
        let same = attempt.status == AttemptStatus::Open && attempt.session.as_ref() == Some(&waiting.session);
        if same && case.payment.attempt == attempt.number { Ok((case, index)) } else { Err(not_waiting()) }
    }

    /// Takes in what the provider answered, or that it did not.
    async fn take_confirmation(
        &self,
        waiting: &Waiting,
        result: Result<Confirmed, Error>,
        claim: &Claim,
        since: Time,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        if nobody_knows(&result) {
            // Who can be asked is asked soon. Tasks come before attempts, as everywhere.
            let due = now.after(self.settings.gap(0));
            let task = self.confirmation(waiting.attempt.id, waiting.served.provider.lane(), due);
            tasks::enqueue(&mut tx, &task).await?;
        }
        let mut case = Case::load(&mut tx, waiting.attempt.payment_id).await?.ok_or(Refusal::NotFound)?;
        let index = case.index(waiting.attempt.id).ok_or(Refusal::NotFound)?;
        let ours = case.attempts[index].confirmed_at == Some(since);
        let mut refusal = None;
        match result {
            Ok(Confirmed::Paid(transaction)) => {
                let verdict = judge(waiting.attempt.money(), &[transaction]);
                case.learn(index, Fact::Verdict(verdict), now);
            }
            // The provider's records have said more meanwhile.
            _ if !ours || !case.is_confirming(index) => {}
            Ok(Confirmed::WrongCode) => case.wrong_code(index, self.settings.wrong_codes),
            Ok(Confirmed::CodeExpired) => case.code_expired(index, now),
            Ok(Confirmed::Refused { raw }) => case.refused(index, raw),
            Ok(Confirmed::Unclear { message }) => in_doubt(&mut case, index, &message, now),
            Err(error) if error.delivery == Delivery::Never => {
                // Certainly not sent: the customer may try again, and so may the very same request.
                case.not_confirmed(index);
                idempotency::give_back(&mut tx, claim).await?;
                refusal = Some(Refusal::Provider(error));
            }
            Err(error) => in_doubt(&mut case, index, &error.message, now),
        }
        self.keep(tx, case).await?;
        refusal.map_or(Ok(()), Err)
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
        case.code_asked(index, self.now());
        if !case.save(&mut tx, &self.ambient).await? {
            return Err(super::switch::changed_meanwhile());
        }
        let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
        let intent = integration_logs::commit_intent(tx, entry).await?;
        let reply = self.accounts.transport().act(&call, intent).await;
        let read = match reply {
            Ok(reply) => waiting.codes()?.read_resend(&waiting.order, &waiting.session, &reply),
            Err(error) => Err(error),
        };
        match read {
            Ok(session) => self.take_session(waiting.attempt.id, waiting.attempt.payment_id, session).await,
            // Nothing was charged and the attempt is as it was; another key may try again.
            Err(error) => Err(Refusal::Provider(error)),
        }
    }

    async fn take_session(&self, attempt: AttemptId, payment: PaymentId, session: Session) -> Result<(), Refusal> {
        let mut tx = self.db.begin().await?;
        let mut case = Case::load(&mut tx, payment).await?.ok_or(Refusal::NotFound)?;
        let index = case.index(attempt).ok_or(Refusal::NotFound)?;
        // While a code is being confirmed its session stands.
        if case.attempts[index].status != AttemptStatus::Open {
            return Ok(());
        }
        let end = self.now().after(Duration::from_millis(self.settings.wallet_expires_ms));
        case.opened(index, session, end);
        self.keep(tx, case).await
    }

    /// Counts a code that is to be sent: to a telephone, for a store, to an address. Each is counted for every process.
    pub(super) async fn allow_code(&self, caller: &Caller, customer: &Customer) -> Result<(), Refusal> {
        let phone = customer.phone.as_ref().map(|phone| phone.e164().to_owned());
        let scopes = [
            ("phone", phone, self.settings.codes_per_phone),
            ("address", customer.ip.map(|address| address.to_string()), self.settings.codes_per_address),
            ("store", Some(caller.store.to_string()), self.settings.codes_per_store),
        ];
        let allowances = DbAllowances::new(self.db.clone(), self.ambient.clone());
        for (kind, whom, limit) in scopes {
            let Some(whom) = whom else { continue };
            let digest = self.vault.derive(Purpose::CodeLimit, format!("{kind}/{whom}").as_bytes());
            let scope = format!("codes/{kind}/{}/{digest}", caller.mode.as_str());
            match allowances.take(&scope, allowance(limit)).await {
                Ok(()) => {}
                Err(Denied::Later(wait)) => return Err(too_many(wait)),
                Err(Denied::Unreachable(_)) => return Err(Refusal::Internal("what counts codes cannot be reached")),
            }
        }
        Ok(())
    }
}

/// Whether the answer, or its absence, says neither that the code was paid by nor that it was not.
fn nobody_knows(result: &Result<Confirmed, Error>) -> bool {
    match result {
        Ok(confirmed) => matches!(confirmed, Confirmed::Unclear { .. }),
        Err(error) => error.delivery != Delivery::Never,
    }
}

/// Nobody knows. Where nobody can be asked either, a person must decide.
fn in_doubt(case: &mut Case, index: usize, message: &str, now: Time) {
    tracing::warn!(attempt = %case.attempts[index].id, message, "nobody knows what became of a confirmation");
    case.doubted(index, now);
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
