//! What happens to a parcel on its way, whichever carrier has it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{providers, shared::Shared};

/// Something that happens to a parcel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ship {
    /// The carrier's name.
    pub provider: String,
    /// The carrier's number of the parcel; it or the reference is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The reference on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What happens, in the carrier's own word.
    pub status: String,
    /// What the driver writes about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the driver has collected, as decimal text in dinars; what the parcel asks for when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<String>,
    /// When; now, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl Ship {
    /// Something that happens to the parcel of a reference.
    pub fn new(provider: &str, reference: &str, status: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            reference: Some(reference.to_owned()),
            status: status.to_owned(),
            ..Self::default()
        }
    }

    /// Whether a parcel is meant: by its number, or else by its reference.
    pub(crate) fn means(&self, numbers: &[&str], reference: Option<&str>) -> bool {
        match (&self.number, &self.reference) {
            (Some(number), _) => numbers.contains(&number.as_str()),
            (None, wanted) => wanted.is_some() && wanted.as_deref() == reference,
        }
    }
}

/// A parcel that a carrier has in its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parcel {
    /// The carrier's name.
    pub provider: &'static str,
    /// The carrier's number.
    pub number: String,
    /// The reference on the wire, where it was given one.
    pub reference: Option<String>,
    /// The carrier's own word for where it stands.
    pub status: String,
    /// When it was booked.
    pub at: Timestamp,
}

/// Lets something happen to a parcel; says how it stands afterwards.
pub(crate) fn ship(shared: &Arc<Shared>, act: &Ship) -> Result<Parcel, String> {
    if act.number.is_none() && act.reference.is_none() {
        return Err("number or reference is needed".to_owned());
    }
    providers::find(&act.provider)?.happen(shared, act)
}
