//! Where the carriers go.

use serde_json::{Value, json};

use super::Carrier;

/// Code, Arabic name, English name, quarters.
type City = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const CITIES: [City; 5] = [
    ("TIP", "طرابلس", "Tripoli", &[("TIP-ANDALUS", "حي الأندلس")]),
    ("BEN", "بنغازي", "Benghazi", &[("BEN-SALMANI", "السلماني")]),
    ("MRA", "مصراتة", "Misrata", &[]),
    ("ZAW", "الزاوية", "Zawiya", &[]),
    ("SEB", "سبها", "Sabha", &[]),
];

/// The cities of a carrier, as they are on the wire.
pub(super) fn list(carrier: &Carrier) -> Value {
    let served = CITIES.iter().filter(|(code, ..)| carrier.cities.contains(code));
    let cities = served.map(|(code, name, english, areas)| {
        let areas: Vec<Value> = areas.iter().map(|(code, name)| json!({ "code": code, "name": name })).collect();
        json!({ "code": code, "name": name, "name_en": english, "areas": areas })
    });
    json!({ "cities": cities.collect::<Vec<_>>() })
}

/// Whether a carrier goes to a city, and to a quarter of it.
pub(super) fn knows(carrier: &Carrier, city: &str, area: Option<&str>) -> bool {
    let found = CITIES.iter().find(|(code, ..)| *code == city && carrier.cities.contains(code));
    found.is_some_and(|(.., areas)| area.is_none_or(|area| areas.iter().any(|(code, _)| *code == area)))
}
