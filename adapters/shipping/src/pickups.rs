//! Having parcels fetched.

use async_trait::async_trait;
use jiff::civil::Date;
use kit::{Call, Error, Reply};
use schemas::Phone;

use crate::port::{End, Place};
use crate::tracking::Tracked;

/// For carriers that have a call for it.
#[async_trait]
pub trait Pickups: Send + Sync {
    /// 18. Describes the order: `Once`, with our reference. It may fetch an access token, and sends nothing else.
    async fn describe_pickup(&self, order: &PickupOrder) -> Result<Call, Error>;

    /// 19. Reads the answer. `Refused` only where the carrier says in so many words that nobody comes.
    fn read_pickup(&self, order: &PickupOrder, reply: &Reply) -> PickupAnswer;
}

/// What is to be fetched, where and when.
#[derive(Debug, Clone)]
pub struct PickupOrder {
    /// Ours, never reused.
    pub reference: String,
    /// Where.
    pub at: End,
    /// On which day.
    pub day: Date,
    /// What.
    pub parcels: Vec<Tracked>,
    /// For the driver.
    pub notes: Option<String>,
}

impl PickupOrder {
    /// Who is there.
    pub fn phone(&self) -> &Phone {
        &self.at.phone
    }

    /// The city as the carrier names it.
    pub fn place(&self) -> &Place {
        &self.at.place
    }
}

/// The answer to a pickup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickupAnswer {
    /// The carrier comes.
    Scheduled {
        /// Its own id of it.
        id: Option<String>,
    },
    /// The carrier has said that nobody comes.
    Refused {
        /// Its own words.
        message: String,
    },
    /// Neither.
    Unclear {
        /// What came.
        message: String,
    },
}
