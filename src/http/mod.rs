//! The facade: JSON over HTTP. It reads requests, hands them to an area, and answers; it decides nothing itself.

pub mod access;
mod auth;
mod calendar;
mod callbacks;
mod cod;
mod docs;
mod extract;
mod feed;
mod health;
mod idempotency;
mod notify;
pub mod operations;
mod payments;
pub mod problem;
mod refunds;
mod request;
pub mod router;
mod services;
mod settlements;
mod shipping;
mod status;
mod stores;
mod stream;

pub use auth::{Auth, generate_key, hash_key};
pub use health::metrics;
pub use request::Ready;
pub use router::{Areas, Facade, Route, build, build_with, guarded, route_table};
pub use stream::Streams;

/// The documentation, made once at start-up.
pub fn document() -> docs::Document {
    docs::Document::new(router::document())
}
