//! The case of one payment: the payment, its attempts and its siblings, loaded under one lock, changed by named
//! transitions and nothing else, saved with its events.

mod doubt;
mod session;
mod telling;

use kit::Ambient;
use schemas::event::{EventData, EventName};
use schemas::payment::{AttemptStatus, FailureReason, PaymentStatus, ReviewReason};
use schemas::{AttemptId, PaymentId};
use serde_json::json;

use super::FOLLOW_UPS;
use super::judge::Verdict;
use super::schedule::Step;
use crate::db::attempts::{self, Attempt};
use crate::db::payments::{self, Payment};
use crate::db::{Result, Time, Tx};
use crate::events;
use crate::work::{self, FollowUp};

/// Everything that a decision on a payment depends on.
#[derive(Debug, Clone)]
pub struct Case {
    /// The payment.
    pub payment: Payment,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
    /// Other payments of the same reference.
    pub siblings: Vec<Payment>,
    changed: Vec<usize>,
    payment_changed: bool,
    events: Vec<EventData>,
}

/// What has been learnt about one attempt.
#[derive(Debug, Clone)]
pub enum Fact {
    /// From the provider's records.
    Verdict(Verdict),
    /// From time and silence.
    Step(Step),
}

impl Case {
    /// A case from its rows.
    pub fn new(payment: Payment, attempts: Vec<Attempt>, siblings: Vec<Payment>) -> Self {
        Self { payment, attempts, siblings, changed: Vec::new(), payment_changed: false, events: Vec::new() }
    }

    /// Loads a case; on PostgreSQL nobody else decides on the same reference until the transaction ends.
    pub async fn load(tx: &mut Tx, id: PaymentId) -> Result<Option<Self>> {
        let Some(named) = payments::in_tx(tx, id).await? else { return Ok(None) };
        let siblings = payments::siblings(tx, &named).await?;
        // Read again: what was read before the lock may have changed.
        let Some(payment) = payments::in_tx(tx, id).await? else { return Ok(None) };
        let attempts = attempts::of_payment(tx, id).await?;
        Ok(Some(Self::new(payment, attempts, siblings)))
    }

    /// Writes what changed and appends the events; `false` where somebody else was faster, and nothing may be kept.
    pub async fn save(mut self, tx: &mut Tx, ambient: &Ambient) -> Result<bool> {
        let now = Time::from(ambient.now());
        let given_up = self.payment_changed && !self.payment.holds_reference;
        if self.payment_changed && !payments::update(tx, &mut self.payment, now).await? {
            return Ok(false);
        }
        if given_up && !self.hand_reference_on(tx, now).await? {
            return Ok(false);
        }
        for index in self.changed {
            if !attempts::update(tx, &mut self.attempts[index], now).await? {
                return Ok(false);
            }
        }
        if self.events.iter().any(|event| event.name() == EventName::PaymentPaid) {
            follow_up(tx, ambient, &self.payment).await?;
        }
        events::append(tx, ambient, self.payment.store_id, self.payment.livemode, self.events).await?;
        Ok(true)
    }

    /// A sibling that was paid late, while this one held the reference, holds it from now on.
    async fn hand_reference_on(&mut self, tx: &mut Tx, now: Time) -> Result<bool> {
        if self.siblings.iter().any(|sibling| sibling.holds_reference) {
            return Ok(true);
        }
        let Some(heir) = self.siblings.iter_mut().find(|sibling| stands_paid(sibling)) else { return Ok(true) };
        heir.holds_reference = true;
        payments::update(tx, heir, now).await
    }

    /// The place of an attempt in the case.
    pub fn index(&self, id: AttemptId) -> Option<usize> {
        self.attempts.iter().position(|attempt| attempt.id == id)
    }

    /// Takes in what was learnt about an attempt.
    pub fn learn(&mut self, index: usize, fact: Fact, now: Time) {
        match fact {
            Fact::Verdict(Verdict::Paid { transaction, raw, sales }) => self.paid(index, transaction, raw, sales, now),
            Fact::Verdict(Verdict::Declined { raw }) => self.declined(index, raw),
            Fact::Verdict(Verdict::Mismatch { reason, raw }) => self.mismatch(index, reason, raw),
            Fact::Verdict(Verdict::Silent) | Fact::Step(Step::Wait(_) | Step::Done) => {}
            Fact::Step(Step::Expire(_)) => self.give_up(index, AttemptStatus::Expired, PaymentStatus::Expired),
            Fact::Step(Step::Unknown(_)) => self.unknown(index, now),
            Fact::Step(Step::Known(_)) => self.known(index),
            Fact::Step(Step::NotOpened) => self.not_opened(index, FailureReason::Interrupted, None),
            Fact::Step(Step::Review) => self.mismatch(index, ReviewReason::Unresolved, String::new()),
        }
    }

    fn touch(&mut self, index: usize) -> &mut Attempt {
        if !self.changed.contains(&index) {
            self.changed.push(index);
        }
        &mut self.attempts[index]
    }

    fn is_current(&self, index: usize) -> bool {
        self.attempts[index].number == self.payment.attempt
    }

    fn waits(&self) -> bool {
        matches!(self.payment.status, PaymentStatus::RequiresAction | PaymentStatus::Processing)
    }

    /// Proved. Whatever stood before, the money is here.
    fn paid(&mut self, index: usize, transaction: String, raw: String, sales: usize, now: Time) {
        let attempt = &self.attempts[index];
        let first = attempt.status != AttemptStatus::Paid;
        let expected = attempt.amount * sales as i64;
        let counted = if first { 0 } else { self.counted(index) };
        if !first && expected <= counted {
            return;
        }
        let given_up = first
            && !matches!(attempt.status, AttemptStatus::Open | AttemptStatus::Unknown | AttemptStatus::NeedsReview);
        let elsewhere = self.attempts.iter().enumerate().any(|(other, attempt)| {
            other != index && attempt.status == AttemptStatus::Paid && attempt.amount > attempt.refunded_amount
        }) || self.siblings.iter().any(stands_paid);
        let attempt = self.touch(index);
        attempt.status = AttemptStatus::Paid;
        attempt.provider_transaction = Some(transaction);
        attempt.raw_status = Some(raw);
        attempt.paid_at = attempt.paid_at.or(Some(now));
        attempt.unknown_since = None;
        self.payment.paid_amount += expected - counted;
        self.payment.late |= given_up;
        self.take_reference();
        if elsewhere || sales > 1 {
            let proposal = self.giving_back(index);
            return self.review(index, ReviewReason::PaidTwice, Some(proposal));
        }
        if self.is_in_doubt() {
            // Another attempt waits for a person: this money does not say what became of that one's.
            let reason = self.payment.review().unwrap_or(ReviewReason::Unresolved);
            return self.review(index, reason, None);
        }
        self.stand_paid(index, PaymentStatus::Paid);
    }

    /// The payment stands by the money of one attempt.
    fn stand_paid(&mut self, index: usize, status: PaymentStatus) {
        let attempt = &self.attempts[index];
        self.payment.attempt = attempt.number;
        self.payment.method = attempt.method;
        self.payment.provider.clone_from(&attempt.provider);
        self.payment.review_reason = None;
        self.payment.status = status;
        self.close_others(index);
        self.tell_paid();
    }

    /// What this paid attempt has been counted for: one sale, or more if a second one was found before.
    fn counted(&self, index: usize) -> i64 {
        let others: i64 = self
            .attempts
            .iter()
            .enumerate()
            .filter(|(other, attempt)| *other != index && attempt.status == AttemptStatus::Paid)
            .map(|(_, attempt)| attempt.amount)
            .sum();
        self.payment.paid_amount - others
    }

    /// Attempts that nobody needs any more. Unknown ones stay: they may have been paid as well.
    fn close_others(&mut self, index: usize) {
        for other in 0..self.attempts.len() {
            if other != index && self.attempts[other].status == AttemptStatus::Open {
                self.touch(other).status = AttemptStatus::Cancelled;
            }
        }
    }

    fn declined(&mut self, index: usize, raw: String) {
        if self.is_undecided(index) {
            self.touch(index).raw_status = Some(raw);
            self.give_up(index, AttemptStatus::Declined, PaymentStatus::Declined);
        }
    }

    /// The attempt is over without money; so is the payment, if it is the current one.
    fn give_up(&mut self, index: usize, attempt: AttemptStatus, payment: PaymentStatus) {
        if !self.is_undecided(index) {
            return;
        }
        let row = self.touch(index);
        row.status = attempt;
        row.unknown_since = None;
        if self.is_current(index) && self.waits() {
            self.end(payment);
        }
        self.leave_doubt();
    }

    /// The payment is over without money, and its reference is free.
    fn end(&mut self, status: PaymentStatus) {
        self.payment.status = status;
        self.payment.review_reason = None;
        self.payment.holds_reference = false;
        self.tell_end();
    }

    /// A payment that has money holds its reference, unless another one does.
    fn take_reference(&mut self) {
        let held = self.siblings.iter().any(|sibling| sibling.holds_reference);
        self.payment.holds_reference |= !held;
    }

    /// The store gives up what still waits for the customer. Whether it did.
    pub fn cancel(&mut self) -> bool {
        let current = self.attempts.iter().position(|attempt| attempt.number == self.payment.attempt);
        match current {
            Some(index) if self.payment.status == PaymentStatus::RequiresAction => {
                self.give_up(index, AttemptStatus::Cancelled, PaymentStatus::Cancelled);
                true
            }
            _ => false,
        }
    }

    /// A person proves that the current attempt was paid.
    pub fn settle(&mut self, index: usize, evidence: Vec<u8>, now: Time) {
        self.touch(index).evidence = Some(evidence);
        self.paid(index, String::new(), "settled by hand".to_owned(), 1, now);
    }

    /// Another attempt takes the place of the current one, whose money may still come.
    pub fn switch(&mut self, next: &Attempt, fallback_from: Option<String>) {
        for index in 0..self.attempts.len() {
            if self.attempts[index].status == AttemptStatus::Open {
                self.touch(index).status = AttemptStatus::Cancelled;
            }
        }
        self.payment.attempt = next.number;
        self.payment.method = next.method;
        self.payment.brand.clone_from(&next.brand);
        self.payment.provider.clone_from(&next.provider);
        self.payment.fallback_from = fallback_from;
        let opening = next.is_opening();
        self.payment.status = if opening { PaymentStatus::Processing } else { PaymentStatus::RequiresAction };
        self.payment.holds_reference = true;
        self.tell_attempt_created(next);
    }

    /// Keeps an amount for a refund; the database refuses more than was paid.
    pub fn reserve(&mut self, amount: i64) {
        self.payment.refund_reserved += amount;
        self.payment_changed = true;
    }

    /// The refund moved nothing.
    pub fn release(&mut self, amount: i64) {
        self.payment.refund_reserved -= amount;
        self.payment_changed = true;
    }

    /// The refund is proved.
    pub fn refunded(&mut self, index: usize, amount: i64, refund: schemas::RefundId) {
        self.touch(index).refunded_amount += amount;
        self.payment.refund_reserved -= amount;
        self.payment.refunded_amount += amount;
        let left = self.payment.paid_amount - self.payment.refunded_amount;
        let twice = self.payment.review() == Some(ReviewReason::PaidTwice);
        self.payment.status = match self.payment.status {
            PaymentStatus::NeedsReview if self.is_in_doubt() => PaymentStatus::NeedsReview,
            // One of the two went back: what is left is what was asked for.
            PaymentStatus::NeedsReview if twice && left == self.payment.amount => PaymentStatus::Paid,
            PaymentStatus::NeedsReview if left > 0 => PaymentStatus::NeedsReview,
            _ if left == 0 => PaymentStatus::Refunded,
            _ => PaymentStatus::PartiallyRefunded,
        };
        if self.payment.status != PaymentStatus::NeedsReview {
            self.payment.review_reason = None;
        }
        self.tell_refunded(refund, amount);
    }
}

/// What a paid payment brings about beside the notification of its store: a task each, that nobody waits for.
async fn follow_up(tx: &mut Tx, ambient: &Ambient, payment: &Payment) -> Result<()> {
    let task = || FollowUp {
        lane: payment.store_id.to_string(),
        key: payment.id.to_string(),
        payload: json!({"payment": payment.id.to_string()}),
    };
    work::run_multiple(tx, ambient, FOLLOW_UPS.iter().map(|name| (*name, task())).collect()).await
}

/// Whether a payment has money that has not gone back.
fn stands_paid(payment: &Payment) -> bool {
    payment.paid_amount > payment.refunded_amount
}

#[cfg(test)]
mod tests;
