//! Who may use a path: the words of the route table, and the scopes that keys carry.

use std::fmt;

/// Every scope that a key can be given, beside `all`.
pub const SCOPES: &[&str] = &[
    "payments:read",
    "payments:write",
    "shipping:read",
    "shipping:write",
    "messaging:read",
    "messaging:write",
    "places:read",
    "places:write",
    "identity:read",
    "identity:write",
    "files:read",
    "files:write",
    "analytics:read",
    "analytics:write",
    "dispatch:read",
    "dispatch:write",
    "dispatch:pin",
    "sync:read",
    "sync:write",
    "notify:read",
    "notify:write",
    "notify:admin",
    "logs:read",
    "logs:write",
    "health:read",
    "health:write",
    "reports:read",
    "reports:write",
    "admin",
];

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// The payment's own secret, which the handler checks.
    ClientSecret,
    /// Any key.
    Key,
    /// A key with this scope.
    Scope(&'static str),
    /// A key with this scope; without any key a token in the query, which the handler checks.
    KeyOrToken(&'static str),
    /// A platform key with this scope.
    Platform(&'static str),
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::ClientSecret => f.write_str("client_secret"),
            Self::Key => f.write_str("any key"),
            Self::Scope(scope) | Self::KeyOrToken(scope) => f.write_str(scope),
            Self::Platform(scope) => write!(f, "{scope} (platform key)"),
        }
    }
}

/// Whether a key's scopes hold one.
pub fn grants(scopes: &[String], wanted: &str) -> bool {
    scopes.iter().any(|scope| scope == "all" || scope == wanted)
}
