//! The conformance suite: the numbered promises of the port, one function each, over any carrier.
//!
//! They panic with the promise that was broken.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use kit::testing::ScriptedWire;
use kit::{Call, Delivery, Error, Kind, Parts, RawCallback, Reading, Reply, Safety, Transport};
use schemas::shipping::{Length, Weight};
use schemas::{Currency, Money, Phone};

use crate::card::{Card, Feed, Service};
use crate::change::Changed;
use crate::pickups::{PickupAnswer, PickupOrder};
use crate::port::{Booked, Carrier, End, Inquiry, Order, Parcel, Place};
use crate::tracking::Tracked;

/// 15:30:45 in Tripoli.
const NOW: i64 = 1_738_330_245;

/// What the suite is run with.
pub struct Subject<'a> {
    /// The account.
    pub carrier: &'a dyn Carrier,
    /// The wire below it, where calls are counted.
    pub wire: &'a ScriptedWire,
    /// A place that the carrier goes to.
    pub place: Place,
}

/// Everything an adapter is built from, over a scripted wire.
pub fn parts(wire: std::sync::Arc<ScriptedWire>) -> Parts {
    kit::testing::parts(wire, now())
}

/// The suite's clock.
pub fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time of this century")
}

/// Someone at a place.
pub fn end(place: &Place, name: &str, phone: &str) -> End {
    End {
        name: name.to_owned(),
        phone: Phone::parse(phone).expect("a Libyan number"),
        city: "tripoli",
        city_names: ("Tripoli", "طرابلس"),
        place: place.clone(),
        area_place: None,
        area: Some("حي الأندلس".to_owned()),
        street: Some("شارع قرقارش".to_owned()),
        building: Some("عمارة 5، شقة 12".to_owned()),
        landmark: None,
        coordinates: None,
    }
}

/// A parcel of two and a half kilograms.
pub fn parcel() -> Parcel {
    Parcel {
        weight: Weight::grams(2_500),
        size: [Length::centimetres(30), Length::centimetres(20), Length::centimetres(10)],
        value: Some(Money::new(120_000, Currency::Lyd)),
    }
}

/// An order of one of a card's services.
pub fn order(service: &'static Service, place: &Place) -> Order {
    Order {
        reference: "jisr-0190a3f2-s1".to_owned(),
        service,
        origin: end(place, "متجر النور", "0921112233"),
        destination: end(place, "سالم الورفلي", "0912345678"),
        parcels: vec![parcel()],
        cash: service.cash_on_delivery.then(|| Money::new(85_000, Currency::Lyd)),
        description: Some("كتب".to_owned()),
        notes: Some("الاتصال قبل الوصول".to_owned()),
        callback_url: "https://jisr.example.ly/v1/callbacks/carrier/acc_1".to_owned(),
    }
}

/// The same as a question for prices.
pub fn inquiry(card: &'static Card, place: &Place) -> Inquiry {
    let order = order(&card.services[0], place);
    Inquiry {
        origin: order.origin,
        destination: order.destination,
        parcels: order.parcels,
        cash: order.cash,
        services: card.services.iter().collect(),
    }
}

/// A parcel that was booked.
pub fn tracked() -> Tracked {
    Tracked { number: "H-1390".to_owned(), id: Some("1390".to_owned()), reference: "jisr-0190a3f2-s1".to_owned() }
}

/// Every promise that needs no particular answer.
pub async fn all(subject: &Subject<'_>) {
    let card = subject.carrier.card();
    assert!(!subject.carrier.lane().is_empty() && !card.services.is_empty() && !card.statuses.is_empty());
    // An account may have no files; a carrier whose card has none has none at all.
    assert_eq!(subject.carrier.push().is_some(), card.feed == Feed::Push, "its card says whether it has a stream");
    assert!(subject.carrier.drops().is_none() || card.feed == Feed::Drops, "its card says that it leaves files");
    for service in card.services {
        let order = order(service, &subject.place);
        describes_the_same(subject, &order).await;
        refuses_what_it_cannot_carry(subject, &order).await;
        reads_any_booking(subject, &order);
    }
    changes(subject).await;
    fetches(subject).await;
    describes_a_probe(subject.carrier, subject.wire).await;
    believes_no_forgery(subject.carrier);
    reads_any_frame(subject.carrier);
}

fn fingerprint(call: &Call) -> String {
    format!("{} {:?} {} {:?}", call.operation, call.reference, call.request.url, call.request.body)
}

/// "5. Describes the booking: `Once`, with the order's reference." "3. Describes what must be there before it."
pub async fn describes_the_same(subject: &Subject<'_>, order: &Order) {
    let carrier = subject.carrier;
    let prepared = carrier.describe_preparation(order).expect("promise 3: an order of the card is prepared");
    if let Some(call) = &prepared {
        assert!(matches!(call.safety, Safety::Keyed(_)), "promise 3: a repeat does no harm");
    }
    let prepared = prepared.map(|_| "contact-1");
    let before = acting(subject.wire);
    let first = carrier.describe_booking(order, prepared).await.expect("promise 5: it is described");
    let second = carrier.describe_booking(order, prepared).await.expect("promise 5: it is described again");
    assert_eq!(fingerprint(&first), fingerprint(&second), "promise 5: the same order gives the same booking");
    let other = Order { reference: "jisr-0190a3f2-s2".to_owned(), ..order.clone() };
    let other = carrier.describe_booking(&other, prepared).await.expect("promise 5: another order is described");
    assert_ne!(fingerprint(&other), fingerprint(&first), "promise 5: another order gives another booking");
    assert_eq!(acting(subject.wire), before, "promise 5: nothing acts by describing");
    acts(carrier, &first, &order.reference);
}

fn acting(wire: &ScriptedWire) -> usize {
    wire.carried().iter().filter(|call| call.safety.acts()).count()
}

fn acts(carrier: &dyn Carrier, call: &Call, reference: &str) {
    assert_eq!(call.safety, Safety::Once, "{}: it is never repeated on its own", call.operation);
    acts_for(carrier, call, reference);
}

fn acts_for(carrier: &dyn Carrier, call: &Call, reference: &str) {
    assert!(call.safety.acts(), "{}: it changes something over there", call.operation);
    assert_eq!(call.reference.as_deref(), Some(reference), "{}: its reference", call.operation);
    assert_eq!(call.account, *carrier.account(), "{}: it is made for this account", call.operation);
    assert_eq!(call.provider, carrier.card().name, "{}: it is made for this carrier", call.operation);
}

/// "6. An order that the carrier cannot carry is `Invalid` or `Unsupported` with delivery `Never`."
pub async fn refuses_what_it_cannot_carry(subject: &Subject<'_>, order: &Order) {
    let foreign = Money::new(8_500, Currency::Eur);
    let wrong = [
        Order { reference: String::new(), ..order.clone() },
        Order { parcels: Vec::new(), ..order.clone() },
        Order { cash: Some(foreign), ..order.clone() },
        Order { cash: Some(Money::new(0, Currency::Lyd)), ..order.clone() },
    ];
    for order in wrong {
        let error = match subject.carrier.describe_preparation(&order) {
            Err(error) => error,
            Ok(prepared) => {
                let prepared = prepared.map(|_| "contact-1");
                let described = subject.carrier.describe_booking(&order, prepared).await;
                described.expect_err("promise 6: it cannot be carried")
            }
        };
        assert!(matches!(error.kind, Kind::Invalid | Kind::Unsupported), "promise 6: {error}");
        assert_eq!(error.delivery, Delivery::Never, "promise 6: {error}");
    }
}

/// Bodies that nobody means.
const NONSENSE: [&str; 9] =
    ["", "{}", "null", "[]", "<html>", "{\"status\":", "\u{0}", "{\"data\":{}}", "{\"status\":true,\"data\":[]}"];

fn nonsense() -> impl Iterator<Item = Reply> {
    NONSENSE.iter().flat_map(|body| {
        [200, 201].map(|status| Reply { status, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) })
    })
}

/// "7. Reads the answer. `Refused` only where the carrier says in so many words that nothing was booked."
pub fn reads_any_booking(subject: &Subject<'_>, order: &Order) {
    for reply in nonsense() {
        let read = subject.carrier.read_booking(order, &reply);
        assert!(matches!(read, Booked::Unclear { .. }), "promise 7: {:?} says {read:?}", reply.body);
    }
}

/// "15. Describes giving a parcel up. 16. Describes having it brought back. 17. Reads the answer to either."
pub async fn changes(subject: &Subject<'_>) {
    let Some(changes) = subject.carrier.changes() else { return };
    let parcel = tracked();
    for call in [changes.describe_cancel(&parcel, Some("r")).await, changes.describe_return(&parcel, None).await] {
        match call {
            Ok(call) => acts_for(subject.carrier, &call, &parcel.reference),
            Err(error) => assert_eq!((error.kind, error.delivery), (Kind::Unsupported, Delivery::Never), "{error}"),
        }
    }
    for reply in nonsense() {
        let read = changes.read_change(&parcel, &reply);
        assert!(!matches!(read, Changed::Refused { .. }), "promise 17: {:?} says {read:?}", reply.body);
    }
}

/// "18. Describes the order of a pickup: `Once`. 19. Reads the answer."
pub async fn fetches(subject: &Subject<'_>) {
    let Some(pickups) = subject.carrier.pickups() else { return };
    let order = PickupOrder {
        reference: "jisr-0190a3f2-p1".to_owned(),
        at: end(&subject.place, "متجر النور", "0921112233"),
        day: jiff::civil::date(2025, 2, 2),
        parcels: vec![tracked()],
        notes: None,
    };
    let call = pickups.describe_pickup(&order).await.expect("promise 18: a pickup is described");
    acts(subject.carrier, &call, &order.reference);
    for reply in nonsense() {
        let read = pickups.read_pickup(&order, &reply);
        assert!(matches!(read, PickupAnswer::Unclear { .. }), "promise 19: {:?} says {read:?}", reply.body);
    }
}

/// "12. Verifies a callback over its bytes as they came."
pub fn believes_no_forgery(carrier: &dyn Carrier) {
    for body in ["", "{}", "[]", "\u{0}", r#"{"package-code":"H-1390","status":"delivered"}"#] {
        let raw = RawCallback { headers: HeaderMap::new(), query: String::new(), body: body.into() };
        assert!(carrier.read_callback(&raw).is_err(), "promise 12: {body}");
    }
}

/// "24. What cannot be read is kept as it came": and no frame panics.
pub fn reads_any_frame(carrier: &dyn Carrier) {
    let Some(push) = carrier.push() else { return };
    for body in NONSENSE {
        assert!(push.read_frame(body.as_bytes()).told.entries.is_empty(), "promise 24: {body}");
    }
    let call = push.describe_opening(Some("17")).expect("promise 23: an opening is described");
    assert_eq!(call.safety, Safety::Read, "promise 23: it changes nothing");
}

/// What stands before a carrier says, or half of what the carrier says.
const NO_ANSWERS: [&str; 5] = ["", "<html></html>", "null", "{\"status\":", "\u{0}"];

/// "15. Describes a probe: cheap, free, a `Read`. It may fetch an access token, and sends nothing else. `None` where there is
/// nobody to ask."
pub async fn describes_a_probe(carrier: &dyn Carrier, wire: &ScriptedWire) {
    let before = wire.carried().len();
    let probe = carrier.describe_probe().await.expect("promise 15: a probe is described");
    let sent = wire.carried().split_off(before);
    assert!(sent.iter().all(|call| call.safety == Safety::Counted), "promise 15: describing sends a log-in at most");
    let Some(probe) = probe else { return };
    assert_eq!(probe.call.safety, Safety::Read, "promise 15: it changes nothing");
    assert_eq!(probe.call.account, *carrier.account(), "promise 15: it is made for this account");
    assert_eq!(probe.call.provider, carrier.card().name, "promise 15: it is made for this carrier");
    for body in NO_ANSWERS {
        let reply = Reply { status: 200, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) };
        assert!((probe.call.outcome)(&reply).is_err(), "promise 15: {body:?} is no answer");
        let _ = (probe.read)(&reply);
    }
}

/// Asks as the gateway does, and reads what is told; `None` where there is nobody to ask.
pub async fn probe(carrier: &dyn Carrier, transport: &Transport) -> Result<Option<Reading>, Error> {
    let Some(probe) = carrier.describe_probe().await? else { return Ok(None) };
    transport.probe(&probe.call).await.map(|reply| Some((probe.read)(&reply)))
}
