//! Rows as the database would have them, for the tests of what needs no database.

use std::sync::LazyLock;
use std::time::Duration;

use schemas::payment::{AttemptStatus, Method, NextAction, PaymentStatus, RefundStatus, RefundWay};
use schemas::{Currency, Money};
use serde_json::Map;
use sqlx::types::Json;
use uuid::Uuid;

use crate::config::{Config, Payments as Settings, Variables};
use crate::db::Time;
use crate::db::attempts::Attempt;
use crate::db::payments::Payment;
use crate::db::refunds::Refund;

/// When everything begins; no whole minute, as in life.
pub(super) const START: Time = Time::from_second(1_800_000_007);
/// What everything costs: 12.500 LYD.
pub(super) const AMOUNT: i64 = 12_500;
pub(super) const PRICE: Money = Money::new(AMOUNT, Currency::Lyd);

pub(super) fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// The settings as they are when nobody sets anything.
pub(super) fn settings() -> Settings {
    static DEFAULTS: LazyLock<Settings> =
        LazyLock::new(|| Config::load(None, &Variables::default()).expect("the defaults can be read").payments);
    DEFAULTS.clone()
}

/// A payment that waits for its customer.
pub(super) fn payment(number: u128) -> Payment {
    Payment {
        id: Uuid::from_u128(number).into(),
        store_id: Uuid::from_u128(1).into(),
        livemode: false,
        reference: "ORD-1".to_owned(),
        holds_reference: true,
        amount: AMOUNT,
        currency: Currency::Lyd,
        paid_amount: 0,
        refund_reserved: 0,
        refunded_amount: 0,
        status: PaymentStatus::RequiresAction,
        method: Method::Card,
        brand: None,
        card_type: None,
        provider: "moamalat".to_owned(),
        attempt: 1,
        fallback_from: None,
        late: false,
        review_reason: None,
        customer: None,
        return_url: None,
        metadata: Json(Map::new()),
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

/// An open attempt at it, made at a time and over half an hour later.
pub(super) fn attempt(number: i32, at: Time) -> Attempt {
    Attempt {
        id: Uuid::from_u128(100 + u128::from(number.unsigned_abs())).into(),
        payment_id: Uuid::from_u128(1).into(),
        store_id: Uuid::from_u128(1).into(),
        account_id: Uuid::from_u128(2).into(),
        number,
        provider: "moamalat".to_owned(),
        gateway: "moamalat".to_owned(),
        method: Method::Card,
        brand: None,
        bank: None,
        wire_reference: format!("JTEST{number:08}"),
        status: AttemptStatus::Open,
        raw_status: None,
        amount: AMOUNT,
        currency: Currency::Lyd,
        next_action: Json(Some(NextAction::Redirect { url: "https://pay.example.ly/1".to_owned() })),
        provider_transaction: None,
        evidence: None,
        session: None,
        codes_sent: 0,
        code_sent_at: None,
        wrong_codes: 0,
        confirmed_at: None,
        failure: None,
        refunded_amount: 0,
        expires_at: Some(at.after(minutes(30))),
        hinted_at: None,
        asked_at: None,
        asks: 0,
        unknown_since: None,
        paid_at: None,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

/// A refund of which nothing has left.
pub(super) fn refund(amount: i64) -> Refund {
    Refund {
        id: Uuid::from_u128(500).into(),
        payment_id: Uuid::from_u128(1).into(),
        attempt_id: Uuid::from_u128(101).into(),
        store_id: Uuid::from_u128(1).into(),
        livemode: false,
        amount,
        currency: Currency::Lyd,
        reason: None,
        status: RefundStatus::Pending,
        way: RefundWay::Provider,
        wire_reference: "RTEST00000001".to_owned(),
        intent_id: None,
        provider_transaction: None,
        remaining_before: None,
        refused: false,
        provider_message: None,
        review_reason: None,
        evidence: None,
        first_evidence: None,
        first_key: None,
        asks: 0,
        unknown_since: None,
        version: 1,
        created_at: START,
        updated_at: START,
    }
}
