//! Payment providers behind one port. It knows no database, no web framework and no other family.

pub mod bank_transfer;
pub mod books;
pub mod card;
pub mod cash_on_delivery;
pub mod codes;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod edfali;
mod faults;
pub mod matrix;
pub mod moamalat;
pub mod plutu;
pub mod port;
mod presence;
pub mod registry;
pub mod sadad;
pub mod services;
pub mod tlync;
pub mod wallet_contract;

pub use books::{BookKind, BookLine, Books};
pub use card::{Callbacks, Card, Needs, Route};
pub use codes::{Codes, Confirmed};
pub use port::*;
pub use services::{Bill, BillInquiry, ServiceAnswer, ServiceKind, ServiceOrder, Services};
