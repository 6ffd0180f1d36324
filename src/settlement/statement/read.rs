//! Reading a bank's statement: CSV as banks and spreadsheets write it. Pure, and exact about money: what can be read in two
//! ways is not read.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use schemas::{Currency, Money, Text};

use crate::config::StatementColumns;

/// Rows at the most.
const MOST: usize = 100_000;
/// Records before the one that heads the columns: banks begin with names and addresses.
const PREAMBLE: usize = 20;
/// Words beside an amount that say nothing new.
const CURRENCIES: [&str; 4] = ["LYD", "د.ل.", "د.ل", "دل"];

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

/// A file that is no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Another encoding, or NUL.
    Encoding,
    /// A quotation mark that is not closed.
    Quote,
    /// No record heads the columns.
    Columns,
    /// No row with a date.
    Empty,
    /// More rows than can be taken.
    TooMany,
}

impl Fault {
    /// For people.
    pub fn text(self) -> Text {
        let (en, ar) = match self {
            Self::Encoding => {
                ("the file is not UTF-8: save it as CSV UTF-8", "الملف ليس بترميز UTF-8: احفظه بصيغة CSV UTF-8")
            }
            Self::Quote => {
                ("a quotation mark is not closed: rows would be lost", "علامة اقتباس غير مغلقة وقد تضيع بسببها أسطر")
            }
            Self::Columns => (
                "no row heads the columns date, amount and description; see settlement.columns",
                "لا يوجد سطر عناوين للأعمدة: التاريخ والمبلغ والبيان؛ راجع settlement.columns",
            ),
            Self::Empty => ("no row has a date that can be read", "لا يوجد سطر بتاريخ مقروء"),
            Self::TooMany => ("the file has more than 100 000 rows", "في الملف أكثر من 100000 سطر"),
        };
        Text::new(en, ar)
    }
}

/// Where the columns stand.
struct Columns {
    date: usize,
    amount: usize,
    description: usize,
    debit: Option<usize>,
    transaction: Option<usize>,
    count: usize,
}

/// Reads the rows of a statement whose amounts have their decimals behind this sign.
pub fn read(bytes: &[u8], columns: &StatementColumns, decimal: char, currency: Currency) -> Result<Vec<Row>, Fault> {
    let text =
        std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(|_| Fault::Encoding)?;
    if text.contains('\0') {
        return Err(Fault::Encoding);
    }
    if text.matches('"').count() % 2 == 1 {
        return Err(Fault::Quote);
    }
    let headed = [b',', b';', b'\t'].into_iter().find_map(|delimiter| headed(text, delimiter, columns));
    let (places, records) = headed.ok_or(Fault::Columns)?;
    let mut rows = Vec::new();
    for (number, record) in (1..).zip(records) {
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if rows.len() == MOST {
            return Err(Fault::TooMany);
        }
        rows.push(Row { number, entry: entry(&record, &places, decimal, currency) });
    }
    let dated = rows.iter().any(|row| !matches!(row.entry, Entry::Unreadable(_)));
    if dated { Ok(rows) } else { Err(Fault::Empty) }
}

/// The columns and the records below them, if a record near the beginning heads them when the file is cut by this sign.
fn headed(text: &str, delimiter: u8, columns: &StatementColumns) -> Option<(Columns, Vec<csv::StringRecord>)> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records().map_while(Result::ok);
    let places = records.by_ref().take(PREAMBLE).find_map(|record| places(&record, columns))?;
    Some((places, records.collect()))
}

fn places(record: &csv::StringRecord, columns: &StatementColumns) -> Option<Columns> {
    let heads: Vec<String> = record.iter().map(|head| plain(head).to_lowercase()).collect();
    // The first name that is there, so that a file with several such columns is read by the one that is named first.
    let find = |names: &[String]| {
        names.iter().find_map(|name| heads.iter().position(|head| *head == plain(name).to_lowercase()))
    };
    Some(Columns {
        date: find(&columns.date)?,
        amount: find(&columns.amount)?,
        description: find(&columns.description)?,
        debit: find(&columns.debit),
        transaction: find(&columns.transaction),
        count: heads.len(),
    })
}

fn entry(record: &csv::StringRecord, columns: &Columns, decimal: char, currency: Currency) -> Entry {
    let field = |place: usize| record.get(place).unwrap_or_default();
    if record.len() > columns.count {
        return Entry::Unreadable("more columns than are headed".to_owned());
    }
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

/// Without the signs that only turn the direction of writing, and with the digits 0 to 9.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(|letter| !is_mark(*letter)).map(|letter| match letter {
        '٠'..='٩' => digit(letter, '٠'),
        '۰'..='۹' => digit(letter, '۰'),
        '\u{a0}' | '\u{202f}' => ' ',
        _ => letter,
    });
    letters.collect::<String>().trim().to_owned()
}

fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

fn digit(letter: char, zero: char) -> char {
    char::from_digit(letter as u32 - zero as u32, 10).unwrap_or(letter)
}

/// Minor units, less than zero for money out. Separators of thousands must stand where thousands are.
pub fn amount(text: &str, decimal: char, currency: Currency) -> Option<i64> {
    let text = plain(text);
    let mut text = text.trim();
    for word in CURRENCIES {
        text = text.strip_suffix(word).or(text.strip_prefix(word)).unwrap_or(text).trim();
    }
    let (text, minus) = sign(text)?;
    // These two can be nothing else; of `.` and `,` the statement says which is which.
    let (whole, fraction) = match text.split_once(['٫', decimal]) {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (text, "0"),
    };
    let thousands = if decimal == ',' { '.' } else { ',' };
    let groups: Vec<&str> = whole.split([thousands, '٬', '\'', ' ']).collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !groups.iter().all(|group| digits(group)) || !digits(fraction) {
        return None;
    }
    if groups.len() > 1 && (groups[0].len() > 3 || groups[1..].iter().any(|group| group.len() != 3)) {
        return None;
    }
    let minor = Money::parse(&format!("{}.{fraction}", groups.concat()), currency).ok()?.minor;
    Some(if minus { -minor } else { minor })
}

fn sign(text: &str) -> Option<(&str, bool)> {
    if let Some(inner) = text.strip_prefix('(') {
        return Some((inner.strip_suffix(')')?.trim(), true));
    }
    let minus = |text: &str| text.strip_prefix(['-', '−']).or(text.strip_suffix(['-', '−'])).map(str::len);
    if minus(text).is_some() {
        return Some((text.trim_matches(['-', '−']).trim(), true));
    }
    Some((text.strip_prefix('+').unwrap_or(text).trim(), false))
}

/// `2026-11-20`, `20/11/2026`, `20.11.26`, with or without a time.
fn day(text: &str) -> Option<Date> {
    let text = plain(text);
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [first, month, last] = parts[..] else { return None };
    let number = |text: &str| text.parse::<i16>().ok().filter(|_| text.len() <= 4 && !text.starts_with('+'));
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    let year = number(year).map(|number| if year.len() == 2 { 2000 + number } else { number })?;
    let small = |text: &str| number(text).and_then(|number| i8::try_from(number).ok());
    if !(1990..=2100).contains(&year) {
        return None;
    }
    Date::new(year, small(month)?, small(day)?).ok().filter(|day| *day > date(1990, 1, 1))
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
