//! A planted day: what we hold and what the provider's books say, made together by a seeded generator that knows the right
//! answer.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use jisr::calendar;
use jisr::db::{Time, provider_accounts};
use mocks::moamalat::{Planted, TransactionKind};
use schemas::payment::AttemptStatus;
use schemas::settlement::LineKind;
use schemas::{AccountId, AttemptId, Currency};

use crate::harness::Gateway;

/// What is agreed: one percent.
pub const FEES: (&str, &str) = ("JISR_PAYMENTS__FEES", r#"{moamalat={basis_points=100,fixed=0}}"#);

/// A line as it must be told: kind, reference, transaction, ours, theirs.
pub type Expected = (String, Option<String>, Option<String>, Option<String>, Option<String>);

/// What is planted, and what must be said of it.
pub struct Day {
    pub account: AccountId,
    pub day: Date,
    /// Lines in the provider's books of the day.
    pub theirs: usize,
    pub declined: usize,
    pub expected: Vec<Expected>,
    /// Payments that the books prove, and payments that were paid twice.
    pub healed: usize,
    pub twice: usize,
}

impl Day {
    /// How many lines of a kind are expected.
    pub fn count(&self, kind: LineKind) -> usize {
        self.expected.iter().filter(|line| line.0 == kind.as_str()).count()
    }
}

/// What a line must say: its kind, its wire reference, where it stands, and both amounts.
type Told = (LineKind, Option<String>, Place, Option<i64>, Option<i64>);

/// Numbers from a seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// An attempt of ours, before it has a row.
pub(super) struct Own {
    pub(super) id: AttemptId,
    pub(super) amount: i64,
    pub(super) status: AttemptStatus,
    pub(super) made: Timestamp,
    pub(super) proved: Timestamp,
    pub(super) transaction: Option<String>,
    /// Amounts that went back.
    pub(super) back: Vec<i64>,
}

pub(super) struct Planting<'a> {
    pub(super) gateway: &'a Gateway,
    dice: Dice,
    day: Date,
    sales: Vec<Planted>,
    backs: Vec<Planted>,
    /// Of each attempt the place of its own sale among `sales`.
    pub(super) own: Vec<(Own, Option<usize>)>,
    /// Kind, reference, place in `sales` or `backs`, ours, theirs.
    lines: Vec<Told>,
    declined: usize,
    healed: usize,
    twice: usize,
}

#[derive(Clone, Copy)]
enum Place {
    Sale(usize),
    Back(usize),
    /// Only we know of it: the attempt's number in `own`, or none.
    Ours(Option<usize>),
}

/// Plants a day with so many lines in the books, every kind of difference among them.
pub async fn plant(gateway: &Gateway, day: Date, lines: usize, seed: u64) -> Day {
    let account = provider_accounts::own(&gateway.facade.db, gateway.store, "moamalat", false).await;
    let account = account.expect("the account is read").expect("the account is there");
    let mut planting = Planting {
        gateway,
        dice: Dice(seed),
        day,
        sales: Vec::new(),
        backs: Vec::new(),
        own: Vec::new(),
        lines: Vec::new(),
        declined: 0,
        healed: 0,
        twice: 0,
    };
    let mut number = 0;
    while planting.in_the_day() < lines {
        planting.one(number, lines - planting.in_the_day());
        number += 1;
    }
    planting.around_midnight();
    planting.write(account.id).await
}

pub(super) fn reference(id: AttemptId) -> String {
    id.to_string().replacen("att_", "J", 1)
}

fn text(minor: i64) -> String {
    schemas::Money::new(minor, Currency::Lyd).to_string()
}

impl Planting<'_> {
    fn in_the_day(&self) -> usize {
        let (start, end) = calendar::bounds(self.day).expect("a day");
        let today = |line: &&Planted| Time::from(line.at) >= start && Time::from(line.at) < end;
        self.sales.iter().chain(&self.backs).filter(today).count()
    }

    /// Some minute between eight and twenty o'clock.
    fn moment(&mut self) -> Timestamp {
        let start = calendar::bounds(self.day).expect("a day").0.timestamp();
        start + SignedDuration::from_secs(8 * 3_600 + 60 * self.dice.below(12 * 60) as i64)
    }

    fn attempt(&mut self, status: AttemptStatus, amount: i64, at: Timestamp) -> usize {
        let id = AttemptId::from(self.gateway.facade.ambient.uuid());
        let (made, proved) = (at - SignedDuration::from_secs(120), at + SignedDuration::from_secs(30));
        self.own.push((Own { id, amount, status, made, proved, transaction: None, back: Vec::new() }, None));
        self.own.len() - 1
    }

    /// A sale in the books, of one of our attempts.
    fn sell(&mut self, attempt: usize, amount: i64, at: Timestamp) -> usize {
        let fee = (self.own[attempt].0.amount + 99) / 100;
        self.sales.push(Planted { fee, ..Planted::sale(reference(self.own[attempt].0.id), amount, at) });
        let place = self.sales.len() - 1;
        if self.own[attempt].0.status == AttemptStatus::Paid && self.own[attempt].1.is_none() {
            self.own[attempt].1 = Some(place);
        }
        place
    }

    fn say(&mut self, kind: LineKind, attempt: usize, place: Place, ours: Option<i64>, theirs: Option<i64>) {
        let named = Some(reference(self.own[attempt].0.id));
        self.lines.push((kind, named, place, ours, theirs));
    }

    /// A refund in the books; some are named by their sale's number alone, which the mock's own refunds never are.
    fn give_back(&mut self, attempt: usize, amount: i64, at: Timestamp) -> usize {
        let mut back = Planted::sale(reference(self.own[attempt].0.id), amount, at + SignedDuration::from_secs(3_600));
        back.kind = TransactionKind::Refund;
        self.backs.push(back);
        self.backs.len() - 1
    }

    /// One story of an attempt, of at most `room` lines in the books.
    fn one(&mut self, number: usize, room: usize) {
        let (at, amount) = (self.moment(), 1_000 + self.dice.below(900_000) as i64);
        // The first stories are one of each kind; then most are what they should be.
        let story = if number < 12 { number as u64 } else { self.dice.below(160) };
        let story = if room < 2 { 99 } else { story };
        let paid = |this: &mut Self| this.attempt(AttemptStatus::Paid, amount, at);
        match story {
            0 => {
                let attempt = paid(self);
                let place = self.sell(attempt, amount + 1, at);
                self.say(LineKind::Amount, attempt, Place::Sale(place), Some(amount), Some(amount + 1));
            }
            1 => {
                let attempt = paid(self);
                let place = self.sell(attempt, amount, at);
                self.sales[place].fee += 1;
                self.say(LineKind::Fee, attempt, Place::Sale(place), Some(amount), Some(amount));
            }
            2 => {
                let attempt = paid(self);
                self.own[attempt].0.transaction = Some("9999999".to_owned());
                self.say(LineKind::MissingThere, attempt, Place::Ours(Some(attempt)), Some(amount), None);
            }
            3 | 4 => {
                let status = if story == 3 { AttemptStatus::Open } else { AttemptStatus::Expired };
                let attempt = self.attempt(status, amount, at);
                let place = self.sell(attempt, amount, at);
                self.say(LineKind::MissingHere, attempt, Place::Sale(place), None, Some(amount));
                self.healed += 1;
            }
            5 => {
                let stranger = format!("POS-{:08}", self.dice.below(100_000_000));
                self.sales.push(Planted::sale(stranger.clone(), amount, at));
                self.lines.push((
                    LineKind::Orphan,
                    Some(stranger),
                    Place::Sale(self.sales.len() - 1),
                    None,
                    Some(amount),
                ));
            }
            6 => {
                let attempt = paid(self);
                let place = self.sell(attempt, amount, at);
                self.say(LineKind::Matched, attempt, Place::Sale(place), Some(amount), Some(amount));
                let place = self.sell(attempt, amount, at + SignedDuration::from_secs(60));
                self.say(LineKind::Duplicate, attempt, Place::Sale(place), None, Some(amount));
                self.twice += 1;
            }
            7 => {
                let attempt = paid(self);
                let place = self.sell(attempt, amount, at);
                self.sales[place].written = Some("12,5O0".to_owned());
                self.say(LineKind::Unreadable, attempt, Place::Sale(place), Some(amount), None);
            }
            8..=11 => self.refunded(story, amount, at),
            12..=15 => {
                let attempt = self.attempt(AttemptStatus::Declined, amount, at);
                let place = self.sell(attempt, amount, at);
                self.sales[place].approved = false;
                self.declined += 1;
            }
            _ => {
                let attempt = paid(self);
                let place = self.sell(attempt, amount, at);
                self.say(LineKind::Matched, attempt, Place::Sale(place), Some(amount), Some(amount));
            }
        }
    }

    fn refunded(&mut self, story: u64, amount: i64, at: Timestamp) {
        let attempt = self.attempt(AttemptStatus::Paid, amount, at);
        let place = self.sell(attempt, amount, at);
        self.say(LineKind::Matched, attempt, Place::Sale(place), Some(amount), Some(amount));
        let part = amount / 3;
        match story {
            8 => {
                self.own[attempt].0.back.push(part);
                let place = self.give_back(attempt, part, at);
                self.say(LineKind::Matched, attempt, Place::Back(place), Some(part), Some(part));
            }
            9 => {
                self.own[attempt].0.back.push(part);
                self.say(LineKind::Refund, attempt, Place::Ours(None), Some(part), None);
            }
            10 => {
                let place = self.give_back(attempt, part, at);
                self.say(LineKind::Refund, attempt, Place::Back(place), None, Some(part));
            }
            _ => {
                self.own[attempt].0.back.push(part);
                let place = self.give_back(attempt, part + 5, at);
                self.say(LineKind::Refund, attempt, Place::Back(place), Some(part), Some(part + 5));
            }
        }
    }

    /// Sales that both sides have, and date by two days: nothing of that is missing.
    fn around_midnight(&mut self) {
        let (start, end) = calendar::bounds(self.day).expect("a day");
        let seconds = SignedDuration::from_secs;
        // Sold before midnight and proved after it: of the day before.
        let at = start.timestamp() - seconds(10);
        let attempt = self.attempt(AttemptStatus::Paid, 5_000, at);
        self.sell(attempt, 5_000, at);
        // Sold before the next midnight, proved after it: of the day.
        let at = end.timestamp() - seconds(10);
        let attempt = self.attempt(AttemptStatus::Paid, 6_000, at);
        let place = self.sell(attempt, 6_000, at);
        self.say(LineKind::Matched, attempt, Place::Sale(place), Some(6_000), Some(6_000));
        // By their clock sold after it, by ours proved before it: of the next day.
        let attempt = self.attempt(AttemptStatus::Paid, 7_000, end.timestamp() - seconds(60));
        self.sell(attempt, 7_000, end.timestamp() + seconds(60));
        // By their clock of the day, by ours of the day before.
        let attempt = self.attempt(AttemptStatus::Paid, 8_000, start.timestamp() - seconds(60));
        let place = self.sell(attempt, 8_000, start.timestamp() + seconds(60));
        self.say(LineKind::Matched, attempt, Place::Sale(place), Some(8_000), Some(8_000));
    }

    async fn write(mut self, account: AccountId) -> Day {
        let theirs = self.in_the_day();
        let sold = self.gateway.mocks.plant(std::mem::take(&mut self.sales));
        let back = self.gateway.mocks.plant(std::mem::take(&mut self.backs));
        for (own, place) in &mut self.own {
            if let Some(place) = place {
                own.transaction = Some(sold[*place].transaction_id.clone());
            }
        }
        let expected = self.lines.iter().map(|(kind, named, place, ours, theirs)| {
            let transaction = match place {
                Place::Sale(place) => Some(sold[*place].transaction_id.clone()),
                Place::Back(place) => Some(back[*place].transaction_id.clone()),
                Place::Ours(attempt) => attempt.and_then(|attempt| self.own[attempt].0.transaction.clone()),
            };
            (kind.to_string(), named.clone(), transaction, ours.map(text), theirs.map(text))
        });
        let expected = expected.collect();
        self.insert(account).await;
        let (declined, healed, twice) = (self.declined, self.healed, self.twice);
        Day { account, day: self.day, theirs, declined, expected, healed, twice }
    }
}

/// The lines as the facade tells them, in the shape that is expected, sorted.
pub async fn told(gateway: &Gateway, settlement: &str) -> (Vec<Expected>, Vec<serde_json::Value>) {
    let (mut lines, mut cursor) = (Vec::new(), 0);
    loop {
        let path = format!("/v1/settlements/{settlement}/lines?limit=500&cursor={cursor}");
        let page = gateway.client.get(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        lines.extend(page.body["data"].as_array().cloned().unwrap_or_default());
        match page.body["next_cursor"].as_i64() {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let text = |line: &serde_json::Value, name: &str| line[name].as_str().map(str::to_owned);
    let mut told: Vec<Expected> = lines
        .iter()
        .map(|line| {
            let kind = text(line, "kind").unwrap_or_default();
            let (named, transaction) = (text(line, "wire_reference"), text(line, "transaction"));
            (kind, named, transaction, text(line, "ours"), text(line, "theirs"))
        })
        .collect();
    told.sort();
    (told, lines)
}

/// How many of each kind, and what they come to, by the expected lines.
pub fn totals(expected: &[Expected]) -> BTreeMap<String, (i64, i64, i64)> {
    let minor = |text: &Option<String>| {
        text.as_deref().map_or(0, |text| schemas::Money::parse(text, Currency::Lyd).expect("an amount").minor)
    };
    let mut totals: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    for (kind, _, _, ours, theirs) in expected {
        let total = totals.entry(kind.clone()).or_default();
        *total = (total.0 + 1, total.1 + minor(ours), total.2 + minor(theirs));
    }
    totals
}
