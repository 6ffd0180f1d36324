//! The fake Moamalat over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
mod faults;
mod filter;
mod refunds;
mod strictness;
mod webhooks;
