//! The feed: a store's events in an order that nothing is ever added before, to be read on from anywhere.

use std::time::Duration;

use schemas::event::EventName;
use schemas::{EventId, StoreId};
use tokio::time::Instant;

use crate::db::events::{self, Event, Stretch};
use crate::db::{Db, Result};

/// The first pause between two looks, which doubles.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What a reader asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose events.
    pub store: StoreId,
    /// Whether real money moves.
    pub livemode: bool,
    /// The last event that the reader has; none at the beginning.
    pub after: Option<EventId>,
    /// Only these; all of them where there are none.
    pub names: Vec<EventName>,
    /// How many at the most.
    pub limit: i64,
}

/// What the reader gets.
#[derive(Debug, Clone)]
pub struct Page {
    /// The events, in the order of the feed.
    pub events: Vec<Event>,
    /// Where to read on: after the last event that was looked at, shown or not.
    pub next: Option<EventId>,
}

/// Reads on; waits until there is something, or the time is over, or nobody should wait any more. `None` where the store
/// has no event of the id to read on from.
pub async fn read(db: &Db, request: &Request, wait: Duration, is_leaving: impl Fn() -> bool) -> Result<Option<Page>> {
    let Request { store, livemode, after, names, limit } = request.clone();
    let after = match after {
        None => None,
        Some(id) => match events::position(db, store, livemode, id).await? {
            None => return Ok(None),
            found => found,
        },
    };
    let mut stretch = Stretch { store, livemode, after, names, limit };
    let (until, mut pause) = (Instant::now() + wait, SHORTEST_PAUSE);
    loop {
        let events = look(db, &mut stretch).await?;
        let left = until.saturating_duration_since(Instant::now());
        if !events.is_empty() || left.is_zero() || is_leaving() {
            return Ok(Some(Page { events, next: stretch.after.map(|position| position.id) }));
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// One look, and the place to look on from.
async fn look(db: &Db, stretch: &mut Stretch) -> Result<Vec<Event>> {
    // Where the feed ends is asked before the stretch is read: then everything up to there has been looked at.
    let end = if stretch.names.is_empty() { None } else { events::end(db, stretch.store, stretch.livemode).await? };
    let found = events::after(db, stretch).await?;
    let is_whole = usize::try_from(stretch.limit).is_ok_and(|limit| found.len() < limit);
    let last = found.last().map(Event::position);
    stretch.after = stretch.after.max(last).max(end.filter(|_| is_whole));
    Ok(found)
}
