//! Reading an order: every field once, into types that cannot hold nonsense; every fault named.

use schemas::shipping::{BookingFallback, CreateShipment};
use shipping_adapters::{Card, Service, registry};

use super::way::{Subject, Way};
use crate::fields::{self, Faults};
use crate::refusal::Refusal;

/// An order that makes sense.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(super) reference: String,
    pub(super) named: Option<(&'static Card, Option<&'static Service>)>,
    pub(super) fallback: BookingFallback,
    pub(super) subject: Subject,
    pub(super) way: Way,
}

/// The longest text for a carrier's people.
const LONGEST_NOTE: usize = 200;

impl Draft {
    /// Reads it.
    pub fn read(request: CreateShipment) -> Result<Self, Refusal> {
        let mut faults = Faults::default();
        fields::reference(&request.reference, &mut faults);
        note("description", request.description.as_deref(), &mut faults);
        note("notes", request.notes.as_deref(), &mut faults);
        let named = named(request.carrier.as_deref(), request.service.as_deref(), &mut faults);
        let cash = request.cash_on_delivery.as_ref();
        let way = Way::read(&request.origin, &request.destination, &request.parcels, cash, &mut faults);
        let way = faults.or(way)?;
        let subject = Subject {
            origin: way.origin.address.clone(),
            destination: way.destination.address.clone(),
            parcels: request.parcels,
            cash_on_delivery: request.cash_on_delivery,
            description: request.description.filter(|text| !text.trim().is_empty()),
            notes: request.notes.filter(|text| !text.trim().is_empty()),
        };
        let fallback = request.fallback.unwrap_or(BookingFallback::Auto);
        Ok(Self { reference: request.reference, named, fallback, subject, way })
    }
}

/// Reads who carries it, and by which service.
fn named(
    carrier: Option<&str>,
    service: Option<&str>,
    faults: &mut Faults,
) -> Option<(&'static Card, Option<&'static Service>)> {
    let Some(carrier) = carrier else {
        if service.is_some() {
            faults.add("service", "a service is named together with its carrier", "تُذكر الخدمة مع شركتها");
        }
        return None;
    };
    let Some(card) = registry::card(carrier) else {
        faults.add("carrier", "there is no carrier of this name", "لا توجد شركة شحن بهذا الاسم");
        return None;
    };
    let found = service.map(|key| card.service(key));
    if found.is_some_and(|found| found.is_none()) {
        let keys = card.services.iter().map(|service| service.key).collect::<Vec<_>>().join(", ");
        faults.add("service", format!("{carrier} offers {keys}"), format!("خدمات {carrier} هي {keys}"));
    }
    Some((card, found.flatten()))
}

/// Checks a text for a carrier's people.
pub(super) fn note(field: &str, text: Option<&str>, faults: &mut Faults) {
    let wrong = |text: &str| text.chars().count() > LONGEST_NOTE || text.chars().any(char::is_control);
    if text.is_some_and(wrong) {
        faults.add(
            field,
            format!("at most {LONGEST_NOTE} characters, none of them a control character"),
            format!("{LONGEST_NOTE} حرف على الأكثر دون محارف تحكم"),
        );
    }
}
