//! The occasions of the Hijri year, and when the calendar Umm al-Qura expects them.
//!
//! Their days off are those of Law 5 of 2012: one for the new year and for the birthday of the Prophet, three for Eid al-Fitr,
//! Arafah and three for Eid al-Adha. In Libya each is announced when the moon has been seen; from 2012 to 2025 all of them
//! came within a day of Umm al-Qura (`tests/occasions.rs`).

use icu_calendar::cal::Hijri;
use icu_calendar::types::Month;
use icu_calendar::{Date as AnyDate, Gregorian};
use jiff::ToSpan;
use jiff::civil::Date;
use schemas::calendar::DayKind;

/// An occasion of the Hijri year.
#[derive(Debug)]
pub struct Occasion {
    /// How it is announced.
    pub kind: DayKind,
    /// The Hijri month of its first day, 1 to 12.
    month: u8,
    /// The day of that month.
    day: u8,
    /// The days off, counted from the first day: the first of them, their number, and their English and Arabic name.
    pub off: &'static [(i64, i64, &'static str, &'static str)],
}

/// The fast is no holiday: it changes the hours.
pub const RAMADAN: &Occasion = &Occasion { kind: DayKind::Ramadan, month: 9, day: 1, off: &[] };

/// With which Ramadan is over.
pub const EID_AL_FITR: &Occasion =
    &Occasion {
        kind: DayKind::EidAlFitr, month: 10, day: 1, off: &[(0, 3, "Eid al-Fitr", "عيد الفطر المبارك")]
    };

/// Every occasion, in the order of the year.
pub const OCCASIONS: &[&Occasion] = &[
    &Occasion {
        kind: DayKind::IslamicNewYear,
        month: 1,
        day: 1,
        off: &[(0, 1, "Islamic New Year", "رأس السنة الهجرية")],
    },
    &Occasion {
        kind: DayKind::Mawlid,
        month: 3,
        day: 12,
        off: &[(0, 1, "The Prophet's Birthday", "ذكرى المولد النبوي الشريف")],
    },
    RAMADAN,
    EID_AL_FITR,
    &Occasion {
        kind: DayKind::EidAlAdha,
        month: 12,
        day: 10,
        off: &[(-1, 1, "Day of Arafah", "يوم الوقوف بعرفة"), (0, 3, "Eid al-Adha", "عيد الأضحى المبارك")],
    },
];

/// The occasion that is announced so.
pub fn of_kind(kind: DayKind) -> Option<&'static Occasion> {
    OCCASIONS.iter().copied().find(|occasion| occasion.kind == kind)
}

impl Occasion {
    /// The first day in a Hijri year; `None` outside what either calendar can count.
    pub fn expected(&self, year: i32) -> Option<Date> {
        let hijri = AnyDate::try_new(year.into(), Month::new(self.month), self.day, Hijri::new_umm_al_qura()).ok()?;
        let day = hijri.to_calendar(Gregorian);
        let year = i16::try_from(day.era_year().extended_year).ok()?;
        Date::new(year, i8::try_from(day.month().number()).ok()?, i8::try_from(day.day_of_month().0).ok()?).ok()
    }

    /// The Hijri year in which the occasion is expected nearest to a day, and when.
    pub fn nearest(&self, day: Date) -> Option<(i32, Date)> {
        let years = years_around(day).filter_map(|year| Some((year, self.expected(year)?)));
        years.min_by_key(|(_, expected)| (*expected - day).get_days().abs())
    }
}

/// The Hijri years whose occasions can touch a day.
pub fn years_around(day: Date) -> impl Iterator<Item = i32> {
    let gregorian = AnyDate::try_new_gregorian(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs());
    let year = gregorian.map(|date| date.to_calendar(Hijri::new_umm_al_qura()).year().extended_year());
    year.ok().into_iter().flat_map(|year| year.saturating_sub(1)..=year.saturating_add(1))
}

/// So many days later; the calendar's end where there is no such day.
pub fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}
