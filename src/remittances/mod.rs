//! Cash on delivery: what carriers say in their statements that they collected, compared with the parcels that they brought,
//! and what they owe. It knows no wire and no HTTP.

pub mod compare;
mod import;
pub mod keep;
mod owed;
pub mod read;
mod resolve;
pub mod view;

use std::sync::Arc;

use kit::Ambient;

use crate::caller::Caller;
use crate::config::CashOnDelivery;
use crate::db::shipment_cash::Owner;
use crate::db::{Db, Time};
use crate::vault::Vault;
use crate::work::Waker;

pub use import::LARGEST;

/// The area. Cheap to clone.
#[derive(Clone)]
pub struct Remittances {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) ambient: Ambient,
    pub(crate) waker: Waker,
    pub(crate) settings: Arc<CashOnDelivery>,
}

impl Remittances {
    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    /// What was collected before then is overdue.
    fn overdue_before(&self) -> Time {
        self.now().before(std::time::Duration::from_secs(self.settings.remittance_days * 86_400))
    }
}

/// Whose parcels a caller sees.
fn owner(caller: &Caller) -> Owner {
    Owner { store: caller.store, livemode: caller.mode.is_live() }
}
