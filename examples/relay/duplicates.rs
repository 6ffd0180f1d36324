//! What a merchant got twice, and why: a kill between its answer and the row of the try, or a lease that was lost.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::gateway::{LEASE_MS, TIMEOUT, UNWRITTEN};
use crate::ledger::Killed;
use crate::report::Outcome;
use crate::rows::Try;
use crate::sink::Arrival;

/// Between an arrival and the clock that a gateway read around it, and from an answer to its row.
const MOMENT: SignedDuration = SignedDuration::from_millis(250);
const WRITTEN: Duration = Duration::from_secs(1);
/// A lease is renewed every third of it: so long, at the least, nobody else comes after an arrival.
const PROTECTED: SignedDuration = SignedDuration::from_millis((LEASE_MS / 3 * 2 - 1_000) as i64);

/// Why what is written twice is no fault: the second claimant came after the first one's lease.
const WRITTEN_TWICE: &str = "every try is written: a lease ran out";

/// What can have cut a try off.
pub enum Cause<'a> {
    /// Gateways died at these times.
    Kills(&'a [Killed]),
    /// The database was away in between: neither tries nor leases could be written.
    Away(Timestamp, Timestamp),
}

/// Something that a merchant took more than once.
pub struct Duplicate {
    pub id: String,
    pub merchant: usize,
    /// When, first to last.
    pub times: Vec<Timestamp>,
    /// Why, and by which kill; or what is wrong with it.
    pub why: Result<(String, Vec<usize>), String>,
}

/// Every duplicate, explained by the rows of its tries.
pub fn find(arrivals: &[Arrival], tries: &HashMap<String, Vec<Try>>, cause: &Cause<'_>) -> Vec<Duplicate> {
    let mut by_id: HashMap<(&str, usize), Vec<Timestamp>> = HashMap::new();
    for arrival in arrivals.iter().filter(|arrival| arrival.taken) {
        by_id.entry((&arrival.id, arrival.merchant)).or_default().push(arrival.at);
    }
    let twice = by_id.into_iter().filter(|(_, times)| times.len() > 1);
    let mut found: Vec<Duplicate> = twice
        .map(|((id, merchant), times)| {
            let why = explain(&times, tries.get(id).map_or(&[], Vec::as_slice), cause);
            Duplicate { id: id.to_owned(), merchant, times, why }
        })
        .collect();
    found.sort_by_key(|duplicate| duplicate.times[0]);
    found
}

fn explain(times: &[Timestamp], tries: &[Try], cause: &Cause<'_>) -> Result<(String, Vec<usize>), String> {
    let unwritten = unwritten(times, tries);
    let gaps: Vec<SignedDuration> = times.windows(2).map(|pair| pair[1].duration_since(pair[0])).collect();
    match cause {
        Cause::Kills(kills) => {
            if let Some(gap) = gaps.iter().find(|gap| **gap < PROTECTED) {
                return Err(format!("the second came {:.1} s after the first, within its lease", gap.as_secs_f64()));
            }
            by_kills(&unwritten, kills)
        }
        Cause::Away(from, to) => {
            let reach = |at: &Timestamp| *at > *from - since(TIMEOUT + WRITTEN) && *at < *to;
            match times[..times.len() - 1].iter().all(reach) {
                true if unwritten.is_empty() => Ok((WRITTEN_TWICE.to_owned(), Vec::new())),
                true => Ok((format!("{} tries unwritten, the database was away", unwritten.len()), Vec::new())),
                false => Err("the database was there when the first arrived".to_owned()),
            }
        }
    }
}

fn by_kills(unwritten: &[Timestamp], kills: &[Killed]) -> Result<(String, Vec<usize>), String> {
    if unwritten.is_empty() {
        return Ok((WRITTEN_TWICE.to_owned(), Vec::new()));
    }
    let (mut words, mut places) = (Vec::new(), Vec::new());
    for at in unwritten {
        let cut = |kill: &Killed| *at <= kill.to + MOMENT && *at > kill.from - since(TIMEOUT + WRITTEN);
        let Some(place) = kills.iter().position(cut) else {
            return Err(format!("the try that arrived at {at} was never written, and no gateway was killed then"));
        };
        let before = kills[place].to.duration_since(*at).as_secs_f64() * 1_000.0;
        words.push(format!("arrived {before:.0} ms before gateway {} was dead", kills[place].gateway));
        places.push(place);
    }
    Ok((format!("try unwritten: {}", words.join(", ")), places))
}

/// The arrivals that no successful try stands for.
fn unwritten(times: &[Timestamp], tries: &[Try]) -> Vec<Timestamp> {
    let mut left = times.to_vec();
    for one in tries.iter().filter(|one| one.succeeded) {
        let during = |at: &Timestamp| *at > one.started_at - MOMENT && *at < one.started_at + since(one.took) + MOMENT;
        if let Some(place) = left.iter().position(during) {
            left.remove(place);
        }
    }
    left
}

fn since(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Counts them, kill by kill, and tells each by name.
pub fn judge(found: &[Duplicate], kills: &[Killed], outcome: &mut Outcome) {
    let mut by_kill = vec![0; kills.len()];
    let mut leases = 0;
    for duplicate in found {
        let Duplicate { id, merchant, times, why } = duplicate;
        let named = format!("{id} to merchant {merchant}, {} times", times.len());
        match why {
            Ok((words, places)) => {
                places.iter().for_each(|place| by_kill[*place] += 1);
                leases += usize::from(places.is_empty());
                outcome.note(format!("{named}: {words}"));
            }
            Err(wrong) => outcome.violation(format!("{named}: {wrong}")),
        }
    }
    outcome.figure("duplicates", found.len());
    if kills.is_empty() {
        return;
    }
    let most = by_kill.iter().copied().max().unwrap_or_default();
    let mean = by_kill.iter().sum::<usize>() as f64 / kills.len() as f64;
    outcome.figure("  with every try written (a lease ran out)", leases);
    outcome.figure("  of one kill: mean / most / allowed", format!("{mean:.1} / {most} / {UNWRITTEN}"));
    for (place, count) in by_kill.iter().enumerate().filter(|(_, count)| **count > UNWRITTEN) {
        outcome.violation(format!("kill {} made {count} duplicates, at most {UNWRITTEN} were unwritten", place + 1));
    }
}
