//! Where there are branches, and what they serve; a small part of the real list.

use serde_json::{Value, json};

/// A branch: its city, the quarter where it stands, and the others that it serves.
type Branch = (&'static str, &'static str, &'static [&'static str]);

const BRANCHES: [Branch; 12] = [
    ("طرابلس", "طرابلس", &["الرياضية", "حي الأندلس", "قرقارش", "جنزور", "السراج", "بن عاشور", "عين زارة", "سوق الجمعة"]),
    ("طرابلس", "تاجوراء", &["تاجوراء بئر العالم"]),
    ("بنغازي", "بنغازي", &["السلماني", "الليثي", "الكيش", "الصابري", "بوهديمة", "قمينس"]),
    ("مصراتة", "مصراتة", &["قصر أحمد", "الزروق", "طمينة", "الدافنية"]),
    ("الزاوية", "الزاوية", &["الماية", "المطرد"]),
    ("سبها", "سبها", &["حي المطار", "مرزق", "اوباري"]),
    ("الخمس", "الخمس", &["زليتن", "مسلاتة"]),
    ("سرت", "سرت", &["هراوة"]),
    ("درنة", "درنة", &["مرتوبة"]),
    ("طبرق", "طبرق", &["مساعد"]),
    ("غريان", "غريان", &["يفرن", "نالوت", "غدامس"]),
    ("البيضاء", "البيضاء", &["شحات", "سوسة"]),
];

/// Listed, and refused when something is to go there: a city that is no quarter of its own.
const REFUSED: (&str, &str) = ("طرابلس", "طرابلس");

/// Where shipments of every account start.
pub(super) const ORIGIN: (&str, &str) = ("طرابلس", "الرياضية");

/// The branches as they are listed.
pub(super) fn listed() -> Vec<Value> {
    let listed = |(city, area, areas): Branch| {
        let areas: Vec<_> = areas.iter().map(|area| json!({ "area": area })).collect();
        json!({ "city": city, "area": area, "areas": areas })
    };
    BRANCHES.map(listed).to_vec()
}

/// Whether something can go there.
pub(super) fn serves(city: &str, area: &str) -> bool {
    let is_there = |(name, own, areas): &Branch| *name == city && (*own == area || areas.contains(&area));
    (city, area) != REFUSED && BRANCHES.iter().any(is_there)
}
