//! What happens when providers fail, messages lie, processes die and two come at once.

mod alert_thresholds;
mod alerts;
mod callbacks;
mod fence;
mod flood;
mod intake;
mod late;
mod logs;
mod processes;
mod questions;
mod refund_faults;
mod refund_proxy;
mod refunds;
mod review;
pub mod scene;
mod sequences;
mod settlement;
mod tasks;
mod twice;
mod work;

pub use scene::execute;
