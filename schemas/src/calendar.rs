//! The calendar of promises: open and closed days, why, and what operators announce, as the facade speaks of it.

use serde::{Deserialize, Serialize};

use crate::words;

words! {
    /// What can be announced of a day.
    DayKind {
        /// Closed: a holiday that the calendar does not know, or knows on another day.
        Holiday = "holiday",
        /// Open, whatever the calendar says.
        Open = "open",
        /// The first day of the Hijri year.
        IslamicNewYear = "islamic_new_year",
        /// The birthday of the Prophet.
        Mawlid = "mawlid",
        /// The first day of Ramadan.
        Ramadan = "ramadan",
        /// The first day of Eid al-Fitr, with which Ramadan is over.
        EidAlFitr = "eid_al_fitr",
        /// The first day of Eid al-Adha; Arafah is the day before.
        EidAlAdha = "eid_al_adha",
    }
}

words! {
    /// On whose word something is said of a day.
    Basis {
        /// It is Friday or Saturday.
        Weekend = "weekend",
        /// A date that the law fixes.
        Law = "law",
        /// An operator has passed on an announcement.
        Announced = "announced",
        /// By the calendar Umm al-Qura; it is not announced yet.
        Expected = "expected",
        /// It depends on the moon: this day or the one beside it.
        Possible = "possible",
    }
}

/// A day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CalendarDay {
    /// In Africa/Tripoli.
    #[schema(format = Date)]
    pub date: String,
    /// Whether anything can be promised for it.
    pub open: bool,
    /// Why it is as it is: why it is closed, or who says that it is open all the same.
    pub reasons: Vec<DayReason>,
    /// Whether carriers keep their hours of Ramadan: on whose word, `null` outside Ramadan.
    pub ramadan: Option<Basis>,
}

/// Why a day is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DayReason {
    /// On whose word.
    pub basis: Basis,
    /// In English.
    pub name: String,
    /// In Arabic.
    pub name_ar: String,
}

/// `PUT /v1/calendar/{date}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceDay {
    /// What is announced.
    pub kind: DayKind,
    /// What a holiday is called, in English; 1 to 100 characters. Everything else has its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The same in Arabic.
    #[serde(default)]
    pub name_ar: Option<String>,
    /// Whose word it is (the office, the decision and its number); 1 to 200 characters.
    pub announced_by: String,
}
