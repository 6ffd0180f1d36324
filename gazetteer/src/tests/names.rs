//! Names find places: their own, or none.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use crate::{Mapped, areas, cities, city, district, find_area, find_city, map_list, normalize, suggest};

/// What more than one city is called, normalized. A name that is not here finds its city.
const AMBIGUOUS: [&str; 3] = ["souq khamis", "suq khamis", "سوق خميس"];

fn found(text: &str) -> Option<&'static str> {
    find_city(text).map(|city| city.id)
}

fn suggested(text: &str) -> Vec<&'static str> {
    suggest(text, 3).into_iter().map(|city| city.id).collect()
}

#[test]
fn every_name_of_a_city_finds_it_unless_two_bear_it() {
    let mut ambiguous = BTreeSet::new();
    for city in cities() {
        for name in city.name.all() {
            match find_city(name) {
                None => _ = ambiguous.insert(normalize(name)),
                Some(other) => assert_eq!(other.id, city.id, "{name}"),
            }
        }
    }
    assert_eq!(ambiguous.iter().map(String::as_str).collect::<Vec<_>>(), AMBIGUOUS);
}

#[test]
fn every_name_of_a_quarter_finds_it_in_its_city_only() {
    for area in cities().iter().flat_map(areas) {
        for name in area.name.all() {
            assert_eq!(find_area(area.city, name), Some(area), "{name}");
        }
    }
    let [tripoli, benghazi, sabha] = ["tripoli", "benghazi", "sabha"].map(|id| city(id).expect("listed"));
    assert_eq!(find_area(benghazi, "حي الأندلس"), None);
    assert_eq!(find_area(sabha, "وسط المدينة"), None);
    assert_eq!(find_area(tripoli, "وسط المدينة").map(|area| area.id), Some("tripoli/city-centre"));
    assert_eq!(find_area(benghazi, "وسط المدينة").map(|area| area.id), Some("benghazi/city-centre"));
}

#[test]
fn the_cities_of_the_guide_are_found_by_their_arabic_names() {
    let guide = [
        ("طرابلس", "tripoli"),
        ("بنغازي", "benghazi"),
        ("مصراتة", "misrata"),
        ("الزاوية", "zawiya"),
        ("سبها", "sabha"),
    ];
    for (name, id) in guide {
        assert_eq!(found(name), Some(id), "{name}");
    }
}

#[test]
fn cities_are_found_as_people_write_them() {
    for (id, spellings) in [
        ("tripoli", ["Tarabulus", "TRABLOS", "طرابلس المركز", "Ţarābulus", "طَرَابُلُس", "طرابلـــس"]),
        ("zawiya", ["Zawia", "Az Zawiyah", "az-zawiya", "زاويه", "الزاويه", "Alzawiya"]),
        ("misrata", ["Msrata", "Misurata", "مصراته", "Mişrātah", "مسراتة", " misrata. "]),
        ("ajdabiya", ["اجدابيا", "أجدابيا", "إجدابيا", "Ejdabia", "Ajdābiyā", "\u{200f}اجدابيا"]),
        ("khoms", ["Al-Khums", "Alkhoms", "El Khoms", "خمس", "الخُمس", "khoms"]),
        ("al-garabulli", ["القره بوللي", "القرهبوللي", "القره بولي", "Garabulli", "Gara bulli", "القربوللي"]),
        ("brak", ["براك الشاطئ", "براك الشاطىء", "براك", "Brak", "brak al-shati", "BIRAK"]),
    ] {
        for spelling in spellings {
            assert_eq!(found(spelling), Some(id), "{spelling}");
        }
    }
}

#[test]
fn what_is_no_city_or_more_than_one_finds_none() {
    for text in ["", " ", "ال", "Al", "باريس", "Paris", "طرابلس بنغازي", "سوق الخميس", "Souq al-Khamis", "الجفرة"]
    {
        assert_eq!(found(text), None, "{text}");
    }
    assert_eq!(found("سوق الخميس امسيحل"), Some("souq-al-khamis-msihel"));
}

#[test]
fn slips_lead_to_what_was_meant() {
    assert_eq!(suggested("Bengahzi")[0], "benghazi");
    assert_eq!(suggested("طرابلص")[0], "tripoli");
    assert_eq!(suggested("مصراطة")[0], "misrata");
    assert_eq!(suggested("سوق الخميس"), ["souq-al-khamis-msihel", "souq-al-khamis-khoms"]);
    assert_eq!(suggested("Shahat"), ["shahhat", "ghat"], "a town that is meant comes before a city that is near");
    assert_eq!(suggest("sbha", 1).len(), 1);
    for far in ["", "x", "zz", "Rotterdam", "قسنطينة الكبيرة", &"ا".repeat(100_000)] {
        assert!(suggest(far, 3).is_empty(), "{far:.20}");
    }
}

#[test]
fn a_carriers_list_is_mapped_and_the_rest_is_told() {
    let theirs = [(1, "طرابلس"), (7, "القره بوللي"), (8, "مصراته"), (9, "الجفرة"), (10, "سوق الخميس"), (11, "مصراتة")];
    let Mapped { known, unknown } = map_list(theirs);
    let known: Vec<_> = known.into_iter().map(|(id, city)| (id, city.id)).collect();
    assert_eq!(known, [(1, "tripoli"), (7, "al-garabulli"), (8, "misrata"), (11, "misrata")]);
    assert_eq!(unknown, [(9, "الجفرة"), (10, "سوق الخميس")]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_whatever_breaks_anything(text in any::<String>(), limit in 0..5_usize) {
        let tripoli = city("tripoli").expect("listed");
        let _ = (find_city(&text), find_area(tripoli, &text), city(&text), district(&text));
        prop_assert!(suggest(&text, limit).len() <= limit);
    }

    #[test]
    fn the_nearest_name_comes_first(name in select(cities().iter().flat_map(|city| city.name.all()).collect::<Vec<_>>())) {
        if let Some(city) = find_city(name) {
            prop_assert_eq!(suggest(name, 1), [city]);
        }
    }

    #[test]
    fn signs_and_spaces_that_people_add_change_nothing(
        name in select(cities().iter().flat_map(|city| city.name.all()).collect::<Vec<_>>()),
        added in select(vec!["ـ", "\u{64e}", "\u{651}\u{650}", "\u{200f}", "\u{301}", "'"]),
        after in 1..5_usize,
    ) {
        let head: String = name.chars().take(after).collect();
        let tail: String = name.chars().skip(after).collect();
        let written = format!("  {head}{added}{tail} ").to_uppercase();
        prop_assert_eq!(find_city(&written), find_city(name), "{}", written);
    }
}
