//! Fields that several areas read in the same way: every fault is named, in both languages.

use schemas::payment::Evidence;
use schemas::{Currency, FieldError, Money, MoneyError, Text};

use crate::refusal::Refusal;

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<FieldError>);

impl Faults {
    /// One more field at fault.
    pub fn add(&mut self, field: &str, en: impl Into<String>, ar: impl Into<String>) {
        self.0.push(FieldError::new(field, Text::new(en, ar)));
    }

    /// What was read, if nothing was wrong with the request.
    pub fn or<T>(self, read: Option<T>) -> Result<T, Refusal> {
        read.filter(|_| self.0.is_empty()).ok_or(Refusal::Invalid(self.0))
    }
}

/// Reads an amount that must be greater than zero.
pub fn amount(field: &str, text: &str, currency: Currency, faults: &mut Faults) -> Option<Money> {
    match Money::parse(text, currency) {
        Ok(money) if money.minor > 0 => return Some(money),
        Ok(_) => faults.add(field, "the amount must be greater than zero", "يجب أن يكون المبلغ أكبر من الصفر"),
        Err(error @ MoneyError::NotDecimal) => {
            faults.add(field, error.to_string(), "المتوقع رقم عشري مثل \"12.500\" دون إشارة أو أس أو فراغات");
        }
        Err(error @ MoneyError::TooManyDecimals { .. }) => {
            faults.add(
                field,
                error.to_string(),
                format!("عدد الخانات العشرية لعملة {currency} هو {} على الأكثر", currency.exponent()),
            );
        }
        Err(error @ MoneyError::TooLarge) => faults.add(field, error.to_string(), "المبلغ كبير جداً"),
    }
    None
}

/// Checks a store's own name for something.
pub fn reference(reference: &str, faults: &mut Faults) {
    let length = reference.chars().count();
    if !(1..=128).contains(&length) || reference.chars().any(char::is_control) || reference.trim().is_empty() {
        faults.add(
            "reference",
            "1 to 128 characters, none of them a control character",
            "من 1 إلى 128 حرفاً دون محارف تحكم",
        );
    }
}

/// Checks a person's proof.
pub fn evidence(evidence: &Evidence) -> Result<(), Refusal> {
    for (field, value) in [("evidence.by", &evidence.by), ("evidence.document", &evidence.document)] {
        if value.trim().is_empty() || value.chars().count() > 500 {
            return Err(Refusal::field(field, "1 to 500 characters", "من 1 إلى 500 حرف"));
        }
    }
    Ok(())
}
