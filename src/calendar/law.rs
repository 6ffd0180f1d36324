//! The days that the law closes: the weekend and the fixed dates.
//!
//! Weekend: Decision 489 of 2005 on working hours and official holidays, Friday and Saturday. Dates: the table of Law 5 of
//! 2012 on official holidays. `docs/calendar.md` has the addresses.

use jiff::civil::{Date, Weekday};

/// A date of every year.
pub struct FixedDate {
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
    /// In English.
    pub name: &'static str,
    /// In Arabic.
    pub name_ar: &'static str,
}

/// The dates of Law 5 of 2012 that do not depend on the moon.
pub const FIXED: &[FixedDate] = &[
    FixedDate {
        month: 2, day: 17, name: "17 February Revolution", name_ar: "عيد الثورة الليبية 17 فبراير"
    },
    FixedDate { month: 5, day: 1, name: "Labour Day", name_ar: "عيد العمل" },
    FixedDate { month: 9, day: 16, name: "Martyrs' Day", name_ar: "يوم الشهيد" },
    FixedDate { month: 10, day: 23, name: "Liberation Day", name_ar: "عيد التحرير" },
    FixedDate { month: 12, day: 24, name: "Independence Day", name_ar: "عيد الاستقلال" },
];

/// The date that the law closes, if the day is one.
pub fn fixed(day: Date) -> Option<&'static FixedDate> {
    FIXED.iter().find(|fixed| (fixed.month, fixed.day) == (day.month(), day.day()))
}

/// The weekend, if the day is of it: its English and Arabic name.
pub fn weekend(day: Date) -> Option<(&'static str, &'static str)> {
    match day.weekday() {
        Weekday::Friday => Some(("Friday", "الجمعة")),
        Weekday::Saturday => Some(("Saturday", "السبت")),
        _ => None,
    }
}
