//! Rules as they are sent, shown and kept.

use schemas::payment::Method;
use schemas::{Currency, DecimalText};
use serde::{Deserialize, Serialize};

/// A rule: which requests it is for, and who serves them. The first that fits counts.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingRule {
    /// What you call it; no two of a list alike.
    pub name: String,
    /// Which requests; all of them when absent.
    #[serde(default)]
    pub when: RuleConditions,
    /// Who is tried first: by weight, else in this order.
    #[serde(rename = "use")]
    pub uses: Vec<RuleUse>,
    /// Whether nobody else serves them; else the others follow.
    #[serde(default)]
    pub only: bool,
}

/// Which requests a rule is for: all that is said must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuleConditions {
    /// Payments: one of these ways.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Method>,
    /// Payments: one of these wallets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<String>,
    /// Payments: the customer's bank is one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub banks: Vec<String>,
    /// Payments: from this amount on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_min: Option<DecimalText>,
    /// Payments: up to this amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_max: Option<DecimalText>,
    /// Payments: in this money; LYD when absent and an amount is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Shipping: from one city to another, by any spelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cities: Option<RuleCities>,
    /// Shipping: from this weight on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_grams: Option<i64>,
    /// Shipping: up to this weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_grams: Option<i64>,
    /// Shipping: only with cash on delivery, or only without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash_on_delivery: Option<bool>,
    /// The customer's number begins with one of these, behind the country code: `91`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
}

/// From where to where; an empty list is everywhere.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RuleCities {
    /// One of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// One of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
}

/// A provider that a rule names.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleUse {
    /// Who: a provider of payments, or a carrier.
    pub provider: String,
    /// Shipping: by this service; by the first that fits when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Its share of those that are tried first, 0 to 1000; all of a rule have one, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}
