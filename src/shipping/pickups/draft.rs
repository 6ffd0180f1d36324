//! Reading an order for a pickup: every field once, every fault named.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kit::Ambient;
use schemas::ShipmentId;
use schemas::shipping::{Address, CreatePickup};
use shipping_adapters::{Card, registry};

use crate::calendar::{Calendar, day_of};
use crate::fields::Faults;
use crate::refusal::Refusal;
use crate::shipping::draft::note;
use crate::shipping::way::Side;

/// The most shipments that one pickup is for.
const MOST: usize = 100;
/// How many days ahead it can be ordered.
const FARTHEST: i32 = 30;

/// An order for a pickup that makes sense.
#[derive(Debug, Clone)]
pub struct PickupDraft {
    pub(super) card: &'static Card,
    pub(super) shipments: Vec<ShipmentId>,
    pub(super) address: Option<(Address, Side)>,
    pub(super) day: Date,
    pub(super) notes: Option<String>,
}

impl PickupDraft {
    /// Reads it by the calendar and the clock.
    pub fn read(request: CreatePickup, calendar: &Calendar, ambient: &Ambient) -> Result<Self, Refusal> {
        let mut faults = Faults::default();
        let card = registry::card(&request.carrier);
        if card.is_none() {
            faults.add("carrier", "there is no carrier of this name", "لا توجد شركة شحن بهذا الاسم");
        }
        several(&request.shipments, &mut faults);
        note("notes", request.notes.as_deref(), &mut faults);
        let address = request.address.and_then(|address| {
            let side = Side::read("address", &address, &mut faults)?;
            Some((side.address.clone(), side))
        });
        let day = day(request.date.as_deref(), calendar, day_of(ambient.now()), &mut faults);
        let (card, day) = faults.or(card.zip(day))?;
        let notes = request.notes.filter(|text| !text.trim().is_empty());
        Ok(Self { card, shipments: request.shipments, address, day, notes })
    }
}

fn several(shipments: &[ShipmentId], faults: &mut Faults) {
    if !(1..=MOST).contains(&shipments.len()) {
        faults.add("shipments", format!("1 to {MOST} shipments"), format!("من 1 إلى {MOST} شحنة"));
    }
    let mut seen = BTreeSet::new();
    for (index, id) in shipments.iter().enumerate() {
        if !seen.insert(id) {
            faults.add(&format!("shipments[{index}]"), "it is named twice", "ذُكرت مرتين");
        }
    }
}

/// The day that is asked for, if the carrier comes on it; else the next open one.
fn day(asked: Option<&str>, calendar: &Calendar, today: Date, faults: &mut Faults) -> Option<Date> {
    let Some(asked) = asked else { return calendar.next_open(today.tomorrow().ok()?) };
    let Ok(day) = asked.parse::<Date>() else {
        faults.add("date", "expected a day such as 2026-11-20", "المتوقع يوم مثل 2026-11-20");
        return None;
    };
    let ahead = (day - today).get_days();
    if !(0..=FARTHEST).contains(&ahead) {
        let (en, ar) = (format!("from today to {FARTHEST} days ahead"), format!("من اليوم إلى {FARTHEST} يوماً قادمة"));
        faults.add("date", en, ar);
        return None;
    }
    let told = calendar.day(day);
    if !told.open {
        let en: Vec<_> = told.reasons.iter().map(|reason| reason.name.en.as_str()).collect();
        let ar: Vec<_> = told.reasons.iter().map(|reason| reason.name.ar.as_str()).collect();
        faults.add("date", format!("it is closed: {}", en.join(", ")), format!("يوم مغلق: {}", ar.join("، ")));
        return None;
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_pickup_is_for_an_open_day_that_is_near() {
        let calendar = Calendar::default();
        // A Thursday: the next open day is Saturday or Sunday, as the law has it.
        let today = date(2026, 11, 19);
        let read = |asked: Option<&str>| {
            let mut faults = Faults::default();
            let day = day(asked, &calendar, today, &mut faults);
            day.ok_or(faults.0.into_iter().map(|fault| fault.message).collect::<Vec<_>>())
        };
        let next = read(None).expect("a day");
        assert!(next > today && calendar.is_open(next), "{next}");
        assert_eq!(read(Some("2026-11-19")), Ok(today));
        assert_eq!(read(Some("2026-11-22")), Ok(date(2026, 11, 22)));
        let closed = read(Some("2026-11-20")).expect_err("a Friday");
        assert!(closed[0].starts_with("it is closed: "), "{closed:?}");
        for wrong in ["2026-11-18", "2027-11-22", "20/11/2026", ""] {
            assert!(read(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
