//! Carriers, each by its real wire against its own strict mock: whatever becomes of a call, there is one parcel or none.

mod changes;
mod fallback;
mod feeds;
mod killed;
mod lost;
mod papers;
mod pickups;
mod rates;
mod remap;
mod repeats;

use jisr::db::bookings::Booking;
use serde_json::{Value, json};

use crate::harness::{Answer, Backend, Gateway, eventually};

/// A carrier, as its tests need it.
#[derive(Debug, Clone, Copy)]
pub struct Courier {
    /// Its name.
    pub name: &'static str,
    /// A service that goes from Tripoli to Benghazi on any day and collects money, unless it flies.
    pub service: &'static str,
    /// The operation that books.
    pub books: &'static str,
}

/// Every carrier.
pub const COURIERS: [Courier; 4] = [
    Courier { name: "amyal", service: "standard", books: "create_shipment" },
    Courier { name: "darb_assabil", service: "standard", books: "localShipments.create" },
    Courier { name: "vanex", service: "light_cargo", books: "customer/package" },
    Courier { name: "wingsly", service: "air_standard", books: "create_shipment" },
];

/// A gateway that gives unclear bookings up to a person soon, and asks where parcels are every half second.
pub async fn start(backend: Backend) -> Gateway {
    start_with(backend, &[]).await
}

/// The same with settings of the test's own.
pub async fn start_with(backend: Backend, own: &[(&str, &str)]) -> Gateway {
    let mut settings = vec![
        ("JISR_SHIPPING__ANSWER_MS", "9000"),
        ("JISR_SHIPPING__UNKNOWN_FIRST_MS", "200"),
        ("JISR_SHIPPING__UNKNOWN_LONGEST_MS", "1000"),
        ("JISR_SHIPPING__REVIEW_AFTER_MS", "4000"),
        ("JISR_SHIPPING__TRACK_FIRST_MS", "500"),
        ("JISR_SHIPPING__TRACK_LONGEST_MS", "500"),
        ("JISR_POLICY__DEFAULT__BREAKER_FAILURES", "1000"),
        ("JISR_POLICY__DEFAULT__TIMEOUT_MS", "2000"),
        ("JISR_POLICY__DEFAULT__DEADLINE_MS", "4000"),
        ("JISR_POLICY__DEFAULT__RETRIES", "0"),
    ];
    settings.extend(own);
    Gateway::start_with_all(backend, &settings).await
}

/// From a shop in Tripoli to a customer in Benghazi: a parcel of two and a half kilograms.
pub fn way(reference: &str) -> Value {
    json!({
        "reference": reference,
        "origin": {"name": "متجر النور", "phone": "0921112233", "city": "طرابلس", "area": "حي الأندلس", "street": "شارع قرقارش"},
        "destination": {"name": "سالم الورفلي", "phone": "0912345678", "city": "بنغازي", "area": "الصابري", "landmark": "قرب المسجد"},
        "parcels": [{"weight_kg": "2.5", "length_cm": "30", "width_cm": "20", "height_cm": "10", "value": "120.000"}],
        "description": "كتب",
    })
}

impl Courier {
    /// A shipment by this carrier alone.
    pub fn request(&self, reference: &str) -> Value {
        let mut request = way(reference);
        request["carrier"] = self.name.into();
        request["service"] = self.service.into();
        request["fallback"] = "none".into();
        if self.name != "wingsly" {
            request["cash_on_delivery"] = json!({"amount": "85.000", "currency": "LYD"});
        }
        request
    }

    /// A shipment that the carrier has.
    pub async fn book(&self, gateway: &Gateway, reference: &str) -> Answer {
        let answer = gateway.client.post("/v1/shipments", self.request(reference)).await;
        assert_eq!((answer.status, answer.text("status").as_str()), (201, "booked"), "{self:?}: {answer:?}");
        answer
    }

    /// Queues a fault of one of its operations.
    pub fn fault(&self, gateway: &Gateway, operation: &str, kind: mocks::FaultKind) {
        let delay_ms = (kind == mocks::FaultKind::Delay).then_some(3_000);
        gateway.mocks.fault(mocks::Fault { delay_ms, ..mocks::Fault::new(self.name, kind).on(operation) });
    }

    /// The parcels that the carrier has in its records.
    pub fn parcels(&self, gateway: &Gateway) -> usize {
        gateway.mocks.parcels(Some(self.name)).len()
    }

    /// How often an operation reached the carrier.
    pub fn received(&self, gateway: &Gateway, operation: &str) -> usize {
        let is_it = |entry: &&mocks::JournalEntry| {
            entry.operation == operation && entry.direction == mocks::Direction::Received
        };
        gateway.mocks.journal(Some(self.name)).iter().filter(is_it).count()
    }
}

/// Waits until a shipment has a status; 20 seconds at most.
pub async fn until(gateway: &Gateway, id: &str, status: &str) -> Answer {
    gateway.client.until(&format!("/v1/shipments/{id}"), status).await
}

/// Waits until a shipment waits for a person.
pub async fn until_reviewed(gateway: &Gateway, id: &str) -> Answer {
    let path = format!("/v1/shipments/{id}");
    eventually("a person is called", || async { !gateway.client.get(&path).await.text("review").is_empty() }).await;
    gateway.client.get(&path).await
}

/// Every try of a shipment.
pub async fn bookings(gateway: &Gateway, id: &str) -> Vec<Booking> {
    let id = id.parse().expect("an id");
    jisr::db::bookings::of_shipment(&gateway.facade.db, id).await.expect("the tries can be read")
}

/// No call that a correct gateway does not make.
pub fn assert_clean(gateway: &Gateway) {
    assert!(gateway.mocks.violations().is_empty(), "{:#?}", gateway.mocks.violations());
}
