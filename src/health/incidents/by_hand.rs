//! Incidents by a person's hand: opened, noted, closed.

use schemas::health::{IncidentStatus, Severity};
use schemas::{IncidentId, StoreId, Text};
use uuid::Uuid;

use super::step::Act;
use super::{ALERT, Health, LANE, words};
use crate::db::incidents::{self as table, Entry, Incident};
use crate::db::{Time, integrations};
use crate::events;
use crate::fields::Faults;
use crate::refusal::Refusal;

/// An incident that a person opens.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// Whose key it is opened with.
    pub store: StoreId,
    /// Test or live.
    pub livemode: bool,
    /// The service.
    pub service: String,
    /// How grave it is.
    pub severity: Severity,
    /// What it is called.
    pub title: String,
    /// When it is likely to be over.
    pub estimated_at: Option<Time>,
}

impl Health {
    /// Opens an incident that no machine has found.
    pub async fn open_incident(&self, new: NewIncident) -> Result<Incident, Refusal> {
        let mut faults = Faults::default();
        words_of("title", &new.title, &mut faults);
        let service = integrations::by_name(&self.db, &new.service).await?;
        if service.is_none() {
            faults.add("service", "there is no service of this name", "لا توجد خدمة بهذا الاسم");
        }
        let service = faults.or(service)?;
        let now = self.now();
        let usual = std::time::Duration::from_millis(self.incidents.usual_ms);
        let incident = Incident {
            id: self.ambient.uuid(),
            integration_id: service.id,
            service: service.service_name,
            livemode: new.livemode,
            store_id: new.store,
            scope: Uuid::nil(),
            status: IncidentStatus::Open,
            severity: new.severity,
            cause: new.title.clone(),
            by_hand: true,
            title: Some(new.title),
            error: None,
            opened_at: now,
            estimated_at: new.estimated_at.unwrap_or(now.after(usual)),
            escalated_at: None,
            reminded_at: Some(now),
            well_since: None,
            closed_at: None,
            flaps: 0,
            version: 1,
            updated_at: now,
        };
        self.change_by_hand(&incident, None, Act::Open(new.severity), now).await?;
        Ok(incident)
    }

    /// Closes an incident.
    pub async fn close_incident(&self, id: IncidentId) -> Result<Incident, Refusal> {
        let before = self.incident(id).await?;
        if before.status == IncidentStatus::Closed {
            return Ok(before);
        }
        let now = self.now();
        let mut incident = before;
        super::applied(&mut incident, Act::Close, now);
        incident.well_since = incident.well_since.or(Some(now));
        self.change_by_hand(&incident, Some(incident.version), Act::Close, now).await?;
        Ok(incident)
    }

    /// Adds a person's words to a timeline.
    pub async fn note(&self, id: IncidentId, text: Text) -> Result<(), Refusal> {
        let incident = self.incident(id).await?;
        let mut faults = Faults::default();
        words_of("text", &text.en, &mut faults);
        words_of("text_ar", &text.ar, &mut faults);
        faults.or(Some(()))?;
        let mut tx = self.db.begin().await?;
        table::add(&mut tx, &self.entry(&incident, "note", text, self.now())).await?;
        tx.commit().await?;
        Ok(())
    }

    /// One incident.
    pub async fn incident(&self, id: IncidentId) -> Result<Incident, Refusal> {
        table::by_id(&self.db, id.uuid()).await?.ok_or(Refusal::NotFound)
    }

    async fn change_by_hand(
        &self,
        incident: &Incident,
        version: Option<i64>,
        act: Act,
        now: Time,
    ) -> Result<(), Refusal> {
        let mut tx = self.db.begin().await?;
        let done = match version {
            None => table::insert(&mut tx, incident).await?,
            Some(_) => table::save(&mut tx, incident, now).await?,
        };
        if !done {
            return Err(Refusal::Conflict(Text::new("the incident has just changed", "تغيّر الحادث للتو")));
        }
        if let Some((kind, text)) = words::entry(incident, act) {
            table::add(&mut tx, &self.entry(incident, kind, text, now)).await?;
        }
        self.tell(&mut tx, incident, now).await?;
        if let Some(event) = words::event(incident, act) {
            events::append(&mut tx, &self.ambient, incident.store_id, incident.livemode, [event]).await?;
        }
        tx.commit().await?;
        self.waker.wake(ALERT, LANE);
        self.waker.wake(crate::db::events::PUBLISH, &incident.store_id.to_string());
        Ok(())
    }

    fn entry(&self, incident: &Incident, kind: &str, text: Text, at: Time) -> Entry {
        let id: Uuid = self.ambient.uuid();
        Entry { id, incident_id: incident.id, at, kind: kind.to_owned(), text: text.en, text_ar: text.ar }
    }
}

fn words_of(field: &str, text: &str, faults: &mut Faults) {
    if text.trim().is_empty() || text.chars().count() > 500 {
        faults.add(field, "1 to 500 characters", "من 1 إلى 500 حرف");
    }
}
