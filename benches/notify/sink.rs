//! The merchants' side: a process that takes every notification, counts it by its id, and says how long it was on its way.

use std::collections::HashMap;
use std::io::{BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kit::Ambient;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::child::Serving;
use crate::measure::percentile;

/// How long a hanging endpoint keeps a connection.
const HANG: Duration = Duration::from_secs(60);

/// What has arrived so far, since the last time it was asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arrived {
    /// Requests to endpoints that do not hang.
    pub total: u64,
    /// Different notifications among them.
    pub distinct: u64,
    /// Notifications that came more than once.
    pub duplicates: Vec<String>,
    /// Requests without a signature.
    pub unsigned: u64,
    /// Requests to endpoints that hang.
    pub hung: u64,
    /// Half were on their way no longer, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 were.
    pub p99_ms: f64,
}

#[derive(Default)]
struct Counts {
    times: HashMap<String, u32>,
    total: u64,
    unsigned: u64,
    hung: u64,
    /// Microseconds.
    ways: Vec<u64>,
}

type Shared = Arc<Mutex<Counts>>;

/// Serves until the parent closes our input; each line of it asks what has arrived and forgets it if it says `reset`.
pub fn run() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    say(&Serving { address: listener.local_addr()?.to_string(), key: String::new() })?;
    let counts = Shared::default();
    let taken = Arc::clone(&counts);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counts = Arc::clone(&taken);
            std::thread::Builder::new().stack_size(64 * 1024).spawn(move || drop(serve(stream, &counts))).ok();
        }
    });
    for line in std::io::stdin().lock().lines() {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        say(&told(&counts))?;
        if line? == "reset" {
            *counts = Counts::default();
        }
    }
    Ok(())
}

fn told(counts: &Counts) -> Arrived {
    let mut ways = counts.ways.clone();
    ways.sort_unstable();
    let millis = |percent| percentile(&ways, percent) as f64 / 1e3;
    let twice = counts.times.iter().filter(|(_, times)| **times > 1);
    Arrived {
        total: counts.total,
        distinct: counts.times.len() as u64,
        duplicates: twice.map(|(id, times)| format!("{id} × {times}")).take(50).collect(),
        unsigned: counts.unsigned,
        hung: counts.hung,
        p50_ms: millis(50.0),
        p99_ms: millis(99.0),
    }
}

/// One line for the parent.
#[expect(clippy::print_stdout, reason = "a child speaks to its parent through its output")]
pub fn say(line: &impl Serialize) -> Result<(), Failure> {
    println!("{}", serde_json::to_string(line)?);
    Ok(())
}

fn serve(mut stream: TcpStream, counts: &Shared) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1024];
    let mut filled = 0;
    loop {
        let Some(end) = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") else {
            match stream.read(&mut buffer[filled..])? {
                0 => return Ok(()),
                more => filled += more,
            }
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end])?.to_owned();
        let whole = end + 4 + header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        while filled < whole {
            match stream.read(&mut buffer[filled..])? {
                0 => return Ok(()),
                more => filled += more,
            }
        }
        if hangs(&head) {
            counts.lock().unwrap_or_else(PoisonError::into_inner).hung += 1;
            std::thread::sleep(HANG);
            return Ok(());
        }
        count(&head, &buffer[end + 4..whole], counts);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
        buffer.copy_within(whole..filled, 0);
        filled -= whole;
    }
}

/// Of the endpoints `/h/…` every tenth one never answers.
fn hangs(head: &str) -> bool {
    let number = head.strip_prefix("POST /h/").and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
    number.is_some_and(|number| number % 10 == 0)
}

fn count(head: &str, body: &[u8], counts: &Shared) {
    let id = header(head, "webhook-id").unwrap_or_default().to_owned();
    let signed = header(head, "webhook-signature").is_some_and(|text| text.starts_with("v1,") && text.len() > 40);
    let way = sent_at(body).map(|sent| now().saturating_sub(sent));
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.total += 1;
    counts.unsigned += u64::from(!signed);
    *counts.times.entry(id).or_default() += 1;
    counts.ways.extend(way);
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// `"at":<microseconds>` of the body.
fn sent_at(body: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(body).ok()?;
    let digits = text.split("\"at\":").nth(1)?;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Microseconds since 1970.
fn now() -> u64 {
    u64::try_from(Ambient::system().now().as_microsecond()).unwrap_or_default()
}
