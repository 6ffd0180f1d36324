//! Who carries a shipment: the carrier that is named, else by the first rule that it fits, else the cheapest; and who could
//! instead.

use std::sync::Arc;

use schemas::shipping::BookingFallback;
use schemas::{Money, Text};
use shipping_adapters::{Card, Carrier, End, Service, registry};

use super::eligibility::{Fit, Unfit};
use super::places::PlacesError;
use super::way::Way;
use super::{Draft, Shipping};
use crate::accounts::Served;
use crate::caller::Caller;
use crate::config::ShippingRule;
use crate::refusal::Refusal;
use crate::routing::{Facts, Fitting, Port};

/// Who could carry a shipment, and how.
pub(super) struct Candidate {
    pub(super) served: Arc<Served<dyn Carrier>>,
    pub(super) service: &'static Service,
    pub(super) fit: Fit,
    pub(super) origin: End,
    pub(super) destination: End,
    /// What it is to cost, where that is known.
    pub(super) cost: Option<Money>,
}

/// Who carries it first, and by whom that one was replaced before anything was sent.
pub(super) struct Choice {
    pub(super) first: Candidate,
    pub(super) fallback_from: Option<String>,
}

impl Shipping {
    /// Chooses who is tried first.
    pub(super) async fn choose(&self, caller: &Caller, draft: &Draft) -> Result<Choice, Refusal> {
        if let Some((card, service)) = draft.named {
            return self.choose_named(caller, draft, card, service).await;
        }
        let ruled = self.ruled(caller, &draft.way, Some(&draft.reference)).await?;
        let mut away = false;
        for (card, service) in self.named_by(ruled.as_ref(), &draft.way) {
            match self.candidate(caller, card, service, &draft.way).await? {
                Ok(first) => return Ok(Choice { first, fallback_from: None }),
                Err(why) => away |= is_away(why),
            }
        }
        if ruled.as_ref().is_some_and(|ruled| ruled.rule().only) {
            return Err(nobody(away));
        }
        self.cheapest(caller, &draft.way).await
    }

    /// The rule that operators have made for such a shipment.
    pub(super) async fn ruled(
        &self,
        caller: &Caller,
        way: &Way,
        reference: Option<&str>,
    ) -> Result<Option<Fitting>, Refusal> {
        let whose = (caller.store, caller.mode.is_live());
        self.book.fitting(Port::Shipping, whose, &facts(way), reference).await
    }

    /// Who is tried before the cheapest is looked for, in order: those of the rule that it fits, else of the configuration.
    pub(super) fn named_by(&self, ruled: Option<&Fitting>, way: &Way) -> Vec<Named> {
        let Some(ruled) = ruled else {
            let rules = self.settings.rules.iter().filter(|rule| applies(rule, way));
            return rules
                .filter_map(|rule| {
                    let card = registry::card(&rule.carrier)?;
                    Some((card, rule.service.as_deref().and_then(|key| card.service(key))))
                })
                .collect();
        };
        let uses = &ruled.rule().uses;
        let order = ruled.rule().order(ruled.seed).into_iter().map(|index| &uses[index]);
        order
            .filter_map(|one| {
                let card = registry::card(&one.provider)?;
                Some((card, one.service.and_then(|key| card.service(key))))
            })
            .collect()
    }

    async fn choose_named(
        &self,
        caller: &Caller,
        draft: &Draft,
        card: &'static Card,
        service: Option<&'static Service>,
    ) -> Result<Choice, Refusal> {
        let why = match self.candidate(caller, card, service, &draft.way).await? {
            Ok(first) => return Ok(Choice { first, fallback_from: None }),
            Err(why) => why,
        };
        // Nothing was sent: another one may carry it, where the store has not said otherwise.
        let is_away = is_away(why);
        if is_away
            && draft.fallback == BookingFallback::Auto
            && let Some(first) = self.next(caller, card.name, &[card.name.to_owned()], &draft.way).await?
        {
            return Ok(Choice { first, fallback_from: Some(card.name.to_owned()) });
        }
        let alternatives = self.alternatives(caller, card.name, &[card.name.to_owned()], &draft.way).await?;
        Err(match is_away {
            true => Refusal::ProviderUnavailable { alternatives: Some(alternatives) },
            false => Refusal::Unsupported { text: why.text(), alternatives },
        })
    }

    async fn cheapest(&self, caller: &Caller, way: &Way) -> Result<Choice, Refusal> {
        let shopped = self.shop(caller, way, |_| true).await?;
        for offer in shopped.offers {
            let card = offer.served.provider.card();
            if let Ok(found) = self.candidate(caller, card, Some(offer.service), way).await? {
                return Ok(Choice {
                    first: Candidate { cost: Some(offer.quote.amount), ..found },
                    fallback_from: None,
                });
            }
        }
        let away = Unfit::ALL.iter().filter(|why| is_away(**why));
        let away = away.map(|why| why.as_str()).any(|code| shopped.messages.iter().any(|message| message.code == code));
        Err(nobody(away))
    }

    /// The next one that could carry it instead of those that have certainly booked nothing.
    pub(super) async fn next(
        &self,
        caller: &Caller,
        first: &str,
        tried: &[String],
        way: &Way,
    ) -> Result<Option<Candidate>, Refusal> {
        for card in self.instead_of(first, tried) {
            if let Ok(found) = self.candidate(caller, card, None, way).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The names of all who could.
    pub(super) async fn alternatives(
        &self,
        caller: &Caller,
        first: &str,
        tried: &[String],
        way: &Way,
    ) -> Result<Vec<String>, Refusal> {
        let mut names = Vec::new();
        for card in self.instead_of(first, tried) {
            if self.candidate(caller, card, None, way).await?.is_ok() {
                names.push(card.name.to_owned());
            }
        }
        Ok(names)
    }

    pub(super) fn instead_of(&self, first: &str, tried: &[String]) -> Vec<&'static Card> {
        let names = self.settings.fallbacks.get(first).into_iter().flatten();
        names.filter(|name| !tried.contains(name)).filter_map(|name| registry::card(name)).collect()
    }

    /// A carrier with the service that is wanted, or with the first that fits; why not.
    pub(super) async fn candidate(
        &self,
        caller: &Caller,
        card: &'static Card,
        service: Option<&'static Service>,
        way: &Way,
    ) -> Result<Result<Candidate, Unfit>, Refusal> {
        let served = match self.usable(caller, card).await? {
            Ok(served) => served,
            Err(why) => return Ok(Err(why)),
        };
        let calendar = self.calendar.calendar().await?;
        let mut why = Unfit::NotServed;
        let wanted: Vec<&'static Service> = service.map_or_else(|| card.services.iter().collect(), |one| vec![one]);
        let mut fitting = None;
        for service in wanted {
            match self.fit(&served, service, way, &calendar) {
                Ok(fit) => {
                    fitting = Some((service, fit));
                    break;
                }
                Err(found) => why = found,
            }
        }
        let Some((service, fit)) = fitting else { return Ok(Err(why)) };
        let coverage = match self.places.of(&served).await {
            Ok(coverage) => coverage,
            Err(error) => match &*error {
                PlacesError::Carrier(_) => return Ok(Err(Unfit::ProviderError)),
                PlacesError::Db(_) => return Err(Refusal::Internal("the places of a carrier cannot be read")),
            },
        };
        let (origin, destination) = (way.origin.end(&coverage), way.destination.end(&coverage));
        let (Some(origin), Some(destination)) = (origin, destination) else { return Ok(Err(Unfit::NotServed)) };
        let cost = service.listed_price().map(|(least, _)| least);
        Ok(Ok(Candidate { served, service, fit, origin, destination, cost }))
    }
}

/// A carrier, and the service that is wanted of it.
pub(super) type Named = (&'static Card, Option<&'static Service>);

/// Whether it is no fault of the shipment: another time the carrier may take it.
fn is_away(why: Unfit) -> bool {
    matches!(why, Unfit::SwitchedOff | Unfit::Shut | Unfit::Timeout | Unfit::ProviderError)
}

fn nobody(away: bool) -> Refusal {
    match away {
        true => Refusal::ProviderUnavailable { alternatives: None },
        false => Refusal::Unsupported {
            text: Text::new("no carrier can carry this now", "لا توجد شركة تستطيع نقل هذه الشحنة الآن"),
            alternatives: Vec::new(),
        },
    }
}

/// What rules know of a shipment.
fn facts(way: &Way) -> Facts<'_> {
    Facts {
        from: Some(way.origin.city.id),
        to: Some(way.destination.city.id),
        grams: Some(way.weight().in_grams()),
        cash_on_delivery: Some(way.cash.is_some()),
        phone: Some(&way.destination.phone),
        ..Facts::default()
    }
}

fn applies(rule: &ShippingRule, way: &Way) -> bool {
    let names = |cities: &[String], city: &str| cities.is_empty() || cities.iter().any(|name| name == city);
    names(&rule.from, way.origin.city.id)
        && names(&rule.to, way.destination.city.id)
        && rule.most_grams.is_none_or(|most| way.weight().in_grams() <= most)
        && rule.cash_on_delivery.is_none_or(|cash| cash == way.cash.is_some())
}
