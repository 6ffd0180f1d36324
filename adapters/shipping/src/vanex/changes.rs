//! Giving a parcel up, having it brought back, and having parcels fetched.

use async_trait::async_trait;
use http::Method;
use kit::{Call, Error, Reply};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::Envelope;
use super::package::{address, national};
use super::wire::{Act, CANCEL, COLLECT, RECALL, package};
use super::{Vanex, invalid};
use crate::change::{Changed, Changes};
use crate::pickups::{PickupAnswer, PickupOrder, Pickups};
use crate::tracking::Tracked;
use kit::written::Written;

/// What a recall says where nobody gave a reason: one is asked for.
const NO_REASON: &str = "استرجاع بطلب من المتجر";

impl Vanex {
    async fn change(&self, parcel: &Tracked, mut act: Act<'_>) -> Result<Call, Error> {
        act.reference = &parcel.reference;
        Ok(self.sender().act(&self.token().await?, act))
    }
}

/// The id, and the number where the id is not known: both are taken (SOURCE.md, "A package").
fn id(parcel: &Tracked) -> &str {
    parcel.id.as_deref().unwrap_or(&parcel.number)
}

#[async_trait]
impl Changes for Vanex {
    /// Only before it is carried; DELETE has no room for a reason.
    async fn describe_cancel(&self, parcel: &Tracked, _: Option<&str>) -> Result<Call, Error> {
        let path = package(id(parcel), "");
        self.change(parcel, Act { operation: CANCEL, method: Method::DELETE, path: &path, body: None, reference: "" })
            .await
    }

    async fn describe_return(&self, parcel: &Tracked, reason: Option<&str>) -> Result<Call, Error> {
        let path = package(id(parcel), "/recall");
        let body = Some(json!({ "reason": reason.unwrap_or(NO_REASON) }).to_string());
        self.change(parcel, Act { operation: RECALL, method: Method::PUT, path: &path, body, reference: "" }).await
    }

    fn read_change(&self, _: &Tracked, reply: &Reply) -> Changed {
        match verdict(reply) {
            Verdict::Yes(_) => Changed::Done,
            Verdict::No(message) => Changed::Refused { message },
            Verdict::Neither(message) => Changed::Unclear { message },
        }
    }
}

/// What a collect is ordered with (SOURCE.md, "Collects").
#[derive(Serialize)]
struct Services {
    sett: bool,
    returns_request: bool,
    ready: bool,
    packaging: bool,
    has_products: bool,
}

#[async_trait]
impl Pickups for Vanex {
    async fn describe_pickup(&self, order: &PickupOrder) -> Result<Call, Error> {
        if order.parcels.is_empty() || order.reference.is_empty() {
            return Err(invalid(COLLECT, "there is nothing to fetch"));
        }
        let phone = national(order.phone());
        // It has fields for neither day nor reference: the driver reads both.
        let notes = [Some(order.day.to_string()), order.notes.clone(), Some(order.reference.clone())];
        let services =
            Services { sett: false, returns_request: false, ready: true, packaging: false, has_products: false };
        let map = order.at.coordinates.as_ref().map(|(latitude, longitude)| format!("{latitude},{longitude}"));
        let body = json!({
            "phone": phone,
            "phone_2": phone,
            "num_pkg": order.parcels.len(),
            "address": format!("{}، {}", order.place().name, address(&order.at)),
            "map": map.unwrap_or_default(),
            "notes": notes.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            "services": services,
        });
        let (path, reference) = ("customer/collects", order.reference.as_str());
        let act = Act { operation: COLLECT, method: Method::POST, path, body: Some(body.to_string()), reference };
        Ok(self.sender().act(&self.token().await?, act))
    }

    fn read_pickup(&self, _: &PickupOrder, reply: &Reply) -> PickupAnswer {
        match verdict(reply) {
            Verdict::Yes(id) => PickupAnswer::Scheduled { id },
            Verdict::No(message) => PickupAnswer::Refused { message },
            Verdict::Neither(message) => PickupAnswer::Unclear { message },
        }
    }
}

/// What an envelope without anything to read in it says.
enum Verdict {
    Yes(Option<String>),
    No(String),
    Neither(String),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Made {
    id: Written,
}

fn verdict(reply: &Reply) -> Verdict {
    let envelope = match Envelope::read(reply) {
        Ok(envelope) => envelope,
        Err(message) => return Verdict::Neither(message),
    };
    match envelope.status() {
        Some(200..=299) if (200..=299).contains(&reply.status) => {
            let made: Made = envelope.data().unwrap_or_default();
            Verdict::Yes(made.id.given().map(str::to_owned))
        }
        Some(400..=499) => Verdict::No(envelope.words().unwrap_or_else(|| "no reason is given".to_owned())),
        _ => Verdict::Neither("the answer says neither yes nor no".to_owned()),
    }
}
