//! One session: log in, transfer, leave. What the server refuses becomes a status, what breaks becomes an error.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::types::{FileType, Response};
use suppaftp::{FtpError, Mode, Status};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::CONNECT_TIMEOUT;
use super::request::{Act, Wanted};
use crate::wire::{WireError, listing};
use crate::{Delivery, Kind, Reply};

/// The largest file that is read.
const LIMIT: usize = 16 * 1024 * 1024;
/// How long leaving politely may take: the file is here by then.
const FAREWELL: Duration = Duration::from_millis(500);
/// How the opening of a data connection is announced.
const OPENING: [Status; 2] = [Status::AboutToSend, Status::AlreadyOpen];

/// Why there is no file.
enum Stop {
    /// The server has said no.
    Refused(Response),
    /// Something broke.
    Broken(WireError),
}

impl From<FtpError> for Stop {
    fn from(error: FtpError) -> Self {
        match error {
            FtpError::UnexpectedResponse(response) => Self::Refused(response),
            error => Self::Broken(broken(error)),
        }
    }
}

fn broken(error: FtpError) -> WireError {
    let (kind, message) = match &error {
        FtpError::ConnectionError(_) => (Kind::Unavailable, "the connection ended before the end"),
        FtpError::SecureError(_) => (Kind::Unavailable, "the connection could not be secured"),
        _ => (Kind::Protocol, "the server answered with something that is not FTP"),
    };
    WireError { kind, delivery: Delivery::Maybe, message: message.to_owned(), source: Some(Box::new(error)) }
}

/// Carries the request out over a connection that was just made.
pub(super) async fn run(
    stream: TcpStream,
    secured: Option<AsyncRustlsConnector>,
    wanted: &Wanted,
) -> Result<Reply, WireError> {
    match fetch(stream, secured, wanted).await {
        Ok(body) => Ok(Reply { status: 200, headers: HeaderMap::new(), body }),
        Err(Stop::Refused(response)) => {
            let status = status(response.status.code(), &response.body);
            Ok(Reply { status, headers: HeaderMap::new(), body: response.body.into() })
        }
        Err(Stop::Broken(error)) => Err(error),
    }
}

/// What a reply of FTP is among statuses of HTTP. A code that the library has no name for still begins the text.
fn status(code: u32, body: &[u8]) -> u16 {
    let first = if code == 0 { body.first().copied() } else { code.to_string().bytes().next() };
    match (code, first) {
        (530, _) => 401,
        (550, _) => 404,
        (_, Some(b'4')) => 503,
        (_, Some(b'5')) => 400,
        // Neither a yes that was expected nor a no.
        _ => 502,
    }
}

async fn fetch(stream: TcpStream, secured: Option<AsyncRustlsConnector>, wanted: &Wanted) -> Result<Bytes, Stop> {
    let peer = stream.peer_addr().map_err(FtpError::ConnectionError)?;
    let mut ftp = AsyncRustlsFtpStream::connect_with_stream(stream).await?;
    if let Some(connector) = secured {
        ftp = ftp.into_secure(connector, &wanted.host).await?;
    }
    let mut ftp = passive(ftp, peer);
    ftp.login(wanted.user.as_str(), wanted.password.as_str()).await?;
    ftp.transfer_type(FileType::Binary).await?;
    let body = match wanted.act {
        Act::Retrieve => transfer(&mut ftp, "RETR", &wanted.path).await?,
        Act::List => list(&mut ftp, &wanted.path).await?,
    };
    // All of it has been confirmed; whether the server hears the farewell changes nothing.
    let _ = timeout(FAREWELL, ftp.quit()).await;
    Ok(body)
}

/// The data connection goes to the host of the control connection, whatever host `PASV` names: that one alone was checked.
fn passive(ftp: AsyncRustlsFtpStream, peer: SocketAddr) -> AsyncRustlsFtpStream {
    let mut ftp = ftp.passive_stream_builder(move |named| {
        let address = SocketAddr::new(peer.ip(), named.port());
        Box::pin(async move {
            let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
            let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await.map_err(late);
            connected.and_then(|connected| connected).map_err(FtpError::ConnectionError)
        })
    });
    // `PASV` has no room for an address of IPv6.
    ftp.set_mode(if peer.is_ipv6() { Mode::ExtendedPassive } else { Mode::Passive });
    ftp
}

/// Has something sent to us, and believes it only once the server has said that this was all.
async fn transfer(ftp: &mut AsyncRustlsFtpStream, command: &str, path: &str) -> Result<Bytes, Stop> {
    let line = if path.is_empty() { command.to_owned() } else { format!("{command} {path}") };
    let (_, mut stream) = ftp.custom_data_command(line, &OPENING).await?;
    let mut body = BytesMut::new();
    while stream.read_buf(&mut body).await.map_err(FtpError::ConnectionError)? > 0 {
        if body.len() > LIMIT {
            let message = "the file is larger than 16 MiB".to_owned();
            return Err(Stop::Broken(WireError {
                kind: Kind::Protocol,
                delivery: Delivery::Maybe,
                message,
                source: None,
            }));
        }
    }
    match stream.finish().await {
        Ok(()) => Ok(body.freeze()),
        Err(FtpError::UnexpectedResponse(response)) => Err(Stop::Broken(WireError {
            kind: Kind::Unavailable,
            delivery: Delivery::Maybe,
            message: "the transfer ended in the middle".to_owned(),
            source: Some(Box::new(response)),
        })),
        Err(error) => Err(error.into()),
    }
}

/// The files of a folder. A server without `MLSD` tells names by one command and each length by another.
async fn list(ftp: &mut AsyncRustlsFtpStream, path: &str) -> Result<Bytes, Stop> {
    match transfer(ftp, "MLSD", path).await {
        Ok(body) => Ok(listing::from_facts(&body)),
        Err(Stop::Refused(response)) if lacks(&response) => {
            let names = listing::from_names(&transfer(ftp, "NLST", path).await?);
            let mut lines = String::new();
            for name in names {
                let at = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                let size = match ftp.size(&at).await {
                    Ok(size) => Some(size as u64),
                    // A folder has no length, and not every server knows `SIZE`.
                    Err(FtpError::UnexpectedResponse(_)) => None,
                    Err(error) => return Err(error.into()),
                };
                listing::write(&mut lines, &name, size);
            }
            Ok(lines.into())
        }
        Err(stop) => Err(stop),
    }
}

/// Whether the command is one that the server has not got.
fn lacks(response: &Response) -> bool {
    matches!(response.status.code(), 500 | 501 | 502 | 504)
}
