//! What a request over FTP asks for: host, path and credentials, each checked before anything is sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header;
use percent_encoding::percent_decode_str;

use crate::wire::WireError;
use crate::{Delivery, Kind, Request};

/// The port where the URL names none: TLS is asked for over there too.
const PORT: u16 = 21;

/// A list or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    List,
    Retrieve,
}

/// What is asked for. It is never printed: it has a password.
pub(super) struct Wanted {
    pub(super) act: Act,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_secured: bool,
    /// Below the folder that the account begins in; empty for this folder.
    pub(super) path: String,
    pub(super) user: String,
    pub(super) password: String,
}

impl Wanted {
    pub(super) fn of(request: &Request) -> Result<Self, WireError> {
        let act = match request.method.as_str() {
            "LIST" => Act::List,
            "RETR" => Act::Retrieve,
            _ => return Err(refuse("FTP has the methods LIST and RETR")),
        };
        let url = &request.url;
        let host = match url.host() {
            Some(url::Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err(refuse("the URL has no host")),
        };
        let (user, password) = credentials(request).ok_or_else(|| refuse("the credentials are not Basic ones"))?;
        let path = percent_decode_str(url.path()).decode_utf8().map_err(|_| refuse("the path is not UTF-8"))?;
        let path = path.trim_start_matches('/').trim_end_matches('/').to_owned();
        // One line is one command: a line break in any of them would be a second one.
        if [&path, &user, &password].iter().any(|text| text.chars().any(char::is_control)) {
            return Err(refuse("a line break in a path or a credential"));
        }
        let port = url.port().unwrap_or(PORT);
        Ok(Self { act, host, port, is_secured: url.scheme() == "ftps", path, user, password })
    }
}

fn credentials(request: &Request) -> Option<(String, String)> {
    let header = request.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn refuse(message: &str) -> WireError {
    WireError { kind: Kind::Invalid, delivery: Delivery::Never, message: message.to_owned(), source: None }
}
