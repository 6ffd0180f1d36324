//! Every test that needs a whole gateway, in one binary: real sockets, a real database each, a strict mock.

mod cash;
mod facade;
mod harness;
mod health;
mod payments;
mod reports;
mod resilience;
mod routing;
mod services;
mod shipping;
mod tidy;
mod wallets;
