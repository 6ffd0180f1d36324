//! Parcels and what is said of them: the uniform vocabulary of carriers, whatever their own words are.

mod measure;
mod parcel;
mod pickup;
mod rate;
mod shipment;

pub use measure::{Length, MeasureError, Weight};
pub use parcel::{Address, CashOnDelivery, Coordinates, Parcel};
pub use pickup::{CreatePickup, Pickup, PickupStatus, SettlePickup};
pub use rate::{Eta, InquireRates, Rate, RateMessage, Rates};
pub use shipment::{
    BookingFallback, CancelShipment, CreateShipment, ReturnShipment, SettleShipment, Shipment, ShipmentBooking,
    ShipmentChange, ShipmentChangeKind, ShipmentChangeStatus, ShipmentEntry, ShipmentReview, ShipmentStatus,
};
