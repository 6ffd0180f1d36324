//! What happens to a parcel, as its carrier tells it.

use jiff::Timestamp;
use schemas::Money;

/// A parcel that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// The carrier's number.
    pub number: String,
    /// What the carrier's calls name it by, where that is another word.
    pub id: Option<String>,
    /// Our reference.
    pub reference: String,
}

/// Everything that a carrier tells of one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The carrier's number, as it was asked about.
    pub number: String,
    /// What happened.
    pub entries: Vec<Entry>,
    /// What could not be read of it, as it came.
    pub malformed: Vec<String>,
    /// Whether the carrier no longer knows the parcel.
    pub is_gone: bool,
}

/// One thing that happened. Two are the same if their word and their moment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The carrier's own word.
    pub raw: String,
    /// When, by the carrier's clock, in whole seconds.
    pub at: Timestamp,
    /// More of the carrier's words.
    pub note: Option<String>,
    /// What the driver has collected, where the carrier says so.
    pub collected: Option<Money>,
}
