//! Who would carry a parcel, in which order, and why: what `choose` would do, without asking anybody for a price.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemas::shipping::{Address, Length, Weight};
use schemas::{Currency, Money, Phone};
use shipping_adapters::{Card, Carrier, Parcel, Service, registry};

use super::Shipping;
use super::choose::Named;
use super::eligibility::Unfit;
use super::way::{Side, Way, measure, unknown_city};
use crate::accounts::Served;
use crate::caller::Caller;
use crate::fields::Faults;
use crate::refusal::Refusal;
use crate::routing::{Bid, Fitting, Place, arranged};

/// A parcel that somebody thinks of.
#[derive(Debug, Clone, Default)]
pub struct ShippingQuestion {
    /// The city where it is fetched, by any spelling.
    pub from: Option<String>,
    /// The city where it goes.
    pub to: Option<String>,
    /// Its weight in kilograms, as decimal text; one kilogram where nothing is said.
    pub weight_kg: Option<String>,
    /// Whether money is collected at the door.
    pub cash_on_delivery: Option<bool>,
    /// The number where it goes.
    pub phone: Option<String>,
    /// The store's own name for it.
    pub reference: Option<String>,
}

/// One service of a carrier in its place.
pub struct Offered {
    /// The carrier.
    pub card: &'static Card,
    /// Its service.
    pub service: &'static Service,
    /// Its account for the store, where there is one.
    pub served: Option<Arc<Served<dyn Carrier>>>,
    /// The least that it is said to cost; none where the carrier alone knows.
    pub cost: Option<Money>,
    /// Why not.
    pub why_not: Option<Unfit>,
    /// Where a rule has put it.
    pub place: Place,
    /// Whether the configuration names it for such a parcel.
    pub is_ranked: bool,
}

/// Who would carry it.
pub struct Considered {
    /// The rule, where one fits.
    pub rule: Option<Fitting>,
    /// Best first.
    pub offered: Vec<Offered>,
    /// Who carries instead of each carrier, in order, and why that one cannot.
    pub instead: BTreeMap<&'static str, Vec<(&'static Card, Option<Unfit>)>>,
}

/// What is asked about where nothing is said of the people.
const ANYBODY: &str = "0910000000";

impl Shipping {
    /// Asks who would carry a parcel. No carrier is asked for its price: what costs nothing to know is known.
    pub async fn explain(&self, caller: &Caller, question: &ShippingQuestion) -> Result<Considered, Refusal> {
        let way = thought_of(question)?;
        let rule = self.ruled(caller, &way, question.reference.as_deref()).await?;
        let named = self.named_by(None, &way);
        let mut offered = Vec::new();
        for card in registry::PROVIDERS.iter().map(|provider| provider.card) {
            let served = self.accounts.carrier(caller.store, card.name, caller.mode).await.ok().flatten();
            for service in card.services {
                let why_not = self.candidate(caller, card, Some(service), &way).await?.err();
                let (served, cost) = (served.clone(), service.listed_price().map(|(least, _)| least));
                let is_ranked = rule.is_none() && named.iter().any(|one| is_meant(one, card, service));
                offered.push(Offered { card, service, served, cost, why_not, place: Place::Free, is_ranked });
            }
        }
        let offered = in_order(offered, rule.as_ref(), &named);
        let mut instead = BTreeMap::new();
        for card in registry::PROVIDERS.iter().map(|provider| provider.card) {
            let mut found = Vec::new();
            for other in self.instead_of(card.name, &[]) {
                found.push((other, self.candidate(caller, other, None, &way).await?.err()));
            }
            instead.insert(card.name, found);
        }
        Ok(Considered { rule, offered, instead })
    }
}

fn is_meant((card, service): &Named, other: &Card, other_service: &Service) -> bool {
    card.name == other.name && service.is_none_or(|service| service.key == other_service.key)
}

fn in_order(offered: Vec<Offered>, rule: Option<&Fitting>, named: &[Named]) -> Vec<Offered> {
    let bids: Vec<Bid> = offered
        .iter()
        .map(|one| {
            let place = named.iter().position(|named| is_meant(named, one.card, one.service));
            let rank = place.filter(|_| rule.is_none()).unwrap_or(usize::MAX);
            let (provider, service) = (one.card.name, Some(one.service.key));
            Bid { provider, service, rank, cost: cost(one, rule, rank), is_usable: one.why_not.is_none() }
        })
        .collect();
    let placed = arranged(&bids, rule.map(Fitting::rule), rule.and_then(|rule| rule.seed));
    let mut taken: Vec<Option<Offered>> = offered.into_iter().map(Some).collect();
    let in_place = placed.into_iter().filter_map(|one| {
        let offered = taken[one.index].take()?;
        let why_not = offered.why_not.or((one.place == Place::LeftOut).then_some(Unfit::LeftOut));
        Some(Offered { why_not, place: one.place, ..offered })
    });
    in_place.collect()
}

/// What decides between services of one place: of a carrier that is named the first that fits, else the cheapest.
fn cost(one: &Offered, rule: Option<&Fitting>, rank: usize) -> i64 {
    let by_rule = rule.is_some_and(|rule| rule.rule().uses.iter().any(|wanted| wanted.provider == one.card.name));
    if by_rule || rank != usize::MAX {
        let place = one.card.services.iter().position(|service| service.key == one.service.key);
        return place.and_then(|place| i64::try_from(place).ok()).unwrap_or(i64::MAX);
    }
    one.cost.map_or(i64::MAX, |cost| cost.minor)
}

/// A parcel of which no more is known than what was asked.
fn thought_of(question: &ShippingQuestion) -> Result<Way, Refusal> {
    let mut faults = Faults::default();
    let phone = question.phone.as_deref().unwrap_or(ANYBODY);
    let origin = side("from", question.from.as_deref(), ANYBODY, &mut faults);
    let destination = side("to", question.to.as_deref(), phone, &mut faults);
    let weight = question.weight_kg.as_deref().unwrap_or("1");
    let weight = measure("weight_kg", Weight::parse_kilograms(weight), &mut faults);
    let size = [Length::parse_centimetres("1").ok(); 3];
    let way = origin.zip(destination).zip(weight).and_then(|((origin, destination), weight)| {
        let [Some(length), Some(width), Some(height)] = size else { return None };
        let parcels = vec![Parcel { weight, size: [length, width, height], value: None }];
        let cash = question.cash_on_delivery.unwrap_or(false).then(|| Money::new(1, Currency::Lyd));
        Some(Way { origin, destination, parcels, cash })
    });
    faults.or(way)
}

fn side(field: &str, city: Option<&str>, phone: &str, faults: &mut Faults) -> Option<Side> {
    let text = city.unwrap_or_default();
    let city = gazetteer::find_city(text);
    if city.is_none() {
        unknown_city(field, text, faults);
    }
    let phone = Phone::parse(phone);
    if let Err(error) = &phone {
        faults.add("phone", error.to_string(), "رقم الهاتف غير صالح");
    }
    let (city, phone) = (city?, phone.ok()?);
    let address = Address {
        name: "-".to_owned(),
        phone: phone.e164().to_owned(),
        city: city.id.to_owned(),
        area: None,
        street: None,
        building: None,
        landmark: None,
        coordinates: None,
    };
    Some(Side { address, phone, city })
}
