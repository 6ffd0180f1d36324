//! The narrow waist: adapters describe calls, the transport carries them out. It knows no provider, no SQL and no web framework.

pub mod account;
pub mod allowance;
pub mod ambient;
pub mod breaker;
pub mod call;
pub mod context;
pub mod error;
pub mod guard;
pub mod intent;
pub mod mask;
pub mod policy;
pub mod record;
pub mod reply;
pub mod sequence;
pub mod soap;
mod stages;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transport;
pub mod wire;

pub use account::Account;
pub use allowance::{Allowance, Allowances, Denied};
pub use ambient::{Ambient, Clock, Entropy};
pub use call::{
    Call, Destination, Explain, Explanation, HttpRequest, Outcome, Refusal, Safety, Secrets, no_explanation,
};
pub use context::Origin;
pub use error::{Delivery, Error, Fault, Kind};
pub use intent::Intent;
pub use policy::{Policies, Policy};
pub use record::{Entry, EntryStatus, RecordError, Recorder};
pub use reply::Reply;
pub use sequence::{SequenceError, Sequences, Urgency};
pub use transport::Transport;
