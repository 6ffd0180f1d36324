//! What goes over the wire to Darb Assabil: pure building of JSON, and the calls that carry it.

use http::{HeaderMap, HeaderValue, Method, header};
use kit::{Account, Call, Destination, Outcome, Request, Safety, Secrets, form};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;
use url::Url;

use super::body::{Consignment, Contact};
use super::config::Settings;
use super::{NAME, answer};
use crate::port::{Inquiry, Order};
use crate::tracking::Tracked;

/// So many records come with one page. A record has its whole timeline, so that more might be too much for one answer.
pub(super) const PAGE: usize = 100;
/// So many branches come with one page.
pub(super) const BRANCHES: usize = 500;

/// Names, numbers and addresses are people's.
static SECRETS: Secrets = Secrets {
    headers: &[],
    query: &[],
    path: &[],
    body: &["name", "phone", "address", "notes", "nameMap", "geoPoint", "fname", "mname", "lname", "remarks", "stack"],
};

/// The operations of the API, by the names that its own collection has for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    CreateContact,
    CalculateShipping,
    Create,
    Get,
    Delete,
    RequestReturn,
    Branches,
    WalletMetadata,
}

impl Operation {
    /// Its name in the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::CreateContact => "contacts.createPublicContact",
            Self::CalculateShipping => "localShipments.calculateShipping",
            Self::Create => "localShipments.create",
            Self::Get => "localShipments.get",
            Self::Delete => "localShipments.delete",
            Self::RequestReturn => "localShipments.requestReturn",
            Self::Branches => "localBranches.getPublic",
            Self::WalletMetadata => "wallet.metadata",
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::CreateContact => answer::contact_outcome,
            Self::Create => answer::booking_outcome,
            Self::WalletMetadata => answer::wallet_outcome,
            _ => answer::accepted,
        }
    }
}

/// An account: what every call is made by.
pub(super) struct Sender<'a> {
    pub(super) account: Account,
    pub(super) destination: Destination,
    pub(super) settings: &'a Settings,
    pub(super) key: &'a SecretString,
}

impl Sender<'_> {
    /// Has whom it goes to written down. The same number gives the same contact, whoever sends it and however often.
    pub(super) fn contact(&self, order: &Order) -> Call {
        let to = &order.destination;
        let contact = Contact { account: &self.settings.account_id, name: &to.name, phone: to.phone.e164() };
        let request = self.post("api/contacts/create/public/contact", &contact);
        let safety = Safety::Keyed(order.reference.clone());
        self.call(Operation::CreateContact, safety, Some(&order.reference), request)
    }

    /// Asks what a plan costs. It is a POST and changes nothing.
    pub(super) fn price(&self, plan: &str, inquiry: &Inquiry) -> Call {
        let consignment = Consignment::of_inquiry(self.settings, plan, inquiry);
        let request = self.post("api/local/shipments/calculate/shipping", &consignment);
        self.call(Operation::CalculateShipping, Safety::Read, None, request)
    }

    /// Books.
    pub(super) fn booking(&self, order: &Order, plan: &str, contact: &str) -> Call {
        let consignment = Consignment::of_order(self.settings, plan, contact, order);
        let request = self.post("api/local/shipments", &consignment);
        self.call(Operation::Create, Safety::Once, Some(&order.reference), request)
    }

    /// A page of all records, the newest first.
    pub(super) fn page(&self, offset: usize, reference: &str) -> Call {
        let mut url = self.url("api/local/shipments");
        url.query_pairs_mut()
            .append_pair("offset", &offset.to_string())
            .append_pair("limit", &PAGE.to_string())
            .append_pair("sort", r#"{"createdAt":-1}"#);
        self.call(Operation::Get, Safety::Read, Some(reference), self.get(url))
    }

    /// The record of a parcel, by its id or, where that is not known, by its number.
    pub(super) fn record(&self, parcel: &Tracked) -> Call {
        let url = match &parcel.id {
            Some(id) => self.url(&format!("api/local/shipments/{id}")),
            None => {
                let mut url = self.url("api/local/shipments");
                url.query_pairs_mut()
                    .append_pair("reference", &parcel.number)
                    .append_pair("offset", "0")
                    .append_pair("limit", "2");
                url
            }
        };
        self.call(Operation::Get, Safety::Read, Some(&parcel.reference), self.get(url))
    }

    /// Deletes a parcel's record. Not `Keyed`: a repeat would be told that there is none.
    pub(super) fn delete(&self, parcel: &Tracked, id: &str) -> Call {
        let url = self.url(&format!("api/local/shipments/{id}"));
        let request = Request { method: Method::DELETE, ..self.get(url) };
        self.call(Operation::Delete, Safety::Once, Some(&parcel.reference), request)
    }

    /// Has products of a parcel brought back: all of them, each by its id.
    pub(super) fn request_return(&self, parcel: &Tracked, id: &str, products: &[(String, i64)]) -> Call {
        let products: Vec<_> =
            products.iter().map(|(id, quantity)| json!({ "_id": id, "quantity": quantity })).collect();
        let request = self.post(&format!("api/local/shipments/request/return/{id}"), &json!({ "products": products }));
        self.call(Operation::RequestReturn, Safety::Once, Some(&parcel.reference), request)
    }

    /// A page of the branches and what each serves.
    pub(super) fn branches(&self, offset: usize) -> Call {
        let mut url = self.url("api/local/branches/public");
        // Without an offset of zero the first of them are left out (SOURCE.md, "Places").
        url.query_pairs_mut().append_pair("offset", &offset.to_string()).append_pair("limit", &BRANCHES.to_string());
        self.call(Operation::Branches, Safety::Read, None, self.get(url))
    }

    /// What kinds of wallet the account has.
    pub(super) fn wallet(&self) -> Call {
        self.call(Operation::WalletMetadata, Safety::Read, None, self.get(self.url("api/wallet/metadata")))
    }

    fn url(&self, path: &str) -> Url {
        form::below(&self.settings.base_url, path)
    }

    fn get(&self, url: Url) -> Request {
        let mut request = Request::get(url, self.destination);
        request.headers = self.headers();
        request
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Request {
        let body = serde_json::to_vec(body).expect("texts and whole numbers are JSON");
        let mut request = Request::post_json(self.url(path), self.destination, body);
        request.headers.extend(self.headers());
        request
    }

    /// Without all three of them nothing is found, rather than refused.
    fn headers(&self) -> HeaderMap {
        let proof = format!("apikey {}", self.key.expose_secret()).into();
        let account = HeaderValue::from_str(&self.settings.account_id).expect("hexadecimal digits are plain");
        HeaderMap::from_iter([
            (header::AUTHORIZATION, form::secret(&proof)),
            (header::ACCEPT, HeaderValue::from_static("application/json")),
            (header::HeaderName::from_static("x-api-version"), HeaderValue::from_static("1.0.0")),
            (header::HeaderName::from_static("x-account-id"), account),
        ])
    }

    fn call(&self, operation: Operation, safety: Safety, reference: Option<&str>, request: Request) -> Call {
        Call {
            account: self.account,
            provider: NAME,
            operation: operation.name(),
            reference: reference.map(str::to_owned),
            safety,
            secrets: &SECRETS,
            // A refusal in its own words may have either status (SOURCE.md, "Answers").
            answers: &[400, 500],
            outcome: operation.outcome(),
            explain: answer::explain,
            timeout: None,
            request,
        }
    }
}

#[cfg(test)]
mod tests;
