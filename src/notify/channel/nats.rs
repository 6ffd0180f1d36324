//! Notifications into a NATS JetStream stream, which knows a repeat by its id.
//!
//! `nats://[user:password@|token@]host:port/SUBJECT`, without TLS: for a server on a network of one's own.

use std::time::Duration;

use async_nats::jetstream::{self, context::PublishErrorKind};
use async_nats::{Client, ConnectOptions, HeaderMap, ServerAddr, connection::State};
use async_trait::async_trait;
use kit::guard::AllowList;
use url::Url;

use super::kept::{Connection, Kept};
use super::{ANSWER, Channel, Parcel, Receipt, addresses, clear};

const MOST: usize = 64;
/// What connecting to one address may take.
const CONNECTING: Duration = Duration::from_secs(5);
const LONGEST_SUBJECT: usize = 255;

/// Publishes, and believes the stream's acknowledgement alone.
pub struct Nats {
    allow: AllowList,
    kept: Kept<Client>,
}

impl Nats {
    /// To servers at addresses that the guard permits.
    pub fn new(allow: AllowList) -> Self {
        Self { allow, kept: Kept::new(MOST) }
    }
}

impl Connection for Client {
    fn is_alive(&self) -> bool {
        self.connection_state() == State::Connected
    }
}

#[async_trait]
impl Channel for Nats {
    fn schemes(&self) -> &'static [&'static str] {
        &["nats"]
    }

    fn takes(&self, url: &Url) -> bool {
        Target::read(url).is_some()
    }

    async fn deliver(&self, parcel: &Parcel) -> Receipt {
        let Some(target) = Target::read(&parcel.url) else {
            return Receipt::failed("invalid_url", "expected nats://[user:password@|token@]host:port/SUBJECT");
        };
        let target = &target;
        self.kept
            .send(
                parcel.url.as_str(),
                || target.open(&self.allow),
                |client| async move { publish(&client, target.subject.clone(), parcel).await },
            )
            .await
    }
}

async fn publish(client: &Client, subject: String, parcel: &Parcel) -> Result<Receipt, Receipt> {
    let mut headers = HeaderMap::new();
    headers.insert(async_nats::header::NATS_MESSAGE_ID, parcel.id.as_str());
    headers.insert("content-type", "application/json");
    for (name, value) in parcel.headers() {
        // What is no header value is left out: an event's name may be any text.
        if let Ok(value) = value.parse::<async_nats::HeaderValue>() {
            headers.insert(name, value);
        }
    }
    let failed = |error: jetstream::context::PublishError| {
        let reason = match error.kind() {
            PublishErrorKind::StreamNotFound => "unroutable",
            PublishErrorKind::TimedOut => "timeout",
            PublishErrorKind::BrokenPipe => "cut",
            _ => "rejected",
        };
        Receipt::failed(reason, error.to_string())
    };
    let mut stream = jetstream::new(client.clone());
    stream.set_timeout(ANSWER);
    let published = stream.publish_with_headers(subject, headers, parcel.body.clone()).await.map_err(failed)?;
    let taken = published.await.map_err(failed)?;
    let body = Some(format!("stream {}, sequence {}", taken.stream, taken.sequence));
    Ok(Receipt { body, ..Receipt::arrived() })
}

/// Where a URL leads to.
struct Target {
    host: String,
    port: u16,
    username: String,
    password: Option<String>,
    subject: String,
}

impl Target {
    /// `None` where the URL does not say enough.
    fn read(url: &Url) -> Option<Self> {
        let subject = clear(url.path().trim_start_matches('/'))?;
        let plain = |part: &str| {
            !part.is_empty()
                && !part
                    .contains(|letter: char| letter.is_whitespace() || letter.is_control() || "*>/".contains(letter))
        };
        let is_whole = subject.len() <= LONGEST_SUBJECT && subject.split('.').all(plain) && !subject.starts_with('$');
        let host = url.host_str().filter(|host| !host.is_empty())?;
        if !is_whole || url.query().is_some() {
            return None;
        }
        Some(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(4222),
            username: clear(url.username())?,
            password: url.password().map(clear).map_or(Some(None), |password| password.map(Some))?,
            subject,
        })
    }

    /// Connects to addresses that were checked, to these very ones; what the server says of others is not heard.
    async fn open(&self, allow: &AllowList) -> Result<Client, Receipt> {
        let found = addresses(allow, &self.host, self.port).await?;
        let servers: Result<Vec<ServerAddr>, _> =
            found.iter().map(|address| format!("nats://{address}").parse()).collect();
        let failed = |error: &dyn std::error::Error| Receipt::failed("no_connection", error.to_string());
        let servers = servers.map_err(|error: std::io::Error| failed(&error))?;
        let options = ConnectOptions::new()
            .name("jisr")
            .ignore_discovered_servers()
            .retain_servers_order()
            // The fewest that it knows: none would be no limit.
            .max_reconnects(servers.len())
            .connection_timeout(CONNECTING)
            .request_timeout(Some(ANSWER))
            .no_echo();
        let options = match (self.username.as_str(), &self.password) {
            ("", _) => options,
            (token, None) => options.token(token.to_owned()),
            (user, Some(password)) => options.user_and_password(user.to_owned(), password.clone()),
        };
        options.connect(servers).await.map_err(|error| failed(&error))
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
        let target = read("nats://shop:p%40ss@[::1]:4333/orders.paid").expect("a target");
        assert_eq!((target.host.as_str(), target.port, target.subject.as_str()), ("::1", 4333, "orders.paid"));
        assert_eq!((target.username.as_str(), target.password.as_deref()), ("shop", Some("p@ss")));
        let target = read("nats://t0ken@nats.example/orders").expect("a target");
        assert_eq!((target.username.as_str(), target.password, target.port), ("t0ken", None, 4222));
    }

    #[test]
    fn a_url_that_does_not_say_enough_is_refused() {
        for rest in
            ["", "/", "/a..b", "/a.*", "/a.%3E", "/a%20b", "/a/b", "/$JS.API.STREAM.DELETE.x", "/a%0d%0aPUB", "/a?b=c"]
        {
            assert!(read(&format!("nats://h{rest}")).is_none(), "{rest}");
        }
    }
}
