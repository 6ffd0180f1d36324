//! The load: keep-alive connections on threads of their own, as cheap as they can be, in a process of their own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kit::Ambient;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::measure::percentile;

/// What is asked for and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// `host:port`.
    pub address: String,
    /// Where every request is posted to.
    pub path: String,
    /// With this key.
    pub key: String,
    /// With this body, in which `{}` is a text that no other request has; it is the idempotency key as well.
    pub body: String,
    /// What makes the texts of this load differ from those of others.
    pub prefix: String,
    /// How many connections.
    pub connections: u64,
    /// Requests a second on a fixed schedule; without it each connection asks again as soon as it was answered.
    pub rate: Option<u64>,
    /// How long.
    pub window: Duration,
    /// How many requests at the most; without it the time alone counts.
    pub total: Option<u64>,
    /// In the body `{e}` is a number below this, each in its turn, and `{at}` is now in microseconds.
    pub spread: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Answers that said yes.
    pub answered: u64,
    /// Answers that said no, and connections that broke.
    pub refused: u64,
    /// One of them.
    pub refusal: Option<String>,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Half of the answers took no longer. With a schedule, time counts from when the request was due.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Outcome {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.answered as f64 / self.seconds
    }
}

/// The first tenth of a load warms up: it is answered and counted, but not timed.
const WARM: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(15);

/// Carries a plan out.
pub fn run(plan: &Plan) -> Outcome {
    let started = Instant::now();
    let turns = Turns { started, due: AtomicU64::new(0), begun: AtomicU64::new(0) };
    let parts: Vec<Part> = std::thread::scope(|scope| {
        let turns = &turns;
        let threads: Vec<_> =
            (0..plan.connections).map(|number| scope.spawn(move || connection(plan, number, turns))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    let mut samples: Vec<u64> = parts.iter().flat_map(|part| part.samples.iter().copied()).collect();
    samples.sort_unstable();
    let millis = |percent| percentile(&samples, percent) as f64 / 1e6;
    Outcome {
        answered: parts.iter().map(|part| part.answered).sum(),
        refused: parts.iter().map(|part| part.refused).sum(),
        refusal: parts.iter().find_map(|part| part.refusal.clone()),
        seconds,
        p50_ms: millis(50.0),
        p99_ms: millis(99.0),
        max_ms: millis(100.0),
    }
}

#[derive(Default)]
struct Part {
    answered: u64,
    refused: u64,
    refusal: Option<String>,
    /// Nanoseconds.
    samples: Vec<u64>,
}

/// What the connections share.
struct Turns {
    started: Instant,
    /// On a schedule, the number of the next request.
    due: AtomicU64,
    /// Requests so far.
    begun: AtomicU64,
}

fn connection(plan: &Plan, number: u64, turns: &Turns) -> Part {
    let mut part = Part::default();
    if let Err(failure) = ask(plan, number, turns, &mut part) {
        part.refused += 1;
        part.refusal = Some(failure.to_string());
    }
    part
}

fn ask(plan: &Plan, number: u64, turns: &Turns, part: &mut Part) -> Result<(), Failure> {
    let Turns { started, due, begun } = turns;
    let started = *started;
    let mut stream = TcpStream::connect(&plan.address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = vec![0; 64 * 1024];
    for count in 0_u64.. {
        let from = match plan.rate {
            None => Instant::now(),
            Some(rate) => {
                let at = started + Duration::from_nanos(due.fetch_add(1, Ordering::Relaxed) * 1_000_000_000 / rate);
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
                at
            }
        };
        let turn = begun.fetch_add(1, Ordering::Relaxed);
        if from >= started + plan.window || plan.total.is_some_and(|total| turn >= total) {
            break;
        }
        stream.write_all(request(plan, &format!("{}-{number}-{count}", plan.prefix), turn).as_bytes())?;
        let (status, answer) = answer(&mut stream, &mut buffer)?;
        if (200..300).contains(&status) {
            part.answered += 1;
        } else {
            part.refused += 1;
            part.refusal.get_or_insert_with(|| format!("{status}: {}", String::from_utf8_lossy(answer)));
        }
        let cold = plan.total.map_or(from < started + plan.window / WARM, |total| turn < total / u64::from(WARM));
        if !cold {
            part.samples.push(from.elapsed().as_nanos() as u64);
        }
    }
    Ok(())
}

fn request(plan: &Plan, unique: &str, turn: u64) -> String {
    let mut body = plan.body.replace("{}", unique);
    if plan.spread > 0 {
        let now = Ambient::system().now().as_microsecond();
        body = body.replace("{e}", &(turn % plan.spread).to_string()).replace("{at}", &now.to_string());
    }
    format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\n\
         idempotency-key: {unique}\r\ncontent-length: {}\r\n\r\n{body}",
        plan.path,
        plan.address,
        plan.key,
        body.len()
    )
}

/// Reads one answer: its status and its body. Every server here says how long its answers are.
fn answer<'a>(stream: &mut TcpStream, buffer: &'a mut [u8]) -> Result<(u16, &'a [u8]), Failure> {
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..])? {
            0 => return Err("the connection was closed in the middle of an answer".into()),
            more => filled += more,
        }
        let Some(head) = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head])?;
        let status = text.get(9..12).and_then(|status| status.parse().ok()).ok_or("no status")?;
        let end = head + 4 + length(text).ok_or("no length")?;
        if filled == end {
            return Ok((status, &buffer[head + 4..end]));
        }
    }
}

fn length(head: &str) -> Option<usize> {
    let named = |line: &str| line.get(..15).is_some_and(|name| name.eq_ignore_ascii_case("content-length:"));
    head.lines().find(|line| named(line))?[15..].trim().parse().ok()
}
