//! Payment providers behind one port. It knows no database, no web framework and no other family.

pub mod bank_transfer;
pub mod books;
#[cfg(any(test, feature = "testing"))]
pub mod books_conformance;
pub mod card;
pub mod cash_on_delivery;
pub mod codes;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod moamalat;
pub mod port;
pub mod registry;
pub mod services;
mod settings;
pub mod wallet_contract;
mod written;

pub use books::{BookKind, BookLine, Books};
pub use card::{Callbacks, Card, EvidenceGrade, Needs, Route};
pub use codes::{Codes, Confirmed};
pub use port::*;
pub use registry::{ConfigError, Parts};
pub use services::{Bill, BillInquiry, ServiceAnswer, ServiceKind, ServiceOrder, Services};
