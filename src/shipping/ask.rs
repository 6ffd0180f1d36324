//! Finding out what became of bookings, and carrying on with shipments that somebody was stopped in the middle of.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use kit::{Error, Fault, Kind};
use schemas::ShipmentId;
use schemas::shipping::ShipmentStatus;
use shipping_adapters::Wanted;

use super::book::{UnderWay, from_inside};
use super::standing::{Fact, Next};
use super::{ASK, Shipping};
use crate::db::bookings::{self, Booking, BookingStatus};
use crate::db::shipments::{self as rows, Shipment};
use crate::db::tasks::{self, Task};
use crate::db::{DbError, Time};
use crate::refusal::Refusal;
use crate::work::{Handler, Pace, is_held};

/// When a turn of ours that did not come may come.
const TURN: Duration = Duration::from_secs(1);
/// Before the clocks of two machines agree that something left.
const SKEW: jiff::SignedDuration = jiff::SignedDuration::from_secs(300);

/// The handler of `shipment.ask`.
pub struct BookingQuestions(pub Shipping);

/// What is to be done about a shipment that nobody has booked for certain.
enum Todo {
    /// Nothing more.
    Nothing,
    /// Wait: the answer may still come.
    Wait(Time),
    /// This was learnt of the try that stands.
    Learn(Box<Booking>, Fact, bool),
    /// Every try was in vain: somebody else may be tried.
    CarryOn,
    /// The question was not put: that says nothing of anybody.
    Later(Duration),
}

#[async_trait]
impl Handler for BookingQuestions {
    fn kind(&self) -> &'static str {
        ASK
    }

    /// A question is about one shipment, and one that is not answered takes as long as a call may.
    fn pace(&self) -> Pace {
        Pace { batch: 16, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        join_all(tasks.iter().map(|task| self.follow(task))).await.into_iter().collect()
    }
}

impl BookingQuestions {
    async fn follow(&self, task: &Task) -> Result<(), DbError> {
        let area = &self.0;
        let Some(shipment) = open(area, task).await? else { return self.finish(task).await };
        match area.look_into(&shipment).await? {
            Todo::Nothing => self.finish(task).await,
            Todo::Wait(until) => self.again(task, until).await,
            Todo::Later(wait) => self.again(task, area.now().after(wait)).await,
            Todo::Learn(booking, fact, can_be_asked) => self.learn(task, &shipment, &booking, fact, can_be_asked).await,
            Todo::CarryOn if !is_held(task.id) => Ok(()),
            Todo::CarryOn => self.carry_on(task, shipment).await,
        }
    }

    async fn learn(
        &self,
        task: &Task,
        shipment: &Shipment,
        booking: &Booking,
        fact: Fact,
        can_be_asked: bool,
    ) -> Result<(), DbError> {
        let area = &self.0;
        let mut tx = area.db.begin().await?;
        // Our lease may have run out: then what we learnt is somebody else's to learn.
        if !tasks::hold(&mut tx, task).await? {
            return Ok(());
        }
        let next = area.learn(&mut tx, booking.id, fact, can_be_asked).await?;
        match next {
            Next::Ask(due) => tasks::again(&mut tx, &[task], due, None).await?,
            Next::Refused => tasks::again(&mut tx, &[task], area.now(), None).await?,
            Next::Follow => {
                tasks::finish(&mut tx, task).await?;
                let due = area.now().after(area.settings.track_gap(0));
                tasks::enqueue(&mut tx, &area.following(shipment, due)).await?;
            }
            Next::Over => tasks::finish(&mut tx, task).await?,
        }
        tx.commit().await?;
        area.wake(shipment, next);
        if next == Next::Refused {
            area.waker.wake(ASK, &task.lane);
        }
        Ok(())
    }

    /// Tries whoever may be tried next. The task stays: it is dropped with the end of the shipment, or asks about the try.
    async fn carry_on(&self, task: &Task, shipment: Shipment) -> Result<(), DbError> {
        let area = &self.0;
        let done = async {
            let subject = area.subject(&shipment)?;
            let way = subject.way()?;
            let under_way = UnderWay { caller: from_inside(&shipment), shipment, subject, way };
            match area.after_refusal(&under_way).await? {
                Some((booking, candidate)) => area.carry_on(&under_way, booking, candidate).await,
                None => Ok(()),
            }
        };
        match done.await {
            Ok(()) => self.finish(task).await,
            Err(Refusal::Db(error)) => Err(error),
            Err(refusal) => {
                tracing::error!(error = %refusal, shipment = task.key, "a shipment cannot be carried on with");
                self.again(task, area.when_answered()).await
            }
        }
    }

    async fn finish(&self, task: &Task) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::finish(&mut tx, task).await?;
        tx.commit().await
    }

    async fn again(&self, task: &Task, due: Time) -> Result<(), DbError> {
        let mut tx = self.0.db.begin().await?;
        tasks::again(&mut tx, &[task], due, None).await?;
        tx.commit().await
    }
}

/// The shipment of a task, while nobody has booked it for certain.
async fn open(area: &Shipping, task: &Task) -> Result<Option<Shipment>, DbError> {
    let Ok(id) = task.key.parse::<ShipmentId>() else { return Ok(None) };
    let shipment = rows::by_id(&area.db, id).await?;
    Ok(shipment.filter(|shipment| matches!(shipment.status, ShipmentStatus::Pending | ShipmentStatus::Unknown)))
}

impl Shipping {
    async fn look_into(&self, shipment: &Shipment) -> Result<Todo, DbError> {
        let tried = bookings::of_shipment(&self.db, shipment.id).await?;
        let Some(booking) = tried.into_iter().find(|booking| booking.status != BookingStatus::Refused) else {
            return Ok(Todo::CarryOn);
        };
        if booking.status == BookingStatus::Booked {
            return Ok(Todo::Nothing);
        }
        let answered_by = |from: Time| from.after(Duration::from_millis(self.settings.answer_ms));
        let Some(left_at) = booking.left_at else {
            let until = answered_by(booking.created_at);
            return Ok(match self.now() < until {
                true => Todo::Wait(until),
                false => {
                    Todo::Learn(Box::new(booking), Fact::Refused("we were stopped before it left".to_owned()), true)
                }
            });
        };
        if booking.asked_at.is_none() && self.now() < answered_by(left_at) {
            return Ok(Todo::Wait(answered_by(left_at)));
        }
        Ok(self.find(shipment, booking, left_at).await)
    }

    /// What the carrier has in its records of a try.
    async fn find(&self, shipment: &Shipment, booking: Booking, left_at: Time) -> Todo {
        let served = match self.accounts.carrier_by_id(booking.account_id, Some(booking.store_id)).await {
            Ok(Some(served)) => served,
            Ok(None) => return Todo::Learn(Box::new(booking), Fact::Nothing(None), false),
            Err(error) => {
                let (cause, account) = (&*error as &dyn std::error::Error, booking.account_id);
                tracing::warn!(error = cause, %account, "an account cannot be used to ask");
                // What this process cannot do says nothing of the carrier.
                return match error.is_ours() {
                    true => Todo::Later(TURN),
                    false => Todo::Learn(Box::new(booking), Fact::Nothing(None), true),
                };
            }
        };
        if !served.provider.card().finds {
            return Todo::Learn(Box::new(booking), Fact::Nothing(None), false);
        }
        let Ok(way) = self.subject(shipment).and_then(|subject| subject.way()) else {
            return Todo::Learn(Box::new(booking), Fact::Nothing(None), true);
        };
        let since = left_at.timestamp() - SKEW;
        let wanted = Wanted { reference: booking.reference.clone(), since, phone: way.destination.phone };
        match served.provider.find(&wanted).await {
            Ok(found) => Todo::Learn(Box::new(booking), Fact::of_found(found), true),
            Err(error) if is_our_own_queue(&error) => Todo::Later(error.retry_after.unwrap_or(TURN)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, shipment = %shipment.id, "a booking could not be asked about");
                Todo::Learn(Box::new(booking), Fact::Nothing(Some(error.message)), true)
            }
        }
    }
}

/// Whether the call was never made because we had too many of our own before it.
pub(super) fn is_our_own_queue(error: &Error) -> bool {
    error.origin == Fault::Us && error.kind == Kind::RateLimited
}
