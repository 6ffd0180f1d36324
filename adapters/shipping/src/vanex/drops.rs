//! Status files over FTP. Their layout is ours: nothing public says how Vanex writes them (SOURCE.md, "Drops").

use jiff::Timestamp;

use super::moment;
use crate::drops::{DropFile, DropReading};
use crate::port::{Told, ToldEntry};
use crate::tracking::Entry;
use kit::wire::listing::Listed;

const HEADER: [&str; 4] = ["package_code", "status", "occurred_at", "note"];
const BEGINNING: &str = "vanex-status-";
const END: &str = ".csv";
/// `20250131T153045`: names in the order of letters are in the order of time.
const SHAPE: &str = "00000000T000000";

/// The status files among what lies there, the oldest first.
pub(super) fn files(listed: Vec<Listed>) -> Vec<DropFile> {
    let files = listed.into_iter().filter(|file| is_status_file(&file.name));
    let mut files: Vec<DropFile> = files.map(|file| DropFile { name: file.name, size: file.size }).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

/// Whether the name is one of a status file; whatever else lies there is none of ours.
pub(super) fn is_status_file(name: &str) -> bool {
    let stamp = name.strip_prefix(BEGINNING).and_then(|rest| rest.strip_suffix(END)).unwrap_or_default();
    stamp.len() == SHAPE.len()
        && stamp
            .bytes()
            .zip(SHAPE.bytes())
            .all(|(byte, shape)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
}

/// Reads a file, an entry a line. A file without its header is kept whole: its columns may be others.
pub(super) fn read(original: bytes::Bytes) -> DropReading {
    let text = String::from_utf8_lossy(&original).into_owned();
    let mut lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty());
    let mut told = Told::default();
    let header = lines.next().unwrap_or_default();
    if fields(header).is_some_and(|fields| fields == HEADER) {
        for line in lines {
            match fields(line).and_then(|fields| entry(&fields)) {
                Some(entry) => told.entries.push(entry),
                None => told.malformed.push(line.to_owned()),
            }
        }
    } else {
        told.malformed.extend(std::iter::once(header).chain(lines).map(str::to_owned));
        told.malformed.retain(|line| !line.is_empty());
    }
    DropReading { original, told }
}

/// The fields of one line.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    Some(record.iter().map(|field| field.trim().to_owned()).collect())
}

fn entry(fields: &[String]) -> Option<ToldEntry> {
    let [number, raw, occurred_at, note] = fields else { return None };
    if number.is_empty() || raw.is_empty() {
        return None;
    }
    let at: Timestamp = moment::read(occurred_at)?;
    let note = (!note.is_empty()).then(|| note.clone());
    let entry = Entry { raw: raw.clone(), at, note, collected: None };
    Some(ToldEntry { number: Some(number.clone()), reference: None, entry: Some(entry) })
}

#[cfg(test)]
mod tests;
