//! What the gateway says now: of every payment, by its lists, and of single refunds.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::World;
use crate::client::Answer;
use crate::ledger::dirham;
use crate::shops::Shop;

/// Requests under way at once.
pub const AT_ONCE: usize = 16;

/// A payment as it is shown.
pub struct Shown {
    pub id: String,
    pub reference: String,
    pub status: String,
    /// In dirham.
    pub refunded: i64,
    /// Why a person must decide.
    pub reason: String,
}

impl Shown {
    fn of(payment: &Value) -> Self {
        let text = |pointer| payment.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let refunded = dirham(&text("/amount_refunded"));
        let (id, reference, status) = (text("/id"), text("/reference"), text("/status"));
        Self { id, reference, status, refunded, reason: text("/review/reason") }
    }
}

/// Whether a refund has not ended.
pub fn is_open(status: &str) -> bool {
    matches!(status, "pending" | "processing")
}

/// Every payment of every store, as often as it is listed.
pub async fn payments(world: &World) -> Result<Vec<Vec<Shown>>, String> {
    let lists = stream::iter(&world.shops).map(list).buffered(AT_ONCE).collect::<Vec<_>>().await;
    lists.into_iter().collect()
}

async fn list(shop: &Shop) -> Result<Vec<Shown>, String> {
    let pages = pages(shop, "/v1/payments?limit=100").await?;
    Ok(pages.iter().map(Shown::of).collect())
}

/// Every element of a list, over all its pages.
pub async fn pages(shop: &Shop, path: &str) -> Result<Vec<Value>, String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = shop.client.read(&format!("{path}{cursor}")).await?;
        let Some(data) = answer.body["data"].as_array() else {
            return Err(format!("{path}: {} {}", answer.status, answer.body));
        };
        found.extend(data.iter().cloned());
        match answer.at("/next_cursor") {
            "" => return Ok(found),
            next => cursor = format!("&cursor={next}"),
        }
    }
}

/// Every refund that a client knows of, by its id.
pub async fn refunds(world: &World) -> HashMap<String, Answer> {
    let refunds = stream::iter(world.ledger.refunds()).map(|refund| async move {
        let read = world.shops[refund.shop].client.read(&format!("/v1/refunds/{}", refund.id)).await;
        read.ok().map(|answer| (refund.id.clone(), answer))
    });
    refunds.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await
}
