//! Reading a bank's statement: CSV as banks and spreadsheets write it. Pure, and exact about money: what can be read in two
//! ways is not read.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemas::{Currency, Text};

use crate::config::StatementColumns;
use crate::sheet::{self, Fault, amount, day, plain};

/// A row of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From 1, below the heads of the columns.
    pub number: i64,
    /// What it says.
    pub entry: Entry,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Money in.
    Credit(Credit),
    /// Money out, or none.
    Debit(Date),
    /// Nobody can tell; in words.
    Unreadable(String),
}

/// Money in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The day.
    pub date: Date,
    /// Minor units.
    pub amount: i64,
    /// What the customer or the bank wrote.
    pub description: String,
    /// The bank's own number.
    pub transaction: Option<String>,
}

/// Where the columns stand.
struct Columns {
    date: usize,
    amount: usize,
    description: usize,
    debit: Option<usize>,
    transaction: Option<usize>,
}

/// What a file without them lacks.
pub fn needed() -> Text {
    Text::new(
        "no row heads the columns date, amount and description; see settlement.columns",
        "لا يوجد سطر عناوين للأعمدة: التاريخ والمبلغ والبيان؛ راجع settlement.columns",
    )
}

/// Reads the rows of a statement whose amounts have their decimals behind this sign.
pub fn read(bytes: &[u8], columns: &StatementColumns, decimal: char, currency: Currency) -> Result<Vec<Row>, Fault> {
    let table = sheet::table(bytes, |heads| places(heads, columns))?;
    let read = |(number, record): &(i64, csv::StringRecord)| {
        let readable = record.len() <= table.width;
        let entry = if readable { entry(record, &table.columns, decimal, currency) } else { too_wide() };
        Row { number: *number, entry }
    };
    let rows: Vec<Row> = table.rows.iter().map(read).collect();
    let dated = rows.iter().any(|row| !matches!(row.entry, Entry::Unreadable(_)));
    if dated { Ok(rows) } else { Err(Fault::Empty) }
}

fn places(heads: &[String], columns: &StatementColumns) -> Option<Columns> {
    Some(Columns {
        date: sheet::place(heads, &columns.date)?,
        amount: sheet::place(heads, &columns.amount)?,
        description: sheet::place(heads, &columns.description)?,
        debit: sheet::place(heads, &columns.debit),
        transaction: sheet::place(heads, &columns.transaction),
    })
}

fn too_wide() -> Entry {
    Entry::Unreadable("more columns than are headed".to_owned())
}

fn entry(record: &csv::StringRecord, columns: &Columns, decimal: char, currency: Currency) -> Entry {
    let field = |place: usize| record.get(place).unwrap_or_default();
    let Some(date) = day(field(columns.date)) else { return Entry::Unreadable("the date cannot be read".to_owned()) };
    let (credit, debit) = (plain(field(columns.amount)), columns.debit.map(|place| plain(field(place))));
    let debit = debit.filter(|text| !text.is_empty());
    if credit.is_empty() && debit.is_some() {
        return Entry::Debit(date);
    }
    let Some(amount) = amount(&credit, decimal, currency) else {
        return Entry::Unreadable("the amount cannot be read".to_owned());
    };
    let taken = debit.and_then(|text| self::amount(&text, decimal, currency)).unwrap_or(0);
    match amount {
        ..=0 => Entry::Debit(date),
        _ if taken != 0 => Entry::Unreadable("money in and money out in one row".to_owned()),
        _ => Entry::Credit(Credit {
            date,
            amount,
            description: field(columns.description).to_owned(),
            transaction: columns.transaction.map(|place| plain(field(place))).filter(|text| !text.is_empty()),
        }),
    }
}

/// What may be references of ours in a text: `J` and 26 signs, whatever blanks and dashes a bank has put between them.
pub fn references(text: &str) -> BTreeSet<String> {
    let letters: String =
        plain(text).chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    let starts = letters.match_indices('J').map(|(at, _)| at);
    let whole = starts.filter_map(|at| letters.get(at..at + 27)).filter(|found| {
        let id = &found.as_bytes()[1..];
        id[0] <= b'7' && id.iter().all(|byte| byte.is_ascii_digit() || !b"ILOU".contains(byte))
    });
    whole.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
