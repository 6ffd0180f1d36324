//! The audit: everything that clients were told, compared with what merchants got and with the rows.

use std::collections::{HashMap, HashSet};

use crate::Failure;
use crate::World;
use crate::duplicates::{self, Cause};
use crate::gateway::SCHEDULE_MS;
use crate::ledger::{Accepted, Killed};
use crate::load;
use crate::report::Outcome;
use crate::rows::{Delivery, Rows, Try};
use crate::sink::{Arrival, MERCHANTS, REFUSING};

/// Everything that is to be compared.
struct Evidence<'w> {
    world: &'w World,
    accepted: HashMap<String, &'w Accepted>,
    arrivals: Vec<Arrival>,
    deliveries: Vec<Delivery>,
    tries: HashMap<String, Vec<Try>>,
}

/// Checks all that must hold, however the run went. `sent` is how many notifications there were.
pub async fn everything(
    world: &World,
    rows: &Rows,
    sent: usize,
    cause: &Cause<'_>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    world.ledger.surprises().into_iter().for_each(|surprise| outcome.violation(surprise));
    world.sink.surprises().into_iter().for_each(|surprise| outcome.violation(surprise));
    let told = world.ledger.all_accepted();
    let evidence = Evidence {
        world,
        accepted: told.iter().map(|accepted| (accepted.id.clone(), &**accepted)).collect(),
        arrivals: world.sink.arrivals(),
        deliveries: rows.deliveries().await?,
        tries: rows.tries().await?,
    };
    outcome.figure("notifications", sent);
    outcome.figure("  accepted (202)", told.len());
    evidence.check_arrivals(outcome);
    evidence.check_deliveries(outcome);
    evidence.check_tries(outcome);
    let kills: &[Killed] = if let Cause::Kills(kills) = cause { kills } else { &[] };
    let found = duplicates::find(&evidence.arrivals, &evidence.tries, cause);
    duplicates::judge(&found, kills, outcome);
    check_counts(rows, &evidence, sent, outcome).await?;
    check_replays(world, outcome).await;
    Ok(())
}

impl Evidence<'_> {
    fn well(&self) -> impl Iterator<Item = &&Accepted> {
        self.accepted.values().filter(|accepted| accepted.merchant != REFUSING)
    }

    /// All that was accepted has arrived where it should, as itself, and nothing else has.
    fn check_arrivals(&self, outcome: &mut Outcome) {
        let taken: HashSet<(&str, usize, &str)> = self.arrivals.iter().filter(|one| one.taken).map(named).collect();
        let wanted: HashSet<(&str, usize, &str)> =
            self.well().map(|one| (one.id.as_str(), one.merchant, one.key.as_str())).collect();
        outcome.figure("  of them to merchants who answer well", wanted.len());
        outcome.figure("distinct webhook-ids that these took", taken.len());
        outcome.figure("  lost", wanted.difference(&taken).count());
        for (id, merchant, key) in wanted.difference(&taken) {
            outcome.violation(format!("{id} ({key}) was accepted and never reached merchant {merchant}"));
        }
        for (id, merchant, key) in taken.difference(&wanted) {
            outcome.violation(format!("{id} ({key}) reached merchant {merchant}, and no client was told of it"));
        }
        outcome.figure("arrivals, repeats and refused ones included", self.arrivals.len());
    }

    /// One for each notification, where it was meant to go, and ended.
    fn check_deliveries(&self, outcome: &mut Outcome) {
        let (mut seen, mut succeeded, mut failed) = (HashSet::new(), 0, 0);
        let all = SCHEDULE_MS.len() as i32 + 1;
        for Delivery { id, url, status, attempts } in &self.deliveries {
            if !seen.insert(id) {
                outcome.violation(format!("{id} has two deliveries"));
            }
            let Some(accepted) = self.accepted.get(id) else {
                outcome.violation(format!("{id} is there, and no client was told of it"));
                continue;
            };
            let well = accepted.merchant != REFUSING;
            let (is_success, is_failed) = (status == "success", status == "failed");
            succeeded += usize::from(is_success);
            failed += usize::from(is_failed);
            if *url != self.world.sink.url(accepted.merchant) {
                outcome.violation(format!("{id} went to {url}, not to merchant {}", accepted.merchant));
            }
            if !(well && is_success || !well && is_failed && *attempts == all) {
                outcome.violation(format!("{id} to merchant {} is {status} after {attempts} tries", accepted.merchant));
            }
        }
        outcome.figure("deliveries: success / failed", format!("{succeeded} / {failed}"));
    }

    /// What is written of tries is true: nothing arrived that did not, and what arrived is written or explained.
    fn check_tries(&self, outcome: &mut Outcome) {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        for arrival in self.arrivals.iter().filter(|one| one.taken) {
            *taken.entry(&arrival.id).or_default() += 1;
        }
        for (id, tries) in &self.tries {
            let (told, true_ones) = (count(tries), taken.get(id.as_str()).copied().unwrap_or_default());
            if told > true_ones {
                outcome.violation(format!("{id}: {told} tries went well, and the merchant took {true_ones}"));
            }
        }
        for accepted in self.well().filter(|one| self.tries.get(&one.id).is_none_or(|tries| count(tries) == 0)) {
            outcome.violation(format!("{} is said to have arrived, and no try is written", accepted.id));
        }
        outcome.figure("tries that are written", self.tries.values().map(Vec::len).sum::<usize>());
    }
}

fn named(arrival: &Arrival) -> (&str, usize, &str) {
    (&arrival.id, arrival.merchant, &arrival.key)
}

fn count(tries: &[Try]) -> usize {
    tries.iter().filter(|one| one.succeeded).count()
}

/// As many rows as there were keys: each was taken once.
async fn check_counts(rows: &Rows, evidence: &Evidence<'_>, sent: usize, outcome: &mut Outcome) -> Result<(), Failure> {
    let counts = rows.counts().await?;
    outcome.figure("rows: notifications / keys", format!("{} / {}", counts.notifications, counts.keys));
    let merchants = evidence.accepted.values().map(|one| one.merchant).collect::<HashSet<_>>().len();
    outcome.figure("rows: endpoints for URLs", format!("{} / {merchants}", counts.endpoints));
    let all = i64::try_from(sent)?;
    if counts.notifications != all || counts.keys != all || evidence.accepted.len() != sent {
        let ids = evidence.accepted.len();
        outcome.violation(format!("{sent} keys made {ids} ids for clients, and {counts:?}"));
    }
    if counts.endpoints != counts.urls || counts.urls != i64::try_from(merchants)? {
        outcome.violation(format!("{merchants} URLs made other endpoints: {counts:?}"));
    }
    if merchants < MERCHANTS {
        outcome.violation(format!("only {merchants} merchants were told of anything: the run was too short"));
    }
    if counts.buried > 0 {
        outcome.violation(format!("{} tasks are buried", counts.buried));
    }
    match rows.deadlocks().await? {
        0 => {}
        count => outcome.violation(format!("{count} pairs of transactions waited for each other")),
    }
    Ok(())
}

/// Some keys once more, after everything: their ids are known, and nothing new is made.
async fn check_replays(world: &World, outcome: &mut Outcome) {
    const SOME: usize = 200;
    let told = world.ledger.all_accepted();
    let some = told.iter().step_by(told.len() / SOME + 1);
    let (mut replayed, before) = (0, world.sink.arrivals().len());
    for (turn, accepted) in some.enumerate() {
        let client = &world.clients[turn % world.clients.len()];
        match load::repeat(world, client, accepted).await {
            Ok(id) if id == accepted.id => replayed += 1,
            Ok(id) => outcome.violation(format!("{} made {}, and now {id}", accepted.key, accepted.id)),
            Err(error) => outcome.violation(format!("{} cannot be repeated: {error}", accepted.key)),
        }
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    if world.sink.arrivals().len() > before {
        outcome.violation("repeats of keys were delivered");
    }
    outcome.figure("keys replayed at the end", replayed);
}
