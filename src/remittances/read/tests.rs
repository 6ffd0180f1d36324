//! Statements as carriers write them, and as nobody should.

use jiff::civil::date;

use super::*;
use crate::config::{Config, Variables};

const DINARS: Reading = Reading { currency: Currency::Lyd, decimal: '.' };

fn columns() -> RemittanceColumns {
    Config::load(None, &Variables::default()).expect("the defaults").cash_on_delivery.columns
}

fn rows(text: &str) -> Vec<Row> {
    read(text.as_bytes(), &columns(), DINARS).unwrap_or_else(|fault| panic!("{fault:?}: {text}"))
}

/// What one row below these heads says of money.
fn told(heads: &str, row: &str) -> Told {
    rows(&format!("{heads}\n{row}\nAMY-0,1,,,\n")).remove(0).told
}

fn cash(amount: i64, fee: Option<i64>, net: i64) -> Told {
    Told::Cash(Cash { amount, fee, net })
}

#[test]
fn english_arabic_and_every_separator_are_read() {
    let expected = Row {
        number: 1,
        tracking_number: Some("AMY-1".to_owned()),
        reference: Some("ORD-1".to_owned()),
        day: Some(date(2026, 11, 20)),
        told: cash(1_234_500, Some(10_000), 1_224_500),
    };
    for text in [
        "AWB,Reference,COD Amount,Fee,Net,Date\nAMY-1,ORD-1,\"1,234.500\",10,1224.5,2026-11-20\n",
        "\u{feff}شركة الأمل;;;;;\n\nرقم الشحنة;المرجع;مبلغ التحصيل;الرسوم;الصافي;التاريخ\nAMY-1;ORD-1;١٬٢٣٤٫٥٠٠;10;1224.500 د.ل;20/11/2026\n",
        "tracking\treference\tcollected\tfees\tpayable\tdate\n\u{200f}AMY-1\tORD-1\t1234.5\t10.000\t1224.500\t20.11.26\n",
    ] {
        assert_eq!(rows(text), std::slice::from_ref(&expected), "{text}");
    }
}

#[test]
fn of_amount_fee_and_net_what_is_told_must_agree() {
    let heads = "tracking,cod,fee,net,currency";
    for (row, expected) in [
        ("A,100,,,", cash(100_000, None, 100_000)),
        ("A,100,5,,", cash(100_000, Some(5_000), 95_000)),
        ("A,100,,95,", cash(100_000, Some(5_000), 95_000)),
        ("A,,5,95,", cash(100_000, Some(5_000), 95_000)),
        ("A,,,95,lyd", cash(95_000, None, 95_000)),
        ("A,0,5,-5,دينار", cash(0, Some(5_000), -5_000)),
        ("A,100.25,,,usd", Told::Foreign("100.25 USD".to_owned())),
    ] {
        assert_eq!(told(heads, row), expected, "{row}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_not_read_and_is_kept_as_it_came() {
    let heads = "tracking,cod,fee,net,currency";
    for (row, why) in [
        ("A,100,5,90,", "the amount less the fee is not the net amount"),
        ("A,,,,", "there is no amount"),
        ("A,,5,,", "there is no amount"),
        ("A,1.2345,,,", "an amount cannot be read"),
        ("A,\"1,23\",,,", "an amount cannot be read"),
        ("A,1e3,,,", "an amount cannot be read"),
        ("A,-100,,,", "an amount or a fee is less than zero"),
        ("A,100,-5,,", "an amount or a fee is less than zero"),
        ("A,100,,105,", "an amount or a fee is less than zero"),
        ("A,100,,,gold", "the currency is not known"),
        (",100,,,", "it names no parcel"),
        ("A,100,,,,more", "more columns than are headed"),
    ] {
        assert_eq!(told(heads, row), Told::Malformed { why, raw: row.to_owned() }, "{row}");
    }
    let long = "9".repeat(LONGEST_NUMBER + 1);
    assert!(matches!(told(heads, &format!("{long},1,,,")), Told::Malformed { why: "it names no parcel", .. }));
}

#[test]
fn a_file_that_is_no_statement_is_refused() {
    let fault = |bytes: &[u8]| read(bytes, &columns(), DINARS).expect_err("a fault");
    assert_eq!(fault(b"tracking,cod\nA,\xc7\n"), Fault::Encoding);
    assert_eq!(fault(b"tracking,cod\nA,\"5\n"), Fault::Quote);
    assert_eq!(fault(b"tracking,date\nA,2026-11-20\n"), Fault::Columns);
    assert_eq!(fault(b"cod,date\n5,2026-11-20\n"), Fault::Columns);
    assert_eq!(fault(b"tracking,cod\nA,many\n"), Fault::Empty);
    assert_eq!(fault(b""), Fault::Columns);
}

#[test]
fn the_decimal_sign_is_the_statements_own() {
    let reading = Reading { decimal: ',', ..DINARS };
    let rows = read("tracking;cod\nA;1.234,5\n".as_bytes(), &columns(), reading).expect("a statement");
    assert_eq!(rows[0].told, cash(1_234_500, None, 1_234_500));
}
