//! WS-Security's UsernameToken: name and password in the header of an envelope.
//!
//! Nonce and time come from the caller, who has them from `Ambient`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};

use super::BuildError;
use super::text::escaped;

const EXTENSION: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const TOKEN_PROFILE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
const MESSAGE_SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0";

/// Who calls, and with what it is proved.
#[derive(Debug, Clone, Copy)]
pub struct UsernameToken<'a> {
    /// The account's name over there.
    pub username: &'a str,
    /// Its password.
    pub password: &'a SecretString,
    /// How the password is shown.
    pub proof: Proof,
}

/// How a password is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// `#PasswordText`: as it is, so that only TLS hides it.
    Text,
    /// `#PasswordDigest`: see [`password_digest`].
    Digest {
        /// Random, new for every request: `ambient.bytes()`.
        nonce: [u8; 16],
        /// Now: `ambient.now()`. Written in UTC with whole seconds; servers refuse what is older than minutes.
        created: Timestamp,
    },
}

/// Base64 of SHA-1 over the raw nonce, the time as it is written in the token, and the password.
pub fn password_digest(nonce: &[u8], created: &str, password: &SecretString) -> String {
    let digest = Sha1::new().chain_update(nonce).chain_update(created).chain_update(password.expose_secret());
    BASE64.encode(digest.finalize())
}

impl UsernameToken<'_> {
    /// Writes `<wsse:Security>`, in an envelope whose prefix is `soap`. The receiver must understand it or refuse.
    pub(super) fn write(&self, out: &mut String) -> Result<(), BuildError> {
        let legal = |text, place: &str| escaped(text).ok_or_else(|| BuildError::Text(place.to_owned()));
        let username = legal(self.username, "Username")?;
        out.extend(["<wsse:Security xmlns:wsse=\"", EXTENSION, "\" soap:mustUnderstand=\"1\">"]);
        out.extend(["<wsse:UsernameToken><wsse:Username>", &username, "</wsse:Username>"]);
        match &self.proof {
            Proof::Text => {
                let password = legal(self.password.expose_secret(), "Password")?;
                write_password(out, "#PasswordText", &password);
            }
            Proof::Digest { nonce, created } => {
                let created = created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                write_password(out, "#PasswordDigest", &password_digest(nonce, &created, self.password));
                let encoding = [" EncodingType=\"", MESSAGE_SECURITY, "#Base64Binary\">"];
                out.push_str("<wsse:Nonce");
                out.extend(encoding);
                out.extend([&BASE64.encode(nonce), "</wsse:Nonce>"]);
                out.extend(["<wsu:Created xmlns:wsu=\"", UTILITY, "\">", &created, "</wsu:Created>"]);
            }
        }
        out.push_str("</wsse:UsernameToken></wsse:Security>");
        Ok(())
    }
}

fn write_password(out: &mut String, kind: &str, shown: &str) {
    out.extend(["<wsse:Password Type=\"", TOKEN_PROFILE, kind, "\">", shown, "</wsse:Password>"]);
}
