//! Routing: which provider serves a request, in which order, and why. It never sends and never repeats anything.

use std::sync::Arc;

use payments_adapters::{Card, Route, registry};
use schemas::payment::{Customer, Method};
use schemas::store::Mode;
use schemas::{Currency, Money, StoreId, Text};

use crate::accounts::{AccountError, Accounts, Served};
use crate::config::{Fee, Payments as Settings};
use crate::db::DbError;

/// Builds the ordered candidates of a request. Cheap to clone.
#[derive(Clone)]
pub struct Routing {
    accounts: Accounts,
    settings: Arc<Settings>,
}

/// A provider that could serve a request, or why it cannot.
pub struct Candidate {
    /// The provider.
    pub card: &'static Card,
    /// By which of its routes.
    pub route: &'static Route,
    /// What it costs, in minor units, where the amount is known.
    pub cost: i64,
    /// Its account for the store.
    pub served: Option<Arc<Served>>,
    /// Why not.
    pub why_not: Option<WhyNot>,
}

schemas::words! {
    /// Why a provider cannot serve a request.
    WhyNot {
        /// The store has no account with it, and the platform has none.
        NoAccount = "no_account",
        /// The account's money is another.
        OtherCurrency = "other_currency",
        /// The account's settings cannot be used.
        Misconfigured = "misconfigured",
        /// It has been failing, or a person has shut it.
        Shut = "shut",
        /// Its wire cannot write the amount without rounding it.
        AmountStep = "amount_step",
        /// The customer's telephone number is needed.
        PhoneNeeded = "phone_needed",
        /// The customer's number is of another operator.
        OtherOperator = "other_operator",
        /// The customer's year of birth is needed.
        BirthYearNeeded = "birth_year_needed",
    }
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
            Self::AmountStep => Text::new(
                "this wallet takes no third decimal: the amount must be a multiple of 0.010",
                "لا تقبل هذه المحفظة الخانة العشرية الثالثة: يجب أن يكون المبلغ من مضاعفات 0.010",
            ),
            Self::PhoneNeeded => Text::new("the customer's telephone number is needed", "رقم هاتف الزبون مطلوب"),
            Self::OtherOperator => Text::new(
                "this wallet does not serve numbers of the customer's operator",
                "لا تخدم هذه المحفظة أرقام مشغّل هاتف الزبون",
            ),
            Self::BirthYearNeeded => Text::new("the customer's year of birth is needed", "سنة ميلاد الزبون مطلوبة"),
        }
    }

    /// The field of a request that it is about, where another request could be served.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::AmountStep => Some("amount"),
            Self::PhoneNeeded | Self::OtherOperator => Some("customer.phone"),
            Self::BirthYearNeeded => Some("customer.birth_year"),
            _ => None,
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
    /// Of which wallet.
    pub brand: Option<&'a str>,
    /// In what.
    pub currency: Currency,
    /// How much, in minor units, where that is known.
    pub amount: Option<i64>,
    /// For whom, where that is known.
    pub customer: Option<&'a Customer>,
    /// By one provider only.
    pub provider: Option<&'a str>,
}

impl Routing {
    /// Over the accounts, with what may stand in for what.
    pub fn new(accounts: Accounts, settings: Arc<Settings>) -> Self {
        Self { accounts, settings }
    }

    /// Who could serve a request, best first: those that can before those that cannot, then in the order of the settings,
    /// then the cheapest, then in the order of the list. One provider is there once for each of its routes.
    pub async fn candidates(&self, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        self.among(wanted, is_meant).await
    }

    /// Every route of a method, for a checkout that lists them.
    pub async fn listed(&self, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        self.among(wanted, |_, route, wanted| route.method == wanted.method).await
    }

    async fn among(
        &self,
        wanted: Wanted<'_>,
        meant: fn(&Card, &Route, Wanted<'_>) -> bool,
    ) -> Result<Vec<Candidate>, Arc<AccountError>> {
        let mut candidates = Vec::new();
        for card in registry::PROVIDERS.map(|provider| provider.card) {
            let named = wanted.provider.is_none_or(|name| name == card.name);
            for route in card.routes.iter().filter(|route| named && meant(card, route, wanted)) {
                candidates.push(self.candidate(card, route, wanted).await?);
            }
        }
        candidates.sort_by_key(|one| (one.why_not.is_some(), self.rank(wanted.brand, one.card), one.cost));
        Ok(candidates)
    }

    /// What can be had instead of a provider, in order.
    pub async fn alternatives(&self, provider: &str, wanted: Wanted<'_>) -> Result<Vec<Candidate>, Arc<AccountError>> {
        let mut usable = Vec::new();
        for name in self.settings.fallbacks.get(provider).into_iter().flatten() {
            let Some(card) = registry::card(name) else { continue };
            let instead = Wanted { method: card.method(), brand: None, provider: None, ..wanted };
            let candidate = self.candidate(card, &card.routes[0], instead).await?;
            if candidate.why_not.is_none() {
                usable.push(candidate);
            }
        }
        Ok(usable)
    }

    /// The place that the settings give a provider among those of a brand.
    fn rank(&self, brand: Option<&str>, card: &Card) -> usize {
        let order = brand.and_then(|brand| self.settings.routes.get(brand));
        order.and_then(|order| order.iter().position(|name| name == card.name)).unwrap_or(usize::MAX)
    }

    /// What a provider keeps of an amount.
    fn cost(&self, card: &Card, route: &Route, amount: Option<i64>) -> i64 {
        let fees = &self.settings.fees;
        let fee: Fee = fees
            .get(&format!("{}.{}", card.name, route.gateway))
            .or_else(|| fees.get(card.name))
            .copied()
            .unwrap_or_default();
        fee.of(amount.unwrap_or_default())
    }

    async fn candidate(
        &self,
        card: &'static Card,
        route: &'static Route,
        wanted: Wanted<'_>,
    ) -> Result<Candidate, Arc<AccountError>> {
        let cost = self.cost(card, route, wanted.amount);
        let refused = |why_not| Candidate { card, route, cost, served: None, why_not: Some(why_not) };
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
        let other = served.row.currency != wanted.currency.code() || route.currency != wanted.currency;
        let why_not = if other {
            Some(WhyNot::OtherCurrency)
        } else if self.accounts.is_shut(&served) {
            Some(WhyNot::Shut)
        } else {
            unfit(route, wanted)
        };
        Ok(Candidate { card, route, cost, served: Some(served), why_not })
    }
}

/// Whether a route is one that the customer may have meant. Without a brand that is a page on which the wallet is chosen,
/// or the only route of a provider that was named.
fn is_meant(card: &Card, route: &Route, wanted: Wanted<'_>) -> bool {
    let only = wanted.provider.is_some() && card.routes.len() == 1;
    let open = wanted.brand.is_some() || route.brands.len() != 1 || only;
    open && route.serves(wanted.method, wanted.brand)
}

/// Why a route cannot carry what is known of the request.
fn unfit(route: &Route, wanted: Wanted<'_>) -> Option<WhyNot> {
    let amount = wanted.amount.map(|minor| Money::new(minor, wanted.currency));
    if amount.is_some_and(|amount| !route.carries(amount)) {
        return Some(WhyNot::AmountStep);
    }
    let customer = wanted.customer?;
    match &customer.phone {
        None if route.needs.phone => Some(WhyNot::PhoneNeeded),
        Some(phone) if route.needs.phone && !route.needs.serves(phone) => Some(WhyNot::OtherOperator),
        _ => (route.needs.birth_year && customer.birth_year.is_none()).then_some(WhyNot::BirthYearNeeded),
    }
}
