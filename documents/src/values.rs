//! The values that every document prints: names in two languages, amounts and weights, all in Latin digits as Libya writes them.

/// A name in English and in Arabic. Where one is empty, only the other is printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bilingual {
    /// In English.
    pub en: String,
    /// In Arabic.
    pub ar: String,
}

impl Bilingual {
    /// A name in both languages.
    pub fn new(en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self { en: en.into(), ar: ar.into() }
    }

    /// In each language where there is one, and else in the other: English, Arabic.
    pub(crate) fn filled(&self) -> (&str, &str) {
        let is_said = |name: &str| !name.trim().is_empty();
        (if is_said(&self.en) { &self.en } else { &self.ar }, if is_said(&self.ar) { &self.ar } else { &self.en })
    }
}

/// What the driver collects at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cash {
    /// In the currency's smallest unit: dirhams for LYD.
    pub minor_units: u64,
    /// How many decimals the currency has: 3 for LYD.
    pub decimals: u8,
    /// Its ISO 4217 code.
    pub currency: String,
}

impl Cash {
    /// `1,250.500 LYD`
    pub(crate) fn text(&self) -> String {
        format!("{} {}", amount(u128::from(self.minor_units), self.decimals), self.currency)
    }
}

/// Minor units as a decimal number in groups of three: `1,250.500`.
pub(crate) fn amount(minor_units: u128, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{minor_units:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let mut text = String::new();
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Grams as kilograms: `1.25 kg`. Trailing zeros say nothing on a label.
pub(crate) fn weight(grams: u128) -> String {
    let text = amount(grams, 3);
    format!("{} kg", text.trim_end_matches('0').trim_end_matches('.'))
}
