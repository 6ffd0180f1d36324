//! Secret fields of forms and attributes of XML: `name=value`, in a body, a URL or a sentence.

use super::MASK;
use super::named::{Names, Page, Seen, is_blank, is_in_name};
use super::symbol::{Spelling, Symbol, symbol};

/// Hides the value, if what stands before the equals sign ends in a secret name.
pub(super) fn hide(page: &mut Page<'_>, equals: Symbol, seen: &Seen, secret: &Names<'_>) -> Option<usize> {
    let text = page.text.as_bytes();
    let (start, end) = name(text, seen.floor, equals.start)?;
    if !is_secret_path(&text[start..end], secret) {
        return None;
    }
    let blank = text[equals.end..].iter().take_while(|byte| is_blank(**byte)).count();
    let start = equals.end + blank;
    let (start, end) = quoted(text, start, equals).unwrap_or_else(|| (start, plain_end(text, start, equals, seen)));
    page.hide(start, end, MASK);
    Some(end)
}

/// The last word before the equals sign: names in a path, such as `card[code]`, `card.code` or `ns:code`, together.
fn name(text: &[u8], floor: usize, end: usize) -> Option<(usize, usize)> {
    let is_between = |byte: u8| is_blank(byte) || b"\"'<>={}(),".contains(&byte);
    let end = end - text[floor..end].iter().rev().take_while(|byte| is_blank(**byte)).count();
    let start = end - text[floor..end].iter().rev().take_while(|byte| !is_between(**byte)).count();
    let text = &text[..end];
    let mut word: Option<(usize, usize)> = None;
    let mut is_apart = false;
    let mut at = start;
    while at < end {
        let symbol = symbol(text, at);
        at = symbol.end;
        if is_in_name(symbol.byte) || b"[]".contains(&symbol.byte) {
            let begins = word.filter(|_| !is_apart).map_or(symbol.start, |(begins, _)| begins);
            word = Some((begins, symbol.end));
            is_apart = false;
        } else if is_blank(symbol.byte) || symbol.byte == b'+' {
            is_apart = true;
        } else {
            word = None;
        }
    }
    word
}

/// Whether it is a secret name, or any step of it.
fn is_secret_path(name: &[u8], secret: &Names<'_>) -> bool {
    let (mut begins, mut at) = (0, 0);
    while at < name.len() {
        let symbol = symbol(name, at);
        at = symbol.end;
        if b"[].:".contains(&symbol.byte) {
            if secret.have(&name[begins..symbol.start]) {
                return true;
            }
            begins = at;
        }
    }
    secret.have(&name[begins..]) || secret.have(name)
}

/// What stands between the quotes that begin here, if a value does; to the end of the text where it is not ended.
fn quoted(text: &[u8], start: usize, equals: Symbol) -> Option<(usize, usize)> {
    let open = (start < text.len()).then(|| symbol(text, start))?;
    if !matches!(open.byte, b'"' | b'\'') || is_data(text, open, equals) {
        return None;
    }
    let mut at = open.end;
    while at < text.len() {
        let close = symbol(text, at);
        at = close.end;
        if !close.is_like(open, text) {
            continue;
        }
        // A quote with a letter behind it is still in the value.
        if at == text.len() || ends_value(symbol(text, at).byte) {
            return Some((open.end, close.start));
        }
        // Unless the value's own quote ended a string of JSON, which has the name but no value.
        if ends_string(symbol(text, open.end).byte) {
            return None;
        }
    }
    Some((open.end, text.len()))
}

fn ends_value(byte: u8) -> bool {
    is_blank(byte) || b"<>/?&,;)}].\\\"'".contains(&byte)
}

fn ends_string(byte: u8) -> bool {
    is_blank(byte) || b",}]:".contains(&byte)
}

/// What is percent-encoded behind a plain equals sign belongs to the value.
fn is_data(text: &[u8], symbol: Symbol, equals: Symbol) -> bool {
    symbol.spelling(text) == Spelling::Percent && equals.spelling(text) != Spelling::Percent
}

/// Where a value without quotes ends: at the next field, or with the string or the element that holds it. White space
/// ends nothing: who forgets to encode it must not have half of the secret logged.
fn plain_end(text: &[u8], start: usize, equals: Symbol, seen: &Seen) -> usize {
    let mut at = start;
    while at < text.len() {
        let next = symbol(text, at);
        let is_end = match next.byte {
            b'&' => !is_data(text, next, equals),
            b'"' => seen.quote.is_some_and(|quote| next.is_like(quote, text)),
            b'<' => seen.markup.is_some_and(|markup| next.is_like(markup, text)),
            _ => false,
        };
        if is_end {
            break;
        }
        at = next.end;
    }
    at
}
