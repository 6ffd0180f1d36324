//! The product's own data: banks, cards and limits, as the platform's integration guide gives them.

use schemas::payment::{CardType, Method};
use schemas::{Currency, Money};
use serde::Serialize;

/// A Libyan bank whose cards and transfers are taken.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Bank {
    /// The word in requests.
    pub id: &'static str,
    /// The guide's code.
    pub code: &'static str,
    /// English.
    pub name: &'static str,
    /// Arabic.
    pub name_ar: &'static str,
    /// Schemes of its cards. The guide's `mada` is a Saudi scheme; Libya's debit scheme is NUMO.
    pub cards: &'static [&'static str],
    /// Whether transfers from it are taken.
    pub transfer: bool,
}

/// The guide's banks.
pub const BANKS: [Bank; 5] = [
    Bank {
        id: "national_commercial",
        code: "NBC",
        name: "National Commercial Bank",
        name_ar: "البنك الوطني التجاري",
        cards: &["numo", "visa", "mastercard"],
        transfer: true,
    },
    Bank {
        id: "jumhouria",
        code: "JUM",
        name: "Jumhouria Bank",
        name_ar: "بنك الجمهورية",
        cards: &["numo", "visa", "mastercard"],
        transfer: true,
    },
    Bank {
        id: "sahara",
        code: "SAH",
        name: "Sahara Bank",
        name_ar: "بنك الصحراء",
        cards: &["numo", "visa"],
        transfer: true,
    },
    Bank {
        id: "wahda",
        code: "WAH",
        name: "Wahda Bank",
        name_ar: "بنك الوحدة",
        cards: &["numo", "visa", "mastercard"],
        transfer: true,
    },
    Bank {
        id: "commerce_development",
        code: "BCD",
        name: "Bank of Commerce and Development",
        name_ar: "بنك التجارة والتنمية",
        cards: &["numo", "visa"],
        transfer: false,
    },
];

/// The bank of an id or of the guide's code.
pub fn bank(id: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|bank| bank.id == id || bank.code == id)
}

/// The least and the most that a method takes, in dirham; only LYD has limits in the guide.
pub fn limits(method: Method, card_type: Option<CardType>) -> Option<(Money, Money)> {
    let lyd = |minor| Money::new(minor, Currency::Lyd);
    match (method, card_type) {
        (Method::Card, Some(CardType::Credit)) => Some((lyd(1_000), lyd(50_000_000))),
        (Method::Card, Some(CardType::Debit)) => Some((lyd(500), lyd(25_000_000))),
        (Method::Card, None) => Some((lyd(500), lyd(50_000_000))),
        _ => None,
    }
}

/// How long the method takes to be proved, English and Arabic.
pub fn processing_time(method: Method) -> (&'static str, &'static str) {
    match method {
        Method::Card | Method::Wallet => ("at once", "فوري"),
        Method::BankTransfer => ("1-3 working days", "1-3 أيام عمل"),
        Method::CashOnDelivery => ("on delivery", "عند التسليم"),
    }
}
