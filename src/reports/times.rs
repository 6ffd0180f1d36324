//! How long calls took, from classes that the database has counted. Pure.

use crate::db::integration_report::Group;

/// Where classes end, in milliseconds: each less than a half longer than the one before, from ten on.
const BOUNDS: [u64; 29] = [
    1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 56, 80, 115, 160, 230, 320, 450, 640, 900, 1_300, 1_800, 2_500, 3_500, 5_000,
    7_000, 10_000, 14_000, 20_000, 29_000,
];

/// Where classes end, with those that something is promised of.
pub(super) fn bounds(promised: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut bounds: Vec<u64> = BOUNDS.into_iter().chain(promised).collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

/// Times in milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// How many there are.
    pub count: i64,
    /// All of them together, divided by how many there are.
    pub mean: f64,
    /// What half of them did not exceed.
    pub p50: f64,
    /// What 95 of a hundred did not exceed.
    pub p95: f64,
    /// What 99 of a hundred did not exceed.
    pub p99: f64,
}

#[derive(Debug, Clone, Copy)]
struct Class {
    count: i64,
    total: f64,
    least: f64,
    most: f64,
}

impl Class {
    const EMPTY: Self = Self { count: 0, total: 0.0, least: f64::INFINITY, most: 0.0 };

    fn add(&mut self, group: &Group) {
        self.count += group.calls;
        self.total += group.total_ms;
        self.least = self.least.min(group.least_ms);
        self.most = self.most.max(group.most_ms);
    }
}

/// What the times of these came to; nothing where none has one.
pub(super) fn of<'a>(groups: impl IntoIterator<Item = &'a Group>, bounds: &[u64]) -> Option<Times> {
    let mut classes = vec![Class::EMPTY; bounds.len() + 1];
    for group in groups {
        if let Some(class) = usize::try_from(group.class).ok().and_then(|class| classes.get_mut(class)) {
            class.add(group);
        }
    }
    let count: i64 = classes.iter().map(|class| class.count).sum();
    let total: f64 = classes.iter().map(|class| class.total).sum();
    (count > 0).then(|| {
        let at = |share| percentile(&classes, count, share);
        Times { count, mean: total / count as f64, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    })
}

/// The time that such a share did not exceed: between the least and the greatest of its class, as if it were filled evenly.
fn percentile(classes: &[Class], count: i64, share: f64) -> f64 {
    let rank = ((share * count as f64).ceil() as i64).clamp(1, count);
    let mut before = 0;
    for class in classes {
        if before + class.count >= rank {
            let place = (rank - before - 1) as f64 / (class.count - 1).max(1) as f64;
            return if class.count == 1 { class.most } else { class.least + (class.most - class.least) * place };
        }
        before += class.count;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups(millis: &[u64], bounds: &[u64]) -> Vec<Group> {
        let one = |millis: &u64| Group {
            integration_id: uuid::Uuid::nil(),
            operation: String::new(),
            status: String::new(),
            error_code: String::new(),
            class: bounds.partition_point(|bound| bound < millis) as i64,
            calls: 1,
            total_ms: *millis as f64,
            least_ms: *millis as f64,
            most_ms: *millis as f64,
        };
        millis.iter().map(one).collect()
    }

    proptest! {
        #[test]
        fn a_percentile_lies_in_the_class_of_the_time_that_it_is(
            mut millis in proptest::collection::vec(0u64..60_000, 1..300), promised in 1u64..60_000
        ) {
            let bounds = bounds([promised]);
            let times = of(&groups(&millis, &bounds), &bounds).expect("there are some");
            millis.sort_unstable();
            let class = |time: u64| bounds.partition_point(|bound| *bound < time);
            for (share, told) in [(0.5, times.p50), (0.95, times.p95), (0.99, times.p99)] {
                let exact = millis[(share * millis.len() as f64).ceil() as usize - 1];
                prop_assert_eq!(class(told.ceil() as u64), class(exact), "{} for {}", told, exact);
                prop_assert_eq!(told <= promised as f64, exact <= promised, "a promise is kept or not, exactly");
            }
            prop_assert_eq!(times.count, millis.len() as i64);
        }
    }

    #[test]
    fn what_has_no_time_is_left_out() {
        let bounds = bounds([]);
        let mut some = groups(&[10, 30], &bounds);
        some.push(Group { class: -1, total_ms: 0.0, ..some[0].clone() });
        let times = of(&some, &bounds).expect("there are some");
        assert_eq!((times.count, times.mean, times.p50, times.p99), (2, 20.0, 10.0, 30.0));
        assert_eq!(of(&[], &bounds), None);
    }
}
