//! The paths under `/v1/payments`.

pub mod change;
pub mod create;
pub mod methods;
pub mod public;
pub mod read;
