//! Cash on delivery: the courier collects, and a person settles it with evidence. It has no network.
#![doc = include_str!("README.md")]

mod config;

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, Call, Error, Kind, Reply};
use schemas::Currency;
use schemas::payment::{Method, NextAction};
use serde_json::{Value, json};

use self::config::Words;
use crate::port::{
    CallbackError, Card, EvidenceGrade, Finding, Hint, Opening, Order, PaymentProvider, Question, RawCallback,
    RefundAnswer, RefundOrder,
};
use crate::registry::{ConfigError, Parts, Provider, no_address, no_identity};

const NAME: &str = "cash_on_delivery";

/// What cash on delivery is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Cash on delivery", "الدفع عند الاستلام"),
    methods: &[Method::CashOnDelivery],
    currencies: &[Currency::Lyd],
    evidence: EvidenceGrade::Local,
    refunds: false,
    settled_by_hand: true,
    asks: false,
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

    fn identity(&self) -> Option<&str> {
        None
    }

    async fn open(&self, order: &Order) -> Result<Opening, Error> {
        let refuse = |kind, message: &str| Err(Error::refused(kind, NAME, "open", message));
        if order.method != Method::CashOnDelivery || !CARD.currencies.contains(&order.amount.currency) {
            return refuse(Kind::Unsupported, "the courier takes cash in LYD only");
        }
        if order.amount.minor <= 0 || order.wire_reference.is_empty() {
            return refuse(Kind::Invalid, "an amount above zero and a reference are needed");
        }
        Ok(Opening { next_action: self.instructions(order) })
    }

    async fn ask(&self, questions: &[Question]) -> Result<Vec<Finding>, Error> {
        // There is nobody to ask: what the courier has collected is settled by hand.
        let unknown =
            |question: &Question| Finding { wire_reference: question.wire_reference.clone(), transactions: Vec::new() };
        Ok(questions.iter().map(unknown).collect())
    }

    async fn describe_refund(&self, _: &RefundOrder) -> Result<Call, Error> {
        Err(Error::refused(Kind::Unsupported, NAME, "refund", "cash is given back by hand, with evidence"))
    }

    fn read_refund(&self, _: &Reply) -> RefundAnswer {
        RefundAnswer::Refused { message: "cash is given back by hand, with evidence".to_owned() }
    }

    fn read_callback(&self, _: &RawCallback) -> Result<Hint, CallbackError> {
        Err(CallbackError::Unsupported)
    }

    fn read_client_result(&self, _: &Value) -> Result<Hint, CallbackError> {
        Err(CallbackError::Unsupported)
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
        let opening = provider.open(&conformance::order(Method::CashOnDelivery)).await.expect("an opening");
        serde_json::to_value(opening.next_action).expect("JSON")
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
