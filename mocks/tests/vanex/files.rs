//! The FTP server, command by command, and each fault of a transfer.

use mocks::{Fault, FaultKind, Mocks, StatusFile};
use serde_json::{Value, json};

use crate::client::{Ftp, book, log_in, send, start};

fn leave(mocks: &Mocks, name: &str) {
    let entry = json!({ "package_code": "H-1", "status": "completed", "occurred_at": "2026-11-30T10:00:00Z", "note": "a, \"b\"" });
    let entries = vec![entry, json!("a line that is none")];
    mocks.leave(&StatusFile { provider: "vanex".to_owned(), name: Some(name.to_owned()), entries }).unwrap();
}

const BODY: &str = "package_code,status,occurred_at,note\r\nH-1,completed,2026-11-30T10:00:00Z,\"a, \"\"b\"\"\"\r\n\
                    a line that is none\r\n";

#[tokio::test]
async fn nobody_looks_without_a_password() {
    let mocks = start().await;
    leave(&mocks, "a.csv");
    let mut ftp = Ftp::open(&mocks).await;
    for command in ["PASV", "EPSV", "SIZE drops/a.csv", "RETR drops/a.csv", "MLSD drops", "TYPE I"] {
        assert!(ftp.say(command).await.starts_with("530 "), "{command}");
    }
    assert!(ftp.say("USER jisr-mocks-vanex").await.starts_with("331 "));
    assert!(ftp.say("PASS wrong").await.starts_with("530 "));
    assert!(ftp.say("PASV").await.starts_with("530 "));
    assert!(ftp.say("QUIT").await.starts_with("221 "));
}

#[tokio::test]
async fn lists_lengths_and_files() {
    let mocks = start().await;
    leave(&mocks, "a.csv");
    let mut ftp = Ftp::enter(&mocks).await;
    let line = format!("type=file;size={}; a.csv\r\n", BODY.len());
    assert_eq!(ftp.fetch("MLSD drops").await, (line.clone(), "226 Transfer complete\r\n".to_owned()));
    assert_eq!(ftp.fetch("NLST drops").await.0, "a.csv\r\n");
    assert!(ftp.fetch("LIST drops").await.0.ends_with(" a.csv\r\n"));
    assert_eq!(ftp.fetch("MLSD").await.0, "type=dir; drops\r\n");
    assert_eq!(ftp.say("SIZE drops/a.csv").await, format!("213 {}\r\n", BODY.len()));
    assert_eq!(ftp.fetch("RETR drops/a.csv").await.0, BODY);
    assert!(ftp.say("CWD drops").await.starts_with("250 "));
    assert_eq!(ftp.say("PWD").await, "257 \"/drops\"\r\n");
    assert_eq!((ftp.fetch("MLSD").await.0, ftp.fetch("RETR a.csv").await.0.as_str()), (line, BODY));
    for missing in ["SIZE b.csv", "RETR b.csv", "RETR ../drops", "CWD elsewhere", "MLSD elsewhere"] {
        assert!(ftp.say(missing).await.starts_with("550 "), "{missing}");
    }
    assert!(ftp.say("STOR a.csv").await.starts_with("502 "), "nothing is written");
    assert!(ftp.say("RETR a.csv").await.starts_with("425 "), "without a data connection nothing is sent");
    assert!(ftp.say("PASV").await.starts_with("227 Entering Passive Mode (127,0,0,1,"));
}

#[tokio::test]
async fn faults_of_a_transfer() {
    let mocks = start().await;
    leave(&mocks, "a.csv");
    let mut ftp = Ftp::enter(&mocks).await;
    let half = &BODY[..BODY.len() / 2];
    let fault = |kind| Fault::new("vanex", kind).on("ftp/retr");
    mocks.fault(fault(FaultKind::Truncate));
    let (body, said) = ftp.fetch("RETR drops/a.csv").await;
    assert_eq!((body.as_str(), said.starts_with("426 ")), (half, true));
    mocks.fault(fault(FaultKind::Status));
    assert!(ftp.fetch("RETR drops/a.csv").await.1.starts_with("550 "));
    mocks.fault(Fault { status: Some(503), ..fault(FaultKind::Status) });
    assert!(ftp.fetch("RETR drops/a.csv").await.1.starts_with("451 "));
    mocks.fault(Fault { delay_ms: Some(200), ..fault(FaultKind::Delay) });
    let began = std::time::Instant::now();
    assert_eq!(ftp.fetch("RETR drops/a.csv").await.0, BODY);
    assert!(began.elapsed().as_millis() >= 200);
    mocks.fault(fault(FaultKind::ActThenCut));
    assert_eq!(ftp.fetch("RETR drops/a.csv").await, (half.to_owned(), String::new()));
    let mut ftp = Ftp::enter(&mocks).await;
    mocks.fault(fault(FaultKind::CutBefore));
    assert_eq!(ftp.fetch("RETR drops/a.csv").await, (String::new(), String::new()));
    let transfers = mocks.journal(Some("vanex"));
    assert_eq!(transfers.iter().filter(|entry| entry.acted && entry.status == Some(226)).count(), 1);
}

#[tokio::test]
async fn what_happens_is_left_in_a_file() {
    let mocks = start().await;
    let token = log_in(&mocks).await;
    let code = book(&mocks, &token, "jisr-1").await;
    for status in ["ship_received", "completed"] {
        let act = json!({ "provider": "vanex", "number": code, "status": status, "at": "2026-11-30T10:00:00Z" });
        assert_eq!(send(&mocks, "POST", "/_ship", None, &act.to_string()).await.status, 200);
    }
    let mut ftp = Ftp::enter(&mocks).await;
    let names = ftp.fetch("NLST drops").await.0;
    let names: Vec<&str> = names.lines().collect();
    assert_eq!(names.len(), 2, "a name is used once: {names:?}");
    assert!(names[0].starts_with("vanex-status-20") && names[0].ends_with(".csv"));
    let file = ftp.fetch(&format!("RETR drops/{}", names[0])).await.0;
    assert_eq!(file.lines().nth(1), Some(format!("{code},ship_received,2026-11-30T10:00:00Z,").as_str()));
    let dropped = json!({ "provider": "vanex", "entries": [] }).to_string();
    let answer = send(&mocks, "POST", "/_drop", None, &dropped).await;
    assert_eq!((answer.status, answer.json()["name"].is_string()), (200, true));
    for wrong in [
        json!({ "provider": "tlync", "entries": [] }),
        json!({ "provider": "vanex", "entries": [5] }),
        json!({ "provider": "vanex", "entries": [{ "code": "x" }] }),
        Value::Null,
    ] {
        assert_eq!(send(&mocks, "POST", "/_drop", None, &wrong.to_string()).await.status, 422, "{wrong}");
    }
}
