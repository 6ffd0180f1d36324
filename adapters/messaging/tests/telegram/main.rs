//! Telegram's adapter against the mock, over the real transport and real sockets: the conformance suite under every fault.

mod probes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kit::guard::AllowList;
use kit::testing::ListRecorder;
use kit::wire::HttpWire;
use kit::{Ambient, Delivery, EntryStatus, Kind, Policies, Policy, Transport};
use messaging_adapters::conformance::{self, message, tells_the_truth};
use messaging_adapters::{Answer, Audience, Message, Messenger, registry};
use mocks::{Fault, FaultKind, Mocks, Settings, telegram::Bot};
use serde_json::{Map, Value};

/// A mock, the account that its environment makes, and the road between them.
struct Stage {
    mocks: Mocks,
    messenger: Arc<dyn Messenger>,
    transport: Transport,
    recorder: Arc<ListRecorder>,
}

impl Stage {
    async fn set(retries: u32) -> Self {
        let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await.expect("the mocks start");
        let given = mocks::environment(&format!("http://{}", mocks.address()));
        let listed = registry::provider("telegram").expect("a listed messenger");
        let object = |names: &[&str]| {
            let pair = |name: &&str| {
                let variable = format!("TELEGRAM_{}", name.to_uppercase());
                let (_, value) = given.iter().find(|(known, _)| *known == variable)?;
                Some(((*name).to_owned(), Value::from(value.as_str())))
            };
            Value::Object(names.iter().filter_map(pair).collect::<Map<_, _>>())
        };
        let messenger = (listed.build)(object(listed.settings), object(listed.credentials), conformance::parts());
        let policy = Policy { retries, timeout_ms: 1_000, deadline_ms: 4_000, backoff_ms: 1, ..Policy::default() };
        let policies = Policies { default: Policy { breaker_failures: 1_000, ..policy }, ..Policies::default() };
        let recorder = Arc::new(ListRecorder::default());
        let wire = HttpWire::new(AllowList::default()).expect("a wire");
        let transport = Transport::new(Ambient::system(), policies, Arc::clone(&recorder) as _, Arc::new(wire));
        Self { mocks, messenger: messenger.expect("an account"), transport, recorder }
    }

    fn message(&self) -> Message {
        message(self.messenger.chat(Audience::Admin).expect("a chat for administrators"))
    }

    async fn send(&self, message: &Message) -> Result<Answer, kit::Error> {
        let before = self.mocks.messages().len();
        let result = conformance::send(self.messenger.as_ref(), &self.transport, message).await;
        let sent = self.mocks.messages().len() - before;
        assert!(sent <= 1, "a message is never sent twice");
        tells_the_truth(&result, sent == 1);
        result
    }

    /// Nothing that was written or told shows the token.
    fn assert_nothing_leaks(&self, result: &Result<Answer, kit::Error>) {
        let token = Bot::default().token;
        let (_, secret) = token.split_once(':').expect("a token");
        let told = result.as_ref().err().map(|error| format!("{error:?} {error}")).unwrap_or_default();
        let rows = format!("{:?}", self.recorder.rows());
        assert!(!rows.is_empty() && !rows.contains(secret) && !told.contains(secret), "{rows} {told}");
        assert!(rows.contains("/telegram/bot***/sendMessage"), "{rows}");
    }
}

#[tokio::test]
async fn it_keeps_the_promises() {
    let stage = Stage::set(0).await;
    let chat = stage.message().chat;
    conformance::all(stage.messenger.as_ref(), &chat, &Bot::default().token).await;
    assert!(stage.mocks.journal(None).is_empty(), "describing sends nothing");
}

#[tokio::test]
async fn what_is_said_arrives_as_it_is() {
    let stage = Stage::set(0).await;
    let loud = stage.message();
    let result = stage.send(&loud).await;
    assert_eq!(result.as_ref().ok(), Some(&Answer::Sent { id: Some("1".to_owned()) }));
    stage.assert_nothing_leaks(&result);
    let monitor = stage.messenger.chat(Audience::Monitor).expect("a chat for watchers").to_owned();
    let long = Message { chat: monitor.clone(), text: "🔴".repeat(4_096), silent: true, ..loud.clone() };
    stage.send(&long).await.expect("a long text is cut and sent");
    let sent = stage.mocks.messages();
    assert_eq!((&sent[0].text, sent[0].silent, sent[0].chat_id.to_string()), (&loud.text, false, loud.chat));
    assert_eq!((sent[1].silent, sent[1].chat_id.to_string()), (true, monitor));
    assert_eq!(sent[1].text, format!("{}…", "🔴".repeat(2_047)));
    assert!(stage.mocks.violations().is_empty());
}

/// What becomes of a message under a fault, and its status: whether it is there, and the error that is told.
type Case = (FaultKind, Option<u16>, bool, Option<(Kind, Delivery)>);

const FAULTS: &[Case] = &[
    (FaultKind::Status, None, false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Status, Some(400), false, Some((Kind::Invalid, Delivery::Never))),
    (FaultKind::Status, Some(403), false, Some((Kind::Unauthorized, Delivery::Never))),
    (FaultKind::Status, Some(302), false, Some((Kind::Protocol, Delivery::Maybe))),
    (FaultKind::Delay, None, true, None),
    (FaultKind::CutBefore, None, false, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::ActThenCut, None, true, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::Truncate, None, true, Some((Kind::Unavailable, Delivery::Maybe))),
    (FaultKind::WrongBody, None, true, Some((Kind::Protocol, Delivery::Maybe))),
    (FaultKind::ErrorIn200, None, false, Some((Kind::Invalid, Delivery::Never))),
    (FaultKind::Pace, None, false, Some((Kind::RateLimited, Delivery::Never))),
];

#[tokio::test]
async fn it_tells_the_truth_under_every_fault() {
    for (kind, status, there, expected) in FAULTS {
        // Repeats are allowed: those that could send twice must not be made all the same.
        let stage = Stage::set(if *kind == FaultKind::Pace { 0 } else { 2 }).await;
        stage.mocks.fault(Fault { status: *status, delay_ms: Some(200), ..Fault::new("telegram", *kind) });
        let result = stage.send(&stage.message()).await;
        stage.assert_nothing_leaks(&result);
        let told = result.as_ref().err().map(|error| (error.kind, error.delivery));
        assert_eq!((told, !stage.mocks.messages().is_empty()), (*expected, *there), "{kind:?} {status:?}");
        assert_eq!(stage.mocks.journal(Some("telegram")).len(), 1, "{kind:?}: one attempt and no more");
        let row = stage.recorder.rows().pop().expect("a row").1;
        assert_eq!(row.status == EntryStatus::Success, expected.is_none(), "{kind:?}");
        assert!(stage.mocks.violations().is_empty());
        assert!(stage.send(&stage.message()).await.is_ok() || *kind == FaultKind::Pace, "{kind:?}: it goes on");
    }
}

#[tokio::test]
async fn a_late_answer_is_no_refusal() {
    let stage = Stage::set(2).await;
    stage.mocks.fault(Fault { delay_ms: Some(1_500), ..Fault::new("telegram", FaultKind::Delay) });
    let result = conformance::send(stage.messenger.as_ref(), &stage.transport, &stage.message()).await;
    let error = result.expect_err("no answer in time");
    assert_eq!((error.kind, error.delivery), (Kind::Timeout, Delivery::Maybe));
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(stage.mocks.messages().len(), 1, "it is there, once");
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_heeded() {
    let stage = Stage::set(2).await;
    stage.mocks.fault(Fault { delay_ms: Some(900), ..Fault::new("telegram", FaultKind::Pace) });
    let began = Instant::now();
    stage.send(&stage.message()).await.expect("the second attempt is served");
    assert!(began.elapsed() >= Duration::from_millis(1_000), "retry_after is a whole second");
    let stage = Stage::set(2).await;
    stage.mocks.fault(Fault { delay_ms: Some(60_000), ..Fault::new("telegram", FaultKind::Pace) });
    let error = stage.send(&stage.message()).await.expect_err("a minute is beyond the deadline");
    assert_eq!((error.kind, error.retry_after), (Kind::RateLimited, Some(Duration::from_secs(60))));
    assert!(error.message.ends_with("Too Many Requests: retry after 60"), "{error}");
}

#[tokio::test]
async fn it_says_why_it_was_refused() {
    let stage = Stage::set(0).await;
    let stranger = Message { chat: "-1009999999999".to_owned(), ..stage.message() };
    let error = stage.send(&stranger).await.expect_err("nobody's chat");
    assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never));
    assert!(error.message.ends_with("Bad Request: chat not found"), "{error}");
}

#[tokio::test]
async fn a_revoked_token_is_told_and_not_shown() {
    let mut stage = Stage::set(0).await;
    let base = stage.mocks.base_url("telegram");
    let token = "7000000001:revoked_0123456789abcdefghijklmnop";
    let build = registry::provider("telegram").expect("a listed messenger").build;
    let account =
        build(serde_json::json!({ "base_url": base }), serde_json::json!({ "bot_token": token }), conformance::parts());
    let chat = stage.message();
    stage.messenger = account.expect("an account");
    let error = stage.send(&chat).await.expect_err("a revoked token");
    assert_eq!((error.kind, error.delivery, error.status), (Kind::Unauthorized, Delivery::Never, Some(401)));
    let shown = format!("{error:?} {:?}", stage.recorder.rows());
    assert!(!shown.contains("revoked_0123456789"), "{shown}");
}

#[tokio::test]
async fn a_provider_that_is_down_was_never_reached() {
    let stage = Stage::set(0).await;
    let address = stage.mocks.address();
    let Stage { mocks, messenger, transport, recorder } = stage;
    let message = message(messenger.chat(Audience::Admin).expect("a chat"));
    mocks.stop().await;
    let error = conformance::send(messenger.as_ref(), &transport, &message).await.expect_err("nobody listens");
    assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Never));
    let shown = format!("{error:?} {:?}", recorder.rows());
    assert!(shown.contains(&address.to_string()) && !shown.contains("jisr-mocks_telegram"), "{shown}");
}
