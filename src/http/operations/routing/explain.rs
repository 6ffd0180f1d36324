//! `GET /v1/routing/explain`: who would serve a request, in which order, and why.

use axum::Json;
use axum::extract::State;
use schemas::payment::Method;
use schemas::{AccountId, Currency, Text};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::caller::Caller;
use crate::db::provider_accounts::ProviderAccount;
use crate::fields::Faults;
use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::{self, PaymentQuestion};
use crate::refusal::Refusal;
use crate::routing::{Candidate, Fitting, Place, Port};
use crate::shipping::{self, Offered, ShippingQuestion};

/// A request that somebody thinks of.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExplainQuery {
    /// `payments` or `shipping`.
    pub port: Port,
    /// Payments: how it would be paid.
    pub method: Option<Method>,
    /// Payments: how much, as decimal text.
    pub amount: Option<String>,
    /// Payments: LYD when absent.
    pub currency: Option<Currency>,
    /// Payments: the wallet.
    pub brand: Option<String>,
    /// Payments: the customer's bank.
    pub bank: Option<String>,
    /// Payments: the customer's year of birth.
    pub birth_year: Option<u16>,
    /// Payments: the provider that is named.
    pub provider: Option<String>,
    /// The customer's number.
    pub phone: Option<String>,
    /// Your own name for it: rules with weights draw by it.
    pub reference: Option<String>,
    /// Shipping: the city where it is fetched, by any spelling.
    pub from: Option<String>,
    /// Shipping: the city where it goes.
    pub to: Option<String>,
    /// Shipping: 1 when absent.
    pub weight_kg: Option<String>,
    /// Shipping: whether money is collected at the door.
    pub cash_on_delivery: Option<bool>,
}

/// Who would serve it, best first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoutingExplained {
    /// `payments` or `shipping`.
    pub port: Port,
    /// The first rule that it fits.
    pub rule: Option<RuleTold>,
    /// Those that can serve it come before those that cannot.
    pub candidates: Vec<CandidateShown>,
}

/// A rule, by its name.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RuleTold {
    /// What its owner calls it.
    pub name: String,
    /// `store` or `platform`.
    pub owner: &'static str,
}

/// One who could serve it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CandidateShown {
    /// The provider or carrier.
    pub provider: &'static str,
    /// For people.
    pub title: &'static str,
    /// The same in Arabic.
    pub title_ar: &'static str,
    /// The provider's route or the carrier's service.
    pub route: &'static str,
    /// The account that would serve it.
    pub account: Option<AccountId>,
    /// Payments: what the provider keeps. Shipping: the least listed price. `null` where that is not known.
    pub cost: Option<String>,
    /// Of the cost.
    pub currency: Currency,
    /// `closed`, `open` or `half_open`.
    pub breaker: Option<&'static str>,
    /// Whether it can serve it now.
    pub usable: bool,
    /// Why it cannot.
    pub why_not: Option<ReasonShown>,
    /// What has put it where it stands: `rule`, `configuration`, or `cost`.
    pub placed_by: &'static str,
    /// What stands in for it, in order.
    pub fallbacks: Vec<FallbackShown>,
}

/// A reason, in both languages.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReasonShown {
    /// Stable.
    pub code: &'static str,
    /// In English.
    pub message: String,
    /// In Arabic.
    pub message_ar: String,
}

/// One who stands in for another.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FallbackShown {
    /// Who.
    pub provider: &'static str,
    /// Whether it can serve it now.
    pub usable: bool,
    /// Why it cannot.
    pub why_not: Option<ReasonShown>,
}

/// Explain routing
///
/// The candidates in the very order in which a request would try them, and what has put each there. Nothing is sent, except
/// that a carrier's list of places may be read anew.
#[utoipa::path(get, path = "/v1/routing/explain", tag = "operations", params(ExplainQuery),
    responses((status = 200, description = "The candidates in their order", body = RoutingExplained),
        (status = 400, description = "`invalid_request`: names the field", body = schemas::Problem)))]
pub async fn explain(
    State(facade): State<Facade>,
    caller: Caller,
    Query(query): Query<ExplainQuery>,
) -> Result<Json<RoutingExplained>, Problem> {
    Ok(Json(explained(&facade, &caller, query).await?))
}

/// The same for the command line.
pub async fn explained(facade: &Facade, caller: &Caller, query: ExplainQuery) -> Result<RoutingExplained, Refusal> {
    check(&query)?;
    match query.port {
        Port::Payments => of_payment(facade, caller, query).await,
        Port::Shipping => of_shipment(facade, caller, query).await,
    }
}

/// Names what the other port alone knows of.
fn check(query: &ExplainQuery) -> Result<(), Refusal> {
    let payments = [
        ("method", query.method.is_some()),
        ("amount", query.amount.is_some()),
        ("currency", query.currency.is_some()),
        ("brand", query.brand.is_some()),
        ("bank", query.bank.is_some()),
        ("birth_year", query.birth_year.is_some()),
        ("provider", query.provider.is_some()),
    ];
    let shipping = [
        ("from", query.from.is_some()),
        ("to", query.to.is_some()),
        ("weight_kg", query.weight_kg.is_some()),
        ("cash_on_delivery", query.cash_on_delivery.is_some()),
    ];
    let foreign = if query.port == Port::Payments { &shipping[..] } else { &payments[..] };
    let mut faults = Faults::default();
    for (name, _) in foreign.iter().filter(|(_, given)| *given) {
        let port = query.port;
        faults.add(name, format!("it says nothing about {port}"), format!("لا علاقة له بـ {port}"));
    }
    faults.or(Some(()))
}

async fn of_payment(facade: &Facade, caller: &Caller, query: ExplainQuery) -> Result<RoutingExplained, Refusal> {
    let question = PaymentQuestion {
        method: query.method,
        currency: query.currency,
        amount: query.amount,
        brand: query.brand,
        bank: query.bank,
        phone: query.phone,
        birth_year: query.birth_year,
        provider: query.provider,
        reference: query.reference,
    };
    let considered = facade.payments.explain(caller, question).await?;
    let rule = considered.ordered.rule.as_ref().map(told);
    let candidates = considered.ordered.candidates.iter().map(|one| candidate(facade, &considered, one)).collect();
    Ok(RoutingExplained { port: Port::Payments, rule, candidates })
}

fn candidate(facade: &Facade, considered: &payments::Considered, one: &Candidate) -> CandidateShown {
    let why_not = |one: &Candidate| one.why_not.map(|why| reason(why.as_str(), why.text()));
    let instead = considered.instead.get(one.card.name).into_iter().flatten();
    let is_ranked = facade.payments.is_ranked(considered.brand.as_deref(), one.card);
    CandidateShown {
        provider: one.card.name,
        title: one.card.title.0,
        title_ar: one.card.title.1,
        route: one.route.gateway,
        account: one.served.as_ref().map(|served| served.row.id),
        cost: considered.amount.map(|amount| schemas::Money::new(one.cost, amount.currency).to_string()),
        currency: considered.currency,
        breaker: one.served.as_ref().map(|served| breaker(facade, &served.row)),
        usable: one.why_not.is_none(),
        why_not: why_not(one),
        placed_by: placed_by(one.place, is_ranked),
        fallbacks: instead
            .map(|one| FallbackShown { provider: one.card.name, usable: one.why_not.is_none(), why_not: why_not(one) })
            .collect(),
    }
}

async fn of_shipment(facade: &Facade, caller: &Caller, query: ExplainQuery) -> Result<RoutingExplained, Refusal> {
    let question = ShippingQuestion {
        from: query.from,
        to: query.to,
        weight_kg: query.weight_kg,
        cash_on_delivery: query.cash_on_delivery,
        phone: query.phone,
        reference: query.reference,
    };
    let considered = facade.shipping.explain(caller, &question).await?;
    let rule = considered.rule.as_ref().map(told);
    let candidates = considered.offered.iter().map(|one| offer(facade, &considered, one)).collect();
    Ok(RoutingExplained { port: Port::Shipping, rule, candidates })
}

fn offer(facade: &Facade, considered: &shipping::Considered, one: &Offered) -> CandidateShown {
    let instead = considered.instead.get(one.card.name).into_iter().flatten();
    CandidateShown {
        provider: one.card.name,
        title: one.card.title.0,
        title_ar: one.card.title.1,
        route: one.service.key,
        account: one.served.as_ref().map(|served| served.row.id),
        cost: one.cost.map(|cost| cost.to_string()),
        currency: one.cost.map_or(Currency::Lyd, |cost| cost.currency),
        breaker: one.served.as_ref().map(|served| breaker(facade, &served.row)),
        usable: one.why_not.is_none(),
        why_not: one.why_not.map(|why| reason(why.as_str(), why.text())),
        placed_by: placed_by(one.place, one.is_ranked),
        fallbacks: instead
            .map(|(card, why)| FallbackShown {
                provider: card.name,
                usable: why.is_none(),
                why_not: why.map(|why| reason(why.as_str(), why.text())),
            })
            .collect(),
    }
}

fn told(fitting: &Fitting) -> RuleTold {
    let rule = fitting.rule();
    RuleTold { name: rule.name.clone(), owner: if rule.of_store { "store" } else { "platform" } }
}

fn placed_by(place: Place, is_ranked: bool) -> &'static str {
    match place {
        Place::Named(_) | Place::LeftOut => "rule",
        Place::Free if is_ranked => "configuration",
        Place::Free => "cost",
    }
}

fn breaker(facade: &Facade, row: &ProviderAccount) -> &'static str {
    facade.accounts.breaker(row).state(Instant::now()).as_str()
}

fn reason(code: &'static str, text: Text) -> ReasonShown {
    ReasonShown { code, message: text.en, message_ar: text.ar }
}
