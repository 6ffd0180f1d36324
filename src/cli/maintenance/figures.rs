//! Figures as the review writes them. Pure.

use std::time::Duration;

use serde_json::{Value, json};

/// A share as percent, to the hundredth.
pub(super) fn percent(share: Option<f64>) -> Value {
    share.map_or(Value::Null, |share| rounded(share * 100.0))
}

/// A hundredth is all that anybody reads.
pub(super) fn rounded(value: f64) -> Value {
    json!((value * 100.0).round() / 100.0)
}

pub(super) fn whole_days(length: Duration) -> u64 {
    length.as_secs() / 86_400
}
