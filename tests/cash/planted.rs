//! A planted month: parcels and a carrier's statement, made together by a seeded generator that knows the right answer.

use std::collections::BTreeMap;
use std::fmt::Write;

use schemas::remittance::RemittanceOutcome::{self, *};
use schemas::shipping::ShipmentStatus;
use schemas::{Currency, Money, StoreId};

use super::rows::Parcel;
use crate::harness::Gateway;

/// A line as it must be told: outcome, shipment, expected, amount, fee, net.
pub type Expected = (RemittanceOutcome, Option<String>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

/// What is planted, and what must be said of it.
#[derive(Default)]
pub struct Month {
    pub parcels: Vec<Parcel>,
    /// Parcels of the month before, and the statement that has them.
    pub early: Vec<Parcel>,
    pub earlier: String,
    pub statement: String,
    pub expected: Vec<Expected>,
    missing: Vec<Expected>,
    /// By carrier and currency: parcels and minor units that are owed afterwards.
    pub owed: BTreeMap<(&'static str, &'static str), (i64, i64)>,
}

/// Kinds of parcels; each is planted at least twenty times.
const KINDS: u64 = 18;
const HEADS: &str = "رقم الشحنة;reference;COD;fee;net;currency;date\n";

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// Plans so many parcels, every kind of difference among them; `other` is another store.
pub fn plan(gateway: &Gateway, parcels: u64, other: StoreId) -> Month {
    let mut dice = Dice(20_261_130);
    let mut month = Month { earlier: HEADS.to_owned(), statement: HEADS.to_owned(), ..Month::default() };
    for number in 0..parcels {
        let kind = match number {
            number if number < KINDS * 20 => number % KINDS,
            _ if dice.below(10) < 7 => dice.below(3),
            _ => dice.below(KINDS),
        };
        let cash = 5_000 + 250 * dice.below(2_000) as i64;
        month.one(Parcel::delivered(gateway, &format!("{number:05}"), cash), kind, other);
    }
    month.missing.sort();
    let missing = std::mem::take(&mut month.missing);
    month.expected.extend(missing);
    month
}

fn text(minor: i64) -> String {
    Money::new(minor, Currency::Lyd).to_string()
}

impl Month {
    fn row(&mut self, parcel: &Parcel, cells: &str) {
        writeln!(self.statement, "{};;{cells};2026-11-20", parcel.number).expect("text");
    }

    fn line(
        &mut self,
        outcome: RemittanceOutcome,
        parcel: Option<&Parcel>,
        expected: Option<i64>,
        cash: Option<(i64, Option<i64>)>,
    ) {
        let (amount, fee) = (cash.map(|cash| cash.0), cash.and_then(|cash| cash.1));
        let net = amount.map(|amount| amount - fee.unwrap_or(0));
        self.expected.push((outcome, parcel.map(|parcel| parcel.id.to_string()), expected, amount, fee, net));
    }

    fn owes(&mut self, parcel: &Parcel, amount: i64) {
        let owed = self.owed.entry((parcel.carrier, parcel.currency.code())).or_default();
        *owed = (owed.0 + 1, owed.1 + amount);
    }

    fn one(&mut self, parcel: Parcel, kind: u64, other: StoreId) {
        let cash = parcel.cash.unwrap_or(0);
        let exact = format!("{};;;", text(cash));
        match kind {
            0 => {
                self.row(&parcel, &exact);
                self.line(Matched, Some(&parcel), Some(cash), Some((cash, None)));
            }
            1 => {
                // What comes is the cash less a fee, and the fee is told.
                self.row(&parcel, &format!(";5;{};LYD", text(cash - 5_000)));
                self.line(Matched, Some(&parcel), Some(cash), Some((cash, Some(5_000))));
            }
            2 => return self.by_reference(parcel),
            3 => {
                self.row(&parcel, &format!("{};;{};", text(cash - 250), text(cash - 3_250)));
                self.line(AmountDiffers, Some(&parcel), Some(cash), Some((cash - 250, Some(3_000))));
                self.owes(&parcel, 250);
            }
            4 => {
                self.row(&parcel, &format!("{};;;", text(cash + 1)));
                self.line(AmountDiffers, Some(&parcel), Some(cash), Some((cash + 1, None)));
            }
            5..=8 => return self.another(parcel, kind, other),
            9 => {
                self.row(&parcel, &exact);
                self.line(Matched, Some(&parcel), Some(cash), Some((cash, None)));
                self.row(&parcel, &exact);
                self.line(RemittedTwice, Some(&parcel), Some(0), Some((cash, None)));
            }
            10 => {
                writeln!(self.earlier, "{};;{exact};2026-10-20", parcel.number).expect("text");
                self.row(&parcel, &exact);
                self.line(RemittedTwice, Some(&parcel), Some(0), Some((cash, None)));
                return self.early.push(parcel);
            }
            11 => return self.prepaid(parcel),
            12 => {
                self.row(&parcel, "20.00;;;USD");
                self.line(OtherCurrency, Some(&parcel), None, None);
                self.owes(&parcel, cash);
            }
            13 => {
                let parcel = Parcel { currency: Currency::Usd, ..parcel };
                self.row(&parcel, "20.00;;;");
                self.line(OtherCurrency, Some(&parcel), None, Some((20_000, None)));
                self.owes(&parcel, cash);
                return self.parcels.push(parcel);
            }
            14 => {
                self.row(&parcel, &format!("{};5;{};", text(cash), text(cash)));
                self.line(Malformed, Some(&parcel), None, None);
                self.owes(&parcel, cash);
            }
            15 => {
                let line = (Missing, Some(parcel.id.to_string()), Some(cash), None, None, None);
                self.missing.push(line);
                self.owes(&parcel, cash);
            }
            16 => {
                // Not yet.
                self.owes(&parcel, cash);
                return self.parcels.push(Parcel { days: 6, ..parcel });
            }
            _ => {
                // It came back, and the carrier wants its fee.
                self.row(&parcel, "0;7.5;-7.5;");
                self.line(Matched, Some(&parcel), Some(0), Some((0, Some(7_500))));
                return self.parcels.push(Parcel { status: ShipmentStatus::Returned, ..parcel });
            }
        }
        self.parcels.push(parcel);
    }

    fn by_reference(&mut self, parcel: Parcel) {
        let cash = parcel.cash.unwrap_or(0);
        let wire = format!("B{}", parcel.number);
        let (booked, name) = match cash % 500 {
            0 => (Some(wire.clone()), wire),
            _ => (None, parcel.reference.clone()),
        };
        writeln!(self.statement, ";{name};{};;;;20/11/2026", text(cash)).expect("text");
        self.line(Matched, Some(&parcel), Some(cash), Some((cash, None)));
        self.parcels.push(Parcel { wire: booked, ..parcel });
    }

    /// Parcels that are not this carrier's to hand cash over for.
    fn another(&mut self, parcel: Parcel, kind: u64, other: StoreId) {
        let cash = parcel.cash.unwrap_or(0);
        self.row(&parcel, &format!("{};;;", text(cash)));
        match kind {
            5 => {
                self.line(NotDelivered, Some(&parcel), Some(0), Some((cash, None)));
                self.parcels.push(Parcel { status: ShipmentStatus::InTransit, ..parcel });
            }
            6 => {
                self.line(NotOurs, Some(&parcel), None, Some((cash, None)));
                let parcel = Parcel { carrier: "vanex", ..parcel };
                self.owes(&parcel, cash);
                self.parcels.push(parcel);
            }
            7 => {
                self.line(UnknownParcel, None, None, Some((cash, None)));
                let theirs = cash % 500 == 0;
                let store = if theirs { other } else { parcel.store };
                self.parcels.push(Parcel { store, livemode: !theirs, ..parcel });
            }
            _ => self.line(UnknownParcel, None, None, Some((cash, None))),
        }
    }

    fn prepaid(&mut self, parcel: Parcel) {
        let cash = parcel.cash.unwrap_or(0);
        let parcel = Parcel { cash: None, ..parcel };
        if cash % 500 == 0 {
            self.row(&parcel, "0;;;");
            self.line(Matched, Some(&parcel), Some(0), Some((0, None)));
        } else {
            self.row(&parcel, &format!("{};;;", text(cash)));
            self.line(NoCash, Some(&parcel), Some(0), Some((cash, None)));
        }
        self.parcels.push(parcel);
    }
}
