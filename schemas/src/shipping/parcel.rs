//! What is carried, from where to where, and what is collected at the door: as the facade reads and answers it.

use serde::{Deserialize, Serialize};

use crate::{Currency, DecimalText};

/// Where a parcel comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Of a person or a shop.
    #[schema(example = "سالم الورفلي")]
    pub name: String,
    /// As people write it; kept as E.164.
    #[schema(example = "0912345678")]
    pub phone: String,
    /// A city, by any name that people use for it.
    #[schema(example = "طرابلس")]
    pub city: String,
    /// A quarter of the city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// House, floor, flat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building: Option<String>,
    /// What a driver looks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landmark: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
}

/// A place on the map, as decimal degrees in text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coordinates {
    /// Latitude.
    #[schema(example = "32.8872")]
    pub lat: DecimalText,
    /// Longitude.
    #[schema(example = "13.1913")]
    pub lng: DecimalText,
}

/// One parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// Kilograms, three decimals at most.
    #[schema(example = "2.5")]
    pub weight_kg: DecimalText,
    /// Centimetres, one decimal at most.
    #[schema(example = "30")]
    pub length_cm: DecimalText,
    /// Centimetres, one decimal at most.
    #[schema(example = "20")]
    pub width_cm: DecimalText,
    /// Centimetres, one decimal at most.
    #[schema(example = "10")]
    pub height_cm: DecimalText,
    /// What it is worth, in the currency of the cash on delivery or in dinars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<DecimalText>,
}

/// What the driver collects at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CashOnDelivery {
    /// Decimal text in the major unit.
    pub amount: DecimalText,
    /// ISO 4217.
    pub currency: Currency,
}
