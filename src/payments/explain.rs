//! Who would serve a payment, in which order, and why: what `create` would do, without doing it.

use std::collections::BTreeMap;

use payments_adapters::Card;
use schemas::payment::{Customer, Method};
use schemas::{Currency, Money, Phone};

use super::{Caller, Payments, validate};
use crate::fields::{Faults, amount as read_amount};
use crate::refusal::Refusal;
use crate::routing::{Candidate, Ordered, Wanted};

/// A payment that somebody thinks of.
#[derive(Debug, Clone, Default)]
pub struct PaymentQuestion {
    /// How it would be paid.
    pub method: Option<Method>,
    /// In what; LYD where nothing is said.
    pub currency: Option<Currency>,
    /// How much, as decimal text.
    pub amount: Option<String>,
    /// Of which wallet.
    pub brand: Option<String>,
    /// From which bank.
    pub bank: Option<String>,
    /// The customer's number.
    pub phone: Option<String>,
    /// The customer's year of birth.
    pub birth_year: Option<u16>,
    /// By whom, where one is named.
    pub provider: Option<String>,
    /// The store's own name for it.
    pub reference: Option<String>,
}

/// Who would serve it.
pub struct Considered {
    /// In which money.
    pub currency: Currency,
    /// How much, where that was said.
    pub amount: Option<Money>,
    /// Of which wallet.
    pub brand: Option<String>,
    /// The rule, and the candidates in their order.
    pub ordered: Ordered,
    /// What stands in for each of them, in order.
    pub instead: BTreeMap<&'static str, Vec<Candidate>>,
}

impl Payments {
    /// Asks who would serve a payment. Nothing is sent and nothing is kept.
    pub async fn explain(&self, caller: &Caller, question: PaymentQuestion) -> Result<Considered, Refusal> {
        let currency = question.currency.unwrap_or(Currency::Lyd);
        let mut faults = Faults::default();
        let amount = question.amount.as_deref().and_then(|text| read_amount("amount", text, currency, &mut faults));
        if question.method.is_none() {
            faults.add("method", "say how it would be paid", "اذكر طريقة الدفع");
        }
        if let Some(method) = question.method {
            validate::check_way(method, question.brand.as_deref(), question.bank.as_deref(), &mut faults);
        }
        let phone = question.phone.as_deref().map(Phone::parse).transpose();
        if let Err(error) = &phone {
            faults.add("phone", error.to_string(), "رقم الهاتف غير صالح");
        }
        let method = faults.or(question.method)?;
        let phone = phone.unwrap_or_default();
        let customer = Customer { phone, birth_year: question.birth_year, ..Customer::default() };
        let wanted = Wanted {
            store: caller.store,
            mode: caller.mode,
            method,
            brand: question.brand.as_deref(),
            bank: question.bank.as_deref(),
            reference: question.reference.as_deref(),
            currency,
            amount: amount.map(|amount| amount.minor),
            customer: Some(&customer),
            provider: question.provider.as_deref(),
        };
        let ordered = self.routing.candidates(wanted).await?;
        let mut instead = BTreeMap::new();
        for name in ordered.candidates.iter().map(|candidate| candidate.card.name) {
            if !instead.contains_key(name) {
                instead.insert(name, self.routing.instead_of(name, wanted).await?);
            }
        }
        Ok(Considered { currency, amount, brand: question.brand, ordered, instead })
    }

    /// Whether the configuration gives a provider a place among those of a brand.
    pub fn is_ranked(&self, brand: Option<&str>, card: &Card) -> bool {
        self.routing.is_ranked(brand, card)
    }
}
