//! Letters as they may be written in a text inside a text: `<`, `&lt;`, `\u003c` and `%3C` are one and the same.

use super::named::is_blank;

/// One letter, decoded, and where it stands. What is not ASCII stands for itself, byte by byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbol {
    pub(super) byte: u8,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// How a letter is written. Texts inside texts are told from each other by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As it is.
    Plain,
    /// `&lt;`, `&#60;`, `&amp;lt;`.
    Entity,
    /// `\"`, `\u003c`, `\\u003c`.
    Backslash,
    /// `%3C`, `%253C`.
    Percent,
}

impl Symbol {
    pub(super) fn spelling(self, text: &[u8]) -> Spelling {
        match text[self.start] {
            _ if self.end - self.start == 1 => Spelling::Plain,
            b'&' => Spelling::Entity,
            b'\\' => Spelling::Backslash,
            _ => Spelling::Percent,
        }
    }

    /// Whether both are the same letter, written in the same way.
    pub(super) fn is_like(self, other: Self, text: &[u8]) -> bool {
        self.byte == other.byte && text[self.start..self.end].eq_ignore_ascii_case(&text[other.start..other.end])
    }
}

/// The letter that begins here. There has to be one.
#[inline]
pub(super) fn symbol(text: &[u8], start: usize) -> Symbol {
    match text[start] {
        b'%' | b'&' | b'\\' => escaped(text, start),
        byte => Symbol { byte, start, end: start + 1 },
    }
}

fn escaped(text: &[u8], start: usize) -> Symbol {
    let (byte, end) = match text[start] {
        b'%' => percent(text, start).unwrap_or((b'%', start + 1)),
        b'\\' => backslash(text, start),
        byte => (byte, start + 1),
    };
    // The ampersand of an entity may be written in any way: XML in JSON has `\u0026lt;`, XML in a form `%26lt%3B`.
    let (byte, end) = if byte == b'&' { entity(text, end) } else { (byte, end) };
    Symbol { byte, start, end }
}

/// The first letter from here that is not white space.
pub(super) fn solid(text: &[u8], mut at: usize) -> Option<Symbol> {
    while at < text.len() {
        let symbol = symbol(text, at);
        if !is_blank(symbol.byte) {
            return Some(symbol);
        }
        at = symbol.end;
    }
    None
}

/// How often an escape may have been escaped again. Backslashes double each time.
const MOST_LEVELS: usize = 4;

/// `%3C`; its percent sign may itself have been encoded: `%253C`.
fn percent(text: &[u8], start: usize) -> Option<(u8, usize)> {
    let pair = |at: usize| text.get(at..at + 2).and_then(hex);
    let mut at = start + 1;
    for _ in 1..MOST_LEVELS {
        if pair(at) == Some(b'%') && pair(at + 2).is_some() {
            at += 2;
        }
    }
    Some((pair(at)?, at + 2))
}

/// What stands behind an ampersand: `lt;`, `#60;`, `#x3c;`; its ampersand may itself have been encoded: `amp;lt;`.
fn entity(text: &[u8], mut at: usize) -> (u8, usize) {
    for _ in 0..MOST_LEVELS {
        let mut word = [0; 10];
        let Some((length, end)) = word_at(text, at, &mut word) else { break };
        let byte = match &word[..length] {
            b"amp" => {
                at = end;
                continue;
            }
            b"lt" => Some(b'<'),
            b"gt" => Some(b'>'),
            b"quot" => Some(b'"'),
            b"apos" => Some(b'\''),
            number => numbered(number),
        };
        return byte.map_or((b'&', at), |byte| (byte, end));
    }
    (b'&', at)
}

/// Puts down what stands before the next semicolon, in small letters. `None` where it is no short word.
fn word_at(text: &[u8], mut at: usize, word: &mut [u8; 10]) -> Option<(usize, usize)> {
    for length in 0..=word.len() {
        let (byte, end) = match text.get(at)? {
            b'%' => percent(text, at)?,
            byte => (byte.to_ascii_lowercase(), at + 1),
        };
        at = end;
        match byte {
            b';' => return Some((length, end)),
            b'#' | b'0'..=b'9' | b'a'..=b'z' if length < word.len() => word[length] = byte,
            _ => return None,
        }
    }
    None
}

fn numbered(word: &[u8]) -> Option<u8> {
    let number = std::str::from_utf8(word).ok()?.strip_prefix('#')?;
    let byte = match number.strip_prefix('x') {
        Some(number) => u8::from_str_radix(number, 16).ok(),
        None => number.parse().ok(),
    };
    byte.filter(u8::is_ascii)
}

/// `\"`, `\/`, `\n`, `\u003c`, `\x3c`; with more backslashes where a string stands in a string. Others are only
/// backslashes, all of them together.
fn backslash(text: &[u8], start: usize) -> (u8, usize) {
    let length = text[start..].iter().position(|byte| *byte != b'\\').unwrap_or(text.len() - start);
    let at = start + length;
    let code = |from: usize, to: usize| text.get(from..to).and_then(hex).filter(u8::is_ascii);
    let known = match text.get(at).filter(|_| length < 1 << MOST_LEVELS) {
        Some(byte @ (b'"' | b'\'' | b'/')) => Some((*byte, at + 1)),
        Some(b'n' | b'r' | b't' | b'b' | b'f') => Some((b' ', at + 1)),
        Some(b'u') if text[at + 1..].starts_with(b"00") => code(at + 3, at + 5).map(|byte| (byte, at + 5)),
        Some(b'x') => code(at + 1, at + 3).map(|byte| (byte, at + 3)),
        _ => None,
    };
    known.unwrap_or((b'\\', at))
}

fn hex(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(value(digits[0])? * 16 + value(digits[1])?).ok()
}
