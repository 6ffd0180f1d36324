//! What no rule may do to an order, and how its draws fall.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 5] = ["moamalat", "sadad", "plutu", "tlync", "mobicash"];

fn rule(uses: &[(&str, Option<u32>)], only: bool) -> Rule {
    let uses = uses.iter().map(|(name, weight)| Use { provider: (*name).to_owned(), service: None, weight: *weight });
    Rule { name: "rule".to_owned(), of_store: true, when: When::default(), uses: uses.collect(), only }
}

fn bid(provider: &'static str, is_usable: bool) -> Bid {
    Bid { provider, service: None, rank: usize::MAX, cost: 0, is_usable }
}

fn names(placed: &[Placed], bids: &[Bid]) -> Vec<&'static str> {
    placed.iter().map(|one| bids[one.index].provider).collect()
}

prop_compose! {
    fn bids()(usable in prop::collection::vec(any::<bool>(), 5), costs in prop::collection::vec(0_i64..4, 5),
        ranks in prop::collection::vec(0_usize..3, 5)) -> Vec<Bid> {
        let parts = NAMES.iter().zip(usable).zip(costs).zip(ranks);
        parts.map(|(((name, is_usable), cost), rank)| Bid { rank, cost, ..bid(name, is_usable) }).collect()
    }
}

prop_compose! {
    fn any_rule()(names in prop::sample::subsequence(NAMES.to_vec(), 1..=5).prop_shuffle(), only in any::<bool>(),
        weights in prop::option::of(prop::collection::vec(0_u32..1_000, 5))) -> Rule {
        let weight = |index: usize| weights.as_ref().map(|weights| weights[index]);
        let uses: Vec<_> = names.iter().enumerate().map(|(index, name)| (*name, weight(index))).collect();
        rule(&uses, only)
    }
}

proptest! {
    #[test]
    fn an_order_is_a_permutation_and_makes_nobody_usable(bids in bids(), rule in prop::option::of(any_rule()), seed: Option<u64>) {
        let placed = arranged(&bids, rule.as_ref(), seed);
        let mut indexes: Vec<usize> = placed.iter().map(|one| one.index).collect();
        indexes.sort_unstable();
        prop_assert_eq!(indexes, (0..bids.len()).collect::<Vec<_>>());
        prop_assert!(placed.iter().all(|one| bids[one.index].is_usable || !one.is_usable));
        let first_unusable = placed.iter().position(|one| !one.is_usable).unwrap_or(placed.len());
        prop_assert!(placed[first_unusable..].iter().all(|one| !one.is_usable), "nobody who can stands behind one who cannot");
    }

    #[test]
    fn only_leaves_out_all_that_are_not_named_and_nobody_else(bids in bids(), mut rule in any_rule(), seed: u64) {
        for only in [true, false] {
            rule.only = only;
            for one in arranged(&bids, Some(&rule), Some(seed)) {
                let bid = bids[one.index];
                let named = rule.uses.iter().any(|wanted| wanted.provider == bid.provider);
                prop_assert_eq!(one.is_usable, bid.is_usable && (named || !only));
                prop_assert_eq!(matches!(one.place, Place::Named(_)), named);
            }
        }
    }

    #[test]
    fn the_same_request_is_drawn_alike(bids in bids(), rule in any_rule(), seed: Option<u64>) {
        prop_assert_eq!(arranged(&bids, Some(&rule), seed), arranged(&bids, Some(&rule), seed));
        let mut order = rule.order(seed);
        order.sort_unstable();
        prop_assert_eq!(order, (0..rule.uses.len()).collect::<Vec<_>>());
    }

    #[test]
    fn without_a_rule_the_configuration_and_then_the_cost_decide(bids in bids()) {
        let placed = arranged(&bids, None, None);
        let keys: Vec<_> = placed.iter().map(|one| {
            let bid = bids[one.index];
            (!bid.is_usable, bid.rank, bid.cost, one.index)
        }).collect();
        prop_assert!(keys.is_sorted());
    }
}

#[test]
fn weights_are_kept_within_two_percent() {
    let rule = rule(&[("moamalat", Some(70)), ("sadad", Some(25)), ("plutu", Some(5)), ("tlync", Some(0))], false);
    let draws = 20_000_u64;
    let mut firsts = [0_u64; 4];
    let mut seconds_after_the_first = 0_u64;
    for number in 0..draws {
        // What a keyed hash gives: numbers that say nothing of one another.
        let seed = number.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ (number << 32);
        let order = rule.order(Some(seed));
        firsts[order[0]] += 1;
        seconds_after_the_first += u64::from(order[0] == 0 && order[1] == 1);
    }
    for (found, share) in firsts.iter().zip([70, 25, 5, 0]) {
        assert!(found.abs_diff(draws * share / 100) < draws / 50, "{firsts:?}");
    }
    // Of those that are left the weights hold too: 25 of 30.
    assert!(seconds_after_the_first.abs_diff(firsts[0] * 25 / 30) < draws / 50, "{seconds_after_the_first}");
}

#[test]
fn weights_without_a_reference_put_the_heaviest_first() {
    let rule = rule(&[("sadad", Some(1)), ("plutu", Some(9)), ("tlync", Some(5))], false);
    assert_eq!(rule.order(None), [1, 2, 0]);
}

#[test]
fn a_rule_orders_those_that_can_before_the_cheapest() {
    let bids = [Bid { cost: 9, ..bid("sadad", true) }, bid("plutu", true), bid("tlync", false)];
    let placed = arranged(&bids, Some(&rule(&[("tlync", None), ("sadad", None)], false)), None);
    assert_eq!(names(&placed, &bids), ["sadad", "plutu", "tlync"]);
}

#[test]
fn a_service_that_a_rule_names_is_not_the_others_of_its_carrier() {
    let bids = [
        Bid { service: Some("standard"), ..bid("amyal", true) },
        Bid { service: Some("express"), ..bid("amyal", true) },
    ];
    let mut rule = rule(&[("amyal", None)], true);
    rule.uses[0].service = Some("express");
    let placed = arranged(&bids, Some(&rule), None);
    assert_eq!(placed.iter().map(|one| (one.index, one.is_usable)).collect::<Vec<_>>(), [(1, true), (0, false)]);
}

#[test]
fn every_condition_narrows() {
    let phone = schemas::Phone::parse("0912345678").expect("a number");
    let facts = Facts {
        method: Some(Method::Wallet),
        brand: Some("sadad"),
        bank: Some("jumhouria"),
        currency: Some(Currency::Lyd),
        amount: Some(12_500),
        from: Some("tripoli"),
        to: Some("benghazi"),
        grams: Some(2_000),
        cash_on_delivery: Some(true),
        phone: Some(&phone),
    };
    let cases: Vec<(When, When)> = vec![
        (
            When { methods: vec![Method::Wallet], ..When::default() },
            When { methods: vec![Method::Card], ..When::default() },
        ),
        (
            When { brands: vec!["sadad".into()], ..When::default() },
            When { brands: vec!["edfali".into()], ..When::default() },
        ),
        (
            When { banks: vec!["jumhouria".into()], ..When::default() },
            When { banks: vec!["nub".into()], ..When::default() },
        ),
        (
            When { currency: Some(Currency::Lyd), ..When::default() },
            When { currency: Some(Currency::Usd), ..When::default() },
        ),
        (When { amount_min: Some(12_500), ..When::default() }, When { amount_min: Some(12_501), ..When::default() }),
        (When { amount_max: Some(12_500), ..When::default() }, When { amount_max: Some(12_499), ..When::default() }),
        (When { from: vec!["tripoli"], ..When::default() }, When { from: vec!["benghazi"], ..When::default() }),
        (When { to: vec!["benghazi"], ..When::default() }, When { to: vec!["tripoli"], ..When::default() }),
        (When { least_grams: Some(2_000), ..When::default() }, When { least_grams: Some(2_001), ..When::default() }),
        (When { most_grams: Some(2_000), ..When::default() }, When { most_grams: Some(1_999), ..When::default() }),
        (
            When { cash_on_delivery: Some(true), ..When::default() },
            When { cash_on_delivery: Some(false), ..When::default() },
        ),
        (
            When { prefixes: vec!["91".into()], ..When::default() },
            When { prefixes: vec!["92".into()], ..When::default() },
        ),
    ];
    assert!(When::default().fits(&Facts::default()));
    for (fits, fits_not) in cases {
        assert!(fits.fits(&facts) && !fits_not.fits(&facts), "{fits:?}");
        assert!(!fits.fits(&Facts::default()), "what is not known fits no condition on it: {fits:?}");
    }
}
