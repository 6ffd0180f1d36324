//! Money: integers of the minor unit with an ISO 4217 exponent; decimal text outside, floats nowhere.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The largest amount that is read, in minor units (a billion dinars); sums of such amounts cannot overflow.
const LARGEST: i64 = 1_000_000_000_000;

/// A currency with its ISO 4217 exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Libyan dinar: 1000 dirham.
    Lyd,
    /// United States dollar: 100 cents.
    Usd,
    /// Euro: 100 cents.
    Eur,
}

impl Currency {
    /// How many decimals the minor unit has (ISO 4217).
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Lyd => 3,
            Self::Usd | Self::Eur => 2,
        }
    }

    /// The alphabetic ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lyd => "LYD",
            Self::Usd => "USD",
            Self::Eur => "EUR",
        }
    }

    /// The numeric ISO 4217 code.
    pub const fn number(self) -> &'static str {
        match self {
            Self::Lyd => "434",
            Self::Usd => "840",
            Self::Eur => "978",
        }
    }

    /// Reads an alphabetic code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Lyd, Self::Usd, Self::Eur].into_iter().find(|currency| currency.code() == code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Signs, exponents, separators, blanks, or nothing at all.
    #[error("expected a decimal such as \"12.500\", without sign, exponent or blanks")]
    NotDecimal,
    /// More decimals than the currency has.
    #[error("{currency} has {} decimals at most", currency.exponent())]
    TooManyDecimals {
        /// The currency that the text was read for.
        currency: Currency,
    },
    /// Larger than any amount that is handled.
    #[error("the amount is too large")]
    TooLarge,
}

/// An amount of minor units in a currency. Never negative when read from text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units: dirham for LYD.
    pub minor: i64,
    /// What the units are of.
    pub currency: Currency,
}

impl Money {
    /// Puts minor units and a currency together.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a decimal text such as `12.5` or `12.500`; fewer decimals than the currency has are fine.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(MoneyError::NotDecimal),
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(MoneyError::NotDecimal);
        }
        let exponent = currency.exponent() as usize;
        if fraction.len() > exponent {
            return Err(MoneyError::TooManyDecimals { currency });
        }
        let minor = format!("{whole}{fraction:0<exponent$}").parse().map_err(|_| MoneyError::TooLarge)?;
        if minor > LARGEST {
            return Err(MoneyError::TooLarge);
        }
        Ok(Self { minor, currency })
    }
}

impl fmt::Display for Money {
    /// The decimal text of the major unit with every decimal of the currency: `12.500`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let unit = 10u64.pow(exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        write!(f, "{sign}{}.{:0width$}", minor / unit, minor % unit, width = exponent as usize)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.currency)
    }
}

/// A decimal text as JSON carries it; a JSON number is refused, since it may have been a float.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(value_type = String, example = "12.500")]
pub struct DecimalText(pub String);

impl<'de> Deserialize<'de> for DecimalText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = DecimalText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal text such as \"12.500\" (numbers are refused for money)")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<DecimalText, E> {
                Ok(DecimalText(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor in 0..=LARGEST) {
            let money = Money::new(minor, Currency::Lyd);
            prop_assert_eq!(Money::parse(&money.to_string(), Currency::Lyd), Ok(money));
        }

        #[test]
        fn nonsense_is_refused_without_panic(text in "\\PC{0,30}") {
            if let Ok(money) = Money::parse(&text, Currency::Lyd) {
                prop_assert!(money.minor >= 0 && money.minor <= LARGEST);
            }
        }
    }

    #[test]
    fn three_decimals_and_no_more() {
        let parse = |text| Money::parse(text, Currency::Lyd).map(|money| money.minor);
        assert_eq!(parse("12.5"), Ok(12_500));
        assert_eq!(parse("0.001"), Ok(1));
        assert_eq!(parse("12.5000"), Err(MoneyError::TooManyDecimals { currency: Currency::Lyd }));
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "١", "0x1", "NaN"] {
            assert_eq!(parse(text), Err(MoneyError::NotDecimal), "{text:?}");
        }
        assert_eq!(parse("99999999999999999999"), Err(MoneyError::TooLarge));
    }

    #[test]
    fn a_json_number_is_not_an_amount() {
        assert!(serde_json::from_str::<DecimalText>("12.5").is_err());
        assert!(serde_json::from_str::<DecimalText>("\"12.5\"").is_ok());
    }
}
