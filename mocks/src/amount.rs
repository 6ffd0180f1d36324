//! Amounts of LYD as decimal text, exactly; a dirham is a thousandth.

/// Larger amounts are a mistake: a hundred million dinar.
pub(crate) const LIMIT: i64 = 100_000_000_000;

/// `12.500` is 12500 dirham; more than three decimals are refused, never rounded.
pub(crate) fn dirham(text: &str) -> Result<i64, String> {
    let wrong = || format!("the amount {text} is not a decimal text above 0 with at most three decimals");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return Err(wrong());
    }
    let amount = format!("{whole}{fraction:0<3}").parse::<i64>().ok();
    amount.filter(|amount| (1..=LIMIT).contains(amount)).ok_or_else(wrong)
}

/// 12500 dirham as `12.500`.
pub(crate) fn decimal(dirham: i64) -> String {
    format!("{}.{:03}", dirham / 1000, dirham % 1000)
}

/// The same with two decimals, where they can carry it.
pub(crate) fn two_decimals(dirham: i64) -> Option<String> {
    (dirham % 10 == 0).then(|| format!("{}.{:02}", dirham / 1000, dirham % 1000 / 10))
}

#[cfg(test)]
mod tests {
    use super::{decimal, dirham, two_decimals};

    #[test]
    fn amounts_are_exact() {
        for (text, expected) in [("12.500", 12_500), ("12.5", 12_500), ("7", 7_000), ("0.001", 1)] {
            assert_eq!(dirham(text), Ok(expected), "{text}");
        }
        for text in ["", "0", "-1", "1.0000", "1.", ".5", "1,5", "1e3", "99999999999999999999"] {
            assert!(dirham(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_are_written() {
        assert_eq!((decimal(12_500), decimal(5)), ("12.500".to_owned(), "0.005".to_owned()));
        assert_eq!((two_decimals(12_550).as_deref(), two_decimals(12_505)), (Some("12.55"), None));
    }
}
