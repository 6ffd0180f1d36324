//! One calendar for promises: the days of Africa/Tripoli, which of them are open, and when what is booked now arrives.
//! The clock is the caller's.

mod announcements;
mod days;
mod law;
mod occasion;
mod promise;
#[cfg(test)]
mod tests;
mod zone;

pub use announcements::{Announcements, MOST_DAYS};
pub use days::{Announced, Calendar, Day, Reason};
pub use promise::{Arrival, Hours, Promise, Within};
pub use zone::{before, bounds, clock, day_of, last_closed};
