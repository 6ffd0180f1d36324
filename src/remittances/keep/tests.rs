//! A statement that is compared again: what is the same is not written, and decisions stay.

use super::*;

const NOW: Time = Time::from_second(1_800_000_000);

fn line(key: &str, number: Option<i64>, outcome: RemittanceOutcome, amount: i64) -> Line {
    Line {
        key: key.to_owned(),
        number,
        outcome,
        shipment: None,
        tracking_number: None,
        reference: None,
        expected: Some(5),
        amount: Some(amount),
        fee: None,
        net: Some(amount),
        day: None,
        note: None,
        raw: (outcome == RemittanceOutcome::Malformed).then(|| "x".to_owned()),
    }
}

fn again(existing: &[Row], new: &[Line]) -> Kept {
    let last = std::sync::atomic::AtomicU64::new(existing.len() as u64);
    let id = || Uuid::from_u128(1 + u128::from(last.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
    // As sealing does, no two values are alike.
    let seal = |_: Uuid, text: &str| [text.as_bytes(), id().as_bytes()].concat();
    let (remittance, store) = (Uuid::from_u128(9).into(), Uuid::from_u128(8).into());
    merge(existing, new, &Fresh { remittance, store, now: NOW, id: &id, seal: &seal })
}

fn told(rows: &[Row]) -> Vec<(i64, &str, RemittanceOutcome)> {
    rows.iter().map(|row| (row.number, row.key.as_str(), row.outcome)).collect()
}

const EXACT: RemittanceOutcome = RemittanceOutcome::Matched;
const DIFFERS: RemittanceOutcome = RemittanceOutcome::AmountDiffers;
const MISSING: RemittanceOutcome = RemittanceOutcome::Missing;
const BROKEN: RemittanceOutcome = RemittanceOutcome::Malformed;

#[test]
fn the_same_again_writes_nothing_whatever_is_decided() {
    let new =
        [line("row:1", Some(1), EXACT, 5), line("row:3", Some(3), BROKEN, 0), line("missing:a", None, MISSING, 0)];
    let mut rows = again(&[], &new).inserted;
    assert_eq!(told(&rows), [(1, "row:1", EXACT), (3, "row:3", BROKEN), (4, "missing:a", MISSING)]);
    rows[1].decision = Some("accept".to_owned());
    rows[2].decision = Some("dispute".to_owned());
    let second = again(&rows, &new);
    assert!(!second.is_news(), "{second:?}");
}

#[test]
fn what_nobody_has_decided_is_replaced_under_its_number_and_id() {
    let old = [line("row:1", Some(1), DIFFERS, 4), line("missing:a", None, MISSING, 0)];
    let rows = again(&[], &old).inserted;
    let second = again(&rows, &[line("row:1", Some(1), EXACT, 5), line("missing:b", None, MISSING, 0)]);
    assert_eq!(told(&second.inserted), [(1, "row:1", EXACT), (3, "missing:b", MISSING)]);
    assert_eq!(second.inserted[0].id, rows[0].id);
    assert_eq!((second.deleted, second.superseded), (vec![rows[0].id, rows[1].id], vec![]));
}

#[test]
fn a_decision_on_what_is_no_longer_so_is_kept_beside_what_is() {
    let mut rows = again(&[], &[line("row:1", Some(1), DIFFERS, 4), line("missing:a", None, MISSING, 0)]).inserted;
    for row in &mut rows {
        row.decision = Some("written_off".to_owned());
    }
    let second = again(&rows, &[line("row:1", Some(1), EXACT, 5)]);
    assert_eq!(told(&second.inserted), [(3, "row:1", EXACT)]);
    assert_eq!((second.deleted, second.superseded), (vec![], vec![rows[0].id, rows[1].id]));
    for row in &mut rows {
        row.superseded = true;
        row.key.push_str("~1");
    }
    rows.extend(second.inserted);
    assert!(!again(&rows, &[line("row:1", Some(1), EXACT, 5)]).is_news());
}

#[test]
fn a_remittance_stands_where_its_lines_put_it() {
    let counted = |outcome, undecided, disputed| Counted {
        outcome,
        count: 2,
        expected: 10,
        amount: 8,
        fee: 2,
        net: 6,
        undecided,
        disputed,
    };
    let status = |counted: &[Counted]| Recount::of(counted).status();
    assert_eq!(status(&[counted(EXACT, 2, 0)]), RemittanceStatus::Matched);
    assert_eq!(status(&[counted(EXACT, 2, 0), counted(DIFFERS, 1, 1)]), RemittanceStatus::Differences);
    assert_eq!(status(&[counted(EXACT, 2, 0), counted(DIFFERS, 0, 1)]), RemittanceStatus::Disputed);
    assert_eq!(status(&[counted(DIFFERS, 0, 0)]), RemittanceStatus::Resolved);
    let both = Recount::of(&[counted(EXACT, 2, 0), counted(DIFFERS, 1, 1)]);
    assert_eq!((both.lines, both.undecided, both.disputed, both.net()), (4, 1, 1, 12));
}
