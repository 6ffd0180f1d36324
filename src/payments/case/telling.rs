//! What a case has to tell: its events, each with the payment as it stood when it was told.

use schemas::event::{
    EventData, PaymentAttemptCreated, PaymentCancelled, PaymentDeclined, PaymentExpired, PaymentNeedsReview,
    PaymentPaid, PaymentProcessing, PaymentRefunded, ProposedRefund, ReviewProposal,
};
use schemas::payment::{PaymentStatus, ReviewReason};
use schemas::{DecimalText, Money, RefundId};

use super::Case;
use crate::db::attempts::Attempt;
use crate::db::refunds::Refund;
use crate::events::{of_refund, payment_facts};

impl Case {
    fn tell(&mut self, event: impl Into<EventData>) {
        self.events.push(event.into());
        self.payment_changed = true;
    }

    pub(super) fn tell_attempt_created(&mut self, next: &Attempt) {
        let (attempt, provider, payment) = (next.number, next.provider.clone(), payment_facts(&self.payment));
        self.tell(PaymentAttemptCreated { attempt, provider, payment });
    }

    pub(super) fn tell_processing(&mut self) {
        let (attempt, payment) = (self.payment.attempt, payment_facts(&self.payment));
        self.tell(PaymentProcessing { attempt, payment });
    }

    pub(super) fn tell_paid(&mut self) {
        let (attempt, late, payment) = (self.payment.attempt, self.payment.late, payment_facts(&self.payment));
        self.tell(PaymentPaid { attempt, late, payment });
    }

    /// Over without money.
    pub(super) fn tell_end(&mut self) {
        let (attempt, payment) = (self.payment.attempt, payment_facts(&self.payment));
        match payment.status {
            PaymentStatus::Declined => self.tell(PaymentDeclined { attempt, payment }),
            PaymentStatus::Expired => self.tell(PaymentExpired { attempt, payment }),
            _ => self.tell(PaymentCancelled { attempt, payment }),
        }
    }

    pub(super) fn tell_review(&mut self, index: usize, reason: ReviewReason, proposal: Option<ReviewProposal>) {
        let (attempt, payment) = (self.attempts[index].number, payment_facts(&self.payment));
        self.tell(PaymentNeedsReview { attempt, reason, proposal, payment });
    }

    /// The proposal to give back the money of an attempt, which is one too many.
    pub(super) fn giving_back(&self, index: usize) -> ReviewProposal {
        let attempt = &self.attempts[index];
        ReviewProposal {
            refund: ProposedRefund { attempt: attempt.number, amount: DecimalText(attempt.money().to_string()) },
        }
    }

    pub(super) fn tell_refunded(&mut self, refund: RefundId, amount: i64) {
        let payment = payment_facts(&self.payment);
        let amount = DecimalText(Money::new(amount, payment.currency).to_string());
        self.tell(PaymentRefunded { refund, amount, payment });
    }

    /// Tells of a refund that has ended without success or waits for a person; the payment stands as it stood.
    pub fn tell_refund(&mut self, refund: &Refund) {
        self.events.extend(of_refund(refund, &self.payment));
    }
}
