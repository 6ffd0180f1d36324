//! Payments: the state machine of money in. It knows no wire and no HTTP.

mod by_hand;
mod case;
pub mod catalogue;
mod codes;
mod confirm;
mod create;
mod explain;
mod hints;
pub mod judge;
mod open;
mod opening;
mod refund;
mod refund_work;
#[cfg(test)]
mod samples;
pub mod schedule;
mod switch;
mod validate;
mod view;

use std::sync::Arc;

use kit::Ambient;
use schemas::{AttemptId, PaymentId, StoreId};
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::caller::{claim_in, made_before};
use crate::config::Payments as Settings;
use crate::db::events::PUBLISH;
use crate::db::idempotency::Claim;
use crate::db::intake::Intake;
use crate::db::payments::{self as rows, Payment};
use crate::db::{Db, Time, Tx, attempts};
use crate::public_url::PublicUrl;
use crate::refusal::Refusal;
use crate::routing::Routing;
use crate::vault::{Place, Purpose, Vault};
use crate::work::Waker;

pub use crate::caller::{Caller, Idempotency, claim};
pub use case::{Case, Fact};
pub use confirm::Confirmations;
pub use explain::{Considered, PaymentQuestion};
pub use hints::Returned;
pub use refund_work::RefundWork;
pub use view::Shown;

/// The kind of task that asks about an attempt.
pub const CONFIRM: &str = "payment.confirm";
/// The kind of task that brings a refund forward.
pub const REFUND: &str = "refund.advance";

/// What follows a paid payment, a task each. A kind that nobody does yet waits and can be seen.
pub const FOLLOW_UPS: [&str; 4] =
    ["mail.payment_success", "whatsapp.admin_paid", "whatsapp.delivery_paid", "analytics.purchase"];

/// The area: everything that is done to a payment goes through here. Cheap to clone.
#[derive(Clone)]
pub struct Payments {
    pub(crate) db: Db,
    pub(crate) intake: Intake,
    pub(crate) accounts: Accounts,
    pub(crate) routing: Routing,
    pub(crate) vault: Vault,
    pub(crate) ambient: Ambient,
    pub(crate) waker: Waker,
    pub(crate) settings: Arc<Settings>,
    pub(crate) public_url: PublicUrl,
}

impl Payments {
    fn now(&self) -> Time {
        self.ambient.now().into()
    }

    /// Events of the store have been committed: whoever brings them to its endpoints need not wait for a look around.
    fn told(&self, store: StoreId) {
        self.waker.wake(PUBLISH, &store.to_string());
    }

    fn claim(&self, caller: &Caller, idempotency: Idempotency, resource: Uuid) -> Claim {
        claim(caller, idempotency, resource, self.now())
    }

    /// Claims a key in the transaction of its effect; a repeat is told by `Some` of the resource it made.
    async fn claim_in(&self, tx: &mut Tx, claim: &Claim) -> Result<Option<Uuid>, Refusal> {
        claim_in(tx, claim).await
    }

    /// What the same key has made before, where nothing new can be made now: a repeat needs no provider.
    async fn made_before(&self, caller: &Caller, idempotency: Idempotency) -> Result<Option<Uuid>, Refusal> {
        let claim = self.claim(caller, idempotency, Uuid::nil());
        made_before(&self.db, &claim).await
    }

    async fn row(&self, caller: &Caller, id: PaymentId) -> Result<Payment, Refusal> {
        rows::of_store(&self.db, caller.store, caller.mode.is_live(), id).await?.ok_or(Refusal::NotFound)
    }

    /// A payment of a store, as it is now.
    pub async fn read(&self, caller: &Caller, id: PaymentId) -> Result<Shown, Refusal> {
        let payment = self.row(caller, id).await?;
        self.shown(payment).await
    }

    /// The payments of a store, newest first.
    pub async fn list(&self, caller: &Caller, filter: &rows::Filter) -> Result<Vec<Shown>, Refusal> {
        let found = rows::list(&self.db, caller.store, caller.mode.is_live(), filter).await?;
        let mut shown = Vec::with_capacity(found.len());
        for payment in found {
            shown.push(self.shown(payment).await?);
        }
        Ok(shown)
    }

    /// A payment that a browser proves to know by its secret.
    pub async fn read_public(&self, id: PaymentId, client_secret: &str) -> Result<Shown, Refusal> {
        if !self.vault.verify(
            Purpose::ClientSecret,
            id.uuid().as_bytes(),
            client_secret.strip_prefix("pcs_").unwrap_or_default(),
        ) {
            return Err(Refusal::Unauthorized);
        }
        let payment = rows::by_id(&self.db, id).await?.ok_or(Refusal::NotFound)?;
        self.shown(payment).await
    }

    async fn shown(&self, payment: Payment) -> Result<Shown, Refusal> {
        let attempt = attempts::numbered(&self.db, payment.id, payment.attempt).await?.ok_or(Refusal::NotFound)?;
        Ok(Shown { payment, attempt })
    }

    /// What lets a browser read its payment.
    pub fn client_secret(&self, id: PaymentId) -> String {
        format!("pcs_{}", self.vault.derive(Purpose::ClientSecret, id.uuid().as_bytes()))
    }

    /// What names an attempt in the URL that a browser comes back to.
    fn return_token(&self, id: AttemptId) -> String {
        format!("{id}.{}", self.vault.derive(Purpose::ReturnToken, id.uuid().as_bytes()))
    }

    fn attempt_of_token(&self, token: &str) -> Option<AttemptId> {
        let (id, proof) = token.split_once('.')?;
        let id: AttemptId = id.parse().ok()?;
        self.vault.verify(Purpose::ReturnToken, id.uuid().as_bytes(), proof).then_some(id)
    }
}

/// Where the customer of a payment is sealed for.
fn customer_place(store: StoreId, payment: PaymentId) -> Place {
    Place { store, table: "payments", row: payment.uuid(), field: "customer" }
}
