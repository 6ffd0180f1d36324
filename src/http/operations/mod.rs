//! What operators use.

pub mod alerts;
pub mod impact;
pub mod integrations;
pub mod logs;
pub mod routing;
pub mod tasks;
