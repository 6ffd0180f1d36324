//! The paths of the calendar: anybody reads it, the platform announces, and a word stands until it is taken back.

use jisr::app::Roles;
use serde_json::{Value, json};

use super::party::{fault, is_arabic, nobody, patched, problem, scoped};
use crate::harness::{Answer, Client, Gateway, eventually, on_both};

/// The day on which Eid al-Fitr of 2027 is expected, a Tuesday.
const EID: &str = "2027-03-09";

async fn days(client: &Client, from: &str, to: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/calendar?from={from}&to={to}")).await;
    assert_eq!((answer.status, &answer.body["next_cursor"]), (200, &Value::Null), "{answer:?}");
    let days = answer.body["data"].as_array().cloned().unwrap_or_default();
    for reason in days.iter().flat_map(|day| day["reasons"].as_array().cloned().unwrap_or_default()) {
        assert!(is_arabic(reason["name_ar"].as_str().unwrap_or_default()), "{reason}");
    }
    days
}

/// Of a week from Sunday on, whose third day is the feast's: what each day is closed by.
async fn week(client: &Client) -> Vec<String> {
    let days = days(client, "2027-03-07", "2027-03-14").await;
    assert_eq!((&days[2]["date"], days.len()), (&json!(EID), 8));
    let basis = |day: &Value| {
        let reasons = day["reasons"].as_array().cloned().unwrap_or_default();
        assert_eq!(day["open"] == json!(true), reasons.is_empty(), "{day}");
        reasons.last().map_or("open", |reason| reason["basis"].as_str().unwrap_or_default()).to_owned()
    };
    days.iter().map(basis).collect()
}

async fn announce(client: &Client, day: &str, body: Value) -> Answer {
    client.put(&format!("/v1/calendar/{day}"), body).await
}

fn eid() -> Value {
    json!({"kind": "eid_al_fitr", "announced_by": "Dar al-Ifta"})
}

on_both! {
    async fn a_word_stands_over_what_is_expected_until_it_is_taken_back(backend) {
        let mut gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        let reader = scoped(&gateway, Some(gateway.store), &["health:read"]).await;
        let expected = ["open", "possible", "expected", "expected", "expected", "possible", "weekend", "open"];
        assert_eq!(week(&reader).await, expected);
        let another = gateway.another(Roles { api: true, worker: false, probe: false }).await;
        let elsewhere = reader.clone().at(another.address);
        assert_eq!(week(&elsewhere).await, expected);

        // Whose word it is matters: a shop's is none.
        problem(&announce(&gateway.client, EID, eid()).await, 403, "forbidden");
        problem(&gateway.client.send("DELETE", &format!("/v1/calendar/{EID}"), None, &[]).await, 403, "forbidden");
        let told = announce(&platform, EID, eid()).await;
        let reason = json!({"basis": "announced", "name": "Eid al-Fitr", "name_ar": "عيد الفطر المبارك"});
        let day = json!({"date": EID, "open": false, "reasons": [reason], "ramadan": null});
        assert_eq!((told.status, &told.body), (200, &day), "{told:?}");
        let announced = ["open", "open", "announced", "announced", "announced", "weekend", "weekend", "open"];
        assert_eq!(week(&reader).await, announced);
        // The other process hears of it in seconds, and it outlives this one.
        eventually("the word elsewhere", || async { week(&elsewhere).await == announced }).await;
        another.stop().await;
        gateway.restart().await;
        let here = |client: &Client| client.clone().at(gateway.client.base().trim_start_matches("http://").parse().expect("an address"));
        let (platform, reader) = (here(&platform), here(&reader));
        assert_eq!(week(&reader).await, announced);

        // At midnight it is corrected: the last word counts.
        assert_eq!(announce(&platform, "2027-03-08", eid()).await.status, 200);
        let corrected = ["open", "announced", "announced", "announced", "open", "weekend", "weekend", "open"];
        assert_eq!(week(&reader).await, corrected);
        for day in ["2027-03-08", EID] {
            let path = format!("/v1/calendar/{day}");
            assert_eq!(platform.send("DELETE", &path, None, &[]).await.status, 204);
            problem(&platform.send("DELETE", &path, None, &[]).await, 404, "not_found");
        }
        assert_eq!(week(&reader).await, expected);
        gateway.stop().await;
    }
}

on_both! {
    async fn holidays_open_days_and_ramadan(backend) {
        let gateway = Gateway::start(backend).await;
        let platform = scoped(&gateway, None, &["admin"]).await;
        let storm = json!({"kind": "holiday", "name": "Storm", "name_ar": "عاصفة", "announced_by": "Decision 48 of 2027"});
        let told = announce(&platform, "2027-04-05", storm.clone()).await;
        assert_eq!((told.status, told.at("/reasons/0/name"), &told.body["open"]), (200, "Storm".to_owned(), &json!(false)));
        // A word replaces the day's earlier one.
        let open = json!({"kind": "open", "announced_by": "Decision 49 of 2027"});
        let told = announce(&platform, "2027-04-05", open.clone()).await;
        assert_eq!((told.at("/reasons/0/basis"), &told.body["open"]), ("announced".to_owned(), &json!(true)));
        // Independence Day is worked on in 2026, a Thursday.
        assert_eq!(announce(&platform, "2026-12-24", open.clone()).await.body["open"], json!(true));
        let ramadan = json!({"kind": "ramadan", "announced_by": "Dar al-Ifta"});
        let told = announce(&platform, "2027-02-09", ramadan).await;
        assert_eq!((&told.body["open"], told.text("ramadan").as_str()), (&json!(true), "announced"), "{told:?}");
        let days = days(&gateway.client, "2027-02-08", "2027-03-12").await;
        let ramadan: Vec<&str> = days.iter().map(|day| day["ramadan"].as_str().unwrap_or("no")).collect();
        assert_eq!((ramadan[0], ramadan[1], ramadan[29], ramadan[30], ramadan[31]), ("no", "announced", "announced", "possible", "no"));

        let at = |body| announce(&platform, "2027-04-05", body);
        fault(&at(patched(storm.clone(), json!({"name": " "}))).await, "name");
        fault(&at(patched(storm.clone(), json!({"name_ar": null}))).await, "name_ar");
        fault(&at(patched(storm.clone(), json!({"name": "x".repeat(101)}))).await, "name");
        fault(&at(patched(storm.clone(), json!({"announced_by": ""}))).await, "announced_by");
        fault(&at(patched(storm.clone(), json!({"kind": "feast"}))).await, "kind");
        fault(&at(patched(storm.clone(), json!({"days": 3}))).await, "days");
        fault(&at(patched(open, json!({"name": "Open"}))).await, "name");
        // Nothing that the moon does moves a feast by weeks.
        fault(&at(eid()).await, "kind");
        for nothing in ["2027-02-30", "tomorrow"] {
            problem(&announce(&platform, nothing, storm.clone()).await, 404, "not_found");
        }
        gateway.stop().await;
    }
}

on_both! {
    async fn a_year_can_be_read_at_once(backend) {
        let gateway = Gateway::start(backend).await;
        let client = &gateway.client;
        problem(&nobody(&gateway).get("/v1/calendar?from=2027-01-01&to=2027-01-02").await, 401, "unauthorized");
        assert_eq!(days(client, "2028-01-01", "2028-12-31").await.len(), 366);
        assert_eq!(days(client, "9999-12-31", "9999-12-31").await.len(), 1);
        fault(&client.get("/v1/calendar?from=2028-01-01&to=2029-01-01").await, "to");
        fault(&client.get("/v1/calendar?from=2028-01-02&to=2028-01-01").await, "to");
        assert_eq!(client.get("/v1/calendar?from=2028-01-02").await.status, 400);
        assert_eq!(client.get("/v1/calendar?from=2028-01-02&to=soon").await.status, 400);
        gateway.stop().await;
    }
}
