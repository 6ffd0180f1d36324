//! The order of the feed, while transactions commit in another order than they began.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use jisr::db::Tx;
use jisr::events;
use schemas::event::{PaymentFacts, PaymentPaid};
use schemas::payment::PaymentStatus;
use schemas::{Currency, DecimalText, PaymentId};

use super::feed::{events as events_of, page, read_on, read_on_by, texts};
use crate::harness::{Backend, Gateway, on_both};

const WRITERS: std::ops::RangeInclusive<u64> = 1..=4;
const ROUNDS: std::ops::Range<u64> = 0..12;

/// A payment that only its events know of.
fn somebody(gateway: &Gateway) -> PaymentId {
    gateway.facade.ambient.uuid().into()
}

/// An event of it.
fn paid(id: PaymentId) -> PaymentPaid {
    let payment = PaymentFacts {
        id,
        reference: "ORD".to_owned(),
        status: PaymentStatus::Paid,
        amount: DecimalText("12.500".to_owned()),
        currency: Currency::Lyd,
    };
    PaymentPaid { attempt: 1, late: false, payment }
}

/// Appends an event, in a transaction that is still open.
async fn append(gateway: &Gateway, tx: &mut Tx, id: PaymentId) {
    append_all(gateway, tx, [paid(id)]).await;
}

async fn append_all(gateway: &Gateway, tx: &mut Tx, data: impl IntoIterator<Item = PaymentPaid>) {
    events::append(tx, &gateway.facade.ambient, gateway.store, false, data).await.expect("appended");
}

async fn begin(gateway: &Gateway) -> Tx {
    gateway.facade.db.begin().await.expect("a transaction")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_commits_later_with_an_earlier_place_is_not_skipped() {
    let gateway = Gateway::start(Backend::Postgres).await;
    let client = &gateway.client;
    let [before, slow, quick, lost] = std::array::from_fn(|_| somebody(&gateway));
    let mut tx = begin(&gateway).await;
    append(&gateway, &mut tx, before).await;
    tx.commit().await.expect("committed");
    let (_, cursor) = read_on(client, String::new(), 1).await;

    let (mut first, mut second, mut third) = (begin(&gateway).await, begin(&gateway).await, begin(&gateway).await);
    append(&gateway, &mut first, slow).await;
    append(&gateway, &mut second, lost).await;
    append(&gateway, &mut third, quick).await;
    third.commit().await.expect("committed");
    let waiting = page(client, &format!("?after={cursor}&wait_ms=600")).await;
    assert_eq!((waiting.body["data"].as_array().map(Vec::len), waiting.text("next_cursor")), (Some(0), cursor.clone()));
    // It is there all the same for those who ask for the resource.
    let known = jisr::db::events::of_resource(&gateway.facade.db, quick.uuid()).await.expect("events");
    assert_eq!(known.len(), 1);

    first.commit().await.expect("committed");
    let (read, cursor) = read_on(client, cursor, 1).await;
    assert_eq!(texts(&read, "resource"), [slow.to_string()], "the third stands behind one that may still come");
    drop(second);
    let (read, cursor) = read_on(client, cursor, 1).await;
    assert_eq!(texts(&read, "resource"), [quick.to_string()]);
    assert_eq!(page(client, &format!("?after={cursor}")).await.text("next_cursor"), cursor);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_of_a_resource_are_shown_in_their_order_whoever_began_first() {
    let gateway = Gateway::start(Backend::Postgres).await;
    let (contended, other) = (somebody(&gateway), somebody(&gateway));
    // The first transaction has begun to write, and then waits for the second.
    let mut first = begin(&gateway).await;
    append(&gateway, &mut first, other).await;
    let mut second = begin(&gateway).await;
    append(&gateway, &mut second, contended).await;
    second.commit().await.expect("committed");
    tokio::time::sleep(Duration::from_millis(5)).await;
    append(&gateway, &mut first, contended).await;
    first.commit().await.expect("committed");
    let (read, _) = read_on(&gateway.client, String::new(), 3).await;
    let sequences: Vec<_> = read.iter().filter(|event| event["resource"] == contended.to_string()).collect();
    assert_eq!((&sequences[0]["sequence"], &sequences[1]["sequence"]), (&1.into(), &2.into()), "{read:?}");
    gateway.stop().await;
}

on_both! {
    async fn the_events_of_one_commit_are_shown_in_their_order(backend) {
        let gateway = Gateway::start(backend).await;
        let id = somebody(&gateway);
        let mut tx = begin(&gateway).await;
        append_all(&gateway, &mut tx, (0..20).map(|_| paid(id))).await;
        tx.commit().await.expect("committed");
        let (read, _) = read_on(&gateway.client, String::new(), 20).await;
        let sequences = read.iter().map(|event| event["sequence"].as_i64().expect("a number"));
        assert_eq!(sequences.collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
        gateway.stop().await;
    }
}

/// Some writers think better of it.
fn commits(writer: u64, round: u64) -> bool {
    !(writer + round).is_multiple_of(5)
}

/// Writes two events of a new resource, again and again; the resources that are there in the end.
async fn write(gateway: &Gateway, writer: u64) -> Vec<String> {
    let mut written = Vec::new();
    for round in ROUNDS {
        let mut tx = begin(gateway).await;
        let id = somebody(gateway);
        append(gateway, &mut tx, id).await;
        tokio::time::sleep(Duration::from_millis(writer * round * 7 % 40)).await;
        append(gateway, &mut tx, id).await;
        if commits(writer, round) {
            tx.commit().await.expect("committed");
            written.push(id.to_string());
        }
    }
    written
}

on_both! {
    async fn a_reader_beside_many_writers_meets_every_event_once(backend) {
        let gateway = Gateway::start(backend).await;
        let count = WRITERS.map(|writer| ROUNDS.filter(|round| commits(writer, *round)).count()).sum::<usize>() * 2;
        // Long pages, so that the reader is always at the end.
        let reading = read_on_by(500, &gateway.client, String::new(), count);
        let ((read, cursor), written) = tokio::join!(reading, join_all(WRITERS.map(|writer| write(&gateway, writer))));
        assert!(events_of(&page(&gateway.client, &format!("?after={cursor}")).await).is_empty());
        let met = read.iter().map(|event| format!("{} {}", event["resource"], event["sequence"]));
        let expected = written.concat().into_iter().flat_map(|id| [1, 2].map(|number| format!("\"{id}\" {number}")));
        assert_eq!(met.collect::<BTreeSet<_>>(), expected.collect::<BTreeSet<_>>());
        gateway.stop().await;
    }
}
