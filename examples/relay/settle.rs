//! The end: how long the gateways take to finish by themselves what is left.

use std::time::Duration;

use tokio::time::Instant;

use crate::Failure;
use crate::gateway::{LEASE_MS, SCHEDULE_MS};
use crate::report::Outcome;
use crate::rows::Rows;
use crate::sink;

const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// What a claim may take longer than its lease to be noticed: a poll or two, on a busy machine.
const NOTICED: i64 = 5;

/// After a lease, a whole schedule and a minute, nothing may be left.
fn limit() -> Duration {
    let schedule: u64 = SCHEDULE_MS.iter().sum();
    // A pause is a tenth longer at the most.
    Duration::from_millis(LEASE_MS + schedule + schedule / 10) + Duration::from_secs(60)
}

/// Waits until no delivery is left, or the limit is reached.
pub async fn until_done(rows: &Rows, from: Instant, outcome: &mut Outcome) -> Result<(), Failure> {
    let until = Instant::now() + limit();
    loop {
        let left = rows.waiting().await?;
        if left == 0 {
            outcome.figure("last start → nothing left to do", format!("{:.1} s", from.elapsed().as_secs_f64()));
            break;
        }
        if Instant::now() > until {
            outcome.violation(format!("{left} deliveries are still to be done after {:?}", limit()));
            break;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    for claim in rows.claims().await? {
        let over = sink::now().duration_since(claim.until).as_secs();
        if over > NOTICED {
            outcome.violation(format!("the claim of {} {} is over for {over} s", claim.kind, claim.key));
        }
    }
    Ok(())
}
