//! Doubt: attempts of which nobody knows, or which a person must decide, and how the payment comes out of it.

use schemas::event::ReviewProposal;
use schemas::payment::{AttemptStatus, PaymentStatus, ReviewReason};

use super::Case;
use crate::db::Time;
use crate::db::attempts::Attempt;

impl Case {
    /// Whether an attempt waits for a person.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.status == AttemptStatus::NeedsReview)
    }

    /// Nobody has said yet what became of the attempt.
    pub(super) fn is_undecided(&self, index: usize) -> bool {
        let attempt = &self.attempts[index];
        match attempt.status {
            AttemptStatus::Open | AttemptStatus::Unknown => true,
            AttemptStatus::NeedsReview => attempt.unknown_since.is_some(),
            _ => false,
        }
    }

    /// Something says that it was paid, or its time is over, and the provider cannot be asked.
    pub(super) fn unknown(&mut self, index: usize, now: Time) {
        let row = self.touch(index);
        row.unknown_since = Some(now);
        row.asks = 0;
        if row.status == AttemptStatus::Open {
            row.status = AttemptStatus::Unknown;
            if self.is_current(index) && self.payment.status == PaymentStatus::RequiresAction {
                self.payment.status = PaymentStatus::Processing;
                self.tell_processing();
            }
        }
    }

    /// The provider can be asked again, and the customer may still pay.
    pub(super) fn known(&mut self, index: usize) {
        let row = self.touch(index);
        row.unknown_since = None;
        row.status = AttemptStatus::Open;
        if self.is_current(index) && self.payment.status == PaymentStatus::Processing {
            self.payment.status = PaymentStatus::RequiresAction;
            self.payment_changed = true;
        }
        self.leave_doubt();
    }

    /// A person must decide on an attempt.
    pub(super) fn mismatch(&mut self, index: usize, reason: ReviewReason, raw: String) {
        let attempt = &self.attempts[index];
        let unanswered = attempt.unknown_since.is_some();
        match attempt.status {
            // What could not be asked about has been answered, and not as it should be.
            AttemptStatus::NeedsReview if unanswered && reason != ReviewReason::Unresolved => {}
            AttemptStatus::NeedsReview => return,
            // Beside the sale that was paid there is another one, of something else.
            AttemptStatus::Paid if self.is_news(index) => return self.review(index, reason, None),
            AttemptStatus::Paid => return,
            _ => {}
        }
        let row = self.touch(index);
        row.status = AttemptStatus::NeedsReview;
        if reason != ReviewReason::Unresolved {
            row.unknown_since = None;
        }
        row.raw_status = Some(raw).filter(|raw| !raw.is_empty()).or(row.raw_status.take());
        self.review(index, reason, None);
    }

    /// Nobody has looked at the attempt's records yet: neither a review that waits, nor a person who has settled it.
    fn is_news(&self, index: usize) -> bool {
        self.payment.review().is_none() && self.attempts[index].evidence.is_none()
    }

    /// The payment waits for a person. What it is shown to wait for is the gravest thing: money that must go back, then
    /// money that is not what was asked, then money that nobody knows of.
    pub(super) fn review(&mut self, index: usize, reason: ReviewReason, proposal: Option<ReviewProposal>) {
        self.payment.status = PaymentStatus::NeedsReview;
        let keeps = match self.payment.review() {
            Some(ReviewReason::PaidTwice) => true,
            Some(_) => reason == ReviewReason::Unresolved,
            None => false,
        };
        if !keeps {
            self.payment.review_reason = Some(reason.as_str().to_owned());
        }
        self.take_reference();
        self.tell_review(index, reason, proposal);
    }

    /// A person proves that an attempt in doubt brought no money.
    pub fn settle_unpaid(&mut self, index: usize, evidence: Vec<u8>) {
        let row = self.touch(index);
        let decided = row.status == AttemptStatus::NeedsReview;
        row.evidence = Some(evidence);
        row.status = AttemptStatus::Cancelled;
        row.unknown_since = None;
        self.payment_changed = true;
        if self.is_current(index) && self.waits() {
            return self.end(PaymentStatus::Cancelled);
        }
        // What is left to doubt may only be what could not be asked about, and that ends by itself.
        let answered =
            |attempt: &Attempt| attempt.status == AttemptStatus::NeedsReview && attempt.unknown_since.is_none();
        let others = self.attempts.iter().any(answered) || self.payment.review() == Some(ReviewReason::PaidTwice);
        if decided && !others {
            self.payment.review_reason = Some(ReviewReason::Unresolved.as_str().to_owned());
        }
        self.leave_doubt();
    }

    /// A payment that waited only for the provider's word stands where its money stands, or else its current attempt.
    pub(super) fn leave_doubt(&mut self) {
        let unresolved = self.payment.review() == Some(ReviewReason::Unresolved);
        if self.payment.status != PaymentStatus::NeedsReview || !unresolved || self.is_in_doubt() {
            return;
        }
        if let Some(index) = self.attempts.iter().position(|attempt| attempt.status == AttemptStatus::Paid) {
            let status = match self.payment.paid_amount - self.payment.refunded_amount {
                0 => PaymentStatus::Refunded,
                left if left < self.payment.paid_amount => PaymentStatus::PartiallyRefunded,
                _ => PaymentStatus::Paid,
            };
            return self.stand_paid(index, status);
        }
        self.payment.review_reason = None;
        self.payment_changed = true;
        let current = self.attempts.iter().find(|attempt| attempt.number == self.payment.attempt);
        match current.map(|attempt| attempt.status) {
            Some(AttemptStatus::Open) => self.payment.status = PaymentStatus::RequiresAction,
            Some(AttemptStatus::Unknown) => self.payment.status = PaymentStatus::Processing,
            Some(AttemptStatus::Declined) => self.end(PaymentStatus::Declined),
            Some(AttemptStatus::Expired) => self.end(PaymentStatus::Expired),
            _ => self.end(PaymentStatus::Cancelled),
        }
    }
}
