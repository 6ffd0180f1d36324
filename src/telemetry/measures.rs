//! What is measured: every name with its labels and what it says. Boards and rules may use these names and no others.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// How something is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It is as it is.
    Gauge,
    /// Seconds, in buckets.
    Seconds,
}

/// Something that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// How.
    pub kind: Kind,
    /// What tells its series apart; each has few values.
    pub labels: &'static [&'static str],
    /// What it says.
    pub says: &'static str,
}

const fn measure(kind: Kind, name: &'static str, labels: &'static [&'static str], says: &'static str) -> Measure {
    Measure { name, kind, labels, says }
}

/// Everything that is measured.
pub const MEASURES: [Measure; 17] = [
    measure(Kind::Seconds, "jisr_http_request_seconds", &["method", "path", "status"], "Requests, by route"),
    measure(
        Kind::Seconds,
        "jisr_provider_call_seconds",
        &["provider", "operation", "outcome"],
        "Calls of providers, repeats included",
    ),
    measure(Kind::Counter, "jisr_callbacks_total", &["provider", "outcome"], "Callbacks of providers"),
    measure(Kind::Seconds, "jisr_task_seconds", &["kind", "outcome"], "Groups of due work"),
    measure(Kind::Counter, "jisr_task_attempts_total", &["kind", "outcome"], "Tasks that were tried"),
    measure(Kind::Gauge, "jisr_tasks", &["kind"], "Tasks that wait"),
    measure(Kind::Gauge, "jisr_tasks_buried", &["kind"], "Tasks that were given up and wait for a person"),
    measure(Kind::Gauge, "jisr_tasks_oldest_due_seconds", &["kind"], "How long the oldest due task has been due"),
    measure(Kind::Gauge, "jisr_database_up", &[], "1 where the database answered when this was read, else 0"),
    measure(Kind::Gauge, "jisr_log_rows_dropped", &[], "Rows of the log of calls that this process has dropped"),
    measure(Kind::Counter, "jisr_log_rows_dropped_total", &[], "The same as a counter"),
    measure(Kind::Counter, "jisr_alerts_total", &["alert", "outcome"], "Alerts to operators"),
    measure(Kind::Gauge, "jisr_service_health", &["service", "mode"], "0 unknown, 1 healthy, 2 degraded, 3 unhealthy"),
    measure(Kind::Gauge, "jisr_service_uptime_ratio", &["service", "mode"], "Of the last day, from 0 to 1"),
    measure(Kind::Gauge, "jisr_incidents_open", &["severity"], "Incidents that are not closed"),
    measure(Kind::Seconds, "jisr_probe_seconds", &["service"], "Probes that were answered"),
    measure(Kind::Counter, "jisr_spans_total", &["outcome"], "Spans that were sent to the collector, and lost"),
];

/// Tells whoever scrapes what each name says.
pub fn describe() {
    for Measure { name, kind, says, .. } in MEASURES {
        match kind {
            Kind::Counter => describe_counter!(name, says),
            Kind::Gauge => describe_gauge!(name, says),
            Kind::Seconds => describe_histogram!(name, Unit::Seconds, says),
        }
    }
}
