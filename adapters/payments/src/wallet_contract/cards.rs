//! The four providers that speak the contract: what each is, and how it is listed.

use kit::EvidenceGrade;
use std::sync::Arc;

use schemas::Currency;
use schemas::payment::Method;

use super::{WalletContract, config, notice};
use crate::card::{Callbacks, Card, Needs, Route};
use crate::registry::{Build, Provider, no_identity};

/// Every mobile number of the country: nobody says whose customers MobiCash serves.
const MOBILE: &[&str] = &["91", "92", "93", "94", "95", "96"];

/// What is the same for all of them.
const ASSUMED: Card = Card {
    name: "",
    title: ("", ""),
    routes: &[],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Assumed,
    refunds: false,
    settled_by_hand: false,
    asks: true,
    callbacks: Callbacks::Signed,
    callback_answer: ("application/json", "{}"),
};

/// A wallet that sends its customer a code.
const fn by_code(name: &'static str, brands: &'static [&'static str], prefixes: &'static [&'static str]) -> Route {
    let needs = Needs { prefixes, ..Needs::PHONE };
    Route { brands, needs, code: Some(6), ..Route::plain(name, Method::Wallet) }
}

static MOBICASH_CARD: Card = Card {
    name: "mobicash",
    title: ("MobiCash", "موبي كاش"),
    routes: &[by_code("mobicash", &["mobicash"], MOBILE)],
    ..ASSUMED
};

static ALMADAR_PAY_CARD: Card = Card {
    name: "almadar_pay",
    title: ("Almadar Pay", "المدار للدفع"),
    routes: &[by_code("almadar_pay", &["almadar_pay"], &["91", "93"])],
    ..ASSUMED
};

static LIBYANA_PAY_CARD: Card = Card {
    name: "libyana_pay",
    title: ("Libyana Pay", "ليبيانا للدفع"),
    routes: &[by_code("libyana_pay", &["libyana_pay"], &["92", "94"])],
    ..ASSUMED
};

/// A page of its own, where the customer says who he is: nothing of him is handed over.
static ONEPAY_CARD: Card = Card {
    name: "onepay",
    title: ("1Pay", "ون باي"),
    routes: &[Route { brands: &["onepay"], ..Route::plain("onepay", Method::Wallet) }],
    ..ASSUMED
};

const fn listed(card: &'static Card, build: Build) -> Provider {
    let (settings, credentials) = (config::SETTINGS, config::CREDENTIALS);
    Provider { card, build, address: notice::address, identity: no_identity, settings, credentials }
}

/// MobiCash: one-time codes, any mobile number.
pub static MOBICASH: Provider = listed(&MOBICASH_CARD, |configuration, credentials, parts| {
    Ok(Arc::new(WalletContract::build(&MOBICASH_CARD, configuration, credentials, parts)?))
});

/// Almadar Pay: one-time codes, numbers of Almadar.
pub static ALMADAR_PAY: Provider = listed(&ALMADAR_PAY_CARD, |configuration, credentials, parts| {
    Ok(Arc::new(WalletContract::build(&ALMADAR_PAY_CARD, configuration, credentials, parts)?))
});

/// Libyana Pay: one-time codes, numbers of Libyana.
pub static LIBYANA_PAY: Provider = listed(&LIBYANA_PAY_CARD, |configuration, credentials, parts| {
    Ok(Arc::new(WalletContract::build(&LIBYANA_PAY_CARD, configuration, credentials, parts)?))
});

/// 1Pay: a hosted page.
pub static ONEPAY: Provider = listed(&ONEPAY_CARD, |configuration, credentials, parts| {
    Ok(Arc::new(WalletContract::build(&ONEPAY_CARD, configuration, credentials, parts)?))
});
