//! The paths under `/v1/settlements`.

pub mod read;
