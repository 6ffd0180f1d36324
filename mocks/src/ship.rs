//! What happens to a parcel on its way: `/_ship`, the same for every carrier.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{providers, shared::Shared};

/// A parcel moves on. It is named by its number or by the reference of its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ship {
    /// The carrier's name.
    pub provider: String,
    /// The carrier's number.
    #[serde(default)]
    pub number: Option<String>,
    /// The reference of its order.
    #[serde(default)]
    pub reference: Option<String>,
    /// Where it stands now, in the carrier's own word.
    pub status: String,
    /// More of the carrier's words.
    #[serde(default)]
    pub note: Option<String>,
    /// What the driver has collected, as decimal text.
    #[serde(default)]
    pub collected: Option<String>,
    /// When; now, where nothing is said.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// Lets it happen, and tells the gateway in the carrier's way.
pub(crate) fn happen(shared: &Arc<Shared>, act: &Ship) -> Result<(), String> {
    if act.number.is_some() == act.reference.is_some() {
        return Err("either number or reference says which parcel it is".to_owned());
    }
    providers::find(&act.provider)?.happen(shared, act)
}
