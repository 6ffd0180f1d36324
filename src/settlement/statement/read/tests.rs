//! Statements as banks write them, and as nobody should.

use jiff::civil::date;
use proptest::prelude::*;
use schemas::Money;

use super::*;
use crate::config::{Config, Variables};

fn columns() -> StatementColumns {
    Config::load(None, &Variables::default()).expect("the defaults").settlement.columns
}

fn rows(text: &str) -> Vec<Row> {
    read(text.as_bytes(), &columns(), '.', Currency::Lyd).unwrap_or_else(|fault| panic!("{fault:?}: {text}"))
}

fn fault(bytes: &[u8]) -> Fault {
    read(bytes, &columns(), '.', Currency::Lyd).expect_err("a fault")
}

fn credit(day: (i16, i8, i8), amount: i64, description: &str, transaction: Option<&str>) -> Entry {
    let (description, transaction) = (description.to_owned(), transaction.map(str::to_owned));
    Entry::Credit(Credit { date: date(day.0, day.1, day.2), amount, description, transaction })
}

#[test]
fn commas_semicolons_and_arabic_are_read() {
    let plain = "Date,Amount,Description,Transaction ID\n2026-11-20,12.500,J1 rent,77\n2026-11-20,-5,fee,78\n";
    let expected = [credit((2026, 11, 20), 12_500, "J1 rent", Some("77")), Entry::Debit(date(2026, 11, 20))];
    assert_eq!(rows(plain).into_iter().map(|row| row.entry).collect::<Vec<_>>(), expected);
    let arabic =
        "\u{feff}مصرف الجمهورية;;;\n\nالتاريخ;مدين;دائن;البيان\n٢٠/١١/٢٠٢٦;;١٬٢٣٤٫٥٠٠;تحويل\n20/11/2026;5;;رسوم\n";
    let expected = [credit((2026, 11, 20), 1_234_500, "تحويل", None), Entry::Debit(date(2026, 11, 20))];
    assert_eq!(rows(arabic).into_iter().map(|row| row.entry).collect::<Vec<_>>(), expected);
}

#[test]
fn quotes_and_newlines_inside_a_field_stay_inside() {
    let text =
        "date,amount,description\n2026-11-20,\"1,234.500\",\"a \"\"b\"\"\r\n2026-11-21,9.000,c\"\n2026-11-22,1,d\n";
    let found = rows(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].entry, credit((2026, 11, 20), 1_234_500, "a \"b\"\r\n2026-11-21,9.000,c", None));
    assert_eq!(found[1].number, 2);
}

#[test]
fn what_is_no_statement_is_refused_with_its_reason() {
    assert_eq!(fault(b"date,amount,description\n2026-11-20,1,\"open\n2026-11-21,1,x\n"), Fault::Quote);
    assert_eq!(fault("\u{feff}date,amount\n2026-11-20,1\n".as_bytes()), Fault::Columns);
    assert_eq!(fault(b""), Fault::Columns);
    assert_eq!(fault(b"date,amount,description\n"), Fault::Empty);
    assert_eq!(fault(b"date,amount,description\nsoon,1,x\n"), Fault::Empty);
    assert_eq!(fault(b"\xff\xfed\x00a\x00t\x00e\x00"), Fault::Encoding);
    assert_eq!(fault(b"date,amount,description\n2026-11-20,1,\xc7\xe1\n"), Fault::Encoding);
    assert_eq!(fault(b"date,amount,description\n2026-11-20,1,a\0b\n"), Fault::Encoding);
}

#[test]
fn a_row_that_cannot_be_read_is_a_row() {
    let found = rows(
        "date,amount,debit,description\n2026-11-20,1.2345,,x\n31/02/2026,1,,x\n2026-11-20,1,2,x\n2026-11-20,1,,x,9\n2026-11-20,5,,x\n",
    );
    let words: Vec<String> = found
        .iter()
        .map(|row| match &row.entry {
            Entry::Unreadable(words) => words.clone(),
            entry => format!("{entry:?}"),
        })
        .collect();
    assert!(words[0].contains("amount") && words[1].contains("date") && words[2].contains("money out"), "{words:?}");
    assert!(words[3].contains("columns") && words[4].starts_with("Credit"), "{words:?}");
}

#[test]
fn amounts_are_exact_or_nothing() {
    let read = |text: &str| amount(text, '.', Currency::Lyd);
    for (text, expected) in [
        ("12.500", 12_500),
        ("12.5", 12_500),
        ("1,234,567.001", 1_234_567_001),
        ("1 234.5", 1_234_500),
        ("1'234", 1_234_000),
        ("١٢٫٥", 12_500),
        ("۱۲٫۵", 12_500),
        ("LYD 7", 7_000),
        ("7 د.ل", 7_000),
        ("-7", -7_000),
        ("7-", -7_000),
        ("(7.5)", -7_500),
        ("+7", 7_000),
        ("12,500", 12_500_000),
        ("\u{200f}0.001", 1),
        ("0", 0),
    ] {
        assert_eq!(read(text), Some(expected), "{text}");
    }
    for text in [
        "",
        "12.5000",
        "1,23",
        "12,34.5",
        "1,2345",
        "1e3",
        "12.",
        ".5",
        "1.2.3",
        "--",
        "(7",
        "٣x",
        "99999999999999999999",
        "=1+1",
        "1,,000",
        "12.5,0",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(amount("1.234,5", ',', Currency::Lyd), Some(1_234_500));
    assert_eq!(amount("12,500", ',', Currency::Lyd), Some(12_500));
    assert_eq!(amount("1.23,5", ',', Currency::Lyd), None);
}

#[test]
fn references_are_found_whatever_a_bank_does_to_them() {
    let id = "J01J9Z3N8M4Q0X7V5K2T6B1C8DE";
    for text in [
        id.to_owned(),
        format!("TRF/{id}/LIBYA"),
        id.to_lowercase(),
        format!("دفع {} شكراً", id.chars().map(|sign| format!("{sign} ")).collect::<String>()),
        format!("{}-{}", &id[..9], &id[9..]),
        id.replace('0', "٠").replace('1', "١"),
    ] {
        assert!(references(&text).contains(id), "{text}");
    }
    assert!(references("JUST A WORD AND NOTHING OF OURS IN IT AT ALL").is_empty());
    assert!(references("J").is_empty() && references("").is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
        let _ = read(&bytes, &columns(), '.', Currency::Lyd);
        let _ = read(format!("date,amount,description\n{text}").as_bytes(), &columns(), ',', Currency::Lyd);
        let _ = (references(&text), amount(&text, '.', Currency::Lyd));
    }

    #[test]
    fn an_amount_that_is_written_is_read_back(minor in 1..1_000_000_000i64) {
        let text = Money::new(minor, Currency::Lyd).to_string();
        prop_assert_eq!(amount(&text, '.', Currency::Lyd), Some(minor));
        let (whole, fraction) = text.split_once('.').expect("decimals");
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 { grouped.push(','); }
            grouped.push(digit);
        }
        prop_assert_eq!(amount(&format!("{grouped}.{fraction}"), '.', Currency::Lyd), Some(minor));
    }
}
