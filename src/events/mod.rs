//! Domain events: what areas append in their own transaction, and others read on from where they were.

pub mod feed;

use kit::Ambient;
use schemas::event::{EventData, PaymentFacts, RefundFacts, RefundFailed, RefundNeedsReview};
use schemas::payment::{RefundStatus, ReviewReason};
use schemas::{DecimalText, StoreId};

use crate::db::events::{self, NewEvent};
use crate::db::payments::Payment;
use crate::db::refunds::Refund;
use crate::db::{Result, Tx};

/// An event of now about a resource of a store.
pub fn new(ambient: &Ambient, store: StoreId, livemode: bool, data: impl Into<EventData>) -> NewEvent {
    NewEvent {
        id: ambient.uuid().into(),
        store_id: store,
        livemode,
        data: data.into(),
        created_at: ambient.now().into(),
    }
}

/// Appends events in their order, in the transaction of the change that they tell. Whoever appends must hold the resource
/// against others: by a lock, or by a compare-and-set that has succeeded in this transaction.
pub async fn append<T: Into<EventData>>(
    tx: &mut Tx,
    ambient: &Ambient,
    store: StoreId,
    livemode: bool,
    data: impl IntoIterator<Item = T>,
) -> Result<()> {
    let mut new: Vec<NewEvent> = data.into_iter().map(|data| self::new(ambient, store, livemode, data)).collect();
    // Ids of one millisecond are in no order, and the feed shows the events of one transaction in that of their ids.
    let mut ids: Vec<_> = new.iter().map(|event| event.id).collect();
    ids.sort();
    for (event, id) in new.iter_mut().zip(ids) {
        event.id = id;
        events::append(tx, event).await?;
    }
    Ok(())
}

/// What every event of a payment tells of it.
pub fn payment_facts(payment: &Payment) -> PaymentFacts {
    PaymentFacts {
        id: payment.id,
        reference: payment.reference.clone(),
        status: payment.status,
        amount: DecimalText(payment.money().to_string()),
        currency: payment.currency,
    }
}

/// What is told of a refund that ended without success or waits for a person. That one has succeeded is told of its
/// payment.
pub fn of_refund(refund: &Refund, payment: &Payment) -> Option<EventData> {
    let facts = RefundFacts {
        id: refund.id,
        status: refund.status,
        way: refund.way,
        amount: DecimalText(refund.money().to_string()),
        currency: refund.currency,
    };
    let payment = payment_facts(payment);
    match refund.status {
        RefundStatus::Failed => Some(RefundFailed { refund: facts, payment }.into()),
        RefundStatus::NeedsReview => {
            let reason = refund.review().unwrap_or(ReviewReason::Unresolved);
            Some(RefundNeedsReview { reason, refund: facts, payment }.into())
        }
        RefundStatus::Pending | RefundStatus::Processing | RefundStatus::Succeeded => None,
    }
}
