//! One control connection, command by command.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{FOLDER, LIST, PASSWORD, PROVIDER, RETRIEVE, USER};
use crate::{
    Fault, FaultKind,
    clock::clock,
    journal::{Direction, JournalEntry},
    shared::Shared,
};

/// How long somebody may take to open the connection that was asked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is said to a command.
enum Said {
    /// This reply.
    Reply(&'static str),
    /// The same, put together.
    Text(String),
    /// Nothing more: the connection ends.
    End,
}

struct Session {
    control: BufReader<TcpStream>,
    peer: SocketAddr,
    here: IpAddr,
    shared: Arc<Shared>,
    user: String,
    is_in: bool,
    folder: String,
    passive: Option<TcpListener>,
}

/// Serves one client until it leaves. An error of its socket is its end.
pub(super) async fn run(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>) {
    let Ok(local) = stream.local_addr() else { return };
    let mut session = Session {
        control: BufReader::new(stream),
        peer,
        here: local.ip(),
        shared,
        user: String::new(),
        is_in: false,
        folder: String::new(),
        passive: None,
    };
    let mut said = Said::Reply("220 Vanex drops");
    loop {
        let text = match &said {
            Said::Reply(text) => text,
            Said::Text(text) => text.as_str(),
            Said::End => return,
        };
        if session.say(text).await.is_err() || text.starts_with("221") {
            return;
        }
        let mut line = String::new();
        match session.control.read_line(&mut line).await {
            Ok(length) if length > 0 => {}
            _ => return,
        }
        let line = line.trim_end();
        let (command, argument) = line.split_once(' ').unwrap_or((line, ""));
        said = session.answer(&command.to_ascii_uppercase(), argument).await;
    }
}

impl Session {
    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.control.get_mut().write_all(format!("{text}\r\n").as_bytes()).await
    }

    async fn answer(&mut self, command: &str, argument: &str) -> Said {
        match command {
            "USER" => {
                (self.user, self.is_in) = (argument.to_owned(), false);
                Said::Reply("331 Password required")
            }
            "PASS" => {
                self.is_in = self.user == USER && argument == PASSWORD;
                Said::Reply(if self.is_in { "230 Logged in" } else { "530 Login incorrect" })
            }
            "QUIT" => Said::Reply("221 Goodbye"),
            "SYST" => Said::Reply("215 UNIX Type: L8"),
            "NOOP" => Said::Reply("200 OK"),
            _ if !self.is_in => Said::Reply("530 Not logged in"),
            "TYPE" if matches!(argument, "I" | "A") => Said::Reply("200 OK"),
            "PWD" => Said::Text(format!("257 \"/{}\"", self.folder)),
            "CWD" => self.enter(argument),
            "PASV" => self.listen(false).await,
            "EPSV" => self.listen(true).await,
            "SIZE" => match self.file(argument) {
                Some((_, body)) => Said::Text(format!("213 {}", body.len())),
                None => Said::Reply("550 No such file"),
            },
            "LIST" | "NLST" | "MLSD" => self.list(command, argument).await,
            "RETR" => self.retrieve(argument).await,
            _ => Said::Reply("502 Command not implemented"),
        }
    }

    fn enter(&mut self, argument: &str) -> Said {
        match self.path(argument).as_str() {
            path @ ("" | FOLDER) => {
                self.folder = path.to_owned();
                Said::Reply("250 OK")
            }
            _ => Said::Reply("550 No such folder"),
        }
    }

    /// A path from the root, whatever folder it is named from.
    fn path(&self, argument: &str) -> String {
        let path = if argument.starts_with('/') { argument.to_owned() } else { format!("{}/{argument}", self.folder) };
        path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
    }

    fn file(&self, argument: &str) -> Option<(String, Bytes)> {
        let path = self.path(argument);
        let name = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
        Some((name.to_owned(), self.shared.ftp.get(name)?))
    }

    async fn listen(&mut self, is_extended: bool) -> Said {
        let Ok(listener) = TcpListener::bind((self.here, 0)).await else { return Said::Reply("425 No port is free") };
        let Ok(port) = listener.local_addr().map(|address| address.port()) else { return Said::End };
        self.passive = Some(listener);
        match self.here {
            _ if is_extended => Said::Text(format!("229 Entering Extended Passive Mode (|||{port}|)")),
            IpAddr::V4(here) => {
                let [a, b, c, d] = here.octets();
                Said::Text(format!("227 Entering Passive Mode ({a},{b},{c},{d},{},{})", port / 256, port % 256))
            }
            IpAddr::V6(_) => Said::Reply("425 Use EPSV"),
        }
    }

    async fn list(&mut self, command: &str, argument: &str) -> Said {
        let argument = argument.trim_start_matches("-a").trim_start_matches("-la").trim();
        let path = self.path(argument);
        if !matches!(path.as_str(), "" | FOLDER) {
            return Said::Reply("550 No such folder");
        }
        let files = if path.is_empty() { Vec::new() } else { self.shared.ftp.list() };
        let mut lines: Vec<String> = files
            .iter()
            .map(|(name, body)| match command {
                "NLST" => name.clone(),
                "MLSD" => format!("type=file;size={}; {name}", body.len()),
                _ => format!("-rw-r--r-- 1 vanex vanex {} Jan 01 00:00 {name}", body.len()),
            })
            .collect();
        if path.is_empty() {
            lines.push(match command {
                "NLST" => FOLDER.to_owned(),
                "MLSD" => format!("type=dir; {FOLDER}"),
                _ => format!("drwxr-xr-x 1 vanex vanex 0 Jan 01 00:00 {FOLDER}"),
            });
        }
        let body: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        self.transfer(LIST, command, &path, body.into()).await
    }

    async fn retrieve(&mut self, argument: &str) -> Said {
        match self.file(argument) {
            Some((name, body)) => self.transfer(RETRIEVE, "RETR", &name, body).await,
            None => Said::Reply("550 No such file"),
        }
    }

    /// Sends something, in the way that a fault wants, and notes it.
    async fn transfer(&mut self, operation: &'static str, method: &str, path: &str, body: Bytes) -> Said {
        let fault = self.shared.faults.take_call(PROVIDER, operation, None);
        let mut entry = JournalEntry::of(PROVIDER, operation, Direction::Received, clock());
        entry.method = method.to_owned();
        entry.url = path.to_owned();
        entry.fault = fault.as_ref().map(|fault| fault.kind);
        entry.answer = body.clone();
        let said = self.send(fault.as_ref(), &body).await;
        entry.acted = matches!(&said, Said::Reply(text) if text.starts_with("226"));
        entry.status = entry.acted.then_some(226);
        self.shared.journal.add(entry);
        said
    }

    async fn send(&mut self, fault: Option<&Fault>, body: &[u8]) -> Said {
        let kind = fault.map(|fault| fault.kind);
        match kind {
            Some(FaultKind::CutBefore) => return Said::End,
            Some(FaultKind::Status) => {
                let is_down = fault.and_then(|fault| fault.status).is_some_and(|status| status >= 500);
                return Said::Reply(if is_down { "451 Local error" } else { "550 Not available" });
            }
            Some(FaultKind::Delay) => {
                let wait = fault.and_then(|fault| fault.delay_ms).map(Duration::from_millis);
                tokio::time::sleep(wait.unwrap_or_else(|| self.shared.chance.delay())).await;
            }
            _ => {}
        }
        let Some(listener) = self.passive.take() else { return Said::Reply("425 Use PASV first") };
        let Ok(Ok((mut data, from))) = timeout(PATIENCE, listener.accept()).await else {
            return Said::Reply("425 Nobody came");
        };
        if from.ip() != self.peer.ip() {
            return Said::Reply("425 Somebody else came");
        }
        let is_cut = matches!(kind, Some(FaultKind::Truncate | FaultKind::ActThenCut));
        let part = if is_cut { &body[..body.len() / 2] } else { body };
        if self.say("150 Here it comes").await.is_err() || data.write_all(part).await.is_err() {
            return Said::End;
        }
        // The other side has what there is once the connection has ended in order.
        let _ = data.shutdown().await;
        match kind {
            Some(FaultKind::ActThenCut) => Said::End,
            Some(FaultKind::Truncate) => Said::Reply("426 Connection closed; transfer aborted"),
            _ => Said::Reply("226 Transfer complete"),
        }
    }
}
