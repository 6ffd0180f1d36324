//! Printed documents: the waybill label and the manifest, as PDF with shaped Arabic and scannable codes. Pure: data in, bytes out.

mod codes;
mod error;
mod face;
mod label;
mod manifest;
mod paper;
mod paragraph;
mod pdf;
mod values;

pub use error::DocumentError;
pub use label::{Label, Parcel, Party, label};
pub use manifest::{Consignment, Manifest, manifest};
pub use values::{Bilingual, Cash};

#[cfg(test)]
mod tests;
