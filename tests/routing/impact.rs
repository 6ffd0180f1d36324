//! What a switch-off would hit is counted, however much there is, and quickly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::types::Json;

use crate::facade::party::{card, problem, scoped, shop};
use crate::harness::{Answer, Backend, Gateway, on_both, uuid};
use crate::shipping::way;

/// How many payments there are beside those that are made over the API.
const MANY: usize = 10_000;

/// Copies of a payment, each with an id and a reference of its own.
async fn copies(gateway: &Gateway, id: &str) {
    let db = &gateway.facade.db;
    let payment = jisr::db::payments::by_id(db, id.parse().expect("an id")).await.expect("a read").expect("a payment");
    let attempt = jisr::db::attempts::list(db, payment.id).await.expect("a read").remove(0);
    for page in 0..MANY / 500 {
        let mut payments = Vec::new();
        let mut attempts = Vec::new();
        for number in 0..500 {
            let id = gateway.facade.ambient.uuid();
            let reference = format!("COPY-{page}-{number}");
            let next_action = Json(attempt.next_action.0.clone());
            let metadata = Json(payment.metadata.0.clone());
            payments.push(jisr::db::payments::Payment {
                id: id.into(),
                reference,
                metadata,
                customer: None,
                ..payment.clone()
            });
            let wire_reference = uuid();
            let own = gateway.facade.ambient.uuid().into();
            attempts.push(jisr::db::attempts::Attempt {
                id: own,
                payment_id: id.into(),
                wire_reference,
                next_action,
                ..attempt.clone()
            });
        }
        let mut tx = db.begin().await.expect("a transaction");
        let payments: Vec<_> = payments.iter().collect();
        for payments in payments.chunks(50) {
            jisr::db::payments::insert_all(&mut tx, payments).await.expect("payments");
        }
        let attempts: Vec<_> = attempts.iter().collect();
        for attempts in attempts.chunks(25) {
            jisr::db::attempts::insert_all(&mut tx, attempts).await.expect("attempts");
        }
        tx.commit().await.expect("a commit");
    }
}

fn one<'a>(answer: &'a Answer, list: &str, wanted: (&str, &str)) -> &'a Value {
    let list = answer.body[list].as_array().expect("a list");
    list.iter().find(|one| one[wanted.0] == wanted.1).unwrap_or_else(|| panic!("{wanted:?}: {answer:?}"))
}

/// How the database means to find the latest payments of a provider.
#[expect(clippy::disallowed_methods, reason = "a test asks the database how it goes about it")]
async fn plan(backend: Backend, gateway: &Gateway) -> String {
    const SQL: &str = "SELECT status, currency, amount FROM payments WHERE provider = 'moamalat' AND livemode = true
        AND id >= 'x' ORDER BY id DESC LIMIT 100000";
    let url = &gateway.database.url;
    match backend {
        Backend::Sqlite => {
            let pool = sqlx::SqlitePool::connect(url).await.expect("a connection");
            let rows: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {SQL}")))
                    .fetch_all(&pool)
                    .await
                    .expect("a plan");
            rows.into_iter().map(|row| row.3).collect()
        }
        Backend::Postgres => {
            let pool = sqlx::PgPool::connect(url).await.expect("a connection");
            sqlx::query("ANALYZE payments").execute(&pool).await.expect("figures");
            let sql = SQL.replace("'x'", "'0192a000-0000-7000-8000-000000000000'");
            let rows: Vec<(String,)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN {sql}"))).fetch_all(&pool).await.expect("a plan");
            rows.into_iter().map(|row| row.0).collect::<Vec<_>>().join("\n")
        }
    }
}

on_both! {
    async fn ten_thousand_payments_are_counted_by_one_index(backend) {
        let gateway = Gateway::start(backend).await;
        shop(&gateway, "other").await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        let open = gateway.card("OPEN").await;
        gateway.paid_card("PAID").await;
        copies(&gateway, &open.id).await;
        let began = Instant::now();
        let answer = platform.get("/v1/integrations/moamalat/impact").await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!(answer.status, 200, "{answer:?}");
        let waiting = one(&answer, "open_payments", ("status", "requires_action"));
        let all = i64::try_from(MANY + 1).expect("a small number");
        let amount = schemas::Money::new(12_500 * all, schemas::Currency::Lyd).to_string();
        assert_eq!((&waiting["count"], &waiting["amount"]), (&json!(MANY + 1), &json!(amount)), "{answer:?}");
        assert_eq!(answer.body["open_payments"].as_array().map(Vec::len), Some(1), "what is paid is not open");
        assert_eq!(one(&answer, "volume", ("currency", "LYD"))["count"], json!(MANY + 2), "{answer:?}");
        assert_eq!((&answer.body["stores"]["own_account"], &answer.body["stores"]["count"]), (&json!(1), &json!(2)));
        assert_eq!(answer.body["stores"]["keys"], json!(["default", "other"]), "{answer:?}");
        let card = one(&answer, "instead", ("method", "card"));
        assert_eq!((&card["served"], &card["by"]), (&json!(false), &json!([])), "nothing else takes cards: {answer:?}");
        assert_eq!(card["fallbacks"], json!(["cash_on_delivery", "bank_transfer"]));
        let plan = plan(backend, &gateway).await;
        assert!(plan.contains("payments_provider"), "{plan}");
        gateway.stop().await;
    }
}

on_both! {
    async fn wallets_and_carriers_say_who_else_serves_them(backend) {
        let gateway = Gateway::start_with_all(backend, &[]).await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        let sadad = platform.get("/v1/integrations/sadad/impact").await;
        let wallet = one(&sadad, "instead", ("brand", "sadad"));
        assert_eq!((&wallet["served"], &wallet["by"]), (&json!(true), &json!(["tlync", "plutu"])), "{sadad:?}");
        let off = json!({"status": "inactive"}).to_string();
        assert_eq!(platform.send("PATCH", "/v1/integrations/tlync", Some(off), &[]).await.status, 200);
        let sadad = platform.get("/v1/integrations/sadad/impact").await;
        assert_eq!(one(&sadad, "instead", ("brand", "sadad"))["by"], json!(["plutu"]), "{sadad:?}");
        let booked = gateway.client.post("/v1/shipments", crate::facade::party::patched(way("S-1"), json!({"carrier": "amyal"}))).await;
        assert_eq!(booked.text("status"), "booked", "{booked:?}");
        let amyal = platform.get("/v1/integrations/amyal/impact").await;
        assert_eq!(one(&amyal, "shipments_under_way", ("status", "booked"))["count"], 1, "{amyal:?}");
        assert_eq!(one(&amyal, "volume", ("currency", "LYD"))["count"], 1, "{amyal:?}");
        assert!(!one(&amyal, "instead", ("service", "standard"))["fallbacks"].as_array().expect("a list").is_empty());
        // Nothing of the other mode is counted.
        let live = crate::harness::key_in(&gateway.facade, None, &["admin"], schemas::store::Mode::Live).await;
        let live = platform.clone().with_key(&live).get("/v1/integrations/amyal/impact").await;
        assert_eq!((live.status, &live.body["volume"], &live.body["stores"]["count"]), (200, &json!([]), &json!(0)), "{live:?}");
        problem(&platform.get("/v1/integrations/nobody/impact").await, 404, "not_found");
        assert_eq!(gateway.client.post("/v1/payments", card("STILL")).await.status, 201);
        gateway.stop().await;
    }
}
