//! Prefixed, sortable identifiers: a UUIDv7 in Crockford base 32 behind a word that says what it names.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;

/// An identifier that does not have the form `<prefix>_<26 characters>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id such as {prefix}_01J9Z3N8M4Q0X7V5K2T6B1C8DE")]
pub struct IdError {
    prefix: &'static str,
}

/// Writes 128 bits as 26 characters whose order is the order of the numbers.
fn encode(value: u128) -> [u8; LENGTH] {
    let mut text = [b'0'; LENGTH];
    for (index, place) in text.iter_mut().rev().enumerate() {
        *place = ALPHABET[((value >> (5 * index)) & 31) as usize];
    }
    text
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some((value << 5) | digit as u128)
    })
}

macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// The word before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The UUID inside, as the database keeps it.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = encode(self.0.as_u128());
                write!(f, "{}_{}", $prefix, std::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(|value| Self(Uuid::from_u128(value)))
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(concat!("`", $prefix, "_` and 26 characters, sortable by time")))
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

prefixed_id!(/// A store: one merchant on the platform.
    StoreId, "sto");
prefixed_id!(/// A provider account of a store.
    AccountId, "acc");
prefixed_id!(/// An API key (never the key itself).
    KeyId, "key");
prefixed_id!(/// A payment: the intent that attempts hang below.
    PaymentId, "pay");
prefixed_id!(/// One try to have a payment paid in one way.
    AttemptId, "att");
prefixed_id!(/// A refund of a payment.
    RefundId, "ref");
prefixed_id!(/// A settlement: an account's books of a day, or a statement, compared with ours.
    SettlementId, "stl");
prefixed_id!(/// A bill, a top-up or a transfer: money out of a merchant's wallet account.
    ServiceId, "svc");
prefixed_id!(/// A shipment: parcels that one carrier brings to one place.
    ShipmentId, "shp");
prefixed_id!(/// One try to have a shipment booked.
    BookingId, "bkg");
prefixed_id!(/// A carrier's coming for parcels.
    PickupId, "pku");
prefixed_id!(/// A carrier's statement of what it collected.
    RemittanceId, "rem");
prefixed_id!(/// A time in which a service fails.
    IncidentId, "inc");
prefixed_id!(/// A time in which a service is being maintained.
    MaintenanceId, "mnt");
prefixed_id!(/// A domain event.
    EventId, "evt");
prefixed_id!(/// An address that a store is notified at.
    EndpointId, "end");
prefixed_id!(/// Something that a store is notified of.
    NotificationId, "ntf");
prefixed_id!(/// One notification to one endpoint.
    DeliveryId, "del");
prefixed_id!(/// A row of `integration_logs`.
    LogId, "log");
prefixed_id!(/// A task of due work.
    TaskId, "tsk");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_reads_back(value: u128) {
            let id = PaymentId::from(Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<PaymentId>(), Ok(id));
        }

        #[test]
        fn text_sorts_as_the_numbers_do(a: u128, b: u128) {
            let text = |value| PaymentId::from(Uuid::from_u128(value)).to_string();
            prop_assert_eq!(text(a).cmp(&text(b)), a.cmp(&b));
        }

        #[test]
        fn nonsense_is_refused_without_panic(text in ".{0,40}") {
            let _ = text.parse::<PaymentId>();
        }
    }

    #[test]
    fn another_prefix_is_refused() {
        let payment = PaymentId::from(Uuid::from_u128(7)).to_string();
        assert!(payment.parse::<RefundId>().is_err());
        assert!("pay_Z0000000000000000000000000".parse::<PaymentId>().is_err());
    }
}
