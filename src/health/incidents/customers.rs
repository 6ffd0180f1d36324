//! Customers whom an incident keeps waiting: told once, where their store has consented, and no more than it wants.

use schemas::payment::Method;
use schemas::{PaymentId, StoreId, Text};
use serde_json::json;

use super::{Health, words};
use crate::db::incident_notices::{self as table, Consent, Waiting};
use crate::db::incidents::{self, Entry, Incident};
use crate::db::{DbError, Time, Tx};
use crate::work::{FollowUp, run_multiple};

/// The kind of task that tells a customer. It names the payment: whoever has a way to reach people reads the rest.
pub const CUSTOMERS: &str = "customer.notice";
/// As an incident opens so many are told at the most: the others when a person says so.
const AT_OPENING: i64 = 2_000;
/// Of one incident and store nobody has more told at once.
const MOST: i64 = 100_000;

/// Who would be told, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Customers {
    /// Payments that wait for the service, up to a hundred thousand.
    pub waiting: usize,
    /// Of them, those whose customers have been told.
    pub told: usize,
    /// Whether the store lets its customers be told, and how many of one incident.
    pub consent: Consent,
    /// What would be said.
    pub text: Text,
    /// Some of the payments.
    pub sample: Vec<PaymentId>,
}

impl Health {
    /// Who of a store would be told of an incident.
    pub async fn preview_customers(&self, incident: &Incident, store: StoreId) -> Result<Customers, DbError> {
        let waiting = self.waiting(incident, Some(store)).await?;
        let consent = table::consent(&self.db, store).await?;
        Ok(Customers {
            waiting: waiting.len(),
            told: table::told(&self.db, incident.id, store).await?,
            consent,
            text: notice(incident),
            sample: waiting.iter().take(10).map(|one| one.payment).collect(),
        })
    }

    /// Has the customers of a store told by hand, `most` at the most; how many were not told before.
    pub async fn tell_customers(&self, incident: &Incident, store: StoreId, most: usize) -> Result<usize, DbError> {
        let waiting = self.waiting(incident, Some(store)).await?;
        let now = self.now();
        let already = table::told(&self.db, incident.id, store).await?;
        let mut tx = self.db.begin().await?;
        let told = self.enqueue(&mut tx, incident, waiting, most.saturating_sub(already), now).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// The same for every store that has consented, as an incident opens.
    pub(super) async fn tell_customers_by_consent(
        &self,
        tx: &mut Tx,
        incident: &Incident,
        now: Time,
    ) -> Result<(), DbError> {
        let consents = table::consents(tx).await?;
        if consents.is_empty() {
            return Ok(());
        }
        let waiting = table::waiting(tx, incident, None, self.since(incident), AT_OPENING).await?;
        for (store, most) in consents {
            let own = waiting.iter().filter(|one| one.store == store).cloned().collect();
            self.enqueue(tx, incident, own, usize::try_from(most).unwrap_or(0), now).await?;
        }
        Ok(())
    }

    async fn waiting(&self, incident: &Incident, store: Option<StoreId>) -> Result<Vec<Waiting>, DbError> {
        let mut tx = self.db.begin().await?;
        table::waiting(&mut tx, incident, store, self.since(incident), MOST).await
    }

    /// Who began longer before it waits for something else.
    fn since(&self, incident: &Incident) -> Time {
        incident.opened_at.before(std::time::Duration::from_secs(3_600))
    }

    async fn enqueue(
        &self,
        tx: &mut Tx,
        incident: &Incident,
        waiting: Vec<Waiting>,
        most: usize,
        now: Time,
    ) -> Result<usize, DbError> {
        let mut tasks = Vec::new();
        for one in waiting.into_iter().filter(|one| is_served_online(&one.method)) {
            if tasks.len() == most {
                break;
            }
            if table::insert(tx, incident.id, &one, now).await? {
                let payload = json!({"incident": schemas::IncidentId::from(incident.id), "payment": one.payment});
                let key = format!("{}:{}", incident.id.simple(), one.payment);
                tasks.push((CUSTOMERS, FollowUp { lane: one.store.to_string(), key, payload }));
            }
        }
        let told = tasks.len();
        if told > 0 {
            run_multiple(tx, &self.ambient, tasks).await?;
            let text = Text::new(format!("{told} customers are being told."), format!("يجري إشعار {told} من الزبائن."));
            let entry = Entry {
                id: self.ambient.uuid(),
                incident_id: incident.id,
                at: now,
                kind: "notices".to_owned(),
                text: text.en,
                text_ar: text.ar,
            };
            incidents::add(tx, &entry).await?;
        }
        Ok(told)
    }
}

/// Whoever pays in cash waits for nobody.
fn is_served_online(method: &str) -> bool {
    method.parse::<Method>().is_ok_and(|method| matches!(method, Method::Card | Method::Wallet))
}

/// What a customer is told. It promises nothing.
fn notice(incident: &Incident) -> Text {
    let cause = words::cause(&incident.cause);
    Text::new(
        format!(
            "The payment service you chose has a problem at the moment ({}). You have not been charged twice: choose another \
             way to pay, or try again later.",
            cause.en
        ),
        format!(
            "تواجه خدمة الدفع التي اخترتها مشكلة في الوقت الحالي ({}). لن يُخصم منك مرتين: اختر طريقة دفع أخرى أو حاول لاحقاً.",
            cause.ar
        ),
    )
}
