//! `GET /v1/payment-methods`: what a checkout can offer.

use axum::Json;
use axum::extract::State;
use payments_adapters::Route;
use schemas::payment::{CardType, Method};
use schemas::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;
use crate::payments::catalogue::{self, BANKS, Bank};
use crate::refusal::Refusal;
use crate::routing::{Candidate, Wanted, WhyNot};

/// What is to be paid.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MethodsQuery {
    /// Decimal text; leaves out nothing, but says what its limits forbid.
    amount: Option<String>,
    /// LYD when absent.
    currency: Option<Currency>,
}

/// The least and the most.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Limits {
    /// Decimal text.
    min: String,
    /// Decimal text.
    max: String,
}

/// A kind of card.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CardShown {
    /// `credit` or `debit`.
    card_type: CardType,
    /// Its schemes.
    schemes: &'static [&'static str],
    /// Its limits.
    limits: Option<Limits>,
}

/// A way to pay.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MethodShown {
    /// The word in requests.
    method: Method,
    /// Who serves it.
    provider: &'static str,
    /// English.
    title: &'static str,
    /// Arabic.
    title_ar: &'static str,
    /// By which of its routes: the provider's own word.
    gateway: &'static str,
    /// Wallets that it reaches; `brand` in requests.
    brands: Vec<&'static str>,
    /// What must be known of the customer: fields of `customer`.
    needs: Vec<&'static str>,
    /// How many digits the code has that the customer is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    code_length: Option<u8>,
    /// Amounts must be multiples of this: decimal text.
    amount_step: String,
    /// What the provider keeps of the amount: decimal text.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<String>,
    /// Banks whose customers can use it.
    banks: Vec<Bank>,
    /// Kinds of cards.
    cards: Vec<CardShown>,
    /// Its limits.
    limits: Option<Limits>,
    /// How long it takes to be proved.
    processing_time: &'static str,
    /// Arabic.
    processing_time_ar: &'static str,
    /// Whether it can be chosen now.
    enabled: bool,
    /// `healthy`, `unhealthy` or `unknown`.
    health: &'static str,
    /// Why it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<WhyNotShown>,
}

/// Why a method cannot be chosen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WhyNotShown {
    /// A stable word.
    code: &'static str,
    /// English.
    message: String,
    /// Arabic.
    message_ar: String,
}

/// Every way to pay.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MethodPage {
    data: Vec<MethodShown>,
    next_cursor: Option<String>,
}

/// List ways to pay
#[utoipa::path(get, path = "/v1/payment-methods", tag = "payments", params(MethodsQuery),
    responses((status = 200, description = "Methods, banks, cards, limits, and why not", body = MethodPage)))]
pub async fn list(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<MethodsQuery>,
) -> Result<Json<MethodPage>, Problem> {
    let currency = query.currency.unwrap_or(Currency::Lyd);
    let parse = |text: &String| {
        Money::parse(text, currency).map_err(|error| Problem::field("amount", error.to_string(), "مبلغ غير صالح"))
    };
    let amount = query.amount.as_ref().map(parse).transpose()?;
    let mut data = Vec::new();
    for method in [Method::Card, Method::Wallet, Method::BankTransfer, Method::CashOnDelivery] {
        let wanted = Wanted {
            store: caller.store,
            mode: caller.mode,
            method,
            brand: None,
            bank: None,
            reference: None,
            currency,
            amount: amount.map(|amount| amount.minor),
            customer: None,
            provider: None,
        };
        let candidates = facade.payments.routing.listed(wanted).await.map_err(Refusal::from)?;
        data.extend(candidates.iter().map(|candidate| show(candidate, method, amount)));
    }
    Ok(Json(MethodPage { data, next_cursor: None }))
}

fn show(candidate: &Candidate, method: Method, amount: Option<Money>) -> MethodShown {
    let bounds = catalogue::limits(method, None);
    let why_not = candidate.why_not.map(why).or_else(|| beyond(bounds, amount));
    let time = catalogue::processing_time(method);
    MethodShown {
        method,
        provider: candidate.card.name,
        title: candidate.card.title.0,
        title_ar: candidate.card.title.1,
        brands: candidate.route.brands.to_vec(),
        gateway: candidate.route.gateway,
        needs: needs(candidate.route),
        code_length: candidate.route.code,
        amount_step: Money::new(candidate.route.step, candidate.route.currency).to_string(),
        cost: amount.map(|amount| Money::new(candidate.cost, amount.currency).to_string()),
        banks: match method {
            Method::Card => BANKS.to_vec(),
            Method::BankTransfer => BANKS.into_iter().filter(|bank| bank.transfer).collect(),
            _ => Vec::new(),
        },
        cards: cards(method),
        limits: bounds.map(limits),
        processing_time: time.0,
        processing_time_ar: time.1,
        enabled: why_not.is_none(),
        health: match candidate.why_not {
            None => "healthy",
            Some(WhyNot::Shut) => "unhealthy",
            Some(_) => "unknown",
        },
        why_not,
    }
}

fn needs(route: &Route) -> Vec<&'static str> {
    let needs = [(route.needs.phone, "phone"), (route.needs.birth_year, "birth_year")];
    needs.into_iter().filter(|(needed, _)| *needed).map(|(_, name)| name).collect()
}

fn cards(method: Method) -> Vec<CardShown> {
    if method != Method::Card {
        return Vec::new();
    }
    let schemes = |card_type| match card_type {
        CardType::Credit => &["visa", "mastercard"][..],
        // `mada` is what the platform's guide calls NUMO.
        CardType::Debit => &["numo", "mada"][..],
    };
    CardType::ALL
        .iter()
        .map(|card_type| CardShown {
            card_type: *card_type,
            schemes: schemes(*card_type),
            limits: catalogue::limits(method, Some(*card_type)).map(limits),
        })
        .collect()
}

fn limits((least, most): (Money, Money)) -> Limits {
    Limits { min: least.to_string(), max: most.to_string() }
}

fn why(why_not: WhyNot) -> WhyNotShown {
    let text = why_not.text();
    WhyNotShown { code: why_not.as_str(), message: text.en, message_ar: text.ar }
}

fn beyond(bounds: Option<(Money, Money)>, amount: Option<Money>) -> Option<WhyNotShown> {
    let ((least, most), amount) = (bounds?, amount?);
    let within = amount.currency != least.currency || (least.minor..=most.minor).contains(&amount.minor);
    (!within).then(|| WhyNotShown {
        code: "amount_out_of_limits",
        message: format!("takes {least} to {most} {}", least.currency),
        message_ar: format!("يقبل من {least} إلى {most} {}", least.currency),
    })
}
