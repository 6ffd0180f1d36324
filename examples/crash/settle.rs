//! After the last restart: how long the gateway takes to find out everything that the provider knows.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::World;
use crate::provider::Books;
use crate::view::{self, Shown, is_open};

/// Everything must be decided, or be with a person, by then.
const LIMIT: Duration = Duration::from_secs(60);
/// What the provider knows should be known here by then: a lease, a sweep, and a few questions. Later ones are told.
const SLOW: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// What became of the wait.
pub struct Waited {
    restarted: Instant,
    /// When all that the provider had decided was decided here.
    pub decided: Duration,
    /// When nothing was open any more: whatever nobody can know was with a person.
    pub everything: Duration,
    /// What was still open at the limit.
    pub open: Vec<String>,
}

impl Waited {
    /// The last restart is now.
    pub fn from_now() -> Self {
        let (decided, everything) = (Duration::ZERO, Duration::ZERO);
        Self { restarted: Instant::now(), decided, everything, open: Vec::new() }
    }
}

/// Looks until everything is decided, or the limit is reached.
pub async fn until_decided(world: &World, waited: &mut Waited) {
    loop {
        let at = waited.restarted.elapsed();
        world.mocks.settle().await;
        let (undecided, open) = look(world).await;
        match (undecided.is_empty(), waited.decided.is_zero()) {
            (true, true) => waited.decided = at,
            (false, _) => waited.decided = Duration::ZERO,
            (true, false) => {}
        }
        if at > SLOW {
            undecided.iter().for_each(|slow| eprintln!("   after {at:.1?} {slow}"));
        }
        waited.open = undecided.into_iter().chain(open).collect();
        waited.everything = at;
        if waited.open.is_empty() || at >= LIMIT {
            return;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// The payments that are not as the provider has them, and the refunds that have not ended.
async fn look(world: &World) -> (Vec<String>, Vec<String>) {
    let books = Books::open(&world.mocks);
    let lists = match view::payments(world).await {
        Ok(lists) => lists,
        Err(error) => return (vec![error], Vec::new()),
    };
    let shown: HashMap<&str, &Shown> = lists.iter().flatten().map(|shown| (shown.id.as_str(), shown)).collect();
    let sales = world.ledger.sales();
    let compared = sales.iter().map(|sale| match shown.get(sale.id.as_str()) {
        Some(shown) => books.compare(sale, shown).map(drop),
        None => Err(format!("{} is in no list", sale.id)),
    });
    let undecided = compared.filter_map(Result::err).collect();
    let refunds = view::refunds(world).await;
    let open = refunds.iter().filter(|(_, answer)| is_open(answer.at("/status")));
    (undecided, open.map(|(id, answer)| format!("{id} is {}", answer.at("/status"))).collect())
}
