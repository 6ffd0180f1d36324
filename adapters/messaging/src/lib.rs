//! Messengers behind one port. It knows no database, no web framework and no other family.

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod port;
pub mod registry;
pub mod telegram;

pub use port::*;
