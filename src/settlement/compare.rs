//! The comparison: what we hold against what the other side's books say, line by line. A pure function: whatever the order
//! of either side, every line of both is in exactly one outcome.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use payments_adapters::{BookKind, BookLine};
use schemas::settlement::{LineDirection, LineKind};
use schemas::{AttemptId, Money, PaymentId, RefundId, StoreId};

/// The longest note.
const NOTE: usize = 200;

/// An attempt of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The attempt.
    pub attempt: AttemptId,
    /// What it is an attempt at.
    pub payment: PaymentId,
    /// Whose it is.
    pub store: StoreId,
    /// Ours on the wire.
    pub wire_reference: String,
    /// What was to be paid.
    pub amount: Money,
    /// Whether we hold it for paid.
    pub paid: bool,
    /// The provider's id of the sale that it was paid by; none where a person has settled it.
    pub transaction: Option<String>,
    /// Whether the other side must know of it today: paid, of this day, and no other day's books have it.
    pub due: bool,
    /// Whether the books of another day have its sale.
    pub settled: bool,
    /// What the provider should keep of it, where that was agreed.
    pub expected_fee: Option<i64>,
}

/// A refund of ours that has succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyBack {
    /// The refund.
    pub refund: RefundId,
    /// The attempt that it is taken from.
    pub attempt: AttemptId,
    /// Its payment.
    pub payment: PaymentId,
    /// Whose it is.
    pub store: StoreId,
    /// The attempt's reference on the wire.
    pub wire_reference: String,
    /// How much.
    pub amount: Money,
    /// Whether the other side must know of it today.
    pub due: bool,
    /// Whether the books of another day have it.
    pub settled: bool,
}

/// Everything of ours that may stand in the books.
#[derive(Debug, Clone, Default)]
pub struct Ours {
    /// Attempts: those of the day, and all that the books name.
    pub sales: Vec<Sale>,
    /// Refunds, likewise.
    pub refunds: Vec<MoneyBack>,
    /// References of attempts at other accounts of the same terminal: their settlements are about these.
    pub elsewhere: HashSet<String>,
}

/// One outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about, whenever the day is compared again.
    pub key: String,
    /// What it says.
    pub kind: LineKind,
    /// Which way the money went.
    pub direction: LineDirection,
    /// Whose money it is; nobody's where it names none of our attempts.
    pub store: Option<StoreId>,
    /// The payment.
    pub payment: Option<PaymentId>,
    /// The attempt.
    pub attempt: Option<AttemptId>,
    /// The refund.
    pub refund: Option<RefundId>,
    /// The other side's id.
    pub transaction: Option<String>,
    /// Ours on the wire.
    pub wire_reference: Option<String>,
    /// What we hold, in minor units.
    pub ours: Option<i64>,
    /// What the other side holds.
    pub theirs: Option<i64>,
    /// What the provider says that it keeps.
    pub fee: Option<i64>,
    /// What was agreed.
    pub expected_fee: Option<i64>,
    /// When, by the other side.
    pub at: Option<Timestamp>,
    /// What cannot be read.
    pub note: Option<String>,
}

/// All outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// In the order of time, then what only we know.
    pub lines: Vec<Line>,
    /// Lines of theirs by which no money moved.
    pub unapproved: usize,
    /// Lines of theirs that are about other accounts of the terminal.
    pub elsewhere: usize,
}

/// Compares. Amounts of another currency than the account's cannot be read.
pub fn compare(ours: &Ours, theirs: &[BookLine], currency: schemas::Currency) -> Comparison {
    let mut approved: Vec<&BookLine> = theirs.iter().filter(|line| line.approved).collect();
    let unapproved = theirs.len() - approved.len();
    let is_elsewhere = |line: &&BookLine| reference(line).is_some_and(|reference| ours.elsewhere.contains(reference));
    let before = approved.len();
    approved.retain(|line| !is_elsewhere(line));
    let elsewhere = before - approved.len();
    approved.sort_by(|one, other| order(one, other));
    let mut page = Page::new(ours, currency);
    let readable = |line: &BookLine| page.amount(line).is_some() && line.kind != BookKind::Other;
    let (readable, unreadable): (Vec<&BookLine>, Vec<&BookLine>) =
        approved.into_iter().partition(|line| readable(line));
    let (back, sales): (Vec<&BookLine>, Vec<&BookLine>) = readable.into_iter().partition(|line| line.kind.goes_back());
    page.sales(&sales);
    unreadable.into_iter().for_each(|line| page.unreadable(line));
    page.missing_there();
    page.back(&back);
    Comparison { lines: page.numbered(), unapproved, elsewhere }
}

/// The order in which lines of theirs are looked at: the oldest first, and never by how they came.
pub fn order(one: &BookLine, other: &BookLine) -> Ordering {
    let number = |line: &BookLine| (line.transaction.len(), line.transaction.clone());
    let amounts = |line: &BookLine| (format!("{:?}", line.amount), line.fee.map(|fee| fee.minor));
    let rest = |line: &BookLine| (line.kind, line.wire_reference.clone(), line.raw.clone(), amounts(line));
    let at = |line: &BookLine| line.at.unwrap_or(Timestamp::MAX);
    at(one).cmp(&at(other)).then_with(|| number(one).cmp(&number(other))).then_with(|| rest(one).cmp(&rest(other)))
}

fn reference(line: &BookLine) -> Option<&str> {
    line.wire_reference.as_deref().filter(|reference| !reference.is_empty())
}

/// Lines under one reference, oldest first; those without one stand by themselves.
fn by_reference<'a>(lines: &[&'a BookLine]) -> BTreeMap<Option<&'a str>, Vec<&'a BookLine>> {
    let mut found: BTreeMap<Option<&str>, Vec<&BookLine>> = BTreeMap::new();
    for line in lines {
        found.entry(reference(line)).or_default().push(line);
    }
    found
}

/// The comparison while it is being written.
struct Page<'a> {
    sales: HashMap<&'a str, &'a Sale>,
    refunds: BTreeMap<&'a str, Vec<&'a MoneyBack>>,
    currency: schemas::Currency,
    /// Attempts that a line of theirs is about.
    told: HashSet<AttemptId>,
    lines: Vec<Line>,
}

impl<'a> Page<'a> {
    fn new(ours: &'a Ours, currency: schemas::Currency) -> Self {
        let sales = ours.sales.iter().map(|sale| (sale.wire_reference.as_str(), sale)).collect();
        let mut refunds: BTreeMap<&str, Vec<&MoneyBack>> = BTreeMap::new();
        for refund in &ours.refunds {
            refunds.entry(&refund.wire_reference).or_default().push(refund);
        }
        refunds.values_mut().for_each(|list| list.sort_by_key(|refund| refund.refund));
        Self { sales, refunds, currency, told: HashSet::new(), lines: Vec::new() }
    }

    fn amount(&self, line: &BookLine) -> Option<i64> {
        line.amount.as_ref().ok().filter(|amount| amount.currency == self.currency).map(|amount| amount.minor)
    }

    fn sales(&mut self, lines: &[&BookLine]) {
        for (reference, lines) in by_reference(lines) {
            let Some(sale) = reference.and_then(|reference| self.sales.get(reference).copied()) else {
                for line in lines {
                    self.lines.push(Line { theirs: self.amount(line), ..told(line, LineKind::Orphan) });
                }
                continue;
            };
            let first = own_sale(sale, &lines);
            for (index, line) in lines.into_iter().enumerate() {
                let theirs = self.amount(line);
                let kind = if first == Some(index) { kind_of(sale, line, theirs) } else { LineKind::Duplicate };
                let ours = (first == Some(index) && sale.paid).then_some(sale.amount.minor);
                let expected_fee = sale.expected_fee.filter(|_| ours.is_some() && line.fee.is_some());
                self.lines.push(Line { ours, theirs, expected_fee, ..of_sale(sale, told(line, kind)) });
                if first == Some(index) {
                    self.told.insert(sale.attempt);
                }
            }
        }
    }

    /// It may be what we hold: then we do not say that they know nothing of it.
    fn unreadable(&mut self, line: &BookLine) {
        let note = match &line.amount {
            Err(text) => text.clone(),
            Ok(amount) => format!("{amount} {}, {}", amount.currency, line.raw),
        };
        let note = Some(note.chars().take(NOTE).collect());
        let made = Line { note, ..told(line, LineKind::Unreadable) };
        let sale = reference(line).and_then(|reference| self.sales.get(reference).copied());
        let Some(sale) = sale else { return self.lines.push(made) };
        let own = line.kind == BookKind::Sale && sale.paid && !sale.settled && self.told.insert(sale.attempt);
        self.lines.push(Line { ours: own.then_some(sale.amount.minor), ..of_sale(sale, made) });
    }

    fn missing_there(&mut self) {
        let missing: Vec<&Sale> = self
            .sales
            .values()
            .copied()
            .filter(|sale| sale.paid && sale.due && !self.told.contains(&sale.attempt))
            .collect();
        for sale in missing {
            let line = only_ours(format!("sale:{}", sale.attempt), LineKind::MissingThere, LineDirection::Sale);
            self.lines.push(Line {
                ours: Some(sale.amount.minor),
                transaction: sale.transaction.clone(),
                wire_reference: Some(sale.wire_reference.clone()),
                ..of_sale(sale, line)
            });
        }
    }

    /// Of one reference, the same amounts belong together, one to one; what is left differs.
    fn back(&mut self, lines: &[&BookLine]) {
        let mut theirs = by_reference(lines);
        let nobodys = theirs.remove(&None).unwrap_or_default();
        nobodys.into_iter().for_each(|line| self.back_of(line, None, LineKind::Refund));
        let references: HashSet<&str> =
            theirs.keys().filter_map(|reference| *reference).chain(self.refunds.keys().copied()).collect();
        let mut references: Vec<&str> = references.into_iter().collect();
        references.sort_unstable();
        for reference in references {
            let mut ours: Vec<&MoneyBack> = self.refunds.get(reference).cloned().unwrap_or_default();
            ours.retain(|refund| !refund.settled);
            let mut left = Vec::new();
            for line in theirs.remove(&Some(reference)).unwrap_or_default() {
                let same = ours.iter().position(|refund| Some(refund.amount.minor) == self.amount(line));
                match same {
                    Some(index) => self.back_of(line, Some(ours.remove(index)), LineKind::Matched),
                    None => left.push(line),
                }
            }
            ours.retain(|refund| refund.due);
            match (&left[..], &ours[..]) {
                ([line], [refund]) => self.back_of(line, Some(refund), LineKind::Refund),
                _ => {
                    left.into_iter().for_each(|line| self.back_of(line, None, LineKind::Refund));
                    ours.into_iter().for_each(|refund| self.only_our_refund(refund));
                }
            }
        }
    }

    fn back_of(&mut self, line: &BookLine, refund: Option<&MoneyBack>, kind: LineKind) {
        let theirs = self.amount(line);
        let made = Line { theirs, ours: refund.map(|refund| refund.amount.minor), ..told(line, kind) };
        let sale = reference(line).and_then(|reference| self.sales.get(reference).copied());
        self.lines.push(match (refund, sale) {
            (Some(refund), _) => of_refund(refund, made),
            (None, Some(sale)) => of_sale(sale, made),
            (None, None) => made,
        });
    }

    fn only_our_refund(&mut self, refund: &MoneyBack) {
        let line = only_ours(format!("refund:{}", refund.refund), LineKind::Refund, LineDirection::Refund);
        let wire_reference = Some(refund.wire_reference.clone());
        let made = Line { ours: Some(refund.amount.minor), wire_reference, ..of_refund(refund, line) };
        self.lines.push(made);
    }

    /// The lines in their order, each with a key of its own even where the other side numbers two alike.
    fn numbered(mut self) -> Vec<Line> {
        let at = |line: &Line| line.at.unwrap_or(Timestamp::MAX);
        let rest = |line: &Line| (line.wire_reference.clone(), line.key.clone(), line.theirs, line.kind);
        self.lines.sort_by(|one, other| {
            let only_ours = |line: &Line| line.theirs.is_none() && line.kind != LineKind::Unreadable;
            let first = only_ours(one).cmp(&only_ours(other)).then_with(|| at(one).cmp(&at(other)));
            first.then_with(|| one.key.len().cmp(&other.key.len())).then_with(|| rest(one).cmp(&rest(other)))
        });
        let mut times: HashMap<String, usize> = HashMap::new();
        for line in &mut self.lines {
            let again = times.entry(line.key.clone()).or_default();
            *again += 1;
            if *again > 1 {
                line.key = format!("{}#{again}", line.key);
            }
        }
        self.lines
    }
}

/// Which of the sales under its reference is the attempt's own: the one that it was paid by; the oldest where nobody has
/// said which, and none where another day's books have it.
fn own_sale(sale: &Sale, lines: &[&BookLine]) -> Option<usize> {
    match sale.transaction.as_deref().filter(|transaction| sale.paid && !transaction.is_empty()) {
        Some(transaction) => lines.iter().position(|line| line.transaction == transaction),
        None => (!sale.settled).then_some(0),
    }
}

fn kind_of(sale: &Sale, line: &BookLine, theirs: Option<i64>) -> LineKind {
    if !sale.paid {
        return LineKind::MissingHere;
    }
    if theirs != Some(sale.amount.minor) {
        return LineKind::Amount;
    }
    match (line.fee, sale.expected_fee) {
        (Some(fee), Some(expected)) if fee.minor != expected => LineKind::Fee,
        _ => LineKind::Matched,
    }
}

/// A line of theirs.
fn told(line: &BookLine, kind: LineKind) -> Line {
    let (direction, letter) = match line.kind {
        BookKind::Sale => (LineDirection::Sale, "s"),
        BookKind::Refund | BookKind::Void => (LineDirection::Refund, "r"),
        BookKind::Other => (LineDirection::Other, "o"),
    };
    Line {
        transaction: Some(line.transaction.clone()).filter(|transaction| !transaction.is_empty()),
        wire_reference: reference(line).map(str::to_owned),
        fee: line.fee.map(|fee| fee.minor),
        at: line.at,
        ..only_ours(format!("{letter}:{}", line.transaction), kind, direction)
    }
}

fn only_ours(key: String, kind: LineKind, direction: LineDirection) -> Line {
    Line {
        key,
        kind,
        direction,
        store: None,
        payment: None,
        attempt: None,
        refund: None,
        transaction: None,
        wire_reference: None,
        ours: None,
        theirs: None,
        fee: None,
        expected_fee: None,
        at: None,
        note: None,
    }
}

fn of_sale(sale: &Sale, line: Line) -> Line {
    Line { store: Some(sale.store), payment: Some(sale.payment), attempt: Some(sale.attempt), ..line }
}

fn of_refund(refund: &MoneyBack, line: Line) -> Line {
    let (store, payment, attempt) = (Some(refund.store), Some(refund.payment), Some(refund.attempt));
    Line { store, payment, attempt, refund: Some(refund.refund), ..line }
}

#[cfg(test)]
mod tests;
