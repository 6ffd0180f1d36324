//! A client of a few lines, so that every byte on the wire is seen.

use mocks::{Mocks, Settings, edfali::Merchant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const PATH: &str = "/edfali/BCDUssd/NewEdfali.asmx";
pub(crate) const CUSTOMER: &str = "+218912345678";

/// What came back, cut or not.
pub(crate) struct Answer {
    /// Every byte.
    pub(crate) raw: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The text of the result; none where the answer is no result.
    pub(crate) fn result(&self) -> Option<&str> {
        let (_, behind) = self.body.split_once("Result>")?;
        behind.split_once("</").map(|(text, _)| text)
    }
}

pub(crate) async fn start() -> Mocks {
    Mocks::start("127.0.0.1:0".parse().unwrap(), Settings::default()).await.unwrap()
}

pub(crate) fn envelope(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
         xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{inner}</soap:Body></soap:Envelope>"
    )
}

/// An operation's element with these children.
pub(crate) fn operation(name: &str, fields: &[(&str, &str)]) -> String {
    let children: String = fields.iter().map(|(name, text)| format!("<{name}>{text}</{name}>")).collect();
    envelope(&format!("<{name} xmlns=\"http://tempuri.org/\">{children}</{name}>"))
}

pub(crate) fn begin_fields<'a>(merchant: &'a Merchant, customer: &'a str, amount: &'a str) -> [(&'a str, &'a str); 5] {
    let Merchant { mobile, pin, password, .. } = merchant;
    [("Mobile", mobile), ("Pin", pin), ("Cmobile", customer), ("Amount", amount), ("PW", password)]
}

pub(crate) fn confirm_fields<'a>(merchant: &'a Merchant, code: &'a str, session: &'a str) -> [(&'a str, &'a str); 4] {
    [("Mobile", &merchant.mobile), ("Pin", code), ("sessionID", session), ("PW", &merchant.password)]
}

/// DoPTrans of the default merchant.
pub(crate) async fn begin(mocks: &Mocks, customer: &str, amount: &str) -> Answer {
    call(mocks, "DoPTrans", &begin_fields(&Merchant::default(), customer, amount)).await
}

/// A session of the default merchant.
pub(crate) async fn session(mocks: &Mocks) -> String {
    begin(mocks, CUSTOMER, "12.50").await.result().unwrap().to_owned()
}

/// OnlineConfTrans of the default merchant.
pub(crate) async fn confirm(mocks: &Mocks, code: &str, session: &str) -> Answer {
    call(mocks, "OnlineConfTrans", &confirm_fields(&Merchant::default(), code, session)).await
}

pub(crate) async fn call(mocks: &Mocks, name: &str, fields: &[(&str, &str)]) -> Answer {
    post(mocks, name, &operation(name, fields)).await
}

/// A POST whose SOAPAction is that of an operation.
pub(crate) async fn post(mocks: &Mocks, name: &str, body: &str) -> Answer {
    let head = format!("Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \"http://tempuri.org/{name}\"");
    raw(mocks, "POST", PATH, &head, body).await
}

/// Sends one request with any method, path, further head and body.
pub(crate) async fn raw(mocks: &Mocks, method: &str, path: &str, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(mocks.address()).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    // A reset ends the answer just as a close does.
    let _ = stream.read_to_end(&mut raw).await;
    let text = String::from_utf8_lossy(&raw).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_lowercase(), body: body.to_owned(), raw }
}
