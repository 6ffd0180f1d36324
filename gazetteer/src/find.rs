//! Finds places by id, by name, and nearly by name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::LazyLock;

use crate::data::{AREAS, CITIES, DISTRICTS};
use crate::{Area, City, District, normalize};

/// By key, the place that bears this name, or `None` where several do.
type Index<T> = HashMap<String, Option<&'static T>>;

/// The keys of all cities' names, in the order of the table.
static CITY_KEYS: LazyLock<Vec<(String, &City)>> =
    LazyLock::new(|| CITIES.iter().flat_map(|city| city.name.all().map(move |name| (key(name), city))).collect());

static CITY_INDEX: LazyLock<Index<City>> = LazyLock::new(|| index(CITY_KEYS.iter().cloned()));

static AREA_INDEX: LazyLock<Index<Area>> = LazyLock::new(|| {
    index(AREAS.iter().flat_map(|area| area.name.all().map(move |name| (area_key(area.city, name), area))))
});

/// All districts.
pub fn districts() -> &'static [District] {
    &DISTRICTS
}

/// The district with this id.
pub fn district(id: &str) -> Option<&'static District> {
    DISTRICTS.iter().find(|district| district.id == id)
}

/// All cities and towns: by district, the cities of each before its towns.
pub fn cities() -> &'static [City] {
    &CITIES
}

/// The city or town with this id.
pub fn city(id: &str) -> Option<&'static City> {
    CITIES.iter().find(|city| city.id == id)
}

/// The quarters of a city. None are known of most.
pub fn areas(city: &City) -> impl Iterator<Item = &'static Area> {
    AREAS.iter().filter(move |area| area.city.id == city.id)
}

/// The city that is called this, in whatever way it is written. `None` where none is, or several are.
pub fn find_city(text: &str) -> Option<&'static City> {
    CITY_INDEX.get(&key(text)).copied().flatten()
}

/// The quarter of this city that is called this, as [`find_city`] does.
pub fn find_area(city: &City, text: &str) -> Option<&'static Area> {
    AREA_INDEX.get(&area_key(city, text)).copied().flatten()
}

/// Cities that may be meant by a text that finds none, the likeliest first: one slip in three letters, at most three slips.
/// Among equals cities come before towns. For a name that several bear, these.
pub fn suggest(text: &str, limit: usize) -> Vec<&'static City> {
    let wanted = key(text);
    let length = wanted.chars().count();
    let most = (length / 3).min(3);
    let mut near: Vec<(usize, &City)> = Vec::new();
    // Lengths first: whoever asks with a book gets an answer at once.
    for (name, city) in CITY_KEYS.iter().filter(|(name, _)| name.chars().count().abs_diff(length) <= most) {
        let slips = strsim::osa_distance(&wanted, name);
        match near.iter_mut().find(|(_, other)| other.id == city.id) {
            Some((fewest, _)) => *fewest = slips.min(*fewest),
            None => near.push((slips, city)),
        }
    }
    near.retain(|(slips, _)| *slips <= most);
    near.sort_by_key(|(slips, city)| (*slips, city.kind));
    near.into_iter().take(limit).map(|(_, city)| city).collect()
}

/// A foreign list of cities, such as a carrier's, seen from ours.
#[derive(Debug)]
pub struct Mapped<Id, Text> {
    /// Their id, and the city that it stands for. Several of theirs may stand for one of ours.
    pub known: Vec<(Id, &'static City)>,
    /// What found no city, as it was given.
    pub unknown: Vec<(Id, Text)>,
}

/// Maps a foreign list of cities to ours by their names, each as [`find_city`] does.
pub fn map_list<Id, Text: AsRef<str>>(foreign: impl IntoIterator<Item = (Id, Text)>) -> Mapped<Id, Text> {
    let mut mapped = Mapped { known: Vec::new(), unknown: Vec::new() };
    for (id, name) in foreign {
        match find_city(name.as_ref()) {
            Some(city) => mapped.known.push((id, city)),
            None => mapped.unknown.push((id, name)),
        }
    }
    mapped
}

/// What names are compared by. Without spaces, as people part words as they like: `أبو سليم` and `أبوسليم`.
fn key(text: &str) -> String {
    normalize(text).replace(' ', "")
}

/// No key of a name has a slash.
fn area_key(city: &City, text: &str) -> String {
    format!("{}/{}", city.id, key(text))
}

fn index<T: PartialEq>(names: impl Iterator<Item = (String, &'static T)>) -> Index<T> {
    let mut index = Index::new();
    for (key, place) in names {
        match index.entry(key) {
            Entry::Vacant(free) => {
                free.insert(Some(place));
            }
            Entry::Occupied(taken) if *taken.get() == Some(place) => {}
            Entry::Occupied(mut taken) => {
                taken.insert(None);
            }
        }
    }
    index
}
