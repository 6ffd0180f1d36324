//! Figures of tries, in the original's words.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::language::{FETCHED, Language};
use super::{Answer, Refusal, answer, filled};
use crate::db::Time;
use crate::http::auth::Authorized;
use crate::http::extract::Query;
use crate::http::notify::stats::{USUAL, scope};
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::notify::figures::{Figures, Part};

/// From when until when: `2025-01-01`, `2025-01-01 08:00:00` or RFC 3339; without a zone UTC.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatsQuery {
    /// 30 days before `end_time` when absent.
    #[serde(default, deserialize_with = "filled")]
    start_time: Option<String>,
    /// A date means its end. Now when absent.
    #[serde(default, deserialize_with = "filled")]
    end_time: Option<String>,
}

/// Figures of tries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatsShown {
    start_time: String,
    end_time: String,
    /// Tries.
    total: i64,
    success: i64,
    failed: i64,
    /// Per cent, to two places; 100 of none.
    success_rate: f64,
    /// Seconds.
    avg_response_time: f64,
    /// Seconds.
    p50_response_time: f64,
    /// Seconds.
    p95_response_time: f64,
    /// Seconds.
    p99_response_time: f64,
    /// The most frequent first.
    failure_reasons: Vec<ReasonShown>,
    /// By the hour up to three days, by the day beyond.
    trend: Vec<PartShown>,
}

/// A reason and how often it was.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = MerchantNotifyReason)]
pub struct ReasonShown {
    reason: String,
    count: i64,
}

/// An hour or a day (UTC).
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = MerchantNotifyPart)]
pub struct PartShown {
    time: String,
    total: i64,
    success: i64,
    failed: i64,
}

/// Figures of tries
#[utoipa::path(get, path = "/admin/merchant-notify/stats", tag = "merchant-notify", params(StatsQuery),
    responses((status = 200, description = "`{code, msg, data}`", body = Answer<StatsShown>),
        (status = "default", description = "`{code, msg, data}`", body = Refusal)))]
pub async fn stats(
    State(facade): State<Facade>,
    authorized: Authorized,
    language: Language,
    Query(query): Query<StatsQuery>,
) -> Result<Json<Answer<StatsShown>>, Problem> {
    let to = match query.end_time {
        Some(text) => read(&text, true).ok_or_else(|| strange("end_time"))?,
        None => facade.ambient.now().into(),
    };
    let from = match query.start_time {
        Some(text) => read(&text, false).ok_or_else(|| strange("start_time"))?,
        None => to.before(USUAL),
    };
    if from >= to {
        return Err(Problem::field("start_time", "expected a time before end_time", "المتوقع وقت يسبق end_time"));
    }
    let figures = facade.notify.figures(scope(&authorized), from, to).await?;
    Ok(answer(language, FETCHED, show(&figures)))
}

/// A date, a date with a time, or RFC 3339. A date that something ends at means its last moment.
fn read(text: &str, is_end: bool) -> Option<Time> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.into());
    }
    let utc = |moment: DateTime| Some(Time::from(moment.to_zoned(TimeZone::UTC).ok()?.timestamp()));
    let is_date = text.len() == "2025-01-01".len();
    match (text.parse::<Date>(), is_date, is_end) {
        (Ok(date), true, false) => utc(date.to_datetime(jiff::civil::Time::midnight())),
        (Ok(date), true, true) => utc(date.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight())),
        _ => utc(text.parse().ok()?),
    }
}

fn strange(field: &str) -> Problem {
    let (en, ar) = (
        "expected 2025-01-01, 2025-01-01 08:00:00 or RFC 3339",
        "المتوقع 2025-01-01 أو 2025-01-01 08:00:00 أو RFC 3339",
    );
    Problem::field(field, en, ar)
}

fn show(figures: &Figures) -> StatsShown {
    let seconds = |duration: Duration| duration.as_micros() as f64 / 1_000_000.0;
    let part = |part: &Part| PartShown {
        time: part.at.to_string(),
        total: part.total,
        success: part.succeeded,
        failed: part.total - part.succeeded,
    };
    let reason = |(reason, count): &(String, i64)| ReasonShown { reason: reason.clone(), count: *count };
    StatsShown {
        start_time: figures.from.to_string(),
        end_time: figures.to.to_string(),
        total: figures.total,
        success: figures.succeeded,
        failed: figures.failed(),
        success_rate: figures.success_rate(),
        avg_response_time: seconds(figures.mean),
        p50_response_time: seconds(figures.p50),
        p95_response_time: seconds(figures.p95),
        p99_response_time: seconds(figures.p99),
        failure_reasons: figures.reasons.iter().map(reason).collect(),
        trend: figures.trend.iter().map(part).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let shown = |text, is_end| read(text, is_end).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(shown("2025-01-01", false), "2025-01-01T00:00:00Z");
        assert_eq!(shown("2025-01-31", true), "2025-02-01T00:00:00Z");
        assert_eq!(shown("2025-01-01 08:30:00", true), "2025-01-01T08:30:00Z");
        assert_eq!(shown("2025-01-01T08:30:00", false), "2025-01-01T08:30:00Z");
        assert_eq!(shown("2025-01-01T08:30:00+02:00", false), "2025-01-01T06:30:00Z");
        for text in ["", "yesterday", "2025-13-01", "2025-1-1", "9999-12-31"] {
            assert_eq!(shown(text, true), "", "{text}");
        }
    }
}
