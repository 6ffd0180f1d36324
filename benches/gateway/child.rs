//! Processes beside this one: each plays one part, says its results in lines of JSON, and ends with its parent.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::load::Plan;

/// The part that a child plays.
#[derive(Debug, Serialize, Deserialize)]
pub enum Role {
    /// A provider: answers every POST with the same 300 bytes.
    Server,
    /// A bare proxy to the server at a URL.
    Proxy(String),
    /// The whole gateway, with one more path that reads from a provider.
    Gateway(Gateway),
    /// Makes requests by a plan.
    Load(Plan),
    /// Merchants, who take notifications.
    Sink,
}

/// What a gateway needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct Gateway {
    /// `postgres://…` or `sqlite:<file>`.
    pub database: String,
    /// What the additional path asks.
    pub provider: String,
}

/// What a child that serves says first.
#[derive(Debug, Serialize, Deserialize)]
pub struct Serving {
    /// `host:port`.
    pub address: String,
    /// What opens a gateway's paths.
    pub key: String,
}

/// What a gateway says last.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ended {
    /// Rows that were lost.
    pub dropped: u64,
}

/// A child; it is killed when this is dropped, and ends on its own when this process ends.
pub struct Child {
    process: std::process::Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Child {
    /// Starts this program again in a part.
    pub fn start(role: &Role) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--role").arg(serde_json::to_string(role)?);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(process.stdout.take().ok_or("a child has no output")?);
        Ok(Self { stdin: process.stdin.take(), process, lines })
    }

    /// Starts one that serves, and waits until it does.
    pub fn serve(role: &Role) -> Result<(Self, Serving), Failure> {
        let mut child = Self::start(role)?;
        let serving = child.hear()?;
        Ok((child, serving))
    }

    /// What it says next.
    pub fn hear<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let mut line = String::new();
        self.lines.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|error| format!("a child said {line:?}: {error}").into())
    }

    /// Says a line to it, and hears its answer.
    pub fn ask<T: DeserializeOwned>(&mut self, line: &str) -> Result<T, Failure> {
        let stdin = self.stdin.as_mut().ok_or("a child has no input")?;
        writeln!(stdin, "{line}")?;
        self.hear()
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to end, hears its last word, and waits for its end.
    pub fn end<T: DeserializeOwned>(mut self) -> Result<T, Failure> {
        drop(self.stdin.take());
        let last = self.hear()?;
        self.process.wait()?;
        Ok(last)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody left to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
