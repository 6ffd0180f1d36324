//! Secret elements of XML: whatever stands between the tags, and the attributes.

use super::MASK;
use super::named::{Names, Page, is_in_name};
use super::symbol::{Spelling, Symbol, solid, symbol};

/// The name that stands behind `<`, and what of it is not a prefix.
struct Name {
    end: usize,
    local: usize,
}

/// Where a tag is closed.
struct Tag {
    /// Where its `>` or `/>` begins.
    start: usize,
    end: usize,
    is_empty: bool,
}

/// Hides what the element holds, if its name is secret: to its own closing tag, else to the end of the text.
pub(super) fn hide(page: &mut Page<'_>, open: Symbol, secret: &Names<'_>) -> Option<usize> {
    let text = page.text.as_bytes();
    let name = name(text, open.end);
    if !secret.have(&text[name.local..name.end]) {
        return None;
    }
    let tag = tag(text, name.end, open);
    let attributes_end = tag.as_ref().map_or(text.len(), |tag| tag.start);
    if solid(&text[..attributes_end], name.end).is_some() {
        page.hide(name.end, attributes_end, &format!(" {MASK}"));
    }
    let Some(tag) = tag else { return Some(text.len()) };
    if tag.is_empty {
        return Some(tag.end);
    }
    let close = closing(text, tag.end, open, &text[open.end..name.end]);
    page.hide(tag.end, close, MASK);
    // Behind the closing tag's `<`.
    Some(text.len().min(close + (open.end - open.start)))
}

fn name(text: &[u8], start: usize) -> Name {
    let mut name = Name { end: start, local: start };
    while name.end < text.len() {
        let symbol = symbol(text, name.end);
        if !is_in_name(symbol.byte) {
            break;
        }
        name.end = symbol.end;
        if symbol.byte == b':' {
            name.local = symbol.end;
        }
    }
    name
}

/// The end of a tag whose `<` is `open`. Values in quotes may have a `>`; `None` where the tag is cut.
fn tag(text: &[u8], from: usize, open: Symbol) -> Option<Tag> {
    let is_plain = open.spelling(text) == Spelling::Plain;
    let (mut quote, mut slash): (Option<Symbol>, Option<Symbol>) = (None, None);
    let mut at = from;
    while at < text.len() {
        let symbol = symbol(text, at);
        at = symbol.end;
        if let Some(opened) = quote {
            if symbol.is_like(opened, text) {
                quote = None;
            }
            continue;
        }
        match symbol.byte {
            b'"' | b'\'' => quote = Some(symbol),
            // `&gt;` ends no tag that began with `<`. The other way round it may: not everybody escapes both.
            b'>' if !is_plain || symbol.spelling(text) == Spelling::Plain => {
                let start = slash.map_or(symbol.start, |slash| slash.start);
                return Some(Tag { start, end: symbol.end, is_empty: slash.is_some() });
            }
            _ => {}
        }
        slash = (symbol.byte == b'/').then_some(symbol);
    }
    None
}

/// Where the closing tag begins; the end of the text where there is none. The name has to be written as it was, case and
/// prefix included, or else a wrong tag would end it too early.
fn closing(text: &[u8], from: usize, open: Symbol, name: &[u8]) -> usize {
    let mut depth = 1usize;
    let mut at = from;
    while let Some(next) = next_like(text, at, open) {
        at = next.end;
        if let Some((_, ends)) = PASSED_OVER.iter().find(|(begins, _)| follows(text, at, begins, open).is_some()) {
            let Some(end) = find(text, at, ends, open) else { return text.len() };
            at = end;
            continue;
        }
        if at == text.len() {
            break;
        }
        let first = symbol(text, at);
        if first.byte == b'/' {
            at = first.end;
            if is_named(text, at, name) {
                depth -= 1;
                if depth == 0 {
                    return next.start;
                }
            }
        } else if is_in_name(first.byte) {
            let is_same = is_named(text, at, name);
            let Some(tag) = tag(text, at, open) else { return text.len() };
            at = tag.end;
            depth += usize::from(is_same && !tag.is_empty);
        }
    }
    text.len()
}

/// What may hold something that looks like a closing tag: how it begins behind `<`, and how it ends.
const PASSED_OVER: &[(&[u8], &[u8])] = &[(b"![CDATA[", b"]]>"), (b"!--", b"-->"), (b"?", b"?>")];

fn is_named(text: &[u8], at: usize, name: &[u8]) -> bool {
    let end = at + name.len();
    text[at..].starts_with(name) && (end == text.len() || !is_in_name(symbol(text, end).byte))
}

/// The next `<` that is written as this one.
fn next_like(text: &[u8], from: usize, open: Symbol) -> Option<Symbol> {
    let spelled = &text[open.start..open.end];
    let mut at = from;
    loop {
        at += text[at..].iter().position(|byte| *byte == spelled[0])?;
        let end = at + spelled.len();
        // One more backslash is another text inside of this one.
        let is_deeper = spelled[0] == b'\\' && text[at - 1] == b'\\';
        if !is_deeper && text.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(spelled)) {
            return Some(Symbol { byte: open.byte, start: at, end });
        }
        at += 1;
    }
}

/// Where the letters end that stand here, written plainly where `<` was.
fn follows(text: &[u8], mut at: usize, letters: &[u8], open: Symbol) -> Option<usize> {
    let is_plain = open.spelling(text) == Spelling::Plain;
    for letter in letters {
        if at == text.len() {
            return None;
        }
        let symbol = symbol(text, at);
        if symbol.byte != *letter || (is_plain && symbol.spelling(text) != Spelling::Plain) {
            return None;
        }
        at = symbol.end;
    }
    Some(at)
}

fn find(text: &[u8], mut at: usize, letters: &[u8], open: Symbol) -> Option<usize> {
    while at < text.len() {
        if let Some(end) = follows(text, at, letters, open) {
            return Some(end);
        }
        at = symbol(text, at).end;
    }
    None
}
