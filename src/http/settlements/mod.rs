//! The paths under `/v1/settlements`.

pub mod change;
pub mod files;
pub mod payouts;
pub mod read;
