//! Where Vanex goes: cities with a region, a price and quarters.

use serde_json::{Value, json};

/// A city.
pub(super) struct City {
    pub(super) id: u64,
    pub(super) name: &'static str,
    name_en: &'static str,
    pub(super) code: &'static str,
    pub(super) region: u64,
    /// In dinars.
    pub(super) price: u64,
    pub(super) quarters: &'static [(u64, &'static str)],
}

/// Numbers and prices are made up.
pub(super) static CITIES: [City; 6] = [
    City {
        id: 1,
        name: "طرابلس",
        name_en: "Tripoli",
        code: "TIP",
        region: 1,
        price: 10,
        quarters: &[(42, "حي الأندلس"), (43, "قرقارش"), (44, "باب بن غشير"), (45, "سوق الجمعة")],
    },
    City {
        id: 2,
        name: "بنغازي",
        name_en: "Benghazi",
        code: "BEN",
        region: 2,
        price: 20,
        quarters: &[(60, "الفويهات"), (61, "السلماني")],
    },
    City {
        id: 3,
        name: "مصراتة",
        name_en: "Misrata",
        code: "MIS",
        region: 1,
        price: 15,
        quarters: &[(70, "وسط المدينة")],
    },
    City { id: 4, name: "الزاوية", name_en: "Zawiya", code: "ZAW", region: 1, price: 15, quarters: &[] },
    City { id: 5, name: "سبها", name_en: "Sabha", code: "SEB", region: 3, price: 30, quarters: &[] },
    City { id: 6, name: "الكفرة", name_en: "Kufra", code: "KUF", region: 3, price: 40, quarters: &[] },
];

/// A city by its number.
pub(super) fn city(id: u64) -> Option<&'static City> {
    CITIES.iter().find(|city| city.id == id)
}

/// All of them, as `city/all` tells them; the last one is closed at present.
pub(super) fn all() -> Value {
    let shown = |city: &City| {
        let quarter = |(id, name): &(u64, &str)| json!({ "id": id, "name": name, "parent_city": city.id, "price": city.price, "code": format!("{}-{id}", city.code) });
        json!({
            "id": city.id,
            "name": city.name,
            "name_en": city.name_en,
            "code": city.code,
            "region_id": city.region,
            "active": city.id != 6,
            "branch": city.region,
            "price": city.price,
            "locations": city.quarters.iter().map(quarter).collect::<Vec<_>>(),
        })
    };
    CITIES.iter().map(shown).collect()
}
