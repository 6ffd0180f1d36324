//! Changing a parcel that is booked: giving it up, having it brought back.

use async_trait::async_trait;
use kit::{Call, Error, Reply};

use crate::tracking::Tracked;

/// For carriers that have calls for it.
#[async_trait]
pub trait Changes: Send + Sync {
    /// 15. Describes giving a parcel up before it is carried: `Keyed` or `Once`, with our reference. It may fetch an access
    ///     token and ask for what the call must name, and sends nothing that acts.
    async fn describe_cancel(&self, parcel: &Tracked, reason: Option<&str>) -> Result<Call, Error>;

    /// 16. Describes having it brought back, likewise.
    async fn describe_return(&self, parcel: &Tracked, reason: Option<&str>) -> Result<Call, Error>;

    /// 17. Reads the answer to either.
    fn read_change(&self, parcel: &Tracked, reply: &Reply) -> Changed;
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The carrier does it.
    Done,
    /// The carrier has said that it does not.
    Refused {
        /// Its own words.
        message: String,
    },
    /// Neither: what it has done shows in its trail.
    Unclear {
        /// What came.
        message: String,
    },
}
