//! The audit: everything that clients were told, compared with what the gateway says now and with the provider's books.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;

use crate::ledger::{Sale, dirham};
use crate::provider::{self, Books, Callbacks, Verdict};
use crate::report::Outcome;
use crate::settle::Waited;
use crate::view::{self, AT_ONCE, Shown};
use crate::{World, trail};

pub async fn everything(world: &World, waited: &Waited, outcome: &mut Outcome) {
    for open in &waited.open {
        outcome.violation(format!("after 60 s {open}"));
    }
    for surprise in world.ledger.surprises() {
        outcome.violation(surprise);
    }
    for violation in provider::violations(&world.mocks) {
        outcome.violation(format!("the provider complains: {violation}"));
    }
    let lists = match view::payments(world).await {
        Ok(lists) => lists,
        Err(error) => return outcome.violation(error),
    };
    check_lists(world, &lists, outcome);
    check_verdicts(world, &lists, outcome);
    let (sales, books) = (world.ledger.sales(), Books::open(&world.mocks));
    collect(stream::iter(&sales).map(|sale| still_there(world, sale)).buffer_unordered(AT_ONCE), outcome).await;
    collect(stream::iter(&sales).map(|sale| history(world, &books, sale)).buffer_unordered(AT_ONCE), outcome).await;
    trail::check(world, outcome).await;
    replay(world, &sales, outcome).await;
}

async fn collect(checks: impl Stream<Item = Result<(), String>>, outcome: &mut Outcome) {
    let wrong: Vec<String> = checks.filter_map(|check| std::future::ready(check.err())).collect().await;
    wrong.into_iter().for_each(|wrong| outcome.violation(wrong));
}

/// Every payment once, every reference once, and none that no client was told of.
fn check_lists(world: &World, lists: &[Vec<Shown>], outcome: &mut Outcome) {
    let sales = world.ledger.sales();
    let told: HashSet<&str> = sales.iter().map(|sale| sale.id.as_str()).collect();
    if told.len() != sales.len() {
        outcome.violation(format!("{} keys made {} payments", sales.len(), told.len()));
    }
    for (shop, list) in lists.iter().enumerate() {
        let (mut ids, mut references) = (HashSet::new(), HashSet::new());
        for shown in list {
            if !ids.insert(&shown.id) || !references.insert(&shown.reference) {
                outcome.violation(format!("{} of {} is there twice", shown.reference, shown.id));
            }
            if !told.contains(shown.id.as_str()) {
                outcome.violation(format!("{} ({}) was told to nobody", shown.id, shown.reference));
            }
        }
        let wanted = sales.iter().filter(|sale| sale.shop == shop).count();
        if list.len() != wanted {
            outcome.violation(format!("store {shop} lists {} payments, {wanted} were told", list.len()));
        }
    }
}

fn check_verdicts(world: &World, lists: &[Vec<Shown>], outcome: &mut Outcome) {
    let shown: HashMap<&str, &Shown> = lists.iter().flatten().map(|shown| (shown.id.as_str(), shown)).collect();
    let (books, callbacks) = (Books::open(&world.mocks), Callbacks::of(&world.mocks.journal(None)));
    let (mut verdicts, mut resolved) = (Vec::new(), 0);
    for sale in world.ledger.sales() {
        let Some(shown) = shown.get(sale.id.as_str()) else { continue };
        match books.compare(&sale, shown) {
            Ok(verdict) => {
                resolved += usize::from(verdict == Verdict::Paid && !callbacks.heard_of.contains(&sale.wire));
                verdicts.push(verdict);
            }
            Err(wrong) => outcome.violation(wrong),
        }
    }
    let mut count = |name, verdict| outcome.figure(name, verdicts.iter().filter(|one| **one == verdict).count());
    count("  paid", Verdict::Paid);
    count("  declined", Verdict::Declined);
    count("  untouched", Verdict::Untouched);
    count("  with a person", Verdict::ForAPerson);
    outcome.figure("  paid, found by asking alone", resolved);
    outcome.figure("callbacks sent", callbacks.sent);
    outcome.figure("  tries while the gateway was dead", callbacks.unanswered);
    outcome.figure("  lost for good", callbacks.lost);
}

async fn still_there(world: &World, sale: &Sale) -> Result<(), String> {
    let answer = world.shops[sale.shop].client.read(&format!("/v1/payments/{}", sale.id)).await?;
    let same = answer.at("/id") == sale.id && answer.at("/reference") == sale.reference;
    match answer.status == 200 && same && dirham(answer.at("/amount")) == sale.amount {
        true => Ok(()),
        false => Err(format!("{} is not as it was made: {} {}", sale.id, answer.status, answer.body)),
    }
}

/// Made once, paid at most once, and every event in its place.
async fn history(world: &World, books: &Books, sale: &Sale) -> Result<(), String> {
    let answer = world.shops[sale.shop].client.read(&format!("/v1/payments/{}/events", sale.id)).await?;
    let events = answer.body["data"].as_array().cloned().unwrap_or_default();
    let count = |name: &str| events.iter().filter(|event| event["name"] == name).count();
    let numbers: Vec<i64> = events.iter().filter_map(|event| event["sequence"].as_i64()).collect();
    let in_order = numbers.iter().copied().eq(1..=numbers.len() as i64);
    let back: i64 = events.iter().filter(|event| event["name"] == "payment.refunded").map(amount_of).sum();
    let paid = count("payment.paid");
    let expected = books.told(&sale.wire);
    if in_order && count("payment.created") == 1 && paid == expected.0 && back == expected.1 {
        return Ok(());
    }
    Err(format!("the events of {} do not tell {expected:?} (paid, dirham back): {}", sale.id, answer.body))
}

fn amount_of(event: &Value) -> i64 {
    event["data"]["amount"].as_str().map_or(-1, dirham)
}

/// The same keys, after everything: the same answers, and nothing new.
async fn replay(world: &World, sales: &[Arc<Sale>], outcome: &mut Outcome) {
    let again = stream::iter(sales)
        .map(|sale| repeat(world, sale.shop, "/v1/payments".to_owned(), &sale.body, &sale.key, &sale.id));
    collect(again.buffer_unordered(AT_ONCE), outcome).await;
    let refunds = world.ledger.refunds();
    let again = stream::iter(&refunds).map(|refund| {
        let path = format!("/v1/payments/{}/refunds", refund.payment);
        repeat(world, refund.shop, path, &refund.body, &refund.key, &refund.id)
    });
    collect(again.buffer_unordered(AT_ONCE), outcome).await;
    outcome.figure("keys replayed at the end", sales.len() + refunds.len());
}

async fn repeat(world: &World, shop: usize, path: String, body: &Value, key: &str, id: &str) -> Result<(), String> {
    let answer = world.shops[shop].client.post(&path, body, key).await?;
    match answer.status == 201 && answer.at("/id") == id {
        true => Ok(()),
        false => Err(format!("the key {key} made {id}, and now answers {} {}", answer.status, answer.body)),
    }
}
