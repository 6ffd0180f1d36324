//! The uniform vocabulary of Jisr: pure data that every crate may speak. It knows no I/O, no SQL and no HTTP.

pub mod calendar;
pub mod event;
pub mod health;
pub mod id;
pub mod money;
pub mod payment;
pub mod phone;
pub mod problem;
pub mod remittance;
pub mod service;
pub mod settlement;
pub mod shipping;
pub mod store;
pub mod text;
mod words;

pub use id::*;
pub use money::{Currency, DecimalText, Money, MoneyError};
pub use phone::{Phone, PhoneError};
pub use problem::{FieldError, Problem};
pub use text::Text;
pub use words::UnknownWord;
