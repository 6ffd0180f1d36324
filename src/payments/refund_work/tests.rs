//! The decision on a refund: what remains is the only proof, and nothing is ever sent twice.

use proptest::prelude::*;
use schemas::Currency;

use super::super::samples::{AMOUNT, PRICE, START, attempt, minutes, refund};
use super::*;

const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// What becomes of a call that was sent.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// Acted on and answered.
    Answered,
    /// Acted on; the answer was lost.
    Lost,
    /// Not acted on, and nobody knows.
    Vanished,
    /// Not acted on, and said so.
    Refused,
    /// It never arrived, which is certain.
    NeverLeft,
    /// Something on the way said that it never arrived; it was acted on all the same.
    ActedAndDenied,
}

fn fates() -> impl Strategy<Value = Fate> {
    prop::sample::select(vec![
        Fate::Answered,
        Fate::Lost,
        Fate::Vanished,
        Fate::Refused,
        Fate::NeverLeft,
        Fate::ActedAndDenied,
    ])
}

fn sale(remaining: i64, only_whole: bool) -> Transaction {
    Transaction {
        id: "1000001".to_owned(),
        kind: TransactionKind::Sale,
        approved: true,
        declined: false,
        amount: Ok(PRICE),
        ours: true,
        remaining: Some(Money::new(remaining, Currency::Lyd)),
        only_whole,
        raw_status: "Approved/Approved".to_owned(),
    }
}

fn paid_attempt() -> Attempt {
    Attempt { provider_transaction: Some("1000001".to_owned()), ..attempt(1, START) }
}

fn asked(refund: &Refund, remaining: i64, now: Time) -> Decision {
    decide(refund, &paid_attempt(), &[sale(remaining, false)], now, PATIENCE)
}

/// The provider and one refund: how often it was sent, and how often it moved money.
struct Play {
    refund: Refund,
    remaining: i64,
    sent: usize,
    moved: i64,
}

impl Play {
    /// What the handler keeps before and after the call.
    fn send(&mut self, sale: String, fate: Fate, now: Time) {
        self.sent += 1;
        let refund = &mut self.refund;
        refund.provider_transaction = Some(sale);
        refund.status = RefundStatus::Processing;
        refund.remaining_before = Some(self.remaining);
        refund.unknown_since = Some(now);
        refund.refused = matches!(fate, Fate::Refused);
        match fate {
            Fate::Answered | Fate::Lost => {
                self.remaining -= refund.amount;
                self.moved += refund.amount;
            }
            Fate::ActedAndDenied => {
                self.remaining -= refund.amount;
                self.moved += refund.amount;
                refund.status = RefundStatus::Pending;
                refund.unknown_since = None;
            }
            Fate::NeverLeft => {
                refund.status = RefundStatus::Pending;
                refund.unknown_since = None;
                self.sent -= 1;
            }
            Fate::Vanished | Fate::Refused => {}
        }
    }

    /// Asks until it is decided; now and then nobody answers.
    fn run(&mut self, fates: &[Fate], silences: &[bool]) -> Decision {
        let mut fates = fates.iter();
        let mut now = START;
        for step in 0..1_000 {
            now = now.after(minutes(10));
            let decision = match silences.get(step) {
                Some(true) => undecided(&self.refund, now, PATIENCE),
                _ => asked(&self.refund, self.remaining, now),
            };
            match decision {
                Decision::Send { sale, remaining } => {
                    assert_eq!(remaining, self.remaining);
                    self.send(sale, fates.next().copied().unwrap_or(Fate::Answered), now);
                }
                Decision::Later => {}
                end => return end,
            }
        }
        panic!("it is never decided: {:?}", self.refund);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn refunds_move_what_they_say_once_and_never_more_than_was_paid(
        amounts in prop::collection::vec(1..=AMOUNT, 1..6),
        fates in prop::collection::vec(fates(), 12),
        silences in prop::collection::vec(any::<bool>(), 0..20),
    ) {
        let (mut remaining, mut given_back) = (AMOUNT, 0);
        for (index, amount) in amounts.into_iter().enumerate() {
            let mut play = Play { refund: refund(amount), remaining, sent: 0, moved: 0 };
            let end = play.run(&fates[index * 2..], &silences);
            prop_assert!(play.sent <= 1, "sent {} times", play.sent);
            let proved = if end == Decision::Succeeded { amount } else { 0 };
            prop_assert_eq!(play.moved, proved, "{:?}", end);
            remaining = play.remaining;
            given_back += play.moved;
        }
        prop_assert!(given_back <= AMOUNT);
        prop_assert_eq!(given_back + remaining, AMOUNT);
    }

    #[test]
    fn what_may_have_left_is_never_sent_again(
        before in 0..=AMOUNT, remaining in 0..=AMOUNT, amount in 1..=AMOUNT,
        refused in any::<bool>(), only_whole in any::<bool>(), waited in 0..100_u64,
    ) {
        let mut refund = refund(amount);
        refund.status = RefundStatus::Processing;
        refund.remaining_before = Some(before);
        refund.unknown_since = Some(START);
        refund.refused = refused;
        let now = START.after(minutes(60 * waited));
        let decision = decide(&refund, &paid_attempt(), &[sale(remaining, only_whole)], now, PATIENCE);
        let sends = matches!(decision, Decision::Send { .. });
        prop_assert!(!sends, "{:?}", decision);
        // Silence alone is no failure, however long it lasts.
        let failed = matches!(decision, Decision::Failed(_));
        prop_assert!(!failed || (refused && remaining == before), "{:?}", decision);
        prop_assert_eq!(decision == Decision::Succeeded, remaining == before - amount);
    }
}

fn send(remaining: i64) -> Decision {
    Decision::Send { sale: paid_attempt().provider_transaction.unwrap_or_default(), remaining }
}

#[test]
fn what_remains_decides_whether_a_refund_is_sent() {
    let part = refund(5_000);
    assert_eq!(asked(&part, AMOUNT, START), send(AMOUNT));
    assert_eq!(asked(&part, 5_000, START), send(5_000));
    assert!(matches!(asked(&part, 4_999, START), Decision::Failed(message) if message.contains("4.999")));
}

#[test]
fn before_settlement_a_part_waits_and_the_whole_goes() {
    let early = |amount, remaining| {
        decide(&refund(amount), &paid_attempt(), &[sale(remaining, true)], START.after(minutes(6_000)), PATIENCE)
    };
    assert_eq!(early(5_000, AMOUNT), Decision::Later);
    assert_eq!(early(AMOUNT, AMOUNT), send(AMOUNT));
}

#[test]
fn a_sale_that_is_not_there_is_for_a_person() {
    let (refund, attempt) = (refund(5_000), paid_attempt());
    let mismatch = Decision::Review(ReviewReason::RefundMismatch);
    assert_eq!(decide(&refund, &attempt, &[], START, PATIENCE), mismatch);
    let other = Transaction { id: "1000002".to_owned(), ..sale(AMOUNT, false) };
    assert_eq!(decide(&refund, &attempt, &[other], START, PATIENCE), mismatch);
    let unread = Transaction { remaining: None, ..sale(AMOUNT, false) };
    assert_eq!(decide(&refund, &attempt, &[unread], START, PATIENCE), mismatch);
    let declined = Transaction { approved: false, ..sale(AMOUNT, false) };
    assert_eq!(decide(&refund, &attempt, &[declined], START, PATIENCE), mismatch);
}

#[test]
fn a_customer_who_paid_twice_gets_both_back() {
    let second = |remaining| Transaction { id: "1000002".to_owned(), ..sale(remaining, false) };
    let both = |refund: &Refund, first, other| {
        decide(refund, &paid_attempt(), &[sale(first, false), second(other)], START, PATIENCE)
    };
    assert_eq!(both(&refund(AMOUNT), AMOUNT, AMOUNT), send(AMOUNT));
    // The first is gone: the second one carries the next, and is the one that is looked at afterwards.
    let Decision::Send { sale, remaining } = both(&refund(AMOUNT), 0, AMOUNT) else { panic!("nothing is sent") };
    assert_eq!((sale.as_str(), remaining), ("1000002", AMOUNT));
    let mut sent = refund(AMOUNT);
    sent.status = RefundStatus::Processing;
    sent.provider_transaction = Some(sale);
    sent.remaining_before = Some(AMOUNT);
    assert_eq!(both(&sent, 0, 0), Decision::Succeeded);
    assert_eq!(both(&sent, 0, AMOUNT), Decision::Later);
    // Nothing takes from two at once.
    assert!(matches!(both(&refund(AMOUNT), 6_000, 6_500), Decision::Failed(_)));
}

#[test]
fn what_somebody_else_took_is_for_a_person() {
    let mut refund = refund(5_000);
    refund.status = RefundStatus::Processing;
    refund.remaining_before = Some(AMOUNT);
    refund.unknown_since = Some(START);
    assert_eq!(asked(&refund, AMOUNT - 3_000, START), Decision::Review(ReviewReason::RefundMismatch));
    assert_eq!(asked(&refund, AMOUNT + 1, START), Decision::Review(ReviewReason::RefundMismatch));
    assert_eq!(asked(&refund, AMOUNT - 5_000, START), Decision::Succeeded);
    assert_eq!(asked(&refund, AMOUNT, START.after(PATIENCE)), Decision::Review(ReviewReason::Unresolved));
}
