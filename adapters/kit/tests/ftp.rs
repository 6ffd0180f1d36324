//! FTP against a server on a loopback socket: what it refuses, what it cuts, and hosts that it has no business to name.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, header};
use kit::guard::AllowList;
use kit::wire::listing::{self, Listed};
use kit::wire::{FtpWire, Wire, WireError, Wires};
use kit::{Call, Delivery, Destination, Kind, Reply, Request, Safety};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::server::{Reaction, Server};
use crate::support::{Road, calm, read};

const FILE: &str = "package_code,status\r\nH-1,delivered\r\n";

/// What a server does that one would rather not meet.
#[derive(Debug, Clone, Copy, Default)]
struct Habits {
    /// The host that `PASV` names, where it is not its own.
    names: Option<[u8; 4]>,
    /// It has neither `MLSD` nor, for folders, `SIZE`.
    is_old: bool,
    /// How a transfer ends half-way: by this reply, or where it is empty by the end of everything.
    cuts: Option<&'static str>,
    /// What is said in place of a file.
    refuses: Option<&'static str>,
}

struct Ftp {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Ftp {
    async fn start(habits: Habits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback socket");
        let address = listener.local_addr().expect("an address");
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let kept = Arc::clone(&heard);
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, habits, Arc::clone(&kept)));
            }
        });
        Self { address, heard, _tasks: tasks }
    }

    fn heard(&self, command: &str) -> usize {
        self.heard.lock().expect("no panic").iter().filter(|line| line.split(' ').next() == Some(command)).count()
    }
}

async fn serve(stream: TcpStream, habits: Habits, heard: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut control = BufReader::new(stream);
    let (mut passive, mut user) = (None::<TcpListener>, String::new());
    let mut answer = "220 ready".to_owned();
    loop {
        control.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        let mut line = String::new();
        control.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
        heard.lock().expect("no panic").push(line.trim_end().to_owned());
        let (command, argument) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        answer = match command {
            "USER" => {
                user = argument.to_owned();
                "331 password".to_owned()
            }
            "PASS" if (user.as_str(), argument) == ("vanex", "geheim") => "230 in".to_owned(),
            "PASS" => "530 Login incorrect.".to_owned(),
            "TYPE" => "200 ok".to_owned(),
            "SIZE" if argument.ends_with(".csv") => format!("213 {}", FILE.len()),
            "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").await.ok()?;
                let port = listener.local_addr().ok()?.port();
                passive = Some(listener);
                let [a, b, c, d] = habits.names.unwrap_or([127, 0, 0, 1]);
                format!("227 Entering Passive Mode ({a},{b},{c},{d},{},{}).", port / 256, port % 256)
            }
            "MLSD" if habits.is_old => "500 Unknown command.".to_owned(),
            "MLSD" => send(&mut control, passive.take()?, "type=dir; old\r\ntype=file;size=36; a.csv\r\n").await?,
            "NLST" => send(&mut control, passive.take()?, "drops/old\r\ndrops/a.csv\r\n").await?,
            "RETR" if habits.refuses.is_some() => habits.refuses?.to_owned(),
            "RETR" if argument != "drops/a.csv" => "550 No such file.".to_owned(),
            "RETR" => match habits.cuts {
                None => send(&mut control, passive.take()?, FILE).await?,
                Some(reply) => {
                    send(&mut control, passive.take()?, &FILE[..20]).await?;
                    if reply.is_empty() {
                        return None;
                    }
                    reply.to_owned()
                }
            },
            "QUIT" => "221 bye".to_owned(),
            _ => "500 Unknown command.".to_owned(),
        };
    }
}

async fn send(control: &mut BufReader<TcpStream>, passive: TcpListener, text: &str) -> Option<String> {
    control.get_mut().write_all(b"150 here it comes\r\n").await.ok()?;
    let (mut data, _) = passive.accept().await.ok()?;
    data.write_all(text.as_bytes()).await.ok()?;
    data.shutdown().await.ok()?;
    Some("226 Transfer complete.".to_owned())
}

fn call(method: &str, url: &str, password: &str, destination: Destination) -> Call {
    let mut headers = HeaderMap::new();
    let basic = format!("Basic {}", STANDARD.encode(format!("vanex:{password}")));
    headers.insert(header::AUTHORIZATION, basic.parse().expect("a header"));
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let request = Request { method, url: url.parse().expect("a url"), headers, body: bytes::Bytes::new(), destination };
    Call { request, ..crate::support::call(Safety::Read) }
}

async fn carry(server: &Ftp, method: &str, path: &str) -> Result<Reply, WireError> {
    let call = call(method, &format!("ftp://{}/{path}", server.address), "geheim", Destination::Trusted);
    FtpWire::new(AllowList::default()).expect("a wire").carry(&call).await
}

#[tokio::test]
async fn a_list_and_a_file() {
    let server = Ftp::start(Habits::default()).await;
    let list = carry(&server, "LIST", "drops").await.expect("a list");
    let listed = Listed { name: "a.csv".to_owned(), size: Some(36) };
    assert_eq!((list.status, listing::read(&list.body)), (200, vec![listed]));
    let file = carry(&server, "RETR", "drops/a.csv").await.expect("a file");
    assert_eq!((file.status, &file.body[..]), (200, FILE.as_bytes()));
    assert_eq!((server.heard("MLSD"), server.heard("RETR"), server.heard("QUIT")), (1, 1, 2));
}

#[tokio::test]
async fn an_older_server_is_asked_for_names_and_lengths() {
    let server = Ftp::start(Habits { is_old: true, ..Habits::default() }).await;
    let list = carry(&server, "LIST", "drops/").await.expect("a list");
    let told: Vec<_> = listing::read(&list.body).into_iter().map(|file| (file.name, file.size)).collect();
    assert_eq!(told, [("old".to_owned(), None), ("a.csv".to_owned(), Some(36))]);
}

#[tokio::test]
async fn what_is_refused_has_a_status() {
    let server = Ftp::start(Habits::default()).await;
    assert_eq!(carry(&server, "RETR", "drops/b.csv").await.expect("a reply").status, 404);
    let wrong = call("LIST", &format!("ftp://{}/", server.address), "falsch", Destination::Trusted);
    let wire = FtpWire::new(AllowList::default()).expect("a wire");
    let reply = wire.carry(&wrong).await.expect("a reply");
    assert_eq!((reply.status, server.heard("PASV")), (401, 1), "nothing is asked for without a log-in");
    for (said, status) in [("421 closing", 503), ("450 busy", 503), ("553 no", 400), ("534 no", 400), ("299 hm", 502)] {
        let server = Ftp::start(Habits { refuses: Some(said), ..Habits::default() }).await;
        assert_eq!(carry(&server, "RETR", "drops/a.csv").await.expect("a reply").status, status, "{said}");
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_no_file() {
    for reply in ["426 Connection closed; transfer aborted.", "451 Local error.", ""] {
        let server = Ftp::start(Habits { cuts: Some(reply), ..Habits::default() }).await;
        let error = carry(&server, "RETR", "drops/a.csv").await.expect_err(reply);
        assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Maybe), "{reply}: {error:?}");
    }
}

#[tokio::test]
async fn nobody_else_s_host_is_connected_to() {
    let server = Ftp::start(Habits { names: Some([192, 0, 2, 7]), ..Habits::default() }).await;
    let file = carry(&server, "RETR", "drops/a.csv").await.expect("the file comes from the host that was asked");
    assert_eq!(&file.body[..], FILE.as_bytes());
}

#[tokio::test]
async fn a_private_address_is_guarded() {
    let server = Ftp::start(Habits::default()).await;
    let port = server.address.port();
    for scheme in ["ftp", "ftps"] {
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"] {
            let call = call("LIST", &format!("{scheme}://{host}:{port}/"), "geheim", Destination::Guarded);
            let error = FtpWire::new(AllowList::default()).expect("a wire").carry(&call).await.expect_err(host);
            assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{scheme} {host}: {error:?}");
        }
    }
    assert!(server.heard.lock().expect("no panic").is_empty());
    let allowed = AllowList::new(vec!["127.0.0.0/8".parse().expect("a network")]);
    let call = call("LIST", &format!("ftp://127.0.0.1:{port}/drops"), "geheim", Destination::Guarded);
    FtpWire::new(allowed).expect("a wire").carry(&call).await.expect("an allowed network");
}

#[tokio::test]
async fn nothing_leaves_that_cannot_be_a_command() {
    let server = Ftp::start(Habits::default()).await;
    let at = |path: &str| format!("ftp://{}/{path}", server.address);
    let wire = FtpWire::new(AllowList::default()).expect("a wire");
    for wrong in [
        call("RETR", &at("a%0d%0aDELE%20b"), "geheim", Destination::Trusted),
        call("RETR", &at("a"), "geheim\r\nDELE b", Destination::Trusted),
        call("DELE", &at("a"), "geheim", Destination::Trusted),
        Call { request: Request::get(at("a").parse().expect("a url"), Destination::Trusted), ..read() },
    ] {
        let error = wire.carry(&wrong).await.expect_err("a refusal");
        assert_eq!((error.kind, error.delivery), (Kind::Invalid, Delivery::Never), "{error:?}");
    }
    assert!(server.heard.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn a_server_that_is_away_was_never_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let call = call("LIST", &format!("ftp://{address}/"), "geheim", Destination::Trusted);
    let error = FtpWire::new(AllowList::default()).expect("a wire").carry(&call).await.expect_err("nobody listens");
    assert_eq!((error.kind, error.delivery), (Kind::Unavailable, Delivery::Never));
}

#[tokio::test]
async fn the_scheme_chooses_and_no_log_shows_the_password() {
    let ftp = Ftp::start(Habits::default()).await;
    let http = Server::start(Reaction::answer("200 OK", "", b"{}")).await;
    let wires = Wires::new(AllowList::default()).expect("the wires");
    let road = Road::over(calm(), Arc::new(wires));
    let list = call("LIST", &format!("ftp://{}/drops", ftp.address), "geheim", Destination::Trusted);
    road.transport.send(&list).await.expect("a list");
    let get = Call { request: Request::get(http.url("127.0.0.1"), Destination::Trusted), ..read() };
    road.transport.send(&get).await.expect("an answer");
    assert_eq!(http.requests(), 1);
    let rows = format!("{:?}", road.entries());
    assert!(
        rows.contains("method: \"FTP\"")
            && !rows.contains("geheim")
            && !rows.contains(&STANDARD.encode("vanex:geheim"))
    );
    let error =
        road.transport.send(&call("RETR", &format!("ftp://{}/b", ftp.address), "x", Destination::Trusted)).await;
    assert_eq!(error.expect_err("a wrong password").kind, Kind::Unauthorized);
}
