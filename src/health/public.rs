//! What everybody may know: how the platform's own services do. Nothing of stores, errors or figures of calls is in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schemas::Text;
use schemas::health::{IncidentStatus, Verdict};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::incidents::{cause_text, severity_text};
use super::{Health, view};
use crate::accounts::{serves_customers, title};
use crate::calendar;
use crate::db::health_figures::{self, Span};
use crate::db::incidents::{self, Filter};
use crate::db::{DbError, Time, provider_accounts};

/// How old what is shown may be: the page is public, and the database is not.
const FRESH: Duration = Duration::from_secs(5);
/// Days of the bars.
const DAYS: u32 = 90;
const DAY: Duration = Duration::from_secs(86_400);
/// Incidents of the past that are shown.
const PAST: i64 = 20;

/// What was made a moment ago.
pub(super) type Kept = Arc<Mutex<Option<(Instant, Arc<PublicStatus>)>>>;

/// The page.
#[derive(Debug, Clone)]
pub struct PublicStatus {
    /// The worst that any service does.
    pub overall: Verdict,
    /// By kind and name.
    pub services: Vec<PublicService>,
    /// Those that are not closed, and the last that are.
    pub incidents: Vec<PublicIncident>,
    /// What is announced.
    pub maintenance: Vec<PublicMaintenance>,
    /// When it was made, in Tripoli.
    pub made_at: String,
}

/// A service.
#[derive(Debug, Clone)]
pub struct PublicService {
    /// Its name.
    pub name: String,
    /// For people.
    pub title: Text,
    /// How it does.
    pub verdict: Verdict,
    /// The same for people.
    pub word: Text,
    /// Whether it is being maintained.
    pub maintenance: bool,
    /// Of the days that there are figures of.
    pub uptime: Option<f64>,
    /// A bar for each day, oldest first.
    pub bars: Vec<Bar>,
}

/// A day of a service.
#[derive(Debug, Clone)]
pub struct Bar {
    /// `2026-11-30`.
    pub day: String,
    /// From 0 to 1; none where nothing is known of it.
    pub uptime: Option<f64>,
    /// How it is drawn: `none`, `good`, `fair`, `bad`.
    pub class: &'static str,
}

/// An incident.
#[derive(Debug, Clone)]
pub struct PublicIncident {
    /// The service.
    pub title: Text,
    /// Why.
    pub cause: Text,
    /// How grave.
    pub severity: Text,
    /// Whether it is over.
    pub closed: bool,
    /// When it began, in Tripoli.
    pub opened_at: String,
    /// When it is likely to be over, or was.
    pub until: String,
}

/// A time in which a service is left alone.
#[derive(Debug, Clone)]
pub struct PublicMaintenance {
    /// The service.
    pub title: Text,
    /// Why.
    pub reason: Text,
    /// From when, in Tripoli.
    pub from: String,
    /// Until when.
    pub to: String,
}

impl Health {
    /// The page, a few seconds old at the most.
    pub async fn public_status(&self) -> Result<Arc<PublicStatus>, DbError> {
        let mut kept = self.public.lock().await;
        if let Some((_, status)) = kept.as_ref().filter(|(made, _)| made.elapsed() < FRESH) {
            return Ok(Arc::clone(status));
        }
        let status = Arc::new(self.make_public_status().await?);
        *kept = Some((Instant::now(), Arc::clone(&status)));
        Ok(status)
    }

    async fn make_public_status(&self) -> Result<PublicStatus, DbError> {
        let rows = provider_accounts::all(&self.db).await?;
        let platform: Vec<_> =
            rows.into_iter().filter(|row| row.platform_default && serves_customers(&row.provider)).collect();
        // A gateway that is being tried shows what it has.
        let livemode = platform.iter().any(|row| row.livemode);
        let owner = platform.iter().find(|row| row.livemode == livemode).map(|row| row.store_id);
        let mut services = Vec::new();
        // Nobody sees how a merchant's own account does.
        let platform = platform.into_iter().filter(|row| row.livemode == livemode).collect();
        for service in self.services_among(platform, livemode, None).await? {
            services.push(self.public_service(service).await?);
        }
        let mut incidents = Vec::new();
        for closed in [Some(false), Some(true)].into_iter().filter(|_| owner.is_some()) {
            let filter = Filter { livemode, closed, public: true, limit: PAST, ..Filter::default() };
            incidents.extend(incidents::list(&self.db, &filter).await?);
        }
        let maintenance = self.coming().await.unwrap_or_default();
        Ok(PublicStatus {
            overall: services.iter().map(|service| service.verdict).max().unwrap_or(Verdict::Unknown),
            services,
            incidents: incidents.into_iter().map(public_incident).collect(),
            maintenance: maintenance.into_iter().map(public_maintenance).collect(),
            made_at: clock(self.now()),
        })
    }

    async fn public_service(&self, service: view::ServiceHealth) -> Result<PublicService, DbError> {
        let today = self.now().before(DAY).next_multiple(DAY);
        let from = today.before(DAY * (DAYS - 1));
        let mut days: BTreeMap<Time, Duration> = BTreeMap::new();
        for account in &service.accounts {
            for figures in health_figures::of(&self.db, *account, Span::Day, from).await? {
                let down = Duration::from_millis(u64::try_from(figures.down_ms).unwrap_or(0));
                let day = days.entry(figures.at).or_default();
                *day = down.max(*day);
            }
        }
        let bars: Vec<Bar> = (0..DAYS).map(|day| bar(from.after(DAY * day), &days)).collect();
        let known: Vec<f64> = bars.iter().filter_map(|bar| bar.uptime).collect();
        // Today is no whole day yet; it is what the last 24 hours were.
        let recent = service.worst.as_ref().and_then(|worst| worst.uptime_24h);
        let uptime = match known.len() {
            0 => recent,
            count => Some(known.iter().sum::<f64>() / count as f64),
        };
        Ok(PublicService {
            title: title(&service.service),
            name: service.service,
            verdict: service.verdict,
            word: word(service.verdict, service.maintenance),
            maintenance: service.maintenance,
            uptime,
            bars,
        })
    }
}

fn bar(at: Time, days: &BTreeMap<Time, Duration>) -> Bar {
    let uptime = days.get(&at).map(|down| 1.0 - down.as_secs_f64() / DAY.as_secs_f64());
    let class = match uptime {
        None => "none",
        Some(uptime) if uptime >= 0.999 => "good",
        Some(uptime) if uptime >= 0.98 => "fair",
        Some(_) => "bad",
    };
    Bar { day: at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date().to_string(), uptime, class }
}

/// How something does, for people.
pub fn word(verdict: Verdict, maintenance: bool) -> Text {
    match verdict {
        _ if maintenance => Text::new("under maintenance", "قيد الصيانة"),
        Verdict::Healthy => Text::new("works", "تعمل"),
        Verdict::Degraded => Text::new("works with difficulty", "تعمل بصعوبة"),
        Verdict::Unhealthy => Text::new("does not work", "متعطلة"),
        Verdict::Unknown => Text::new("not known yet", "غير معروفة بعد"),
    }
}

fn public_incident(incident: incidents::Incident) -> PublicIncident {
    let closed = incident.status == IncidentStatus::Closed;
    let until = incident.well_since.or(incident.closed_at).filter(|_| closed).unwrap_or(incident.estimated_at);
    PublicIncident {
        title: title(&incident.service),
        cause: cause_text(&incident.cause),
        severity: severity_text(incident.severity),
        closed,
        opened_at: clock(incident.opened_at),
        until: clock(until),
    }
}

fn public_maintenance(window: crate::db::maintenance::Window) -> PublicMaintenance {
    let arabic = window.reason_ar.clone().unwrap_or_else(|| window.reason.clone());
    PublicMaintenance {
        title: title(&window.service),
        reason: Text::new(window.reason, arabic),
        from: clock(window.starts_at),
        to: clock(window.ends_at),
    }
}

/// A moment on the clock in Tripoli.
fn clock(time: Time) -> String {
    calendar::clock(time).strftime("%Y-%m-%d %H:%M").to_string()
}
