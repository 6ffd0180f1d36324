//! T-Lync: a page where the customer pays, a receipt that proves it, and a callback that nobody signs.
//!
//! What the public sources leave open is decided as in `schemas/providers/tlync/SOURCE.md`, and marked "assumed" there. The
//! page is `/tlync/pay/…`, for a person with a browser; `/_pay` with the `custom_ref` as its reference is the same act. Its
//! `parameters` may be `{"payment_method": "mobicash"}`, and its `amount` another one than was asked for.

mod customer;
mod notice;
mod page;
mod receipt;
mod request;
mod serve;
mod stores;

use serde::{Deserialize, Serialize};

pub(crate) use stores::Stores;

/// The provider's name in paths and faults.
pub const NAME: &str = "tlync";

/// The provider.
pub(crate) struct Tlync;

const INITIATE: &str = "payment/initiate";
const RECEIPT: &str = "receipt/transaction";
/// A look at the base, where nothing is.
const PRESENCE: &str = "presence";
/// The operations that a fault can name: the paths themselves, and the look at their base.
const OPERATIONS: [&str; 3] = [INITIATE, RECEIPT, PRESENCE];

/// The means of payment, as T-Lync names them.
const PAYMENT_METHODS: [&str; 5] = ["tadawul", "mobicash", "sadad", "edfaly", "moamalat"];

/// A store, and how T-Lync behaves towards it. What is not named is as in [`Store::default`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Its id, by which it is known and faults can name it as `terminal`.
    pub store_id: String,
    /// The token of its calls.
    pub token: String,
    /// How many requests of one endpoint it may send within any minute.
    pub per_minute: usize,
    /// How its receipts look.
    pub receipt: ReceiptShape,
    /// Whether its callbacks are forms rather than JSON.
    pub form_callbacks: bool,
}

/// Where a receipt has what it tells. All three are in public clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptShape {
    /// At the top.
    Flat,
    /// The same names in `data`.
    Data,
    /// In `data`, with many other names and without `custom_ref`.
    Full,
}

impl Default for Store {
    /// A store that exists nowhere.
    fn default() -> Self {
        Self {
            store_id: "jisrMocksStore1".to_owned(),
            token: "jisr-mocks-tlync-token".to_owned(),
            per_minute: 30,
            receipt: ReceiptShape::Data,
            form_callbacks: false,
        }
    }
}

/// The environment of a gateway that uses the default store.
fn environment(base: &str) -> Vec<(String, String)> {
    let store = Store::default();
    [("BASE_URL", format!("{base}/{NAME}")), ("STORE_ID", store.store_id), ("TOKEN", store.token)]
        .map(|(name, value)| (format!("TLYNC_{name}"), value))
        .to_vec()
}
