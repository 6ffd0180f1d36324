//! Attempts that the provider must open, and that a one-time code confirms: what an answer, or its absence, does to them.

use std::time::Duration;

use payments_adapters::{Session, SessionStep, registry};
use schemas::payment::{AttemptStatus, FailureReason, NextAction, PaymentStatus, ReviewReason};

use super::{Case, stands_paid};
use crate::db::Time;
use crate::db::attempts::Attempt;

impl Case {
    /// The call that opens an attempt, or sends its code again, is about to leave.
    pub fn code_asked(&mut self, index: usize, now: Time) {
        let row = self.touch(index);
        row.codes_sent += 1;
        row.code_sent_at = Some(now);
    }

    /// The provider knows of the attempt, and the customer goes on. `end` is ours, where the provider names none.
    pub fn opened(&mut self, index: usize, session: Session, end: Time) {
        let row = self.touch(index);
        row.session = Some(session.id);
        row.next_action.0 = Some(match session.next {
            SessionStep::Code { length, expires_at } => {
                let end = expires_at.map_or(end, Time::from);
                row.expires_at = Some(row.expires_at.map_or(end, |old| old.max(end)));
                NextAction::Otp { length, expires_at: end.to_string() }
            }
            SessionStep::Page { url } => NextAction::Redirect { url: url.into() },
        });
        if self.is_current(index) && self.payment.status == PaymentStatus::Processing {
            self.payment.status = PaymentStatus::RequiresAction;
            self.payment_changed = true;
        }
    }

    /// The provider could not open the attempt: nothing was charged, and nobody can pay by it.
    pub fn not_opened(&mut self, index: usize, reason: FailureReason, words: Option<String>) {
        if !self.attempts[index].is_opening() {
            return;
        }
        let row = self.touch(index);
        row.failure = Some(reason.as_str().to_owned());
        row.raw_status = words.or(row.raw_status.take());
        self.give_up(index, AttemptStatus::Declined, PaymentStatus::Declined);
    }

    /// The same, and another way takes its place: another route to the same wallet, of which the customer has not noticed
    /// anything, or what stands in for the provider `from`.
    pub fn rerouted(
        &mut self,
        index: usize,
        failure: (FailureReason, Option<String>),
        next: &Attempt,
        from: Option<String>,
    ) {
        let (reason, words) = failure;
        let row = self.touch(index);
        row.failure = Some(reason.as_str().to_owned());
        row.raw_status = words;
        row.status = AttemptStatus::Cancelled;
        self.switch(next, from);
    }

    /// Whether the payment waits for the customer of this attempt, and for nothing else.
    pub fn waits_for(&self, index: usize) -> bool {
        let open = self.attempts[index].status == AttemptStatus::Open && self.is_current(index);
        open && self.payment.status == PaymentStatus::RequiresAction && !self.siblings.iter().any(stands_paid)
    }

    /// The customer's code is about to leave. From here on nobody knows, until the provider says; it is told of only if
    /// that takes long.
    pub fn confirming(&mut self, index: usize, now: Time) {
        let row = self.touch(index);
        row.confirmed_at = Some(now);
        row.unknown_since = Some(now);
        row.asks = 0;
        row.status = AttemptStatus::Unknown;
        if self.is_current(index) && self.payment.status == PaymentStatus::RequiresAction {
            self.payment.status = PaymentStatus::Processing;
            self.payment_changed = true;
        }
    }

    /// The code has certainly not been paid by: the attempt is open as before.
    pub fn not_confirmed(&mut self, index: usize) {
        self.touch(index).confirmed_at = None;
        self.known(index);
    }

    /// It was another code. After so many the attempt is over: whoever guesses has to have a new one sent.
    pub fn wrong_code(&mut self, index: usize, most: i32) {
        let row = self.touch(index);
        row.wrong_codes += 1;
        if row.wrong_codes < most {
            return self.not_confirmed(index);
        }
        self.declined(index, "too many wrong codes".to_owned());
    }

    /// The code is over: a new one must be sent before another is entered.
    pub fn code_expired(&mut self, index: usize, now: Time) {
        if let Some(NextAction::Otp { expires_at, .. }) = &mut self.touch(index).next_action.0 {
            *expires_at = now.to_string();
        }
        self.not_confirmed(index);
    }

    /// The provider refused the confirmation for good.
    pub fn refused(&mut self, index: usize, raw: String) {
        self.declined(index, raw);
    }

    /// Whatever was answered says neither that it was paid by nor that it was not.
    pub fn doubted(&mut self, index: usize, now: Time) {
        let row = self.touch(index);
        row.unknown_since = Some(now);
        if !self.can_be_resolved(index) {
            self.mismatch(index, ReviewReason::Unresolved, String::new());
        } else if self.is_current(index) && self.payment.status == PaymentStatus::Processing {
            self.tell_processing();
        }
    }

    /// Whether somebody may still tell: the provider when it is asked, or by itself.
    fn can_be_resolved(&self, index: usize) -> bool {
        let attempt = &self.attempts[index];
        registry::card(&attempt.provider).is_some_and(|card| card.asks || card.tells(&attempt.gateway))
    }

    /// Whether an attempt's opening may still be replaced by another way: nobody has been told anything else meanwhile.
    pub fn can_reroute(&self, index: usize) -> bool {
        self.is_current(index) && self.payment.status == PaymentStatus::Processing
    }

    /// Whether the confirmation that left then has not been decided since, by whatever else was learnt.
    pub fn is_confirming(&self, index: usize, since: Time) -> bool {
        self.attempts[index].confirmed_at == Some(since) && self.is_undecided(index)
    }

    /// Whether the answer to a confirmation may still be on its way.
    pub fn expects_answer(&self, index: usize, now: Time, longest: Duration) -> bool {
        let attempt = &self.attempts[index];
        let on_its_way = attempt.confirmed_at.is_some_and(|left| now < left.after(longest));
        attempt.status == AttemptStatus::Unknown && on_its_way
    }
}
