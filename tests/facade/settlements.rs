//! The paths of settlements: statements that are handed in, lines that are decided, payouts; and whose they are.

use std::fmt::Write;

use jisr::http::Route;
use schemas::store::Mode;
use serde_json::{Value, json};

use super::party::{fault, nobody, patched, problem, scoped, shop};
use super::table::{Belongings, Rule};
use crate::harness::{Answer, Client, Gateway, on_both, uuid};

const NOW: &str = "2026-11-20";

/// What a path of settlements owes to another store's key.
pub fn rule(route: &Route, a: &Belongings) -> Rule {
    let named = |rest: &str, body| Rule::Named(vec![format!("/v1/settlements/{}{rest}", a.settlement)], body);
    let decided = json!({"line": 1, "decision": "accept", "evidence": {"by": "x", "document": "y"}});
    match (route.method.as_str(), route.path.as_str()) {
        ("GET", "/v1/settlements") => Rule::Own(200, None),
        // Without its query: what it shows is in the test of payouts.
        ("GET", "/v1/settlements/payouts") => Rule::Own(400, None),
        ("POST", "/v1/settlements/statements") => Rule::Own(400, None),
        ("GET", "/v1/settlements/{id}") => named("", None),
        ("GET", "/v1/settlements/{id}/lines") => named("/lines", None),
        ("GET", "/v1/settlements/{id}/lines.csv") => named("/lines.csv", None),
        ("GET", "/v1/settlements/{id}/original") => named("/original", None),
        ("POST", "/v1/settlements/{id}/resolve") => named("/resolve", Some(decided)),
        (method, path) => panic!("{method} {path} is new: say here what it owes to another store"),
    }
}

/// The account that transfers to the store are waited for on.
pub async fn bank(client: &Client) -> String {
    let account = client.get("/v1/stores/default/accounts/bank_transfer").await;
    assert_eq!(account.status, 200, "{account:?}");
    account.text("id")
}

/// Hands a statement in.
pub async fn hand_in(client: &Client, account: &str, text: impl Into<Vec<u8>>) -> Answer {
    let path = format!("/v1/settlements/statements?account={account}");
    client.send_bytes("POST", &path, Some(text.into()), &[("content-type", "text/csv; charset=utf-8")]).await
}

/// A transfer that is waited for: its payment and what the customer is told to quote.
async fn transfer(gateway: &Gateway, reference: &str, amount: &str) -> (String, String) {
    let body = json!({"reference": reference, "amount": amount, "currency": "LYD", "method": "bank_transfer"});
    let made = gateway.client.post("/v1/payments", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    (made.text("id"), made.at("/next_action/details/reference"))
}

async fn lines(client: &Client, settlement: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/settlements/{settlement}/lines?limit=500")).await;
    answer.body["data"].as_array().cloned().unwrap_or_else(|| panic!("{answer:?}"))
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap_or_default()).collect()
}

async fn resolve(client: &Client, settlement: &str, line: i64, decision: &str) -> Answer {
    let body = json!({"line": line, "decision": decision, "evidence": {"by": "Accountant", "document": "letter 9"}});
    client.post(&format!("/v1/settlements/{settlement}/resolve"), body).await
}

on_both! {
    async fn a_statement_settles_what_it_names_by_the_exact_amount_one_to_one(backend) {
        let gateway = Gateway::start(backend).await;
        let account = bank(&gateway.client).await;
        let (exact, first) = transfer(&gateway, "T-1", "1234.500").await;
        let (short, second) = transfer(&gateway, "T-2", "20.000").await;
        let (by_hand, third) = transfer(&gateway, "T-3", "30.000").await;
        let (late, fourth) = transfer(&gateway, "T-4", "40.000").await;
        gateway.settle(&format!("/v1/payments/{by_hand}")).await;
        gateway.client.post(&format!("/v1/payments/{late}/cancel"), json!({})).await;
        let file = format!(
            "\u{feff}مصرف الوحدة;;;;\nDate;Credit;Debit;Description;Transaction No\n\
             20/11/2026;١٬٢٣٤٫٥٠٠;;\"TRF; {}\nfrom a friend\";T77\n\
             20/11/2026;19.999;;{second};T78\n\
             20/11/2026;30.000;;{third};T79\n\
             20/11/2026;1,234.500;;again {first};T80\n\
             20/11/2026;7.000;;=HYPERLINK(\"\"evil\"\");=1+1\n\
             20/11/2026;1.2345;;{first};T82\n\
             20/11/2026;;5.000;fees;T83\n\
             20/11/2026;40;;{fourth};T84\n\
             20/11/2026;9;;{first} {second};T85\n",
            first.to_lowercase()
        ).replace("=HYPERLINK(\"\"evil\"\")", "\"=HYPERLINK(\"\"evil\"\")\"");
        let made = hand_in(&gateway.client, &account, file.clone()).await;
        assert_eq!((made.status, made.text("status").as_str()), (201, "differences"), "{made:?}");
        assert_eq!((made.text("date").as_str(), made.text("source").as_str()), (NOW, "statement"));
        assert_eq!((made.text("store").as_str(), &made.body["livemode"]), ("default", &json!(false)));
        let settlement = made.text("id");
        let found = lines(&gateway.client, &settlement).await;
        let expected =
            ["matched", "amount", "matched", "duplicate", "orphan", "unreadable", "matched", "unreadable"];
        assert_eq!(kinds(&found), expected, "{found:#?}");
        let numbers: Vec<i64> = found.iter().filter_map(|line| line["line"].as_i64()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 8, 9], "money out is no line");
        assert_eq!((&found[0]["theirs"], &found[0]["payment"]), (&json!("1234.500"), &json!(exact)));
        assert_eq!((&found[1]["ours"], &found[1]["theirs"]), (&json!("20.000"), &json!("19.999")));
        assert_eq!((made.body["undecided"].as_i64(), &made.body["left_out"]), (Some(5), &json!({"debits": 1})));
        for (id, status) in [(&exact, "paid"), (&short, "requires_action"), (&by_hand, "paid"), (&late, "paid")] {
            assert_eq!(gateway.read(id).await.text("status"), status);
        }
        assert_eq!(gateway.read(&late).await.body["late"], json!(true));
        assert_eq!(gateway.events(&exact).await, ["payment.created", "payment.paid"]);
        // The same file again is the same settlement, and pays nobody twice.
        let again = hand_in(&gateway.client, &account, file.clone()).await;
        assert_eq!((again.status, &again.body), (200, &made.body));
        assert_eq!(lines(&gateway.client, &settlement).await, found);
        // It is kept byte for byte, and not in clear.
        let original = gateway.client.get(&format!("/v1/settlements/{settlement}/original")).await;
        assert_eq!((original.status, original.raw.trim_start_matches('\u{feff}')), (200, file.trim_start_matches('\u{feff}')));
        let export = gateway.client.get(&format!("/v1/settlements/{settlement}/lines.csv")).await;
        assert!(export.raw.lines().count() == 9 && export.raw.contains(",'=1+1,"), "{}", export.raw);
        assert!(!export.raw.contains(",=1+1"), "{}", export.raw);
        // A longer statement has the same rows once more: they are known.
        let longer = format!("{file}21/11/2026;20;;{second};T86\n");
        let longer = hand_in(&gateway.client, &account, longer).await;
        assert_eq!((longer.status, longer.text("date").as_str()), (201, "2026-11-21"));
        let found = lines(&gateway.client, &longer.text("id")).await;
        let repeated = kinds(&found).iter().filter(|kind| **kind == "repeated").count();
        assert_eq!((repeated, kinds(&found)[8]), (7, "matched"), "{found:#?}");
        assert_eq!(gateway.read(&short).await.text("status"), "paid");
        gateway.stop().await;
    }
}

on_both! {
    async fn lines_are_decided_once_with_evidence_and_then_the_settlement_is(backend) {
        let gateway = Gateway::start(backend).await;
        let account = bank(&gateway.client).await;
        let file = "date,amount,description\n2026-11-20,5,nobody\n2026-11-20,6,nobody either\n";
        let settlement = hand_in(&gateway.client, &account, file).await.text("id");
        let path = format!("/v1/settlements/{settlement}/resolve");
        let body = json!({"line": 1, "decision": "accept", "evidence": {"by": "Accountant", "document": "letter 9"}});
        fault(&gateway.client.post(&path, patched(body.clone(), json!({"line": 3}))).await, "line");
        let nothing = json!({"evidence": {"by": " ", "document": "x"}});
        fault(&gateway.client.post(&path, patched(body.clone(), nothing)).await, "evidence.by");
        fault(&gateway.client.post(&path, patched(body.clone(), json!({"decision": "maybe"}))).await, "decision");
        problem(&gateway.client.send("POST", &path, Some(body.to_string()), &[]).await, 400, "idempotency_key_missing");
        let reader = scoped(&gateway, Some(gateway.store), &["reports:read"]).await;
        problem(&reader.post(&path, body.clone()).await, 403, "forbidden");
        assert_eq!(reader.get("/v1/settlements").await.status, 200);

        let key = uuid();
        let first = gateway.client.post_keyed(&path, body.clone(), &key).await;
        assert_eq!((first.status, first.text("status").as_str(), &first.body["undecided"]), (200, "differences", &json!(1)));
        let again = gateway.client.post_keyed(&path, body.clone(), &key).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        let other = patched(body.clone(), json!({"decision": "ours"}));
        problem(&gateway.client.post_keyed(&path, other, &key).await, 422, "idempotency_mismatch");
        problem(&gateway.client.post(&path, body).await, 409, "conflict");
        let last = resolve(&gateway.client, &settlement, 2, "written_off").await;
        assert_eq!((last.status, last.text("status").as_str(), &last.body["undecided"]), (200, "resolved", &json!(0)));
        let found = lines(&gateway.client, &settlement).await;
        assert_eq!((&found[0]["decision"], &found[1]["decision"]), (&json!("accept"), &json!("written_off")));
        assert!(!found[0]["decided_at"].is_null());
        let left = gateway.client.get(&format!("/v1/settlements/{settlement}/lines?undecided=true")).await;
        assert_eq!(left.body["data"], json!([]));
        // Operators were told of it, and that it is over.
        let alert = gateway.client.get("/v1/alerts").await;
        assert_eq!(alert.status, 403, "a store does not read what operators are told");
        let key = format!("settlement:{settlement}");
        let platform = scoped(&gateway, None, &["all"]).await;
        let told = platform.get("/v1/alerts").await.body["data"].as_array().cloned().unwrap_or_default();
        let told = told.iter().find(|alert| alert["key"] == json!(key)).expect("it was told");
        assert!(told["kind"] == "settlement.differences" && !told["resolved_at"].is_null(), "{told}");
        gateway.stop().await;
    }
}

on_both! {
    async fn payouts_are_a_stores_own_and_add_up(backend) {
        let gateway = Gateway::start(backend).await;
        let account = bank(&gateway.client).await;
        let (_, first) = transfer(&gateway, "T-1", "100.250").await;
        let (_, second) = transfer(&gateway, "T-2", "20.000").await;
        let file = format!("date,amount,description\n2026-11-20,100.250,{first}\n2026-11-20,21,{second}\n2026-11-20,5,x\n");
        let settlement = hand_in(&gateway.client, &account, file).await.text("id");
        let days = "/v1/settlements/payouts?from=2026-11-01&to=2026-11-30";
        let payout = |answer: Answer| answer.body["data"][0].clone();
        let before = payout(gateway.client.get(days).await);
        assert_eq!((&before["sales"], &before["sales_amount"], &before["net"]), (&json!(3), &json!("126.250"), &json!("126.250")));
        assert_eq!((&before["undecided"], &before["undecided_ours"], &before["undecided_theirs"]), (&json!(2), &json!("20.000"), &json!("26.000")));
        resolve(&gateway.client, &settlement, 2, "ours").await;
        resolve(&gateway.client, &settlement, 3, "accept").await;
        let after = payout(gateway.client.get(days).await);
        assert_eq!((&after["sales_amount"], &after["undecided"], &after["settlements"]), (&json!("125.250"), &json!(0), &json!(1)));
        assert_eq!((&after["store"], &after["account"]), (&json!("default"), &json!(account)));
        // Other days, other modes, other stores.
        assert_eq!(gateway.client.get("/v1/settlements/payouts?from=2026-10-01&to=2026-11-19").await.body["data"], json!([]));
        let live = crate::harness::key_in(&gateway.facade, Some(gateway.store), &["all"], Mode::Live).await;
        assert_eq!(nobody(&gateway).with_key(&live).get(days).await.body["data"], json!([]));
        let other = shop(&gateway, "other").await;
        assert_eq!(other.get(days).await.body["data"], json!([]));
        fault(&gateway.client.get("/v1/settlements/payouts?from=2026-11-02&to=2026-11-01").await, "to");
        fault(&gateway.client.get("/v1/settlements/payouts?from=2024-11-02&to=2026-11-01").await, "to");
        // An account of another store takes no statement of this one's.
        fault(&hand_in(&other, &account, "date,amount,description\n2026-11-20,5,x\n").await, "account");
        gateway.stop().await;
    }
}

on_both! {
    async fn ten_thousand_rows_are_matched_and_what_is_no_statement_is_refused(backend) {
        let gateway = Gateway::start(backend).await;
        let account = bank(&gateway.client).await;
        let (paid, reference) = transfer(&gateway, "T-1", "9.999").await;
        let mut file = "date,amount,description,transaction id\n".to_owned();
        for number in 1..10_000 {
            writeln!(file, "2026-11-20,{}.{:03},\"row {number}, nobody's\",N{number}", 1 + number / 1000, number % 1000).expect("text");
        }
        writeln!(file, "2026-11-20,9.999,{reference},N").expect("text");
        let began = std::time::Instant::now();
        let made = hand_in(&gateway.client, &account, file).await;
        let id = made.text("id");
        assert_eq!(made.status, 201, "{made:?}");
        gateway.client.until(&format!("/v1/settlements/{id}"), "differences").await;
        eprintln!("{backend:?}: ten thousand rows in {:.1?}", began.elapsed());
        let made = gateway.client.get(&format!("/v1/settlements/{id}")).await;
        assert_eq!((&made.body["lines"], &made.body["undecided"]), (&json!(10_000), &json!(9_999)));
        assert_eq!(made.body["totals"]["matched"], json!({"count": 1, "ours": "9.999", "theirs": "9.999", "fees": "0.000"}));
        assert_eq!(gateway.read(&paid).await.text("status"), "paid");

        for wrong in ["date;amount\n", "date,amount,description\n2026-11-20,5,\"open\n", "date,amount,description\nx,y,z\n", ""] {
            fault(&hand_in(&gateway.client, &account, wrong).await, "body");
        }
        fault(&hand_in(&gateway.client, &account, b"date,amount,description\n2026-11-20,5,\xc7\xe1\n".to_vec()).await, "body");
        let card = gateway.client.get("/v1/stores/default/accounts/moamalat").await.text("id");
        fault(&hand_in(&gateway.client, &card, "date,amount,description\n2026-11-20,5,x\n").await, "account");
        let large = hand_in(&gateway.client, &account, vec![b' '; 4 * 1024 * 1024 + 1]).await;
        problem(&large, 413, "invalid_request");
        let path = format!("/v1/settlements/statements?account={account}");
        let json = gateway.client.send("POST", &path, Some("{}".to_owned()), &[]).await;
        fault(&json, "Content-Type");
        assert_eq!(gateway.count("SELECT COUNT(*) FROM settlements").await, 1);
        gateway.stop().await;
    }
}
