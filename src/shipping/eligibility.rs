//! Whether a service can carry a parcel: its weight, size, way, money and clock. Pure.

use jiff::Timestamp;
use jiff::civil::Time as ClockTime;
use schemas::Text;
use shipping_adapters::{Promise, Service};

use super::way::Way;
use crate::calendar::{Calendar, Hours, Promise as Rule, Within, day_of};
use crate::config::Shipping as Settings;

schemas::words! {
    /// Why a carrier or one of its services offers nothing.
    Unfit {
        /// The parcels together are heavier than it carries.
        TooHeavy = "too_heavy",
        /// A parcel is larger than it carries.
        TooLarge = "too_large",
        /// It does not go there from here.
        NotServed = "not_served",
        /// Its drivers collect no money, or not in this currency.
        NoCash = "no_cash",
        /// It can be had only until an hour that has passed, or not today.
        PastCutoff = "past_cutoff",
        /// The store has no account with the carrier, and the platform has none.
        NoAccount = "no_account",
        /// The account's settings cannot be used.
        Misconfigured = "misconfigured",
        /// A person has switched the service off for all.
        SwitchedOff = "switched_off",
        /// A rule of routing leaves it out.
        LeftOut = "left_out_by_rule",
        /// The carrier has been failing, or a person has shut it.
        Shut = "breaker_open",
        /// It has not answered in time.
        Timeout = "timeout",
        /// It could not be asked.
        ProviderError = "provider_error",
        /// The carrier does not offer it here.
        Rejected = "rejected",
    }
}

impl Unfit {
    /// For people.
    pub fn text(self) -> Text {
        let (en, ar) = match self {
            Self::TooHeavy => {
                ("the parcels together are heavier than this service carries", "الطرود أثقل مما تنقله هذه الخدمة")
            }
            Self::TooLarge => ("a parcel is larger than this service carries", "أحد الطرود أكبر مما تنقله هذه الخدمة"),
            Self::NotServed => ("it does not go there from here", "لا تغطي الخدمة هذا المسار"),
            Self::NoCash => (
                "it collects no money at the door, or not in this currency",
                "لا تُحصّل الخدمة مبلغاً عند التسليم بهذه العملة",
            ),
            Self::PastCutoff => ("it can no longer be had today", "انتهى وقت هذه الخدمة اليوم"),
            Self::NoAccount => ("there is no account with this carrier", "لا يوجد حساب لدى هذه الشركة"),
            Self::Misconfigured => ("the account's settings cannot be used", "إعدادات الحساب غير صالحة"),
            Self::SwitchedOff => ("the service has been switched off", "أُوقفت هذه الخدمة"),
            Self::LeftOut => ("a rule of routing leaves it out", "استبعدته إحدى قواعد التوجيه"),
            Self::Shut => ("the carrier does not answer, or is switched off", "الشركة لا تستجيب أو أُوقفت"),
            Self::Timeout => ("the carrier has not answered in time", "لم تُجب الشركة في الوقت المحدد"),
            Self::ProviderError => ("the carrier could not be asked", "تعذر سؤال الشركة"),
            Self::Rejected => ("the carrier does not offer it here", "لا تعرض الشركة هذه الخدمة هنا"),
        };
        Text::new(en, ar)
    }
}

/// When a service that fits brings a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// Not before.
    pub from: Timestamp,
    /// At the latest.
    pub to: Timestamp,
    /// Until when today it must be handed over to be counted as of today.
    pub cutoff: Option<Timestamp>,
}

/// Whether a service carries it, and when it would arrive if it were handed over now.
pub fn fits(
    carrier: &str,
    service: &Service,
    way: &Way,
    calendar: &Calendar,
    settings: &Settings,
    now: Timestamp,
) -> Result<Fit, Unfit> {
    if service.most_weight.is_some_and(|most| way.weight() > most) {
        return Err(Unfit::TooHeavy);
    }
    if way.parcels.iter().any(|parcel| !service.takes_size(parcel.size)) {
        return Err(Unfit::TooLarge);
    }
    if !service.route.goes(way.origin.city.id, way.destination.city.id) {
        return Err(Unfit::NotServed);
    }
    if way.cash.is_some() && !service.cash_on_delivery {
        return Err(Unfit::NoCash);
    }
    let rule = rule(carrier, service, settings);
    let arrival = calendar.promise(now, &rule).and_then(|arrival| arrival.moments()).ok_or(Unfit::PastCutoff)?;
    let cutoff = service.cutoff.and_then(|_| calendar.cutoff(day_of(now), &rule)).filter(|cutoff| *cutoff > now);
    Ok(Fit { from: arrival.0, to: arrival.1, cutoff })
}

/// What the carrier promises, as the calendar computes with it.
fn rule(carrier: &str, service: &Service, settings: &Settings) -> Rule {
    let within = match service.promise {
        Promise::SameDay => Within::OpenDays(0, 0),
        Promise::Days(from, to) => Within::OpenDays(from.into(), to.into()),
        Promise::Hours(from, to) => Within::Hours(from.into(), to.into()),
    };
    let cutoff = service.cutoff.and_then(|(hour, minute)| ClockTime::new(hour, minute, 0, 0).ok());
    let hours = Hours { opens: ClockTime::midnight(), cutoff: cutoff.unwrap_or(ClockTime::MAX) };
    let earlier = settings.ramadan_cutoffs.get(carrier).and_then(|text| text.parse::<ClockTime>().ok());
    let ramadan = Hours { cutoff: earlier.map_or(hours.cutoff, |earlier| earlier.min(hours.cutoff)), ..hours };
    Rule { within, hours, ramadan }
}

#[cfg(test)]
mod tests;
