//! The cities that Vanex goes to, their quarters, and the region that each belongs to.

use kit::written::Written;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::port::Place;

/// A city as `city/all` has it: documented with a region, observed with a branch and with quarters.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct City {
    id: Written,
    name: Written,
    name_en: Written,
    region_id: Written,
    branch: Written,
    active: Written,
    locations: Option<Box<RawValue>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Location {
    id: Written,
    name: Written,
    name_en: Written,
}

impl City {
    /// Whether it is this one.
    pub(super) fn is(&self, code: &str) -> bool {
        self.id.text() == code
    }

    /// The number of the region that parcels from here start in.
    pub(super) fn region(&self) -> Option<u32> {
        self.region_id.given().or(self.branch.given())?.parse().ok()
    }

    /// The city and its quarters; nothing where nobody is sent at present.
    pub(super) fn places(&self) -> Vec<Place> {
        let is_closed = self.active.says("false") || self.active.text() == "0";
        let Some(city) = place(&self.id, &self.name, &self.name_en, None).filter(|_| !is_closed) else {
            return Vec::new();
        };
        let locations = self.locations.as_ref().and_then(|raw| serde_json::from_str::<Vec<Location>>(raw.get()).ok());
        let locations = locations.unwrap_or_default();
        let quarter = |location: &Location| place(&location.id, &location.name, &location.name_en, Some(&city.code));
        let quarters: Vec<Place> = locations.iter().filter_map(quarter).collect();
        std::iter::once(city).chain(quarters).collect()
    }
}

fn place(id: &Written, name: &Written, other: &Written, within: Option<&String>) -> Option<Place> {
    Some(Place {
        code: id.given()?.to_owned(),
        name: name.given()?.to_owned(),
        other_name: other.given().map(str::to_owned),
        within: within.cloned(),
    })
}
