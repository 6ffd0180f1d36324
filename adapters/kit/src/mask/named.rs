//! One reading from left to right that finds secret names, of whatever shape, and hides their values.

use super::symbol::{Symbol, symbol};
use super::{form, json, xml};

/// A text of which parts are hidden; it is built anew only if there are any.
pub(super) struct Page<'a> {
    pub(super) text: &'a str,
    out: Option<String>,
    copied: usize,
}

/// What stood before in the text, by which a value is known to be inside of something.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) quote: Option<Symbol>,
    pub(super) markup: Option<Symbol>,
    /// Where the last equals sign or the last hidden value ended: no name reaches back over it.
    pub(super) floor: usize,
}

/// The text, the values of secret names hidden.
///
/// It runs over every body of every call. Only what may end a name (a quote), begin one (`<`) or stand behind one (`=`)
/// is looked at, however it is written; the shape that it belongs to says whether a value follows, hides it and tells
/// where to go on. Each looks at any letter a bounded number of times, so that no text takes more than its length.
pub(super) fn values(text: String, secret: &[&str]) -> String {
    if secret.is_empty() {
        return text;
    }
    let secret = &Names::new(secret);
    let bytes = text.as_bytes();
    let mut page = Page { text: &text, out: None, copied: 0 };
    let mut seen = Seen::default();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|byte| LOOKED_AT[usize::from(*byte)]).map(|index| at + index) {
        let symbol = symbol(bytes, start);
        at = symbol.end;
        let after = match symbol.byte {
            b'"' => {
                // Any quote may begin a key: a stray one, or JSON inside a string of JSON, must not shift which is which.
                let before = seen.quote.replace(symbol);
                before.and_then(|before| json::hide(&mut page, before, symbol, secret))
            }
            b'<' => {
                seen.markup = Some(symbol);
                xml::hide(&mut page, symbol, secret)
            }
            b'=' => {
                let after = form::hide(&mut page, symbol, &seen, secret);
                seen.floor = symbol.end;
                after
            }
            _ => None,
        };
        if let Some(after) = after {
            seen.floor = after;
            at = after;
            // The quote that ended the value may have been meant to begin a key.
            if bytes[after - 1] == b'"' {
                seen.quote = Some(Symbol { byte: b'"', start: after - 1, end: after });
            }
        }
    }
    match page.done() {
        Some(shown) => shown,
        None => text,
    }
}

/// What is looked at, and what it may be written with.
const LOOKED_AT: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"\"<=&\\%";
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] = true;
        index += 1;
    }
    table
};

impl Page<'_> {
    /// Puts something in the place of a part behind everything that is hidden already.
    pub(super) fn hide(&mut self, from: usize, to: usize, mask: &str) {
        let out = self.out.get_or_insert_with(|| String::with_capacity(self.text.len()));
        out.push_str(&self.text[self.copied..from]);
        out.push_str(mask);
        self.copied = to;
    }

    fn done(self) -> Option<String> {
        let mut out = self.out?;
        out.push_str(&self.text[self.copied..]);
        Some(out)
    }
}

/// The secret names.
pub(super) struct Names<'a> {
    names: &'a [&'a str],
    /// By which letters they begin: nearly every other name is told apart by its first one.
    begin: [bool; 256],
}

impl<'a> Names<'a> {
    fn new(names: &'a [&'a str]) -> Self {
        let mut begin = [false; 256];
        for byte in names.iter().filter_map(|name| name.bytes().next()) {
            begin[usize::from(byte.to_ascii_lowercase())] = true;
            begin[usize::from(byte.to_ascii_uppercase())] = true;
        }
        Self { names, begin }
    }

    /// Whether it is one of them, however it is written.
    #[inline]
    pub(super) fn have(&self, name: &[u8]) -> bool {
        !name.is_empty() && self.begin[usize::from(symbol(name, 0).byte)] && self.spell(name)
    }

    fn spell(&self, name: &[u8]) -> bool {
        self.names.iter().any(|secret| is_spelled(name, secret.as_bytes()))
    }
}

fn is_spelled(name: &[u8], secret: &[u8]) -> bool {
    let mut at = 0;
    for letter in secret {
        if at == name.len() {
            return false;
        }
        let symbol = symbol(name, at);
        if !symbol.byte.eq_ignore_ascii_case(letter) {
            return false;
        }
        at = symbol.end;
    }
    at == name.len()
}

/// Whether a letter may stand in the name of an element or a field, prefixes and paths included.
pub(super) fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte) || !byte.is_ascii()
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
