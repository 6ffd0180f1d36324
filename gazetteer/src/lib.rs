//! Libya: its districts, cities and quarters in Arabic and English, and the spellings people really use. Pure data, no I/O.
//!
//! The data is in `data/`, and `SOURCE.md` says where each row is from. It is read once, at its first use. Ids are stable:
//! they may be stored, and carriers' own lists of places are mapped to them with [`map_list`].
//!
//! * [`districts`]: the 22 of ISO 3166-2:LY. Their ids are a list of their own: the district `tripoli` and the city
//!   `tripoli` are two places.
//! * [`cities`]: cities and towns, each in one district. A suburb that carriers list as a city (Janzour, Tajoura) is one.
//! * [`areas`]: quarters of Tripoli, Benghazi and Misrata, `tripoli/hay-al-andalus`. Where people write a suburb as a
//!   quarter too, it is in both lists. Nothing is known of where quarters lie.
//!
//! A name that several cities bear finds none of them: a parcel that waits for a question costs less than one that goes to
//! the wrong place.

mod data;
mod find;
mod normalize;
mod place;
#[cfg(test)]
mod tests;

pub use find::{Mapped, areas, cities, city, district, districts, find_area, find_city, map_list, suggest};
pub use normalize::normalize;
pub use place::{Area, City, Coordinates, District, Kind, Name, Region};
