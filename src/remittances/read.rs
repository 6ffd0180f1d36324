//! Reading a carrier's statement: CSV as carriers and spreadsheets write it. Pure, and exact about money.

use jiff::civil::Date;
use schemas::{Currency, Money, Text};

use crate::config::RemittanceColumns;
use crate::sheet::{self, Fault, plain};

/// The longest number of a parcel.
const LONGEST_NUMBER: usize = 60;
/// The longest reference.
const LONGEST_REFERENCE: usize = 128;
/// How much is shown of a row that cannot be read; the whole of it stands in the original.
const LONGEST_ROW: usize = 2_000;

/// A row of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From 1, below the heads of the columns.
    pub number: i64,
    /// The carrier's number of the parcel.
    pub tracking_number: Option<String>,
    /// What the parcel was booked by.
    pub reference: Option<String>,
    /// The day, where it can be read.
    pub day: Option<Date>,
    /// What it says of money.
    pub told: Told,
}

/// What a row says of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// In the statement's currency.
    Cash(Cash),
    /// In another one, in words.
    Foreign(String),
    /// It cannot be read.
    Malformed {
        /// Why not.
        why: &'static str,
        /// As it came.
        raw: String,
    },
}

/// Money in minor units: `net` is always `amount` less the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cash {
    /// What was collected.
    pub amount: i64,
    /// What the carrier keeps of it, where it says so.
    pub fee: Option<i64>,
    /// What it hands over.
    pub net: i64,
}

/// How a statement is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What its amounts are of, where a row does not say so.
    pub currency: Currency,
    /// What stands before the decimals: `.` or `,`.
    pub decimal: char,
}

/// Where the columns stand.
struct Columns {
    number: Option<usize>,
    reference: Option<usize>,
    amount: Option<usize>,
    fee: Option<usize>,
    net: Option<usize>,
    currency: Option<usize>,
    date: Option<usize>,
}

/// What a file without them lacks.
pub fn needed() -> Text {
    Text::new(
        "no row heads a column with the parcel's number or reference and one with the amount; see cash_on_delivery.columns",
        "لا يوجد سطر عناوين فيه رقم الشحنة أو المرجع والمبلغ؛ راجع cash_on_delivery.columns",
    )
}

/// Reads the rows of a statement.
pub fn read(bytes: &[u8], columns: &RemittanceColumns, reading: Reading) -> Result<Vec<Row>, Fault> {
    let table = sheet::table(bytes, |heads| places(heads, columns))?;
    let width = table.width;
    let rows: Vec<Row> =
        table.rows.iter().map(|(number, record)| row(*number, record, &table.columns, width, reading)).collect();
    let readable = rows.iter().any(|row| !matches!(row.told, Told::Malformed { .. }));
    if readable { Ok(rows) } else { Err(Fault::Empty) }
}

fn places(heads: &[String], columns: &RemittanceColumns) -> Option<Columns> {
    let place = |names| sheet::place(heads, names);
    let found = Columns {
        number: place(&columns.number),
        reference: place(&columns.reference),
        amount: place(&columns.amount),
        fee: place(&columns.fee),
        net: place(&columns.net),
        currency: place(&columns.currency),
        date: place(&columns.date),
    };
    let named = found.number.is_some() || found.reference.is_some();
    (named && (found.amount.is_some() || found.net.is_some())).then_some(found)
}

fn row(number: i64, record: &csv::StringRecord, columns: &Columns, width: usize, reading: Reading) -> Row {
    let field =
        |place: Option<usize>| place.and_then(|place| record.get(place)).map(plain).filter(|text| !text.is_empty());
    let name = |place, longest| {
        field(place).filter(|text| text.chars().count() <= longest && !text.chars().any(char::is_control))
    };
    let tracking_number = name(columns.number, LONGEST_NUMBER);
    let reference = name(columns.reference, LONGEST_REFERENCE);
    let told = if record.len() > width {
        Err("more columns than are headed")
    } else if tracking_number.is_none() && reference.is_none() {
        Err("it names no parcel")
    } else {
        let texts = [columns.amount, columns.fee, columns.net].map(field);
        money(texts, field(columns.currency).as_deref(), reading)
    };
    let told = told.unwrap_or_else(|why| Told::Malformed { why, raw: as_it_came(record) });
    Row { number, tracking_number, reference, day: field(columns.date).and_then(|text| sheet::day(&text)), told }
}

fn money(texts: [Option<String>; 3], currency: Option<&str>, reading: Reading) -> Result<Told, &'static str> {
    let currency = match currency {
        None => reading.currency,
        Some(text) => currency_named(text).ok_or("the currency is not known")?,
    };
    let number = |text: Option<String>| match text {
        None => Ok(None),
        Some(text) => sheet::amount(&text, reading.decimal, currency).map(Some).ok_or("an amount cannot be read"),
    };
    let [amount, fee, net] = texts;
    let cash = cash(number(amount)?, number(fee)?, number(net)?)?;
    if currency == reading.currency {
        return Ok(Told::Cash(cash));
    }
    Ok(Told::Foreign(format!("{} {currency}", Money::new(cash.amount, currency))))
}

/// The three amounts of a row, as far as they are told: they must agree.
fn cash(amount: Option<i64>, fee: Option<i64>, net: Option<i64>) -> Result<Cash, &'static str> {
    let cash = match (amount, fee, net) {
        (None, _, None) => return Err("there is no amount"),
        (Some(amount), fee, None) => Cash { amount, fee, net: amount - fee.unwrap_or(0) },
        (Some(amount), None, Some(net)) => Cash { amount, fee: Some(amount - net), net },
        (Some(amount), fee, Some(net)) => Cash { amount, fee, net },
        (None, fee, Some(net)) => Cash { amount: net + fee.unwrap_or(0), fee, net },
    };
    if cash.amount < 0 || cash.fee.is_some_and(|fee| fee < 0) {
        return Err("an amount or a fee is less than zero");
    }
    if cash.net != cash.amount - cash.fee.unwrap_or(0) {
        return Err("the amount less the fee is not the net amount");
    }
    Ok(cash)
}

fn currency_named(text: &str) -> Option<Currency> {
    match text.to_uppercase().as_str() {
        "د.ل" | "د.ل." | "دل" | "دينار" | "دينار ليبي" => Some(Currency::Lyd),
        code => Currency::from_code(code),
    }
}

fn as_it_came(record: &csv::StringRecord) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(record).ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8_lossy(&written).trim_end().chars().take(LONGEST_ROW).collect()
}

#[cfg(test)]
mod tests;
