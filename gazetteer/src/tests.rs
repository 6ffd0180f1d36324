//! The tables hold together, and every name in them leads home.

mod names;
mod normalization;

use std::collections::{BTreeMap, BTreeSet};

use crate::{Kind, Region, areas, cities, city, district, districts};

const WITH_AREAS: [&str; 3] = ["tripoli", "benghazi", "misrata"];

#[test]
fn there_are_as_many_places_as_are_told() {
    assert_eq!(districts().len(), 22, "ISO 3166-2:LY has 22");
    assert_eq!(cities().len(), 206);
    assert_eq!(cities().iter().filter(|city| city.coordinates.is_some()).count(), 117, "those that GeoNames has");
    let areas = WITH_AREAS.map(|id| areas(city(id).expect("listed")).count());
    assert_eq!(areas, [59, 45, 30]);
}

#[test]
fn ids_are_unique_and_plain() {
    let is_plain = |id: &str| {
        let letters = id.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        letters && !id.starts_with('-') && !id.ends_with('-') && !id.contains("--") && !id.is_empty()
    };
    let all_areas: Vec<_> = cities().iter().flat_map(areas).collect();
    for ids in [
        districts().iter().map(|district| district.id).collect::<Vec<_>>(),
        districts().iter().map(|district| district.iso).collect(),
        cities().iter().map(|city| city.id).collect(),
        all_areas.iter().map(|area| area.id).collect(),
    ] {
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    }
    assert!(districts().iter().all(|district| is_plain(district.id) && district.iso.starts_with("LY-")));
    for city in cities() {
        assert!(is_plain(city.id), "{}", city.id);
    }
    for area in all_areas {
        let own = area.id.strip_prefix(area.city.id).and_then(|rest| rest.strip_prefix('/'));
        assert!(own.is_some_and(is_plain), "{}", area.id);
    }
}

#[test]
fn places_are_found_by_their_ids_only() {
    for known in districts() {
        assert_eq!(district(known.id), Some(known));
    }
    for known in cities() {
        assert_eq!(city(known.id), Some(known));
    }
    for other in ["", "Tripoli", "طرابلس", "tripoli/hay-al-andalus", "LY-TB"] {
        assert_eq!((city(other), district(other)), (None, None), "{other}");
    }
}

#[test]
fn every_district_has_a_city() {
    let mut kinds: BTreeMap<&str, Vec<Kind>> = BTreeMap::new();
    for city in cities() {
        kinds.entry(city.district.id).or_default().push(city.kind);
    }
    let without: Vec<_> = districts()
        .iter()
        .filter(|district| kinds.get(district.id).is_none_or(|kinds| !kinds.contains(&Kind::City)))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn places_lie_in_libya() {
    for city in cities() {
        let Some(at) = city.coordinates else { continue };
        assert!((19.5..=33.25).contains(&at.latitude), "{city:?}");
        assert!((9.3..=25.2).contains(&at.longitude), "{city:?}");
        // No line parts the regions, but each lies on its side of these.
        let fits = match city.district.region {
            Region::West => at.longitude < 19.0 && at.latitude > 29.5,
            Region::East => at.longitude > 19.0,
            Region::South => at.longitude < 19.0 && at.latitude < 29.5,
        };
        assert!(fits, "{city:?}");
    }
}

#[test]
fn the_main_airports_are_known() {
    for id in ["tripoli", "benghazi", "misrata", "sabha", "tobruk", "kufra", "ghat"] {
        assert!(city(id).is_some_and(|city| city.airport), "{id}");
    }
    for id in ["zawiya", "khoms", "zliten", "janzour"] {
        assert!(city(id).is_some_and(|city| !city.airport), "{id}");
    }
}

#[test]
fn names_are_written_in_their_script() {
    let is_arabic = |text: &str| text.chars().all(|c| c == ' ' || ('\u{621}'..='\u{64a}').contains(&c));
    let is_latin = |text: &str| text.chars().all(|c| c.is_ascii_alphabetic() || " ,".contains(c));
    let names = cities().iter().map(|city| (city.id, &city.name));
    let quarters = cities().iter().flat_map(areas).map(|area| (area.id, &area.name));
    for (id, name) in names.chain(quarters) {
        assert!(is_arabic(name.arabic) && is_latin(name.english), "{id}: {name:?}");
        assert!(name.all().all(|name| name.trim() == name && (is_arabic(name) || is_latin(name))), "{id}: {name:?}");
    }
}
