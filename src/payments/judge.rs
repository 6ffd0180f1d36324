//! The verdict: what the provider's own records prove about one attempt. A pure function.

use payments_adapters::{Transaction, TransactionKind};
use schemas::Money;
use schemas::payment::ReviewReason;

/// What the records prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing, so far.
    Silent,
    /// The customer paid exactly what was asked.
    Paid {
        /// The provider's id of the sale.
        transaction: String,
        /// The provider's own word.
        raw: String,
        /// How many approved sales stand under this one reference.
        sales: usize,
    },
    /// The provider refused.
    Declined {
        /// The provider's own word.
        raw: String,
    },
    /// Money seems to have moved, but not as asked.
    Mismatch {
        /// In what way.
        reason: ReviewReason,
        /// The provider's own word.
        raw: String,
    },
}

/// Judges the transactions that stand under an attempt's wire reference.
pub fn judge(expected: Money, transactions: &[Transaction]) -> Verdict {
    let sales = || transactions.iter().filter(|transaction| transaction.kind == TransactionKind::Sale);
    let approved: Vec<&Transaction> = sales().filter(|sale| sale.approved).collect();
    for sale in &approved {
        let reason = match &sale.amount {
            _ if !sale.ours => ReviewReason::AnswerMismatch,
            Err(_) => ReviewReason::AnswerMismatch,
            Ok(amount) if *amount != expected => ReviewReason::AmountMismatch,
            Ok(_) => continue,
        };
        return Verdict::Mismatch { reason, raw: sale.raw_status.clone() };
    }
    if let Some(sale) = approved.first() {
        return Verdict::Paid { transaction: sale.id.clone(), raw: sale.raw_status.clone(), sales: approved.len() };
    }
    // A card may be tried several times under one reference: the last word counts, and only if it is a word.
    match sales().next_back() {
        Some(sale) if sale.declined => Verdict::Declined { raw: sale.raw_status.clone() },
        _ => Verdict::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::Currency;

    const ASKED: Money = Money::new(12_500, Currency::Lyd);

    fn sale(id: &str, approved: bool) -> Transaction {
        Transaction {
            id: id.to_owned(),
            kind: TransactionKind::Sale,
            approved,
            declined: !approved,
            amount: Ok(ASKED),
            ours: true,
            remaining: None,
            only_whole: false,
            raw_status: "raw".to_owned(),
        }
    }

    #[test]
    fn only_an_approved_sale_of_the_very_amount_at_our_terminal_pays() {
        assert!(matches!(judge(ASKED, &[sale("1", true)]), Verdict::Paid { sales: 1, .. }));
        let mismatch = |change: fn(&mut Transaction)| {
            let mut sale = sale("1", true);
            change(&mut sale);
            judge(ASKED, &[sale])
        };
        let reason = |verdict| match verdict {
            Verdict::Mismatch { reason, .. } => Some(reason),
            _ => None,
        };
        let amount = |sale: &mut Transaction| sale.amount = Ok(Money::new(12_501, Currency::Lyd));
        assert_eq!(reason(mismatch(amount)), Some(ReviewReason::AmountMismatch));
        let currency = |sale: &mut Transaction| sale.amount = Ok(Money::new(12_500, Currency::Usd));
        assert_eq!(reason(mismatch(currency)), Some(ReviewReason::AmountMismatch));
        assert_eq!(reason(mismatch(|sale| sale.ours = false)), Some(ReviewReason::AnswerMismatch));
        assert_eq!(reason(mismatch(|sale| sale.amount = Err("12.500".into()))), Some(ReviewReason::AnswerMismatch));
        assert_eq!(mismatch(|sale| sale.kind = TransactionKind::Refund), Verdict::Silent);
        assert_eq!(mismatch(|sale| sale.approved = false), Verdict::Silent);
    }

    #[test]
    fn a_decline_stands_until_a_later_try_is_approved() {
        assert!(matches!(judge(ASKED, &[sale("1", false)]), Verdict::Declined { .. }));
        assert!(matches!(judge(ASKED, &[sale("1", false), sale("2", true)]), Verdict::Paid { .. }));
        assert!(matches!(judge(ASKED, &[sale("1", true), sale("2", false)]), Verdict::Paid { .. }));
        assert_eq!(judge(ASKED, &[]), Verdict::Silent);
    }

    #[test]
    fn two_approved_sales_are_told() {
        assert!(matches!(judge(ASKED, &[sale("1", true), sale("2", true)]), Verdict::Paid { sales: 2, .. }));
    }
}
