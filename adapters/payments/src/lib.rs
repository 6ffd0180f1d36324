//! Payment providers behind one port. It knows no database, no web framework and no other family.

pub mod bank_transfer;
pub mod cash_on_delivery;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod moamalat;
pub mod port;
pub mod registry;

pub use port::*;
pub use registry::{ConfigError, Parts};
