//! A mock, accounts that its environment makes, and the road between them: real sockets, over HTTP and FTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kit::guard::AllowList;
use kit::testing::{ListRecorder, MemoryTokens, intent, parts_over};
use kit::wire::Wires;
use kit::{Allowance, Allowances, Ambient, Call, Denied, Error, Parts, Policies, Policy, Reply, Transport};
use mocks::{JournalEntry, Mocks, Settings};
use serde_json::{Map, Value};
use shipping_adapters::{Booked, Booking, Carrier, Order, Place, Wanted, conformance, registry};

/// Allows so many and no more.
pub(crate) struct Few(AtomicI32);

impl Few {
    pub(crate) fn new(count: i32) -> Arc<Self> {
        Arc::new(Self(AtomicI32::new(count)))
    }
}

#[async_trait]
impl Allowances for Few {
    async fn take(&self, _: &str, _: Allowance) -> Result<(), Denied> {
        let left = self.0.fetch_sub(1, Ordering::SeqCst);
        if left > 0 { Ok(()) } else { Err(Denied::Later(Duration::from_secs(21_600))) }
    }
}

pub(crate) struct Stage {
    pub(crate) mocks: Mocks,
    pub(crate) transport: Arc<Transport>,
    pub(crate) recorder: Arc<ListRecorder>,
    tokens: Arc<MemoryTokens>,
    allowances: Arc<Few>,
    given: Vec<(String, String)>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await.expect("the mocks start");
        let policy = Policy { retries: 0, timeout_ms: 2_000, breaker_failures: 1_000, ..Policy::default() };
        let policies = Policies { default: policy, ..Policies::default() };
        let recorder = Arc::new(ListRecorder::default());
        let wires = Wires::new(AllowList::default()).expect("the wires");
        let transport = Transport::new(Ambient::system(), policies, Arc::clone(&recorder) as _, Arc::new(wires));
        Self {
            given: mocks.environment(),
            mocks,
            transport: Arc::new(transport),
            recorder,
            tokens: Arc::new(MemoryTokens::new(Ambient::system())),
            allowances: Few::new(4),
        }
    }

    /// Another environment: a password that was mistyped, say.
    pub(crate) fn give(&mut self, name: &str, value: &str) {
        let known = self.given.iter_mut().find(|(known, _)| known == name).expect("a known name");
        known.1 = value.to_owned();
    }

    /// A process: it has the tokens and what is counted in common with the others.
    pub(crate) fn process(&self) -> Arc<dyn Carrier> {
        let listed = registry::provider("vanex").expect("a listed carrier");
        let object = |names: &[&str]| {
            let pair = |name: &&str| {
                let variable = format!("VANEX_{}", name.to_uppercase());
                let (_, value) = self.given.iter().find(|(known, _)| *known == variable)?;
                Some(((*name).to_owned(), Value::from(value.as_str())))
            };
            Value::Object(names.iter().filter_map(pair).collect::<Map<_, _>>())
        };
        let parts = Parts {
            tokens: Arc::clone(&self.tokens) as _,
            allowances: Arc::clone(&self.allowances) as _,
            ..parts_over(Arc::clone(&self.transport), Ambient::system())
        };
        (listed.build)(object(listed.settings), object(listed.credentials), parts).expect("an account")
    }

    /// Acts with an intent of its own.
    pub(crate) async fn act(&self, call: &Call) -> Result<Reply, Error> {
        self.transport.act(call, intent(call)).await
    }

    pub(crate) async fn book(&self, carrier: &dyn Carrier, order: &Order) -> Result<Booking, Error> {
        let call = carrier.describe_booking(order, None).await?;
        let reply = self.act(&call).await?;
        match carrier.read_booking(order, &reply) {
            Booked::Done(booking) => Ok(booking),
            other => panic!("{other:?}"),
        }
    }

    /// What the mock was asked, by operation.
    pub(crate) fn asked(&self, operation: &str) -> Vec<JournalEntry> {
        let mut entries = self.mocks.journal(Some("vanex"));
        entries.retain(|entry| entry.operation == operation);
        entries
    }

    pub(crate) fn assert_spotless(&self) {
        let violations = self.mocks.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

pub(crate) fn place() -> Place {
    Place { code: "1".to_owned(), name: "طرابلس".to_owned(), other_name: None, within: None }
}

pub(crate) fn order(reference: &str) -> Order {
    let service = shipping_adapters::vanex::CARD.service("light_cargo").expect("a service");
    Order { reference: reference.to_owned(), ..conformance::order(service, &place()) }
}

pub(crate) fn wanted(reference: &str) -> Wanted {
    let since = Ambient::system().now() - jiff::SignedDuration::from_secs(60);
    Wanted { reference: reference.to_owned(), since, phone: order(reference).destination.phone }
}
