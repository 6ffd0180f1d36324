//! The rules that hold, kept for a moment: choosing who serves a request costs no question of the database while they are.

use std::sync::Arc;
use std::time::Duration;

use kit::Ambient;
use moka::future::Cache;
use schemas::{StoreId, Text};

use super::Port;
use super::read;
use super::rule::{Facts, Rule, first_fitting};
use super::wire::RoutingRule;
use crate::db::routing_rules::{self, Kept, Owner};
use crate::db::{Db, DbError};
use crate::refusal::Refusal;
use crate::vault::{Purpose, Vault};

/// How long another process may still route by what was changed here.
const STALE: Duration = Duration::from_secs(1);

/// The rules of every store. Cheap to clone.
#[derive(Clone)]
pub struct Book {
    db: Db,
    vault: Vault,
    ambient: Ambient,
    kept: Cache<(StoreId, Port, bool), Arc<[Rule]>>,
}

/// A list as its owner sees it.
#[derive(Debug, Clone)]
pub struct List {
    /// For compare-and-set; 0 where nobody has made one.
    pub version: i64,
    /// In their order.
    pub rules: Vec<RoutingRule>,
    /// When it was replaced last.
    pub updated_at: Option<crate::db::Time>,
}

impl Book {
    /// Over the table of rules.
    pub fn new(db: Db, vault: Vault, ambient: Ambient) -> Self {
        let kept = Cache::builder().max_capacity(10_000).time_to_live(STALE).build();
        Self { db, vault, ambient, kept }
    }

    /// The rules that hold for a store, in their order: its own before the platform's.
    pub async fn holding(&self, store: StoreId, port: Port, livemode: bool) -> Result<Arc<[Rule]>, Arc<DbError>> {
        let load = async {
            let lists = routing_rules::holding(&self.db, store, port.as_str(), livemode).await?;
            Ok(lists.iter().flat_map(|list| readable(list, port)).collect())
        };
        self.kept.try_get_with((store, port, livemode), load).await
    }

    /// A list as its owner sees it.
    pub async fn list(&self, owner: Owner) -> Result<List, DbError> {
        let Some(kept) = routing_rules::of(&self.db, owner).await? else {
            return Ok(List { version: 0, rules: Vec::new(), updated_at: None });
        };
        Ok(List { version: kept.version, rules: sent(&kept), updated_at: Some(kept.updated_at) })
    }

    /// Replaces a list whole, if nobody else has since it was read.
    pub async fn replace(
        &self,
        port: Port,
        owner: Owner,
        version: i64,
        rules: &[RoutingRule],
        knows_bank: fn(&str) -> bool,
    ) -> Result<List, Refusal> {
        read::rules(rules, port, owner.store.is_some(), knows_bank)?;
        let json = serde_json::to_value(rules).map_err(|_| Refusal::Internal("rules cannot be written"))?;
        let (id, now) = (self.ambient.uuid(), self.ambient.now().into());
        if !routing_rules::replace(&self.db, id, owner, version, &json, now).await? {
            return Err(Refusal::Conflict(Text::new(
                "somebody else has replaced the rules meanwhile; read them and try again",
                "استُبدلت القواعد في هذه الأثناء؛ اقرأها ثم أعد المحاولة",
            )));
        }
        self.kept.invalidate_all();
        Ok(self.list(owner).await?)
    }

    /// The seed by which a rule with weights draws for a request: the same whenever the request comes.
    pub fn seed(&self, rule: &Rule, port: Port, store: StoreId, reference: Option<&str>) -> Option<u64> {
        let reference = reference.filter(|_| rule.is_weighted())?;
        let data = format!("{port}\n{store}\n{}\n{reference}", rule.name);
        let hash = self.vault.fingerprints(Purpose::Routing, data.as_bytes()).into_iter().next()?;
        hash.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
    }

    /// The rule that a request fits, if any.
    pub async fn fitting(
        &self,
        port: Port,
        (store, livemode): (StoreId, bool),
        facts: &Facts<'_>,
        reference: Option<&str>,
    ) -> Result<Option<Fitting>, Refusal> {
        let rules = self.holding(store, port, livemode).await.map_err(|error| match &*error {
            DbError::Unavailable(_) => Refusal::Db(DbError::Unavailable(sqlx::Error::PoolTimedOut)),
            _ => Refusal::Internal("the rules of routing cannot be read"),
        })?;
        let Some(index) = first_fitting(&rules, facts) else { return Ok(None) };
        let seed = self.seed(&rules[index], port, store, reference);
        Ok(Some(Fitting { rules, index, seed }))
    }
}

/// The rule that a request fits.
#[derive(Debug, Clone)]
pub struct Fitting {
    rules: Arc<[Rule]>,
    index: usize,
    /// What it draws by, where it draws.
    pub seed: Option<u64>,
}

impl Fitting {
    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rules[self.index]
    }
}

fn sent(kept: &Kept) -> Vec<RoutingRule> {
    let rules = kept.rules.0.as_array().into_iter().flatten();
    rules.filter_map(|rule| serde_json::from_value(rule.clone()).ok()).collect()
}

/// The rules of a list that can still be read. One that names what is no more is left out: it must fit nothing wider.
fn readable(kept: &Kept, port: Port) -> Vec<Rule> {
    let rules = sent(kept);
    let read: Vec<Rule> = rules.iter().filter_map(|rule| read::kept(rule, port, kept.store_id.is_some())).collect();
    let lost = kept.rules.0.as_array().map_or(0, Vec::len) - read.len();
    if lost > 0 {
        tracing::warn!(lost, %port, "rules of routing that can no longer be read are left out");
    }
    read
}
