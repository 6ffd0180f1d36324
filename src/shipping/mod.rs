//! Shipping: the state machine of parcels. It knows no wire and no HTTP.

mod ask;
mod beside;
mod book;
mod by_hand;
mod change;
mod choose;
mod departure;
mod draft;
mod eligibility;
mod entries;
mod explain;
mod feeds;
mod files;
mod follow;
mod hints;
mod listen;
mod outcome;
mod papers;
mod pickups;
mod places;
mod rates;
mod remap;
#[cfg(test)]
mod samples;
mod standing;
mod status;
mod told;
mod view;
mod way;

use std::sync::Arc;

use kit::Ambient;
use schemas::{ShipmentId, StoreId};

use crate::accounts::Accounts;
use crate::calendar::Announcements;
use crate::caller::Caller;
use crate::config::Shipping as Settings;
use crate::db::events::PUBLISH;
use crate::db::shipments::{self as rows, Filter, Shipment};
use crate::db::{Db, DbError, Time};
use crate::public_url::PublicUrl;
use crate::refusal::Refusal;
use crate::routing::Book;
use crate::vault::{Place, Vault};
use crate::work::Waker;

pub use ask::BookingQuestions;
pub use draft::Draft;
pub use explain::{Considered, Offered, ShippingQuestion};
pub use feeds::Feeds;
pub use files::Files;
pub use follow::Following;
pub use listen::Listening;
pub use pickups::PickupQuestions;
pub use places::Places;
pub use remap::Reread;

/// The kind of task that finds out what became of a shipment's booking, and carries on with it.
pub const ASK: &str = "shipment.ask";
/// The kind of task that asks a carrier where a parcel is.
pub const TRACK: &str = "shipment.track";

/// The kind of the one task that sees to it that accounts with a feed are gone for.
pub const FEEDS: &str = "carrier.feeds";
/// The kind of task that listens to an account's stream.
pub const LISTEN: &str = "carrier.listen";
/// The kind of task that looks for an account's files.
pub const FILES: &str = "carrier.files";

/// The area: everything that is done to a shipment goes through here. Cheap to clone.
#[derive(Clone)]
pub struct Shipping {
    pub(crate) db: Db,
    pub(crate) accounts: Accounts,
    pub(crate) vault: Vault,
    pub(crate) ambient: Ambient,
    pub(crate) waker: Waker,
    pub(crate) settings: Arc<Settings>,
    pub(crate) calendar: Announcements,
    pub(crate) book: Book,
    pub(crate) places: Places,
    pub(crate) public_url: PublicUrl,
}

impl Shipping {
    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    /// Events of the store have been committed: whoever brings them to its endpoints need not wait for a look around.
    fn tell(&self, store: StoreId) {
        self.waker.wake(PUBLISH, &store.to_string());
    }

    /// A shipment of a store, as it is now.
    pub async fn read(&self, caller: &Caller, id: ShipmentId) -> Result<Shipment, Refusal> {
        rows::of_store(&self.db, caller.store, caller.mode.is_live(), id).await?.ok_or(Refusal::NotFound)
    }

    /// The shipments of a store, newest first.
    pub async fn list(&self, caller: &Caller, filter: &Filter) -> Result<Vec<Shipment>, DbError> {
        rows::list(&self.db, caller.store, caller.mode.is_live(), filter).await
    }
}

/// Whether there is a carrier of a name.
pub fn is_carrier(name: &str) -> bool {
    shipping_adapters::registry::card(name).is_some()
}

/// Where something of a shipment is sealed for.
fn place(store: StoreId, shipment: ShipmentId, field: &'static str) -> Place {
    Place { store, table: "shipments", row: shipment.uuid(), field }
}
