//! The facade from outside: who may do what, how often, with which words, and what is answered.

mod accounts;
mod alerts;
mod breaker;
mod brokers;
mod browser;
mod bytes;
mod channels;
mod documents;
mod event_types;
mod feed;
mod feed_order;
mod hints;
mod idempotency;
mod input;
mod keys;
mod life;
mod limits;
mod logs;
mod methods;
mod notify;
pub mod party;
mod repeats;
mod requests;
mod settlements;
mod stores;
mod stream;
mod table;
