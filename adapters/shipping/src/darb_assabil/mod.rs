//! Darb Assabil: parcels between Libya's cities, booked over its public API and followed by questions alone.
#![doc = include_str!("README.md")]

mod answer;
mod body;
mod card;
mod changes;
mod config;
mod find;
mod record;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, Call, ConfigError, Delivery, Error, Kind, Parts, Probe, Refusal, Reply};
use schemas::{Currency, Money};
use secrecy::SecretString;
use serde_json::Value;

pub use self::card::CARD;
use self::config::{PaymentBy, Settings};
use self::find::Page;
use self::record::Record;
use self::wire::{BRANCHES, Operation, Sender};
use crate::card::Card;
use crate::change::Changes;
use crate::port::{Booked, Carrier, Found, Inquiry, Order, Place, Quote, Wanted};
use crate::registry::{Provider, no_address, no_identity};
use crate::tracking::{Tracked, Trail};

const NAME: &str = "darb_assabil";

/// Libya has not so many branches.
const MOST_PAGES: usize = 20;

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(DarbAssabil::build(configuration, credentials, parts)?)),
    address: no_address,
    identity: no_identity,
    settings: &["base_url", "account_id", "service_id", "payment_by", "pickup"],
    credentials: &["api_key"],
};

/// One account.
pub struct DarbAssabil {
    parts: Parts,
    settings: Settings,
    key: SecretString,
    lane: String,
}

impl DarbAssabil {
    /// Builds an account.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, parts.mode)?;
        let key = config::key(credentials)?;
        let lane = settings.lane();
        Ok(Self { parts, settings, key, lane })
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            account: self.parts.account,
            destination: self.parts.destination,
            settings: &self.settings,
            key: &self.key,
        }
    }

    /// The plan that an order is booked as, where it can be booked at all.
    fn admit(&self, order: &Order) -> Result<&str, Error> {
        let refuse = |kind, message: &str| Err(Error::refused(kind, NAME, Operation::Create.name(), message));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !(10..=36).contains(&order.reference.len()) || !order.reference.bytes().all(plain) {
            return refuse(Kind::Invalid, "the reference has 10 to 36 plain letters");
        }
        if order.parcels.is_empty() {
            return refuse(Kind::Invalid, "there is no parcel");
        }
        if order.cash.is_some_and(|cash| cash.currency != Currency::Lyd || cash.minor <= 0) {
            return refuse(Kind::Unsupported, "what is collected is an amount of dinars");
        }
        if order.cash.is_some() && self.settings.payment_by == PaymentBy::Sender {
            return refuse(Kind::Unsupported, "nothing is collected where the sender pays");
        }
        let plan = self.settings.plan(order.service.key);
        plan.map_or_else(|| refuse(Kind::Unsupported, "the account names no plan for this service"), Ok)
    }

    /// A parcel's record; `None` where there is none.
    async fn record(&self, parcel: &Tracked) -> Result<Option<Record>, Error> {
        let reply = self.parts.transport.send(&self.sender().record(parcel)).await?;
        let page = Page::read(&reply)?;
        let Some(record) = page.records().next() else { return Ok(None) };
        let record = record.ok_or_else(|| protocol(Operation::Get, &reply, "the record cannot be read"))?;
        let is_asked = parcel.id.is_none() || record.id() == parcel.id.as_deref();
        if is_asked { Ok(Some(record)) } else { Err(protocol(Operation::Get, &reply, "it is another parcel's record")) }
    }

    async fn trail(&self, parcel: &Tracked) -> Result<Trail, Error> {
        Ok(match self.record(parcel).await? {
            Some(record) => record.trail(parcel),
            // A number is given anew when a parcel is booked in: only an id that is unknown is gone.
            None => Trail {
                number: parcel.number.clone(),
                entries: Vec::new(),
                malformed: Vec::new(),
                is_gone: parcel.id.is_some(),
            },
        })
    }
}

fn protocol(operation: Operation, reply: &Reply, message: &str) -> Error {
    Error::provider(Kind::Protocol, Delivery::Maybe, NAME, operation.name(), message).with_status(reply.status)
}

/// An answer that does not say what was asked.
fn unread(operation: Operation, reply: &Reply, refusal: Refusal) -> Error {
    Error::provider(refusal.kind, refusal.delivery, NAME, operation.name(), refusal.message).with_status(reply.status)
}

#[async_trait]
impl Carrier for DarbAssabil {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn account(&self) -> &Account {
        &self.parts.account
    }

    fn lane(&self) -> &str {
        &self.lane
    }

    async fn rates(&self, inquiry: &Inquiry) -> Result<Vec<Quote>, Error> {
        let mut asked: Vec<(&str, Option<Money>)> = Vec::new();
        let mut quotes = Vec::new();
        for service in &inquiry.services {
            let Some(plan) = self.settings.plan(service.key) else { continue };
            let price = match asked.iter().find(|(known, _)| *known == plan) {
                Some((_, price)) => *price,
                None => {
                    let price = self.price(plan, inquiry).await?;
                    asked.push((plan, price));
                    price
                }
            };
            quotes.extend(price.map(|amount| Quote { service: service.key, amount, amount_max: None }));
        }
        Ok(quotes)
    }

    fn describe_preparation(&self, order: &Order) -> Result<Option<Call>, Error> {
        self.admit(order)?;
        Ok(Some(self.sender().contact(order)))
    }

    fn read_preparation(&self, reply: &Reply) -> Result<String, Error> {
        answer::contact(reply).map_err(|refusal| unread(Operation::CreateContact, reply, refusal))
    }

    async fn describe_booking(&self, order: &Order, prepared: Option<&str>) -> Result<Call, Error> {
        let plan = self.admit(order)?;
        let refuse = || Error::refused(Kind::Invalid, NAME, Operation::Create.name(), "there is no contact for it");
        Ok(self.sender().booking(order, plan, prepared.ok_or_else(refuse)?))
    }

    fn read_booking(&self, order: &Order, reply: &Reply) -> Booked {
        answer::booked(order, reply)
    }

    async fn find(&self, wanted: &Wanted) -> Result<Found, Error> {
        self.look_through(wanted).await
    }

    async fn track(&self, parcels: &[Tracked]) -> Result<Vec<Trail>, Error> {
        let mut trails = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            trails.push(self.trail(parcel).await?);
        }
        Ok(trails)
    }

    async fn coverage(&self) -> Result<Vec<Place>, Error> {
        let (mut places, mut offset) = (Vec::new(), 0);
        for _ in 0..MOST_PAGES {
            let reply = self.parts.transport.send(&self.sender().branches(offset)).await?;
            let (branches, found) =
                answer::places(&reply).map_err(|refusal| unread(Operation::Branches, &reply, refusal))?;
            for place in found {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            if branches < BRANCHES {
                return Ok(places);
            }
            offset += branches;
        }
        let message = "the branches come to no end";
        Err(Error::provider(Kind::Protocol, Delivery::Maybe, NAME, Operation::Branches.name(), message))
    }

    fn changes(&self) -> Option<&dyn Changes> {
        Some(self)
    }

    /// What kinds of wallet the account has: the call by which others try whether they are let in. It tells no balance.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        Ok(Some(Probe::new(self.sender().wallet())))
    }
}

impl DarbAssabil {
    /// What a plan costs; `None` where it does not go there.
    async fn price(&self, plan: &str, inquiry: &Inquiry) -> Result<Option<Money>, Error> {
        match self.parts.transport.send(&self.sender().price(plan, inquiry)).await {
            Ok(reply) => {
                let price = answer::price(&reply);
                price.map(Some).map_err(|refusal| unread(Operation::CalculateShipping, &reply, refusal))
            }
            Err(error) if error.kind == Kind::Rejected => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
