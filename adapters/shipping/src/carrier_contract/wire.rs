//! The calls of the contract: what each is, and how it is signed.

use http::{HeaderValue, header};
use jiff::Timestamp;
use kit::contract::{self, Keys};
use kit::{Account, Call, Destination, Outcome, Request, Safety, Secrets};
use url::Url;

use super::{answer, fetching};
use crate::card::Card;

/// Names, numbers, addresses and notes are people's; the address of callbacks may have a proof of its own in it.
static SECRETS: Secrets = Secrets {
    headers: &["X-Signature"],
    query: &[],
    path: &[],
    body: &["name", "phone", "address", "coordinates", "notes", "callback_url"],
};

/// Cities and quarters have names too, and these are nobody's secret.
static SECRETS_OF_CITIES: Secrets = Secrets { headers: &["X-Signature"], query: &[], path: &[], body: &[] };

/// The operations of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    ListCities,
    InquireRates,
    CreateShipment,
    FindShipments,
    ListEvents,
    CancelShipment,
    ReturnShipment,
    CreatePickup,
    OpenStream,
}

impl Operation {
    /// Its name in the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ListCities => "list_cities",
            Self::InquireRates => "inquire_rates",
            Self::CreateShipment => "create_shipment",
            Self::FindShipments => "find_shipments",
            Self::ListEvents => "list_events",
            Self::CancelShipment => "cancel_shipment",
            Self::ReturnShipment => "return_shipment",
            Self::CreatePickup => "create_pickup",
            Self::OpenStream => "open_stream",
        }
    }

    const fn safety(self) -> Safety {
        match self {
            // By the contract a repeated reference does no harm, nor does a change that is made already; but the contract is
            // assumed, and these are parcels.
            Self::CreateShipment | Self::CancelShipment | Self::ReturnShipment | Self::CreatePickup => Safety::Once,
            Self::ListCities | Self::InquireRates | Self::FindShipments | Self::ListEvents | Self::OpenStream => {
                Safety::Read
            }
        }
    }

    const fn secrets(self) -> &'static Secrets {
        match self {
            Self::ListCities => &SECRETS_OF_CITIES,
            _ => &SECRETS,
        }
    }

    /// What is refused in words of the contract, what is there already, and that there is none.
    const fn answers(self) -> &'static [u16] {
        match self {
            Self::CreateShipment | Self::CreatePickup => &[409, 422],
            Self::CancelShipment | Self::ReturnShipment => &[422],
            Self::ListEvents => &[404],
            Self::ListCities | Self::InquireRates | Self::FindShipments | Self::OpenStream => &[],
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::ListCities => contract::outcome::<answer::Cities>,
            Self::InquireRates => contract::outcome::<answer::Rates>,
            Self::CreateShipment => contract::outcome::<answer::Shipment>,
            Self::FindShipments => contract::outcome::<answer::Shipments>,
            Self::ListEvents => contract::outcome::<answer::Events>,
            Self::CancelShipment | Self::ReturnShipment => contract::outcome::<answer::Change>,
            Self::CreatePickup => contract::outcome::<fetching::Pickup>,
            // A stream has no answer that could be wrong.
            Self::OpenStream => |_| Ok(()),
        }
    }
}

/// An account at a moment: what every request is built and signed by.
pub(super) struct Sender<'a> {
    pub(super) card: &'static Card,
    pub(super) account: Account,
    pub(super) destination: Destination,
    pub(super) base_url: &'a Url,
    pub(super) keys: &'a Keys,
    pub(super) now: Timestamp,
}

impl Sender<'_> {
    /// A POST of JSON to a path below the base URL's own.
    pub(super) fn post(&self, path: &[&str], body: Vec<u8>) -> Request {
        Request::post_json(contract::url(self.base_url, path), self.destination, body)
    }

    /// A GET, with one thing in its query or none.
    pub(super) fn get(&self, path: &[&str], query: Option<(&str, &str)>) -> Request {
        let mut url = contract::url(self.base_url, path);
        if let Some((name, value)) = query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut request = Request::get(url, self.destination);
        request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request
    }

    /// Signs a request, and says what it is.
    pub(super) fn call(&self, operation: Operation, reference: Option<&str>, mut request: Request) -> Call {
        self.keys.sign(&mut request, self.now);
        Call {
            account: self.account,
            provider: self.card.name,
            operation: operation.name(),
            reference: reference.map(str::to_owned),
            safety: operation.safety(),
            secrets: operation.secrets(),
            answers: operation.answers(),
            outcome: operation.outcome(),
            explain: contract::explain,
            timeout: None,
            request,
        }
    }
}

#[cfg(test)]
mod tests;
