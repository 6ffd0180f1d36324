//! Reads the repository for the tidy test: files, manifests, and code without its comments and texts.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A text file of the repository.
pub(super) struct File {
    /// From the root, with slashes.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// The text without comments and without what stands in string literals.
    pub(super) fn code(&self) -> String {
        code_only(&self.text)
    }

    /// The top-level module: `src/db/time.rs` belongs to `db`.
    pub(super) fn module(&self) -> &str {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').next().unwrap_or(inner)
    }
}

/// What a manifest says, as far as it matters here.
pub(super) struct Manifest {
    pub(super) folder: String,
    pub(super) name: String,
    pub(super) dependencies: Vec<String>,
    /// Its `dev-dependencies`.
    pub(super) for_tests: Vec<String>,
}

pub(super) fn at(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}

/// The text of a file; nothing where there is none, or none that is text.
pub(super) fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_default()
}

fn entries(folder: &str, wanted: fn(&Path) -> bool) -> Vec<String> {
    let found = fs::read_dir(at(folder)).into_iter().flatten().flatten().filter(|entry| wanted(&entry.path()));
    let mut paths: Vec<String> =
        found.map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy())).collect();
    paths.sort();
    paths
}

pub(super) fn folders(folder: &str) -> Vec<String> {
    entries(folder, Path::is_dir)
}

/// Every file below a folder.
pub(super) fn files(folder: &str) -> Vec<String> {
    let below = folders(folder).into_iter().filter(|path| file_name(path) != "target").flat_map(|path| files(&path));
    entries(folder, Path::is_file).into_iter().chain(below).collect()
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Every Rust file of ours.
pub(super) fn sources() -> Vec<File> {
    let places = ["src", "adapters", "schemas", "mocks", "tests", "benches"];
    let paths = places.into_iter().flat_map(files).filter(|path| path.ends_with(".rs"));
    let found: Vec<File> = paths.map(|path| File { text: read(&path), path }).collect();
    assert!(found.len() > 50, "the sources were not found below {ROOT}");
    found
}

/// Every text file that git knows; without git, the sources.
pub(super) fn tracked() -> Vec<File> {
    let listed = std::process::Command::new("git").args(["-C", ROOT, "ls-files", "-z"]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if listed.is_empty() {
        return sources();
    }
    listed.split_terminator('\0').map(|path| File { path: path.to_owned(), text: read(path) }).collect()
}

pub(super) fn manifests() -> Vec<Manifest> {
    let folders = folders("adapters").into_iter().chain(["schemas".to_owned(), "mocks".to_owned()]);
    folders.map(|folder| manifest(&read(&format!("{folder}/Cargo.toml")), folder)).collect()
}

fn manifest(text: &str, folder: String) -> Manifest {
    let (mut name, mut dependencies, mut for_tests, mut section) = (String::new(), Vec::new(), Vec::new(), "");
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            let list = if section.starts_with("dev-") { &mut for_tests } else { &mut dependencies };
            list.extend(section.split_once("dependencies.").map(|(_, name)| name.to_owned()));
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if section == "package" && key.trim() == "name" {
            name = value.trim().trim_matches('"').to_owned();
        } else if section.ends_with("dependencies") {
            let list = if section.starts_with("dev-") { &mut for_tests } else { &mut dependencies };
            list.push(key.split('.').next().unwrap_or_default().trim().to_owned());
        }
    }
    assert!(!name.is_empty(), "{folder} has no manifest with a name");
    Manifest { folder, name, dependencies, for_tests }
}

pub(super) fn lines_with(file: &File, words: &[&str]) -> Vec<String> {
    let found = file.text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
    found.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())).collect()
}

/// Whether the words stand in the code, not as the end of a longer name.
pub(super) fn has_word(code: &str, words: &str) -> bool {
    code.match_indices(words).any(|(index, _)| !code[..index].ends_with(is_name))
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The top-level modules that a file uses by `crate::`, or in `main.rs` by `jisr::`.
pub(super) fn used_modules(code: &str) -> BTreeSet<String> {
    let paths = ["crate::", "jisr::"].into_iter().flat_map(|start| {
        let found = code.match_indices(start).filter(|(index, _)| !code[..*index].ends_with(is_name));
        found.map(move |(index, _)| &code[index + start.len()..])
    });
    paths.flat_map(first_names).collect()
}

/// The first names of a path or of a group: `db::Time` is `db`, `{db::{Db, Tx}, vault}` is `db` and `vault`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|letter| is_name(*letter)).collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut names, mut depth) = (vec![name(group)], 1);
    for (index, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&group[index + 1..])),
            _ => {}
        }
    }
    names
}

/// Blanks out comments and the contents of string and character literals.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if !code.ends_with(is_name) && rest[1..].trim_start_matches('#').starts_with('"') => raw_string(rest),
            '"' => string(rest, '"'),
            // Not a lifetime.
            '\'' if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') => string(rest, '\''),
            _ => 0,
        };
        let step = if skipped == 0 { letter.len_utf8() } else { skipped };
        code.push_str(if skipped == 0 { &rest[..step] } else { " " });
        rest = &rest[step..];
    }
    code
}

fn raw_string(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|letter| *letter == '#').count();
    let (start, end) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
    text[start..].find(&end).map_or(text.len(), |index| start + index + end.len())
}

fn string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// The name that a line of code gives to a type, trait or module.
pub(super) fn type_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "unsafe");
    ["struct", "enum", "trait", "type", "union", "mod"].contains(&words.next()?).then(|| words.next())?
}

/// `LaneManager` and `lane_manager` are `lane` and `manager`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        let last = words.last_mut().expect("there is always one");
        last.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
    }
    words
}

#[test]
fn the_reader_of_code_is_not_fooled() {
    let code = code_only(
        "use crate::{db::{Db, Tx}, vault}; // crate::http\nlet a = r#\"crate::\"app\"#; b('\"', \"\\\"crate::x\"); crate::work::go::<'a>()",
    );
    assert_eq!(used_modules(&code).into_iter().collect::<Vec<_>>(), ["db", "vault", "work"]);
    assert!(has_word("let x = reqwest::get", "reqwest") && !has_word("my_reqwest", "reqwest"));
    assert_eq!(words("LaneManager"), ["", "lane", "manager"]);
    assert_eq!(type_name("pub(crate) struct Lane<'a> {"), Some("Lane<'a>"));
}
