//! New payments, many in one commit: whoever arrives while a commit is under way shares the next one.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use schemas::PaymentId;
use uuid::Uuid;

use super::attempts::{self, Attempt};
use super::events::{self, NewEvent};
use super::group_commit::{Commit, GroupCommit};
use super::idempotency::{self, Claim, Claimed};
use super::payments::{self, Payment};
use super::tasks::{self, Task};
use super::{Db, DbError, Result, Tx};

/// Payments in one commit at the most: it bounds the time a commit takes and the size of its statements.
const MOST: usize = 64;

/// A payment with everything that must be there with it, or not at all.
#[derive(Debug)]
pub struct NewPayment {
    /// The claim of its idempotency key.
    pub claim: Claim,
    /// The payment.
    pub payment: Payment,
    /// Its first attempt.
    pub attempt: Attempt,
    /// `payment.created`.
    pub event: NewEvent,
    /// Its first confirmation, where the provider can be asked.
    pub task: Option<Task>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is there, durably.
    Created,
    /// The same request made this one before.
    Replay(PaymentId),
    /// The key was used for another body.
    Mismatch,
    /// This one holds the reference.
    ReferenceHeld(PaymentId),
}

/// Takes new payments in.
#[derive(Debug)]
pub struct TakeIn(Db);

/// Where new payments are handed in.
pub type Intake = GroupCommit<TakeIn>;

/// Starts taking payments in.
pub fn start(db: Db) -> Intake {
    GroupCommit::start(TakeIn(db), MOST)
}

#[async_trait]
impl Commit for TakeIn {
    type Job = NewPayment;
    type Answer = Taken;

    async fn commit(&self, payments: &[NewPayment]) -> Result<Vec<Taken>> {
        take_in(&self.0, payments).await
    }
}

/// Takes some in, in one transaction; the answers are in the order of the payments.
async fn take_in(db: &Db, new: &[NewPayment]) -> Result<Vec<Taken>> {
    let mut tx = db.begin().await?;
    let claimed = claim(&mut tx, new).await?;
    let won: Vec<&NewPayment> = new.iter().filter(|new| claimed.contains(&new.payment.id.uuid())).collect();
    let added: HashSet<Uuid> = add(&mut tx, &won).await?;
    let mut taken = Vec::with_capacity(new.len());
    for new in new {
        let id = new.payment.id.uuid();
        taken.push(match (added.contains(&id), claimed.contains(&id)) {
            (true, _) => Taken::Created,
            (false, true) => held(&mut tx, new).await?,
            (false, false) => replay(&mut tx, &new.claim).await?,
        });
    }
    tx.commit().await?;
    Ok(taken)
}

/// Claims the keys; of two alike in one batch only the first does. Sorted, so that two processes cannot deadlock.
async fn claim(tx: &mut Tx, new: &[NewPayment]) -> Result<HashSet<Uuid>> {
    let mut first: HashMap<_, &Claim> = HashMap::with_capacity(new.len());
    for NewPayment { claim, .. } in new {
        first.entry((claim.store_id, claim.livemode, &claim.route, &claim.key)).or_insert(claim);
    }
    let mut claims: Vec<&Claim> = first.into_values().collect();
    claims.sort_by_key(|claim| (claim.store_id, claim.livemode, claim.key.clone()));
    Ok(idempotency::claim_all(tx, &claims).await?.into_iter().collect())
}

/// Adds the payments whose reference is free, with all that belongs to them.
async fn add(tx: &mut Tx, won: &[&NewPayment]) -> Result<HashSet<Uuid>> {
    if won.is_empty() {
        return Ok(HashSet::new());
    }
    let mut rows: Vec<&Payment> = won.iter().map(|new| &new.payment).collect();
    rows.sort_by(|a, b| (a.store_id, &a.reference).cmp(&(b.store_id, &b.reference)));
    let added: HashSet<Uuid> = payments::insert_all(tx, &rows).await?.into_iter().collect();
    let there: Vec<&&NewPayment> = won.iter().filter(|new| added.contains(&new.payment.id.uuid())).collect();
    if !there.is_empty() {
        attempts::insert_all(tx, &there.iter().map(|new| &new.attempt).collect::<Vec<_>>()).await?;
        events::insert_first(tx, &there.iter().map(|new| &new.event).collect::<Vec<_>>()).await?;
        tasks::insert_all(tx, &there.iter().filter_map(|new| new.task.as_ref()).collect::<Vec<_>>()).await?;
    }
    Ok(added)
}

/// The reference is held: the claim is given back, since nothing was done for it.
async fn held(tx: &mut Tx, new: &NewPayment) -> Result<Taken> {
    let payment = &new.payment;
    let holder = payments::holding(tx, payment.store_id, payment.livemode, &payment.reference).await?;
    idempotency::give_back(tx, &new.claim).await?;
    let gone = || DbError::Unavailable(sqlx::Error::RowNotFound);
    holder.map(|holder| Taken::ReferenceHeld(holder.id)).ok_or_else(gone)
}

async fn replay(tx: &mut Tx, claim: &Claim) -> Result<Taken> {
    Ok(match idempotency::find(tx, claim).await? {
        Some(Claimed::Replay(id)) => Taken::Replay(id.into()),
        // The first of two alike in this batch has just given its claim back; its twin is told to come again.
        None => return Err(DbError::Unavailable(sqlx::Error::RowNotFound)),
        Some(_) => Taken::Mismatch,
    })
}
