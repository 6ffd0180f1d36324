//! Rules of routing: which requests one fits, and in which order it has providers tried. Pure.

use schemas::payment::Method;
use schemas::{Currency, Phone};

/// What rules know of a request; what is not known fits no condition on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// How it is paid.
    pub method: Option<Method>,
    /// Of which wallet.
    pub brand: Option<&'a str>,
    /// The customer's bank.
    pub bank: Option<&'a str>,
    /// In what.
    pub currency: Option<Currency>,
    /// How much, in minor units.
    pub amount: Option<i64>,
    /// The city of the gazetteer where a parcel is fetched.
    pub from: Option<&'a str>,
    /// The city where it goes.
    pub to: Option<&'a str>,
    /// How heavy it is.
    pub grams: Option<i64>,
    /// Whether money is collected at the door.
    pub cash_on_delivery: Option<bool>,
    /// The customer's number.
    pub phone: Option<&'a Phone>,
}

/// Which requests a rule is for. A list that is empty, or nothing, asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// One of these ways of paying.
    pub methods: Vec<Method>,
    /// One of these wallets.
    pub brands: Vec<String>,
    /// One of these banks.
    pub banks: Vec<String>,
    /// In this money.
    pub currency: Option<Currency>,
    /// From this amount on, in minor units.
    pub amount_min: Option<i64>,
    /// Up to this amount.
    pub amount_max: Option<i64>,
    /// From one of these cities.
    pub from: Vec<&'static str>,
    /// To one of these cities.
    pub to: Vec<&'static str>,
    /// From this weight on.
    pub least_grams: Option<i64>,
    /// Up to this weight.
    pub most_grams: Option<i64>,
    /// Only with cash on delivery, or only without.
    pub cash_on_delivery: Option<bool>,
    /// The customer's number begins so, behind the country code.
    pub prefixes: Vec<String>,
}

/// A provider that a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Who.
    pub provider: String,
    /// A carrier's service; the first that fits where nothing is said.
    pub service: Option<&'static str>,
    /// Its share of those that are tried first; either all of a rule have one, or none.
    pub weight: Option<u32>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What its owner calls it.
    pub name: String,
    /// Whether a store made it for itself, or the platform for all.
    pub of_store: bool,
    /// Which requests it is for.
    pub when: When,
    /// Who serves them.
    pub uses: Vec<Use>,
    /// Whether nobody else does.
    pub only: bool,
}

/// The place of the first rule that a request fits: it alone counts.
pub fn first_fitting(rules: &[Rule], facts: &Facts<'_>) -> Option<usize> {
    rules.iter().position(|rule| rule.when.fits(facts))
}

impl When {
    /// Whether a request is one of them.
    pub fn fits(&self, facts: &Facts<'_>) -> bool {
        let one_of = |wanted: &[String], given: Option<&str>| wanted.is_empty() || contains(wanted, given);
        let city = |wanted: &[&str], given: Option<&str>| {
            wanted.is_empty() || given.is_some_and(|given| wanted.contains(&given))
        };
        (self.methods.is_empty() || facts.method.is_some_and(|method| self.methods.contains(&method)))
            && one_of(&self.brands, facts.brand)
            && one_of(&self.banks, facts.bank)
            && self.currency.is_none_or(|currency| facts.currency == Some(currency))
            && within(self.amount_min, self.amount_max, facts.amount)
            && city(&self.from, facts.from)
            && city(&self.to, facts.to)
            && within(self.least_grams, self.most_grams, facts.grams)
            && self.cash_on_delivery.is_none_or(|cash| facts.cash_on_delivery == Some(cash))
            && one_of(&self.prefixes, facts.phone.map(prefix))
    }
}

impl Rule {
    /// The providers that it names, as they are tried for one request: indexes of `uses`. With weights the seed, a keyed hash
    /// of the request's own reference, draws one after another; without a seed the heaviest come first.
    pub fn order(&self, seed: Option<u64>) -> Vec<usize> {
        let mut left: Vec<usize> = (0..self.uses.len()).collect();
        let weight = |index: &usize| u64::from(self.uses[*index].weight.unwrap_or_default());
        if !self.is_weighted() {
            return left;
        }
        let Some(seed) = seed else {
            left.sort_by_key(|index| std::cmp::Reverse(weight(index)));
            return left;
        };
        let mut order = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let total: u64 = left.iter().map(weight).sum();
            let mut ticket = mixed(seed, order.len()).checked_rem(total).unwrap_or_default();
            let drawn = left.iter().position(|index| {
                let drawn = ticket < weight(index);
                ticket = ticket.saturating_sub(weight(index));
                drawn
            });
            order.push(left.remove(drawn.unwrap_or_default()));
        }
        order
    }

    /// Whether a request's reference decides who is tried first.
    pub fn is_weighted(&self) -> bool {
        self.uses.iter().any(|one| one.weight.is_some())
    }
}

/// What a number begins with behind the country code: the operator's two digits.
pub fn prefix(phone: &Phone) -> &str {
    phone.e164().get(4..6).unwrap_or_default()
}

fn contains(wanted: &[String], given: Option<&str>) -> bool {
    given.is_some_and(|given| wanted.iter().any(|one| one == given))
}

fn within(least: Option<i64>, most: Option<i64>, given: Option<i64>) -> bool {
    match given {
        Some(given) => least.is_none_or(|least| given >= least) && most.is_none_or(|most| given <= most),
        None => least.is_none() && most.is_none(),
    }
}

/// The number of the draw worked into the seed (SplitMix64), so that one draw says nothing of the next.
fn mixed(seed: u64, draw: usize) -> u64 {
    let step = u64::try_from(draw).unwrap_or_default().wrapping_add(1);
    let mixed = seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
