//! Secret keys of JSON, which may stand in a string of JSON, in XML or in a field of a form.

use super::MASK;
use super::named::{Names, Page};
use super::symbol::{Spelling, Symbol, solid, symbol};

/// Hides the value, if what stands between the two quotes is a secret key.
pub(super) fn hide(page: &mut Page<'_>, open: Symbol, close: Symbol, secret: &Names<'_>) -> Option<usize> {
    let text = page.text;
    if !secret.have(&text.as_bytes()[open.end..close.start]) {
        return None;
    }
    if text.as_bytes()[close.end - 1] != b'"' {
        return hide_escaped(page, close);
    }
    let value = text[close.end..].trim_start().strip_prefix(':').map(str::trim_start)?;
    let end = text.len() - value.len() + value[..value_end(value)].trim_end().len();
    page.hide(close.end - 1, end, &format!("\":\"{MASK}\""));
    Some(end)
}

/// JSON whose quotes are written as `&quot;`, `\u0022` or `%22` is hidden to the end of what holds it.
fn hide_escaped(page: &mut Page<'_>, close: Symbol) -> Option<usize> {
    let text = page.text.as_bytes();
    let start = solid(text, close.end).filter(|symbol| symbol.byte == b':')?.end;
    let is_end: fn(u8) -> bool = match close.spelling(text) {
        Spelling::Percent => |byte| matches!(byte, b'"' | b'<' | b'&'),
        Spelling::Entity => |byte| matches!(byte, b'"' | b'<'),
        Spelling::Backslash | Spelling::Plain => |byte| byte == b'"',
    };
    let mut end = start;
    while end < text.len() {
        let next = symbol(text, end);
        if next.spelling(text) == Spelling::Plain && is_end(next.byte) {
            break;
        }
        end = next.end;
    }
    page.hide(start, end, MASK);
    Some(end)
}

/// Where the string that starts the text ends, its closing quote included.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where the JSON value that starts the text ends; a text that is cut ends with it.
fn value_end(text: &str) -> usize {
    if text.starts_with('"') {
        return string_end(text);
    }
    let (mut depth, mut index) = (0usize, 0usize);
    while index < text.len() {
        match text.as_bytes()[index] {
            b'"' => {
                index += string_end(&text[index..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return if depth == 1 { index + 1 } else { index },
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return index,
            _ => {}
        }
        index += 1;
    }
    text.len()
}
