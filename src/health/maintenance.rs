//! Maintenance: when a service is left alone, announced ahead.

use std::collections::BTreeSet;
use std::time::Duration;

use schemas::{MaintenanceId, Text};
use uuid::Uuid;

use super::Health;
use crate::db::maintenance::{self as table, Window};
use crate::db::{DbError, Time, integrations};
use crate::fields::Faults;
use crate::refusal::Refusal;

/// The longest window, and how far ahead one may be announced.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
const AHEAD: Duration = Duration::from_secs(366 * 86_400);

/// A window that a person announces.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// The service.
    pub service: String,
    /// From when.
    pub starts_at: Time,
    /// Until when.
    pub ends_at: Time,
    /// Why, for people.
    pub reason: String,
    /// The same in Arabic.
    pub reason_ar: Option<String>,
}

impl Health {
    /// Announces a window; every process heeds it within a second.
    pub async fn announce(&self, new: Announcement) -> Result<Window, Refusal> {
        let now = self.now();
        let mut faults = Faults::default();
        let service = integrations::by_name(&self.db, &new.service).await?;
        if service.is_none() {
            faults.add("service", "there is no service of this name", "لا توجد خدمة بهذا الاسم");
        }
        if new.ends_at <= new.starts_at || new.ends_at <= now || new.ends_at.since(new.starts_at) > LONGEST {
            let (en, ar) = (
                "it ends after it starts, after now, and within seven days of its start",
                "تنتهي بعد بدايتها وبعد الآن، وخلال سبعة أيام من بدايتها",
            );
            faults.add("ends_at", en, ar);
        }
        if new.starts_at.since(now) > AHEAD {
            faults.add("starts_at", "within a year from now", "خلال سنة من الآن");
        }
        for (field, text) in [("reason", Some(&new.reason)), ("reason_ar", new.reason_ar.as_ref())] {
            if text.is_some_and(|text| text.trim().is_empty() || text.chars().count() > 500) {
                faults.add(field, "1 to 500 characters", "من 1 إلى 500 حرف");
            }
        }
        let service = faults.or(service)?;
        let window = Window {
            id: self.ambient.uuid(),
            integration_id: service.id,
            service: service.service_name,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            reason: new.reason,
            reason_ar: new.reason_ar,
            cancelled_at: None,
            created_at: now,
        };
        table::insert(&self.db, &window).await?;
        Ok(window)
    }

    /// Calls a window off.
    pub async fn call_off(&self, id: MaintenanceId) -> Result<Window, Refusal> {
        let before = table::by_id(&self.db, id.uuid()).await?.ok_or(Refusal::NotFound)?;
        if before.cancelled_at.is_none() && !table::cancel(&self.db, id.uuid(), self.now()).await? {
            return Err(Refusal::Conflict(Text::new("the maintenance is over", "انتهت الصيانة")));
        }
        table::by_id(&self.db, id.uuid()).await?.ok_or(Refusal::NotFound)
    }

    /// Services that are being maintained, or were within the grace.
    pub(super) async fn resting(&self, now: Time, grace: Duration) -> Result<BTreeSet<Uuid>, DbError> {
        let windows = table::coming(&self.db, now.before(grace)).await?;
        Ok(windows.into_iter().filter(|window| window.starts_at <= now).map(|window| window.integration_id).collect())
    }

    /// Windows that are not over.
    pub async fn coming(&self) -> Result<Vec<Window>, Refusal> {
        Ok(table::coming(&self.db, self.now()).await?)
    }
}
