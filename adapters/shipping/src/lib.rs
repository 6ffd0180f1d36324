//! Carriers behind one port. It knows no database, no web framework and no other family.

pub mod card;
pub mod carrier_contract;
pub mod change;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
pub mod darb_assabil;
pub mod drops;
pub mod matrix;
pub mod pickups;
pub mod port;
pub mod push;
pub mod registry;
pub mod tracking;
pub mod vanex;

pub use card::{Callbacks, Card, Feed, Price, Promise, Route, Service, StatusWord};
pub use change::{Changed, Changes};
pub use drops::{DropFile, DropReading, Drops};
pub use pickups::{PickupAnswer, PickupOrder, Pickups};
pub use port::*;
pub use push::{Push, Pushed};
pub use tracking::{Entry, Tracked, Trail};
