//! Notifications into real brokers: they arrive signed and durably, after a cut too; what cannot arrive says why; nothing
//! leads into a private network; nobody is shown a password.

use std::time::Duration;

use jisr::http::Facade;
use jisr::notify::sign::Signer;
use jisr::notify::{Draft, NewEndpoint};
use jisr::payments::{Caller, Idempotency};
use kit::Ambient;
use schemas::NotificationId;
use schemas::store::Mode;
use secrecy::SecretString;
use url::Url;

use super::brokers::{Proxy, Queue, Stream, Taken, amqp, nats};
use crate::harness::{Gateway, eventually, on_both, uuid};

const BODY: &str = r#"{"order": "ORD-7", "total": "12.500"}"#;
/// A password that no log may show.
const PLANTED: &str = "pl4nted-br0ker-passw0rd";

/// What the gateway is asked for in these tests: quick retries.
const SETTINGS: [(&str, &str); 1] = [("JISR_NOTIFY__SHORT_MS", "[300,300,300,300,300,300,300,300]")];

struct Shop {
    facade: Facade,
    caller: Caller,
}

impl Shop {
    fn of(gateway: &Gateway) -> Self {
        let caller = Caller {
            store: gateway.store,
            store_key: "default".into(),
            key: None,
            mode: Mode::Test,
            return_urls: [].into(),
        };
        Self { facade: gateway.facade.clone(), caller }
    }

    /// An endpoint that wants everything; its signer.
    async fn endpoint(&self, url: &Url) -> Signer {
        let new = NewEndpoint { url: url.to_string(), events: vec!["*".to_owned()], ..NewEndpoint::default() };
        let made: Result<(_, SecretString), _> = self.facade.notify.make_endpoint(&self.caller, new).await;
        Signer::parse(&made.expect("an endpoint").1).expect("a secret")
    }

    async fn publish(&self) -> NotificationId {
        let draft =
            Draft { event: "order.paid".to_owned(), order_no: None, payload: BODY.to_owned(), notify_url: None };
        self.facade.notify.publish(&self.caller, fresh(), draft).await.expect("it is published").id
    }

    /// Waits until its only delivery has a status.
    async fn until(&self, id: NotificationId, status: &str) {
        eventually(status, || async {
            let told = self.facade.notify.read(&self.caller, id).await.expect("it is there");
            told.deliveries.len() == 1 && told.deliveries[0].status == status
        })
        .await;
    }

    /// Waits for a try that failed for a reason; what was said of it.
    async fn failed(&self, id: NotificationId, reason: &str) -> String {
        let found = || async {
            let told = self.facade.notify.read(&self.caller, id).await.expect("it is there");
            let failed = told.attempts.into_iter().find(|attempt| attempt.reason.as_deref() == Some(reason));
            failed.map(|attempt| attempt.error.unwrap_or_default())
        };
        eventually(reason, || async { found().await.is_some() }).await;
        found().await.unwrap_or_default()
    }
}

/// A request that nobody has made.
fn fresh() -> Idempotency {
    Idempotency { route: "test".to_owned(), key: uuid(), fingerprints: vec![vec![7]] }
}

/// It is what was published, and its signature fits.
#[track_caller]
fn check(taken: &Taken, id: NotificationId, signer: &Signer) {
    let header = |name: &str| taken.headers.get(name).cloned().unwrap_or_default();
    assert_eq!((taken.body.as_str(), header("webhook-id")), (BODY, id.to_string()));
    assert_eq!(header("webhook-event"), "order.paid");
    let signed_at: i64 = header("webhook-timestamp").parse().expect("seconds");
    assert!((Ambient::system().now().as_second() - signed_at).abs() < 60);
    assert_eq!(header("webhook-signature"), signer.sign(&id.to_string(), signed_at, BODY.as_bytes()));
    assert_eq!(header("content-type"), "application/json");
}

on_both! {
    async fn rabbitmq_has_it_signed_and_persistent(backend) {
        let gateway = Gateway::start_with(backend, &SETTINGS).await;
        let (shop, queue) = (Shop::of(&gateway), Queue::make().await);
        let signer = shop.endpoint(&queue.url(&amqp(), "orders.paid")).await;
        let id = shop.publish().await;
        shop.until(id, "success").await;
        let taken = queue.take().await;
        check(&taken, id, &signer);
        let message = taken.message.expect("properties");
        assert_eq!(message.message_id().as_ref().map(|id| id.as_str()), Some(id.to_string().as_str()));
        assert_eq!(message.kind().as_ref().map(|kind| kind.as_str()), Some("order.paid"));
        assert_eq!((*message.delivery_mode(), message.timestamp().is_some()), (Some(2), true));
        gateway.stop().await;
    }
}

on_both! {
    async fn rabbitmq_without_a_queue_is_unroutable(backend) {
        let gateway = Gateway::start_with(backend, &SETTINGS).await;
        let (shop, queue) = (Shop::of(&gateway), Queue::make().await);
        shop.endpoint(&queue.url(&amqp(), "nobody.wants.this")).await;
        let said = shop.failed(shop.publish().await, "unroutable").await;
        assert!(said.contains("NO_ROUTE"), "{said}");
        let mut elsewhere = queue.url(&amqp(), "orders.paid");
        elsewhere.set_query(Some("exchange=jisr.there.is.none&routing_key=orders.paid"));
        shop.endpoint(&elsewhere).await;
        let said = shop.failed(shop.publish().await, "unroutable").await;
        assert!(said.contains("NO"), "{said}");
        gateway.stop().await;
    }
}

on_both! {
    async fn rabbitmq_has_it_after_a_cut(backend) {
        let gateway = Gateway::start_with(backend, &SETTINGS).await;
        let (shop, queue, proxy) = (Shop::of(&gateway), Queue::make().await, Proxy::to(&amqp()).await);
        let signer = shop.endpoint(&queue.url(&proxy.url, "orders.paid")).await;
        for _ in 0..2 {
            let id = shop.publish().await;
            shop.until(id, "success").await;
            check(&queue.take().await, id, &signer);
        }
        assert_eq!(proxy.accepted(), 1, "the connection is kept");
        proxy.cut(true);
        let id = shop.publish().await;
        shop.failed(id, "no_connection").await;
        proxy.cut(false);
        shop.until(id, "success").await;
        check(&queue.take().await, id, &signer);
        gateway.stop().await;
    }
}

on_both! {
    async fn many_at_a_time_share_one_connection(backend) {
        let gateway = Gateway::start_with(backend, &SETTINGS).await;
        let (shop, queue, proxy) = (Shop::of(&gateway), Queue::make().await, Proxy::to(&amqp()).await);
        shop.endpoint(&queue.url(&proxy.url, "orders.paid")).await;
        let mut ids = Vec::new();
        for _ in 0..60 {
            ids.push(shop.publish().await.to_string());
        }
        let mut taken = Vec::new();
        for _ in 0..60 {
            taken.push(queue.take().await.headers["webhook-id"].clone());
        }
        ids.sort();
        taken.sort();
        assert_eq!((taken, proxy.accepted()), (ids, 1));
        gateway.stop().await;
    }
}

on_both! {
    async fn jetstream_has_it_signed_and_once(backend) {
        let gateway = Gateway::start_with(backend, &SETTINGS).await;
        let (shop, stream) = (Shop::of(&gateway), Stream::make().await);
        let signer = shop.endpoint(&stream.url(&nats(), "paid")).await;
        let id = shop.publish().await;
        shop.until(id, "success").await;
        shop.facade.notify.retry(&shop.caller, id, fresh()).await.expect("once more");
        eventually("a second try", || async {
            shop.facade.notify.read(&shop.caller, id).await.expect("it is there").attempts.len() == 2
        })
        .await;
        assert_eq!(stream.count().await, 1, "the stream knows a repeat by its id");
        let taken = stream.take().await;
        check(&taken, id, &signer);
        assert_eq!(taken.headers["nats-msg-id"], id.to_string());
        gateway.stop().await;
    }
}

on_both! {
    async fn nats_without_a_stream_is_unroutable_and_a_cut_is_mended(backend) {
        let gateway = Gateway::start_with(backend, &SETTINGS).await;
        let (shop, stream, proxy) = (Shop::of(&gateway), Stream::make().await, Proxy::to(&nats()).await);
        let signer = shop.endpoint(&stream.url(&proxy.url, "paid")).await;
        let id = shop.publish().await;
        shop.until(id, "success").await;
        check(&stream.take().await, id, &signer);
        proxy.cut(true);
        let id = shop.publish().await;
        eventually("a try", || async {
            !shop.facade.notify.read(&shop.caller, id).await.expect("it is there").attempts.is_empty()
        })
        .await;
        proxy.cut(false);
        shop.until(id, "success").await;
        check(&stream.take().await, id, &signer);
        let mut nobody = nats();
        nobody.set_path(&format!("/jisr.nobody.{}", uuid()));
        shop.endpoint(&nobody).await;
        shop.failed(shop.publish().await, "unroutable").await;
        gateway.stop().await;
    }
}

on_both! {
    async fn a_private_address_is_refused_by_any_name(backend) {
        let closed = [SETTINGS[0], ("JISR_ALLOW_PRIVATE", "")];
        let gateway = Gateway::start_with(backend, &closed).await;
        let (proxy, queue) = (Proxy::to(&amqp()).await, Queue::make().await);
        for (scheme, host) in ["amqp", "nats"].iter().flat_map(|scheme| ["127.0.0.1", "localhost", "[::1]", "2130706433"].map(|host| (scheme, host))) {
            let shop = Shop::of(&gateway);
            let rest = if *scheme == "amqp" { format!("?exchange={}&routing_key=orders.paid", queue.exchange) } else { "orders".to_owned() };
            let url = format!("{scheme}://{host}:{}/{rest}", proxy.url.port().expect("a port"));
            let draft = Draft { event: "order.paid".to_owned(), order_no: None, payload: BODY.to_owned(), notify_url: Some(url.clone()) };
            let id = shop.facade.notify.publish(&shop.caller, fresh(), draft).await.expect(&url).id;
            let said = shop.failed(id, "refused_address").await;
            assert!(said.contains("private"), "{url}: {said}");
        }
        assert_eq!(proxy.accepted(), 0);
        gateway.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_in_no_answer_and_in_no_log() {
    let gateway = Gateway::start_with(crate::harness::Backend::Sqlite, &SETTINGS).await;
    let (shop, queue, stream) = (Shop::of(&gateway), Queue::make().await, Stream::make().await);
    let with_password = |mut url: Url| {
        url.set_username("somebody").expect("a user");
        url.set_password(Some(PLANTED)).expect("a password");
        url
    };
    // RabbitMQ refuses it; a NATS server without users takes everybody.
    shop.endpoint(&with_password(queue.url(&amqp(), "orders.paid"))).await;
    let said = shop.failed(shop.publish().await, "no_connection").await;
    assert!(said.contains("ACCESS_REFUSED") && !said.contains(PLANTED), "{said}");
    shop.endpoint(&with_password(stream.url(&nats(), "paid"))).await;
    shop.publish().await;
    stream.take().await;
    gateway.stop().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let log = format!("{}/target/test-output/{}.log", env!("CARGO_MANIFEST_DIR"), std::process::id());
    let log = std::fs::read_to_string(log).expect("the log is there");
    let shown: Vec<&str> = log.lines().filter(|line| line.contains(PLANTED)).collect();
    assert!(!log.is_empty() && shown.is_empty(), "{shown:#?}");
}
