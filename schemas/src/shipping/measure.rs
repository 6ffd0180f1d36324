//! Weights and lengths: integers of the smallest step, decimal text outside, floats nowhere.

use std::fmt;

/// A weight of whole grams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(i64);

/// A length of whole millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Length(i64);

/// Why a text is not a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// Signs, exponents, separators, blanks, or nothing at all.
    #[error("expected a decimal such as \"2.5\", without sign, exponent or blanks")]
    NotDecimal,
    /// Finer than the smallest step.
    #[error("{0} decimals at most")]
    TooManyDecimals(usize),
    /// Nothing weighs or measures nothing.
    #[error("it must be greater than zero")]
    Zero,
    /// Larger than anything that is carried.
    #[error("it is larger than anything that is carried")]
    TooLarge,
}

impl Weight {
    /// The heaviest that is read: ten tonnes.
    const MOST: i64 = 10_000_000;

    /// So many grams.
    pub const fn grams(grams: i64) -> Self {
        Self(grams)
    }

    /// So many whole kilograms.
    pub const fn kilograms(kilograms: i64) -> Self {
        Self(kilograms * 1_000)
    }

    /// Reads kilograms, with three decimals at most.
    pub fn parse_kilograms(text: &str) -> Result<Self, MeasureError> {
        steps(text, 3, Self::MOST).map(Self)
    }

    /// In grams.
    pub const fn in_grams(self) -> i64 {
        self.0
    }

    /// Rounded up to whole kilograms, as carriers bill.
    pub const fn whole_kilograms(self) -> i64 {
        (self.0 + 999) / 1_000
    }
}

impl Length {
    /// The longest that is read: a hundred metres.
    const MOST: i64 = 100_000;

    /// So many millimetres.
    pub const fn millimetres(millimetres: i64) -> Self {
        Self(millimetres)
    }

    /// So many whole centimetres.
    pub const fn centimetres(centimetres: i64) -> Self {
        Self(centimetres * 10)
    }

    /// Reads centimetres, with one decimal at most.
    pub fn parse_centimetres(text: &str) -> Result<Self, MeasureError> {
        steps(text, 1, Self::MOST).map(Self)
    }

    /// In millimetres.
    pub const fn in_millimetres(self) -> i64 {
        self.0
    }

    /// Rounded up to whole centimetres, as carriers measure.
    pub const fn whole_centimetres(self) -> i64 {
        (self.0 + 9) / 10
    }
}

/// Kilograms without needless zeros: `2.5`.
impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_steps(f, self.0, 3)
    }
}

/// Centimetres without needless zeros: `30` or `30.5`.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_steps(f, self.0, 1)
    }
}

fn steps(text: &str, decimals: usize, most: i64) -> Result<i64, MeasureError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(MeasureError::NotDecimal),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(MeasureError::NotDecimal);
    }
    if fraction.len() > decimals {
        return Err(MeasureError::TooManyDecimals(decimals));
    }
    match format!("{whole}{fraction:0<decimals$}").parse() {
        Ok(0) => Err(MeasureError::Zero),
        Ok(steps) if steps <= most => Ok(steps),
        _ => Err(MeasureError::TooLarge),
    }
}

fn write_steps(f: &mut fmt::Formatter<'_>, steps: i64, decimals: usize) -> fmt::Result {
    let unit = 10_i64.pow(u32::try_from(decimals).unwrap_or_default());
    let fraction = format!("{:0decimals$}", steps % unit);
    match fraction.trim_end_matches('0') {
        "" => write!(f, "{}", steps / unit),
        fraction => write!(f, "{}.{fraction}", steps / unit),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(grams in 1..=Weight::MOST, millimetres in 1..=Length::MOST) {
            prop_assert_eq!(Weight::parse_kilograms(&Weight::grams(grams).to_string()), Ok(Weight::grams(grams)));
            let length = Length::millimetres(millimetres);
            prop_assert_eq!(Length::parse_centimetres(&length.to_string()), Ok(length));
        }

        #[test]
        fn nonsense_is_refused_without_panic(text in "\\PC{0,30}") {
            if let Ok(weight) = Weight::parse_kilograms(&text) {
                prop_assert!((1..=Weight::MOST).contains(&weight.in_grams()));
            }
        }
    }

    #[test]
    fn steps_are_exact() {
        assert_eq!(Weight::parse_kilograms("2.5"), Ok(Weight::grams(2_500)));
        assert_eq!(Weight::parse_kilograms("0.001"), Ok(Weight::grams(1)));
        assert_eq!(Weight::parse_kilograms("0.0005"), Err(MeasureError::TooManyDecimals(3)));
        assert_eq!(Weight::parse_kilograms("0"), Err(MeasureError::Zero));
        assert_eq!(Length::parse_centimetres("30.5"), Ok(Length::millimetres(305)));
        assert_eq!(Length::parse_centimetres("99999999999999999999"), Err(MeasureError::TooLarge));
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "١"] {
            assert_eq!(Weight::parse_kilograms(text), Err(MeasureError::NotDecimal), "{text:?}");
        }
    }

    #[test]
    fn carriers_round_up() {
        assert_eq!(Weight::grams(1_001).whole_kilograms(), 2);
        assert_eq!(Weight::grams(1_000).whole_kilograms(), 1);
        assert_eq!(Length::millimetres(301).whole_centimetres(), 31);
    }
}
