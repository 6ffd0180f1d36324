//! What these tests share: signed notifications, events, counts straight from the database.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jisr::db::integration_logs::{self, Filter, Log};
use mocks::moamalat::Merchant;
use mocks::{Direction, Fault, FaultKind, Outcome, Pay};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::Connection;

use crate::harness::{Answer, Gateway, Payment};

/// Where notifications come in.
pub const CALLBACKS: &str = "/v1/callbacks/moamalat";
pub const FILTER: &str = "FilterTransactions";
pub const REFUND: &str = "RefundTransaction";
/// A breaker that stays out of the way of tests that want every question to be asked.
pub const NO_BREAKER: (&str, &str) = ("JISR_POLICY__MOAMALAT__BREAKER_FAILURES", "1000");
/// For tests that start many gateways at once: all share the connections of one server.
pub const FEW: (&str, &str) = ("JISR_DATABASE__CONNECTIONS", "3");

/// The fields that a test sets in a notification; the hash covers amount and time, and none of the others.
pub struct Notice<'a> {
    pub reference: &'a str,
    pub amount: &'a str,
    pub time: &'a str,
    pub kind: u8,
    pub code: &'a str,
}

impl<'a> Notice<'a> {
    /// An approved sale of 12.500 LYD.
    pub fn of(reference: &'a str) -> Self {
        Self { reference, amount: "12500", time: "20261121101500", kind: 1, code: "00" }
    }

    /// As the provider signs it.
    pub fn signed(&self) -> Value {
        let merchant = Merchant::default();
        let message = format!(
            "Amount={}&Currency=434&DateTimeLocalTrxn={}&MerchantId={}&TerminalId={}",
            self.amount, self.time, merchant.merchant_id, merchant.terminal_id
        );
        json!({
            "MerchantId": merchant.merchant_id, "TerminalId": merchant.terminal_id, "Amount": self.amount,
            "Currency": "434", "DateTimeLocalTrxn": self.time, "MerchantReference": self.reference,
            "TxnType": self.kind, "ActionCode": self.code, "Message": "Approved", "SystemReference": "1000001",
            "SecureHash": sign(&merchant.notification_key, &message),
        })
    }
}

/// HMAC-SHA256 with a key in hexadecimal.
pub fn sign(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).expect("a key")).expect("any length");
    mac.update(message.as_bytes());
    hex::encode_upper(mac.finalize().into_bytes())
}

impl Gateway {
    /// Hands a notification in.
    pub async fn notify(&self, notice: &Value) -> Answer {
        self.client.send("POST", CALLBACKS, Some(notice.to_string()), &[]).await
    }

    /// The names of a payment's events, in order.
    pub async fn events(&self, id: &str) -> Vec<String> {
        self.event_data(id)
            .await
            .into_iter()
            .map(|event| event["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// A payment's events, in order.
    pub async fn event_data(&self, id: &str) -> Vec<Value> {
        let answer = self.client.get(&format!("/v1/payments/{id}/events")).await;
        answer.body["data"].as_array().cloned().expect("events")
    }

    /// Queues a fault for so many calls.
    pub fn faults(&self, operation: &str, kind: FaultKind, times: u32) {
        let delay_ms = (kind == FaultKind::Delay).then_some(2_500);
        self.mocks.fault(Fault { times: Some(times), delay_ms, ..Fault::new("moamalat", kind).on(operation) });
    }

    /// Lets the customer pay another amount, or again.
    pub async fn pay_amount(&self, payment: &Payment, amount: &str) {
        self.mocks
            .pay(Pay::new("moamalat", &payment.wire, Outcome::Approved, amount))
            .await
            .expect("the mock takes it");
    }

    /// Asks for a refund.
    pub async fn refund(&self, payment: &str, amount: Option<&str>) -> Answer {
        let body = amount.map_or(json!({}), |amount| json!({"amount": amount}));
        self.client.post(&format!("/v1/payments/{payment}/refunds"), body).await
    }

    /// A refund that must be accepted; its id.
    pub async fn refunding(&self, payment: &str, amount: Option<&str>) -> String {
        let answer = self.refund(payment, amount).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("id")
    }

    /// Proves by hand that money has moved.
    pub async fn settle(&self, path: &str) -> Answer {
        let evidence = json!({"evidence": {"by": "Cashier 3", "document": "receipt 4711"}});
        self.client.post(&format!("{path}/settle"), evidence).await
    }

    /// The log rows of an operation, oldest first.
    pub async fn log_rows(&self, operation: &str) -> Vec<Log> {
        let filter = Filter { operation: Some(operation.to_owned()), limit: 500, ..Filter::default() };
        let mut rows = integration_logs::list(&self.facade.db, None, &filter).await.expect("the log can be read");
        rows.reverse();
        rows
    }

    /// How many callbacks the mock has sent, and what each was answered with.
    pub fn callback_statuses(&self) -> Vec<Option<u16>> {
        let entries = self.mocks.journal(Some("moamalat"));
        entries.into_iter().filter(|entry| entry.direction == Direction::Sent).map(|entry| entry.status).collect()
    }

    /// One number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        number(&self.database.url, sql).await
    }

    /// The counter of callbacks with an outcome, over the whole process.
    pub async fn counted(&self, outcome: &str) -> f64 {
        let text = self.client.get("/metrics").await.raw;
        let line = text.lines().find(|line| line.starts_with("jisr_callbacks_total") && line.contains(outcome));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }

    /// Nothing that a correct gateway avoids.
    pub fn assert_correct(&self) {
        assert!(self.mocks.violations().is_empty(), "{:#?}", self.mocks.violations());
    }
}

/// One number from a database that is not ours to ask in another way.
#[expect(clippy::disallowed_methods, reason = "a test looks into its own database")]
pub async fn number(url: &str, sql: &'static str) -> i64 {
    match Raw::connect(url).await {
        Raw::Sqlite(mut connection) => sqlx::query_scalar(sql).fetch_one(&mut connection).await,
        Raw::Postgres(mut connection) => sqlx::query_scalar(sql).fetch_one(&mut connection).await,
    }
    .expect("a number")
}

/// Runs a statement on a database of a test.
#[expect(clippy::disallowed_methods, reason = "a test changes its own database")]
pub async fn execute(url: &str, sql: String) {
    let sql = sqlx::AssertSqlSafe(sql);
    match Raw::connect(url).await {
        Raw::Sqlite(mut connection) => sqlx::query(sql).execute(&mut connection).await.map(drop),
        Raw::Postgres(mut connection) => sqlx::query(sql).execute(&mut connection).await.map(drop),
    }
    .expect("the statement runs");
}

/// A connection beside the gateway's own.
enum Raw {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Raw {
    async fn connect(url: &str) -> Self {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let connected = match url.strip_prefix("sqlite:") {
                Some(_) => sqlx::SqliteConnection::connect(url).await.map(Self::Sqlite),
                None => sqlx::PgConnection::connect(url).await.map(Self::Postgres),
            };
            match connected {
                Ok(connection) => return connection,
                // Other tests may have taken every connection of the server for a moment.
                Err(error) => assert!(tokio::time::Instant::now() < until, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
