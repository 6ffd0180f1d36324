//! Reading rules: every field once, into types that cannot hold nonsense; every fault named in both languages.

use std::collections::BTreeSet;

use schemas::{Currency, DecimalText};

use super::Port;
use super::rule::{Rule, Use, When};
use super::wire::{RoutingRule, RuleConditions, RuleUse};
use crate::fields::{Faults, amount};
use crate::refusal::Refusal;

/// The most rules of one list.
pub const MOST_RULES: usize = 100;
/// The most entries of one condition.
const MOST_ENTRIES: usize = 50;
/// The longest name.
const LONGEST_NAME: usize = 80;
/// The greatest weight.
const HEAVIEST: u32 = 1_000;
/// What a parcel can weigh at the most, far above what anybody carries.
const HEAVIEST_PARCEL: i64 = 100_000_000;

/// Reads a list, or names every field at fault. Whether a bank is known is for the area of payments to say.
pub fn rules(
    sent: &[RoutingRule],
    port: Port,
    of_store: bool,
    knows_bank: fn(&str) -> bool,
) -> Result<Vec<Rule>, Refusal> {
    let mut faults = Faults::default();
    if sent.len() > MOST_RULES {
        faults.add("rules", format!("at most {MOST_RULES} rules"), format!("{MOST_RULES} قاعدة على الأكثر"));
    }
    let mut names = BTreeSet::new();
    let mut read = Vec::new();
    for (index, rule) in sent.iter().take(MOST_RULES).enumerate() {
        let reader = Reader { at: format!("rules[{index}]"), port, knows_bank };
        if !names.insert(rule.name.trim()) {
            let field = reader.field("name");
            faults.add(&field, "another rule has this name", "يوجد قاعدة أخرى بهذا الاسم");
        }
        read.extend(reader.rule(rule, of_store, &mut faults));
    }
    faults.or(Some(read))
}

/// Reads one rule of a list that was read before: what is no longer known makes it none.
pub fn kept(sent: &RoutingRule, port: Port, of_store: bool) -> Option<Rule> {
    let mut faults = Faults::default();
    let reader = Reader { at: "rule".to_owned(), port, knows_bank: |_| true };
    let rule = reader.rule(sent, of_store, &mut faults);
    rule.filter(|_| faults.0.is_empty())
}

struct Reader {
    at: String,
    port: Port,
    knows_bank: fn(&str) -> bool,
}

impl Reader {
    fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.at)
    }

    fn rule(&self, sent: &RoutingRule, of_store: bool, faults: &mut Faults) -> Option<Rule> {
        let name = sent.name.trim();
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            faults.add(
                &self.field("name"),
                format!("1 to {LONGEST_NAME} characters, none of them a control character"),
                format!("من 1 إلى {LONGEST_NAME} حرفاً دون محارف تحكم"),
            );
        }
        self.foreign(&sent.when, faults);
        let when = self.when(&sent.when, faults);
        let uses = self.uses(&sent.uses, faults);
        Some(Rule { name: name.to_owned(), of_store, when: when?, uses, only: sent.only })
    }

    /// Names conditions that the port knows nothing of.
    fn foreign(&self, when: &RuleConditions, faults: &mut Faults) {
        let given = match self.port {
            Port::Payments => vec![
                ("cities", when.cities.is_some()),
                ("least_grams", when.least_grams.is_some()),
                ("most_grams", when.most_grams.is_some()),
                ("cash_on_delivery", when.cash_on_delivery.is_some()),
            ],
            Port::Shipping => vec![
                ("methods", !when.methods.is_empty()),
                ("brands", !when.brands.is_empty()),
                ("banks", !when.banks.is_empty()),
                ("amount_min", when.amount_min.is_some()),
                ("amount_max", when.amount_max.is_some()),
                ("currency", when.currency.is_some()),
            ],
        };
        for (name, _) in given.into_iter().filter(|(_, given)| *given) {
            let field = self.field(&format!("when.{name}"));
            faults.add(
                &field,
                format!("no condition of rules for {}", self.port),
                format!("هذا ليس من شروط قواعد {}", self.port),
            );
        }
    }

    fn when(&self, sent: &RuleConditions, faults: &mut Faults) -> Option<When> {
        let currency = sent.currency.unwrap_or(Currency::Lyd);
        let has_amount = sent.amount_min.is_some() || sent.amount_max.is_some();
        let amount_min = self.amount("amount_min", sent.amount_min.as_ref(), currency, faults)?;
        let amount_max = self.amount("amount_max", sent.amount_max.as_ref(), currency, faults)?;
        self.ordered("amount_max", amount_min, amount_max, faults);
        let least_grams = self.grams("least_grams", sent.least_grams, faults);
        let most_grams = self.grams("most_grams", sent.most_grams, faults);
        self.ordered("most_grams", least_grams, most_grams, faults);
        let brands = super::brands();
        let cities = sent.cities.clone().unwrap_or_default();
        Some(When {
            methods: sent.methods.clone(),
            brands: self.known("brands", &sent.brands, |one| brands.contains(one), faults),
            banks: self.known("banks", &sent.banks, self.knows_bank, faults),
            currency: sent.currency.or(has_amount.then_some(currency)),
            amount_min,
            amount_max,
            from: self.cities("from", &cities.from, faults),
            to: self.cities("to", &cities.to, faults),
            least_grams,
            most_grams,
            cash_on_delivery: sent.cash_on_delivery,
            prefixes: self.prefixes(&sent.prefixes, faults),
        })
    }

    /// An amount, where one is said; `None` where it cannot be read.
    fn amount(
        &self,
        name: &str,
        sent: Option<&DecimalText>,
        currency: Currency,
        faults: &mut Faults,
    ) -> Option<Option<i64>> {
        let Some(sent) = sent else { return Some(None) };
        let read = amount(&self.field(&format!("when.{name}")), &sent.0, currency, faults);
        read.map(|money| Some(money.minor))
    }

    fn grams(&self, name: &str, sent: Option<i64>, faults: &mut Faults) -> Option<i64> {
        if sent.is_some_and(|grams| !(1..=HEAVIEST_PARCEL).contains(&grams)) {
            let field = self.field(&format!("when.{name}"));
            faults.add(&field, "whole grams, at least 1", "غرامات صحيحة، 1 على الأقل");
        }
        sent
    }

    fn ordered(&self, name: &str, least: Option<i64>, most: Option<i64>, faults: &mut Faults) {
        if least.zip(most).is_some_and(|(least, most)| least > most) {
            let field = self.field(&format!("when.{name}"));
            faults.add(&field, "the most is less than the least", "الحد الأعلى أصغر من الحد الأدنى");
        }
    }

    fn known(&self, name: &str, sent: &[String], is_known: impl Fn(&str) -> bool, faults: &mut Faults) -> Vec<String> {
        self.few(name, sent, faults);
        for (index, one) in sent.iter().enumerate().filter(|(_, one)| !is_known(one)) {
            let field = self.field(&format!("when.{name}[{index}]"));
            let shown: String = one.chars().take(40).collect();
            faults.add(&field, format!("{shown} is not known"), format!("القيمة {shown} غير معروفة"));
        }
        sent.to_vec()
    }

    fn cities(&self, end: &str, sent: &[String], faults: &mut Faults) -> Vec<&'static str> {
        self.few(&format!("cities.{end}"), sent, faults);
        let mut found = Vec::new();
        for (index, text) in sent.iter().enumerate() {
            match gazetteer::find_city(text) {
                Some(city) => found.push(city.id),
                None => {
                    let field = self.field(&format!("when.cities.{end}[{index}]"));
                    faults.add(&field, "no city of Libya has this name", "لا توجد مدينة ليبية بهذا الاسم");
                }
            }
        }
        found
    }

    fn prefixes(&self, sent: &[String], faults: &mut Faults) -> Vec<String> {
        self.few("prefixes", sent, faults);
        for (index, prefix) in sent.iter().enumerate() {
            if prefix.len() != 2 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) || prefix.starts_with('0') {
                let field = self.field(&format!("when.prefixes[{index}]"));
                let (en, ar) = ("the two digits behind the country code, such as 91", "الرقمان بعد رمز الدولة مثل 91");
                faults.add(&field, en, ar);
            }
        }
        sent.to_vec()
    }

    fn few(&self, name: &str, sent: &[String], faults: &mut Faults) {
        if sent.len() > MOST_ENTRIES {
            let field = self.field(&format!("when.{name}"));
            faults.add(&field, format!("at most {MOST_ENTRIES}"), format!("{MOST_ENTRIES} على الأكثر"));
        }
    }

    fn uses(&self, sent: &[RuleUse], faults: &mut Faults) -> Vec<Use> {
        if !(1..=MOST_ENTRIES).contains(&sent.len()) {
            let (en, ar) = (format!("1 to {MOST_ENTRIES} providers"), format!("من 1 إلى {MOST_ENTRIES} من المزودين"));
            faults.add(&self.field("use"), en, ar);
        }
        let weighted = sent.iter().filter(|one| one.weight.is_some()).count();
        if weighted != 0 && weighted != sent.len() {
            let (en, ar) = ("either all of them have a weight, or none", "إما أن يكون لكلٍّ منها وزن أو لا يكون لأيٍّ منها");
            faults.add(&self.field("use"), en, ar);
        } else if weighted != 0 && sent.iter().all(|one| one.weight == Some(0)) {
            faults.add(&self.field("use"), "one of the weights is above 0", "يجب أن يكون أحد الأوزان أكبر من 0");
        }
        let mut names = BTreeSet::new();
        let mut read = Vec::new();
        for (index, one) in sent.iter().enumerate() {
            let at = |name: &str| self.field(&format!("use[{index}].{name}"));
            if one.weight.is_some_and(|weight| weight > HEAVIEST) {
                faults.add(&at("weight"), format!("0 to {HEAVIEST}"), format!("من 0 إلى {HEAVIEST}"));
            }
            if !self.port.serves(&one.provider) {
                let (en, ar) = (
                    format!("there is no provider of this name that serves {}", self.port),
                    format!("لا يوجد مزود بهذا الاسم يخدم {}", self.port),
                );
                faults.add(&at("provider"), en, ar);
            } else if !names.insert((&one.provider, &one.service)) {
                faults.add(&at("provider"), "it is named twice", "ذُكر مرتين");
            }
            let service = self.service(one, &at("service"), faults);
            read.push(Use { provider: one.provider.clone(), service, weight: one.weight });
        }
        read
    }

    fn service(&self, one: &RuleUse, field: &str, faults: &mut Faults) -> Option<&'static str> {
        let wanted = one.service.as_deref()?;
        let card = shipping_adapters::registry::card(&one.provider).filter(|_| self.port == Port::Shipping);
        let found = card.and_then(|card| card.service(wanted));
        if found.is_none() {
            faults.add(field, "the provider has no such service", "لا يقدم المزود هذه الخدمة");
        }
        found.map(|service| service.key)
    }
}
