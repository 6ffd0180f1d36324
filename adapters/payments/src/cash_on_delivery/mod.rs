//! Cash on delivery: the courier collects, and a person settles it with evidence. It has no network.
#![doc = include_str!("README.md")]

mod config;

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, ConfigError, Error, EvidenceGrade, Parts};
use schemas::Currency;
use schemas::payment::{Method, NextAction};
use serde_json::{Value, json};

use self::config::Words;
use crate::card::{Callbacks, Card, Route};
use crate::port::{Opening, Order, PaymentProvider};
use crate::registry::{Provider, no_address, no_identity};

const NAME: &str = "cash_on_delivery";

/// What cash on delivery is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Cash on delivery", "الدفع عند الاستلام"),
    routes: &[Route::plain(NAME, Method::CashOnDelivery)],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Local,
    refunds: false,
    settled_by_hand: true,
    asks: false,
    callbacks: Callbacks::None,
    callback_answer: ("application/json", "{}"),
};

/// How it is listed.
pub static PROVIDER: Provider = Provider {
    card: &CARD,
    build: |configuration, credentials, parts| Ok(Arc::new(CashOnDelivery::build(configuration, credentials, parts)?)),
    address: no_address,
    identity: no_identity,
    settings: &[],
    credentials: &[],
};

/// One store's cash on delivery.
pub struct CashOnDelivery {
    account: Account,
    lane: String,
    words: Words,
}

impl CashOnDelivery {
    /// Builds the account of a store.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let words = Words::read(configuration)?;
        config::no_credentials(&credentials)?;
        Ok(Self { account: parts.account, lane: format!("{NAME}/{}", parts.account.id), words })
    }

    fn instructions(&self, order: &Order) -> NextAction {
        let (amount, currency, reference) = (order.amount, order.amount.currency, &order.wire_reference);
        let text =
            format!("Pay {amount} {currency} in cash to the courier when your order arrives. Reference: {reference}");
        let text_ar = format!("ادفع {amount} د.ل نقداً للمندوب عند استلام طلبك. المرجع: {reference}");
        let details = [
            ("amount", json!(amount.to_string())),
            ("currency", json!(currency.code())),
            ("reference", json!(reference)),
        ];
        NextAction::Instructions {
            text: config::joined(text, self.words.en.as_deref()),
            text_ar: config::joined(text_ar, self.words.ar.as_deref()),
            details: details.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

#[async_trait]
impl PaymentProvider for CashOnDelivery {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn account(&self) -> &Account {
        &self.account
    }

    fn lane(&self) -> &str {
        &self.lane
    }

    async fn open(&self, order: &Order) -> Result<Opening, Error> {
        order.route(&CARD)?;
        Ok(Opening::Ready(self.instructions(order)))
    }
}

#[cfg(test)]
mod tests {
    use kit::testing::ScriptedWire;

    use super::*;
    use crate::conformance;

    fn account(configuration: Value) -> Result<CashOnDelivery, ConfigError> {
        CashOnDelivery::build(configuration, Value::Null, conformance::parts(ScriptedWire::new([])))
    }

    async fn opened(configuration: Value) -> Value {
        let provider = account(configuration).unwrap_or_else(|error| panic!("{error}"));
        let opening = provider.open(&conformance::order(&CARD)).await.expect("an opening");
        serde_json::to_value(conformance::ready(opening)).expect("JSON")
    }

    #[tokio::test]
    async fn the_instructions_name_amount_and_reference_in_both_languages() {
        let sample = include_str!("../../../../schemas/providers/cash_on_delivery/instructions.json");
        let sample: Value = serde_json::from_str(sample).expect("JSON");
        assert_eq!(opened(json!({})).await, sample);
        assert_eq!(opened(Value::Null).await, sample);
    }

    #[tokio::test]
    async fn a_stores_own_words_follow_ours() {
        let action =
            opened(json!({"instructions": "Small notes, please.", "instructions_ar": "نرجو توفير الفكة."})).await;
        let ends = |name: &str, end: &str| {
            action[name].as_str().is_some_and(|text| text.ends_with(end) && text.contains("12.500"))
        };
        assert!(ends("text", "jisr-0190a3f2-1\nSmall notes, please."), "{action}");
        assert!(ends("text_ar", "jisr-0190a3f2-1\nنرجو توفير الفكة."), "{action}");
    }

    #[test]
    fn settings_are_checked_and_credentials_refused() {
        let field = |configuration| account(configuration).err().expect("a refusal").field;
        assert_eq!(field(json!({"instruction": "x"})), "configuration");
        assert_eq!(field(json!([1])), "configuration");
        assert_eq!(field(json!({"instructions": " "})), "configuration.instructions");
        assert_eq!(field(json!({"instructions_ar": "x".repeat(1_001)})), "configuration.instructions_ar");
        let parts = conformance::parts(ScriptedWire::new([]));
        let error = CashOnDelivery::build(json!({}), json!({"key": "geheim"}), parts).err().expect("a refusal");
        assert!(error.field == "credentials" && !format!("{error:?}").contains("geheim"));
    }
}
