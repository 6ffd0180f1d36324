//! Vanex: cargo all over Libya by REST, with status files over FTP beside it.
#![doc = include_str!("README.md")]

mod answer;
mod card;
mod changes;
mod config;
mod drops;
mod moment;
mod notice;
mod package;
mod places;
mod search;
mod session;
mod trail;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use kit::wire::listing;
use kit::{Account, Call, CallbackError, ConfigError, Delivery, Error, Kind, Parts, Probe, RawCallback, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use self::answer::{Envelope, unreadable};
pub use self::card::CARD;
use self::config::{Folder, Settings};
use self::places::City;
use self::search::{PAGE, Page, Step, Walk};
use self::session::Session;
use self::wire::{Act, CALCULATOR, CITIES, CREATE, FILE, LIST, LOGS, Sender};
use crate::card::Card;
use crate::change::Changes;
use crate::drops::{DropFile, DropReading, Drops};
use crate::pickups::Pickups;
use crate::port::{Booked, Carrier, Found, Inquiry, Order, Place, Quote, Told, Wanted};
use crate::registry::{Provider, no_address, no_identity};
use crate::tracking::{Tracked, Trail};
use kit::written::Written;
use schemas::shipping::Length;

const NAME: &str = "vanex";

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(Vanex::build(configuration, credentials, parts)?)),
    address: no_address,
    identity: no_identity,
    settings: &["base_url", "region", "ftp_url"],
    credentials: &["email", "password", "webhook_token", "ftp_user", "ftp_password"],
};

/// One account of a store with Vanex.
pub struct Vanex {
    parts: Parts,
    settings: Settings,
    session: Session,
}

impl Vanex {
    /// Builds the account of a store.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration, credentials, parts.mode)?;
        let session = Session::new(&settings);
        Ok(Self { parts, settings, session })
    }

    fn sender(&self) -> Sender<'_> {
        Sender::new(&self.parts, &self.settings)
    }

    async fn token(&self) -> Result<SecretString, Error> {
        self.session.token(&self.parts, &self.settings).await
    }

    /// Sends a question, and once more where its token was refused.
    async fn ask(&self, describe: impl Fn(&Sender<'_>, &SecretString) -> Call + Send + Sync) -> Result<Reply, Error> {
        let call = describe(&self.sender(), &self.token().await?);
        match self.parts.transport.send(&call).await {
            Err(error) if error.kind == Kind::Unauthorized && error.status != Some(403) => {
                self.session.renew(&self.parts, &self.settings, &call).await?;
                let again = describe(&self.sender(), &self.token().await?);
                self.parts.transport.send(&again).await
            }
            result => result,
        }
    }

    async fn cities(&self) -> Result<Vec<City>, Error> {
        let reply = self.ask(|sender, token| sender.cities(token)).await?;
        let cities = Envelope::read(&reply).and_then(|envelope| envelope.data());
        cities.map_err(|message| unreadable(CITIES, &reply, message))
    }

    /// The region that parcels from a city start in.
    async fn region(&self, city: &str) -> Result<u32, Error> {
        if let Some(region) = self.settings.region {
            return Ok(region);
        }
        let cities = self.cities().await?;
        let region = cities.iter().find(|known| known.is(city)).and_then(City::region);
        region.ok_or_else(|| Error::refused(Kind::Unsupported, NAME, CALCULATOR, "the city has no region over there"))
    }

    async fn trail(&self, parcel: &Tracked) -> Result<Trail, Error> {
        let (number, reference) = (&parcel.number, &parcel.reference);
        let trail = Trail { number: number.clone(), entries: Vec::new(), malformed: Vec::new(), is_gone: false };
        let reply = self.ask(|sender, token| sender.logs(token, number, reference)).await?;
        let envelope = Envelope::read(&reply).map_err(|message| unreadable(LOGS, &reply, message))?;
        if answer::is_gone(&envelope) {
            return Ok(Trail { is_gone: true, ..trail });
        }
        let mut log = trail::log(&envelope).map_err(|message| unreadable(LOGS, &reply, message))?;
        if !trail::is_told(&CARD, &log.entries) {
            let reply = self.ask(|sender, token| sender.show(token, number, reference)).await?;
            let standing = trail::standing(&reply);
            log.entries.extend(standing.filter(|entry| log.entries.iter().all(|known| known.raw != entry.raw)));
        }
        Ok(Trail { entries: log.entries, malformed: log.malformed, ..trail })
    }

    fn folder(&self) -> Result<&Folder, Error> {
        let missing = || Error::refused(Kind::Unsupported, NAME, FILE, "the account has no folder of files");
        self.settings.folder.as_ref().ok_or_else(missing)
    }
}

#[async_trait]
impl Carrier for Vanex {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn account(&self) -> &Account {
        &self.parts.account
    }

    fn lane(&self) -> &str {
        self.session.scope()
    }

    /// The calculator knows extents and ways, and no services: its price is the price of each that fits.
    async fn rates(&self, inquiry: &Inquiry) -> Result<Vec<Quote>, Error> {
        let region = self.region(&inquiry.origin.place.code).await?;
        let largest = |index: usize| inquiry.parcels.iter().map(|parcel| parcel.size[index]).max();
        let size = [0, 1, 2].map(|index| largest(index).unwrap_or(Length::centimetres(1)).whole_centimetres());
        let city = &inquiry.destination.place.code;
        let reply = self.ask(|sender, token| sender.price(token, region, city, size)).await?;
        let price: Result<Price, String> = Envelope::read(&reply).and_then(|envelope| envelope.data());
        let amount = price.ok().filter(|price| price.currency.given().is_none() || price.currency.says("LYD"));
        let amount = amount.and_then(|price| answer::dinars(price.total_price.text())).filter(|money| money.minor > 0);
        let amount = amount.ok_or_else(|| unreadable(CALCULATOR, &reply, "the answer has no price".to_owned()))?;
        let quote = |service: &&'static crate::Service| Quote { service: service.key, amount, amount_max: None };
        Ok(inquiry.services.iter().map(quote).collect())
    }

    async fn describe_booking(&self, order: &Order, _: Option<&str>) -> Result<Call, Error> {
        let body = Some(package::body(order)?);
        let reference = &order.reference;
        let act = Act { operation: CREATE, method: Method::POST, path: "customer/package", body, reference };
        Ok(self.sender().act(&self.token().await?, act))
    }

    fn read_booking(&self, _: &Order, reply: &Reply) -> Booked {
        answer::booked(reply)
    }

    async fn find(&self, wanted: &Wanted) -> Result<Found, Error> {
        let mut walk = Walk::new(wanted);
        let mut number = 1;
        loop {
            let reply = self.ask(|sender, token| sender.packages(token, &wanted.reference, number, PAGE)).await?;
            let page: Result<Page, String> = Envelope::read(&reply).and_then(|envelope| envelope.data());
            let page = page.map_err(|message| unreadable(LIST, &reply, message))?;
            match walk.take(number, &page) {
                Step::Next => number += 1,
                Step::End(found) => return Ok(found),
            }
        }
    }

    async fn track(&self, parcels: &[Tracked]) -> Result<Vec<Trail>, Error> {
        let mut trails = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            trails.push(self.trail(parcel).await?);
        }
        Ok(trails)
    }

    async fn coverage(&self) -> Result<Vec<Place>, Error> {
        Ok(self.cities().await?.iter().flat_map(City::places).collect())
    }

    fn changes(&self) -> Option<&dyn Changes> {
        Some(self)
    }

    fn pickups(&self) -> Option<&dyn Pickups> {
        Some(self)
    }

    fn drops(&self) -> Option<&dyn Drops> {
        self.settings.folder.is_some().then_some(self as &dyn Drops)
    }

    fn read_callback(&self, raw: &RawCallback) -> Result<Told, CallbackError> {
        notice::read(raw, self.settings.webhook_token.as_ref())
    }

    /// Where a package is that nobody has: whoever waits for one asks so, without a log-in.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        Ok(Some(Probe::new(self.sender().whereabouts(Probe::NOBODY))))
    }

    async fn renew_access(&self, refused: &Call) -> Result<bool, Error> {
        self.session.renew(&self.parts, &self.settings, refused).await?;
        Ok(true)
    }
}

#[async_trait]
impl Drops for Vanex {
    async fn list(&self) -> Result<Vec<DropFile>, Error> {
        let call = self.sender().drop(self.folder()?, None);
        let reply = self.parts.transport.send(&call).await?;
        Ok(drops::files(listing::read(&reply.body)))
    }

    async fn fetch(&self, file: &DropFile) -> Result<DropReading, Error> {
        if !drops::is_status_file(&file.name) {
            return Err(invalid(FILE, "this is no status file"));
        }
        let call = self.sender().drop(self.folder()?, Some(&file.name));
        let reply = self.parts.transport.send(&call).await?;
        // It was longer or shorter when it was listed: somebody is writing it.
        if file.size.is_some_and(|size| size != reply.body.len() as u64) {
            let message = "the file has another length than was listed";
            return Err(Error::provider(Kind::Unavailable, Delivery::Maybe, NAME, FILE, message));
        }
        Ok(drops::read(reply.body))
    }
}

/// What the calculator says (SOURCE.md, "Prices").
#[derive(Deserialize, Default)]
#[serde(default)]
struct Price {
    total_price: Written,
    currency: Written,
}

fn invalid(operation: &'static str, message: &str) -> Error {
    Error::refused(Kind::Invalid, NAME, operation, message)
}

#[cfg(test)]
mod tests;
