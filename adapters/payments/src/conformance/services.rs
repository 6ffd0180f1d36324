//! The promises of `Services`: bills, top-ups and transfers, over any provider that has them.

use kit::testing::ScriptedWire;
use kit::{Call, Delivery, Kind, Safety};
use schemas::{Currency, Money, Phone};

use super::nonsense;
use crate::port::PaymentProvider;
use crate::services::{BillInquiry, ServiceAnswer, ServiceKind, ServiceOrder, Services};

/// The bill that the suite asks about.
pub fn inquiry() -> BillInquiry {
    BillInquiry { biller: "electricity".to_owned(), number: "104500123".to_owned() }
}

/// 12.500 LYD for a service of a kind.
pub fn service_order(kind: ServiceKind) -> ServiceOrder {
    let is_bill = kind == ServiceKind::Bill;
    ServiceOrder {
        reference: "jisr-0190a3f2-s1".to_owned(),
        kind,
        amount: Money::new(12_500, Currency::Lyd),
        biller: is_bill.then(|| inquiry().biller),
        number: is_bill.then(|| inquiry().number),
        phone: (!is_bill).then(|| Phone::parse("0912345678").expect("a Libyan number")),
        note: Some("rent of November".to_owned()),
    }
}

/// Every promise of `Services` that needs no particular answer, where a provider has services at all.
pub fn serves(provider: &dyn PaymentProvider, wire: &ScriptedWire) {
    let Some(services) = provider.services() else { return };
    let before = wire.carried().len();
    let kinds = services.kinds();
    assert!(!kinds.is_empty(), "services 1: whoever has services serves something");
    for (index, kind) in kinds.iter().enumerate() {
        assert!(!kinds[..index].contains(kind), "services 1: {} is listed once", kind.as_str());
        describes_the_service(provider, services, &service_order(*kind));
        refuses_what_lacks_something(services, &service_order(*kind));
        reads_any_service_answer(services, &service_order(*kind));
    }
    if kinds.contains(&ServiceKind::Bill) {
        inquires(provider, services);
    }
    for kind in ServiceKind::ALL.iter().filter(|kind| !kinds.contains(kind)) {
        refused(services, &service_order(*kind));
    }
    assert_eq!(wire.carried().len(), before, "services 2 and 5: describing sends nothing");
}

/// "2. Describes asking what is owed on a bill, sending nothing. 3. The call is a `Read`. 4. Reads the answer to that call."
fn inquires(provider: &dyn PaymentProvider, services: &dyn Services) {
    let call = services.describe_inquiry(&inquiry()).expect("services 2: an inquiry is described");
    assert_eq!(call.safety, Safety::Read, "services 3: asking about a bill is a Read");
    belongs(provider, &call);
    hides(&call, &inquiry().number);
    for wrong in
        [BillInquiry { biller: String::new(), ..inquiry() }, BillInquiry { number: " ".to_owned(), ..inquiry() }]
    {
        let error = services.describe_inquiry(&wrong).expect_err("services 2: nothing is asked about");
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "services 2: {error}");
    }
    for reply in nonsense() {
        let read = services.read_inquiry(&inquiry(), &reply);
        assert!(read.is_err(), "services 4: {reply:?} is no bill, and not {read:?}");
    }
}

/// "5. Describes a service: the same order gives the same request. 6. The call is `Once` and carries the order's reference."
fn describes_the_service(provider: &dyn PaymentProvider, services: &dyn Services, order: &ServiceOrder) {
    let describe = |order: &ServiceOrder| services.describe_service(order).expect("services 5: it is described");
    let request = |call: &Call| (call.request.url.clone(), call.request.body.clone());
    let call = describe(order);
    assert_eq!(call.safety, Safety::Once, "services 6: money out is never repeated on its own");
    assert_eq!(call.reference.as_deref(), Some(order.reference.as_str()), "services 6: its reference");
    belongs(provider, &call);
    assert_eq!(request(&describe(order)), request(&call), "services 5: the same order gives the same request");
    let other = describe(&ServiceOrder { reference: "jisr-0190a3f2-s2".to_owned(), ..order.clone() });
    assert_ne!(request(&other), request(&call), "services 5: another order gives another request");
    for hidden in [order.number.as_deref(), order.phone.as_ref().map(Phone::e164), order.note.as_deref()] {
        hides(&call, hidden.unwrap_or("\u{0}"));
    }
}

fn belongs(provider: &dyn PaymentProvider, call: &Call) {
    assert_eq!(call.account, *provider.account(), "{}: it is made for this account", call.operation);
    assert_eq!(call.provider, provider.card().name, "{}: it is made for this provider", call.operation);
}

/// Numbers and notes are people's.
fn hides(call: &Call, hidden: &str) {
    let logged = kit::mask::body(&call.request.body, call.secrets.body).unwrap_or_default();
    let shown = kit::mask::url(&call.request.url, call.secrets);
    assert!(!logged.contains(hidden) && !shown.contains(hidden), "{}: {shown} {logged}", call.operation);
}

/// "7. An order that cannot be carried is `Invalid` or `Unsupported` with delivery `Never`."
fn refuses_what_lacks_something(services: &dyn Services, order: &ServiceOrder) {
    for wrong in [
        ServiceOrder { amount: Money::new(0, Currency::Lyd), ..order.clone() },
        ServiceOrder { amount: Money::new(-1, Currency::Lyd), ..order.clone() },
        ServiceOrder { amount: Money::new(12_500, Currency::Usd), ..order.clone() },
        ServiceOrder { reference: String::new(), ..order.clone() },
        ServiceOrder { reference: "jisr 0190a3f2 s1".to_owned(), ..order.clone() },
        ServiceOrder { phone: None, number: None, ..order.clone() },
        ServiceOrder { phone: None, biller: Some(" ".to_owned()), ..order.clone() },
    ] {
        refused(services, &wrong);
    }
}

fn refused(services: &dyn Services, order: &ServiceOrder) {
    let error = services.describe_service(order).expect_err("services 7: it cannot be carried");
    assert!(matches!(error.kind, Kind::Invalid | Kind::Unsupported), "services 7: {error}");
    assert_eq!(error.delivery, Delivery::Never, "services 7: {error}");
}

/// "8. Reads the answer to that call": nonsense is neither done nor refused.
fn reads_any_service_answer(services: &dyn Services, order: &ServiceOrder) {
    for reply in nonsense() {
        let read = services.read_service(order, &reply);
        assert!(matches!(read, ServiceAnswer::Unclear { .. }), "services 8: {reply:?} says nothing, and not {read:?}");
    }
}

/// "9. Asks what became of a service: a `Read`. 10. `None` means that the provider knows none *now*; what could not be asked
/// is an error." The script must hold an answer that knows none, and then one that cannot be read.
pub async fn asks_what_became_of_a_service(provider: &dyn PaymentProvider, wire: &ScriptedWire) {
    let services = provider.services().expect("a provider with services");
    let before = wire.carried().len();
    let none = services.ask_service("jisr-ffffffff-9").await.expect("services 9: it is asked");
    assert_eq!(none, None, "services 10: it knows none");
    let unread = services.ask_service("jisr-ffffffff-9").await;
    assert!(unread.is_err(), "services 10: what could not be asked is not unknown to the provider");
    let carried = wire.carried();
    assert!(carried[before..].iter().all(|call| call.safety == Safety::Read), "services 9: asking is a Read");
}
