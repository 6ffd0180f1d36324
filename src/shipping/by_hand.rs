//! What a person does: prove with evidence whether a carrier has booked a shipment.

use schemas::shipping::SettleShipment;
use schemas::{ShipmentId, Text};
use serde_json::json;
use shipping_adapters::Booking as AtCarrier;

use super::standing::{self, Fact, Next};
use super::{ASK, Shipping, place};
use crate::caller::{Caller, Idempotency, claim, claim_in};
use crate::db::bookings::{self, BookingStatus};
use crate::db::shipments::{self as rows, Shipment};
use crate::db::tasks;
use crate::fields;
use crate::refusal::Refusal;

impl Shipping {
    /// Takes a person's proof of what became of a shipment that waits for one.
    pub async fn settle(
        &self,
        caller: &Caller,
        id: ShipmentId,
        idempotency: Idempotency,
        request: SettleShipment,
    ) -> Result<Shipment, Refusal> {
        self.read(caller, id).await?;
        fields::evidence(&request.evidence)?;
        let number = number(&request)?;
        let text = json!({"booked": request.booked, "evidence": request.evidence, "at": self.now().to_string()});
        let mut tx = self.db.begin().await?;
        let claim = claim(caller, idempotency, id.uuid(), self.now());
        if claim_in(&mut tx, &claim).await?.is_some() {
            drop(tx);
            return self.read(caller, id).await;
        }
        // Tasks come before shipments, as everywhere.
        tasks::drop_key(&mut tx, ASK, &id.to_string()).await?;
        let mut shipment = rows::lock(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
        if shipment.review().is_none() {
            return Err(Refusal::Conflict(Text::new(
                format!("a shipment that is {} and waits for nobody is not settled by hand", shipment.status),
                format!("شحنة حالتها {} ولا تنتظر قراراً لا تُسوّى يدوياً", shipment.status),
            )));
        }
        let before = shipment.clone();
        let next = self.decide(&mut tx, &mut shipment, number).await?;
        shipment.evidence =
            Some(self.vault.seal(place(shipment.store_id, id, "evidence"), text.to_string().as_bytes()));
        shipment.review_reason = None;
        self.keep(&mut tx, &before, shipment.clone()).await?;
        if next == Next::Follow {
            self.follow_up(&mut tx, &shipment, next).await?;
        }
        tx.commit().await?;
        self.tell(caller.store);
        self.read(caller, id).await
    }

    /// What the proof makes of the try that nobody knew the fate of; of one that is known it only ends the review.
    async fn decide(
        &self,
        tx: &mut crate::db::Tx,
        shipment: &mut Shipment,
        number: Option<String>,
    ) -> Result<Next, Refusal> {
        let tried = bookings::of_locked(tx, shipment.id).await?;
        let Some(mut booking) = tried.into_iter().find(|booking| booking.status == BookingStatus::Unknown) else {
            return Ok(Next::Over);
        };
        let fact = match number {
            Some(number) => Fact::Booked(AtCarrier { number, id: None, cost: None }),
            None => Fact::Refused("a person has proved that nothing was booked".to_owned()),
        };
        let next = standing::learn(shipment, &mut booking, fact, true, self.now(), &self.settings);
        bookings::update(tx, &mut booking).await?;
        if next == Next::Refused {
            standing::fail(shipment, Vec::new());
        }
        Ok(next)
    }
}

/// The carrier's number, where it has one; nothing where it has not booked it.
fn number(request: &SettleShipment) -> Result<Option<String>, Refusal> {
    let given = request.tracking_number.as_deref().map(str::trim).filter(|number| !number.is_empty());
    let is_number = |number: &&str| number.len() <= 60 && number.bytes().all(|byte| byte.is_ascii_graphic());
    match (request.booked, given) {
        (false, None) => Ok(None),
        (true, Some(number)) if is_number(&number) => Ok(Some(number.to_owned())),
        (true, _) => Err(Refusal::field(
            "tracking_number",
            "the carrier's number: up to 60 letters, digits and signs of ASCII without blanks",
            "رقم الشحنة لدى الشركة: حتى 60 حرفاً أو رقماً لاتينياً دون فراغات",
        )),
        (false, Some(_)) => {
            Err(Refusal::field("tracking_number", "what was not booked has no number", "ما لم يُحجز لا رقم له"))
        }
    }
}
