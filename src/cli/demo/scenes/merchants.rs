//! What can happen to a notification on its way to a merchant.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::Played;
use crate::cli::CommandError;
use crate::cli::demo::merchants::{Came, Manner};
use crate::cli::demo::stage::Store;

/// The longest that a scene waits for something.
const PATIENCE: Duration = Duration::from_secs(40);
/// How long a scene watches that nothing more comes; shorter than a breaker is open.
const WATCH: Duration = Duration::from_millis(700);
/// Notifications that wait for a dead merchant.
const WAITING: usize = 8;

/// A merchant of a store, with an endpoint.
struct Merchant<'s> {
    store: &'s Store<'s>,
    name: String,
    endpoint: String,
}

pub(super) async fn told(store: &Store<'_>) -> Played {
    let merchant = store.merchant("merchant", Manner::Prompt, "payment.paid").await?;
    let payment = store.paid().await?;
    merchant.until_arrived(1).await;
    tokio::time::sleep(WATCH).await;
    let came = merchant.came();
    let about = format!("\"id\":\"{}\"", payment.id);
    let event = came.first().filter(|one| one.body.contains(&about)).map_or("nothing", |one| one.event.as_str());
    let valid = came.iter().all(|one| one.valid == Some(true));
    Ok(format!("{event} arrived {}, signature {}", times(came.len()), if valid { "valid" } else { "not valid" }))
}

pub(super) async fn slow(store: &Store<'_>) -> Played {
    const ALL: usize = 12;
    let slow = store.merchant("slow", Manner::Slow(Duration::from_millis(500)), "order.packed").await?;
    let fast = store.merchant("fast", Manner::Prompt, "order.packed").await?;
    store.tell("order.packed", ALL).await?;
    let (beside, came) = (fast.until_arrived(ALL).await, slow.until_arrived(ALL).await);
    let standing = slow.until_standing("slow").await?;
    let long_before = match (beside.last(), came.get(ALL / 2)) {
        (Some(last), Some(half)) if last.at < half.at => "long before",
        _ => "no sooner",
    };
    let told = if came.len() == ALL { "told all the same".to_owned() } else { format!("told of {}", came.len()) };
    Ok(format!("marked {standing}, {told}; the fast one beside it {long_before}"))
}

pub(super) async fn dead(store: &Store<'_>) -> Played {
    let merchant = store.merchant("dead", Manner::Dead, "order.packed").await?;
    let failures = merchant.until_open().await?;
    loop {
        // What was under way when it opened ends.
        tokio::time::sleep(WATCH / 2).await;
        let (before, tries) = (merchant.health().await?, merchant.tries().await?);
        tokio::time::sleep(WATCH).await;
        let (after, now) = (merchant.health().await?, merchant.tries().await?);
        // Otherwise a probe has just found out that it is still dead: once more.
        if before["open_until"] == after["open_until"] {
            let waiting = store.count("pending").await?;
            let used = if tries == now { "use up no try".to_owned() } else { format!("use up {}", now - tries) };
            return Ok(format!("breaker open after {failures} failures, {waiting} wait and {used}"));
        }
    }
}

pub(super) async fn back(store: &Store<'_>) -> Played {
    let merchant = store.merchant("back", Manner::Dead, "order.packed").await?;
    merchant.until_open().await?;
    merchant.answer(Manner::Prompt);
    let arrived = merchant.until_arrived(WAITING).await;
    let standing = merchant.until_standing("normal").await?;
    let ids: BTreeSet<&str> = arrived.iter().map(|one| one.id.as_str()).collect();
    let recovered = store.get("/v1/feed?event=endpoint.recovered").await?;
    let probed = recovered.body["data"].as_array().is_some_and(|events| events.len() == 1);
    let probe = if probed { "probe arrived" } else { "nobody heard of a probe" };
    let breaker = if standing == "normal" { "breaker closed" } else { standing.as_str() };
    let all = if ids.len() == WAITING { format!("all {WAITING}") } else { ids.len().to_string() };
    let often = if arrived.len() == ids.len() { "once" } else { "more than once" };
    Ok(format!("{probe}, {breaker}, {all} arrived {often}"))
}

pub(super) async fn told_again(store: &Store<'_>) -> Played {
    let merchant = store.merchant("mended", Manner::Dead, "order.packed").await?;
    let told = store.tell("order.packed", 1).await?;
    store.until_count("failed", 1).await?;
    let tries = merchant.came().len();
    merchant.answer(Manner::Prompt);
    let since = store.get(&format!("/v1/notifications/{}", told.concat())).await?.text("/created_at");
    let again = store.post(&format!("/v1/stores/{}/recover", store.key), json!({"since": since})).await?;
    let sent = if again.body["recovered"] == 1 { "sent again" } else { "not sent again" };
    store.until_count("success", 1).await?;
    tokio::time::sleep(WATCH).await;
    Ok(format!("given up after {tries} tries, {sent}, arrived {}", times(merchant.arrived().len())))
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

impl Store<'_> {
    /// A merchant that wants an event, and answers in a manner.
    async fn merchant(&self, name: &str, manner: Manner, event: &str) -> Result<Merchant<'_>, CommandError> {
        let name = format!("{}-{name}", self.key);
        self.stage.merchants.set(&name, manner);
        let endpoint = self.stage.endpoint(&self.key, &name, event).await?;
        Ok(Merchant { store: self, name, endpoint })
    }

    /// Publishes so many notifications; answers their ids.
    async fn tell(&self, event: &str, count: usize) -> Result<Vec<String>, CommandError> {
        let one = |number| json!({"event": event, "order_no": number, "payload": {"order": number}});
        let notifications: Vec<Value> = (1..=count).map(one).collect();
        let answer = self.post("/v1/notifications/bulk", json!({"notifications": notifications})).await?;
        let ids = answer.body["data"].as_array().into_iter().flatten();
        let ids: Vec<String> = ids.filter_map(|one| one["id"].as_str()).map(str::to_owned).collect();
        if ids.len() == count {
            return Ok(ids);
        }
        Err(CommandError::Refused(format!("the notifications were not taken: {answer:?}")))
    }

    /// Notifications that stand so.
    async fn count(&self, status: &str) -> Result<usize, CommandError> {
        let found = self.get(&format!("/v1/notifications?limit=100&status={status}")).await?;
        Ok(found.body["data"].as_array().map_or(0, Vec::len))
    }

    async fn until_count(&self, status: &str, count: usize) -> Result<(), CommandError> {
        let until = Instant::now() + PATIENCE;
        while self.count(status).await? < count && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

impl Merchant<'_> {
    fn answer(&self, manner: Manner) {
        self.store.stage.merchants.set(&self.name, manner);
    }

    fn came(&self) -> Vec<Came> {
        self.store.stage.merchants.came(&self.name)
    }

    /// What came and was taken.
    fn arrived(&self) -> Vec<Came> {
        self.came().into_iter().filter(|one| one.answered.is_success()).collect()
    }

    async fn until_arrived(&self, count: usize) -> Vec<Came> {
        let until = Instant::now() + PATIENCE;
        while self.arrived().len() < count && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.arrived()
    }

    async fn health(&self) -> Result<Value, CommandError> {
        let path = format!("/v1/stores/{}/endpoints/{}", self.store.key, self.endpoint);
        Ok(self.store.get(&path).await?.body["health"].take())
    }

    /// Waits until the endpoint stands so; answers how it stands.
    async fn until_standing(&self, wanted: &str) -> Played {
        let until = Instant::now() + PATIENCE;
        loop {
            let standing = self.health().await?["status"].as_str().unwrap_or_default().to_owned();
            if standing == wanted || Instant::now() > until {
                return Ok(standing);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Publishes what a dead merchant cannot take until its breaker opens; answers after how many failures it did.
    async fn until_open(&self) -> Played {
        self.store.tell("order.packed", WAITING).await?;
        self.until_standing("circuit_breaker").await?;
        // One more may have been under way when the fifth failed.
        Ok(match self.health().await?["failures"].as_u64() {
            Some(5 | 6) => "five".to_owned(),
            failures => failures.unwrap_or_default().to_string(),
        })
    }

    /// Tries that its deliveries have used up.
    async fn tries(&self) -> Result<u64, CommandError> {
        let found = self.store.get("/v1/notifications?limit=100").await?;
        let all = found.body["data"].as_array().into_iter().flatten();
        let deliveries = all.filter_map(|one| one["deliveries"].as_array()).flatten();
        Ok(deliveries.filter_map(|delivery| delivery["tries"].as_u64()).sum())
    }
}
