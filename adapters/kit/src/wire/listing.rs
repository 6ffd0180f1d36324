//! The answer to `LIST`: a file a line, its length (`-` where nobody tells it), a blank, its name.

use std::fmt::Write;

use bytes::Bytes;

/// A file in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name, without the folder.
    pub name: String,
    /// Its length in bytes, where it is told.
    pub size: Option<u64>,
}

/// Reads an answer; a line of another shape is no file.
pub fn read(body: &[u8]) -> Vec<Listed> {
    let lines = String::from_utf8_lossy(body);
    let file = |line: &str| {
        let (size, name) = line.split_once(' ')?;
        let size = if size == "-" { None } else { Some(size.parse().ok()?) };
        Some(Listed { name: name.to_owned(), size })
    };
    lines.lines().filter_map(file).collect()
}

/// Adds a line.
pub(super) fn write(lines: &mut String, name: &str, size: Option<u64>) {
    let size = size.map_or_else(|| "-".to_owned(), |size| size.to_string());
    writeln!(lines, "{size} {name}").expect("a text takes every line");
}

/// From what `MLSD` says (RFC 3659): facts with semicolons, a blank, the name. Only files are kept.
pub(super) fn from_facts(body: &[u8]) -> Bytes {
    let mut lines = String::new();
    for line in String::from_utf8_lossy(body).lines() {
        let Some((facts, name)) = line.split_once(' ') else { continue };
        let fact = |wanted: &str| {
            let mut pairs = facts.split(';').filter_map(|fact| fact.split_once('='));
            pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
        };
        if fact("type").is_some_and(|kind| kind.eq_ignore_ascii_case("file")) {
            write(&mut lines, name, fact("size").and_then(|size| size.parse().ok()));
        }
    }
    lines.into()
}

/// From what `NLST` says: some servers put the folder before each name.
pub(super) fn from_names(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let name = |line: &str| line.rsplit('/').next().unwrap_or_default().to_owned();
    text.lines().map(name).filter(|name| !matches!(name.as_str(), "" | "." | "..")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_become_files() {
        let body =
            b"type=dir;modify=20250101; old\r\nType=File;Size=12;UNIX.mode=0644; a b.csv\r\ntype=file; c.csv\r\n\
                     type=cdir; .\r\nnonsense\r\nsize=1; d\r\n";
        assert_eq!(from_facts(body), "12 a b.csv\n- c.csv\n");
        let files = read(&from_facts(body));
        let told: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.size)).collect();
        assert_eq!(told, [("a b.csv", Some(12)), ("c.csv", None)]);
    }

    #[test]
    fn names_lose_their_folder() {
        assert_eq!(from_names(b"/drops/a.csv\r\n./b.csv\nc.csv\n\n.\n..\n"), ["a.csv", "b.csv", "c.csv"]);
        assert!(read(b"x a\n12\n\nabc").is_empty());
    }
}
