//! What the events of endpoints tell: how it goes with the notifications of a store.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Payload;
use crate::{EndpointId, words};

words! {
    /// Why nothing is sent to an endpoint any more.
    EndpointDisabledReason {
        /// It has failed for too long.
        Failing = "failing",
        /// It has answered that it is gone (410).
        Gone = "gone",
        /// Its owner has switched it off.
        Owner = "owner",
    }
}

/// `endpoint.failing`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointFailing {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The host of its URL; the rest of it may be secret.
    pub url_host: String,
    /// How far it is on the way to being disabled.
    #[schema(minimum = 0, maximum = 100)]
    pub percent: i32,
    /// RFC 3339: since when.
    #[schema(format = DateTime)]
    pub failing_since: String,
}

/// `endpoint.recovered`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointRecovered {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The host of its URL.
    pub url_host: String,
}

/// `endpoint.disabled`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointDisabled {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Why.
    pub reason: EndpointDisabledReason,
}

/// The events of an endpoint happen to the endpoint that they name.
macro_rules! payloads {
    ($($data:ident { $($field:ident: $value:expr),+ };)+) => {
        $(impl Payload for $data {
            fn resource(&self) -> Uuid {
                self.endpoint.uuid()
            }

            fn example() -> Self {
                Self { endpoint: example_id(), $($field: $value,)+ }
            }
        })+
    };
}

payloads! {
    EndpointFailing { url_host: host(), percent: 70, failing_since: since() };
    EndpointRecovered { url_host: host() };
    EndpointDisabled { reason: EndpointDisabledReason::Failing };
}

fn example_id() -> EndpointId {
    Uuid::from_u128(0x0192_7f2b_03d4_7c55_9a61_e870_5b32_c4f7).into()
}

fn host() -> String {
    "shop.example.ly".to_owned()
}

fn since() -> String {
    "2026-11-21T08:00:00Z".to_owned()
}
