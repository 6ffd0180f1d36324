//! The provider's bad days: faults of single calls and callbacks, spread over the terminals.

use std::sync::Arc;
use std::time::Duration;

use mocks::moamalat::NAME;
use mocks::{Fault, FaultKind};
use rand::Rng;
use rand::rngs::StdRng;

use crate::World;
use crate::load::{Stop, chance};

const BETWEEN_MS: std::ops::Range<u64> = 300..900;
/// Longer than the gateway waits for an answer.
const TOO_LONG_MS: u64 = 2_500;
/// What can happen to a call.
const OF_CALLS: &[FaultKind] = &[
    FaultKind::ActThenCut,
    FaultKind::ActThenCut,
    FaultKind::CutBefore,
    FaultKind::Delay,
    FaultKind::Status,
    FaultKind::WrongBody,
    FaultKind::Truncate,
    FaultKind::ErrorIn200,
];

pub async fn happen(world: Arc<World>, mut stop: Stop) {
    let mut chance = chance(&world, 200_000);
    while !stop.asked() {
        let terminal = world.shops[chance.random_range(0..world.shops.len())].terminal.clone();
        world.mocks.fault(Fault { terminal: Some(terminal), ..choose(&mut chance) });
        stop.pause(Duration::from_millis(chance.random_range(BETWEEN_MS))).await;
    }
    world.mocks.clear_faults();
}

fn choose(chance: &mut StdRng) -> Fault {
    let operation = match chance.random_range(0..10) {
        0 => return Fault::new(NAME, FaultKind::DuplicateCallback),
        1 => return Fault { delay_ms: Some(3_000), ..Fault::new(NAME, FaultKind::LateCallback) },
        // The provider is down for a while, for everyone.
        2 if chance.random_ratio(1, 4) => {
            return Fault { times: Some(12), ..Fault::new(NAME, FaultKind::CutBefore).on("connect") };
        }
        2..7 => "RefundTransaction",
        _ => "FilterTransactions",
    };
    let kind = OF_CALLS[chance.random_range(0..OF_CALLS.len())];
    let delay_ms = (kind == FaultKind::Delay).then_some(TOO_LONG_MS);
    Fault { delay_ms, ..Fault::new(NAME, kind).on(operation) }
}
