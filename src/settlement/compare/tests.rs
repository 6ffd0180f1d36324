//! Whatever stands on either side: each line in exactly one outcome, whatever the order, and the sums add up.

use payments_adapters::{BookKind, BookLine};
use proptest::prelude::*;
use schemas::Currency;
use uuid::Uuid;

use super::*;

fn lyd(minor: i64) -> Money {
    Money::new(minor, Currency::Lyd)
}

fn sale(number: u128, amount: i64) -> Sale {
    Sale {
        attempt: Uuid::from_u128(number).into(),
        payment: Uuid::from_u128(number).into(),
        store: Uuid::from_u128(1).into(),
        wire_reference: format!("J{number:04}"),
        amount: lyd(amount),
        paid: true,
        transaction: Some(number.to_string()),
        due: true,
        settled: false,
        expected_fee: None,
    }
}

fn refund(number: u128, of: &Sale, amount: i64) -> MoneyBack {
    MoneyBack {
        refund: Uuid::from_u128(number).into(),
        attempt: of.attempt,
        payment: of.payment,
        store: of.store,
        wire_reference: of.wire_reference.clone(),
        amount: lyd(amount),
        due: true,
        settled: false,
    }
}

fn line(number: u128, reference: u128, kind: BookKind, amount: i64) -> BookLine {
    BookLine {
        transaction: number.to_string(),
        wire_reference: Some(format!("J{reference:04}")),
        kind,
        approved: true,
        amount: Ok(lyd(amount)),
        fee: None,
        at: Timestamp::from_second(1_800_000_000 + number as i64).ok(),
        raw: "Approved/00".to_owned(),
    }
}

fn sold(number: u128, reference: u128, amount: i64) -> BookLine {
    line(number, reference, BookKind::Sale, amount)
}

fn kinds(ours: &Ours, theirs: &[BookLine]) -> Vec<(LineKind, Option<i64>, Option<i64>)> {
    let compared = compare(ours, theirs, Currency::Lyd);
    compared.lines.into_iter().map(|line| (line.kind, line.ours, line.theirs)).collect()
}

fn holding(sales: Vec<Sale>) -> Ours {
    Ours { sales, ..Ours::default() }
}

#[test]
fn a_sale_is_matched_missing_or_of_another_amount() {
    let ours = holding(vec![sale(1, 500), sale(2, 600), sale(3, 700)]);
    let theirs = [sold(1, 1, 500), sold(2, 2, 601)];
    let expected = [
        (LineKind::Matched, Some(500), Some(500)),
        (LineKind::Amount, Some(600), Some(601)),
        (LineKind::MissingThere, Some(700), None),
    ];
    assert_eq!(kinds(&ours, &theirs), expected);
}

#[test]
fn what_only_they_have_is_an_attempt_of_ours_that_is_not_paid_or_nobodys() {
    let unpaid = Sale { paid: false, due: false, transaction: None, ..sale(1, 500) };
    let mut nameless = sold(3, 0, 20);
    nameless.wire_reference = None;
    let theirs = [sold(1, 1, 500), sold(2, 9, 10), nameless];
    let expected = [
        (LineKind::MissingHere, None, Some(500)),
        (LineKind::Orphan, None, Some(10)),
        (LineKind::Orphan, None, Some(20)),
    ];
    assert_eq!(kinds(&holding(vec![unpaid]), &theirs), expected);
}

#[test]
fn a_fee_differs_only_where_one_is_agreed_and_one_is_told() {
    let with = |expected, told: Option<i64>| {
        let ours = holding(vec![Sale { expected_fee: expected, ..sale(1, 500) }]);
        let theirs = BookLine { fee: told.map(lyd), ..sold(1, 1, 500) };
        compare(&ours, &[theirs], Currency::Lyd).lines.remove(0)
    };
    assert_eq!(with(Some(5), Some(6)).kind, LineKind::Fee);
    assert_eq!((with(Some(5), Some(6)).fee, with(Some(5), Some(6)).expected_fee), (Some(6), Some(5)));
    for (expected, told) in [(Some(5), Some(5)), (None, Some(6)), (Some(5), None)] {
        assert_eq!(with(expected, told).kind, LineKind::Matched, "{expected:?} {told:?}");
    }
}

#[test]
fn of_two_sales_under_one_reference_the_proved_one_is_the_attempts_own() {
    let ours = holding(vec![Sale { transaction: Some("2".into()), ..sale(1, 500) }]);
    let expected = [(LineKind::Duplicate, None, Some(500)), (LineKind::Matched, Some(500), Some(500))];
    assert_eq!(kinds(&ours, &[sold(2, 1, 500), sold(1, 1, 500)]), expected);
    // The books of another day have its own one, or nobody has said which it is.
    let elsewhere = Sale { settled: true, due: false, ..sale(7, 500) };
    assert_eq!(kinds(&holding(vec![elsewhere.clone()]), &[sold(1, 7, 500)]), [(LineKind::Duplicate, None, Some(500))]);
    let by_hand = Sale { transaction: None, ..elsewhere.clone() };
    assert_eq!(kinds(&holding(vec![by_hand]), &[sold(1, 7, 500)]), [(LineKind::Duplicate, None, Some(500))]);
    let by_hand = Sale { transaction: Some(String::new()), ..sale(1, 500) };
    let expected = [(LineKind::Matched, Some(500), Some(500)), (LineKind::Duplicate, None, Some(500))];
    assert_eq!(kinds(&holding(vec![by_hand]), &[sold(2, 1, 500), sold(1, 1, 500)]), expected);
}

#[test]
fn a_sale_of_another_day_is_no_difference() {
    let ours = holding(vec![Sale { due: false, ..sale(1, 500) }, Sale { due: false, ..sale(2, 500) }]);
    assert_eq!(kinds(&ours, &[sold(1, 1, 500)]), [(LineKind::Matched, Some(500), Some(500))]);
}

#[test]
fn money_back_is_matched_one_to_one_by_reference_and_amount() {
    let paid = sale(1, 500);
    let refunds = vec![refund(11, &paid, 100), refund(12, &paid, 100), refund(13, &paid, 50)];
    let ours = Ours { sales: vec![Sale { due: false, ..paid }], refunds, ..Ours::default() };
    let back = |number, amount| line(number, 1, BookKind::Refund, amount);
    let expected = [
        (LineKind::Matched, Some(100), Some(100)),
        (LineKind::Matched, Some(100), Some(100)),
        (LineKind::Refund, Some(50), Some(60)),
    ];
    assert_eq!(kinds(&ours, &[back(21, 100), back(22, 100), back(23, 60)]), expected);
    let expected = [
        (LineKind::Refund, None, Some(70)),
        (LineKind::Refund, None, Some(80)),
        (LineKind::Refund, Some(100), None),
        (LineKind::Refund, Some(100), None),
        (LineKind::Refund, Some(50), None),
    ];
    assert_eq!(kinds(&ours, &[line(21, 1, BookKind::Void, 70), back(22, 80)]), expected);
}

#[test]
fn what_cannot_be_read_is_told_and_takes_the_place_of_what_we_hold() {
    let mut odd = sold(1, 1, 0);
    odd.amount = Err("12,5O0".to_owned());
    let compared = compare(&holding(vec![sale(1, 500)]), &[odd], Currency::Lyd);
    assert_eq!(compared.lines.len(), 1, "{compared:?}");
    let line = &compared.lines[0];
    assert_eq!((line.kind, line.ours, line.theirs), (LineKind::Unreadable, Some(500), None));
    assert_eq!(line.note.as_deref(), Some("12,5O0"));
    let foreign = BookLine { amount: Ok(Money::new(500, Currency::Usd)), ..sold(1, 1, 0) };
    assert_eq!(kinds(&holding(vec![]), &[foreign]), [(LineKind::Unreadable, None, None)]);
}

#[test]
fn what_did_not_move_and_what_is_another_accounts_is_counted_and_no_line() {
    let declined = BookLine { approved: false, ..sold(1, 1, 500) };
    let elsewhere = ["J0009".to_owned()].into();
    let ours = Ours { elsewhere, ..Ours::default() };
    let compared = compare(&ours, &[declined, sold(2, 9, 10)], Currency::Lyd);
    assert_eq!((compared.lines.len(), compared.unapproved, compared.elsewhere), (0, 1, 1));
}

/// Few references and amounts, so that everything collides.
fn any_ours() -> impl Strategy<Value = Ours> {
    let one = (0..6u128, 1..4i64, any::<bool>(), any::<bool>(), any::<bool>(), prop::option::of(0..8u128));
    let back = (0..6u128, 1..4i64, any::<bool>(), any::<bool>());
    (prop::collection::vec(one, 0..6), prop::collection::vec(back, 0..6)).prop_map(|(sales, backs)| {
        let mut known = HashSet::new();
        let sales: Vec<Sale> = sales
            .into_iter()
            .filter(|one| known.insert(one.0))
            .map(|(number, amount, paid, due, settled, transaction)| Sale {
                paid,
                due: paid && due && !settled,
                settled,
                transaction: transaction.map(|number| number.to_string()),
                expected_fee: Some(1),
                ..sale(number, amount)
            })
            .collect();
        let refund = |(index, (number, amount, due, settled)): (usize, (u128, i64, bool, bool))| MoneyBack {
            due: due && !settled,
            settled,
            ..refund(100 + index as u128, &sale(number, 1), amount)
        };
        Ours { sales, refunds: backs.into_iter().enumerate().map(refund).collect(), elsewhere: ["J0005".into()].into() }
    })
}

fn any_theirs() -> impl Strategy<Value = Vec<BookLine>> {
    let kind = prop_oneof![
        4 => Just(BookKind::Sale), 2 => Just(BookKind::Refund), 1 => Just(BookKind::Void), 1 => Just(BookKind::Other)
    ];
    let one = (0..8u128, prop::option::of(0..7u128), kind, 1..4i64, 0..10u8, prop::option::of(0..2i64));
    let one = one.prop_map(|(number, reference, kind, amount, luck, fee)| BookLine {
        wire_reference: reference.map(|number| format!("J{number:04}")),
        approved: luck > 0,
        amount: if luck == 1 { Err("?".to_owned()) } else { Ok(lyd(amount)) },
        fee: fee.map(lyd),
        ..line(number, 0, kind, amount)
    });
    prop::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn every_line_of_both_sides_is_in_exactly_one_outcome(ours in any_ours(), theirs in any_theirs()) {
        let compared = compare(&ours, &theirs, Currency::Lyd);
        let of_theirs = compared.lines.iter().filter(|line| !line.key.starts_with("sale:") && !line.key.starts_with("refund:"));
        prop_assert_eq!(of_theirs.count() + compared.unapproved + compared.elsewhere, theirs.len());
        let keys: HashSet<&str> = compared.lines.iter().map(|line| line.key.as_str()).collect();
        prop_assert_eq!(keys.len(), compared.lines.len(), "a key each");
        for sale in &ours.sales {
            let own = |line: &&Line| line.attempt == Some(sale.attempt) && line.refund.is_none() && line.ours.is_some();
            let times = compared.lines.iter().filter(own).count();
            prop_assert!(times <= 1, "{:?} stands {} times", sale, times);
            prop_assert!(times == 1 || !sale.due, "{:?} is lost", sale);
        }
        for refund in &ours.refunds {
            let times = compared.lines.iter().filter(|line| line.refund == Some(refund.refund)).count();
            prop_assert!(times <= 1 && (times == 1 || !refund.due), "{:?} stands {} times", refund, times);
        }
    }

    #[test]
    fn the_order_of_either_side_changes_nothing(ours in any_ours(), theirs in any_theirs(), turn in 0..12usize) {
        let compared = compare(&ours, &theirs, Currency::Lyd);
        let (mut other, mut turned) = (ours.clone(), theirs.clone());
        other.sales.reverse();
        other.refunds.reverse();
        turned.reverse();
        let places = turn.checked_rem(turned.len()).unwrap_or(0);
        turned.rotate_left(places);
        prop_assert_eq!(compare(&other, &turned, Currency::Lyd), compared);
    }

    #[test]
    fn the_sums_add_up(ours in any_ours(), theirs in any_theirs()) {
        let compared = compare(&ours, &theirs, Currency::Lyd);
        let counts = |line: &&BookLine| {
            line.approved && line.kind != BookKind::Other && line.wire_reference.as_deref() != Some("J0005")
        };
        for (direction, back) in [(LineDirection::Sale, false), (LineDirection::Refund, true)] {
            let told: i64 = theirs.iter().filter(counts).filter(|line| line.kind.goes_back() == back)
                .filter_map(|line| line.amount.as_ref().ok()).map(|amount| amount.minor).sum();
            let lined: i64 = compared.lines.iter().filter(|line| line.direction == direction).filter_map(|line| line.theirs).sum();
            prop_assert_eq!(told, lined);
        }
        let held: HashMap<_, _> = ours.sales.iter().map(|sale| (sale.attempt, sale.amount.minor)).collect();
        for line in compared.lines.iter().filter(|line| line.refund.is_none()) {
            if let Some(amount) = line.ours {
                prop_assert_eq!(Some(amount), line.attempt.map(|attempt| held[&attempt]));
            }
            if line.kind == LineKind::Matched {
                prop_assert_eq!(line.ours, line.theirs);
            }
        }
    }
}
