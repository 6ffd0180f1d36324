//! `jisr routing`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kit::Ambient;
use schemas::payment::Method;
use schemas::store::Mode;
use schemas::{Currency, StoreId};

use super::{CommandError, output};
use crate::app::App;
use crate::caller::Caller;
use crate::config::Config;
use crate::db::routing_rules::Owner;
use crate::db::stores;
use crate::http::Facade;
use crate::http::operations::routing::explain::{CandidateShown, ExplainQuery, RoutingExplained, explained};
use crate::http::operations::routing::what_if::{WhatIf, WhatIfShown, would_be};
use crate::refusal::Refusal;
use crate::routing::{Port, RoutingRule};

/// Show who serves a request and why, the rules, and what other rules would have done.
#[derive(Args)]
pub(super) struct Routing {
    #[command(subcommand)]
    command: RoutingCommand,
    /// The store, by its key; `default` where requests are explained, the platform elsewhere.
    #[arg(long, global = true)]
    store: Option<String>,
    /// Of live mode.
    #[arg(long, global = true)]
    live: bool,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum RoutingCommand {
    /// Show who would serve a request, best first.
    Explain(Box<Explain>),
    /// Show a list of rules.
    Rules {
        /// `payments` or `shipping`.
        #[arg(long, default_value = "payments")]
        port: Port,
    },
    /// Go through the payments of the last days under other rules.
    WhatIf {
        /// A JSON file with the list of rules.
        #[arg(long, value_name = "FILE")]
        rules: PathBuf,
        /// How many days.
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
}

#[derive(Args)]
struct Explain {
    /// `payments` or `shipping`.
    #[arg(long, default_value = "payments")]
    port: Port,
    /// Payments: `card`, `wallet`, …
    #[arg(long)]
    method: Option<Method>,
    /// Payments: decimal text.
    #[arg(long)]
    amount: Option<String>,
    /// Payments: the wallet.
    #[arg(long)]
    brand: Option<String>,
    /// Payments: the customer's bank.
    #[arg(long)]
    bank: Option<String>,
    /// Payments: the customer's year of birth.
    #[arg(long)]
    birth_year: Option<u16>,
    /// The customer's number.
    #[arg(long)]
    phone: Option<String>,
    /// The store's own name for the request.
    #[arg(long)]
    reference: Option<String>,
    /// Shipping: the city where it is fetched.
    #[arg(long)]
    from: Option<String>,
    /// Shipping: the city where it goes.
    #[arg(long)]
    to: Option<String>,
    /// Shipping: decimal text.
    #[arg(long)]
    weight_kg: Option<String>,
    /// Shipping: money is collected at the door.
    #[arg(long)]
    cash_on_delivery: bool,
}

impl Routing {
    pub(super) async fn run(self, config: Config) -> Result<(), CommandError> {
        let facade = App::build(config, Ambient::system()).await?.facade;
        let mode = Mode::from_livemode(self.live);
        let store = match &self.store {
            Some(key) => Some(store(&facade, key).await?),
            None => None,
        };
        let owner = |port: Port| Owner { store, port: port.as_str(), livemode: self.live };
        match self.command {
            RoutingCommand::Explain(asked) => {
                let store = match store {
                    Some(store) => store,
                    None => self::store(&facade, crate::accounts::DEFAULT_STORE).await?,
                };
                let caller = Caller { store, store_key: "".into(), key: None, mode, return_urls: [].into() };
                let found = explained(&facade, &caller, asked.query()).await.map_err(|refusal| told(&refusal))?;
                show_explained(&found, self.json)
            }
            RoutingCommand::Rules { port } => {
                let list = facade.book.list(owner(port)).await?;
                show_rules(&list.rules, self.json)
            }
            RoutingCommand::WhatIf { rules, days } => {
                let text = std::fs::read(&rules)?;
                let unreadable =
                    |error: serde_json::Error| CommandError::Refused(format!("{}: {error}", rules.display()));
                let read: Vec<RoutingRule> = serde_json::from_slice(&text).map_err(unreadable)?;
                let request = WhatIf { port: Port::Payments, rules: read, days: Some(days) };
                let found =
                    would_be(&facade, owner(Port::Payments), request).await.map_err(|refusal| told(&refusal))?;
                show_would_be(&found, self.json)
            }
        }
    }
}

impl Explain {
    fn query(self) -> ExplainQuery {
        let is_shipping = self.port == Port::Shipping;
        ExplainQuery {
            port: self.port,
            method: self.method,
            amount: self.amount,
            currency: None::<Currency>,
            brand: self.brand,
            bank: self.bank,
            birth_year: self.birth_year,
            provider: None,
            phone: self.phone,
            reference: self.reference,
            from: self.from,
            to: self.to,
            weight_kg: self.weight_kg,
            cash_on_delivery: is_shipping.then_some(self.cash_on_delivery),
        }
    }
}

async fn store(facade: &Facade, key: &str) -> Result<StoreId, CommandError> {
    let found = stores::by_key(&facade.db, key).await?;
    found.map(|store| store.id).ok_or_else(|| CommandError::Refused(format!("there is no store {key}")))
}

/// A refusal in a line: fields by their names.
fn told(refusal: &Refusal) -> CommandError {
    CommandError::Refused(match refusal {
        Refusal::Invalid(fields) => {
            let fields = fields.iter().map(|fault| format!("{}: {}", fault.field, fault.message));
            fields.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    })
}

fn show_explained(found: &RoutingExplained, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return output::json(found);
    }
    if let Some(rule) = &found.rule {
        output::line(&format!("Rule: {} (of the {})", rule.name, rule.owner))?;
    }
    let row = |one: &CandidateShown| {
        let fallbacks: Vec<&str> = one.fallbacks.iter().filter(|one| one.usable).map(|one| one.provider).collect();
        vec![
            one.provider.to_owned(),
            one.route.to_owned(),
            one.cost.clone().unwrap_or_default(),
            one.breaker.unwrap_or_default().to_owned(),
            one.placed_by.to_owned(),
            one.why_not.as_ref().map(|why| why.message.clone()).unwrap_or_default(),
            fallbacks.join(", "),
        ]
    };
    let header = ["provider", "route", "cost", "breaker", "placed by", "why not", "instead"];
    output::table(&header, found.candidates.iter().map(row))
}

fn show_rules(rules: &[RoutingRule], as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return output::json(&rules);
    }
    let rows = rules.iter().map(|rule| {
        let uses = rule.uses.iter().map(|one| match one.weight {
            Some(weight) => format!("{} ({weight})", one.provider),
            None => one.provider.clone(),
        });
        let when = serde_json::to_string(&rule.when).unwrap_or_default();
        vec![
            rule.name.clone(),
            when,
            uses.collect::<Vec<_>>().join(", "),
            if rule.only { "yes" } else { "" }.to_owned(),
        ]
    });
    output::table(&["name", "when", "use", "only"], rows)
}

fn show_would_be(found: &WhatIfShown, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return output::json(found);
    }
    let rows = found.providers.iter().map(|one| {
        let mut row = vec![one.provider.clone(), one.currency.code().to_owned()];
        for share in [&one.before, &one.after] {
            row.extend([share.count.to_string(), share.amount.clone(), share.fees.clone()]);
        }
        row
    });
    let header = ["provider", "money", "before", "amount", "fees", "after", "amount", "fees"];
    output::table(&header, rows)?;
    let WhatIfShown { requests, moved, unserved, .. } = found;
    output::line(&format!("Of {requests} requests {moved} would go elsewhere, and {unserved} nobody could serve."))
}
