//! Reading an order: every field once, into types that cannot hold nonsense; every fault named.

use payments_adapters::{self as adapters, BillInquiry, ServiceOrder};
use schemas::service::{CreateTopUp, CreateTransfer, InquireBill, PayBill, ServiceKind};
use schemas::{Currency, DecimalText, Money, Phone};
use serde::{Deserialize, Serialize};

use crate::fields::{self, Faults};
use crate::refusal::Refusal;

const LONGEST_NAME: usize = 64;
const LONGEST_NOTE: usize = 140;

/// Whom and what a service is for: people's own data, kept sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Whose bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biller: Option<String>,
    /// The subscriber's number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The telephone that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// A word for the receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Subject {
    /// Words of the provider without whom they are about: they may quote what they were told.
    pub(super) fn hidden_in(&self, words: &str) -> String {
        // The nine digits stand in every spelling of a number.
        let phone = self.phone.as_ref().map(|phone| phone.e164().trim_start_matches("+218"));
        let people = [phone, self.number.as_deref(), self.note.as_deref()];
        let hidden = people.into_iter().flatten().fold(words.to_owned(), |words, one| words.replace(one, "***"));
        kit::mask::text(&hidden, &[])
    }
}

/// An order that makes sense.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(super) kind: ServiceKind,
    pub(super) reference: String,
    pub(super) provider: Option<String>,
    pub(super) amount: Money,
    pub(super) subject: Subject,
}

impl Draft {
    /// Reads the payment of a bill.
    pub fn bill(request: PayBill) -> Result<Self, Refusal> {
        let mut faults = Faults::default();
        let subject = Subject {
            biller: name("biller", &request.biller, &mut faults),
            number: number(&request.number, &mut faults),
            ..Subject::default()
        };
        let provider = Some(request.provider);
        Self::read(ServiceKind::Bill, request.reference, provider, (request.amount, request.currency), subject, faults)
    }

    /// Reads a top-up.
    pub fn top_up(request: CreateTopUp) -> Result<Self, Refusal> {
        let (subject, money) =
            (Subject { phone: Some(request.phone), ..Subject::default() }, (request.amount, request.currency));
        Self::read(ServiceKind::TopUp, request.reference, request.provider, money, subject, Faults::default())
    }

    /// Reads a transfer.
    pub fn transfer(request: CreateTransfer) -> Result<Self, Refusal> {
        let mut faults = Faults::default();
        let long = |note: &String| note.chars().count() > LONGEST_NOTE || note.chars().any(char::is_control);
        if request.note.as_ref().is_some_and(long) {
            faults.add(
                "note",
                format!("at most {LONGEST_NOTE} characters, none of them a control character"),
                format!("{LONGEST_NOTE} حرفاً على الأكثر دون محارف تحكم"),
            );
        }
        let note = request.note.filter(|note| !note.trim().is_empty());
        let subject = Subject { phone: Some(request.phone), note, ..Subject::default() };
        let (provider, money) = (Some(request.provider), (request.amount, request.currency));
        Self::read(ServiceKind::Transfer, request.reference, provider, money, subject, faults)
    }

    fn read(
        kind: ServiceKind,
        reference: String,
        provider: Option<String>,
        (amount, currency): (DecimalText, Currency),
        subject: Subject,
        mut faults: Faults,
    ) -> Result<Self, Refusal> {
        fields::reference(&reference, &mut faults);
        let amount = fields::amount("amount", &amount.0, currency, &mut faults);
        faults.or(amount.map(|amount| Self { kind, reference, provider, amount, subject }))
    }

    /// What the provider is told.
    pub(super) fn order(&self, wire_reference: String) -> ServiceOrder {
        let Subject { biller, number, phone, note } = self.subject.clone();
        ServiceOrder {
            reference: wire_reference,
            kind: adapter_kind(self.kind),
            amount: self.amount,
            biller,
            number,
            phone,
            note,
        }
    }
}

/// Reads a question about a bill.
pub(super) fn inquiry(request: &InquireBill) -> Result<BillInquiry, Refusal> {
    let mut faults = Faults::default();
    let biller = name("biller", &request.biller, &mut faults);
    let number = number(&request.number, &mut faults);
    faults.or(biller.zip(number).map(|(biller, number)| BillInquiry { biller, number }))
}

/// The port's word for a kind.
pub(super) const fn adapter_kind(kind: ServiceKind) -> adapters::ServiceKind {
    match kind {
        ServiceKind::Bill => adapters::ServiceKind::Bill,
        ServiceKind::TopUp => adapters::ServiceKind::TopUp,
        ServiceKind::Transfer => adapters::ServiceKind::Transfer,
    }
}

/// Who writes a number in Arabic-Indic digits means the same one.
fn number(text: &str, faults: &mut Faults) -> Option<String> {
    let digits = text.chars().map(|letter| match letter {
        '٠'..='٩' => char::from_digit(letter as u32 - '٠' as u32, 10).unwrap_or(letter),
        _ => letter,
    });
    name("number", &digits.collect::<String>(), faults)
}

fn name(field: &str, text: &str, faults: &mut Faults) -> Option<String> {
    let text = text.trim();
    let wrong = text.is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control);
    if wrong {
        faults.add(
            field,
            format!("1 to {LONGEST_NAME} characters, none of them a control character"),
            format!("من 1 إلى {LONGEST_NAME} حرفاً دون محارف تحكم"),
        );
    }
    (!wrong).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_words_are_about_is_not_kept_with_them() {
        let subject = Subject {
            biller: Some("water".to_owned()),
            number: Some("45-77".to_owned()),
            phone: Phone::parse("0917364518").ok(),
            note: Some("for Salma".to_owned()),
        };
        for (words, kept) in [
            ("no wallet of 0917364518 or +218917364518", "no wallet of 0*** or +218***"),
            ("water knows no 45-77: \"for Salma\"", "water knows no ***: \"***\""),
            ("insufficient_balance", "insufficient_balance"),
            ("paid by 4000000000000002", "paid by ***"),
        ] {
            let hidden = subject.hidden_in(words);
            assert!(hidden == kept || (kept.ends_with("by ***") && !hidden.contains("4000000000000002")), "{hidden}");
        }
    }
}
