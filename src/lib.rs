//! Jisr: one API in front of Libya's external services.

pub mod accounts;
pub mod alerts;
pub mod app;
pub mod calendar;
pub mod callbacks;
pub mod caller;
pub mod cli;
pub mod config;
pub mod db;
pub mod events;
pub mod fields;
pub mod health;
pub mod http;
pub mod notify;
pub mod payments;
pub mod public_url;
pub mod refusal;
pub mod remittances;
pub mod reports;
pub mod rotation;
pub mod routing;
pub mod services;
pub mod settlement;
pub mod sheet;
pub mod shipping;
pub mod telemetry;
pub mod upkeep;
pub mod vault;
pub mod work;

/// A call makes a hundred small allocations, many of them freed on another thread (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
