//! The probes of carriers against the mocks: what each of them finds out, and that nothing changes by it.

use std::sync::Arc;

use kit::guard::AllowList;
use kit::testing::{ListRecorder, parts_over};
use kit::wire::HttpWire;
use kit::{Ambient, Error, Kind, Policies, Policy, Reading, Transport};
use mocks::{Fault, FaultKind, JournalEntry, Mocks, Settings};

use serde_json::{Map, Value, json};
use shipping_adapters::{Carrier, conformance, registry};

/// Whoever can be asked.
const ASKED: [&str; 4] = ["amyal", "darb_assabil", "vanex", "wingsly"];

/// Of these nobody must prove who he is.
const OPEN: [&str; 1] = ["vanex"];

/// A mock, the account that its environment makes, and the road between them.
struct Stage {
    mocks: Mocks,
    carrier: Arc<dyn Carrier>,
    transport: Arc<Transport>,
}

impl Stage {
    async fn set(name: &str) -> Self {
        Self::with(name, |_, _| {}).await
    }

    /// The same with other settings and credentials.
    async fn with(name: &str, change: impl Fn(&mut Map<String, Value>, &mut Map<String, Value>)) -> Self {
        let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await.expect("the mocks start");
        let given = mocks.environment();
        let listed = registry::provider(name).expect("a listed carrier");
        let object = |names: &[&str]| -> Map<String, Value> {
            let pair = |setting: &&str| {
                let variable = format!("{}_{}", name.to_uppercase(), setting.to_uppercase());
                let (_, value) = given.iter().find(|(known, _)| *known == variable)?;
                Some(((*setting).to_owned(), Value::from(value.as_str())))
            };
            names.iter().filter_map(pair).collect()
        };
        let (mut settings, mut credentials) = (object(listed.settings), object(listed.credentials));
        change(&mut settings, &mut credentials);
        let policy = Policy { retries: 2, timeout_ms: 500, deadline_ms: 4_000, ..Policy::default() };
        let policies = Policies { default: policy, ..Policies::default() };
        let wire = Arc::new(HttpWire::new(AllowList::default()).expect("a wire"));
        let transport = Transport::new(Ambient::system(), policies, Arc::new(ListRecorder::default()), wire);
        let transport = Arc::new(transport);
        let parts = parts_over(Arc::clone(&transport), Ambient::system());
        let carrier = (listed.build)(settings.into(), credentials.into(), parts).expect("an account");
        Self { mocks, carrier, transport }
    }

    /// Asks once, and once alone.
    async fn ask(&self) -> (Result<Option<Reading>, Error>, JournalEntry) {
        let before = self.mocks.journal(None).len();
        let result = conformance::probe(self.carrier.as_ref(), &self.transport).await;
        // A late answer is in the journal when it has left.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let mut entries = self.mocks.journal(None).split_off(before);
        assert!(entries.len() <= 1, "it is asked once: {entries:?}");
        let entry = entries.pop();
        (result, entry.expect("the mock was asked"))
    }

    /// Nothing was booked, nobody logged in, and nothing was wrong.
    fn assert_untouched(&self) {
        assert!(self.mocks.parcels(None).is_empty(), "nothing was booked");
        let journal = self.mocks.journal(None);
        assert!(
            journal.iter().all(|entry| entry.method == "GET" && entry.operation != "authenticate"),
            "it asks alone"
        );
        assert!(self.mocks.violations().is_empty(), "{:?}", self.mocks.violations());
    }
}

#[tokio::test]
async fn a_good_answer_is_good_and_changes_nothing() {
    for name in ASKED {
        let stage = Stage::set(name).await;
        for _ in 0..3 {
            let (result, entry) = stage.ask().await;
            assert_eq!(result.unwrap_or_else(|error| panic!("{name}: {error}")), Some(Reading::default()), "{name}");
            assert!(entry.fault.is_none() && entry.operation != "unknown", "{name}: {}", entry.operation);
        }
        stage.assert_untouched();
    }
}

/// Every way in which no answer, or a wrong one, comes.
const FAULTS: [(FaultKind, Option<u16>, &[Kind]); 7] = [
    (FaultKind::Status, Some(500), &[Kind::Unavailable]),
    (FaultKind::Status, Some(503), &[Kind::Unavailable]),
    (FaultKind::Status, Some(302), &[Kind::Protocol]),
    (FaultKind::Truncate, None, &[Kind::Unavailable]),
    (FaultKind::WrongBody, None, &[Kind::Protocol]),
    (FaultKind::CutBefore, None, &[Kind::Unavailable]),
    (FaultKind::ErrorIn200, None, &[Kind::Protocol, Kind::Unavailable, Kind::Unauthorized, Kind::Rejected]),
];

#[tokio::test]
async fn no_answer_and_a_wrong_one_are_failures() {
    for name in ASKED {
        let stage = Stage::set(name).await;
        let (_, good) = stage.ask().await;
        for (kind, status, expected) in FAULTS {
            for operation in [None, Some(good.operation.to_owned())] {
                stage.mocks.fault(Fault { status, operation: operation.clone(), ..Fault::new(name, kind) });
                let (result, entry) = stage.ask().await;
                let error = result.expect_err("it is no good answer");
                assert!(expected.contains(&error.kind), "{name} {kind:?} {status:?}: {error}");
                assert_eq!(entry.fault, Some(kind), "{name}: the fault has hit the probe, by {operation:?}");
            }
        }
        let (result, _) = stage.ask().await;
        result.unwrap_or_else(|error| panic!("{name} goes on: {error}"));
        stage.assert_untouched();
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_none() {
    for name in ASKED {
        let stage = Stage::set(name).await;
        stage.mocks.fault(Fault { delay_ms: Some(900), ..Fault::new(name, FaultKind::Delay) });
        let error = conformance::probe(stage.carrier.as_ref(), &stage.transport).await.expect_err("it is late");
        assert_eq!(error.kind, Kind::Timeout, "{name}: {error}");
        stage.assert_untouched();
    }
}

#[tokio::test]
async fn a_carrier_that_is_down_is_told_as_such() {
    for name in ASKED {
        let Stage { mocks, carrier, transport } = Stage::set(name).await;
        mocks.stop().await;
        let error = conformance::probe(carrier.as_ref(), &transport).await.expect_err("nobody listens");
        assert_eq!(error.kind, Kind::Unavailable, "{name}: {error}");
    }
}

#[tokio::test]
async fn credentials_that_are_refused_are_told_as_such() {
    for name in ASKED.into_iter().filter(|name| !OPEN.contains(name)) {
        let stage = Stage::with(name, |_, credentials| {
            for (_, value) in credentials.iter_mut() {
                let text = value.as_str().expect("text");
                *value = json!(text.chars().rev().collect::<String>());
            }
        });
        let stage = stage.await;
        let (result, _) = stage.ask().await;
        let error = result.expect_err("the credentials are wrong");
        assert_eq!(error.kind, Kind::Unauthorized, "{name}: {error}");
    }
}

#[test]
fn every_carrier_is_asked() {
    let names: Vec<&str> = registry::PROVIDERS.iter().map(|listed| listed.card.name).collect();
    assert_eq!(names, ASKED);
}
