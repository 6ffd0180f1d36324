//! The load: storefronts that sell, customers who pay or do not, and the provider's day that closes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use mocks::moamalat::NAME;
use mocks::{Outcome, Pay};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::ledger::{Sale, decimal};
use crate::{World, faults, refunds};

/// Storefronts of one store that sell at the same time.
const TILLS: usize = 4;
const BETWEEN_SALES_MS: std::ops::Range<u64> = 400..1_600;
const BETWEEN_CLOSES: Duration = Duration::from_secs(2);

/// The tasks under way.
pub struct Load {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Tells a task when to end.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    pub fn asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits so long, or until the end.
    pub async fn pause(&mut self, time: Duration) {
        drop(tokio::time::timeout(time, self.0.wait_for(|stop| *stop)).await);
    }
}

impl Load {
    /// Lets everyone end what they have begun.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        drop(self.tasks.join_all().await);
    }
}

pub fn start(world: &Arc<World>) -> Load {
    let (stop, stopped) = watch::channel(false);
    let stopped = Stop(stopped);
    let mut tasks = JoinSet::new();
    for shop in 0..world.shops.len() {
        for till in 0..TILLS {
            spawn(&mut tasks, sell(Arc::clone(world), shop, till, stopped.clone()));
        }
        spawn(&mut tasks, refunds::give_back(Arc::clone(world), shop, stopped.clone()));
    }
    spawn(&mut tasks, faults::happen(Arc::clone(world), stopped.clone()));
    spawn(&mut tasks, close_days(Arc::clone(world), stopped));
    Load { stop, tasks }
}

fn spawn(tasks: &mut JoinSet<()>, task: impl Future<Output = ()> + Send + 'static) {
    tasks.spawn(task);
}

/// Every task has a stream of choices of its own, so that one seed means one run as far as timing allows.
pub fn chance(world: &World, task: u64) -> StdRng {
    StdRng::seed_from_u64(world.seed.wrapping_mul(1_000_003).wrapping_add(task))
}

/// Refunds of a part become possible at the close.
async fn close_days(world: Arc<World>, mut stop: Stop) {
    while !stop.asked() {
        stop.pause(BETWEEN_CLOSES).await;
        world.mocks.settle().await;
    }
}

async fn sell(world: Arc<World>, shop: usize, till: usize, mut stop: Stop) {
    let mut chance = chance(&world, (shop * TILLS + till) as u64);
    let mut number = 0;
    while !stop.asked() {
        number += 1;
        let reference = format!("order-{till}-{number}");
        match create(&world, shop, reference, &mut chance).await {
            Ok((sale, parameters)) => customer(&world, &sale, &parameters, &mut chance, &mut stop).await,
            Err(surprise) => world.ledger.surprise(surprise),
        }
        stop.pause(Duration::from_millis(chance.random_range(BETWEEN_SALES_MS))).await;
    }
}

/// Creates a payment; one in eight times twice at once with the same key, which must be one payment.
async fn create(
    world: &World,
    shop: usize,
    reference: String,
    chance: &mut StdRng,
) -> Result<(Arc<Sale>, Value), String> {
    let amount = chance.random_range(1_000..400_000);
    let body = json!({"reference": reference, "amount": decimal(amount), "currency": "LYD", "method": "card"});
    let key = format!("sale-{shop}-{reference}");
    let client = &world.shops[shop].client;
    let once = || client.post("/v1/payments", &body, &key);
    let answer = if chance.random_ratio(1, 8) {
        let (first, second) = tokio::join!(once(), once());
        let (first, second) = (first?, second?);
        if first.at("/id") != second.at("/id") {
            return Err(format!("one key, two payments: {} and {}", first.body, second.body));
        }
        first
    } else {
        once().await?
    };
    let (id, wire) = (answer.at("/id"), answer.at("/next_action/parameters/MerchantReference"));
    if answer.status != 201 || id.is_empty() || wire.is_empty() {
        return Err(format!("creating {reference}: {} {}", answer.status, answer.body));
    }
    let (id, wire) = (id.to_owned(), wire.to_owned());
    let parameters = answer.body["next_action"]["parameters"].clone();
    Ok((world.ledger.sold(Sale { shop, id, reference, key, body, wire, amount }), parameters))
}

/// The customer thinks, and then pays, is declined, tries again, or never comes back.
async fn customer(world: &World, sale: &Sale, parameters: &Value, chance: &mut StdRng, stop: &mut Stop) {
    let acts: &[Outcome] = match chance.random_range(0..100) {
        0..60 => &[Outcome::Approved],
        60..72 => &[Outcome::Declined],
        72..80 => &[Outcome::Declined, Outcome::Approved],
        80..84 => &[Outcome::Cancelled],
        _ => &[],
    };
    for outcome in acts {
        stop.pause(Duration::from_millis(chance.random_range(0..1_200))).await;
        // Of some acts the provider tells nobody.
        let notify = Some(!chance.random_ratio(1, 8));
        let (reference, terminal) = (sale.wire.clone(), Some(world.shops[sale.shop].terminal.clone()));
        let (provider, parameters) = (NAME.to_owned(), Some(parameters.clone()));
        let act = Pay { provider, reference, outcome: *outcome, amount: None, terminal, parameters, notify };
        if let Err(error) = world.mocks.pay(act).await {
            world.ledger.surprise(format!("{}: the provider refuses the customer: {error}", sale.id));
        }
    }
}
