//! Which days are open, and why not. What an operator has announced stands over what was expected; what is expected and not
//! announced may be a day off, so that nothing is promised on a day that may be closed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemas::Text;
use schemas::calendar::{Basis, DayKind};

use super::law;
use super::occasion::{self, EID_AL_FITR, OCCASIONS, Occasion, RAMADAN, plus};

/// How far an open day is looked for: nobody announces a closed year.
const FARTHEST: usize = 400;

/// What an operator has announced of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// In Africa/Tripoli.
    pub day: Date,
    /// What.
    pub kind: DayKind,
    /// What a holiday is called.
    pub name: Option<Text>,
}

/// The calendar with what has been announced. Without announcements it is what the law and the moon make expected.
#[derive(Debug, Default)]
pub struct Calendar {
    /// `holiday` and `open`.
    days: BTreeMap<Date, Announced>,
    /// The first days of occasions, by their Hijri year.
    occasions: BTreeMap<(DayKind, i32), Date>,
}

/// What there is to say of a day.
#[derive(Debug, PartialEq, Eq)]
pub struct Day {
    /// Whether anything can be promised for it.
    pub open: bool,
    /// Why it is closed, or who says that it is open all the same.
    pub reasons: Vec<Reason>,
    /// Whether it is Ramadan, and on whose word; never `weekend` or `law`.
    pub ramadan: Option<Basis>,
}

/// Why a day is as it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Reason {
    /// On whose word.
    pub basis: Basis,
    /// In both languages.
    pub name: Text,
}

/// When an occasion begins: the likely day, and those between which it will be. All are one once it is announced.
struct Beginning {
    earliest: Date,
    likely: Date,
    latest: Date,
    basis: Basis,
}

impl Calendar {
    /// With what has been announced, oldest first: of one occasion the last word counts.
    pub fn new(announced: impl IntoIterator<Item = Announced>) -> Self {
        let mut calendar = Self::default();
        for one in announced {
            match occasion::of_kind(one.kind) {
                None => drop(calendar.days.insert(one.day, one)),
                Some(occasion) => {
                    let year = occasion.nearest(one.day).map(|(year, _)| year);
                    calendar.occasions.extend(year.map(|year| ((one.kind, year), one.day)));
                }
            }
        }
        calendar
    }

    /// What there is to say of a day.
    pub fn day(&self, day: Date) -> Day {
        let ramadan = self.ramadan(day);
        let reason = |basis, en: &str, ar: &str| Reason { basis, name: Text::new(en, ar) };
        let announced = self.days.get(&day);
        if announced.is_some_and(|announced| announced.kind == DayKind::Open) {
            return Day { open: true, reasons: vec![reason(Basis::Announced, "Open", "يوم عمل")], ramadan };
        }
        let mut reasons = Vec::new();
        reasons.extend(announced.map(|announced| {
            let name = announced.name.clone().unwrap_or_else(|| Text::new("Holiday", "عطلة رسمية"));
            Reason { basis: Basis::Announced, name }
        }));
        reasons.extend(law::weekend(day).map(|(en, ar)| reason(Basis::Weekend, en, ar)));
        reasons.extend(law::fixed(day).map(|fixed| reason(Basis::Law, fixed.name, fixed.name_ar)));
        reasons.extend(self.off(day).map(|(basis, en, ar)| reason(basis, en, ar)));
        Day { open: reasons.is_empty(), reasons, ramadan }
    }

    /// Whether anything can be promised for a day.
    pub fn is_open(&self, day: Date) -> bool {
        match self.days.get(&day) {
            Some(announced) => announced.kind == DayKind::Open,
            None => law::weekend(day).is_none() && law::fixed(day).is_none() && self.off(day).next().is_none(),
        }
    }

    /// The first open day from this one on; `None` where the calendar ends.
    pub fn next_open(&self, day: Date) -> Option<Date> {
        std::iter::successors(Some(day), |day| day.tomorrow().ok()).take(FARTHEST).find(|day| self.is_open(*day))
    }

    /// So many open days after a day; with none it is the first open day from this one on.
    pub fn add_open_days(&self, day: Date, days: u16) -> Option<Date> {
        (0..days).try_fold(self.next_open(day)?, |day, _| self.next_open(day.tomorrow().ok()?))
    }

    /// Whether a day is of Ramadan, and on whose word: `possible` where the moon decides between it and its neighbour.
    pub fn ramadan(&self, day: Date) -> Option<Basis> {
        occasion::years_around(day).find_map(|year| {
            let begins = self.beginning(RAMADAN, year)?;
            let ends = self.beginning(EID_AL_FITR, year)?;
            let may_be = begins.earliest <= day && day < ends.latest;
            let is = begins.latest <= day && day < ends.earliest;
            may_be.then_some(if is { begins.basis } else { Basis::Possible })
        })
    }

    /// The days off of occasions that a day is, or may be, one of.
    fn off(&self, day: Date) -> impl Iterator<Item = (Basis, &'static str, &'static str)> {
        let occasions = OCCASIONS.iter().filter(|occasion| !occasion.off.is_empty());
        let beginnings = occasions.flat_map(move |occasion| {
            let years = occasion::years_around(day).filter_map(|year| self.beginning(occasion, year));
            years.map(|beginning| (*occasion, beginning))
        });
        beginnings.filter_map(move |(occasion, beginning)| beginning.off(occasion, day))
    }

    fn beginning(&self, occasion: &Occasion, year: i32) -> Option<Beginning> {
        let announced = |kind| self.occasions.get(&(kind, year)).copied();
        if let Some(day) = announced(occasion.kind) {
            return Some(Beginning { earliest: day, likely: day, latest: day, basis: Basis::Announced });
        }
        let likely = occasion.expected(year)?;
        let (earliest, latest) = match announced(DayKind::Ramadan) {
            // A month has 29 days or 30.
            Some(first) if occasion.kind == DayKind::EidAlFitr => (plus(first, 29), plus(first, 30)),
            _ => (plus(likely, -1), plus(likely, 1)),
        };
        Some(Beginning { earliest, likely: likely.clamp(earliest, latest), latest, basis: Basis::Expected })
    }
}

impl Beginning {
    /// What is off on a day: surely if it begins when it is likely to, else possibly.
    fn off(&self, occasion: &Occasion, day: Date) -> Option<(Basis, &'static str, &'static str)> {
        let within = |from: Date, to: Date, (first, days, ..): (i64, i64, _, _)| {
            plus(from, first) <= day && day < plus(to, first + days)
        };
        let likely = occasion.off.iter().find(|off| within(self.likely, self.likely, **off));
        let possible = || occasion.off.iter().find(|off| within(self.earliest, self.latest, **off));
        let told = |basis| move |off: &(i64, i64, &'static str, &'static str)| (basis, off.2, off.3);
        likely.map(told(self.basis)).or_else(|| possible().map(told(Basis::Possible)))
    }
}
