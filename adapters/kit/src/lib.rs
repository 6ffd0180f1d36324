//! The narrow waist: adapters describe calls, the transport carries them out. It knows no provider, no SQL and no web framework.

pub mod account;
pub mod allowance;
pub mod ambient;
pub mod breaker;
pub mod call;
pub mod callback;
pub mod context;
pub mod contract;
pub mod error;
pub mod form;
pub mod guard;
pub mod intent;
pub mod mask;
pub mod object;
pub mod parts;
pub mod policy;
pub mod record;
pub mod reply;
pub mod sequence;
pub mod settings;
pub mod soap;
mod stages;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tokens;
pub mod transport;
pub mod wire;
pub mod written;

pub use account::Account;
pub use allowance::{Allowance, Allowances, Denied};
pub use ambient::{Ambient, Clock, Entropy};
pub use call::{Call, Destination, Explain, Explanation, Outcome, Refusal, Request, Safety, Secrets, no_explanation};
pub use callback::{CallbackAddress, CallbackError, RawCallback};
pub use context::Origin;
pub use error::{Delivery, Error, Fault, Kind};
pub use intent::Intent;
pub use parts::{EvidenceGrade, Parts};
pub use policy::{Policies, Policy};
pub use record::{Entry, EntryStatus, RecordError, Recorder};
pub use reply::Reply;
pub use sequence::{SequenceError, Sequences, Urgency};
pub use settings::ConfigError;
pub use tokens::{Token, Tokens, TokensError, Turn};
pub use transport::Transport;
