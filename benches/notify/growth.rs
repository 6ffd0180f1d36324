//! How the cost grows: with the number of endpoints, and with what waits for one that rests.
#![expect(clippy::disallowed_methods, reason = "a benchmark fills its database itself")]

use sqlx::{AssertSqlSafe, Connection};
use tokio::runtime::Runtime;

use crate::Failure;
use crate::gateway::Scene;
use crate::options::{Kind, Options};
use crate::report::{Report, Target};

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let total = if options.quick { 2_000 } else { 20_000 };
    let most: u32 = if options.quick { 3 } else { 4 };
    for power in 1..=most {
        let endpoints = 10_u64.pow(power);
        let mut scene = Scene::set(kind, options, runtime)?;
        scene.warm("e", endpoints)?;
        let run = scene.run(scene.plan("e", endpoints, total), total)?;
        let title = format!("{}, {endpoints} endpoints", kind.title());
        report.add(
            format!("{title}: from request to door"),
            total as f64 / run.seconds,
            "notifications/s",
            Target::None,
        );
        report.add(format!("{title}: CPU of the gateway"), run.micros.0, "µs/notification", Target::None);
        report.add(format!("{title}: CPU of the database"), run.micros.1, "µs/notification", Target::None);
        scene.strike(runtime)?;
    }
    for power in if options.quick { 3..=4 } else { 3..=6 } {
        let waiting = 10_u64.pow(power);
        let mut scene = Scene::set(kind, options, runtime)?;
        scene.warm("e", 200)?;
        runtime.block_on(fill(&scene.database.url, waiting))?;
        let run = scene.run(scene.plan("e", 200, total), total)?;
        let title = format!("{}, {waiting} waiting for one that rests", kind.title());
        report.add(
            format!("{title}: from request to door"),
            total as f64 / run.seconds,
            "notifications/s",
            Target::None,
        );
        report.add(format!("{title}: CPU of the gateway"), run.micros.0, "µs/notification", Target::None);
        report.add(format!("{title}: CPU of the database"), run.micros.1, "µs/notification", Target::None);
        scene.strike(runtime)?;
    }
    Ok(())
}

/// Due deliveries of one more endpoint, whose breaker is open for a day.
async fn fill(url: &str, rows: u64) -> Result<(), Failure> {
    if url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(url).await?;
        for sql in statements("randomblob(16)", "CAST(strftime('%s') AS INTEGER) * 1000000", 86_400_000_000_i64, rows) {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        for sql in statements("gen_random_uuid()", "now()", "INTERVAL '1 day'", rows) {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
        sqlx::query("ANALYZE").execute(&mut connection).await?;
    }
    Ok(())
}

fn statements(uuid: &str, now: &str, day: impl std::fmt::Display, rows: u64) -> Vec<String> {
    // The id of the endpoint as text.
    let lane = "'end_000000000000000000000000AA'";
    let numbers =
        format!("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})");
    vec![
        format!(
            "INSERT INTO endpoints (id, store_id, livemode, url, events, secret, schedule, implicit, created_at, updated_at)
            SELECT {id}, id, FALSE, 'http://127.0.0.1:9/', '[]', contacts, 'short', FALSE, {now}, {now} FROM stores",
            id = if uuid.starts_with("rand") { "x'0000000000000000000000000000014A'" } else { "'00000000-0000-0000-0000-00000000014a'" },
        ),
        format!(
            "INSERT INTO endpoint_health (endpoint_id, failures, open_until, recent)
            SELECT id, 9, {now} + {day}, secret FROM endpoints WHERE url = 'http://127.0.0.1:9/'"
        ),
        format!(
            "INSERT INTO tasks (id, kind, lane, key, payload, due_at, created_at) {numbers}
            SELECT {uuid}, 'notification.deliver', {lane}, 'waiting ' || n, '{{}}', {now}, {now} FROM numbers"
        ),
    ]
}
