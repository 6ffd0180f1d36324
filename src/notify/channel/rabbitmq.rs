//! Notifications into a RabbitMQ exchange, over AMQP 0-9-1 with publisher confirms.
//!
//! `amqp://user:password@host:port/vhost?exchange=NAME&routing_key=KEY`, without TLS: for a broker on a network of one's own.

use std::net::Shutdown;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use kit::guard::AllowList;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{AsyncTcpStream, BasicProperties, Confirmation, ConnectionProperties, ErrorKind};
use tokio::net::TcpStream;
use url::Url;

use super::kept::{Connection, Kept};
use super::{Channel, Parcel, Receipt, addresses, clear};

const MOST: usize = 64;
/// Seconds after which a broker that is silent is gone.
const HEARTBEAT: u16 = 20;
const PERSISTENT: u8 = 2;

/// Publishes, and believes the broker's acknowledgement alone.
pub struct RabbitMq {
    allow: AllowList,
    kept: Kept<Broker>,
}

impl RabbitMq {
    /// To brokers at addresses that the guard permits.
    pub fn new(allow: AllowList) -> Self {
        Self { allow, kept: Kept::new(MOST) }
    }
}

/// A connection, and the channels on it that nobody uses just now. A returned message is matched to what was published by
/// its order alone, so that each channel carries one message at a time.
struct Broker {
    connection: lapin::Connection,
    free: Mutex<Vec<lapin::Channel>>,
    _socket: Socket,
}

/// Ends the socket, and with it the client's thread, which waits for a silent server without end.
struct Socket(std::net::TcpStream);

impl Drop for Socket {
    fn drop(&mut self) {
        // It may have been closed by the other side already.
        drop(self.0.shutdown(Shutdown::Both));
    }
}

impl Connection for Broker {
    fn is_alive(&self) -> bool {
        self.connection.status().connected()
    }
}

#[async_trait]
impl Channel for RabbitMq {
    fn schemes(&self) -> &'static [&'static str] {
        &["amqp"]
    }

    fn takes(&self, url: &Url) -> bool {
        Target::read(url).is_some()
    }

    async fn deliver(&self, parcel: &Parcel) -> Receipt {
        let Some(target) = Target::read(&parcel.url) else {
            return Receipt::failed("invalid_url", "expected amqp://user:password@host/vhost?exchange=…&routing_key=…");
        };
        let target = &target;
        self.kept
            .send(
                parcel.url.as_str(),
                || target.open(&self.allow),
                |broker| async move { broker.publish(target, parcel).await },
            )
            .await
    }
}

impl Broker {
    async fn publish(&self, target: &Target, parcel: &Parcel) -> Result<Receipt, Receipt> {
        let free = self.free().pop().filter(|channel| channel.status().connected());
        let channel = match free {
            Some(channel) => channel,
            None => self.channel().await.map_err(|error| failed(&error))?,
        };
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let (exchange, key) = (target.exchange.as_str().into(), target.routing_key.as_str().into());
        let published = channel.basic_publish(exchange, key, options, &parcel.body, properties(parcel)).await;
        let confirmed = published.map_err(|error| failed(&error))?.await.map_err(|error| failed(&error))?;
        self.free().push(channel);
        Ok(match confirmed {
            Confirmation::Ack(None) => Receipt::arrived(),
            Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned)) => {
                Receipt::failed("unroutable", format!("the broker gave it back: {}", returned.reply_text))
            }
            Confirmation::Nack(None) => Receipt::failed("rejected", "the broker did not take it"),
            Confirmation::NotRequested => Receipt::failed("rejected", "the broker confirms nothing"),
        })
    }

    async fn channel(&self) -> lapin::Result<lapin::Channel> {
        let channel = self.connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<lapin::Channel>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn properties(parcel: &Parcel) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in parcel.headers() {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(parcel.id.as_str().into())
        .with_timestamp(u64::try_from(parcel.timestamp).unwrap_or_default())
        .with_headers(headers);
    // A short string of AMQP has 255 bytes at the most; the header has the whole name.
    if parcel.event.len() <= 255 { properties.with_type(parcel.event.as_str().into()) } else { properties }
}

/// What went wrong, in the broker's words: they name exchanges and users, never passwords.
fn failed(error: &lapin::Error) -> Receipt {
    let reason = match error.kind() {
        ErrorKind::ProtocolError(error) => match error.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => "unroutable",
            _ => "rejected",
        },
        ErrorKind::AuthProviderError(_) => "rejected",
        _ => "cut",
    };
    Receipt::failed(reason, error.to_string())
}

/// Where a URL leads to.
struct Target {
    uri: AMQPUri,
    exchange: String,
    routing_key: String,
}

impl Target {
    /// `None` where the URL does not say enough.
    fn read(url: &Url) -> Option<Self> {
        let (mut exchange, mut routing_key) = (String::new(), String::new());
        for (name, value) in url.query_pairs() {
            match &*name {
                "exchange" => exchange = value.into_owned(),
                "routing_key" => routing_key = value.into_owned(),
                _ => return None,
            }
        }
        let is_short = |text: &str| text.len() <= 255;
        if exchange.is_empty() && routing_key.is_empty() || !is_short(&exchange) || !is_short(&routing_key) {
            return None;
        }
        let vhost = clear(url.path().trim_start_matches('/'))?;
        let vhost = if vhost.is_empty() { "/".to_owned() } else { vhost };
        let (mut username, mut password) = (clear(url.username())?, clear(url.password().unwrap_or_default())?);
        if username.is_empty() {
            (username, password) = ("guest".to_owned(), "guest".to_owned());
        }
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let userinfo = AMQPUserInfo { username, password };
        let authority = AMQPAuthority { userinfo, host, port: url.port().unwrap_or(5672) };
        let query = AMQPQueryString { heartbeat: Some(HEARTBEAT), ..AMQPQueryString::default() };
        let uri = AMQPUri { scheme: AMQPScheme::AMQP, authority, vhost, query };
        is_short(&uri.vhost).then_some(Self { uri, exchange, routing_key })
    }

    /// Connects to an address that was checked, to that very one, once.
    async fn open(&self, allow: &AllowList) -> Result<Broker, Receipt> {
        let cut = |error: std::io::Error| Receipt::failed("no_connection", error.to_string());
        let found = addresses(allow, &self.uri.authority.host, self.uri.authority.port).await?;
        let stream = TcpStream::connect(found.as_slice()).await.map_err(cut)?;
        let stream = stream.into_std().map_err(cut)?;
        let socket = Socket(stream.try_clone().map_err(cut)?);
        stream.set_nodelay(true).map_err(cut)?;
        let ready = Arc::new(Mutex::new(Some(stream)));
        let connect = async move |_: AMQPUri, _| {
            let stream = ready.lock().unwrap_or_else(PoisonError::into_inner).take();
            // Never a second time: what it would connect to was not checked.
            let stream = stream.ok_or(std::io::ErrorKind::ConnectionAborted).map_err(std::io::Error::from)?;
            Ok(AsyncTcpStream::Plain(async_compat::Compat::new(TcpStream::from_std(stream)?)))
        };
        let runtime = lapin::runtime::default_runtime().map_err(|error| failed(&error))?;
        let properties = ConnectionProperties::default().with_connection_name("jisr".into());
        let opened = lapin::Connection::connector(self.uri.clone(), runtime, connect, properties).await;
        let connection = opened.map_err(|error| Receipt::failed("no_connection", error.to_string()))?;
        Ok(Broker { connection, free: Mutex::default(), _socket: socket })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Option<Target> {
        Target::read(&Url::parse(url).expect("a URL"))
    }

    #[test]
    fn a_url_says_where() {
        let target =
            read("amqp://shop%40x:p%2Fw+d@[::1]:5673/ho%2Fst?exchange=a+b&routing_key=k.%2B").expect("a target");
        let AMQPAuthority { userinfo, host, port } = target.uri.authority;
        assert_eq!((userinfo.username.as_str(), userinfo.password.as_str()), ("shop@x", "p/w+d"));
        assert_eq!((host.as_str(), port, target.uri.vhost.as_str()), ("::1", 5673, "ho/st"));
        assert_eq!((target.exchange.as_str(), target.routing_key.as_str()), ("a b", "k.+"));
        for root in ["", "/", "/%2f"] {
            let target = read(&format!("amqp://mq.example{root}?routing_key=q")).expect("a target");
            assert_eq!((target.uri.vhost.as_str(), target.uri.authority.port), ("/", 5672));
        }
    }

    #[test]
    fn a_url_that_does_not_say_enough_is_refused() {
        let long = "x".repeat(256);
        for url in ["amqp://h", "amqp://h/v?exchange=", "amqp://h?exchange=e&heartbeat=0", "amqp:///v?exchange=e"] {
            assert!(read(url).is_none(), "{url}");
        }
        assert!(read(&format!("amqp://h?exchange={long}")).is_none());
    }
}
