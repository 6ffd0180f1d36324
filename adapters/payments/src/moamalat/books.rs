//! Moamalat's books of one day: FilterTransactions over that day alone, page by page, each with a second of its own.

use std::collections::HashSet;

use async_trait::async_trait;
use jiff::civil::Date;
use kit::{Error, Kind};

use super::answer::{self, Row};
use super::wire::Span;
use super::{Moamalat, NAME, PAGES, wrong};
use crate::books::{BookLine, Books};

#[async_trait]
impl Books for Moamalat {
    async fn day(&self, day: Date) -> Result<Vec<BookLine>, Error> {
        let span = Span::of_day(day)
            .ok_or_else(|| Error::refused(Kind::Invalid, NAME, "FilterTransactions", "the calendar has no such day"))?;
        let (mut rows, mut promised) = (Vec::new(), None);
        for _ in 0..PAGES {
            let page = self.page(&span, None, rows.len()).await?;
            let (got, total) = (page.rows.len(), page.total);
            rows.extend(page.rows);
            let promised = *promised.get_or_insert(total);
            if rows.len() >= total {
                return whole(rows, promised, day).map(|rows| answer::book_lines(&rows, &self.settings));
            }
            if got == 0 {
                return Err(wrong(format!("{} of {total} transactions came, and then none", rows.len())));
            }
        }
        Err(wrong(format!("there are more than {PAGES} pages")))
    }
}

/// Each row of the day once. Rows move to later pages while a day grows, so some come twice; fewer than there were when we
/// began are a part and no answer.
fn whole(rows: Vec<Row>, promised: usize, day: Date) -> Result<Vec<Row>, Error> {
    let mut seen = HashSet::new();
    let again =
        |row: &Row| row.identity().is_some_and(|(number, kind)| !seen.insert((number.to_owned(), kind.to_owned())));
    let again: Vec<bool> = rows.iter().map(again).collect();
    let mut rows: Vec<Row> = rows.into_iter().zip(again).filter_map(|(row, again)| (!again).then_some(row)).collect();
    if rows.len() < promised {
        return Err(wrong(format!("only {} of {promised} transactions are different ones", rows.len())));
    }
    // That a range is of whole days is assumed (SOURCE.md, "Paging"): a row that is dated otherwise is that day's.
    rows.retain(|row| row.day().is_none_or(|dated| dated == day));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use kit::testing::{Script, ScriptedWire};
    use schemas::{Currency, Money};
    use serde_json::{Value, json};

    use super::*;
    use crate::books::BookKind;
    use crate::conformance;
    use crate::port::PaymentProvider;

    fn account(script: impl IntoIterator<Item = Script>) -> (Moamalat, Arc<ScriptedWire>) {
        let wire = ScriptedWire::new(script);
        let configuration = json!({"merchant_id": "10081014649", "terminal_id": "99179395", "display_length": 2});
        let credentials = json!({"secret_key": "3a488a89b3f7993476c252f017c488bb"});
        let built = Moamalat::build(configuration, credentials, conformance::parts(Arc::clone(&wire)));
        (built.unwrap_or_else(|error| panic!("{error}")), wire)
    }

    fn row(number: usize, kind: &str, day: u8) -> Value {
        json!({"MerchantReference": format!("jisr-0190a3f2-{number}"), "TransactionId": number.to_string(),
            "TransType": kind, "Status": "Approved", "AmountTrxn": "12500", "FeeAmnt": "125", "Currency": "LYD",
            "TxnDateTime": format!("{day:02}/01/25  16:30"), "TerminalId": "99179395"})
    }

    fn page(total: usize, rows: &[Value]) -> Script {
        let answer =
            json!({"Success": true, "TotalCountAllTransaction": total, "Transactions": [{"DateTransactions": rows}]});
        Script::Answer(200, Box::leak(answer.to_string().into_boxed_str()))
    }

    const DAY: Date = date(2025, 1, 31);

    #[tokio::test(start_paused = true)]
    async fn a_day_is_asked_for_page_by_page_each_with_its_own_second() {
        let refund = json!({"OriginalTxnId": "1", "TransactionId": "7", "TransType": "Refund", "Status": "Approved",
            "AmountTrxn": "500", "Currency": "LYD", "TxnDateTime": "31/01/25  17:00"});
        let (provider, wire) = account([page(3, &[row(1, "Sale", 31), refund]), page(3, &[row(2, "Void", 31)])]);
        let lines = conformance::tells_a_day(&provider, &wire, DAY).await;
        let sent: Vec<Value> =
            wire.carried().iter().map(|call| serde_json::from_slice(&call.request.body).expect("JSON")).collect();
        assert!(sent.iter().all(|one| one["DateFrom"] == "20250131" && one["DateTo"] == "20250131"), "{sent:?}");
        assert_eq!((&sent[0]["DisplayStart"], &sent[1]["DisplayStart"]), (&json!("0"), &json!("2")));
        assert_ne!(sent[0]["DateTimeLocalTrxn"], sent[1]["DateTimeLocalTrxn"]);
        let kinds: Vec<BookKind> = lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [BookKind::Sale, BookKind::Refund, BookKind::Void]);
        assert_eq!(lines[0].fee, Some(Money::new(125, Currency::Lyd)));
        assert_eq!(lines[0].at.expect("a time").to_string(), "2025-01-31T14:30:00Z");
        // What goes back names its sale by its number alone.
        assert_eq!(lines[1].wire_reference.as_deref(), Some("jisr-0190a3f2-1"));
        assert_eq!(lines[1].amount, Ok(Money::new(500, Currency::Lyd)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_is_no_answer() {
        let twice = [row(1, "Sale", 31), row(1, "Sale", 31)];
        for script in [
            vec![page(3, &[row(1, "Sale", 31)]), page(3, &[])],
            vec![page(2, &twice)],
            vec![page(3, &twice), page(3, &[row(2, "Sale", 31)])],
            vec![page(3, &twice), Script::Cut],
        ] {
            let (provider, _) = account(script.clone());
            let books = provider.books().expect("it has books");
            assert!(books.day(DAY).await.is_err(), "{script:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_day_that_grows_while_it_is_read_loses_nothing() {
        let (provider, _) = account([
            page(3, &[row(3, "Sale", 31), row(2, "Sale", 31)]),
            // A fourth one came, and pushed the second one onto this page.
            page(4, &[row(2, "Sale", 31), row(1, "Sale", 31)]),
        ]);
        let lines = provider.books().expect("it has books").day(DAY).await.expect("the day");
        let ids: Vec<&str> = lines.iter().map(|line| line.transaction.as_str()).collect();
        assert_eq!(ids, ["3", "2", "1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_of_another_day_is_left_out_and_what_cannot_be_read_is_not() {
        let mut odd = row(2, "Sale", 31);
        odd["AmountTrxn"] = json!("12,500");
        odd["TxnDateTime"] = json!("yesterday");
        odd["FeeAmnt"] = json!("0");
        let mut foreign = row(3, "Sale", 31);
        foreign["TerminalId"] = json!("11111111");
        let (provider, _) = account([page(4, &[row(1, "Sale", 30), odd]), page(4, &[foreign, row(4, "Reversal", 31)])]);
        let lines = provider.books().expect("it has books").day(DAY).await.expect("the day");
        assert_eq!(lines.len(), 3);
        assert_eq!((&lines[0].amount, lines[0].fee, lines[0].at), (&Err("12,500".to_owned()), None, None));
        assert!(lines[1].amount.is_err(), "another terminal's money is not ours");
        assert_eq!(lines[2].kind, BookKind::Other);
    }
}
