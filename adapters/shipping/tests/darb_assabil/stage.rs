//! A mock, the account that its environment makes, and the road between them.

use std::sync::Arc;

use jiff::SignedDuration;
use kit::guard::AllowList;
use kit::testing::{ListRecorder, intent, parts_over};
use kit::wire::HttpWire;
use kit::{Ambient, Call, Error, Parts, Policies, Policy, Reply, Transport};
use mocks::darb_assabil::{Account, Plan};
use mocks::{Mocks, Settings, Ship};
use schemas::shipping::ShipmentStatus;
use serde_json::{Map, Value, json};
use shipping_adapters::{Booked, Booking, Carrier, Found, Order, Place, Tracked, Trail, Wanted, conformance, registry};

pub struct Stage {
    pub mocks: Mocks,
    pub carrier: Arc<dyn Carrier>,
    pub city: Place,
    pub area: Place,
    parts: Parts,
    recorder: Arc<ListRecorder>,
}

fn place(name: &str, within: Option<&str>) -> Place {
    Place { code: name.to_owned(), name: name.to_owned(), other_name: None, within: within.map(str::to_owned) }
}

fn listed() -> &'static registry::Provider {
    registry::provider("darb_assabil").expect("a listed carrier")
}

impl Stage {
    pub async fn set(retries: u32) -> Self {
        let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await.expect("the mocks start");
        let given = mocks::environment(&format!("http://{}", mocks.address()));
        let object = |names: &[&str]| {
            let pair = |name: &&str| {
                let variable = format!("DARB_ASSABIL_{}", name.to_uppercase());
                let (_, value) = given.iter().find(|(known, _)| *known == variable)?;
                Some(((*name).to_owned(), Value::from(value.as_str())))
            };
            Value::Object(names.iter().filter_map(pair).collect::<Map<_, _>>())
        };
        let policy = Policy { retries, timeout_ms: 1_000, deadline_ms: 4_000, backoff_ms: 1, ..Policy::default() };
        let policies = Policies { default: Policy { breaker_failures: 1_000, ..policy }, ..Policies::default() };
        let recorder = Arc::new(ListRecorder::default());
        let wire = Arc::new(HttpWire::new(AllowList::default()).expect("a wire"));
        let transport = Transport::new(Ambient::system(), policies, Arc::clone(&recorder) as _, wire);
        let parts = parts_over(Arc::new(transport), Ambient::system());
        let (settings, credentials) = (object(listed().settings), object(listed().credentials));
        let carrier = (listed().build)(settings, credentials, parts.clone()).expect("an account");
        let (city, area) = (place("طرابلس", None), place("قرقارش", Some("طرابلس")));
        Self { mocks, carrier, city, area, parts, recorder }
    }

    /// The same account, with a plan for some services alone.
    pub async fn use_plans(&mut self, plans: &[(&str, Plan)]) {
        let account = Account { plans: plans.iter().map(|(_, plan)| plan.clone()).collect(), ..Account::default() };
        let fields = serde_json::to_value(&account).expect("fields");
        self.mocks.add_account("darb_assabil", fields).expect("an account");
        let services: Map<String, Value> =
            plans.iter().map(|(service, plan)| ((*service).to_owned(), json!(plan.id))).collect();
        let settings = json!({"base_url": self.mocks.base_url("darb_assabil"), "account_id": account.account_id,
            "services": services});
        let credentials = json!({"api_key": account.api_key});
        self.carrier = (listed().build)(settings, credentials, self.parts.clone()).expect("an account");
    }

    pub fn order(&self, reference: &str) -> Order {
        let mut order = conformance::order(&self.carrier.card().services[0], &self.city);
        order.destination.area_place = Some(self.area.clone());
        Order { reference: reference.to_owned(), ..order }
    }

    /// What the gateway does: prepares, books once, and reads.
    pub async fn book(&self, order: &Order) -> Result<Booked, Error> {
        let prepared = match self.carrier.describe_preparation(order)? {
            Some(call) => Some(self.carrier.read_preparation(&self.act(&call).await?)?),
            None => None,
        };
        let call = self.carrier.describe_booking(order, prepared.as_deref()).await?;
        Ok(self.carrier.read_booking(order, &self.act(&call).await?))
    }

    pub async fn act(&self, call: &Call) -> Result<Reply, Error> {
        self.parts.transport.act(call, intent(call)).await
    }

    pub fn parcel(&self, booking: &Booking) -> Tracked {
        let reference = self.mocks.parcels(None).last().and_then(|parcel| parcel.reference.clone());
        Tracked {
            number: booking.number.clone(),
            id: booking.id.clone(),
            reference: reference.expect("a reference that was booked"),
        }
    }

    pub async fn track(&self, parcel: &Tracked) -> Trail {
        let trails = self.carrier.track(std::slice::from_ref(parcel)).await.expect("trails");
        trails.into_iter().next().expect("a trail")
    }

    pub async fn find(&self, order: &Order) -> Found {
        let since = self.parts.ambient.now() - SignedDuration::from_mins(1);
        let wanted = Wanted { reference: order.reference.clone(), since, phone: order.destination.phone.clone() };
        self.carrier.find(&wanted).await.expect("an answer")
    }

    pub fn ship(&self, order: &Order, word: &str) {
        self.mocks.ship(&Ship::new("darb_assabil", &order.reference, word)).expect("it is there");
    }

    /// What the last of the entries that mean something means.
    pub fn standing(&self, trail: &Trail) -> Option<ShipmentStatus> {
        trail.entries.iter().rev().find_map(|entry| self.carrier.card().status(&entry.raw))
    }

    /// Nothing that was written shows the key, the name or the number of anybody.
    pub fn assert_nothing_leaks(&self) {
        let rows = format!("{:?}", self.recorder.rows());
        assert!(rows.contains("localShipments.create") && rows.contains("jisr-0190a3f2-s1"), "{rows}");
        for secret in [&*Account::default().api_key, "912345678", "الورفلي"] {
            assert!(!rows.contains(secret), "{secret}: {rows}");
        }
    }
}
