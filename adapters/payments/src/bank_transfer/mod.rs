//! Bank transfer: the customer transfers to the store's own account, and a person settles it with evidence. It has no network.
#![doc = include_str!("README.md")]

mod config;
mod iban;

use std::sync::Arc;

use async_trait::async_trait;
use kit::{Account, ConfigError, Error, EvidenceGrade, Parts};
use schemas::Currency;
use schemas::payment::{Method, NextAction};
use serde_json::{Map, Value, json};

use self::config::{BankAccount, Settings};
use crate::card::{Callbacks, Card, Route};
use crate::port::{Opening, Order, PaymentProvider};
use crate::registry::{Provider, no_address, no_identity};

const NAME: &str = "bank_transfer";

/// What a bank transfer is.
pub static CARD: Card = Card {
    name: NAME,
    title: ("Bank transfer", "تحويل مصرفي"),
    routes: &[Route::plain(NAME, Method::BankTransfer)],
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
    build: |configuration, credentials, parts| Ok(Arc::new(BankTransfer::build(configuration, credentials, parts)?)),
    address: no_address,
    identity: no_identity,
    settings: &["accounts"],
    credentials: &[],
};

/// The accounts that one store takes transfers on.
pub struct BankTransfer {
    account: Account,
    lane: String,
    settings: Settings,
}

impl BankTransfer {
    /// Builds the account of a store.
    pub fn build(configuration: Value, credentials: Value, parts: Parts) -> Result<Self, ConfigError> {
        let settings = Settings::read(configuration)?;
        config::no_credentials(&credentials)?;
        Ok(Self { account: parts.account, lane: format!("{NAME}/{}", parts.account.id), settings })
    }

    fn instructions(&self, order: &Order) -> NextAction {
        let (amount, reference, days) = (order.amount, &order.wire_reference, self.settings.processing_days);
        let (time, time_ar) = (format!("{days} working days"), format!("{days} أيام عمل"));
        let (to, to_ar, end) = match self.settings.accounts.is_empty() {
            true => (
                "the store's bank account, which the store will tell you,",
                "حساب المتجر المصرفي الذي يزودك به المتجر",
                ".",
            ),
            false => ("one of these accounts", "أحد هذه الحسابات", ":"),
        };
        let mut text = format!("Transfer {amount} {} to {to} and quote {reference}{end}", amount.currency);
        let mut text_ar = format!("حوّل {amount} د.ل إلى {to_ar} واذكر المرجع {reference}{end}");
        for account in &self.settings.accounts {
            let (bank, iban, name) = (account.bank, &account.iban, &account.name);
            text.push_str(&format!("\n{}, IBAN {iban}, {name}", bank.name_en()));
            text_ar.push_str(&format!("\n{}، الآيبان {iban}، {name}", bank.name_ar()));
        }
        text.push_str(&format!("\nIt takes {time}."));
        text_ar.push_str(&format!("\nتستغرق العملية {time_ar}."));
        let details = json!({
            "amount": amount.to_string(),
            "currency": amount.currency.code(),
            "reference": reference,
            "accounts": self.settings.accounts.iter().map(described).collect::<Vec<_>>(),
            "processing_time": time,
            "processing_time_ar": time_ar,
        });
        NextAction::Instructions { text, text_ar, details: object(details) }
    }
}

fn described(account: &BankAccount) -> Value {
    json!({
        "bank": account.bank.as_str(),
        "code": account.bank.code(),
        "bank_name": account.bank.name_en(),
        "bank_name_ar": account.bank.name_ar(),
        "iban": account.iban,
        "name": account.name,
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was written as an object above"),
    }
}

#[async_trait]
impl PaymentProvider for BankTransfer {
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

    fn sample(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    #[tokio::test]
    async fn the_instructions_as_in_the_sample() {
        let configuration = sample(include_str!("../../../../schemas/providers/bank_transfer/configuration.json"));
        let parts = conformance::parts(ScriptedWire::new([]));
        let provider = BankTransfer::build(configuration, json!({}), parts).unwrap_or_else(|error| panic!("{error}"));
        let opening = provider.open(&conformance::order(&CARD)).await.expect("an opening");
        let expected = sample(include_str!("../../../../schemas/providers/bank_transfer/instructions.json"));
        assert_eq!(serde_json::to_value(conformance::ready(opening)).expect("JSON"), expected);
    }

    #[test]
    fn credentials_are_refused_without_repeating_them() {
        let configuration = sample(include_str!("../../../../schemas/providers/bank_transfer/configuration.json"));
        let parts = conformance::parts(ScriptedWire::new([]));
        let error = BankTransfer::build(configuration, json!({"pin": "geheim"}), parts).err().expect("a refusal");
        assert!(error.field == "credentials" && !format!("{error:?}").contains("geheim"));
    }
}
