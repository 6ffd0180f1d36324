//! The refunds, from three sides: what clients were told, what the log of calls says, and what the provider did.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;

use crate::World;
use crate::client::Answer;
use crate::ledger::Refund;
use crate::provider::{Books, Received, refund_calls};
use crate::report::Outcome;
use crate::shops::Shop;
use crate::view::{self, AT_ONCE};

/// A row of RefundTransaction in the log.
struct Row {
    terminal: String,
    /// Its DateTimeLocalTrxn.
    time: String,
    /// Our reference of the refund.
    reference: String,
    status: String,
    delivery: String,
    completed_at: Option<Timestamp>,
}

/// What one refund left.
#[derive(Default)]
struct Trail<'a> {
    rows: Vec<&'a Row>,
    received: Vec<&'a Received>,
}

impl Trail<'_> {
    fn acted(&self) -> usize {
        self.received.iter().filter(|call| call.acted).count()
    }

    /// Whether the answer to its call told what happened.
    fn is_clear(&self) -> bool {
        self.rows.iter().all(|row| row.status == "success" || row.delivery == "never")
    }

    /// Whether a kill came between an answer and what follows from it, so that the refund has not kept its message:
    /// then it is as if there had been no answer.
    fn is_forgotten(&self, world: &World, refund: &Answer) -> bool {
        let mut answered = self.rows.iter().filter_map(|row| row.completed_at);
        refund.body["provider_message"].is_null() && answered.any(|moment| world.ledger.was_cut_short(moment))
    }
}

pub async fn check(world: &World, outcome: &mut Outcome) {
    let calls = refund_calls(&world.mocks.journal(None));
    let rows = match rows(world).await {
        Ok(rows) => rows,
        Err(error) => return outcome.violation(error),
    };
    let by_call: HashMap<(&str, &str), &Row> =
        rows.iter().map(|row| ((row.terminal.as_str(), row.time.as_str()), row)).collect();
    let mut trails: HashMap<&str, Trail<'_>> = HashMap::new();
    for row in &rows {
        trails.entry(&row.reference).or_default().rows.push(row);
    }
    for call in &calls {
        match by_call.get(&(call.terminal.as_str(), call.time.as_str())) {
            Some(row) => trails.entry(&row.reference).or_default().received.push(call),
            None => outcome.violation(format!("RefundTransaction {}/{} has no row", call.terminal, call.time)),
        }
    }
    outcome
        .figure("refund calls received / acted on", format!("{} / {}", calls.len(), count(&calls, |call| call.acted)));
    outcome.figure("rows left in `sending` by a kill", count(&rows, |row| row.status == "sending"));
    check_books(world, &calls, outcome);
    check_refunds(world, &trails, outcome).await;
}

fn count<T>(of: &[T], test: impl Fn(&T) -> bool) -> usize {
    of.iter().filter(|one| test(one)).count()
}

/// The provider's books hold exactly the refunds of calls that acted, and no sale gave back more than it had.
fn check_books(world: &World, calls: &[Received], outcome: &mut Outcome) {
    let books = Books::open(&world.mocks);
    let acted: i64 = calls.iter().filter(|call| call.acted).map(|call| call.amount).sum();
    if acted != books.all_refunded() {
        outcome.violation(format!("calls gave back {acted} dirham, the books say {}", books.all_refunded()));
    }
    for sale in world.ledger.sales().iter().filter(|sale| books.refunded(&sale.wire) > sale.amount) {
        outcome.violation(format!("{} gave back more than its {} dirham", sale.id, sale.amount));
    }
}

async fn check_refunds(world: &World, trails: &HashMap<&str, Trail<'_>>, outcome: &mut Outcome) {
    let shown = view::refunds(world).await;
    let refunds = world.ledger.refunds();
    let nothing = Trail::default();
    let (mut resolved, mut forgotten, mut states) = (0, 0, HashMap::<&str, usize>::new());
    let mut known = HashSet::new();
    for refund in &refunds {
        let Some(answer) = shown.get(&refund.id).filter(|answer| answer.status == 200) else {
            outcome.violation(format!("{} is lost", refund.id));
            continue;
        };
        let reference = refund.id.replacen("ref_", "R", 1);
        let trail = trails.get(reference.as_str()).unwrap_or(&nothing);
        let (status, reason) = (answer.at("/status"), answer.at("/review/reason"));
        *states.entry(status).or_default() += 1;
        resolved += usize::from(status == "succeeded" && !trail.is_clear());
        let unclear = !trail.is_clear() || trail.is_forgotten(world, answer);
        forgotten += usize::from(status == "needs_review" && trail.is_clear() && unclear);
        if let Err(wrong) = judge(refund, status, reason == "unresolved" && unclear, trail) {
            outcome.violation(format!("{} is {status}: {wrong}", refund.id));
        }
        known.insert(reference);
    }
    for stranger in trails.keys().filter(|reference| !known.contains(**reference)) {
        outcome.violation(format!("{stranger} was sent, but no client was told of it"));
    }
    outcome.figure("refunds", refunds.len());
    for status in ["succeeded", "failed", "needs_review"] {
        outcome.figure(&format!("  {status}"), states.get(status).copied().unwrap_or_default());
    }
    outcome.figure("  of them, refused but killed before it was kept", forgotten);
    outcome.figure("unknown refunds proved by asking", resolved);
    check_payments_of(&refunds, outcome);
}

fn judge(refund: &Refund, status: &str, unresolved: bool, trail: &Trail<'_>) -> Result<(), String> {
    let (acted, received) = (trail.acted(), trail.received.len());
    if received > 1 {
        return Err(format!("it was sent {received} times and acted on {acted} times"));
    }
    if let Some(other) = trail.received.iter().find(|call| call.amount != refund.amount) {
        return Err(format!("{} dirham were sent, not {}", other.amount, refund.amount));
    }
    match (status, acted) {
        ("succeeded", 1) | ("failed", 0) => Ok(()),
        ("needs_review", 0) if unresolved => Ok(()),
        _ => Err(format!("of {received} calls the provider acted on {acted}")),
    }
}

/// One id a key: two answers with one id would be two keys for one refund.
fn check_payments_of(refunds: &[Arc<Refund>], outcome: &mut Outcome) {
    let ids: HashSet<&str> = refunds.iter().map(|refund| refund.id.as_str()).collect();
    if ids.len() != refunds.len() {
        outcome.violation(format!("{} keys made {} refunds", refunds.len(), ids.len()));
    }
}

async fn rows(world: &World) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for shop in &world.shops {
        let listed = view::pages(shop, "/v1/logs?operation=RefundTransaction&limit=200").await?;
        let read = stream::iter(listed).map(|row| read_row(shop, row)).buffer_unordered(AT_ONCE);
        rows.extend(read.try_collect::<Vec<_>>().await?);
    }
    Ok(rows)
}

/// The list has no bodies, and only the body says which call it was.
async fn read_row(shop: &Shop, listed: Value) -> Result<Row, String> {
    let id = listed["id"].as_str().unwrap_or_default().to_owned();
    let answer = shop.client.read(&format!("/v1/logs/{id}")).await?;
    let body: Value = serde_json::from_str(answer.at("/request_body")).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let time = text(&body["DateTimeLocalTrxn"]);
    if time.is_empty() {
        return Err(format!("{id} does not say which call it was: {}", answer.body));
    }
    let reference = answer.at("/reference").to_owned();
    let (status, delivery) = (answer.at("/status").to_owned(), answer.at("/delivery").to_owned());
    let completed_at = answer.at("/completed_at").parse().ok();
    Ok(Row { terminal: text(&body["TerminalId"]), time, reference, status, delivery, completed_at })
}
