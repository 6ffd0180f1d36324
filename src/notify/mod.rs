//! Notifications to merchants: endpoints, what is told them, and the deliveries that bring it there.

pub mod admin;
mod again;
mod attempt;
pub mod channel;
mod deliver;
mod directory;
mod endpoints;
mod fan_out;
pub mod figures;
mod fresh;
pub mod health;
mod live;
mod outcome;
mod publish;
mod reading;
mod schedule;
pub mod sign;

use std::sync::Arc;

use kit::Ambient;
use schemas::StoreId;
use uuid::Uuid;

use crate::config::Notify as Settings;
use crate::db::notifications::Intake;
use crate::db::{Db, Time};
use crate::vault::{Place, Vault};
use crate::work::Waker;

pub use channel::{Channel, HttpChannel, Nats, Parcel, RabbitMq, Receipt, Verdict};
pub use deliver::Deliveries;
pub use directory::Directory;
pub use endpoints::{Changes, NewEndpoint};
pub use fan_out::{FanOut, PUBLISH};
pub use fresh::Fresh;
pub use live::Lives;
pub use publish::{Draft, Published, Told};

pub use crate::db::notifications::DELIVER;

/// The kind of the tasks that tell operators of something.
pub const ALERT: &str = "alert.send";

/// The area: endpoints, and everything that is told them. Cheap to clone.
#[derive(Clone)]
pub struct Notify {
    pub(crate) db: Db,
    pub(crate) intake: Intake,
    pub(crate) vault: Vault,
    pub(crate) ambient: Ambient,
    pub(crate) waker: Waker,
    pub(crate) settings: Arc<Settings>,
    pub(crate) directory: Directory,
    pub(crate) lives: Lives,
    pub(crate) fresh: Fresh,
    pub(crate) channels: Channels,
}

impl Notify {
    fn now(&self) -> Time {
        self.ambient.now().into()
    }
}

/// The channels at hand, by the scheme of a URL.
#[derive(Clone)]
pub struct Channels(Arc<[Arc<dyn Channel>]>);

impl Channels {
    /// These.
    pub fn new(channels: Vec<Arc<dyn Channel>>) -> Self {
        Self(channels.into())
    }

    /// The one that serves a scheme.
    pub fn serving(&self, scheme: &str) -> Option<&Arc<dyn Channel>> {
        self.0.iter().find(|channel| channel.schemes().contains(&scheme))
    }

    /// Every scheme that is served.
    pub fn schemes(&self) -> Vec<&'static str> {
        self.0.iter().flat_map(|channel| channel.schemes()).copied().collect()
    }
}

/// Where the secret of an endpoint is sealed for.
fn secret_place(store: StoreId, endpoint: Uuid, field: &'static str) -> Place {
    Place { store, table: "endpoints", row: endpoint, field }
}
