//! The state machine of a payment under any order of events, a day of life in no time.

mod world;

use proptest::prelude::*;
use schemas::payment::{AttemptStatus, PaymentStatus, ReviewReason};

use super::super::samples::{AMOUNT, START, attempt, minutes, payment};
use super::*;
use crate::payments::schedule;
use world::{Confirmation, Move, World};

fn confirmations() -> impl Strategy<Value = Confirmation> {
    use Confirmation::{ActedThenCut, CutBefore, Killed, NeverSent, Paid, Refused, WrongCode};
    prop::sample::select(vec![Paid, ActedThenCut, CutBefore, NeverSent, WrongCode, Refused, Killed])
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let index = 0..3_usize;
    let one = prop_oneof![
        3 => index.clone().prop_map(Move::Hint),
        6 => index.clone().prop_map(Move::Ask),
        4 => index.clone().prop_map(Move::NoAnswer),
        2 => index.clone().prop_map(Move::Pay),
        1 => index.clone().prop_map(Move::Decline),
        1 => index.clone().prop_map(Move::Underpay),
        1 => index.clone().prop_map(Move::Unpaid),
        4 => index.clone().prop_map(Move::Confirm),
        4 => (index.clone(), confirmations()).prop_map(|(index, confirmation)| Move::Answer(index, confirmation)),
        2 => Just(Move::Switch),
        1 => Just(Move::Cancel),
        1 => Just(Move::Outage),
        4 => (1..600_u16).prop_map(Move::Pass),
    ];
    prop::collection::vec(one, 1..40)
}

/// What a store sees of a payment in the end.
fn outcome(world: &World) -> (PaymentStatus, i64, Option<ReviewReason>, bool, bool, Vec<usize>, Vec<usize>) {
    let payment = &world.case.payment;
    let (paid, doubtful) = (world.with(AttemptStatus::Paid), world.with(AttemptStatus::NeedsReview));
    (payment.status, payment.paid_amount, payment.review(), payment.late, payment.holds_reference, paid, doubtful)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_no_money_is_lost_invented_or_counted_twice(moves in moves()) {
        let mut world = World::new();
        moves.into_iter().for_each(|step| world.play(step));
        world.run_out(true);
        let undecided = (world.with(AttemptStatus::Open), world.with(AttemptStatus::Unknown));
        prop_assert_eq!(undecided, (vec![], vec![]), "all is asked, and this is still open");
        // Whatever the provider has approved is found, once something says where to look.
        for index in 0..world.case.attempts.len() {
            world.hint(index);
            world.play(Move::Ask(index));
            let status = world.case.attempts[index].status;
            let told = matches!(status, AttemptStatus::Paid | AttemptStatus::NeedsReview);
            prop_assert!(told || world.sales(index) == 0, "attempt {} is {} all the same", index, status);
        }
    }

    #[test]
    fn an_unknown_outcome_ends_with_a_person_when_nobody_ever_answers(moves in moves()) {
        let mut world = World::new();
        moves.into_iter().for_each(|step| world.play(step));
        let open = world.with(AttemptStatus::Open);
        let unknown = world.with(AttemptStatus::Unknown);
        for _ in 0..2_000 {
            let Some((due, index)) = world.next() else { break };
            world.now = world.now.max(due);
            world.play(Move::NoAnswer(index));
        }
        for index in open.into_iter().chain(unknown) {
            prop_assert_eq!(world.case.attempts[index].status, AttemptStatus::NeedsReview);
        }
    }

    #[test]
    fn the_order_in_which_proofs_arrive_does_not_matter(
        attempts in 1..=3_usize,
        records in prop::collection::vec((0..=2_usize, any::<bool>(), prop::bool::weighted(0.2)), 3),
        orders in prop::array::uniform2(prop::collection::vec(0..3_usize, 3..9)),
    ) {
        let outcomes = orders.map(|order| {
            let mut world = World::new();
            (1..attempts).for_each(|_| world.switch());
            for (index, (sales, declined, wrong)) in records.iter().take(attempts).enumerate() {
                declined.then(|| world.record(index, false, AMOUNT));
                (0..*sales).for_each(|_| world.record(index, true, if *wrong { AMOUNT + 1 } else { AMOUNT }));
            }
            for index in order.into_iter().chain(0..3).filter(|index| *index < attempts) {
                world.hint(index);
                world.play(Move::Ask(index));
            }
            outcome(&world)
        });
        let [one, other] = outcomes;
        prop_assert_eq!(one, other);
    }

    #[test]
    fn cancelling_never_hides_what_the_provider_has(before in moves(), after in moves()) {
        let mut world = World::new();
        before.into_iter().for_each(|step| world.play(step));
        if world.case.cancel() {
            prop_assert_eq!(world.case.payment.status, PaymentStatus::Cancelled);
            prop_assert!(!world.case.payment.holds_reference);
        }
        after.into_iter().for_each(|step| world.play(step));
    }
}

#[test]
fn a_question_in_vain_after_an_answer_is_not_the_end_of_an_old_doubt() {
    let mut world = World::new();
    world.case.cancel();
    world.hint(0);
    world.play(Move::NoAnswer(0));
    world.now = world.now.after(minutes(1));
    world.play(Move::Ask(0));
    // A day later the provider is away for a moment.
    world.now = world.now.after(minutes(25 * 60));
    world.play(Move::NoAnswer(0));
    assert_eq!(world.case.payment.status, PaymentStatus::Cancelled);
}

#[test]
fn money_of_another_attempt_does_not_settle_a_doubt() {
    for first in [0, 1] {
        let mut world = World::new();
        world.switch();
        world.record(0, true, AMOUNT - 1);
        world.record(1, true, AMOUNT);
        for index in [first, 1 - first] {
            world.hint(index);
            world.play(Move::Ask(index));
        }
        assert_eq!(world.case.payment.status, PaymentStatus::NeedsReview, "attempt {first} first");
        assert_eq!(world.case.payment.review(), Some(ReviewReason::AmountMismatch));
        assert_eq!(world.case.payment.paid_amount, AMOUNT);
    }
}

#[test]
fn a_person_who_finds_no_money_leaves_the_payment_where_it_stood() {
    let doubted = |sales: usize| {
        let mut world = World::new();
        world.switch();
        world.record(0, true, AMOUNT - 1);
        (0..sales).for_each(|_| world.record(1, true, AMOUNT));
        for index in [0, 1] {
            world.hint(index);
            world.play(Move::Ask(index));
        }
        assert_eq!(world.case.payment.status, PaymentStatus::NeedsReview);
        world.play(Move::Unpaid(0));
        world.case.payment
    };
    // The second attempt waits for its customer, was paid, or was paid twice.
    assert_eq!((doubted(0).status, doubted(0).review()), (PaymentStatus::RequiresAction, None));
    assert_eq!((doubted(1).status, doubted(1).review()), (PaymentStatus::Paid, None));
    assert_eq!(doubted(2).review(), Some(ReviewReason::PaidTwice));
}

#[test]
fn an_answer_after_a_day_of_silence_ends_the_review() {
    for sales in [0, 1] {
        let mut world = World::new();
        world.hint(0);
        world.play(Move::Outage);
        assert_eq!(world.case.payment.review(), Some(ReviewReason::Unresolved));
        (0..sales).for_each(|_| world.record(0, true, AMOUNT));
        world.play(Move::Ask(0));
        let ends = [PaymentStatus::Expired, PaymentStatus::Paid];
        assert_eq!((world.case.payment.status, world.case.payment.review()), (ends[sales], None));
    }
}

#[test]
fn a_second_sale_of_the_same_reference_is_found_after_the_first() {
    let mut world = World::new();
    for sales in 1..=3 {
        world.record(0, true, AMOUNT);
        world.hint(0);
        world.play(Move::Ask(0));
        assert_eq!(world.case.payment.paid_amount, AMOUNT * sales);
    }
    assert_eq!(world.case.payment.review(), Some(ReviewReason::PaidTwice));
}

#[test]
fn the_later_of_two_payments_of_a_reference_is_the_one_too_many() {
    let mut sibling = payment(2);
    sibling.paid_amount = AMOUNT;
    let mut case = Case::new(payment(1), vec![attempt(1, START)], vec![sibling.clone()]);
    let proof = || Fact::Verdict(Verdict::Paid { transaction: "1".into(), raw: "raw".into(), sales: 1 });
    case.payment.holds_reference = false;
    case.learn(0, proof(), START);
    assert_eq!(case.payment.review(), Some(ReviewReason::PaidTwice));
    assert!(!case.payment.holds_reference, "its sibling has the reference");
    // Money that has gone back is no money.
    sibling.refunded_amount = AMOUNT;
    let mut case = Case::new(payment(1), vec![attempt(1, START)], vec![sibling]);
    case.learn(0, proof(), START);
    assert_eq!(case.payment.status, PaymentStatus::Paid);
}

#[test]
fn refunding_the_one_too_many_leaves_a_paid_payment() {
    let mut world = World::new();
    world.switch();
    for index in [0, 1] {
        world.record(index, true, AMOUNT);
        world.hint(index);
        world.play(Move::Ask(index));
    }
    let refund = schemas::RefundId::from(uuid::Uuid::from_u128(9));
    let case = &mut world.case;
    case.reserve(AMOUNT);
    case.refunded(1, AMOUNT, refund);
    assert_eq!((case.payment.status, case.payment.review()), (PaymentStatus::Paid, None));
    case.reserve(500);
    case.refunded(0, 500, refund);
    assert_eq!(case.payment.status, PaymentStatus::PartiallyRefunded);
    case.reserve(AMOUNT - 500);
    case.refunded(0, AMOUNT - 500, refund);
    assert_eq!(case.payment.status, PaymentStatus::Refunded);
    assert_eq!((case.payment.refund_reserved, case.payment.refundable()), (0, 0));
}

#[test]
fn a_payment_that_nobody_uses_expires_by_the_providers_word() {
    let mut world = World::new();
    let questions = world.run_out(true);
    assert_eq!(world.case.payment.status, PaymentStatus::Expired);
    assert!(!world.case.payment.holds_reference);
    // One a minute with the others of its terminal, one at its end, and those afterwards.
    assert_eq!(questions, 30 + 1 + world.settings.after_expiry_ms.len());
    let last = schedule::silence(&world.case.attempts[0], world.now, &world.settings);
    assert_eq!(last, super::Step::Done);
}
