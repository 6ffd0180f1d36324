//! Parcels that carriers have brought, as rows.

use std::time::Duration;

use jisr::db::bookings::{self, Booking, BookingStatus};
use jisr::db::provider_accounts;
use jisr::db::shipments::{self, Shipment};
use schemas::shipping::{BookingFallback, ShipmentStatus};
use schemas::{AccountId, Currency, ShipmentId, StoreId};
use sqlx::types::Json;

use crate::harness::Gateway;

/// A parcel, before it has a row.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub id: ShipmentId,
    pub store: StoreId,
    pub livemode: bool,
    pub carrier: &'static str,
    pub number: String,
    pub reference: String,
    /// What it was booked by, where the test needs that.
    pub wire: Option<String>,
    pub status: ShipmentStatus,
    pub currency: Currency,
    pub cash: Option<i64>,
    /// Days since it stands there.
    pub days: u64,
}

impl Parcel {
    /// Of the store `default`: delivered by Amyal ten days ago, with so much cash.
    pub fn delivered(gateway: &Gateway, name: &str, cash: i64) -> Self {
        Self {
            id: gateway.facade.ambient.uuid().into(),
            store: gateway.store,
            livemode: false,
            carrier: "amyal",
            number: format!("AMY-{name}"),
            reference: format!("ORD-{name}"),
            wire: None,
            status: ShipmentStatus::Delivered,
            currency: Currency::Lyd,
            cash: Some(cash),
            days: 10,
        }
    }

    fn row(&self, gateway: &Gateway, account: AccountId) -> Shipment {
        let now = jisr::db::Time::from(gateway.facade.ambient.now());
        let at = now.before(Duration::from_secs(self.days * 86_400));
        Shipment {
            id: self.id,
            store_id: self.store,
            livemode: self.livemode,
            reference: self.reference.clone(),
            carrier: self.carrier.to_owned(),
            service: "standard".to_owned(),
            account_id: account,
            fallback: BookingFallback::None,
            fallback_from: None,
            carrier_number: Some(self.number.clone()),
            carrier_id: None,
            status: self.status,
            raw_status: None,
            status_at: Some(at),
            cost: None,
            currency: self.currency,
            cash: self.cash,
            collected: self.cash.filter(|_| self.status == ShipmentStatus::Delivered),
            collected_at: self.cash.filter(|_| self.status == ShipmentStatus::Delivered).map(|_| at),
            eta_from: None,
            eta_to: None,
            origin_city: "tripoli".to_owned(),
            destination_city: "benghazi".to_owned(),
            pieces: 1,
            grams: 500,
            subject: Vec::new(),
            review_reason: None,
            alternatives: Json(Vec::new()),
            evidence: None,
            tracks: 0,
            tracked_at: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn booking(&self, gateway: &Gateway, row: &Shipment, reference: &str) -> Booking {
        Booking {
            id: gateway.facade.ambient.uuid().into(),
            shipment_id: row.id,
            store_id: row.store_id,
            livemode: row.livemode,
            carrier: row.carrier.clone(),
            service: row.service.clone(),
            account_id: row.account_id,
            reference: reference.to_owned(),
            status: BookingStatus::Booked,
            intent_id: None,
            left_at: None,
            carrier_number: row.carrier_number.clone(),
            carrier_id: None,
            cost: None,
            message: None,
            asks: 0,
            asked_at: None,
            version: 1,
            created_at: row.created_at,
            updated_at: row.created_at,
        }
    }
}

/// Writes parcels. Whose account they were booked by does not matter here: it is that of another provider.
pub async fn insert(gateway: &Gateway, parcels: &[Parcel]) {
    let db = &gateway.facade.db;
    let account = provider_accounts::own(db, gateway.store, "moamalat", false).await;
    let account = account.expect("the account is read").expect("the account is there").id;
    for parcels in parcels.chunks(1_000) {
        let mut tx = db.begin().await.expect("a transaction");
        for parcel in parcels {
            let mut row = parcel.row(gateway, account);
            assert!(shipments::insert(&mut tx, &row).await.expect("the shipment is written"), "{parcel:?}");
            assert!(shipments::update(&mut tx, &mut row).await.expect("the shipment is written"));
            if let Some(wire) = &parcel.wire {
                let booking = parcel.booking(gateway, &row, wire);
                bookings::insert(&mut tx, &booking).await.expect("the booking is written");
            }
        }
        tx.commit().await.expect("it is committed");
    }
}
