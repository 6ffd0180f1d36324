//! Rate shopping: every carrier that could carry a parcel is asked at the same time, and none is waited for too long.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kit::Kind;
use schemas::shipping::{Eta, InquireRates, Rate, RateMessage, Rates};
use schemas::{Money, Text};
use shipping_adapters::{Card, Carrier, Inquiry, Quote, Service, registry};
use tokio::time::Instant;

use super::Shipping;
use super::eligibility::{Fit, Unfit, fits};
use super::places::PlacesError;
use super::way::Way;
use crate::accounts::{AccountError, Served};
use crate::calendar::Calendar;
use crate::caller::Caller;
use crate::db::{DbError, Time};
use crate::fields::Faults;
use crate::refusal::Refusal;

/// An offer that can be booked.
pub(super) struct Offer {
    pub(super) served: Arc<Served<dyn Carrier>>,
    pub(super) service: &'static Service,
    pub(super) fit: Fit,
    pub(super) quote: Quote,
}

/// What was offered by the deadline, the cheapest first.
#[derive(Default)]
pub(super) struct Shopped {
    pub(super) offers: Vec<Offer>,
    pub(super) messages: Vec<RateMessage>,
}

/// A carrier that is worth asking, and for what.
struct Asked {
    served: Arc<Served<dyn Carrier>>,
    services: Vec<(&'static Service, Fit)>,
}

impl Shipping {
    /// What carriers ask for a parcel, as far as they say so in time.
    pub async fn rates(&self, caller: &Caller, request: InquireRates) -> Result<Rates, Refusal> {
        let mut faults = Faults::default();
        let cash = request.cash_on_delivery.as_ref();
        let way = Way::read(&request.origin, &request.destination, &request.parcels, cash, &mut faults);
        for (index, name) in request.carriers.iter().flatten().enumerate() {
            if registry::card(name).is_none() {
                let field = format!("carriers[{index}]");
                faults.add(&field, "there is no carrier of this name", "لا توجد شركة شحن بهذا الاسم");
            }
        }
        let way = faults.or(way)?;
        let wanted =
            |card: &Card| request.carriers.as_ref().is_none_or(|names| names.iter().any(|name| name == card.name));
        let Shopped { offers, messages } = self.shop(caller, &way, wanted).await?;
        Ok(Rates { rates: offers.iter().map(shown).collect(), messages })
    }

    /// Asks every carrier that is wanted and fits, all at once.
    pub(super) async fn shop(
        &self,
        caller: &Caller,
        way: &Way,
        wanted: impl Fn(&Card) -> bool,
    ) -> Result<Shopped, Refusal> {
        let deadline = Instant::now() + Duration::from_millis(self.settings.rates_ms);
        let calendar = self.calendar.calendar().await?;
        let mut shopped = Shopped::default();
        let mut under_way = FuturesUnordered::new();
        let mut waited_for = Vec::new();
        for card in registry::PROVIDERS.iter().map(|provider| provider.card).filter(|card| wanted(card)) {
            let Some(asked) = self.worth_asking(caller, card, way, &calendar, &mut shopped.messages).await? else {
                continue;
            };
            waited_for.push(card.name);
            under_way.push(async move { (card, self.ask_price(way, asked).await) });
        }
        while let Ok(Some((card, priced))) = tokio::time::timeout_at(deadline, under_way.next()).await {
            waited_for.retain(|name| *name != card.name);
            match priced {
                Ok((offers, messages)) => {
                    shopped.offers.extend(offers);
                    shopped.messages.extend(messages);
                }
                Err(why) => shopped.messages.push(message(card.name, None, why.0, why.1)),
            }
        }
        shopped.messages.extend(waited_for.into_iter().map(|name| message(name, None, Unfit::Timeout, None)));
        shopped.offers.sort_by_key(|offer| (offer.quote.amount.minor, offer.fit.to));
        Ok(shopped)
    }

    /// The account of a carrier with those of its services that fit; says why of all others.
    async fn worth_asking(
        &self,
        caller: &Caller,
        card: &'static Card,
        way: &Way,
        calendar: &Calendar,
        messages: &mut Vec<RateMessage>,
    ) -> Result<Option<Asked>, Refusal> {
        let served = match self.usable(caller, card).await? {
            Ok(served) => served,
            Err(why) => {
                messages.push(message(card.name, None, why, None));
                return Ok(None);
            }
        };
        let mut services = Vec::new();
        for service in card.services {
            match self.fit(&served, service, way, calendar) {
                Ok(fit) => services.push((service, fit)),
                Err(why) => messages.push(message(card.name, Some(service.key), why, None)),
            }
        }
        Ok((!services.is_empty()).then_some(Asked { served, services }))
    }

    /// Whether a service of an account carries it, and when it would arrive.
    pub(super) fn fit(
        &self,
        served: &Served<dyn Carrier>,
        service: &Service,
        way: &Way,
        calendar: &Calendar,
    ) -> Result<Fit, Unfit> {
        if way.cash.is_some_and(|cash| cash.currency.code() != served.row.currency) {
            return Err(Unfit::NoCash);
        }
        fits(&served.row.provider, service, way, calendar, &self.settings, self.ambient.now())
    }

    /// An account of a store with a carrier that something new may be begun with now.
    pub(super) async fn usable(
        &self,
        caller: &Caller,
        card: &Card,
    ) -> Result<Result<Arc<Served<dyn Carrier>>, Unfit>, Refusal> {
        let reached = self.reachable(caller, card).await?;
        Ok(reached.and_then(|served| match served.row.is_switched_off() {
            true => Err(Unfit::SwitchedOff),
            false => Ok(served),
        }))
    }

    /// An account of a store with a carrier that can be asked now, be it for what was begun before a switch-off.
    pub(super) async fn reachable(
        &self,
        caller: &Caller,
        card: &Card,
    ) -> Result<Result<Arc<Served<dyn Carrier>>, Unfit>, Refusal> {
        match self.accounts.carrier(caller.store, card.name, caller.mode).await {
            Ok(Some(served)) if self.accounts.is_shut(&served) => Ok(Err(Unfit::Shut)),
            Ok(Some(served)) => Ok(Ok(served)),
            Ok(None) => Ok(Err(Unfit::NoAccount)),
            Err(error) if matches!(&*error, AccountError::Db(DbError::Unavailable(_))) => Err(error.into()),
            Err(error) => {
                let (error, carrier) = (&*error as &dyn std::error::Error, card.name);
                tracing::warn!(error, carrier, "an account cannot be used");
                Ok(Err(Unfit::Misconfigured))
            }
        }
    }

    async fn ask_price(
        &self,
        way: &Way,
        asked: Asked,
    ) -> Result<(Vec<Offer>, Vec<RateMessage>), (Unfit, Option<String>)> {
        let coverage = self.places.of(&asked.served).await.map_err(|error| match &*error {
            PlacesError::Carrier(error) => (Unfit::ProviderError, Some(error.message.clone())),
            PlacesError::Db(_) => (Unfit::ProviderError, None),
        })?;
        let (origin, destination) = (way.origin.end(&coverage), way.destination.end(&coverage));
        let (Some(origin), Some(destination)) = (origin, destination) else { return Err((Unfit::NotServed, None)) };
        let services = asked.services.iter().map(|(service, _)| *service).collect();
        let inquiry = Inquiry { origin, destination, parcels: way.parcels.clone(), cash: way.cash, services };
        let quotes = asked.served.provider.rates(&inquiry).await.map_err(|error| {
            let why = match error.kind {
                Kind::Timeout => Unfit::Timeout,
                Kind::Rejected | Kind::Invalid | Kind::Unsupported | Kind::NotFound => Unfit::Rejected,
                _ => Unfit::ProviderError,
            };
            (why, Some(error.message))
        })?;
        let (mut offers, mut messages) = (Vec::new(), Vec::new());
        for (service, fit) in asked.services {
            match quotes.iter().find(|quote| quote.service == service.key) {
                Some(quote) => offers.push(Offer { served: Arc::clone(&asked.served), service, fit, quote: *quote }),
                None => messages.push(message(&asked.served.row.provider, Some(service.key), Unfit::Rejected, None)),
            }
        }
        Ok((offers, messages))
    }
}

fn shown(offer: &Offer) -> Rate {
    let Text { en: service_name, ar: service_name_ar } = offer.service.text();
    let time = |at| Time::from(at).to_string();
    Rate {
        carrier: offer.served.row.provider.clone(),
        service: offer.service.key.to_owned(),
        service_name,
        service_name_ar,
        amount: offer.quote.amount.to_string(),
        amount_max: offer.quote.amount_max.as_ref().map(Money::to_string),
        currency: offer.quote.amount.currency,
        eta: Eta { from: time(offer.fit.from), to: time(offer.fit.to) },
        tracking: offer.service.tracking,
        insurance: offer.service.insurance,
        cash_on_delivery: offer.service.cash_on_delivery,
        cutoff: offer.fit.cutoff.map(time),
    }
}

pub(super) fn message(carrier: &str, service: Option<&str>, why: Unfit, words: Option<String>) -> RateMessage {
    let Text { en, ar } = why.text();
    RateMessage {
        carrier: carrier.to_owned(),
        service: service.map(str::to_owned),
        code: why.as_str().to_owned(),
        message: words.map_or_else(|| en.clone(), |words| format!("{en}: {words}")),
        message_ar: ar,
    }
}
