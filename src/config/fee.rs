//! What payments cost.

use serde::Deserialize;

use super::Payments;

/// What a provider keeps of a payment.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fee {
    /// Hundredths of a percent of the amount.
    pub basis_points: i64,
    /// Minor units of each payment.
    pub fixed: i64,
}

impl Fee {
    /// Of an amount, in minor units, rounded up: it is never told to be less than it is.
    pub fn of(self, amount: i64) -> i64 {
        let share = i128::from(amount) * i128::from(self.basis_points);
        let share = i64::try_from((share + 9_999).div_euclid(10_000)).unwrap_or(i64::MAX);
        share.saturating_add(self.fixed)
    }
}

impl Payments {
    /// What a provider keeps of a payment by one of its gateways, where the settings know it.
    pub fn fee_of(&self, provider: &str, gateway: &str) -> Option<Fee> {
        self.fees.get(&format!("{provider}.{gateway}")).or_else(|| self.fees.get(provider)).copied()
    }
}
