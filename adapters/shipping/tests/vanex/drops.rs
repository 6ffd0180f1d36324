//! Status files over FTP: a part of a file is no file, and nothing is lost or told twice.

use kit::{Delivery, Kind};
use mocks::{Fault, FaultKind, Ship, StatusFile};
use serde_json::json;
use shipping_adapters::{DropFile, Tracked};

use crate::stage::{Stage, order};

fn file(lines: usize) -> StatusFile {
    let entry = |number: usize| {
        let at = format!("2026-11-30T10:{:02}:{:02}Z", number / 60, number % 60);
        json!({ "package_code": format!("H-{number}"), "status": "completed", "occurred_at": at, "note": "سُلّم، باليد" })
    };
    StatusFile { provider: "vanex".to_owned(), name: None, entries: (0..lines).map(entry).collect() }
}

#[tokio::test]
async fn what_lies_there_is_listed_and_read() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let drops = carrier.drops().expect("it leaves files");
    assert!(drops.list().await.expect("an empty folder").is_empty());
    let names: Vec<String> = (1..=3).map(|lines| stage.mocks.leave(&file(lines)).expect("a file")).collect();
    let other = StatusFile { name: Some("readme.txt".to_owned()), ..file(1) };
    stage.mocks.leave(&other).expect("a file");
    let listed = drops.list().await.expect("a list");
    assert_eq!(listed.iter().map(|file| file.name.clone()).collect::<Vec<_>>(), names);
    for (lines, file) in listed.iter().enumerate() {
        let reading = drops.fetch(file).await.expect("a file");
        assert_eq!((reading.told.entries.len(), reading.told.malformed.len()), (lines + 1, 0));
        assert_eq!(file.size, Some(reading.original.len() as u64));
    }
    let stranger = DropFile { name: "readme.txt".to_owned(), size: None };
    assert_eq!(drops.fetch(&stranger).await.expect_err("no status file").kind, Kind::Invalid);
    assert!(stage.asked("authenticate").is_empty(), "files need no token");
    let rows = format!("{:?}", stage.recorder.rows());
    assert!(rows.contains("method: \"FTP\"") && !rows.contains("jisr-mocks-drops"), "{rows}");
}

#[tokio::test]
async fn a_part_and_then_the_whole() {
    for kind in [FaultKind::Truncate, FaultKind::ActThenCut, FaultKind::CutBefore, FaultKind::Status] {
        let stage = Stage::set().await;
        let carrier = stage.process();
        let drops = carrier.drops().expect("it leaves files");
        stage.mocks.leave(&file(200)).expect("a file");
        let listed = drops.list().await.expect("a list").remove(0);
        stage.mocks.fault(Fault::new("vanex", kind).on("ftp/retr"));
        let error = drops.fetch(&listed).await.expect_err("a part");
        let expected = if kind == FaultKind::Status { Kind::NotFound } else { Kind::Unavailable };
        assert_eq!(error.kind, expected, "{kind:?}: {error}");
        let reading = drops.fetch(&listed).await.expect("the whole");
        let mut numbers: Vec<_> = reading.told.entries.iter().filter_map(|told| told.number.clone()).collect();
        numbers.sort();
        numbers.dedup();
        assert_eq!((numbers.len(), reading.told.entries.len()), (200, 200), "{kind:?}: none is lost, none is doubled");
    }
}

#[tokio::test]
async fn a_list_that_breaks_is_no_empty_folder() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let drops = carrier.drops().expect("it leaves files");
    stage.mocks.leave(&file(1)).expect("a file");
    for kind in [FaultKind::Truncate, FaultKind::ActThenCut, FaultKind::CutBefore] {
        stage.mocks.fault(Fault::new("vanex", kind).on("ftp/list"));
        let error = drops.list().await.expect_err("a part");
        assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Maybe), "{kind:?}");
    }
    stage.mocks.fault(Fault { delay_ms: Some(50), ..Fault::new("vanex", FaultKind::Delay).on("ftp/list") });
    assert_eq!(drops.list().await.expect("late, but whole").len(), 1);
}

#[tokio::test]
async fn a_file_that_grows_is_read_later() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let drops = carrier.drops().expect("it leaves files");
    let name = stage.mocks.leave(&file(2)).expect("a file");
    let listed = drops.list().await.expect("a list").remove(0);
    stage.mocks.leave(&StatusFile { name: Some(name), ..file(3) }).expect("the same file");
    assert_eq!(drops.fetch(&listed).await.expect_err("it has grown").kind, Kind::Unavailable);
}

#[tokio::test]
async fn a_wrong_password_is_told() {
    let mut stage = Stage::set().await;
    stage.give("VANEX_FTP_PASSWORD", "mistyped");
    let error = stage.process().drops().expect("it leaves files").list().await.expect_err("a refusal");
    assert_eq!((error.kind, error.delivery), (Kind::Unauthorized, Delivery::Never));
}

#[tokio::test]
async fn a_file_and_a_log_tell_the_same() {
    let stage = Stage::set().await;
    let carrier = stage.process();
    let booking = stage.book(carrier.as_ref(), &order("jisr-0030-s1")).await.expect("a booking");
    let act =
        Ship { note: Some("مع المندوب".to_owned()), ..Ship::new("vanex", "jisr-0030-s1", "ship_ongoing") };
    stage.mocks.ship(&act).expect("it happens");
    let drops = carrier.drops().expect("it leaves files");
    let listed = drops.list().await.expect("a list").remove(0);
    let told = drops.fetch(&listed).await.expect("a file").told.entries.remove(0);
    let parcel = Tracked { number: booking.number.clone(), id: booking.id, reference: "jisr-0030-s1".to_owned() };
    let trail = carrier.track(&[parcel]).await.expect("a trail").remove(0);
    assert_eq!((told.number.as_ref(), told.entry.as_ref()), (Some(&booking.number), trail.entries.last()));
}
