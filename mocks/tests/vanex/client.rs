//! A client of a few lines, so that every byte on the wire is seen: HTTP, and a control connection of FTP.

use mocks::{Mocks, Settings, vanex::Account};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// What came back, cut or not.
pub(crate) struct Answer {
    pub(crate) raw: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

/// Sends one request; `token` is that of a log-in, where there was one.
pub(crate) async fn send(mocks: &Mocks, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
    let mut stream = TcpStream::connect(mocks.address()).await.unwrap();
    let proof = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let (address, length) = (mocks.address(), body.len());
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {proof}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    // A reset ends the answer just as a close does.
    let _ = stream.read_to_end(&mut raw).await;
    let text = String::from_utf8_lossy(&raw).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, body: body.to_owned(), raw }
}

/// Logs in with the default account.
pub(crate) async fn log_in(mocks: &Mocks) -> String {
    let answer = try_log_in(mocks, &Account::default().password).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn try_log_in(mocks: &Mocks, password: &str) -> Answer {
    let body = json!({ "email": Account::default().email, "password": password }).to_string();
    send(mocks, "POST", "/vanex/authenticate", None, &body).await
}

/// A call of the default account.
pub(crate) async fn call(mocks: &Mocks, token: &str, method: &str, path: &str, body: &str) -> Answer {
    send(mocks, method, &format!("/vanex/{path}"), Some(token), body).await
}

/// The sample of a booking, with another reference.
pub(crate) fn booking(reference: &str) -> Value {
    let sample = include_str!("../../../schemas/providers/vanex/package_request.json");
    let mut booking: Value = serde_json::from_str(sample).unwrap();
    booking["store_reference_id"] = json!(reference);
    booking
}

/// Books; gives the code.
pub(crate) async fn book(mocks: &Mocks, token: &str, reference: &str) -> String {
    let answer = call(mocks, token, "POST", "customer/package", &booking(reference).to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()["data"]["package-code"].as_str().unwrap().to_owned()
}

/// What was wrong with the last request.
pub(crate) fn violation(mocks: &Mocks) -> Option<String> {
    mocks.journal(Some("vanex")).pop().unwrap().violation
}

/// A control connection of FTP.
pub(crate) struct Ftp(BufReader<TcpStream>);

impl Ftp {
    pub(crate) async fn open(mocks: &Mocks) -> Self {
        let mut ftp = Self(BufReader::new(TcpStream::connect(mocks.ftp_address()).await.unwrap()));
        assert!(ftp.read().await.starts_with("220 "));
        ftp
    }

    /// The same, logged in as the environment says.
    pub(crate) async fn enter(mocks: &Mocks) -> Self {
        let mut ftp = Self::open(mocks).await;
        let pairs = mocks.environment();
        let given = |name: &str| pairs.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert!(ftp.say(&format!("USER {}", given("VANEX_FTP_USER"))).await.starts_with("331 "));
        assert!(ftp.say(&format!("PASS {}", given("VANEX_FTP_PASSWORD"))).await.starts_with("230 "));
        ftp
    }

    async fn read(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line
    }

    /// Says a command; gives the reply, or nothing where the connection has ended.
    pub(crate) async fn say(&mut self, command: &str) -> String {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
        self.read().await
    }

    /// Has something sent: what came, and what the server said of it in the end.
    pub(crate) async fn fetch(&mut self, command: &str) -> (String, String) {
        let passive = self.say("EPSV").await;
        let port: u16 = passive.split('|').nth(3).and_then(|port| port.parse().ok()).unwrap();
        let mut data = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let began = self.say(command).await;
        if !began.starts_with("150 ") {
            return (String::new(), began);
        }
        let mut body = String::new();
        data.read_to_string(&mut body).await.unwrap();
        (body, self.read().await)
    }
}
