//! Amyal and Wingsly: one small contract of ours, since nothing of theirs is public.
#![doc = include_str!("README.md")]

mod answer;
mod cards;
mod changes;
mod config;
mod event;
mod fetching;
mod notice;
mod request;
mod stream;
mod wire;

use async_trait::async_trait;
use kit::contract::{self, Keys};
use kit::{
    Account, Call, CallbackError, ConfigError, Delivery, Error, Kind, Parts, Probe, RawCallback, Reply, Request, object,
};
use serde_json::Value;
use url::Url;

pub use self::cards::{AMYAL, WINGSLY};

use self::wire::{Operation, Sender};
use crate::card::{Callbacks, Card};
use crate::change::Changes;
use crate::pickups::Pickups;
use crate::port::{Booked, Carrier, Found, Inquiry, Order, Place, Quote, Told, Wanted};
use crate::push::Push;
use crate::tracking::{Tracked, Trail};

/// A merchant's account with one of the two.
pub struct CarrierContract {
    card: &'static Card,
    parts: Parts,
    base_url: Url,
    keys: Keys,
    lane: String,
}

impl CarrierContract {
    /// Builds the account of a merchant.
    pub fn build(
        card: &'static Card,
        configuration: Value,
        credentials: Value,
        parts: Parts,
    ) -> Result<Self, ConfigError> {
        let base_url = config::base_url(configuration, parts.mode)?;
        let keys = config::keys(credentials, parts.mode)?;
        // Nothing but the account names the merchant; and at another host its parcels are not known.
        let lane = format!("{}/{}/{}", card.name, contract::host(&base_url), parts.account.id);
        Ok(Self { card, parts, base_url, keys, lane })
    }

    /// One is followed by webhooks, the other by a stream.
    fn has_webhooks(&self) -> bool {
        self.card.callbacks == Callbacks::Proving
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            card: self.card,
            account: self.parts.account,
            destination: self.parts.destination,
            base_url: &self.base_url,
            keys: &self.keys,
            now: self.parts.ambient.now(),
        }
    }

    /// Asks, and hands on what is answered.
    async fn asked(&self, operation: Operation, request: Request) -> Result<Reply, Error> {
        self.parts.transport.send(&self.sender().call(operation, None, request)).await
    }

    /// Refuses what cannot be carried, before anything is sent.
    fn refused(&self, kind: Kind, operation: Operation, message: &str) -> Error {
        Error::refused(kind, self.card.name, operation.name(), message)
    }

    /// An answer that cannot be what it says.
    fn wrong(&self, operation: Operation, reply: &Reply, message: String) -> Error {
        let (kind, delivery) = (Kind::Protocol, Delivery::Maybe);
        Error::provider(kind, delivery, self.card.name, operation.name(), message).with_status(reply.status)
    }
}

#[async_trait]
impl Carrier for CarrierContract {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn account(&self) -> &Account {
        &self.parts.account
    }

    fn lane(&self) -> &str {
        &self.lane
    }

    async fn rates(&self, inquiry: &Inquiry) -> Result<Vec<Quote>, Error> {
        let operation = Operation::InquireRates;
        let body = request::inquiry(inquiry).map_err(|message| self.refused(Kind::Unsupported, operation, message))?;
        let reply = self.asked(operation, self.sender().post(&["rates"], body)).await?;
        let quotes = object::read::<answer::Rates>(&reply.body).and_then(|rates| rates.quotes(&inquiry.services));
        quotes.map_err(|message| self.wrong(operation, &reply, message))
    }

    async fn describe_booking(&self, order: &Order, _: Option<&str>) -> Result<Call, Error> {
        let operation = Operation::CreateShipment;
        request::check(order).map_err(|(kind, message)| self.refused(kind, operation, message))?;
        let body = request::booking(order, self.has_webhooks());
        let call = self.sender().post(&["shipments"], body);
        Ok(self.sender().call(operation, Some(&order.reference), call))
    }

    fn read_booking(&self, order: &Order, reply: &Reply) -> Booked {
        answer::booked(&order.reference, reply)
    }

    async fn find(&self, wanted: &Wanted) -> Result<Found, Error> {
        let operation = Operation::FindShipments;
        let request = self.sender().get(&["shipments"], Some(("reference", &wanted.reference)));
        let reply = self.asked(operation, request).await?;
        answer::found(&wanted.reference, &reply).map_err(|message| self.wrong(operation, &reply, message))
    }

    async fn track(&self, parcels: &[Tracked]) -> Result<Vec<Trail>, Error> {
        let operation = Operation::ListEvents;
        let mut trails = Vec::with_capacity(parcels.len());
        // The contract asks about one parcel at a time.
        for parcel in parcels {
            let path = self.path(operation, parcel, "events")?;
            let reply = self.asked(operation, self.sender().get(&path, None)).await?;
            let trail = answer::trail(&parcel.number, &reply);
            trails.push(trail.map_err(|message| self.wrong(operation, &reply, message))?);
        }
        Ok(trails)
    }

    async fn coverage(&self) -> Result<Vec<Place>, Error> {
        let operation = Operation::ListCities;
        let reply = self.asked(operation, self.sender().get(&["cities"], None)).await?;
        let places = object::read::<answer::Cities>(&reply.body).and_then(answer::Cities::places);
        places.map_err(|message| self.wrong(operation, &reply, message))
    }

    fn changes(&self) -> Option<&dyn Changes> {
        Some(self)
    }

    fn pickups(&self) -> Option<&dyn Pickups> {
        Some(self)
    }

    fn push(&self) -> Option<&dyn Push> {
        (!self.has_webhooks()).then_some(self)
    }

    /// The shipments of a reference that nobody has.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        let request = self.sender().get(&["shipments"], Some(("reference", Probe::NOBODY)));
        Ok(Some(Probe::new(self.sender().call(Operation::FindShipments, Some(Probe::NOBODY), request))))
    }

    fn read_callback(&self, raw: &RawCallback) -> Result<Told, CallbackError> {
        if !self.has_webhooks() {
            return Err(CallbackError::Unsupported);
        }
        self.keys.secret.prove(raw, self.parts.ambient.now())?;
        notice::told(&raw.body)
    }
}

#[cfg(test)]
mod tests;
