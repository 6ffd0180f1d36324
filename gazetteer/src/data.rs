//! Reads the embedded tables, once. They are ours and tested, so a row that cannot be read is a defect and ends the program.

use std::sync::LazyLock;

use crate::{Area, City, Coordinates, District, Kind, Name, Region};

pub static DISTRICTS: LazyLock<Vec<District>> =
    LazyLock::new(|| rows(include_str!("../data/districts.tsv")).map(read_district).collect());

pub static CITIES: LazyLock<Vec<City>> =
    LazyLock::new(|| rows(include_str!("../data/cities.tsv")).map(read_city).collect());

pub static AREAS: LazyLock<Vec<Area>> =
    LazyLock::new(|| rows(include_str!("../data/areas.tsv")).map(read_area).collect());

/// The cells of each row: separated by tabs, `N` of them, after a first row with their names.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        cells.try_into().unwrap_or_else(|cells| panic!("a row has {N} cells: {cells:?}"))
    })
}

fn read_district([id, iso, region, arabic, english]: [&'static str; 5]) -> District {
    let region = match region {
        "west" => Region::West,
        "east" => Region::East,
        "south" => Region::South,
        other => panic!("{id} has no region {other}"),
    };
    District { id, iso, region, arabic, english }
}

fn read_city(cells: [&'static str; 10]) -> City {
    let [id, kind, district, arabic, english, latitude, longitude, airport, _geonames, spellings] = cells;
    let kind = match kind {
        "city" => Kind::City,
        "town" => Kind::Town,
        other => panic!("{id} has no kind {other}"),
    };
    let degrees = |cell: &str| cell.parse::<f64>().expect("degrees are a decimal number");
    let coordinates =
        (!latitude.is_empty()).then(|| Coordinates { latitude: degrees(latitude), longitude: degrees(longitude) });
    City {
        id,
        kind,
        district: crate::district(district).expect("a city is in a district of the table"),
        name: Name { arabic, english, spellings: read_spellings(spellings) },
        coordinates,
        airport: airport == "yes",
    }
}

fn read_area([id, arabic, english, spellings]: [&'static str; 4]) -> Area {
    let (city, _) = id.split_once('/').expect("an area's id begins with its city's");
    Area {
        id,
        city: crate::city(city).expect("an area is in a city of the table"),
        name: Name { arabic, english, spellings: read_spellings(spellings) },
    }
}

fn read_spellings(cell: &'static str) -> Vec<&'static str> {
    cell.split(';').filter(|spelling| !spelling.is_empty()).collect()
}
