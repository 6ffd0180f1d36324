//! New payments in shared commits: each gets its own answer, whoever it shares the commit with.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use jisr::db::attempts::Attempt;
use jisr::db::idempotency::Claim;
use jisr::db::intake::{self, Intake, NewPayment, Taken};
use jisr::db::payments::Payment;
use jisr::db::{Db, DbError, Time, tasks::Task};
use jisr::payments::CONFIRM;
use schemas::event::PaymentCreated;
use schemas::payment::{AttemptStatus, Method, PaymentStatus};
use schemas::store::Mode;
use schemas::{AccountId, AttemptId, Currency, PaymentId};
use serde_json::json;
use sqlx::types::Json;

use crate::harness::{Backend, Gateway, on_both};

/// A gateway for its rows, and two intakes on its database, as two processes would have.
struct Doors {
    gateway: Gateway,
    account: AccountId,
    doors: [Intake; 2],
}

impl Doors {
    async fn open(backend: Backend) -> Self {
        let gateway = Gateway::start_with(backend, &[("JISR_WORK__CONCURRENCY", "0")]).await;
        let served = gateway.facade.accounts.serving(gateway.store, "moamalat", Mode::Test).await;
        let account = served.expect("an answer").expect("an account").row.id;
        let second = Db::connect(&gateway.database.url, 4).await.expect("a database");
        let doors = [intake::start(gateway.facade.db.clone()), intake::start(second)];
        Self { gateway, account, doors }
    }

    fn draft(&self, reference: &str, key: &str, body: u8) -> NewPayment {
        let ambient = &self.gateway.facade.ambient;
        let now = Time::from(ambient.now());
        let payment = self.payment(reference, now);
        let attempt = self.attempt(payment.id, now);
        let provider = payment.provider.clone();
        let created = PaymentCreated { attempt: 1, provider, payment: jisr::events::payment_facts(&payment) };
        let event = jisr::events::new(ambient, payment.store_id, payment.livemode, created);
        let claim = Claim {
            store_id: self.gateway.store,
            livemode: false,
            route: "POST /v1/payments".to_owned(),
            key: key.to_owned(),
            fingerprint: vec![body],
            older_fingerprints: Vec::new(),
            resource_id: payment.id.uuid(),
            created_at: now,
            expires_at: now.after(Duration::from_secs(3_600)),
        };
        let task = Task {
            id: ambient.uuid(),
            kind: CONFIRM.to_owned(),
            lane: "lane".to_owned(),
            key: attempt.id.to_string(),
            payload: Json(json!({})),
            due_at: now,
            attempts: 0,
            fence: 0,
            enqueued_by: None,
            created_at: now,
        };
        NewPayment { claim, payment, attempt, event, task: Some(task) }
    }

    fn payment(&self, reference: &str, now: Time) -> Payment {
        Payment {
            id: self.gateway.facade.ambient.uuid().into(),
            store_id: self.gateway.store,
            livemode: false,
            reference: reference.to_owned(),
            holds_reference: true,
            amount: 12_500,
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
            metadata: Json(serde_json::Map::new()),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    fn attempt(&self, payment: PaymentId, now: Time) -> Attempt {
        let id = AttemptId::from(self.gateway.facade.ambient.uuid());
        Attempt {
            id,
            payment_id: payment,
            store_id: self.gateway.store,
            account_id: self.account,
            number: 1,
            provider: "moamalat".to_owned(),
            gateway: "cash_on_delivery".to_owned(),
            method: Method::Card,
            brand: None,
            bank: None,
            wire_reference: id.to_string().replacen("att_", "J", 1),
            status: AttemptStatus::Open,
            raw_status: None,
            amount: 12_500,
            currency: Currency::Lyd,
            next_action: Json(None),
            provider_transaction: None,
            evidence: None,
            session: None,
            codes_sent: 0,
            code_sent_at: None,
            wrong_codes: 0,
            confirmed_at: None,
            failure: None,
            refunded_amount: 0,
            expires_at: None,
            hinted_at: None,
            asked_at: None,
            asks: 0,
            unknown_since: None,
            paid_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Hands all in at once, by turns at both doors.
    async fn take(&self, new: Vec<NewPayment>) -> Vec<Result<Taken, DbError>> {
        let taken = new.into_iter().enumerate().map(|(index, new)| self.doors[index % 2].take(new));
        join_all(taken).await
    }
}

on_both! {
    async fn every_payment_of_a_mixed_crowd_gets_its_own_answer(backend) {
        let doors = Doors::open(backend).await;
        let mut new = Vec::new();
        let mut expected: HashMap<PaymentId, &str> = HashMap::new();
        for number in 0..25 {
            let (reference, key) = (format!("ORD-{number}"), format!("key-{number}"));
            // Each four times: itself, the same again, another body under its key, its reference under another key.
            let other = format!("other-{number}");
            let four = [(&*reference, &*key, 1), (&reference, &key, 1), (&reference, &key, 2), (&reference, &other, 1)];
            for (reference, key, body) in four {
                let one = doors.draft(reference, key, body);
                expected.insert(one.payment.id, if body == 2 { "odd" } else { "one" });
                new.push(one);
            }
        }
        let ids: Vec<PaymentId> = new.iter().map(|new| new.payment.id).collect();
        let taken = doors.take(new).await;
        let mut created = 0;
        for (four, ids) in taken.chunks(4).zip(ids.chunks(4)) {
            let four: Vec<Taken> = four.iter().map(|taken| *taken.as_ref().expect("an answer")).collect();
            let made: Vec<PaymentId> =
                four.iter().zip(ids).filter(|(taken, _)| **taken == Taken::Created).map(|(_, id)| *id).collect();
            assert_eq!(made.len(), 1, "{four:?}");
            created += 1;
            for answer in four {
                let of_it = match answer {
                    Taken::Created | Taken::Mismatch => true,
                    Taken::Replay(id) | Taken::ReferenceHeld(id) => id == made[0],
                };
                assert!(of_it, "{answer:?} and not of {}", made[0]);
            }
        }
        for sql in ["SELECT COUNT(*) FROM payments", "SELECT COUNT(*) FROM attempts", "SELECT COUNT(*) FROM tasks",
            "SELECT COUNT(*) FROM events", "SELECT COUNT(*) FROM idempotency_keys"] {
            assert_eq!(doors.gateway.count(sql).await, created, "{sql}");
        }
        doors.gateway.stop().await;
    }
}

on_both! {
    async fn a_repeat_is_told_what_the_first_one_made(backend) {
        let doors = Doors::open(backend).await;
        let first = doors.draft("ORD-1", "key", 1);
        let made = first.payment.id;
        assert_eq!(doors.doors[0].take(first).await.expect("an answer"), Taken::Created);
        let later = vec![
            doors.draft("ORD-1", "key", 1), doors.draft("ORD-1", "key", 2), doors.draft("ORD-1", "fresh", 1),
            doors.draft("ORD-2", "key", 1), doors.draft("ORD-3", "another", 1),
        ];
        let taken: Vec<Taken> = doors.take(later).await.into_iter().map(|taken| taken.expect("an answer")).collect();
        let told = [Taken::Replay(made), Taken::Mismatch, Taken::ReferenceHeld(made), Taken::Replay(made), Taken::Created];
        assert_eq!(taken, told);
        // A key whose request had no effect is free again.
        assert_eq!(doors.doors[1].take(doors.draft("ORD-4", "fresh", 9)).await.expect("an answer"), Taken::Created);
        doors.gateway.stop().await;
    }
}

on_both! {
    async fn one_that_cannot_be_written_does_not_take_the_others_with_it(backend) {
        let doors = Doors::open(backend).await;
        let mut new: Vec<NewPayment> =
            (0..40).map(|number| doors.draft(&format!("ORD-{number}"), &format!("key-{number}"), 1)).collect();
        // No such account, and a wire reference that is taken.
        new[7].attempt.account_id = doors.gateway.facade.ambient.uuid().into();
        new[8].attempt.wire_reference = new[9].attempt.wire_reference.clone();
        let taken = doors.take(new).await;
        for (number, taken) in taken.iter().enumerate().filter(|(number, _)| ![7, 8, 9].contains(number)) {
            assert_eq!(*taken.as_ref().expect("an answer"), Taken::Created, "number {number}");
        }
        assert!(taken[7].is_err(), "{:?}", taken[7]);
        assert_eq!(taken[8..10].iter().filter(|taken| taken.is_ok()).count(), 1, "{:?}", &taken[8..10]);
        for sql in ["SELECT COUNT(*) FROM payments", "SELECT COUNT(*) FROM idempotency_keys", "SELECT COUNT(*) FROM events"] {
            assert_eq!(doors.gateway.count(sql).await, 38, "{sql}: nothing of the two is left behind");
        }
        doors.gateway.stop().await;
    }
}
