//! What is known of a place.

/// One of Libya's 22 districts (shabiyat).
#[derive(Debug, PartialEq)]
pub struct District {
    /// Stable and ours: `al-jabal-al-gharbi`.
    pub id: &'static str,
    /// Its code in ISO 3166-2: `LY-JG`.
    pub iso: &'static str,
    /// The part of the country that it is in.
    pub region: Region,
    /// `الجبل الغربي`
    pub arabic: &'static str,
    /// `Jabal al Gharbi`
    pub english: &'static str,
}

/// A city or town.
#[derive(Debug, PartialEq)]
pub struct City {
    /// Stable and ours: `benghazi`.
    pub id: &'static str,
    /// How large it is.
    pub kind: Kind,
    /// The district that it is in.
    pub district: &'static District,
    /// What people call it.
    pub name: Name,
    /// Its centre, where known.
    pub coordinates: Option<Coordinates>,
    /// Whether passengers fly there: an airport in it, or one beside it that serves it. No promise that flights go today.
    pub airport: bool,
}

/// A quarter of a city.
#[derive(Debug, PartialEq)]
pub struct Area {
    /// Stable and ours, its city's first: `tripoli/hay-al-andalus`.
    pub id: &'static str,
    /// The city that it is a part of.
    pub city: &'static City,
    /// What people call it.
    pub name: Name,
}

/// The names of one place.
#[derive(Debug, PartialEq)]
pub struct Name {
    /// The usual name in Arabic, to be shown.
    pub arabic: &'static str,
    /// The usual name in Latin letters, to be shown.
    pub english: &'static str,
    /// How else it is written, in both scripts. Those that [`crate::normalize`] makes alike are listed once.
    pub spellings: Vec<&'static str>,
}

impl Name {
    /// Every way of writing it.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        [self.arabic, self.english].into_iter().chain(self.spellings.iter().copied())
    }
}

/// Where a place is, in decimal degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
}

/// How large a place is, the larger first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The seat of a district, or 30 000 people and more.
    City,
    /// Any other place.
    Town,
}

/// A part of the country, as people speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// From the Tunisian border to Sirte: Tripolitania.
    West,
    /// From Ajdabiya to the Egyptian border, and Kufra: Cyrenaica.
    East,
    /// Sabha and the desert around it: Fezzan.
    South,
}
