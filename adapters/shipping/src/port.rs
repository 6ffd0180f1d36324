//! The port of carriers: what the gateway asks of each, as numbered promises that `conformance.rs` quotes and tests.

use async_trait::async_trait;
use jiff::Timestamp;
use kit::{Account, Call, CallbackError, Error, Probe, RawCallback, Reply};
use schemas::shipping::{Length, Weight};
use schemas::{Money, Phone};

use crate::card::{Card, Service};
use crate::change::Changes;
use crate::drops::Drops;
use crate::pickups::Pickups;
use crate::push::Push;
use crate::tracking::{Entry, Tracked, Trail};

/// One account with a carrier. What a carrier has not got, it need not write: the defaults say so.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// What this carrier is: static data.
    fn card(&self) -> &'static Card;

    /// Whose account this is.
    fn account(&self) -> &Account;

    /// What questions and pushes are put together by, across processes.
    fn lane(&self) -> &str;

    /// What its callbacks name it by; `None` where they name nothing, or there are none.
    fn identity(&self) -> Option<&str> {
        None
    }

    /// 1. Prices the services that are asked for, by `Read`s alone. 2. Each price is for one of them; a service without a
    ///    price is one that the carrier does not offer here. An account whose carrier has no prices tells those of its card.
    async fn rates(&self, inquiry: &Inquiry) -> Result<Vec<Quote>, Error>;

    /// 3. Describes what must be there before the booking, or nothing; sends nothing. It is `Keyed`: a repeat does no harm.
    fn describe_preparation(&self, _: &Order) -> Result<Option<Call>, Error> {
        Ok(None)
    }

    /// 4. Reads the answer to it: what the booking names it by.
    fn read_preparation(&self, _: &Reply) -> Result<String, Error> {
        Ok(String::new())
    }

    /// 5. Describes the booking: `Once`, with the order's reference on the wire where the carrier can be asked about it. It may
    ///    fetch an access token for that, and sends nothing else. 6. An order that the carrier cannot carry (city, size,
    ///    money) is `Invalid` or `Unsupported` with delivery `Never`.
    async fn describe_booking(&self, order: &Order, prepared: Option<&str>) -> Result<Call, Error>;

    /// 7. Reads the answer to that call. `Refused` only where the carrier says in so many words that nothing was booked.
    fn read_booking(&self, order: &Order, reply: &Reply) -> Booked;

    /// 8. Says what the carrier has booked under a reference, from its own records, by `Read`s alone. `Nothing` means that all
    ///    of its records since then were seen and it is in none of them *now*.
    async fn find(&self, wanted: &Wanted) -> Result<Found, Error>;

    /// 9. Tells what has happened to each parcel, in any order, with every parcel answered once; by `Read`s alone. 10. An
    ///    entry has the carrier's own word and clock, and is the same by whatever way it is told.
    async fn track(&self, parcels: &[Tracked]) -> Result<Vec<Trail>, Error>;

    /// How many parcels one call can carry.
    fn tracked_at_once(&self) -> usize {
        1
    }

    /// 11. The places that the carrier goes to, in its own words, by `Read`s alone.
    async fn coverage(&self) -> Result<Vec<Place>, Error>;

    /// Cancelling and returning, where the carrier has calls for it.
    fn changes(&self) -> Option<&dyn Changes> {
        None
    }

    /// Having parcels fetched, where the carrier has a call for it.
    fn pickups(&self) -> Option<&dyn Pickups> {
        None
    }

    /// Files that it leaves for us, where it does.
    fn drops(&self) -> Option<&dyn Drops> {
        None
    }

    /// A stream of what happens, where it has one.
    fn push(&self) -> Option<&dyn Push> {
        None
    }

    /// 12. Verifies a callback in constant time over its bytes as they came. 13. Reads its entries one by one; what cannot be
    ///     read of it is kept beside those that can. Where the card says `Hinting`, entries are hints: they name parcels.
    fn read_callback(&self, _: &RawCallback) -> Result<Told, CallbackError> {
        Err(CallbackError::Unsupported)
    }

    /// 15. Describes a probe: cheap, free, a `Read` that changes and uses up nothing that a customer would miss, so that it can
    ///    be asked every few seconds. It may fetch an access token, and sends nothing else. `None` where there is nobody to ask.
    async fn describe_probe(&self) -> Result<Option<Probe>, Error> {
        Ok(None)
    }

    /// 14. Gives up the access that a call was refused with; true where the call may go better when it is described anew.
    async fn renew_access(&self, _refused: &Call) -> Result<bool, Error> {
        Ok(false)
    }
}

/// A place as a carrier names it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// What the wire names it by.
    pub code: String,
    /// The carrier's own name of it.
    pub name: String,
    /// Another name that the carrier has for it: another language, or an older one.
    pub other_name: Option<String>,
    /// Where it is a part of a city: the code of the city.
    pub within: Option<String>,
}

/// One end of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Who is there.
    pub name: String,
    /// E.164.
    pub phone: Phone,
    /// Id in the gazetteer.
    pub city: &'static str,
    /// The city for people: English and Arabic.
    pub city_names: (&'static str, &'static str),
    /// The city as this carrier names it.
    pub place: Place,
    /// The quarter as this carrier names it, where it has a name for it.
    pub area_place: Option<Place>,
    /// The quarter as it was written.
    pub area: Option<String>,
    /// Street.
    pub street: Option<String>,
    /// House, floor, flat.
    pub building: Option<String>,
    /// What a driver looks for.
    pub landmark: Option<String>,
    /// Latitude and longitude as decimal text.
    pub coordinates: Option<(String, String)>,
}

impl End {
    /// Everything below the city in one line, as far as it goes in so many characters.
    pub fn line(&self, most: usize) -> String {
        let parts = [&self.area, &self.street, &self.building, &self.landmark];
        let line = parts.into_iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty());
        let line = line.collect::<Vec<_>>().join("، ");
        line.chars().take(most).collect()
    }
}

/// One parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parcel {
    /// How heavy.
    pub weight: Weight,
    /// Length, width and height.
    pub size: [Length; 3],
    /// What it is worth.
    pub value: Option<Money>,
}

/// What a price is asked for.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// Where it is fetched.
    pub origin: End,
    /// Where it goes.
    pub destination: End,
    /// What is carried, together.
    pub parcels: Vec<Parcel>,
    /// What the driver collects.
    pub cash: Option<Money>,
    /// The services that fit: those of the card that are worth asking for.
    pub services: Vec<&'static Service>,
}

/// What a service costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The service's word in the facade.
    pub service: &'static str,
    /// How much; the least of a span.
    pub amount: Money,
    /// The most of a span.
    pub amount_max: Option<Money>,
}

/// A shipment that is to be booked.
#[derive(Debug, Clone)]
pub struct Order {
    /// Ours, 10 to 36 characters of `[A-Za-z0-9._-]`, never reused.
    pub reference: String,
    /// By which service.
    pub service: &'static Service,
    /// Where it is fetched.
    pub origin: End,
    /// Where it goes.
    pub destination: End,
    /// What is carried, together.
    pub parcels: Vec<Parcel>,
    /// What the driver collects.
    pub cash: Option<Money>,
    /// What is in it.
    pub description: Option<String>,
    /// For the driver.
    pub notes: Option<String>,
    /// The address of this account's callbacks.
    pub callback_url: String,
}

impl Order {
    /// How heavy it is together.
    pub fn weight(&self) -> Weight {
        Weight::grams(self.parcels.iter().map(|parcel| parcel.weight.in_grams()).sum())
    }

    /// The largest extent in each direction.
    pub fn size(&self) -> [Length; 3] {
        let largest = |index: usize| self.parcels.iter().map(|parcel| parcel.size[index]).max();
        [0, 1, 2].map(|index| largest(index).unwrap_or(Length::centimetres(1)))
    }
}

/// What a carrier has booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The carrier's number, which people and labels have.
    pub number: String,
    /// What the carrier's calls name it by, where that is another word.
    pub id: Option<String>,
    /// What it costs, where the carrier says so.
    pub cost: Option<Money>,
}

/// The answer to a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Booked {
    /// The carrier has it.
    Done(Booking),
    /// The carrier has said that it has not.
    Refused {
        /// Its own words.
        message: String,
    },
    /// Neither.
    Unclear {
        /// What came.
        message: String,
    },
}

/// What is looked for in a carrier's records.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The order's reference.
    pub reference: String,
    /// When the booking left: nothing of it is older.
    pub since: Timestamp,
    /// Whom it goes to: what some lists are narrowed by.
    pub phone: Phone,
}

/// What is in a carrier's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// These, under that very reference.
    Bookings(Vec<Booking>),
    /// All of its records were seen, and it is in none.
    Nothing,
    /// The records could not be seen as a whole, or this carrier's do not show references.
    CannotSay {
        /// Why.
        message: String,
    },
}

/// What a callback, a frame or a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What could be read, each naming its parcel.
    pub entries: Vec<ToldEntry>,
    /// What could not, as it came.
    pub malformed: Vec<String>,
}

/// One thing that was told of one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldEntry {
    /// The carrier's number of it.
    pub number: Option<String>,
    /// Our reference of it.
    pub reference: Option<String>,
    /// What happened; `None` in a hint that says only that something did.
    pub entry: Option<Entry>,
}
