//! Having parcels fetched.

use async_trait::async_trait;
use kit::contract::{Failure, is_good};
use kit::{Call, Error, Reply, object};
use serde::Deserialize;

use super::wire::Operation;
use super::{CarrierContract, request};
use crate::pickups::{PickupAnswer, PickupOrder, Pickups};
use kit::written::Written;

/// A pickup that was ordered.
#[derive(Deserialize)]
pub(super) struct Pickup {
    id: Written,
    reference: Written,
}

#[derive(Deserialize)]
struct Repeated {
    pickup: Pickup,
}

#[async_trait]
impl Pickups for CarrierContract {
    async fn describe_pickup(&self, order: &PickupOrder) -> Result<Call, Error> {
        let request = self.sender().post(&["pickups"], request::pickup(order));
        Ok(self.sender().call(Operation::CreatePickup, Some(&order.reference), request))
    }

    fn read_pickup(&self, order: &PickupOrder, reply: &Reply) -> PickupAnswer {
        let read = match reply.status {
            _ if is_good(reply) => {
                object::read::<Pickup>(&reply.body).and_then(|pickup| pickup.answer(&order.reference))
            }
            // An earlier try has ordered it.
            409 => object::read::<Repeated>(&reply.body).and_then(|repeated| repeated.pickup.answer(&order.reference)),
            422 => Failure::read(reply).and_then(|failure| refused(&failure)),
            status => Err(format!("status {status} is no answer to a pickup")),
        };
        read.unwrap_or_else(|message| PickupAnswer::Unclear { message })
    }
}

impl Pickup {
    fn answer(&self, reference: &str) -> Result<PickupAnswer, String> {
        if self.reference.text() != reference {
            return Err("the answer speaks of another pickup".to_owned());
        }
        let id = self.id.given().ok_or("the pickup has no id")?;
        Ok(PickupAnswer::Scheduled { id: Some(id.to_owned()) })
    }
}

fn refused(failure: &Failure) -> Result<PickupAnswer, String> {
    match failure.code() {
        "unknown_city" | "unknown_shipment" | "closed" => Ok(PickupAnswer::Refused { message: failure.words() }),
        // The contract says of every such status that nobody comes; of a word that it lacks nobody said so.
        _ => Err(failure.words()),
    }
}
