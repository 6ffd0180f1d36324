//! Where carriers go: each one's own list of places, read now and then, and mapped to the gazetteer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gazetteer::City;
use kit::Ambient;
use moka::future::Cache;
use schemas::AccountId;
use shipping_adapters::{Carrier, Place};

use crate::accounts::Served;
use crate::db::carrier_places;
use crate::db::{Db, DbError, Time};

/// How long a list is not even looked for in the database.
const STALE: Duration = Duration::from_secs(60);

/// The lists of all carriers. Cheap to clone.
#[derive(Clone)]
pub struct Places {
    db: Db,
    ambient: Ambient,
    renewed_after: Duration,
    kept: Cache<AccountId, Arc<Coverage>>,
}

/// Where one carrier goes.
#[derive(Debug, Default)]
pub struct Coverage {
    cities: HashMap<&'static str, Place>,
    /// By city, and the normalized name.
    areas: HashMap<(&'static str, String), Place>,
}

/// A list that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// The carrier could not be asked, and has never been.
    #[error(transparent)]
    Carrier(#[from] kit::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Places {
    /// Lists that are read anew after a while.
    pub fn new(db: Db, ambient: Ambient, renewed_after: Duration) -> Self {
        let kept = Cache::builder().max_capacity(1_000).time_to_live(STALE).build();
        Self { db, ambient, renewed_after, kept }
    }

    /// Where a carrier goes, as far as is known.
    pub async fn of(&self, served: &Arc<Served<dyn Carrier>>) -> Result<Arc<Coverage>, Arc<PlacesError>> {
        self.kept.try_get_with(served.row.id, self.load(Arc::clone(served))).await
    }

    async fn load(&self, served: Arc<Served<dyn Carrier>>) -> Result<Arc<Coverage>, PlacesError> {
        let Some(kept) = carrier_places::read(&self.db, served.row.id).await? else {
            return Ok(Arc::new(Coverage::of(self.renew(&served).await?)));
        };
        if kept.refreshed_at.after(self.renewed_after) < Time::from(self.ambient.now()) {
            // An old list serves until there is a new one.
            let places = self.clone();
            tokio::spawn(async move {
                if let Err(error) = places.renew(&served).await {
                    let (error, carrier) = (&error as &dyn std::error::Error, &served.row.provider);
                    tracing::warn!(error, carrier, "a carrier's places cannot be read anew");
                }
            });
        }
        Ok(Arc::new(Coverage::of(serde_json::from_value(kept.places.0).unwrap_or_default())))
    }

    async fn renew(&self, served: &Served<dyn Carrier>) -> Result<Vec<Place>, PlacesError> {
        let places = served.provider.coverage().await?;
        let written = serde_json::to_value(&places).unwrap_or_default();
        carrier_places::keep(&self.db, served.row.id, &written, self.ambient.now().into()).await?;
        Ok(places)
    }
}

impl Coverage {
    /// Maps a carrier's list. A place of a city that the gazetteer does not know is left out: nothing is sent there by guess.
    fn of(places: Vec<Place>) -> Self {
        let mut coverage = Self::default();
        let mut by_code: HashMap<String, &'static City> = HashMap::new();
        for place in places.iter().filter(|place| place.within.is_none()) {
            let names = std::iter::once(&place.name).chain(&place.other_name);
            let Some(city) = names.into_iter().find_map(|name| gazetteer::find_city(name)) else { continue };
            by_code.insert(place.code.clone(), city);
            coverage.cities.entry(city.id).or_insert_with(|| place.clone());
        }
        for place in places {
            let Some(city) = place.within.as_ref().and_then(|code| by_code.get(code)) else { continue };
            for name in std::iter::once(&place.name).chain(&place.other_name) {
                coverage.areas.entry((city.id, area_key(city, name))).or_insert_with(|| place.clone());
            }
        }
        coverage
    }

    /// A city as the carrier names it.
    pub fn city(&self, city: &City) -> Option<&Place> {
        self.cities.get(city.id)
    }

    /// A quarter as the carrier names it.
    pub fn area(&self, city: &'static City, text: &str) -> Option<&Place> {
        self.areas.get(&(city.id, area_key(city, text)))
    }
}

/// Whoever writes another spelling of a quarter means the same one.
fn area_key(city: &City, text: &str) -> String {
    gazetteer::find_area(city, text).map_or_else(|| gazetteer::normalize(text), |area| area.id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: &str, name: &str, within: Option<&str>) -> Place {
        let (code, name) = (code.to_owned(), name.to_owned());
        Place { code, name, other_name: None, within: within.map(str::to_owned) }
    }

    #[test]
    fn a_carriers_list_is_found_by_any_spelling() {
        let coverage = Coverage::of(vec![
            place("7", "طرابلس", None),
            place("71", "حي الاندلس", Some("7")),
            place("9", "Nowhere at all", None),
            place("91", "Its quarter", Some("9")),
        ]);
        let tripoli = gazetteer::find_city("Tripoli").expect("a city");
        assert_eq!(coverage.city(tripoli).map(|place| place.code.as_str()), Some("7"));
        assert_eq!(coverage.area(tripoli, "حي الأندلس").map(|place| place.code.as_str()), Some("71"));
        assert!(coverage.area(tripoli, "Its quarter").is_none());
        assert!(coverage.city(gazetteer::find_city("بنغازي").expect("a city")).is_none());
    }
}
