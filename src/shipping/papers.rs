//! What is printed of shipments: the waybill of one, and what a carrier's driver takes along on a day.

use documents::{Bilingual, Cash, Consignment, DocumentError, Label, Manifest, Parcel, Party};
use jiff::civil::Date;
use schemas::shipping::{Address, ShipmentStatus};
use schemas::{Money, ShipmentId, Text};
use shipping_adapters::{Card, registry};

use super::Shipping;
use super::way::{Side, Way};
use crate::calendar::{bounds, day_of};
use crate::caller::Caller;
use crate::db::shipments::{self as rows, Shipment};
use crate::db::stores;
use crate::refusal::Refusal;

/// The most shipments of one manifest: some ninety pages.
const MOST: usize = 2_000;

impl Shipping {
    /// The waybill of a shipment that a carrier has, as PDF.
    pub async fn label(&self, caller: &Caller, id: ShipmentId) -> Result<Vec<u8>, Refusal> {
        let shipment = self.read(caller, id).await?;
        let number = shipment.carrier_number.clone().filter(|_| shipment.status.is_with_carrier());
        let number = number.ok_or_else(|| no_label(shipment.status))?;
        let label = self.waybill(&shipment, &number)?;
        printed(move || documents::label(&label)).await
    }

    fn waybill(&self, shipment: &Shipment, number: &str) -> Result<Label, Refusal> {
        let way = self.subject(shipment)?.way()?;
        let card = registry::card(&shipment.carrier);
        let service = card.and_then(|card| card.service(&shipment.service));
        let parcels = way.parcels.iter().map(|parcel| Parcel {
            tracking_number: number.to_owned(),
            weight: u64::try_from(parcel.weight.in_grams()).ok(),
        });
        Ok(Label {
            carrier: title(card, &shipment.carrier),
            service: service.map_or_else(
                || Bilingual::new(&shipment.service, &shipment.service),
                |service| Bilingual::new(service.title.0, service.title.1),
            ),
            sender: party(&way.origin),
            recipient: party(&way.destination),
            reference: Some(shipment.reference.clone()),
            date: day_of(shipment.created_at.timestamp()).to_string(),
            cash: way.cash.and_then(cash),
            parcels: parcels.collect(),
        })
    }

    /// What a carrier has of what a store had booked on a day in Tripoli, as PDF; today where nothing is said.
    pub async fn manifest(&self, caller: &Caller, carrier: &str, day: Option<Date>) -> Result<Vec<u8>, Refusal> {
        let unknown = || Refusal::field("carrier", "there is no carrier of this name", "لا توجد شركة شحن بهذا الاسم");
        let card = registry::card(carrier).ok_or_else(unknown)?;
        let day = day.unwrap_or_else(|| day_of(self.ambient.now()));
        let beyond = || Refusal::field("date", "a day that is in no calendar", "يوم خارج التقويم");
        let between = bounds(day).ok_or_else(beyond)?;
        let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
        let found = rows::booked(&self.db, caller.store, caller.mode.is_live(), carrier, between, limit).await?;
        if found.len() > MOST {
            return Err(Refusal::Conflict(Text::new(
                format!("more than {MOST} shipments were booked on this day"),
                format!("حُجزت في هذا اليوم أكثر من {MOST} شحنة"),
            )));
        }
        let store = stores::by_id(&self.db, caller.store).await?.ok_or(Refusal::NotFound)?;
        let consignments = found.iter().map(|shipment| self.consignment(shipment)).collect::<Result<_, _>>()?;
        let date = day.to_string();
        let store = Bilingual::new(&store.name, &store.name);
        let manifest = Manifest { store, carrier: title(Some(card), carrier), date, consignments };
        printed(move || documents::manifest(&manifest)).await
    }

    fn consignment(&self, shipment: &Shipment) -> Result<Consignment, Refusal> {
        let way: Way = self.subject(shipment)?.way()?;
        Ok(Consignment {
            tracking_number: shipment.carrier_number.clone().unwrap_or_default(),
            recipient: way.destination.address.name.clone(),
            city: city(&way.destination),
            pieces: u32::try_from(shipment.pieces).unwrap_or_default(),
            weight: u64::try_from(shipment.grams).ok(),
            cash: way.cash.and_then(cash),
        })
    }
}

/// Printing is work for a thread of its own.
async fn printed(print: impl FnOnce() -> Result<Vec<u8>, DocumentError> + Send + 'static) -> Result<Vec<u8>, Refusal> {
    let printed = tokio::task::spawn_blocking(print).await;
    let printed = printed.map_err(|_| Refusal::Internal("printing was cut off"))?;
    printed.map_err(|error| {
        let (en, ar) = error.in_words();
        Refusal::Unsupported { text: Text::new(en, ar), alternatives: Vec::new() }
    })
}

fn no_label(status: ShipmentStatus) -> Refusal {
    Refusal::Conflict(Text::new(
        format!("only what a carrier has booked has a label; it is {status}"),
        format!("لا ملصق إلا لشحنة محجوزة لدى الشركة، وحالتها {status}"),
    ))
}

fn title(card: Option<&Card>, name: &str) -> Bilingual {
    card.map_or_else(|| Bilingual::new(name, name), |card| Bilingual::new(card.title.0, card.title.1))
}

fn city(side: &Side) -> Bilingual {
    Bilingual::new(side.city.name.english, side.city.name.arabic)
}

fn party(side: &Side) -> Party {
    let Address { name, area, street, building, landmark, .. } = side.address.clone();
    Party {
        name,
        phone: side.phone.e164().to_owned(),
        city: city(side),
        area: area.unwrap_or_default(),
        street: street.unwrap_or_default(),
        building: building.unwrap_or_default(),
        landmark: landmark.unwrap_or_default(),
    }
}

fn cash(money: Money) -> Option<Cash> {
    let decimals = u8::try_from(money.currency.exponent()).ok()?;
    let currency = money.currency.code().to_owned();
    Some(Cash { minor_units: u64::try_from(money.minor).ok()?, decimals, currency })
}
