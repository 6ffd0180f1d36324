//! What a provider is, as static data: what it serves, by which routes, how well it is known.

use kit::EvidenceGrade;
use schemas::payment::Method;
use schemas::{Currency, Money, Phone, Text};
use serde::Serialize;

/// What a provider is.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// The name in paths, configuration and logs.
    pub name: &'static str,
    /// For people: English and Arabic.
    pub title: (&'static str, &'static str),
    /// The ways to pay through it, the one to prefer first.
    pub routes: &'static [Route],
    /// What its accounts may be in.
    pub currencies: &'static [Currency],
    /// How well its protocol is known.
    pub evidence: EvidenceGrade,
    /// Whether `describe_refund` is supported.
    pub refunds: bool,
    /// Whether a person settles its payments with evidence.
    pub settled_by_hand: bool,
    /// Whether it has anything to ask.
    pub asks: bool,
    /// What its callbacks are worth.
    pub callbacks: Callbacks,
    /// What its callbacks are answered with: content type and body.
    pub callback_answer: (&'static str, &'static str),
}

/// One way to pay through a provider: data that routing reads.
#[derive(Debug, Clone, Serialize)]
pub struct Route {
    /// The provider's own word for it, such as a gateway of an aggregator; kept with the attempt.
    pub gateway: &'static str,
    /// What a customer can choose it for.
    pub method: Method,
    /// The wallets it reaches; empty where the method has no brands.
    pub brands: &'static [&'static str],
    /// What its amounts are in.
    pub currency: Currency,
    /// The smallest step of an amount on the wire, in minor units: 10 where a wire of LYD has two decimals.
    pub step: i64,
    /// What must be known of the customer.
    pub needs: Needs,
    /// How many digits the customer's one-time code has; `None` where none is entered.
    pub code: Option<u8>,
}

/// What a route must know of the customer.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Needs {
    /// A telephone number.
    pub phone: bool,
    /// The operators whose numbers it serves, as the two digits after the country code; empty is any.
    pub prefixes: &'static [&'static str],
    /// The year of birth.
    pub birth_year: bool,
}

impl Needs {
    /// Nothing at all.
    pub const NOTHING: Self = Self { phone: false, prefixes: &[], birth_year: false };
    /// Any Libyan mobile number.
    pub const PHONE: Self = Self { phone: true, ..Self::NOTHING };

    /// Whether a number is of an operator that the route serves.
    pub fn serves(&self, phone: &Phone) -> bool {
        let national = phone.e164().trim_start_matches("+218");
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| national.starts_with(prefix))
    }
}

/// What the callbacks of a provider are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Callbacks {
    /// There are none.
    None,
    /// Anybody can send them: each only brings a question forward.
    Unsigned,
    /// Their proof shows who sent them: each is a hint.
    Signed,
    /// Their proof covers reference, amount and outcome, and nothing else can be asked: each proves.
    Proving,
}

impl Route {
    /// A route of a method without brands, by the provider's own name.
    pub const fn plain(gateway: &'static str, method: Method) -> Self {
        Self { gateway, method, brands: &[], currency: Currency::Lyd, step: 1, needs: Needs::NOTHING, code: None }
    }

    /// Whether a customer who wants this method, of this brand, can be served by it. Without a brand a hosted page that
    /// lets the customer choose serves, and so does a route that has but one.
    pub fn serves(&self, method: Method, brand: Option<&str>) -> bool {
        self.method == method && brand.is_none_or(|brand| self.brands.contains(&brand))
    }

    /// Whether the wire can carry an amount without rounding it.
    pub fn carries(&self, amount: Money) -> bool {
        amount.currency == self.currency && amount.minor % self.step == 0
    }
}

impl Card {
    /// The title in both languages.
    pub fn text(&self) -> Text {
        Text::new(self.title.0, self.title.1)
    }

    /// The method that it is chosen for first.
    pub fn method(&self) -> Method {
        self.routes[0].method
    }

    /// Whether the provider itself may still tell what became of an attempt by one of its routes, without being asked.
    pub fn tells(&self, gateway: &str) -> bool {
        // A code is confirmed by our own call: nothing is sent afterwards.
        self.callbacks == Callbacks::Proving && self.route(gateway).is_some_and(|route| route.code.is_none())
    }

    /// The route by its own word.
    pub fn route(&self, gateway: &str) -> Option<&'static Route> {
        self.routes.iter().find(|route| route.gateway == gateway)
    }
}
