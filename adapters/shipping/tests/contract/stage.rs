//! A mock, the account that its environment makes, and the road between them.

use std::sync::Arc;

use jiff::Timestamp;
use kit::guard::AllowList;
use kit::testing::{ListRecorder, ManualClock, intent, parts_over};
use kit::wire::Wires;
use kit::{Ambient, Entropy, Error, Policies, Policy, Transport};
use mocks::{Mocks, Settings, Ship};
use serde_json::{Map, Value};
use shipping_adapters::conformance;
use shipping_adapters::{
    Booked, Booking, Carrier, Changed, Order, PickupAnswer, PickupOrder, Place, Tracked, Wanted, registry,
};

pub(crate) struct Stage {
    pub(crate) mocks: Mocks,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) transport: Arc<Transport>,
    pub(crate) recorder: Arc<ListRecorder>,
}

impl Stage {
    pub(crate) async fn set(name: &str) -> Self {
        let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await.expect("the mocks start");
        let (transport, recorder) = road();
        let carrier = account(&mocks, name, Arc::clone(&transport), Ambient::system(), &[]);
        Self { mocks, carrier, transport, recorder }
    }

    /// A place of the carrier's, by its code.
    pub(crate) async fn place(&self, code: &str) -> Place {
        let places = self.carrier.coverage().await.expect("places");
        places.into_iter().find(|place| place.code == code).unwrap_or_else(|| panic!("{code} is served"))
    }

    /// An order of the carrier's first service, to Benghazi, without money.
    pub(crate) async fn order(&self, reference: &str) -> Order {
        let mut order = conformance::order(&self.carrier.card().services[0], &self.place("TIP").await);
        order.destination.place = self.place("BEN").await;
        Order {
            reference: reference.to_owned(),
            cash: None,
            callback_url: "http://127.0.0.1:1/hook".to_owned(),
            ..order
        }
    }

    pub(crate) async fn book(&self, order: &Order) -> Result<Booked, Error> {
        let call = self.carrier.describe_booking(order, None).await?;
        let reply = self.transport.act(&call, intent(&call)).await?;
        Ok(self.carrier.read_booking(order, &reply))
    }

    pub(crate) fn wanted(&self, order: &Order) -> Wanted {
        let (reference, phone) = (order.reference.clone(), order.destination.phone.clone());
        Wanted { reference, since: Ambient::system().now(), phone }
    }

    /// Cancels, or has it brought back.
    pub(crate) async fn change(&self, parcel: &Tracked, back: bool) -> Result<Changed, Error> {
        let changes = self.carrier.changes().expect("changes");
        let described = match back {
            true => changes.describe_return(parcel, Some("طلب الزبون")).await,
            false => changes.describe_cancel(parcel, None).await,
        };
        let call = described.expect("a call");
        let reply = self.transport.act(&call, intent(&call)).await?;
        Ok(changes.read_change(parcel, &reply))
    }

    pub(crate) async fn fetch(&self, order: &PickupOrder) -> Result<PickupAnswer, Error> {
        let pickups = self.carrier.pickups().expect("pickups");
        let call = pickups.describe_pickup(order).await.expect("a call");
        let reply = self.transport.act(&call, intent(&call)).await?;
        Ok(pickups.read_pickup(order, &reply))
    }

    /// A parcel moves on.
    pub(crate) fn happens(&self, reference: &str, status: &str) {
        let provider = self.carrier.card().name.to_owned();
        let (reference, status) = (Some(reference.to_owned()), status.to_owned());
        self.mocks.ship(&Ship { provider, reference, status, ..Ship::default() }).expect("it happens");
    }

    /// The carrier's words for what has happened.
    pub(crate) async fn words(&self, parcel: &Tracked) -> Vec<String> {
        let trails = self.carrier.track(std::slice::from_ref(parcel)).await.expect("a trail");
        trails[0].entries.iter().map(|entry| entry.raw.clone()).collect()
    }
}

/// A road without repeats, so that one attempt is one call of the mock.
fn road() -> (Arc<Transport>, Arc<ListRecorder>) {
    let policy = Policy { retries: 0, timeout_ms: 1_000, deadline_ms: 4_000, ..Policy::default() };
    let policies = Policies { default: Policy { breaker_failures: 1_000, ..policy }, ..Policies::default() };
    let recorder = Arc::new(ListRecorder::default());
    let wires = Wires::new(AllowList::default()).expect("wires");
    let transport = Transport::new(Ambient::system(), policies, Arc::clone(&recorder) as _, Arc::new(wires));
    (Arc::new(transport), recorder)
}

/// The account that the mock's environment makes, with some of it changed.
pub(crate) fn account(
    mocks: &Mocks,
    name: &str,
    transport: Arc<Transport>,
    ambient: Ambient,
    changes: &[(&str, &str)],
) -> Arc<dyn Carrier> {
    let given = mocks::environment(&format!("http://{}", mocks.address()));
    let listed = registry::provider(name).expect("a listed carrier");
    let object = |names: &[&str]| {
        let pair = |setting: &&str| {
            let variable = format!("{}_{}", name.to_uppercase(), setting.to_uppercase());
            let (_, value) = given.iter().find(|(known, _)| *known == variable).expect("it is given");
            let changed = changes.iter().find(|(changed, _)| changed == setting);
            ((*setting).to_owned(), Value::from(changed.map_or(value.as_str(), |(_, value)| value)))
        };
        Value::Object(names.iter().map(pair).collect::<Map<_, _>>())
    };
    let parts = parts_over(transport, ambient);
    (listed.build)(object(listed.settings), object(listed.credentials), parts).expect("an account")
}

/// A world whose clock stands.
pub(crate) fn standing(at: Timestamp) -> Ambient {
    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }
    Ambient::new(ManualClock::at(at), Arc::new(Zeros))
}

/// A booked parcel, as it is followed.
pub(crate) fn tracked(booking: &Booking, order: &Order) -> Tracked {
    Tracked { number: booking.number.clone(), id: booking.id.clone(), reference: order.reference.clone() }
}
