//! The load: notifications at an even pace, each sent with its own key until it is answered, by whichever gateway.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::World;
use crate::client::Client;
use crate::ledger::Accepted;
use crate::sink::{self, MERCHANTS, REFUSING};

/// Requests under way at once: more wait before they are sent, as they would for any client.
const AT_ONCE: usize = 512;
/// A client that is not answered for this long will never be.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long it waits before it asks again.
const PAUSE: Duration = Duration::from_millis(150);
/// Every so many the merchant that refuses is told something too, so often in all.
const REFUSED_EVERY: usize = 100;
const REFUSED_MOST: usize = 10;

/// The load, under way.
pub struct Load {
    stop: watch::Sender<bool>,
    driver: JoinHandle<usize>,
}

pub fn start(world: &Arc<World>, rate: u32) -> Load {
    let (stop, stopped) = watch::channel(false);
    let driver = tokio::spawn(drive(Arc::clone(world), rate, stopped));
    Load { stop, driver }
}

impl Load {
    /// Lets everyone end what they have begun; answers how many notifications there are.
    pub async fn stop(self) -> Result<usize, tokio::task::JoinError> {
        self.stop.send_replace(true);
        self.driver.await
    }
}

async fn drive(world: Arc<World>, rate: u32, stopped: watch::Receiver<bool>) -> usize {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut requests = JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate.max(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut number = 0;
    while !*stopped.borrow() {
        ticks.tick().await;
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let world = Arc::clone(&world);
        requests.spawn(async move {
            publish(&world, number).await;
            drop(place);
        });
        number += 1;
        while requests.try_join_next().is_some() {}
    }
    requests.join_all().await;
    number
}

/// Who is told: everybody in turn.
fn merchant(number: usize) -> usize {
    let refused = number % REFUSED_EVERY == REFUSED_EVERY - 1 && number / REFUSED_EVERY < REFUSED_MOST;
    if refused { REFUSING } else { number % MERCHANTS }
}

fn body(world: &World, merchant: usize, key: &str) -> Value {
    let payload = json!({"key": key, "amount": "12.500"});
    json!({"notify_url": world.sink.url(merchant), "event": "order.paid", "order_no": key, "payload": payload})
}

/// The same request again; answers the id that it gets.
pub async fn repeat(world: &World, client: &Client, accepted: &Accepted) -> Result<String, String> {
    let body = body(world, accepted.merchant, &accepted.key);
    match client.post("/v1/notifications", &body, &accepted.key).await {
        Ok(answer) if answer.status == 202 => Ok(answer.at("/id").to_owned()),
        Ok(answer) => Err(format!("{} {}", answer.status, answer.body)),
        Err(error) => Err(error.to_string()),
    }
}

/// A good client: the same key, whoever answers, until somebody does.
async fn publish(world: &World, number: usize) {
    let (merchant, key) = (merchant(number), format!("relay-{number}"));
    let body = body(world, merchant, &key);
    let until = Instant::now() + PATIENCE;
    for turn in number.. {
        let client = &world.clients[turn % world.clients.len()];
        match client.post("/v1/notifications", &body, &key).await {
            Ok(answer) if answer.status == 202 => {
                let id = answer.at("/id").to_owned();
                let at = sink::now();
                return world.ledger.accepted(Accepted {
                    id,
                    key,
                    merchant,
                    at,
                    asked: answer.asked,
                    took: answer.took,
                });
            }
            Ok(answer) if answer.status >= 500 => world.ledger.refused(&answer),
            Ok(answer) => return world.ledger.surprise(format!("{key}: {} {}", answer.status, answer.body)),
            Err(error) if error.is_timeout() => world.ledger.surprise(format!("{key}: no answer in time: {error}")),
            Err(_) => world.ledger.unanswered(),
        }
        if Instant::now() > until {
            return world.ledger.surprise(format!("{key} was not answered for {PATIENCE:?}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
