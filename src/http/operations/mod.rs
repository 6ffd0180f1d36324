//! What operators use.

pub mod integrations;
pub mod logs;
