//! A payment in a world of its own: a provider that keeps records, a clock, and the questions that are due.

use std::time::Duration;

use payments_adapters::{Transaction, TransactionKind};
use schemas::Money;
use schemas::payment::{AttemptStatus, PaymentStatus};

use crate::config::Payments as Settings;
use crate::db::Time;
use crate::payments::judge::{Verdict, judge};
use crate::payments::samples::{AMOUNT, PRICE, START, attempt, payment, settings};
use crate::payments::schedule::{self, Step};
use crate::payments::{Case, Fact};

/// What happens.
#[derive(Debug, Clone, Copy)]
pub enum Move {
    /// Something says that the attempt was paid.
    Hint(usize),
    /// The attempt's question is asked and answered.
    Ask(usize),
    /// It is asked in vain.
    NoAnswer(usize),
    /// The bank approves.
    Pay(usize),
    /// The bank declines.
    Decline(usize),
    /// The bank approves another amount.
    Underpay(usize),
    /// The store makes another attempt.
    Switch,
    /// The store gives up.
    Cancel,
    /// Minutes go by.
    Pass(u16),
    /// Nobody answers for more than a day.
    Outage,
    /// A person says that an attempt in doubt brought nothing.
    Unpaid(usize),
    /// The customer enters a code.
    Confirm(usize),
    /// The answer to a code comes, or it is known that none will.
    Answer(usize, Confirmation),
}

/// What becomes of a confirmation.
#[derive(Debug, Clone, Copy)]
pub enum Confirmation {
    /// The provider takes the money and says so.
    Paid,
    /// It takes the money, and its answer does not come.
    ActedThenCut,
    /// It has taken nothing, and nobody here knows.
    CutBefore,
    /// It has certainly not left us.
    NeverSent,
    /// It was another code.
    WrongCode,
    /// The provider refuses.
    Refused,
    /// We were stopped; it has taken the money.
    Killed,
}

pub struct World {
    pub case: Case,
    pub now: Time,
    pub settings: Settings,
    /// What the provider has under each attempt.
    pub records: Vec<Vec<Transaction>>,
    /// When each attempt is asked about next.
    pub due: Vec<Option<Time>>,
    /// When the provider last answered about each.
    pub answered: Vec<Time>,
    /// Attempts of which a confirmation has left without an answer.
    pub in_doubt: Vec<usize>,
    /// Since when each attempt's code is on its way.
    pub leaving: Vec<Option<Time>>,
}

impl World {
    pub fn new() -> Self {
        let settings = settings();
        let first = attempt(1, START);
        let due = schedule::first(first.expires_at, START, &settings);
        Self {
            case: Case::new(payment(1), vec![first], Vec::new()),
            now: START,
            settings,
            records: vec![Vec::new()],
            due: vec![Some(due)],
            answered: vec![START],
            in_doubt: Vec::new(),
            leaving: vec![None],
        }
    }

    /// Makes one move, if it can be made, and checks what must hold after any.
    pub fn play(&mut self, step: Move) {
        let count = self.case.attempts.len();
        let before: Vec<AttemptStatus> = self.case.attempts.iter().map(|attempt| attempt.status).collect();
        match step {
            Move::Hint(index) => self.hint(index % count),
            Move::Ask(index) => self.ask(index % count, true),
            Move::NoAnswer(index) => self.ask(index % count, false),
            Move::Pay(index) => self.record(index % count, true, AMOUNT),
            Move::Decline(index) => self.record(index % count, false, AMOUNT),
            Move::Underpay(index) => self.record(index % count, true, AMOUNT - 1),
            Move::Switch => self.switch(),
            Move::Cancel => drop(self.case.cancel()),
            Move::Outage => self.outage(),
            Move::Unpaid(index) => self.unpaid(index % count),
            Move::Confirm(index) => self.confirm(index % count),
            Move::Answer(index, confirmation) => self.answer(index % count, confirmation),
            Move::Pass(minutes) => self.now = self.now.after(Duration::from_secs(60 * u64::from(minutes))),
        }
        self.check(step, &before);
    }

    /// As `attempts::hint` and the task's waking do.
    pub fn hint(&mut self, index: usize) {
        let attempt = &mut self.case.attempts[index];
        attempt.hinted_at = Some(self.now);
        attempt.asks = 0;
        self.due[index] = Some(self.now);
    }

    /// As the handler does; without a task nobody asks.
    pub fn ask(&mut self, index: usize, answers: bool) {
        if self.due[index].is_none() {
            return;
        }
        let (now, attempt) = (self.now, &self.case.attempts[index]);
        let fact = match judge(PRICE, &self.records[index]) {
            _ if !answers => Fact::Step(schedule::no_answer(attempt, now, &self.settings)),
            Verdict::Silent => Fact::Step(schedule::silence(attempt, now, &self.settings)),
            verdict => Fact::Verdict(verdict),
        };
        let due = match &fact {
            Fact::Step(Step::Wait(due) | Step::Expire(due) | Step::Unknown(due) | Step::Known(due)) => Some(*due),
            Fact::Verdict(Verdict::Declined { .. }) => schedule::after_decline(attempt, now, &self.settings),
            Fact::Verdict(Verdict::Paid { .. }) => schedule::after_paid(attempt, now),
            Fact::Step(Step::Review) => Some(schedule::in_review(now, &self.settings)),
            Fact::Step(Step::NotOpened | Step::Done) | Fact::Verdict(_) => None,
        };
        assert!(due.is_none_or(|due| due > now), "asked again at once: {fact:?} at {now}");
        let reviewed = matches!(fact, Fact::Step(Step::Review));
        self.case.learn(index, fact, now);
        let attempt = &mut self.case.attempts[index];
        attempt.asks += 1;
        if answers {
            attempt.asked_at = Some(now);
            self.answered[index] = now;
        }
        // A provider that answers and knows nothing of a confirmation leaves it as doubtful as one that does not answer.
        let silent_for = match attempt.confirmed_at {
            Some(_) => now.since(attempt.unknown_since.unwrap_or(now)),
            None => now.since(self.answered[index]),
        };
        assert!(!reviewed || silent_for >= Duration::from_millis(self.settings.review_after_ms), "{silent_for:?}");
        self.due[index] = due;
    }

    pub fn record(&mut self, index: usize, approved: bool, amount: i64) {
        let records = &mut self.records[index];
        let sale = Transaction {
            id: format!("{index}/{}", records.len()),
            kind: TransactionKind::Sale,
            approved,
            declined: !approved,
            amount: Ok(Money { minor: amount, ..PRICE }),
            ours: true,
            remaining: None,
            only_whole: false,
            raw_status: "raw".to_owned(),
        };
        records.push(sale);
    }

    /// Another attempt, where the facade would allow one; three at the most.
    pub fn switch(&mut self) {
        use PaymentStatus::{Cancelled, Declined, Expired, RequiresAction};
        let allowed = matches!(self.case.payment.status, RequiresAction | Declined | Expired | Cancelled)
            && self.case.attempts.iter().all(|attempt| attempt.status != AttemptStatus::Unknown);
        if !allowed || self.case.attempts.len() == 3 {
            return;
        }
        let next = attempt(self.case.attempts.len() as i32 + 1, self.now);
        self.case.switch(&next, None);
        self.due.push(Some(schedule::first(next.expires_at, self.now, &self.settings)));
        self.case.attempts.push(next);
        self.records.push(Vec::new());
        self.answered.push(self.now);
        self.leaving.push(None);
    }

    fn unpaid(&mut self, index: usize) {
        if matches!(self.case.attempts[index].status, AttemptStatus::NeedsReview | AttemptStatus::Unknown) {
            self.case.settle_unpaid(index, Vec::new());
        }
    }

    /// As the facade does: only the attempt that the payment waits for.
    pub fn confirm(&mut self, index: usize) {
        if !self.case.waits_for(index) || self.leaving[index].is_some() {
            return;
        }
        assert!(!self.in_doubt.contains(&index), "another code is taken while nobody knows what became of the first");
        let (now, soon) = (self.now, self.now.after(Duration::from_millis(self.settings.answer_ms)));
        self.due[index] = self.due[index].map_or(Some(soon), |due| Some(due.min(soon)));
        self.case.confirming(index, now);
        self.leaving[index] = Some(now);
    }

    /// As the facade does with what comes back; meanwhile anything may have happened.
    pub fn answer(&mut self, index: usize, confirmation: Confirmation) {
        let Some(since) = self.leaving[index].take() else { return };
        let now = self.now;
        let soon = now.after(Duration::from_millis(self.settings.answer_ms));
        if !matches!(confirmation, Confirmation::Killed) {
            self.due[index] = Some(soon);
        }
        if matches!(confirmation, Confirmation::ActedThenCut | Confirmation::CutBefore | Confirmation::Killed) {
            self.in_doubt.push(index);
        }
        if matches!(confirmation, Confirmation::Paid | Confirmation::ActedThenCut | Confirmation::Killed) {
            self.record(index, true, AMOUNT);
        }
        match confirmation {
            Confirmation::Paid => {
                let verdict = judge(PRICE, &self.records[index]);
                self.case.learn(index, Fact::Verdict(verdict), now);
            }
            Confirmation::Killed => {}
            _ if !self.case.is_confirming(index, since) => {}
            Confirmation::ActedThenCut | Confirmation::CutBefore => self.case.doubted(index, now),
            Confirmation::NeverSent => self.case.not_confirmed(index),
            Confirmation::WrongCode => self.case.wrong_code(index, self.settings.wrong_codes),
            Confirmation::Refused => self.case.refused(index, "no".to_owned()),
        }
    }

    fn outage(&mut self) {
        let end = self.now.after(Duration::from_secs(26 * 3_600));
        while let Some((due, index)) = self.next().filter(|(due, _)| *due <= end) {
            self.now = self.now.max(due);
            self.ask(index, false);
        }
        self.now = end;
    }

    /// The question that is due first.
    pub fn next(&self) -> Option<(Time, usize)> {
        (0..self.due.len()).filter_map(|index| Some((self.due[index]?, index))).min()
    }

    fn check(&self, step: Move, before: &[AttemptStatus]) {
        for (index, attempt) in self.case.attempts.iter().enumerate() {
            let was = before.get(index).copied().unwrap_or(AttemptStatus::Open);
            let given_up = matches!(attempt.status, AttemptStatus::Declined | AttemptStatus::Expired);
            if matches!(was, AttemptStatus::Unknown | AttemptStatus::NeedsReview) && given_up {
                let told = matches!(step, Move::Answer(_, Confirmation::Refused | Confirmation::WrongCode));
                assert!(told || matches!(step, Move::Ask(_)), "{step:?} ended what was unknown");
            }
            assert!(was != AttemptStatus::Paid || attempt.status == AttemptStatus::Paid, "{step:?} unpaid it");
            let approved = self.records[index].iter().any(|sale| sale.approved);
            assert!(attempt.status != AttemptStatus::Paid || approved, "{step:?} paid it without a proof");
        }
        self.check_money(step);
    }

    /// Every proved sale is counted once, and money that nobody expected waits for a person.
    fn check_money(&self, step: Move) {
        let payment = &self.case.payment;
        let paid = self.with(AttemptStatus::Paid);
        let least = paid.len() as i64 * AMOUNT;
        let most: i64 = paid.iter().map(|index| self.sales(*index) * AMOUNT).sum();
        assert!((least..=most).contains(&payment.paid_amount), "{step:?}: {} of {most}", payment.paid_amount);
        let needs = payment.status == PaymentStatus::NeedsReview;
        assert!(payment.paid_amount <= AMOUNT || needs, "{step:?}: paid twice, and nobody is told");
        assert_eq!(payment.review().is_some(), needs, "{step:?}: {} for {:?}", payment.status, payment.review());
        let doubt = !self.with(AttemptStatus::NeedsReview).is_empty();
        assert!(!doubt || needs, "{step:?}: an attempt waits for a person, and the payment says {}", payment.status);
        assert_eq!(payment.status == PaymentStatus::Paid, least > 0 && !needs, "{step:?}");
    }

    pub fn with(&self, status: AttemptStatus) -> Vec<usize> {
        let found = self.case.attempts.iter().enumerate().filter(|(_, attempt)| attempt.status == status);
        found.map(|(index, _)| index).collect()
    }

    pub fn sales(&self, index: usize) -> i64 {
        self.records[index].iter().filter(|sale| sale.approved).count() as i64
    }

    /// Lets time run until there is nothing left to ask. How many questions it took.
    pub fn run_out(&mut self, answers: bool) -> usize {
        for asked in 0..5_000 {
            let Some((due, index)) = self.next() else { return asked };
            self.now = self.now.max(due);
            self.play(if answers { Move::Ask(index) } else { Move::NoAnswer(index) });
        }
        panic!("the questions never end: {:?} at {}", self.due, self.now);
    }
}
