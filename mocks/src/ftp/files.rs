//! What lies in the folder.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{clock, tripoli};

const HEADER: &str = "package_code,status,occurred_at,note";

/// A file is left: `/_drop`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusFile {
    /// The carrier's name.
    pub provider: String,
    /// The file's name; by default the next one in the carrier's layout.
    #[serde(default)]
    pub name: Option<String>,
    /// Its entries: objects of `package_code`, `status`, `occurred_at` and `note`, or a line of text as it is to stand there.
    pub entries: Vec<Value>,
}

/// The files by their names.
#[derive(Default)]
pub(crate) struct Files(Mutex<BTreeMap<String, Bytes>>);

impl Files {
    /// Leaves a file; says what it is called.
    pub(crate) fn leave(&self, file: &StatusFile) -> Result<String, String> {
        if file.provider != super::PROVIDER {
            return Err(format!("{} leaves no files", file.provider));
        }
        let lines: Result<Vec<String>, String> = file.entries.iter().map(line).collect();
        let body = std::iter::once(HEADER.to_owned()).chain(lines?).map(|line| line + "\r\n").collect::<String>();
        let mut files = self.lock();
        let name = file.name.clone().unwrap_or_else(|| free(&files, clock()));
        files.insert(name.clone(), body.into());
        Ok(name)
    }

    /// Every file, by its name.
    pub(crate) fn list(&self) -> Vec<(String, Bytes)> {
        self.lock().iter().map(|(name, body)| (name.clone(), body.clone())).collect()
    }

    /// One of them.
    pub(super) fn get(&self, name: &str) -> Option<Bytes> {
        self.lock().get(name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of now, or of the first second after it that has none.
fn free(files: &BTreeMap<String, Bytes>, now: Timestamp) -> String {
    let name = |at: Timestamp| format!("vanex-status-{}.csv", tripoli(at).strftime("%Y%m%dT%H%M%S"));
    let mut at = now;
    while files.contains_key(&name(at)) {
        at += SignedDuration::from_secs(1);
    }
    name(at)
}

fn line(entry: &Value) -> Result<String, String> {
    if let Some(text) = entry.as_str() {
        return Ok(text.to_owned());
    }
    let known = ["package_code", "status", "occurred_at", "note"];
    let fields = entry.as_object().ok_or("an entry is an object or a line of text")?;
    if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("an entry has no field {name}"));
    }
    let text = |name| quoted(entry[name].as_str().unwrap_or_default());
    Ok(known.map(text).join(","))
}

/// As RFC 4180 has it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
