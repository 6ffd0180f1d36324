//! `POST /v1/routing/what-if`: the requests of the last days under other rules.

use axum::Json;
use axum::extract::State;
use schemas::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::{knows_bank, owner};
use crate::db::routing_rules::Owner;
use crate::http::auth::Authorized;
use crate::http::extract::Body;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::{MOST_DAYS, Share, WouldBe};
use crate::refusal::Refusal;
use crate::routing::{Port, RoutingRule, read_rules};

/// `POST /v1/routing/what-if`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// `payments`.
    pub port: Port,
    /// The list that would be in the place of yours.
    pub rules: Vec<RoutingRule>,
    /// 7 when absent, 31 at the most.
    #[serde(default)]
    pub days: Option<u32>,
}

/// What would have been.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WhatIfShown {
    /// `payments`.
    pub port: Port,
    /// How far back it was looked.
    pub days: u32,
    /// How many requests were looked at, newest first.
    pub requests: usize,
    /// Whether there were more than 100 000.
    pub cut: bool,
    /// How many would have gone elsewhere.
    pub moved: i64,
    /// How many nobody could have served.
    pub unserved: i64,
    /// By provider and money.
    pub providers: Vec<ProviderShares>,
}

/// A provider's share, as it was and as it would have been.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProviderShares {
    /// Who.
    pub provider: String,
    /// Of the amounts.
    pub currency: Currency,
    /// As it was.
    pub before: ShareShown,
    /// As it would have been.
    pub after: ShareShown,
}

/// What somebody serves.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ShareShown {
    /// How many requests.
    pub count: i64,
    /// How much.
    pub amount: String,
    /// What is kept of it, by `payments.fees`.
    pub fees: String,
}

/// Ask what other rules would do
///
/// The requests of the last days, by whom their first attempt was served, and by whom under these rules in the place of yours.
/// Nothing is changed and nobody is asked. Which requests named their provider is not kept: all count as having named nobody.
/// Accounts are taken as they are now; breakers are not counted.
#[utoipa::path(post, path = "/v1/routing/what-if", tag = "operations", request_body = WhatIf,
    responses((status = 200, description = "Before and after, by provider", body = WhatIfShown),
        (status = 400, description = "`invalid_request`: names the field", body = schemas::Problem)))]
pub async fn what_if(
    State(facade): State<Facade>,
    authorized: Authorized,
    Body(request): Body<WhatIf>,
) -> Result<Json<WhatIfShown>, Problem> {
    let owner = owner(&authorized, request.port);
    Ok(Json(would_be(&facade, owner, request).await?))
}

/// The same for the command line.
pub async fn would_be(facade: &Facade, owner: Owner, request: WhatIf) -> Result<WhatIfShown, Refusal> {
    let WhatIf { port, rules, days } = request;
    if port != Port::Payments {
        let (en, ar) = ("only payments can be gone through so", "هذا متاح للمدفوعات فقط");
        return Err(Refusal::field("port", en, ar));
    }
    let days = days.unwrap_or(7);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Refusal::field("days", format!("1 to {MOST_DAYS}"), format!("من 1 إلى {MOST_DAYS}")));
    }
    let rules = read_rules(&rules, port, owner.store.is_some(), knows_bank)?;
    Ok(shown(port, days, facade.payments.what_if(owner, &rules, days).await?))
}

fn shown(port: Port, days: u32, would_be: WouldBe) -> WhatIfShown {
    let WouldBe { requests, is_cut, shares, moved, unserved } = would_be;
    let providers = shares.into_iter().map(|((provider, code), (before, after))| {
        let currency = Currency::from_code(code).unwrap_or(Currency::Lyd);
        let share = |share: Share| ShareShown {
            count: share.count,
            amount: Money::new(share.amount, currency).to_string(),
            fees: Money::new(share.fees, currency).to_string(),
        };
        ProviderShares { provider, currency, before: share(before), after: share(after) }
    });
    WhatIfShown { port, days, requests, cut: is_cut, moved, unserved, providers: providers.collect() }
}
