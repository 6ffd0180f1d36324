//! The one list of providers; what the mocks do for all of them goes through it.

use crate::{
    Charge, Parcel,
    carrier_contract::{AMYAL, WINGSLY},
    contract::{ALMADAR_PAY, LIBYANA_PAY, MOBICASH, ONEPAY},
    darb_assabil::DarbAssabil,
    edfali::Edfali,
    exchange::Provider,
    moamalat::Moamalat,
    plutu::Plutu,
    sadad::Sadad,
    shared::Shared,
    telegram::Telegram,
    tlync::Tlync,
    vanex::Vanex,
};

/// Every provider.
pub(crate) static PROVIDERS: [&dyn Provider; 14] = [
    &Moamalat,
    &Sadad,
    &Edfali,
    &Tlync,
    &Plutu,
    &MOBICASH,
    &ALMADAR_PAY,
    &LIBYANA_PAY,
    &ONEPAY,
    &Telegram,
    &AMYAL,
    &DarbAssabil,
    &Vanex,
    &WINGSLY,
];

/// The provider of a name.
pub(crate) fn find(name: &str) -> Result<&'static dyn Provider, String> {
    let found = PROVIDERS.into_iter().find(|provider| provider.name() == name);
    found.ok_or_else(|| format!("there is no provider {name}"))
}

/// What one provider or all of them took from customers, each one's oldest first.
pub(crate) fn charges(shared: &Shared, provider: Option<&str>) -> Vec<Charge> {
    let meant = PROVIDERS.into_iter().filter(|listed| provider.is_none_or(|name| listed.name() == name));
    meant.flat_map(|listed| listed.charges(shared)).collect()
}

/// What one carrier or all of them have in their records, each one's oldest first.
pub(crate) fn parcels(shared: &Shared, provider: Option<&str>) -> Vec<Parcel> {
    let meant = PROVIDERS.into_iter().filter(|listed| provider.is_none_or(|name| listed.name() == name));
    meant.flat_map(|listed| listed.parcels(shared)).collect()
}
