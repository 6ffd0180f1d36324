//! Acting calls to carriers: each leaves once, after the database knows of it, and is described anew only where it certainly
//! has not arrived.

use async_trait::async_trait;
use kit::{Call, Delivery, Entry, Error, Kind, Reply};
use shipping_adapters::Carrier;
use uuid::Uuid;

use super::Shipping;
use crate::db::{Tx, integration_logs};
use crate::refusal::Refusal;

/// Something that is to leave.
#[async_trait]
pub(super) trait Departure: Send + Sync {
    /// Describes its call, which sends nothing that acts.
    async fn describe(&self) -> Result<Call, Error>;

    /// Writes that it is about to leave as this intent, in the transaction that the intent is committed with; whether it still
    /// is to. `after` is the call of it that certainly has not arrived, where there was one.
    async fn leave(&self, tx: &mut Tx, intent: Uuid, after: Option<Uuid>) -> Result<bool, Refusal>;
}

impl Shipping {
    /// Has it leave. What came of the call; nothing where it was not to leave any more.
    pub(super) async fn depart(
        &self,
        carrier: &dyn Carrier,
        departure: &dyn Departure,
    ) -> Result<Option<Result<Reply, Error>>, Refusal> {
        let mut after = None;
        loop {
            let call = match departure.describe().await {
                Ok(call) => call,
                // Whatever became of a question on the way, nothing that acts has left.
                Err(error) => return Ok(Some(Err(Error { delivery: Delivery::Never, ..error }))),
            };
            let entry = Entry::sending(&call, self.ambient.uuid(), self.ambient.now());
            let intent = entry.id;
            let mut tx = self.db.begin().await?;
            if !departure.leave(&mut tx, intent, after).await? {
                return Ok(None);
            }
            let committed = integration_logs::commit_intent(tx, entry).await?;
            let error = match self.accounts.transport().act(&call, committed).await {
                Ok(reply) => return Ok(Some(Ok(reply))),
                Err(error) => error,
            };
            let name = carrier.card().name;
            tracing::warn!(error = &error as &dyn std::error::Error, carrier = name, "an acting call failed");
            if after.is_none() && may_go_better(carrier, &call, &error).await {
                after = Some(intent);
                continue;
            }
            return Ok(Some(Err(error)));
        }
    }
}

/// A call that was refused for the access it bore may go better with another one; it has certainly not arrived.
async fn may_go_better(carrier: &dyn Carrier, call: &Call, error: &Error) -> bool {
    if error.kind != Kind::Unauthorized || error.delivery != Delivery::Never {
        return false;
    }
    carrier.renew_access(call).await.unwrap_or(false)
}
