//! Jisr: one API in front of Libya's external services.

pub mod accounts;
pub mod config;
pub mod db;
pub mod events;
pub mod payments;
pub mod refusal;
pub mod routing;
pub mod vault;
pub mod work;
