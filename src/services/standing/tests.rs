//! A service under any order of answers, silences and days: what is said of it is what has become of the money.

use std::sync::LazyLock;

use kit::Kind;
use proptest::prelude::*;
use schemas::Currency;
use schemas::service::ServiceKind;
use uuid::Uuid;

use super::*;
use crate::config::{Config, Variables};

const START: Time = Time::from_second(1_800_000_007);

fn settings() -> &'static Settings {
    static DEFAULTS: LazyLock<Settings> =
        LazyLock::new(|| Config::load(None, &Variables::default()).expect("the defaults can be read").payments);
    &DEFAULTS
}

const fn millis(value: u64) -> Duration {
    Duration::from_millis(value)
}

fn patience() -> Duration {
    millis(settings().review_after_ms)
}

/// A service whose call has just left.
fn sent() -> WalletService {
    WalletService {
        id: Uuid::from_u128(7).into(),
        store_id: Uuid::from_u128(1).into(),
        livemode: false,
        account_id: Uuid::from_u128(2).into(),
        provider: "mobicash".to_owned(),
        kind: ServiceKind::TopUp,
        reference: "TOPUP-1".to_owned(),
        wire_reference: "STEST00000001".to_owned(),
        amount: 10_000,
        currency: Currency::Lyd,
        subject: Vec::new(),
        status: ServiceStatus::Processing,
        intent_id: Uuid::from_u128(3),
        provider_reference: None,
        provider_message: None,
        review_reason: None,
        evidence: None,
        asks: 0,
        asked_at: None,
        unknown_since: Some(START),
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

/// What has become of the money, which only the provider knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    /// The call has not arrived, and may yet, or never will.
    NotThere,
    UnderWay,
    Done,
    Refused,
}

/// What becomes of the one call.
#[derive(Debug, Clone, Copy)]
enum Call {
    Answered(Truth),
    ActedThenCut(Truth),
    CutBefore,
    NeverSent,
    /// It arrives after we have stopped waiting, with the move `Arrive`.
    Late,
    /// We are killed; it has acted or not.
    Killed(Truth),
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Ask,
    NoAnswer,
    /// The provider says that it knows none, whether or not that is so: another of its servers answers.
    KnowsNone,
    Unclear,
    /// A call that was on its way arrives.
    Arrive(Truth),
    /// What is under way comes to its end.
    End(bool),
    Minutes(u16),
    Settle(bool),
}

/// A service and the provider's book.
struct World {
    service: WalletService,
    truth: Truth,
    on_its_way: bool,
    by_hand: bool,
    now: Time,
    due: Option<Time>,
}

impl World {
    fn new(call: Call) -> Self {
        let mut world =
            Self { service: sent(), truth: Truth::NotThere, on_its_way: false, by_hand: false, now: START, due: None };
        match call {
            Call::Answered(truth) => {
                world.truth = truth;
                let answer = world.answer().unwrap_or(Fact::Nothing(Some("an answer of another shape".to_owned())));
                world.learn(answer);
            }
            Call::ActedThenCut(truth) => {
                world.truth = truth;
                world.learn(failed_call(Delivery::Maybe));
            }
            Call::CutBefore => world.learn(failed_call(Delivery::Maybe)),
            Call::NeverSent => world.learn(failed_call(Delivery::Never)),
            Call::Late => {
                world.on_its_way = true;
                world.learn(failed_call(Delivery::Maybe));
            }
            Call::Killed(truth) => {
                world.truth = truth;
                world.due = Some(START.after(millis(settings().answer_ms)));
            }
        }
        world
    }

    /// What the provider says, where it knows of the service.
    fn answer(&self) -> Option<Fact> {
        let id = || "wt_0000000001".to_owned();
        match self.truth {
            Truth::NotThere => None,
            Truth::UnderWay => Some(Fact::of(ServiceAnswer::Processing)),
            Truth::Done => Some(Fact::of(ServiceAnswer::Done { id: id() })),
            Truth::Refused => Some(Fact::of(ServiceAnswer::Refused { raw: "insufficient_balance".to_owned() })),
        }
    }

    fn learn(&mut self, fact: Fact) {
        let before = self.service.clone();
        let next = learn(&mut self.service, fact.clone(), self.now, settings());
        self.due = match next {
            Next::Ask(due) => Some(due),
            Next::Over => None,
        };
        self.check(&before, &fact, next);
    }

    fn check(&self, before: &WalletService, fact: &Fact, next: Next) {
        let service = &self.service;
        assert_eq!(next == Next::Over, !service.is_open(), "what is open is asked about, and nothing else is");
        if !before.is_open() {
            assert_eq!((service.status, &service.provider_message), (before.status, &before.provider_message));
            return;
        }
        match service.status {
            ServiceStatus::Succeeded => assert!(matches!(fact, Fact::Done(_)) && self.truth == Truth::Done),
            ServiceStatus::Failed => {
                assert!(matches!(fact, Fact::NotDone(_)), "{fact:?} is no word for a failure");
                assert!(matches!(self.truth, Truth::NotThere | Truth::Refused) && !self.on_its_way, "{:?}", self.truth);
            }
            ServiceStatus::NeedsReview => {
                let since = service.unknown_since.expect("a review has a doubt before it");
                assert!(self.now.since(since) >= patience(), "a person is brought in too early");
                assert_eq!(service.review(), Some(ReviewReason::Unresolved));
            }
            ServiceStatus::Processing => {
                assert!(service.review().is_none());
                assert_eq!(service.unknown_since.is_none(), matches!(fact, Fact::Processing));
                let doubted = service.unknown_since.is_some_and(|since| self.now.since(since) >= patience());
                assert!(!doubted, "nobody is brought in");
            }
        }
        if let Next::Ask(due) = next {
            let longest = patience().max(millis(settings().unknown_longest_ms));
            assert!(due > self.now && due <= self.now.after(longest), "asked at {due} when it is {}", self.now);
        }
    }

    fn play(&mut self, step: Move) {
        match step {
            Move::Ask => {
                let fact = self.answer().unwrap_or(Fact::Nothing(None));
                self.learn(fact);
            }
            Move::NoAnswer => self.learn(Fact::of_failed_question(error(Delivery::Maybe))),
            // A question that never arrived says no more than one that may have.
            Move::Unclear => self.learn(Fact::of_failed_question(error(Delivery::Never))),
            Move::KnowsNone => self.learn(Fact::Nothing(None)),
            Move::Arrive(truth) if self.on_its_way => (self.on_its_way, self.truth) = (false, truth),
            Move::End(done) if self.truth == Truth::UnderWay => {
                self.truth = if done { Truth::Done } else { Truth::Refused };
            }
            Move::Minutes(minutes) => self.now = self.now.after(Duration::from_secs(60 * u64::from(minutes))),
            Move::Settle(moved) if self.service.status == ServiceStatus::NeedsReview => {
                settle(&mut self.service, moved, vec![1]);
                (self.by_hand, self.due) = (true, None);
            }
            Move::Arrive(_) | Move::End(_) | Move::Settle(_) => {}
        }
    }

    /// Asks whenever it is due, until it is over or so many questions were in vain.
    fn run_out(&mut self, questions: usize, step: Move) {
        for _ in 0..questions {
            let Some(due) = self.due else { return };
            self.now = self.now.max(due);
            self.play(step);
        }
    }
}

fn error(delivery: Delivery) -> Error {
    Error::provider(Kind::Unavailable, delivery, "mobicash", "services.create", "no answer")
}

fn failed_call(delivery: Delivery) -> Fact {
    Fact::of_failed_call(error(delivery))
}

fn acted() -> impl Strategy<Value = Truth> {
    prop::sample::select(vec![Truth::UnderWay, Truth::Done, Truth::Refused])
}

fn calls() -> impl Strategy<Value = Call> {
    prop_oneof![
        acted().prop_map(Call::Answered),
        acted().prop_map(Call::ActedThenCut),
        Just(Call::CutBefore),
        Just(Call::NeverSent),
        Just(Call::Late),
        prop_oneof![acted(), Just(Truth::NotThere)].prop_map(Call::Killed),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => Just(Move::Ask),
        3 => Just(Move::NoAnswer),
        2 => Just(Move::KnowsNone),
        1 => Just(Move::Unclear),
        2 => acted().prop_map(Move::Arrive),
        2 => any::<bool>().prop_map(Move::End),
        4 => (1..900_u16).prop_map(Move::Minutes),
        1 => any::<bool>().prop_map(Move::Settle),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_is_what_has_become_of_the_money(call in calls(), moves in moves()) {
        let mut world = World::new(call);
        moves.into_iter().for_each(|step| world.play(step));
        world.play(Move::Arrive(Truth::Done));
        world.play(Move::End(true));
        world.run_out(400, Move::Ask);
        if world.by_hand {
            return Ok(());
        }
        let expected = match world.truth {
            Truth::Done => ServiceStatus::Succeeded,
            Truth::Refused => ServiceStatus::Failed,
            // That the provider knows none is never the proof that it will not.
            _ if matches!(call, Call::NeverSent) => ServiceStatus::Failed,
            _ => ServiceStatus::NeedsReview,
        };
        prop_assert_eq!(world.service.status, expected);
    }

    #[test]
    fn silence_brings_a_person_in_and_nothing_else(call in calls(), moves in moves()) {
        let mut world = World::new(call);
        moves.into_iter().for_each(|step| world.play(step));
        let open = world.service.is_open();
        world.run_out(400, Move::NoAnswer);
        if open {
            prop_assert_eq!(world.service.status, ServiceStatus::NeedsReview);
            prop_assert!(world.due.is_some(), "it is asked about all the same");
        }
    }

    #[test]
    fn while_the_provider_is_at_it_nobody_is_brought_in(days in 1..5_u16) {
        let mut world = World::new(Call::Answered(Truth::UnderWay));
        let until = START.after(Duration::from_secs(86_400 * u64::from(days)));
        while world.now < until {
            let before = world.now;
            world.run_out(1, Move::Ask);
            prop_assert!(world.now.since(before) <= millis(settings().unknown_longest_ms), "it is asked often enough");
            prop_assert_eq!(world.service.status, ServiceStatus::Processing);
        }
    }
}

#[test]
fn gaps_grow_to_the_longest_and_a_review_is_not_put_off() {
    let mut world = World::new(Call::CutBefore);
    let mut gaps = Vec::new();
    while world.service.status == ServiceStatus::Processing {
        let due = world.due.expect("it is open");
        gaps.push(due.since(world.now));
        world.now = due;
        world.play(Move::KnowsNone);
    }
    assert_eq!(gaps[..3], [millis(2_000), millis(4_000), millis(8_000)]);
    assert!(gaps.iter().all(|gap| *gap <= millis(settings().unknown_longest_ms)), "{gaps:?}");
    assert_eq!(world.now.since(START), patience(), "to the second");
}

#[test]
fn an_answer_ends_a_review_for_want_of_one() {
    for (truth, status) in [
        (Truth::Done, ServiceStatus::Succeeded),
        (Truth::Refused, ServiceStatus::Failed),
        (Truth::UnderWay, ServiceStatus::Processing),
    ] {
        let mut world = World::new(Call::ActedThenCut(truth));
        world.run_out(400, Move::NoAnswer);
        assert_eq!(world.service.status, ServiceStatus::NeedsReview);
        world.play(Move::Ask);
        assert_eq!((world.service.status, world.service.review()), (status, None));
        assert!(world.service.unknown_since.is_none());
    }
}

#[test]
fn a_persons_word_is_the_last_one() {
    for (moved, status) in [(true, ServiceStatus::Succeeded), (false, ServiceStatus::Failed)] {
        let mut world = World::new(Call::CutBefore);
        world.run_out(400, Move::KnowsNone);
        world.play(Move::Settle(moved));
        assert_eq!((world.service.status, world.service.evidence.is_some()), (status, true));
        for truth in [Truth::Done, Truth::Refused, Truth::UnderWay] {
            world.truth = truth;
            world.play(Move::Ask);
            assert_eq!(world.service.status, status);
        }
    }
}
