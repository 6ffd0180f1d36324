//! Seconds of a terminal: each handed out once, never ahead of the clock, refunds first.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jisr::db::{Db, terminal_sequences};
use jisr::work::DbSequences;
use kit::{Ambient, Sequences, Urgency};

use crate::harness::{Backend, TestDatabase, on_both};

const SCOPE: &str = "host/merchant/terminal";
const START: i64 = 1_800_000_000;

async fn two(backend: Backend) -> (Db, Db) {
    let database = TestDatabase::create(backend).await;
    let one = Db::connect(&database.url, 8).await.expect("a database");
    one.migrate().await.expect("a schema");
    (one, Db::connect(&database.url, 8).await.expect("a database"))
}

async fn take(db: &Db, second: i64, urgent: bool) -> bool {
    terminal_sequences::take(db, SCOPE, second, urgent).await.expect("an answer")
}

on_both! {
    async fn two_hundred_takers_get_a_second_each(backend) {
        let (one, two) = two(backend).await;
        let mut waiting = 200;
        let mut second = START;
        while waiting > 0 {
            // Everyone who waits tries at once, twenty at a time at the least.
            let tries = (0..waiting.min(20)).map(|index| {
                let db = if index % 2 == 0 { one.clone() } else { two.clone() };
                tokio::spawn(async move { take(&db, second, false).await })
            });
            let won = join_all(tries).await.into_iter().filter(|won| *won.as_ref().expect("no panic")).count();
            assert_eq!(won, 1, "second {second}");
            waiting -= won;
            second += 1;
        }
        assert_eq!(second, START + 200);
    }
}

on_both! {
    async fn a_clock_that_goes_back_gets_nothing_twice(backend) {
        let (one, two) = two(backend).await;
        assert!(take(&one, START, false).await);
        for earlier in [START, START - 1, START - 3_600] {
            assert!(!take(&two, earlier, false).await && !take(&two, earlier, true).await, "{earlier}");
        }
        // What a refund asked for in vain does not keep the terminal shut once the clock is right again.
        assert!(take(&two, START + 1, true).await);
        terminal_sequences::release(&two, SCOPE).await.expect("released");
        assert!(take(&one, START + 2, false).await);
        assert!(terminal_sequences::take(&one, "another", START, false).await.expect("an answer"), "each terminal has its own");
    }
}

on_both! {
    async fn questions_stand_back_for_a_refund(backend) {
        let (one, two) = two(backend).await;
        assert!(take(&one, START, false).await);
        assert!(!take(&two, START, true).await, "the refund comes too late for this second");
        assert!(!take(&one, START + 1, false).await, "and the next is its own");
        assert!(take(&two, START + 1, true).await);
        terminal_sequences::release(&two, SCOPE).await.expect("released");
        assert!(take(&one, START + 2, false).await);
        // A refund that never comes back does not shut the terminal for ever.
        assert!(!take(&two, START + 2, true).await);
        let free = (START + 3..START + 20).collect::<Vec<_>>();
        let mut first = None;
        for second in free {
            if take(&one, second, false).await {
                first = Some(second);
                break;
            }
        }
        assert_eq!(first, Some(START + 6));
    }
}

on_both! {
    async fn waiting_callers_get_seconds_that_rise_and_are_never_ahead_of_the_clock(backend) {
        let (one, two) = two(backend).await;
        let ambient = Ambient::system();
        let sources = [one, two].map(|db| Arc::new(DbSequences::new(db, ambient.clone())));
        let callers = (0..4).map(|index| {
            let (source, ambient) = (Arc::clone(&sources[index % 2]), ambient.clone());
            tokio::spawn(async move {
                let urgency = if index == 3 { Urgency::First } else { Urgency::Ordinary };
                if urgency == Urgency::First {
                    // It comes last, when the others wait already.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                let asked = ambient.now().as_second();
                let second = source.next_second(SCOPE, urgency).await.expect("a second");
                assert!(second <= ambient.now(), "{second} is ahead of the clock");
                (second, second.as_second() - asked)
            })
        });
        let taken: Vec<_> = join_all(callers).await.into_iter().map(|taken| taken.expect("no panic")).collect();
        let mut seconds: Vec<_> = taken.iter().map(|(second, _)| *second).collect();
        seconds.sort();
        assert!(seconds.windows(2).all(|pair| pair[0] < pair[1]), "{taken:?}");
        // Whoever else waits stands back: the refund has the next second, or the one after it on a slow machine.
        assert!(taken[3].1 <= 2, "{taken:?}");
    }
}
