//! What the fakes answer to whoever only wants to know whether they are there, over real TCP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use mocks::{Fault, FaultKind, Mocks, Settings, darb_assabil, telegram::Bot};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Status and body of one request, whose head is given whole but for the host.
async fn ask(mocks: &Mocks, line: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(mocks.address()).await.unwrap();
    let length = body.len();
    let head = format!("{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", mocks.address());
    let rest = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
    stream.write_all(format!("{head}{rest}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    (head.split(' ').nth(1).unwrap_or("0").parse().unwrap(), body.to_owned())
}

async fn get(mocks: &Mocks, path: &str, headers: &str) -> (u16, Value) {
    let (status, body) = ask(mocks, &format!("GET {path}"), headers, "").await;
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

/// The reason of the last violation; empty where there is none.
fn violation(mocks: &Mocks) -> String {
    let last = mocks.violations().pop().and_then(|entry| entry.violation).unwrap_or_default();
    mocks.clear_journal();
    last
}

const WSDL: &str = "/edfali/BCDUssd/NewEdfali.asmx?wsdl";

#[tokio::test]
async fn edfali_describes_itself() {
    let mocks = start().await;
    for path in [WSDL, "/edfali/bcdussd/newedfali.asmx?WSDL"] {
        let (status, body) = get(&mocks, path, "").await;
        let text = body.as_str().unwrap();
        assert_eq!(status, 200);
        assert!(text.contains("name=\"OnlineConfTrans\"") && text.ends_with("</wsdl:definitions>"), "{text}");
    }
    assert!(mocks.journal(None).iter().all(|entry| entry.operation == "wsdl"));
    assert_eq!(violation(&mocks), "");
    assert_eq!(get(&mocks, "/edfali/BCDUssd/NewEdfali.asmx", "").await.0, 405);
    assert_eq!(ask(&mocks, &format!("POST {WSDL}"), "", "").await.0, 415);
    assert_eq!(get(&mocks, "/edfali/Other.asmx?wsdl", "").await.0, 404);
    assert_eq!(mocks.violations().len(), 3);
}

#[tokio::test]
async fn there_is_nothing_at_a_base_and_no_credential_belongs_there() {
    let mocks = start().await;
    for base in ["/tlync", "/plutu/api/v1"] {
        let (status, body) = get(&mocks, base, "").await;
        assert_eq!((status, body.is_object()), (404, true), "{base}");
        assert_eq!(violation(&mocks), "");
        get(&mocks, base, "Authorization: Bearer jisr-mocks-tlync-token\r\n").await;
        assert_eq!(violation(&mocks), "a credential was sent where nobody asks for one", "{base}");
        assert!(ask(&mocks, &format!("POST {base}"), "", "{}").await.0 >= 400);
        assert_ne!(violation(&mocks), "", "{base}");
    }
    assert_eq!(get(&mocks, "/tlync/presence", "").await.0, 404);
    assert_eq!(violation(&mocks), "there is no such operation");
}

#[tokio::test]
async fn a_look_at_tlync_is_not_counted() {
    let mocks = start().await;
    for _ in 0..40 {
        assert_eq!(get(&mocks, "/tlync", "").await.0, 404);
    }
    assert_eq!(violation(&mocks), "");
}

#[tokio::test]
async fn darb_assabil_tells_of_the_wallet_whoever_proves_himself() {
    let mocks = start().await;
    let account = darb_assabil::Account::default();
    let proof = format!("Authorization: apikey {}\r\nX-API-VERSION: 1.0.0\r\n", account.api_key);
    let headers = format!("{proof}X-ACCOUNT-ID: {}\r\n", account.account_id);
    let (status, body) = get(&mocks, "/darb_assabil/api/wallet/metadata", &headers).await;
    let told = json!({"defaultType": "local", "availableTypes": ["local", "international", "local-bank"],
        "defaultCurrency": "lyd", "availableCurrencies": ["lyd", "usd"]});
    assert_eq!((status, &body["status"], &body["data"]), (200, &json!(true), &told));
    assert_eq!(violation(&mocks), "");
    assert_eq!(get(&mocks, "/darb_assabil/api/wallet/metadata", &proof).await.0, 401);
    assert_ne!(violation(&mocks), "");
}

#[tokio::test]
async fn vanex_tells_anybody_where_a_package_is() {
    let mocks = start().await;
    let (status, body) = get(&mocks, "/vanex/tracking?code=H-1-TIP-1", "").await;
    assert_eq!((status, &body["status_code"]), (404, &json!(404)));
    assert_eq!(violation(&mocks), "");
    assert_eq!(get(&mocks, "/vanex/tracking", "").await.0, 422);
    assert_ne!(violation(&mocks), "");
    assert_eq!(get(&mocks, "/vanex/tracking?code=a&number=b", "").await.0, 422);
    assert_ne!(violation(&mocks), "");
    assert_eq!(get(&mocks, "/vanex/tracking?code=a", "Authorization: Bearer token\r\n").await.0, 422);
    assert_ne!(violation(&mocks), "");
}

#[tokio::test]
async fn telegram_tells_a_bot_who_it_is() {
    let mocks = start().await;
    let path = format!("/telegram/bot{}/getMe", Bot::default().token);
    let (status, body) = get(&mocks, &path, "").await;
    assert_eq!((status, &body["ok"], &body["result"]["is_bot"]), (200, &json!(true), &json!(true)));
    assert_eq!(body["result"]["id"], 7_000_000_001_i64);
    assert_eq!(violation(&mocks), "");
    assert_eq!(get(&mocks, "/telegram/bot7000000001:stranger/getMe", "").await.0, 401);
    assert_eq!(ask(&mocks, &format!("POST {path}"), "", "{}").await.0, 400);
    assert_eq!(get(&mocks, &format!("{path}?a=b"), "").await.0, 400);
    assert_eq!(mocks.violations().len(), 3);
    assert!(mocks.messages().is_empty());
}

#[tokio::test]
async fn faults_can_be_queued_for_each_of_them() {
    let mocks = start().await;
    let token = Bot::default().token;
    for (provider, operation, path) in [
        ("edfali", "wsdl", WSDL.to_owned()),
        ("tlync", "presence", "/tlync".to_owned()),
        ("plutu", "presence", "/plutu/api/v1".to_owned()),
        ("darb_assabil", "wallet.metadata", "/darb_assabil/api/wallet/metadata".to_owned()),
        ("vanex", "tracking", "/vanex/tracking?code=a".to_owned()),
        ("telegram", "getMe", format!("/telegram/bot{token}/getMe")),
    ] {
        for named in [Some(operation), None] {
            let fault = Fault { status: Some(502), ..Fault::new(provider, FaultKind::Status) };
            let fault = Fault { operation: named.map(str::to_owned), ..fault };
            let queued = ask(&mocks, "POST /_faults", "", &serde_json::to_string(&fault).unwrap()).await;
            assert_eq!(queued.0, 200, "{provider}: {}", queued.1);
            assert_eq!(get(&mocks, &path, "").await.0, 502, "{provider}");
        }
    }
}
