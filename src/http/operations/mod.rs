//! What operators use.

pub mod alerts;
pub mod health;
pub mod impact;
pub mod incidents;
pub mod integrations;
pub mod logs;
pub mod maintenance;
pub mod reports;
pub mod routing;
pub mod tasks;
