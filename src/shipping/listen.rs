//! Listening to the streams of carriers: in turns, each after the position of the one before, by one process at a time.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use kit::wire::Subscription;
use shipping_adapters::{Carrier, Pushed, Told};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::ask::is_our_own_queue;
use super::beside::{Beside, Position};
use super::feeds::Turn;
use super::{LISTEN, Shipping};
use crate::accounts::Served;
use crate::db::shipment_entries::HeardBy;
use crate::db::tasks::Task;
use crate::db::{DbError, carrier_streams};
use crate::work::{Handler, Pace, is_held};

/// Streams that one process listens to at once.
const STREAMS: usize = 1_000;
/// Frames that are taken in together, if so many are there.
const BATCH: usize = 50;
/// Before a stream that was cut is opened again; without a frame of it the pause doubles to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The handler of `carrier.listen`.
pub struct Listening {
    area: Shipping,
    draining: watch::Sender<bool>,
}

/// Why no more frames come.
enum End {
    /// The turn is over, or we are leaving.
    Turn,
    /// The other side is gone, well or ill.
    Cut(String),
}

/// Frames that have come, and why they are the last ones where they are.
struct Heard {
    pushed: Vec<Pushed>,
    end: Option<End>,
}

#[async_trait]
impl Handler for Listening {
    fn kind(&self) -> &'static str {
        LISTEN
    }

    fn pace(&self) -> Pace {
        let (first_pause, longest_pause) = (FIRST_PAUSE, LONGEST_PAUSE);
        Pace { groups: Some(STREAMS), batch: 1, first_pause, longest_pause, ..Pace::default() }
    }

    async fn run(&self, tasks: &[Task]) -> Result<(), DbError> {
        for task in tasks {
            self.follow(task).await?;
        }
        Ok(())
    }

    fn drain(&self) {
        self.draining.send_replace(true);
    }
}

impl Listening {
    /// Over the area.
    pub fn new(area: Shipping) -> Self {
        Self { area, draining: watch::Sender::new(false) }
    }

    async fn follow(&self, task: &Task) -> Result<(), DbError> {
        let area = &self.area;
        let turn = match area.fed(task).await? {
            Some(served) => self.turn(task, &served).await?,
            None => Turn::Again(LONGEST_PAUSE),
        };
        let at_once = matches!(turn, Turn::Again(Duration::ZERO));
        area.end_turn(task, turn, self.pace()).await?;
        if at_once {
            area.waker.wake(LISTEN, &task.lane);
        }
        Ok(())
    }

    /// Opens the stream where it was left, and takes in what comes until the turn is over.
    async fn turn(&self, task: &Task, served: &Served<dyn Carrier>) -> Result<Turn, DbError> {
        let area = &self.area;
        let Some(push) = served.provider.push() else { return Ok(Turn::Over) };
        if *self.draining.borrow() {
            return Ok(Turn::Again(Duration::ZERO));
        }
        let known = carrier_streams::position(&area.db, served.row.id).await?;
        let opened = match push.describe_opening(known.as_deref()) {
            Ok(call) => area.accounts.transport().open(&call).await,
            Err(error) => Err(error),
        };
        let mut stream = match opened {
            Ok(stream) => stream,
            Err(error) if is_our_own_queue(&error) => return Ok(Turn::Again(FIRST_PAUSE)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a stream cannot be opened");
                return Ok(Turn::Failed(error.message));
            }
        };
        let ends = Instant::now() + Duration::from_millis(area.settings.listen_ms);
        let (mut last, mut any) = (known, false);
        loop {
            let Heard { pushed, end } = self.hear(&mut stream, served.provider.as_ref(), ends).await;
            any |= !pushed.is_empty();
            // What we cannot take in any more is told anew to whoever can.
            if !is_held(task.id) || !self.take(task, served, pushed, &mut last).await? {
                return Ok(Turn::Lost);
            }
            match end {
                None => {}
                Some(End::Turn) => {
                    stream.close().await;
                    return Ok(Turn::Again(Duration::ZERO));
                }
                Some(End::Cut(_)) if any => return Ok(Turn::Again(FIRST_PAUSE)),
                Some(End::Cut(message)) => return Ok(Turn::Failed(message)),
            }
        }
    }

    /// Waits for a frame, and has those that came with it.
    async fn hear(&self, stream: &mut Subscription, carrier: &dyn Carrier, ends: Instant) -> Heard {
        let mut heard = Heard { pushed: Vec::new(), end: None };
        let Some(push) = carrier.push() else { return heard };
        let mut draining = self.draining.subscribe();
        let mut next = tokio::select! {
            biased;
            _ = draining.wait_for(|draining| *draining) => return Heard { end: Some(End::Turn), ..heard },
            () = sleep_until(ends) => return Heard { end: Some(End::Turn), ..heard },
            next = stream.next() => next,
        };
        loop {
            match next {
                Some(Ok(frame)) => heard.pushed.push(push.read_frame(&frame)),
                Some(Err(error)) => heard.end = Some(End::Cut(error.message)),
                None => heard.end = Some(End::Cut("the other side said farewell".to_owned())),
            }
            if heard.end.is_some() || heard.pushed.len() == BATCH {
                return heard;
            }
            match stream.next().now_or_never() {
                Some(another) => next = another,
                None => return heard,
            }
        }
    }

    /// Takes frames in, together with where the stream stands after them; `false` where the task is somebody else's.
    async fn take(
        &self,
        task: &Task,
        served: &Served<dyn Carrier>,
        pushed: Vec<Pushed>,
        last: &mut Option<String>,
    ) -> Result<bool, DbError> {
        let mut told = Told::default();
        let mut cursor = None;
        for Pushed { cursor: reached, told: one } in pushed {
            told.entries.extend(one.entries);
            told.malformed.extend(one.malformed);
            if let Some(reached) = reached {
                cursor = Some(safe(last.as_deref(), &reached));
                *last = Some(reached);
            }
        }
        if cursor.is_none() && told == Told::default() {
            return Ok(true);
        }
        let position = Position { account: served.row.id, cursor, at: self.area.now() };
        let beside = Beside::Stream(task, &position);
        Ok(self.area.take_in(served, &told, HeardBy::Push, beside).await?.is_some())
    }
}

/// Where a stream that ends now may be resumed: a frame can have overtaken the one before it, so that it is the lesser of
/// the last two. What is told twice counts once.
fn safe(last: Option<&str>, reached: &str) -> String {
    let number = |cursor: &str| (cursor.len(), cursor.to_owned());
    match last {
        Some(last) if number(last) < number(reached) => last.to_owned(),
        _ => reached.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn a_stream_is_resumed_before_what_may_have_been_overtaken() {
        assert_eq!(safe(None, "7"), "7");
        assert_eq!(safe(Some("9"), "10"), "9");
        // The ninth came after the tenth: the eleventh may be on its way still.
        assert_eq!(safe(Some("10"), "9"), "9");
        assert_eq!(safe(Some("9"), "11"), "9");
        assert_eq!(safe(Some("11"), "11"), "11");
    }
}
