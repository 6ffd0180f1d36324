//! Why a document cannot be printed, in both languages.

use std::fmt;

/// A document is refused whole: a label whose code does not scan is worse than none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentError {
    /// The tracking number is empty, or has characters that scanners do not read alike: all but printable ASCII.
    TrackingNumber {
        /// The number as it was given.
        number: String,
    },
    /// The barcode would be wider than the label with the narrowest bars that still scan.
    TrackingNumberTooLong {
        /// The number as it was given.
        number: String,
    },
    /// A label is for parcels, and there is none.
    NoParcels,
    /// The totals of so many currencies do not fit on a page.
    TooManyCurrencies,
}

impl DocumentError {
    /// What is wrong, in English and in Arabic.
    pub fn in_words(&self) -> (String, String) {
        match self {
            Self::TrackingNumber { number } => (
                format!(
                    "the tracking number {number:?} cannot be printed as a barcode: use Latin letters, digits and signs"
                ),
                format!("لا يمكن طباعة رقم التتبع «{number}» كرمز شريطي: استخدم حروفاً لاتينية وأرقاماً ورموزاً"),
            ),
            Self::TrackingNumberTooLong { number } => (
                format!("the tracking number {number:?} is too long for a barcode that scans"),
                format!("رقم التتبع «{number}» أطول من أن يُطبع كرمز شريطي مقروء"),
            ),
            Self::NoParcels => {
                ("the shipment has no parcels to label".to_owned(), "لا توجد طرود في هذه الشحنة".to_owned())
            }
            Self::TooManyCurrencies => (
                "the manifest has more currencies than its totals have room for".to_owned(),
                "عدد العملات في الكشف أكبر من المساحة المخصصة للمجاميع".to_owned(),
            ),
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.in_words().0)
    }
}

impl std::error::Error for DocumentError {}
