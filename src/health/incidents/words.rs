//! What is said of incidents, in both languages: timelines for people, events for stores. Pure.

use schemas::Text;
use schemas::event::{EventData, IncidentClosed, IncidentEscalated, IncidentFacts, IncidentOpened};
use schemas::health::{Cause, Severity};

use super::step::Act;
use crate::db::incidents::Incident;

/// The kind of an entry, and what it says; nothing where an act leaves none.
pub(super) fn entry(incident: &Incident, act: Act) -> Option<(&'static str, Text)> {
    let grave = severity(incident.severity);
    let say = |en: String, ar: String| Text { en, ar };
    Some(match act {
        Act::Open(_) => {
            let cause = cause(&incident.cause);
            (
                "opened",
                say(
                    format!("Opened, severity {}: {}.", grave.en, cause.en),
                    format!("فُتح الحادث بدرجة {}: {}.", grave.ar, cause.ar),
                ),
            )
        }
        Act::Fall(_) => ("down", Text::new("It fails again.", "عاد العطل من جديد.")),
        Act::Well(_) => (
            "well",
            Text::new(
                "It answers again; it is watched until it is certain.",
                "عادت الخدمة إلى العمل، وتبقى تحت المراقبة حتى يتأكد ذلك.",
            ),
        ),
        Act::Worse(_) => {
            ("severity", say(format!("It is graver now: {}.", grave.en), format!("ازدادت درجة الخطورة: {}.", grave.ar)))
        }
        Act::Escalate(_) => (
            "escalated",
            say(
                format!("Escalated: it lasts; severity {}.", grave.en),
                format!("صُعّد الحادث لاستمراره، ودرجته الآن {}.", grave.ar),
            ),
        ),
        Act::Remind => ("reminded", Text::new("Operators were reminded.", "جرى تذكير المشغّلين.")),
        Act::Close => (
            "closed",
            Text::new("Closed: all has been well for long enough.", "أُغلق الحادث بعد استقرار الخدمة مدة كافية."),
        ),
    })
}

/// The event of an act.
pub(super) fn event(incident: &Incident, act: Act) -> Option<EventData> {
    let incident = facts(incident);
    match act {
        Act::Open(_) => Some(IncidentOpened { incident }.into()),
        Act::Escalate(_) => Some(IncidentEscalated { incident }.into()),
        Act::Close => Some(IncidentClosed { incident }.into()),
        _ => None,
    }
}

/// What every event of an incident tells of it.
pub(super) fn facts(incident: &Incident) -> IncidentFacts {
    IncidentFacts {
        id: incident.id.into(),
        service: incident.service.clone(),
        status: incident.status,
        severity: incident.severity,
        cause: incident.cause.clone(),
        opened_at: incident.opened_at.to_string(),
        estimated_at: incident.estimated_at.to_string(),
        closed_at: incident.closed_at.map(|at| at.to_string()),
    }
}

/// A degree, for people.
pub fn severity(severity: Severity) -> Text {
    match severity {
        Severity::Low => Text::new("low", "منخفضة"),
        Severity::Medium => Text::new("medium", "متوسطة"),
        Severity::High => Text::new("high", "عالية"),
        Severity::Critical => Text::new("critical", "حرجة"),
    }
}

/// Why, for people; a person's own word stays as it is.
pub fn cause(word: &str) -> Text {
    match word.parse::<Cause>() {
        Ok(Cause::Unreachable) => Text::new("it does not answer", "الخدمة لا تستجيب"),
        Ok(Cause::Failing) => Text::new("calls fail", "الطلبات تفشل"),
        Ok(Cause::Declining) => Text::new("it declines many requests", "الخدمة ترفض طلبات كثيرة"),
        Ok(Cause::Useless) => Text::new("it declines every request", "الخدمة ترفض كل الطلبات"),
        Ok(Cause::Slow) => Text::new("it is slow", "الخدمة بطيئة"),
        Err(_) => Text::new(word, word),
    }
}
