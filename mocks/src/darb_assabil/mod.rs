//! Darb Assabil: contacts, prices, shipments and branches of its API of version 1.0.0, and records that can be asked for.
//!
//! What the public sources leave open is decided as in `schemas/providers/darb_assabil/SOURCE.md`, and marked "assumed"
//! there. It is stricter than the real one where that shows a mistake of the client: fields that it does not know are
//! refused, and an `offset` must be said. A parcel moves on by `/_ship`, in words of its statuses or of its timeline.

mod answer;
mod places;
mod records;
mod request;
mod serve;
mod shipment;

use serde::{Deserialize, Serialize};

pub(crate) use records::Records;

/// The provider's name in paths and faults.
pub const NAME: &str = "darb_assabil";

/// The provider.
pub(crate) struct DarbAssabil;

const CREATE_CONTACT: &str = "contacts.createPublicContact";
const CALCULATE_SHIPPING: &str = "localShipments.calculateShipping";
const CREATE: &str = "localShipments.create";
const GET: &str = "localShipments.get";
const DELETE: &str = "localShipments.delete";
const REQUEST_RETURN: &str = "localShipments.requestReturn";
const BRANCHES: &str = "localBranches.getPublic";
const WALLET: &str = "wallet.metadata";
/// The operations that a fault can name.
const OPERATIONS: [&str; 8] =
    [CREATE_CONTACT, CALCULATE_SHIPPING, CREATE, GET, DELETE, REQUEST_RETURN, BRANCHES, WALLET];

/// An account. What is not named is as in [`Account::default`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// Its id, by which it is known and faults can name it as `terminal`: 24 hexadecimal digits.
    pub account_id: String,
    /// The key of its calls.
    pub api_key: String,
    /// What its shipments can be booked as.
    pub plans: Vec<Plan>,
}

/// A plan of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its id: 24 hexadecimal digits.
    pub id: String,
    /// What the way between two branches costs, in dirham; to the door it is five dinars more.
    pub dirham: i64,
}

impl Default for Account {
    /// An account that exists nowhere.
    fn default() -> Self {
        Self {
            account_id: "6a000000000000000000ace1".to_owned(),
            api_key: "jisr-mocks-darb-assabil-key".to_owned(),
            plans: vec![Plan { id: "6a0000000000000000091a01".to_owned(), dirham: 10_000 }],
        }
    }
}

/// The environment of a gateway that uses the default account of the mocks at `base`.
fn environment(base: &str) -> Vec<(String, String)> {
    let account = Account::default();
    let plan = account.plans.first().map(|plan| plan.id.clone()).unwrap_or_default();
    [
        ("BASE_URL", format!("{base}/{NAME}")),
        ("ACCOUNT_ID", account.account_id),
        ("SERVICE_ID", plan),
        ("API_KEY", account.api_key),
    ]
    .map(|(name, value)| (format!("DARB_ASSABIL_{name}"), value))
    .to_vec()
}

/// Whether a text is an id.
fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
