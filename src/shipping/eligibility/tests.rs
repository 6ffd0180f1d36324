//! Whatever the parcel, the way, the clock and the calendar: nothing is offered that one of them forbids.

use gazetteer::City;
use jiff::ToSpan;
use proptest::prelude::*;
use schemas::shipping::{Address, Length, Weight};
use schemas::{Currency, Money, Phone};
use shipping_adapters::registry::PROVIDERS;
use shipping_adapters::{Parcel, Route};

use super::*;
use crate::shipping::samples::settings;
use crate::shipping::way::Side;

/// Every service of every carrier.
fn services() -> Vec<(&'static str, &'static Service)> {
    let of = |card: &'static shipping_adapters::Card| card.services.iter().map(|service| (card.name, service));
    PROVIDERS.iter().flat_map(|provider| of(provider.card)).collect()
}

fn cities() -> impl Strategy<Value = &'static City> {
    let named = ["tripoli", "benghazi", "misrata", "zawiya", "sabha", "tobruk"];
    let cities: Vec<_> = named.iter().filter_map(|id| gazetteer::city(id)).collect();
    prop::sample::select(cities)
}

fn side(city: &'static City) -> Side {
    let phone = Phone::parse("0912345678").expect("a number");
    let address = Address {
        name: "Salem".to_owned(),
        phone: phone.e164().to_owned(),
        city: city.name.english.to_owned(),
        area: None,
        street: None,
        building: None,
        landmark: None,
        coordinates: None,
    };
    Side { address, phone, city }
}

prop_compose! {
    fn ways()(
        (from, to) in (cities(), cities()),
        parcels in prop::collection::vec((1..60_000_i64, 1..2_500_i64, 1..1_200_i64, 1..1_200_i64), 1..4),
        cash in any::<bool>(),
    ) -> Way {
        let parcels = parcels.into_iter().map(|(grams, length, width, height)| Parcel {
            weight: Weight::grams(grams),
            size: [length, width, height].map(Length::millimetres),
            value: None,
        });
        Way {
            origin: side(from),
            destination: side(to),
            parcels: parcels.collect(),
            cash: cash.then(|| Money::new(85_000, Currency::Lyd)),
        }
    }
}

/// Any minute of five years: weekends, feasts and Ramadans among them.
fn moments() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600..1_925_000_000_i64).prop_map(|second| Timestamp::from_second(second).expect("a time"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_offered_that_is_forbidden(way in ways(), now in moments(), index in any::<prop::sample::Index>()) {
        let (services, calendar, settings) = (services(), Calendar::default(), settings());
        let (carrier, service) = services[index.index(services.len())];
        let Ok(fit) = fits(carrier, service, &way, &calendar, &settings, now) else { return Ok(()) };
        prop_assert!(service.most_weight.is_none_or(|most| way.weight() <= most), "{carrier} {}: weight", service.key);
        for parcel in &way.parcels {
            let (mut size, mut most) = (parcel.size, service.most_size.unwrap_or(parcel.size));
            size.sort();
            most.sort();
            prop_assert!(size.iter().zip(most).all(|(length, most)| *length <= most), "{carrier} {}: size", service.key);
        }
        prop_assert!(service.route.goes(way.origin.city.id, way.destination.city.id));
        prop_assert!(way.cash.is_none() || service.cash_on_delivery);
        prop_assert!(calendar.is_open(day_of(fit.from)), "{carrier} {} promises a closed day: {fit:?}", service.key);
        prop_assert!(calendar.is_open(day_of(fit.to)), "{carrier} {} promises a closed day: {fit:?}", service.key);
        prop_assert!(fit.from <= fit.to && now <= fit.to, "{fit:?}");
        prop_assert!(fit.cutoff.is_none_or(|cutoff| cutoff > now && day_of(cutoff) == day_of(now)));
        if service.promise == Promise::SameDay {
            prop_assert!(day_of(fit.to) == day_of(now) && calendar.is_open(day_of(now)));
            prop_assert!(service.cutoff.is_none() || fit.cutoff.is_some(), "past its hour");
        }
    }
}

/// A working day of no feast: Tuesday, 1 December 2026, in Tripoli.
fn tuesday(hour: i64) -> Timestamp {
    let midnight: Timestamp = "2026-11-30T22:00:00Z".parse().expect("a time");
    midnight + hour.hours()
}

fn plain(from: &str, to: &str, grams: i64) -> Way {
    let city = |id| gazetteer::city(id).expect("a city");
    let size = [30, 20, 10].map(Length::centimetres);
    let parcels = vec![Parcel { weight: Weight::grams(grams), size, value: None }];
    Way { origin: side(city(from)), destination: side(city(to)), parcels, cash: None }
}

/// Whether a service fits, and if not why.
fn judged(carrier: &str, key: &str, way: &Way, now: Timestamp) -> Result<Fit, Unfit> {
    let service = shipping_adapters::registry::card(carrier).and_then(|card| card.service(key)).expect("a service");
    fits(carrier, service, way, &Calendar::default(), &settings(), now)
}

#[test]
fn the_guides_rules_hold_to_the_gram_and_the_minute() {
    let way = |grams| plain("tripoli", "tripoli", grams);
    assert!(judged("darb_assabil", "same_day", &way(10_000), tuesday(13)).is_ok());
    assert_eq!(judged("darb_assabil", "same_day", &way(10_001), tuesday(13)), Err(Unfit::TooHeavy));
    assert_eq!(judged("darb_assabil", "same_day", &way(10_000), tuesday(14)), Err(Unfit::PastCutoff));
    assert_eq!(judged("darb_assabil", "same_day", &plain("tripoli", "benghazi", 1), tuesday(9)), Err(Unfit::NotServed));
    assert_eq!(judged("darb_assabil", "next_day", &plain("tripoli", "zawiya", 1), tuesday(9)), Err(Unfit::NotServed));
    assert!(judged("darb_assabil", "standard", &plain("tripoli", "zawiya", 50_000), tuesday(9)).is_ok());
    assert!(judged("wingsly", "air_express", &plain("misrata", "benghazi", 10_000), tuesday(9)).is_ok());
    assert_eq!(judged("wingsly", "air_express", &plain("tripoli", "sabha", 1), tuesday(9)), Err(Unfit::NotServed));
    let mut large = plain("tripoli", "sabha", 5_000);
    large.parcels[0].size = [30, 50, 30].map(Length::centimetres);
    assert!(judged("vanex", "light_cargo", &large, tuesday(9)).is_ok(), "it fits, laid on its side");
    large.parcels[0].size[0] = Length::millimetres(301);
    assert_eq!(judged("vanex", "light_cargo", &large, tuesday(9)), Err(Unfit::TooLarge));
}

#[test]
fn cards_speak_of_places_that_there_are_and_of_words_once() {
    for provider in &PROVIDERS {
        let card = provider.card;
        for service in card.services {
            for city in service.route.cities() {
                assert!(gazetteer::city(city).is_some(), "{} {}: {city}", card.name, service.key);
            }
            assert!(service.route != Route::Between(&[]) && service.promise != Promise::Days(0, 0));
        }
        for (index, word) in card.statuses.iter().enumerate() {
            let twice = card.statuses[..index].iter().any(|other| other.raw.eq_ignore_ascii_case(word.raw));
            assert!(!twice, "{} reads {} twice", card.name, word.raw);
            assert_eq!(card.status(&word.raw.to_uppercase()), Some(word.status));
        }
    }
}
