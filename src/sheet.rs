//! Reading tables as banks, carriers and spreadsheets write them: CSV, exact about money; what can be read in two ways is not
//! read. Pure.

use jiff::civil::{Date, date};
use schemas::{Currency, Money, Text};

/// Rows at the most.
const MOST: usize = 100_000;
/// Records before the one that heads the columns: banks begin with names and addresses.
const PREAMBLE: usize = 20;
/// Words beside an amount of dinars that say nothing new.
const DINARS: [&str; 4] = ["LYD", "د.ل.", "د.ل", "دل"];

/// A file that is not such a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Another encoding, or NUL.
    Encoding,
    /// A quotation mark that is not closed.
    Quote,
    /// No record heads the columns.
    Columns,
    /// No row that can be read.
    Empty,
    /// More rows than can be taken.
    TooMany,
}

impl Fault {
    /// For people; `columns` says which columns must be headed.
    pub fn text(self, columns: Text) -> Text {
        let (en, ar) = match self {
            Self::Encoding => {
                ("the file is not UTF-8: save it as CSV UTF-8", "الملف ليس بترميز UTF-8: احفظه بصيغة CSV UTF-8")
            }
            Self::Quote => {
                ("a quotation mark is not closed: rows would be lost", "علامة اقتباس غير مغلقة وقد تضيع بسببها أسطر")
            }
            Self::Columns => return columns,
            Self::Empty => ("no row can be read", "لا يوجد سطر مقروء"),
            Self::TooMany => ("the file has more than 100 000 rows", "في الملف أكثر من 100000 سطر"),
        };
        Text::new(en, ar)
    }
}

/// The rows below the one that heads the columns, numbered from 1; those without a word are left out.
pub struct Table<C> {
    /// What `find` has found.
    pub columns: C,
    /// How many columns are headed.
    pub width: usize,
    /// Number and fields.
    pub rows: Vec<(i64, csv::StringRecord)>,
}

/// Cuts a file by whichever of comma, semicolon and tab gives a row in which `find` finds its columns. It is shown the heads
/// as `plain` makes them, in small letters.
pub fn table<C>(bytes: &[u8], find: impl Fn(&[String]) -> Option<C>) -> Result<Table<C>, Fault> {
    let text =
        std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(|_| Fault::Encoding)?;
    if text.contains('\0') {
        return Err(Fault::Encoding);
    }
    if text.matches('"').count() % 2 == 1 {
        return Err(Fault::Quote);
    }
    let headed = [b',', b';', b'\t'].into_iter().find_map(|delimiter| headed(text, delimiter, &find));
    let (columns, width, records) = headed.ok_or(Fault::Columns)?;
    let has_words = |record: &csv::StringRecord| record.iter().any(|field| !field.trim().is_empty());
    let rows: Vec<_> = (1..).zip(records).filter(|(_, record)| has_words(record)).take(MOST + 1).collect();
    if rows.len() > MOST { Err(Fault::TooMany) } else { Ok(Table { columns, width, rows }) }
}

/// Columns, how many are headed, and the records below.
type Headed<C> = (C, usize, Vec<csv::StringRecord>);

/// If a record near the beginning heads the columns when the file is cut by this sign.
fn headed<C>(text: &str, delimiter: u8, find: &impl Fn(&[String]) -> Option<C>) -> Option<Headed<C>> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records().map_while(Result::ok);
    let (columns, width) = records.by_ref().take(PREAMBLE).find_map(|record| {
        let heads: Vec<String> = record.iter().map(|head| plain(head).to_lowercase()).collect();
        Some((find(&heads)?, heads.len()))
    })?;
    Some((columns, width, records.collect()))
}

/// The place of the first name that is there, so that a file with several such columns is read by the one that is named
/// first.
pub fn place(heads: &[String], names: &[String]) -> Option<usize> {
    names.iter().find_map(|name| heads.iter().position(|head| *head == plain(name).to_lowercase()))
}

/// Without the signs that only turn the direction of writing, and with the digits 0 to 9.
pub fn plain(text: &str) -> String {
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

/// Minor units, less than zero with a minus. Separators of thousands must stand where thousands are.
pub fn amount(text: &str, decimal: char, currency: Currency) -> Option<i64> {
    let text = plain(text);
    let mut text = text.trim();
    for word in DINARS.into_iter().filter(|_| currency == Currency::Lyd) {
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
pub fn day(text: &str) -> Option<Date> {
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
