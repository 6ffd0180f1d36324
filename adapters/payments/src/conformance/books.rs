//! The conformance suite of `Books`: its numbered promises, one function each.

use kit::testing::ScriptedWire;
use kit::{Error, Safety};

use crate::books::BookLine;
use crate::port::PaymentProvider;

/// The promises of `Books`, of a day that is in the script: "1. A `Read`. 2. Every line of the day. 3. Each line once."
pub async fn tells_a_day(provider: &dyn PaymentProvider, wire: &ScriptedWire, day: jiff::civil::Date) -> Vec<BookLine> {
    let before = wire.carried().len();
    let books = provider.books().expect("books 2: it shows its books");
    let lines = books.day(day).await.expect("books 2: the day is told");
    let carried = wire.carried();
    let calls = &carried[before..];
    assert!(!calls.is_empty() && calls.iter().all(|call| call.safety == Safety::Read), "books 1: it is a Read");
    assert!(calls.iter().all(|call| call.account == *provider.account()), "books 1: it is asked for this account");
    let mut ids: Vec<_> = lines.iter().map(|line| (&line.transaction, line.kind)).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), lines.len(), "books 3: each line once");
    lines
}

/// "2. … or an error: never a part." The script must hold an answer that cannot be read.
pub async fn says_when_a_day_cannot_be_told(provider: &dyn PaymentProvider, day: jiff::civil::Date) -> Error {
    let books = provider.books().expect("books 2: it shows its books");
    books.day(day).await.expect_err("books 2: what cannot be told is an error")
}

#[cfg(test)]
mod tests {
    use kit::Kind;
    use kit::testing::Script;

    use super::*;
    use crate::conformance::tests::account;

    macro_rules! sample {
        ($name:literal) => {
            include_str!(concat!("../../../../schemas/providers/", $name))
        };
    }

    #[tokio::test(start_paused = true)]
    async fn moamalat_shows_its_books() {
        let day = jiff::civil::date(2025, 1, 31);
        let found = Script::Answer(200, sample!("moamalat/filter_approved.json"));
        let none = Script::Answer(200, sample!("moamalat/filter_not_found.json"));
        let nonsense = ["<html>", "{}", r#"{"Success":false,"Message":"no"}"#].map(|body| Script::Answer(200, body));
        let (provider, wire) = account("moamalat", [found, none].into_iter().chain(nonsense));
        let lines = tells_a_day(provider.as_ref(), &wire, day).await;
        assert_eq!((lines.len(), lines[0].transaction.as_str(), lines[0].fee), (1, "1240001", None));
        assert!(tells_a_day(provider.as_ref(), &wire, day).await.is_empty());
        for kind in [Kind::Protocol, Kind::Protocol, Kind::Rejected] {
            assert_eq!(says_when_a_day_cannot_be_told(provider.as_ref(), day).await.kind, kind);
        }
    }
}
