//! What happened to a parcel: its log, and where the log speaks another language, the package itself.

use kit::Reply;
use kit::written::Written;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::Envelope;
use super::moment;
use crate::card::Card;
use crate::tracking::Entry;

/// A line of the log: documented names, and those that the public tracking has.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Line {
    status: Written,
    #[serde(rename = "type")]
    kind: Written,
    description: Written,
    details: Written,
    location: Written,
    created_at: Written,
    time: Written,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Package {
    status_object: Option<Status>,
    update_date: Written,
    updated_at: Written,
    recieved_money: Written,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    status_value: Written,
}

/// What could be read of a log, and what could not.
#[derive(Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    pub(super) malformed: Vec<String>,
}

/// Reads a log line by line.
pub(super) fn log(envelope: &Envelope) -> Result<Log, String> {
    let lines: Vec<Box<RawValue>> = envelope.data()?;
    let mut log = Log::default();
    for raw in lines {
        match serde_json::from_str::<Line>(raw.get()).ok().and_then(|line| line.entry()) {
            Some(entry) => log.entries.push(entry),
            None => log.malformed.push(raw.get().to_owned()),
        }
    }
    Ok(log)
}

impl Line {
    fn entry(&self) -> Option<Entry> {
        let raw = self.status.given().or(self.kind.given())?.trim();
        let at = moment::read(self.created_at.given().or(self.time.given())?)?;
        let note = [self.description.given().or(self.details.given()), self.location.given()];
        let note = note.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let note = (!note.is_empty()).then_some(note);
        (!raw.is_empty()).then(|| Entry { raw: raw.to_owned(), at, note, collected: None })
    }
}

/// Whether the newest line has a word that the card knows: then nothing else needs to be asked.
pub(super) fn is_told(card: &Card, entries: &[Entry]) -> bool {
    let newest = entries.iter().max_by_key(|entry| entry.at);
    newest.is_some_and(|entry| card.status(&entry.raw).is_some())
}

/// Where the package itself says that it stands.
pub(super) fn standing(reply: &Reply) -> Option<Entry> {
    let package: Package = Envelope::read(reply).ok()?.data().ok()?;
    let raw = package.status_object?.status_value.given()?.trim().to_owned();
    let at = moment::read(package.update_date.given().or(package.updated_at.given())?)?;
    let collected = package.recieved_money.given().and_then(super::answer::dinars).filter(|money| money.minor > 0);
    Some(Entry { raw, at, note: None, collected })
}
