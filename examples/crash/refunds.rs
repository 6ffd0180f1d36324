//! The storefronts' refunds: of the whole, of a part, of the rest; never more at a terminal than it can serve.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::World;
use crate::ledger::{Refund, Sale, decimal, dirham};
use crate::load::{Stop, chance};
use crate::view::is_open;

/// A terminal takes one call a second and a refund needs three, so that more would only be a queue.
const AT_ONCE: usize = 2;
const BETWEEN_MS: std::ops::Range<u64> = 1_000..4_000;

pub async fn give_back(world: Arc<World>, shop: usize, mut stop: Stop) {
    let mut chance = chance(&world, 100_000 + shop as u64);
    let mut open: Vec<Arc<Refund>> = Vec::new();
    let mut number = 0;
    while !stop.asked() {
        stop.pause(Duration::from_millis(chance.random_range(BETWEEN_MS))).await;
        open = still_open(&world, open).await;
        if open.len() >= AT_ONCE {
            continue;
        }
        number += 1;
        match refund_one(&world, shop, number, &mut chance).await {
            Ok(Some(refund)) => open.push(refund),
            Ok(None) => {}
            Err(surprise) => world.ledger.surprise(surprise),
        }
    }
}

async fn still_open(world: &World, refunds: Vec<Arc<Refund>>) -> Vec<Arc<Refund>> {
    let mut open = Vec::new();
    for refund in refunds {
        match world.shops[refund.shop].client.read(&format!("/v1/refunds/{}", refund.id)).await {
            Ok(answer) if answer.status == 200 && !is_open(answer.at("/status")) => {}
            Ok(answer) if answer.status == 200 => open.push(refund),
            Ok(answer) => world.ledger.surprise(format!("{}: {} {}", refund.id, answer.status, answer.body)),
            Err(surprise) => world.ledger.surprise(surprise),
        }
    }
    open
}

/// Refunds a payment of this store, if the one that chance names has been paid.
async fn refund_one(
    world: &World,
    shop: usize,
    number: usize,
    chance: &mut StdRng,
) -> Result<Option<Arc<Refund>>, String> {
    let sales: Vec<Arc<Sale>> = world.ledger.sales().into_iter().filter(|sale| sale.shop == shop).collect();
    if sales.is_empty() {
        return Ok(None);
    }
    let sale = &sales[chance.random_range(0..sales.len())];
    let client = &world.shops[shop].client;
    let now = client.read(&format!("/v1/payments/{}", sale.id)).await?;
    let left = sale.amount - dirham(now.at("/amount_refunded"));
    let body: Value = match now.at("/status") {
        "paid" if chance.random_bool(0.5) => json!({"amount": decimal(left / 2), "reason": "a part"}),
        "paid" | "partially_refunded" => json!({}),
        _ => return Ok(None),
    };
    let key = format!("refund-{shop}-{number}");
    let answer = client.post(&format!("/v1/payments/{}/refunds", sale.id), &body, &key).await?;
    match answer.status {
        201 => {
            let (id, amount) = (answer.at("/id").to_owned(), dirham(answer.at("/amount")));
            Ok(Some(world.ledger.refunded(Refund { shop, id, payment: sale.id.clone(), key, body, amount })))
        }
        // One of this payment is under way already.
        409 if answer.at("/code") == "refund_in_flight" => Ok(None),
        status => Err(format!("refunding {}: {status} {}", sale.id, answer.body)),
    }
}
