//! The probes of payment providers against the mocks: what each of them finds out, and that nothing changes by it.

use std::sync::Arc;

use kit::guard::AllowList;
use kit::testing::{ListRecorder, parts_over};
use kit::wire::HttpWire;
use kit::{Ambient, Error, Kind, Policies, Policy, Reading, Transport};
use mocks::{Fault, FaultKind, JournalEntry, Mocks, Settings};
use payments_adapters::{PaymentProvider, conformance, registry};
use serde_json::{Map, Value, json};

/// Whoever can be asked.
const ASKED: [&str; 9] =
    ["moamalat", "sadad", "edfali", "tlync", "plutu", "mobicash", "almadar_pay", "libyana_pay", "onepay"];

/// Of these nobody must prove who he is.
const OPEN: [&str; 4] = ["moamalat", "edfali", "tlync", "plutu"];

/// A mock, the account that its environment makes, and the road between them.
struct Stage {
    mocks: Mocks,
    provider: Arc<dyn PaymentProvider>,
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
        let listed = registry::provider(name).expect("a listed provider");
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
        let provider = (listed.build)(settings.into(), credentials.into(), parts).expect("an account");
        Self { mocks, provider, transport }
    }

    /// Asks once, and once alone.
    async fn ask(&self) -> (Result<Option<Reading>, Error>, JournalEntry) {
        let before = self.mocks.journal(None).len();
        let result = conformance::probe(self.provider.as_ref(), &self.transport).await;
        // A late answer is in the journal when it has left.
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        let mut entries = self.mocks.journal(None).split_off(before);
        assert!(entries.len() <= 1, "it is asked once: {entries:?}");
        let entry = entries.pop();
        (result, entry.expect("the mock was asked"))
    }

    /// Nothing was charged, written, sent or found wrong.
    fn assert_untouched(&self) {
        assert_eq!(self.mocks.charges(None), [], "nobody was charged");
        assert!(self.mocks.transactions().is_empty(), "nothing was written");
        assert_eq!(self.mocks.codes(self.provider.card().name, ""), [], "no code was sent");
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
                // An error inside a good answer of a place where nothing is, is nothing.
                if kind == FaultKind::ErrorIn200 && ["tlync", "plutu"].contains(&name) {
                    continue;
                }
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
        let error = conformance::probe(stage.provider.as_ref(), &stage.transport).await.expect_err("it is late");
        assert_eq!(error.kind, Kind::Timeout, "{name}: {error}");
        stage.assert_untouched();
    }
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_as_such() {
    for name in ASKED {
        let Stage { mocks, provider, transport } = Stage::set(name).await;
        mocks.stop().await;
        let error = conformance::probe(provider.as_ref(), &transport).await.expect_err("nobody listens");
        assert_eq!(error.kind, Kind::Unavailable, "{name}: {error}");
    }
}

#[tokio::test]
async fn where_nobody_must_prove_anything_no_credential_is_sent_and_nothing_is_counted() {
    for name in OPEN {
        let stage = Stage::set(name).await;
        for _ in 0..40 {
            let (result, entry) = stage.ask().await;
            result.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(entry.headers.iter().all(|(header, _)| header != "authorization" && header != "x-api-key"));
        }
        stage.assert_untouched();
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

#[tokio::test]
async fn sadad_is_asked_in_soap_as_well() {
    let merchant = mocks::sadad::Merchant::default();
    for (password, expected) in [(merchant.password.as_str(), None), ("wrong", Some(Kind::Unauthorized))] {
        let stage = Stage::with("sadad", |settings, credentials| {
            let base = settings.remove("base_url").expect("a base");
            settings.insert("protocol".to_owned(), json!("soap"));
            settings.insert("soap_url".to_owned(), json!(format!("{}/soap", base.as_str().expect("text"))));
            *credentials = Map::from_iter([
                ("username".to_owned(), json!(merchant.username)),
                ("password".to_owned(), json!(password)),
            ]);
        });
        let stage = stage.await;
        let (result, entry) = stage.ask().await;
        assert_eq!((result.err().map(|error| error.kind), entry.operation), (expected, "enquiry"));
        if expected.is_none() {
            stage.mocks.fault(Fault::new("sadad", FaultKind::WrongBody));
            let error = stage.ask().await.0.expect_err("a page");
            assert_eq!(error.kind, Kind::Protocol);
            stage.assert_untouched();
        }
    }
}

#[tokio::test]
async fn those_without_a_network_have_none() {
    for name in ["cash_on_delivery", "bank_transfer"] {
        let listed = registry::provider(name).expect("a listed provider");
        assert!(listed.card.settled_by_hand && !ASKED.contains(&name));
    }
    assert_eq!(registry::PROVIDERS.len(), ASKED.len() + 2, "every provider is asked or has nobody to ask");
}
