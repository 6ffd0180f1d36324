//! Start-up and memory of the real program: `jisr serve`, as it is shipped.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child as Process, Command, Stdio};
use std::time::{Duration, Instant};

use kit::Ambient;
use tokio::runtime::Runtime;

use crate::child::Serving;
use crate::database::{self, Database};
use crate::load::Plan;
use crate::measure::{median, memory};
use crate::options::{Kind, Options};
use crate::report::{Report, Target};
use crate::{Failure, creation, facade};

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// `jisr serve`; killed when it is dropped.
struct Program(Process);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody left to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    let mut databases = Vec::new();
    for _ in 0..options.rounds() {
        let database = runtime.block_on(Database::create(kind, options))?;
        for times in [&mut fresh, &mut again] {
            let (program, _, took) = start(&database)?;
            times.push(took.as_secs_f64() * 1e3);
            drop(program);
        }
        databases.push(database);
    }
    let title = format!("start, {}", kind.title());
    report.add(format!("{title}: fresh database to /ready"), median(fresh), "ms", Target::Most(300.0));
    report.add(format!("{title}: existing database to /ready"), median(again), "ms", Target::Most(300.0));

    let database = databases.pop().ok_or("there is no database")?;
    let (program, address, _) = start(&database)?;
    let title = format!("memory, {}", kind.title());
    let (_, idle) = memory(program.0.id());
    report.add(format!("{title}: `jisr serve`, idle"), idle, "MB", Target::None);
    let key = runtime.block_on(async {
        let db = database.open().await?;
        let (_, key) = database::key(&db, &Ambient::system()).await?;
        db.close().await;
        Ok::<_, Failure>(key)
    })?;
    let window = options.window() * 4;
    let serving = Serving { address, key };
    let outcome = facade::load(Plan { window, ..creation::plan(&serving, options) })?;
    let (most, now) = memory(program.0.id());
    report.refused(&title, outcome.refused, outcome.refusal.as_deref());
    report.add(format!("{title}: under load, highest"), most, "MB", Target::Most(100.0));
    report.add(format!("{title}: right after load"), now, "MB", Target::None);
    drop(program);
    databases.push(database);
    for mut database in databases {
        runtime.block_on(database.remove())?;
    }
    Ok(())
}

/// Starts the program and waits for `/ready`.
fn start(database: &Database) -> Result<(Program, String, Duration), Failure> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_jisr"));
    command.arg("serve").env_clear().envs(database::settings(&database.url)).env("RUST_LOG", "warn");
    command.env("JISR_PORT", address.port().to_string()).stdin(Stdio::null()).stdout(Stdio::null());
    let mut program = Program(command.spawn()?);
    while started.elapsed() < PATIENCE {
        if is_ready(&address.to_string()) {
            return Ok((program, address.to_string(), started.elapsed()));
        }
        if let Some(status) = program.0.try_wait()? {
            return Err(format!("`jisr serve` ended: {status}").into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err("`jisr serve` was not ready in time".into())
}

fn is_ready(address: &str) -> bool {
    let asked = || -> std::io::Result<[u8; 12]> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("GET /ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head)
    };
    asked().is_ok_and(|head| head == *b"HTTP/1.1 200")
}
