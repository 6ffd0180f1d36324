//! Card numbers, wherever they stand.

use super::MASK;

/// Masks runs of 16 to 19 digits that pass the Luhn check.
pub(super) fn numbers(text: String) -> String {
    let bytes = text.as_bytes();
    let mut out: Option<String> = None;
    let (mut index, mut copied) = (0, 0);
    while index < bytes.len() {
        if !bytes[index].is_ascii_digit() {
            index += 1;
            continue;
        }
        let start = index;
        while index < bytes.len() && bytes[index].is_ascii_digit() {
            index += 1;
        }
        if (16..=19).contains(&(index - start)) && luhn(&bytes[start..index]) {
            let out = out.get_or_insert_with(|| String::with_capacity(text.len()));
            out.push_str(&text[copied..start]);
            out.push_str(MASK);
            copied = index;
        }
    }
    match out {
        Some(mut out) => {
            out.push_str(&text[copied..]);
            out
        }
        None => text,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') * if index % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}
