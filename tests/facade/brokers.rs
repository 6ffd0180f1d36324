//! The other side of the brokers' channels: what a merchant reads, and a proxy that can be cut.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::jetstream;
use lapin::options::{BasicGetOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, ExchangeKind};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

use crate::harness::uuid;

/// `./test` says where its RabbitMQ is.
pub fn amqp() -> Url {
    server("JISR_TEST_AMQP", "amqp://guest:guest@127.0.0.1:5672")
}

/// `./test` says where its NATS is.
pub fn nats() -> Url {
    server("JISR_TEST_NATS", "nats://127.0.0.1:4222")
}

#[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
fn server(name: &str, usual: &str) -> Url {
    let text = std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A message as its reader has it.
pub struct Taken {
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// What AMQP says beside the headers.
    pub message: Option<BasicProperties>,
}

/// An exchange of a test's own, and a queue behind it that wants `orders.#`. Both go with the connection.
pub struct Queue {
    pub exchange: String,
    name: String,
    channel: lapin::Channel,
    _connection: lapin::Connection,
}

impl Queue {
    pub async fn make() -> Self {
        let url = amqp();
        let connected = lapin::Connection::connect(url.as_str(), lapin::ConnectionProperties::default()).await;
        let connection =
            connected.unwrap_or_else(|error| panic!("no RabbitMQ at {url}: run ./test, which starts one ({error})"));
        let channel = connection.create_channel().await.expect("a channel");
        let (exchange, name) = (format!("jisr.test.{}", uuid()), format!("jisr.test.{}", uuid()));
        let (temporary, table) =
            (ExchangeDeclareOptions { auto_delete: true, ..Default::default() }, FieldTable::default);
        let declared = channel.exchange_declare(exchange.as_str().into(), ExchangeKind::Topic, temporary, table());
        declared.await.expect("an exchange");
        let own = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
        channel.queue_declare(name.as_str().into(), own, table()).await.expect("a queue");
        let bound = channel.queue_bind(
            name.as_str().into(),
            exchange.as_str().into(),
            "orders.#".into(),
            QueueBindOptions::default(),
            table(),
        );
        bound.await.expect("bound");
        Self { exchange, name, channel, _connection: connection }
    }

    /// Of an endpoint that publishes there.
    pub fn url(&self, server: &Url, routing_key: &str) -> Url {
        let mut url = server.clone();
        url.set_query(Some(&format!("exchange={}&routing_key={routing_key}", self.exchange)));
        url
    }

    /// The next message; waits for it.
    pub async fn take(&self) -> Taken {
        let message = next("a message in the queue", || async {
            let options = BasicGetOptions { no_ack: true };
            self.channel.basic_get(self.name.as_str().into(), options).await.expect("an answer")
        })
        .await;
        let properties = message.properties.clone();
        let fields = properties.headers().clone().unwrap_or_default();
        let text = |value: &AMQPValue| match value {
            AMQPValue::LongString(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        let mut headers: BTreeMap<String, String> =
            fields.inner().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        headers.insert(
            "content-type".to_owned(),
            properties.content_type().as_ref().map(ToString::to_string).unwrap_or_default(),
        );
        Taken { headers, body: String::from_utf8_lossy(&message.data).into_owned(), message: Some(properties) }
    }
}

/// A stream in memory of a test's own.
pub struct Stream {
    subject: String,
    stream: jetstream::stream::Stream,
    taken: AtomicUsize,
}

impl Stream {
    pub async fn make() -> Self {
        let url = nats();
        let connected = async_nats::connect(url.as_str()).await;
        let client =
            connected.unwrap_or_else(|error| panic!("no NATS at {url}: run ./test, which starts one ({error})"));
        let name = format!("jisr-{}", uuid());
        let config = jetstream::stream::Config {
            name: name.clone(),
            subjects: vec![format!("{name}.>")],
            storage: jetstream::stream::StorageType::Memory,
            max_age: Duration::from_secs(600),
            ..Default::default()
        };
        let stream = jetstream::new(client).create_stream(config).await.expect("a stream");
        Self { subject: name, stream, taken: AtomicUsize::new(0) }
    }

    /// Of an endpoint that publishes there.
    pub fn url(&self, server: &Url, rest: &str) -> Url {
        let mut url = server.clone();
        url.set_path(&format!("/{}.{rest}", self.subject));
        url
    }

    /// How many messages it holds.
    pub async fn count(&self) -> u64 {
        self.stream.get_info().await.expect("it is there").state.messages
    }

    /// The next message; waits for it.
    pub async fn take(&self) -> Taken {
        let sequence = self.taken.fetch_add(1, Ordering::Relaxed) as u64 + 1;
        let message =
            next("a message in the stream", || async { self.stream.get_raw_message(sequence).await.ok() }).await;
        let headers = message.headers.iter().map(|(name, values)| {
            let name: &str = name.as_ref();
            (name.to_lowercase(), values.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        });
        let headers = headers.collect();
        Taken { headers, body: String::from_utf8_lossy(&message.payload).into_owned(), message: None }
    }
}

async fn next<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let until = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < until, "it never came: {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// A broker behind a line that can be cut.
pub struct Proxy {
    /// The broker's URL with the proxy's address.
    pub url: Url,
    cut: watch::Sender<bool>,
    accepted: Arc<AtomicUsize>,
}

impl Proxy {
    pub async fn to(server: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut url = server.clone();
        url.set_port(Some(listener.local_addr().expect("an address").port())).expect("a port");
        let target = format!("{}:{}", server.host_str().expect("a host"), server.port().expect("a port"));
        let (cut, is_cut) = watch::channel(false);
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *is_cut.borrow() {
                    continue;
                }
                count.fetch_add(1, Ordering::Relaxed);
                let (target, mut is_cut) = (target.clone(), is_cut.clone());
                tokio::spawn(async move {
                    let mut near: TcpStream = near;
                    let mut far = TcpStream::connect(target).await.expect("the broker");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = is_cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Self { url, cut, accepted }
    }

    /// Ends every connection and refuses new ones, or lets them pass again.
    pub fn cut(&self, cut: bool) {
        self.cut.send_replace(cut);
    }

    /// Connections that passed.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}
