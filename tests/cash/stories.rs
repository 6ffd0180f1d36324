//! What becomes of differences: decided, argued about, found in another statement, healed by the carrier's late word.

use serde_json::{Value, json};

use super::rows::{self, Parcel};
use super::{REMITTANCES, hand_in, has, lines, made, outcomes, owed, rule};
use crate::facade::party::{fault, live, patched, problem, scoped, shop};
use crate::facade::table::Rule;
use crate::harness::{Answer, Client, Gateway, on_both, uuid};
use crate::resilience::execute;

const HEADS: &str = "tracking,cod,net\n";

async fn resolve(client: &Client, id: &str, line: i64, decision: &str) -> Answer {
    let body = json!({"line": line, "decision": decision, "evidence": {"by": "Accountant", "document": "letter 9"}});
    client.post(&format!("{REMITTANCES}/{id}/resolve"), body).await
}

async fn read(client: &Client, id: &str) -> Answer {
    client.get(&format!("{REMITTANCES}/{id}")).await
}

/// Parcel, decision and whether it is superseded of each line that is decided, by their numbers.
fn decisions(lines: &[Value]) -> Vec<(&str, &str, bool)> {
    let decided = lines.iter().filter_map(|line| {
        let name = line["tracking_number"].as_str()?;
        Some((name, line["decision"].as_str()?, line["superseded"] == json!(true)))
    });
    let mut decided: Vec<_> = decided.collect();
    decided.sort_unstable();
    decided
}

/// Six parcels of 100 dinars each, delivered ten days ago.
async fn six(gateway: &Gateway) -> Vec<Parcel> {
    let parcels: Vec<Parcel> = (1..=6).map(|name| Parcel::delivered(gateway, &name.to_string(), 100_000)).collect();
    rows::insert(gateway, &parcels).await;
    parcels
}

on_both! {
    async fn what_is_decided_stays_and_what_is_argued_about_stays_owed(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        six(&gateway).await;
        let file = format!("{HEADS}AMY-1,100,95\nAMY-2,90,\nAMY-3,80,\n");
        let id = hand_in(client, file.clone()).await.text("id");
        let found = lines(client, &id).await;
        assert_eq!(outcomes(&found), ["matched", "amount_differs", "amount_differs", "missing", "missing", "missing"]);
        assert_eq!((&found[0]["fee"], &found[0]["net"], &found[4]["line"]), (&json!("5.000"), &json!("95.000"), &json!(5)));
        let sum = |owed: &[Value]| (owed[0]["shipments"].clone(), owed[0]["amount"].clone());
        assert_eq!(sum(&owed(client).await), (json!(5), json!("330.000")), "10, 20, and three times 100");
        assert_eq!(resolve(client, &id, 2, "accept").await.status, 200);
        let of = |name: &str| {
            let line = found.iter().find(|line| line["tracking_number"] == json!(name)).expect("a line");
            line["line"].as_i64().expect("a number")
        };
        let [four, five, six] = ["AMY-4", "AMY-5", "AMY-6"].map(of);
        for (line, decision) in [(3, "dispute"), (four, "dispute"), (five, "written_off")] {
            assert_eq!(resolve(client, &id, line, decision).await.status, 200);
        }
        assert_eq!(sum(&owed(client).await), (json!(3), json!("220.000")), "20 and two times 100");
        // Once, but for what is argued about.
        problem(&resolve(client, &id, 2, "dispute").await, 409, "conflict");
        problem(&resolve(client, &id, four, "dispute").await, 409, "conflict");
        problem(&resolve(client, &id, 1, "accept").await, 409, "conflict");
        let last = resolve(client, &id, six, "dispute").await;
        assert_eq!((last.text("status").as_str(), &last.body["undecided"]), ("disputed", &json!(0)), "{last:?}");
        assert_eq!(resolve(client, &id, six, "accept").await.text("status"), "disputed");
        assert_eq!(gateway.count("SELECT COUNT(*) FROM remittance_decisions").await, 6);
        // The same file again: nothing is asked anew.
        let before = (read(client, &id).await.body, lines(client, &id).await);
        assert_eq!(hand_in(client, file).await.status, 200);
        assert_eq!((read(client, &id).await.body, lines(client, &id).await), before);
        // The next statement has what was argued about.
        let next = hand_in(client, format!("{HEADS}AMY-4,100,\n")).await;
        assert_eq!((next.text("status").as_str(), &next.body["lines"]), ("matched", &json!(1)), "{next:?}");
        let found = lines(client, &id).await;
        let kept = [("AMY-2", "accept", false), ("AMY-3", "dispute", false), ("AMY-4", "dispute", true), ("AMY-5", "written_off", false), ("AMY-6", "accept", false)];
        assert_eq!(decisions(&found), kept);
        assert_eq!(read(client, &id).await.body["totals"]["missing"]["count"], json!(2));
        assert_eq!(sum(&owed(client).await), (json!(1), json!("20.000")));
        assert_eq!(resolve(client, &id, 3, "written_off").await.text("status"), "resolved");
        assert_eq!(owed(client).await, Vec::<Value>::new());
        gateway.stop().await;
    }
}

on_both! {
    async fn missing_is_told_once_and_found_in_whatever_statement_has_it(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let parcels = six(&gateway).await;
        let first = hand_in(client, format!("{HEADS}AMY-1,100,\n")).await.text("id");
        assert_eq!(read(client, &first).await.body["totals"]["missing"]["count"], json!(5));
        let second = hand_in(client, format!("{HEADS}AMY-2,100,\nAMY-3,100,\nAMY-1,100,\n")).await;
        assert_eq!(outcomes(&lines(client, &second.text("id")).await), ["matched", "matched", "remitted_twice"]);
        let after = read(client, &first).await;
        assert_eq!((&after.body["totals"]["missing"]["count"], &after.body["undecided"]), (&json!(3), &json!(3)));
        // A carrier that says it never delivered what it has been missing for owes nothing for it; delivered late, it does.
        let id = parcels[3].id.uuid();
        let is = match backend {
            crate::harness::Backend::Sqlite => format!("id = x'{}'", id.simple()),
            crate::harness::Backend::Postgres => format!("id = '{id}'"),
        };
        let stands = |status: &str| format!("UPDATE shipments SET status = '{status}' WHERE {is}");
        execute(&gateway.database.url, stands("returned")).await;
        let again = hand_in(client, format!("{HEADS}AMY-1,100,\n")).await;
        assert_eq!((again.status, &again.body["totals"]["missing"]["count"]), (200, &json!(2)), "{again:?}");
        let third = format!("{HEADS}AMY-4,100,\n");
        let early = hand_in(client, third.clone()).await;
        assert_eq!(outcomes(&lines(client, &early.text("id")).await), ["not_delivered"]);
        execute(&gateway.database.url, stands("delivered")).await;
        let late = hand_in(client, third).await;
        assert_eq!((late.status, late.text("status").as_str(), late.text("id")), (200, "matched", early.text("id")));
        assert_eq!(owed(client).await[0]["shipments"], json!(2));
        gateway.stop().await;
    }
}

on_both! {
    async fn two_statements_at_once_hand_each_parcel_over_once(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        let parcels: Vec<Parcel> = (0..300).map(|name| Parcel::delivered(&gateway, &format!("{name:03}"), 100_000)).collect();
        rows::insert(&gateway, &parcels).await;
        let rows: Vec<String> = parcels.iter().map(|parcel| format!("{},100,\n", parcel.number)).collect();
        let up = format!("{HEADS}{}", rows.concat());
        let down = format!("{HEADS}{}", rows.iter().rev().cloned().collect::<String>());
        let (one, two, same) = tokio::join!(hand_in(client, up.clone()), hand_in(client, down), hand_in(client, up));
        assert_eq!((one.text("id"), one.status + same.status, two.status), (same.text("id"), 401, 201));
        let mut statuses = [one.text("status"), two.text("status")];
        statuses.sort();
        assert_eq!(statuses, ["differences", "matched"]);
        let matched = "SELECT COUNT(*) FROM remittance_lines WHERE outcome = 'matched'";
        let twice = "SELECT COUNT(*) FROM remittance_lines WHERE outcome = 'remitted_twice'";
        assert_eq!((gateway.count(matched).await, gateway.count(twice).await), (300, 300));
        assert_eq!(owed(client).await, Vec::<Value>::new());
        gateway.stop().await;
    }
}

on_both! {
    async fn another_store_and_another_mode_see_nothing_of_it(backend) {
        let gateway = Gateway::start(backend).await;
        let id = made(&gateway).await;
        let before = (read(&gateway.client, &id).await.body, lines(&gateway.client, &id).await);
        for other in [shop(&gateway, "other").await, live(&gateway).await] {
            for route in jisr::http::route_table().iter().filter(|route| has(&route.path)) {
                match rule(route, &id) {
                    Rule::Named(paths, body) => {
                        let headers = [("idempotency-key", uuid())];
                        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
                        let body = body.map(|body| body.to_string());
                        let answer = other.send(&route.method, &paths[0], body, &headers).await;
                        problem(&answer, 404, "not_found");
                    }
                    Rule::Own(status, _) => {
                        let answer = other.send(&route.method, &route.path, None, &[]).await;
                        assert_eq!(answer.status, status, "{answer:?}");
                        assert!(!answer.raw.contains(&id) && !answer.raw.contains("amyal"), "{answer:?}");
                    }
                    _ => panic!("{route:?}"),
                }
            }
            // A statement of theirs finds none of its parcels.
            fault(&hand_in(&other, "tracking,cod\nAMY-A,90\n").await, "carrier");
        }
        assert_eq!((read(&gateway.client, &id).await.body, lines(&gateway.client, &id).await), before);
        gateway.stop().await;
    }
}

on_both! {
    async fn what_is_no_statement_is_refused_and_decisions_need_a_proof_and_a_key(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        six(&gateway).await;
        for wrong in ["tracking;date\n", "tracking,cod\nAMY-1,\"open\n", "tracking,cod\nAMY-1,many\n", ""] {
            fault(&hand_in(client, wrong).await, "body");
        }
        let csv = [("content-type", "text/csv")];
        let send = async |query: &str| {
            let body = Some(b"tracking,cod\nAMY-1,100\n".to_vec());
            client.send_bytes("POST", &format!("{REMITTANCES}{query}"), body, &csv).await
        };
        fault(&send("?carrier=wingsly").await, "carrier");
        fault(&send("?carrier=amyal&decimal=x").await, "decimal");
        problem(&send("?carrier=amyal&currency=XAU").await, 400, "invalid_request");
        let json = client.send("POST", &format!("{REMITTANCES}?carrier=amyal"), Some("{}".to_owned()), &[]).await;
        fault(&json, "Content-Type");
        problem(&hand_in(client, vec![b' '; 4 * 1024 * 1024 + 1]).await, 413, "invalid_request");
        assert_eq!(gateway.count("SELECT COUNT(*) FROM remittances").await, 0);

        let id = send("?carrier=amyal").await.text("id");
        let path = format!("{REMITTANCES}/{id}/resolve");
        let body = json!({"line": 2, "decision": "accept", "evidence": {"by": "Accountant", "document": "letter 9"}});
        fault(&client.post(&path, patched(body.clone(), json!({"line": 99}))).await, "line");
        let nothing = json!({"evidence": {"by": " ", "document": "x"}});
        fault(&client.post(&path, patched(body.clone(), nothing)).await, "evidence.by");
        problem(&client.send("POST", &path, Some(body.to_string()), &[]).await, 400, "idempotency_key_missing");
        let writer = scoped(&gateway, Some(gateway.store), &["shipping:read", "shipping:write"]).await;
        problem(&writer.post(&path, body.clone()).await, 403, "forbidden");
        assert_eq!(writer.get("/v1/cod/owed").await.status, 200);
        let key = uuid();
        let first = client.post_keyed(&path, body.clone(), &key).await;
        assert_eq!((first.status, &first.body["undecided"]), (200, &json!(4)), "{first:?}");
        let again = client.post_keyed(&path, body.clone(), &key).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        let other = patched(body, json!({"decision": "written_off"}));
        problem(&client.post_keyed(&path, other, &key).await, 422, "idempotency_mismatch");
        let left = client.get(&format!("{REMITTANCES}/{id}/lines?undecided=true&outcome=missing")).await;
        assert_eq!(left.body["data"].as_array().map(Vec::len), Some(4));
        let listed = client.get(&format!("{REMITTANCES}?carrier=amyal&status=differences")).await;
        assert_eq!(listed.at("/data/0/id"), id);
        let nobodys = client.get(&format!("{REMITTANCES}?carrier=vanex")).await;
        assert_eq!(nobodys.body["data"], json!([]));
        gateway.stop().await;
    }
}
