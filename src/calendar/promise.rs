//! When what is booked now arrives: a service's hours or open days, counted from its dispatch, never on a closed day.

use jiff::civil::{Date, Time, time};
use jiff::{SignedDuration, Timestamp};
use schemas::calendar::Basis;

use super::{Calendar, day_of, zone};

/// What a carrier promises of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// How long it takes.
    pub within: Within,
    /// The hours of its days.
    pub hours: Hours,
    /// The hours of its days in Ramadan.
    pub ramadan: Hours,
}

/// How long a service takes, at least and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// Hours from the dispatch on. Those of closed days are not counted.
    Hours(u16, u16),
    /// Open days after the day of dispatch. None at most is delivery on the same day: it can be had until today's cut-off.
    OpenDays(u16, u16),
}

/// The hours of a carrier's day, in Africa/Tripoli.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// From when on it collects.
    pub opens: Time,
    /// What is booked before this is dispatched on the same day; `Time::MAX` where there is no cut-off.
    pub cutoff: Time,
}

/// Between when and when something arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// To the hour.
    Hours(Timestamp, Timestamp),
    /// To the day, in Africa/Tripoli.
    Days(Date, Date),
}

impl Arrival {
    /// The first and the last day on which it may arrive.
    pub fn days(self) -> (Date, Date) {
        match self {
            Self::Hours(from, to) => (day_of(from), day_of(to)),
            Self::Days(from, to) => (from, to),
        }
    }

    /// The first and the last moment at which it may arrive: of days the first of the first and the last second of the last.
    pub fn moments(self) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::Hours(from, to) => Some((from, to)),
            Self::Days(from, to) => Some((zone::at(from, Time::midnight())?, zone::at(to, time(23, 59, 59, 0))?)),
        }
    }
}

impl Promise {
    /// The hours of a day. Where it may be Ramadan they are the shorter of both.
    pub fn hours_of(&self, ramadan: Option<Basis>) -> Hours {
        match ramadan {
            None => self.hours,
            Some(Basis::Possible) => Hours {
                opens: self.hours.opens.max(self.ramadan.opens),
                cutoff: self.hours.cutoff.min(self.ramadan.cutoff),
            },
            Some(_) => self.ramadan,
        }
    }
}

impl Calendar {
    /// Until when on a day something must be booked to be dispatched on it; `None` where the day is closed.
    pub fn cutoff(&self, day: Date, promise: &Promise) -> Option<Timestamp> {
        let cutoff = promise.hours_of(self.ramadan(day)).cutoff;
        if self.is_open(day) { zone::at(day, cutoff) } else { None }
    }

    /// When something that is booked at a moment arrives; `None` where the service is not to be had any more on that day.
    pub fn promise(&self, booked_at: Timestamp, promise: &Promise) -> Option<Arrival> {
        let today = day_of(booked_at);
        let dispatch = self.dispatch_day(booked_at, promise)?;
        match promise.within {
            Within::OpenDays(_, 0) if dispatch != today => None,
            Within::OpenDays(from, to) => {
                let arrives = |days| self.add_open_days(dispatch, days);
                Some(Arrival::Days(arrives(from)?, arrives(to.max(from))?))
            }
            Within::Hours(from, to) => {
                let opens = zone::at(dispatch, promise.hours_of(self.ramadan(dispatch)).opens)?;
                let begins = booked_at.max(opens);
                let arrives = |hours: u16| self.add_open_hours(begins, hours);
                Some(Arrival::Hours(arrives(from)?, arrives(to.max(from))?))
            }
        }
    }

    /// Today, if it is open and the cut-off is still to come; else the next open day.
    fn dispatch_day(&self, booked_at: Timestamp, promise: &Promise) -> Option<Date> {
        let today = day_of(booked_at);
        let is_in_time = self.cutoff(today, promise).is_some_and(|cutoff| booked_at < cutoff);
        if is_in_time { Some(today) } else { self.next_open(today.tomorrow().ok()?) }
    }

    /// So many hours later, with the clock standing still on closed days. The moment is one of an open day.
    fn add_open_hours(&self, from: Timestamp, hours: u16) -> Option<Timestamp> {
        let (mut at, mut left) = (from, SignedDuration::from_hours(hours.into()));
        loop {
            let tomorrow = day_of(at).tomorrow().ok()?;
            let midnight = zone::at(tomorrow, Time::midnight())?;
            let today = midnight.duration_since(at);
            if left < today {
                return at.checked_add(left).ok();
            }
            left -= today;
            at = zone::at(self.next_open(tomorrow)?, Time::midnight())?;
        }
    }
}
