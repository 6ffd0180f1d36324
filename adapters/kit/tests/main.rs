//! Tests of the narrow waist through its public face: each stage alone, and the order in which they stand.

mod acting;
mod breaker;
mod certificates;
mod classify;
mod ftp;
mod guard;
mod http;
mod intent;
mod limit;
mod masking;
mod order;
mod probe;
mod record;
mod retry;
mod server;
mod socket;
mod support;
mod timeout;
mod watch;
mod wires;
