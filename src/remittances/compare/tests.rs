//! Every outcome by example, and that every row and every missing parcel is in exactly one whatever is planted.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(number: u128) -> ShipmentId {
    Uuid::from_u128(number).into()
}

/// A delivered parcel of the carrier with 100 dinars of cash.
fn parcel(number: u128) -> Parcel {
    Parcel {
        id: id(number),
        theirs: true,
        stands: true,
        delivered: true,
        cash: Some(Money::new(100_000, Currency::Lyd)),
        handed_over: false,
        due: true,
        tracking_number: Some(format!("AMY-{number}")),
        reference: format!("ORD-{number}"),
    }
}

fn row(number: i64, name: &str, amount: i64) -> Row {
    Row {
        number,
        tracking_number: Some(name.to_owned()),
        reference: None,
        day: None,
        told: Told::Cash(Cash { amount, fee: None, net: amount }),
    }
}

/// What is told of these parcels by these rows: outcome, shipment, expected.
fn told(parcels: Vec<Parcel>, rows: &[Row]) -> Vec<(RemittanceOutcome, Option<ShipmentId>, Option<i64>)> {
    let lines = compare(&Ours::new(parcels, Vec::new()), rows, Currency::Lyd);
    lines.into_iter().map(|line| (line.outcome, line.shipment, line.expected)).collect()
}

#[test]
fn each_outcome_has_its_case() {
    use RemittanceOutcome::*;
    let one = |parcel: Parcel, row: Row| told(vec![parcel], &[row]).remove(0);
    let exact = || row(1, "AMY-1", 100_000);
    assert_eq!(one(parcel(1), exact()), (Matched, Some(id(1)), Some(100_000)));
    assert_eq!(one(parcel(1), row(1, "AMY-1", 95_000)), (AmountDiffers, Some(id(1)), Some(100_000)));
    assert_eq!(one(parcel(1), row(1, "AMY-9", 95_000)), (UnknownParcel, None, None));
    let away = Parcel { delivered: false, due: false, ..parcel(1) };
    assert_eq!(one(away.clone(), exact()), (NotDelivered, Some(id(1)), Some(0)));
    assert_eq!(one(away, row(1, "AMY-1", 0)), (Matched, Some(id(1)), Some(0)), "nothing for nothing");
    let others = Parcel { theirs: false, due: false, ..parcel(1) };
    assert_eq!(one(others, exact()), (NotOurs, Some(id(1)), None));
    let earlier = Parcel { handed_over: true, due: false, ..parcel(1) };
    assert_eq!(one(earlier, exact()), (RemittedTwice, Some(id(1)), Some(0)));
    let prepaid = Parcel { cash: None, due: false, ..parcel(1) };
    assert_eq!(one(prepaid.clone(), exact()), (NoCash, Some(id(1)), Some(0)));
    assert_eq!(one(prepaid, row(1, "AMY-1", 0)), (Matched, Some(id(1)), Some(0)));
    let dollars = Parcel { cash: Some(Money::new(10_000, Currency::Usd)), due: false, ..parcel(1) };
    assert_eq!(one(dollars, exact()), (OtherCurrency, Some(id(1)), None));
    let foreign = Row { told: Told::Foreign("100.00 USD".to_owned()), ..exact() };
    assert_eq!(one(parcel(1), foreign), (OtherCurrency, Some(id(1)), None));
    let broken = Row { told: Told::Malformed { why: "no", raw: "AMY-1,x".to_owned() }, ..exact() };
    assert_eq!(told(vec![parcel(1)], &[broken]), [(Malformed, Some(id(1)), None)], "named, and so not missing");
    assert_eq!(told(vec![parcel(1)], &[]), [(Missing, Some(id(1)), Some(100_000))]);
}

#[test]
fn a_parcel_is_handed_over_once_and_the_first_row_with_money_does_it() {
    use RemittanceOutcome::*;
    let rows = [row(1, "AMY-1", 0), row(2, "AMY-1", 95_000), row(3, "AMY-1", 100_000), row(4, "AMY-1", 0)];
    let outcomes: Vec<_> = told(vec![parcel(1)], &rows).into_iter().map(|line| line.0).collect();
    assert_eq!(outcomes, [AmountDiffers, AmountDiffers, RemittedTwice, Matched]);
}

#[test]
fn the_carriers_number_comes_first_and_references_after_it() {
    let wire = vec![("BKG1".to_owned(), id(2))];
    let ours = Ours::new(vec![parcel(1), parcel(2), Parcel { theirs: false, ..parcel(3) }], wire);
    let named = |number: Option<&str>, reference: Option<&str>| {
        let names = (number.map(str::to_owned), reference.map(str::to_owned));
        let row = Row { tracking_number: names.0, reference: names.1, ..row(1, "", 1) };
        ours.named(&row).map(|parcel| parcel.id)
    };
    assert_eq!(named(Some("AMY-1"), Some("ORD-2")), Some(id(1)));
    assert_eq!(named(Some("AMY-9"), Some("ORD-2")), Some(id(2)));
    assert_eq!(named(None, Some("BKG1")), Some(id(2)));
    assert_eq!(named(Some("AMY-3"), Some("ORD-1")), Some(id(1)), "another carrier's only where nothing else is named");
    assert_eq!(named(Some("AMY-3"), None), Some(id(3)));
    let again = Parcel { id: id(7), stands: false, delivered: false, due: false, ..parcel(1) };
    let ours = Ours::new(vec![again, parcel(1)], Vec::new());
    assert_eq!(ours.named(&row(1, "AMY-1", 1)).map(|parcel| parcel.id), Some(id(1)), "the one that stands");
}

fn any_parcel(number: u128) -> impl Strategy<Value = Parcel> {
    (any::<[bool; 4]>(), prop_oneof![Just(None), Just(Some(Currency::Lyd)), Just(Some(Currency::Usd))]).prop_map(
        move |([theirs, delivered, handed_over, late], currency)| {
            let cash = currency.map(|currency| Money::new(100_000, currency));
            let due = theirs && delivered && late && !handed_over && currency == Some(Currency::Lyd);
            Parcel { theirs, delivered, handed_over, due, cash, ..parcel(number) }
        },
    )
}

fn any_row() -> impl Strategy<Value = Row> {
    let told = prop_oneof![
        (0..3i64).prop_map(|fifty| Told::Cash(Cash { amount: fifty * 50_000, fee: None, net: fifty * 50_000 })),
        Just(Told::Foreign("1 USD".to_owned())),
        Just(Told::Malformed { why: "no", raw: String::new() }),
    ];
    (1..12u8, told).prop_map(|(name, told)| Row { told, ..row(0, &format!("AMY-{name}"), 0) })
}

proptest! {
    #[test]
    fn every_row_and_every_due_parcel_is_in_exactly_one_line(
        parcels in (1..10u128).map(any_parcel).collect::<Vec<_>>(),
        mut rows in prop::collection::vec(any_row(), 0..20),
    ) {
        for (number, row) in (1..).zip(&mut rows) {
            row.number = number;
        }
        let ours = Ours::new(parcels.clone(), Vec::new());
        let lines = compare(&ours, &rows, Currency::Lyd);
        prop_assert_eq!(&compare(&ours, &rows, Currency::Lyd), &lines, "the same twice");
        let keys: HashSet<&str> = lines.iter().map(|line| line.key.as_str()).collect();
        prop_assert_eq!(keys.len(), lines.len());
        let numbers: Vec<i64> = lines.iter().filter_map(|line| line.number).collect();
        prop_assert_eq!(numbers, rows.iter().map(|row| row.number).collect::<Vec<_>>());
        for parcel in parcels {
            let of = lines.iter().filter(|line| line.shipment == Some(parcel.id));
            let (missing, named): (Vec<_>, Vec<_>) = of.partition(|line| line.outcome == RemittanceOutcome::Missing);
            prop_assert_eq!(missing.len(), usize::from(parcel.due && named.is_empty()), "{:?}", parcel);
            let money = named.iter().filter(|line| line.outcome.hands_over() && line.amount > Some(0));
            prop_assert!(money.count() <= usize::from(parcel.theirs && !parcel.handed_over), "{:?}", parcel);
        }
    }
}
