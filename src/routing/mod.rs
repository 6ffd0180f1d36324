//! Routing: which provider serves a request, in which order, and why. It never sends and never repeats anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use payments_adapters::{Card, registry};
use schemas::payment::Method;
use schemas::store::Mode;
use schemas::{Currency, StoreId, Text};
use serde::Serialize;

use crate::accounts::{AccountError, Accounts, Served};
use crate::db::DbError;

/// Builds the ordered candidates of a request. Cheap to clone.
#[derive(Clone)]
pub struct Routing {
    accounts: Accounts,
    fallbacks: Arc<BTreeMap<String, Vec<String>>>,
}

/// A provider that could serve a request, or why it cannot.
pub struct Candidate {
    /// The provider.
    pub card: &'static Card,
    /// Its account for the store.
    pub served: Option<Arc<Served>>,
    /// Why not.
    pub why_not: Option<WhyNot>,
}

/// Why a provider cannot serve a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The store has no account with it, and the platform has none.
    NoAccount,
    /// The account's money is another.
    OtherCurrency,
    /// The account's settings cannot be used.
    Misconfigured,
    /// It has been failing, or a person has shut it.
    Shut,
}

impl WhyNot {
    /// For people.
    pub fn text(self) -> Text {
        match self {
            Self::NoAccount => {
                Text::new("the store has no account with this provider", "لا يملك المتجر حساباً لدى هذا المزود")
            }
            Self::OtherCurrency => Text::new("the account takes another currency", "الحساب يعمل بعملة أخرى"),
            Self::Misconfigured => {
                Text::new("the account's settings cannot be used", "إعدادات الحساب غير صالحة للاستخدام")
            }
            Self::Shut => Text::new("the provider is not reachable at the moment", "المزود غير متاح في الوقت الحالي"),
        }
    }
}

/// What is to be served.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// For whom.
    pub store: StoreId,
    /// Test or live.
    pub mode: Mode,
    /// How.
    pub method: Method,
    /// In what.
    pub currency: Currency,
    /// By one provider only.
    pub provider: Option<&'a str>,
}

impl Routing {
    /// Over the accounts, with what may stand in for what.
    pub fn new(accounts: Accounts, fallbacks: BTreeMap<String, Vec<String>>) -> Self {
        Self { accounts, fallbacks: Arc::new(fallbacks) }
    }

    /// The providers of a method, those that can serve first; the order among them is the registry's.
    pub async fn candidates(&self, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        let mut candidates = Vec::new();
        for card in registry::PROVIDERS.map(|provider| provider.card) {
            let named = wanted.provider.is_none_or(|name| name == card.name);
            if named && card.methods.contains(&wanted.method) {
                candidates.push(self.candidate(card, wanted).await?);
            }
        }
        candidates.sort_by_key(|candidate| candidate.why_not.is_some());
        Ok(candidates)
    }

    /// What can be had instead of a provider, in order.
    pub async fn alternatives(&self, provider: &str, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        let mut usable = Vec::new();
        for name in self.fallbacks.get(provider).into_iter().flatten() {
            let Some(card) = registry::card(name) else { continue };
            let candidate = self.candidate(card, Wanted { method: card.methods[0], provider: None, ..wanted }).await?;
            if candidate.why_not.is_none() {
                usable.push(candidate);
            }
        }
        Ok(usable)
    }

    async fn candidate(&self, card: &'static Card, wanted: Wanted<'_>) -> Result<Candidate, Arc<AccountError>> {
        let refused = |why_not| Candidate { card, served: None, why_not: Some(why_not) };
        let served = match self.accounts.serving(wanted.store, card.name, wanted.mode).await {
            Ok(Some(served)) => served,
            Ok(None) => return Ok(refused(WhyNot::NoAccount)),
            Err(error) if matches!(&*error, AccountError::Db(DbError::Unavailable(_))) => return Err(error),
            Err(error) => {
                tracing::warn!(
                    error = &*error as &dyn std::error::Error,
                    provider = card.name,
                    "an account cannot be used"
                );
                return Ok(refused(WhyNot::Misconfigured));
            }
        };
        let why_not = if served.row.currency != wanted.currency.code() {
            Some(WhyNot::OtherCurrency)
        } else {
            self.accounts.is_shut(&served).then_some(WhyNot::Shut)
        };
        Ok(Candidate { card, served: Some(served), why_not })
    }
}
