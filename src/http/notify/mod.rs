//! Notifications to merchants: where they go, what is told, and what operators look at.

pub mod admin;
pub mod endpoints;
pub mod notifications;
mod order_no;
pub mod publish;
pub mod repair;
pub mod stats;

use order_no::OrderNo;
