//! Health: every account is watched, judged, and told of; what is ill is kept from routing, and what becomes of it is an incident.

mod attend;
mod connectivity;
mod figures;
mod histogram;
mod incidents;
mod judge;
mod maintenance;
mod probing;
mod public;
mod rollup;
mod uptime;
mod view;
mod watching;
mod window;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use kit::wire::Certificates;
use kit::{Ambient, Transport};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::config;
use crate::db::{Db, Time};
use crate::work::Waker;

pub use figures::Series;
pub use incidents::{CUSTOMERS, Customers, Incidents, NewIncident, cause_text, severity_text};
pub use judge::{Judge, Seen, Step};
pub use maintenance::Announcement;
pub use probing::Probing;
pub use public::{PublicService, PublicStatus, word};
pub use rollup::RollUp;
pub use view::{ServiceHealth, ServiceHistory};
pub use watching::{Notice, Watching};
pub use window::Tally;

/// The area. Cheap to clone.
#[derive(Clone)]
pub struct Health {
    pub(crate) db: Db,
    pub(crate) ambient: Ambient,
    pub(crate) accounts: Accounts,
    pub(crate) waker: Waker,
    pub(crate) settings: Arc<config::Health>,
    pub(crate) incidents: Arc<config::Incidents>,
    /// What stands in for a service, by its name.
    pub(crate) stand_ins: Arc<BTreeMap<String, Vec<String>>>,
    pub(crate) watching: Arc<Watching>,
    notices: Arc<Mutex<Option<mpsc::UnboundedReceiver<Notice>>>>,
    certificates: Certificates,
    public: public::Kept,
    /// Whether we were offline at the last look.
    offline: Arc<AtomicBool>,
    /// This process, among those that write figures.
    writer: Uuid,
}

/// What the area is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Who is probed.
    pub accounts: Accounts,
    /// Who is woken when there is something to do.
    pub waker: Waker,
    /// What TLS has seen of hosts.
    pub certificates: Certificates,
    /// How services are watched.
    pub settings: config::Health,
    /// The life of an incident.
    pub incidents: config::Incidents,
    /// What stands in for a service.
    pub stand_ins: BTreeMap<String, Vec<String>>,
}

impl Health {
    /// Watches the road from now on.
    pub fn new(transport: &Arc<Transport>, parts: Parts) -> Self {
        let (tell, notices) = mpsc::unbounded_channel();
        let watching = Arc::new(Watching::new(transport, parts.settings.thresholds.clone(), tell));
        transport.set_witness(Arc::clone(&watching) as _);
        Self {
            writer: parts.ambient.uuid(),
            db: parts.db,
            ambient: parts.ambient,
            accounts: parts.accounts,
            waker: parts.waker,
            settings: Arc::new(parts.settings),
            incidents: Arc::new(parts.incidents),
            stand_ins: Arc::new(parts.stand_ins),
            watching,
            notices: Arc::new(Mutex::new(Some(notices))),
            certificates: parts.certificates,
            public: public::Kept::default(),
            offline: Arc::default(),
        }
    }

    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    /// Notices are attended to once in a process.
    fn take_notices(&self) -> Option<mpsc::UnboundedReceiver<Notice>> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
