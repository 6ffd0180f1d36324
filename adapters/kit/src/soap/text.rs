//! What XML 1.0 takes as text and as a name.

use std::borrow::Cow;

/// Whether XML 1.0 knows the character at all, written out or as a reference.
pub(super) const fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The text as it is written between tags or quotes; `None` where it has a character that XML does not know.
///
/// A carriage return is written as a reference: a reader turns a plain one into a line feed.
pub(super) fn escaped(text: &str) -> Option<Cow<'_, str>> {
    text.chars().all(is_legal).then(|| quick_xml::escape::escape(text))
}

/// Whether it may name an element, without a prefix. Letters beyond ASCII are all taken.
pub(super) fn is_name(name: &str) -> bool {
    let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii();
    let goes_on = |byte: u8| begins(byte) || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    name.bytes().next().is_some_and(begins) && name.bytes().all(goes_on)
}

/// Whether it may name an element or an attribute, with a prefix or without.
pub(super) fn is_qualified_name(name: &str) -> bool {
    name.split_once(':').map_or_else(|| is_name(name), |(prefix, local)| is_name(prefix) && is_name(local))
}

/// The white space of XML, which is less than Unicode's.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
