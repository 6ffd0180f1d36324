//! The conventions that no compiler checks: layers, places, documents and names. Each test lists every violation.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The modules of `src/`, top to bottom. A module uses those of lower layers, and none of its own layer or above.
const LAYERS: &[&[&str]] = &[
    &["main", "cli"],
    &["app"],
    &["http", "dashboard"],
    &["notify", "dispatch", "sync", "health"],
    &["payments", "shipping", "messaging", "places", "identity", "files", "analytics"],
    &["routing", "refusal"],
    &["accounts"],
    &["events", "work"],
    &["db"],
    &["config", "vault"],
];

/// What may be written in some places only: the words, the places (how paths begin), and why.
const PLACES: &[(&str, &[&str], &str)] = &[
    (
        "Intent::committed",
        &["src/db/integration_logs.rs", "adapters/kit/"],
        "an intent exists only after its row is committed",
    ),
    ("sqlx::query", &["src/db/", "tests/"], "SQL lives in src/db"),
    ("sqlx::QueryBuilder", &["src/db/", "tests/"], "SQL lives in src/db"),
    (
        "reqwest",
        &["adapters/kit/src/wire/", "adapters/kit/tests/", "mocks/", "benches/", "tests/", "src/cli/demo"],
        "calls go through kit::Transport",
    ),
    ("env::var", &["src/config/", "tests/", "benches/"], "configuration is read once, in src/config"),
];

/// Our crates, by folder, and which of our crates each may use. Families of adapters are all alike.
const CRATES: &[(&str, &[&str])] =
    &[("schemas", &[]), ("adapters/kit", &["schemas", "kit"]), ("mocks", &[]), ("adapters/*", &["schemas", "kit"])];

/// Dependencies that crates may not have: the folder (how it begins), its exceptions, what, and why.
const FORBIDDEN: &[(&str, &[&str], &[&str], &str)] = &[
    (
        "adapters/",
        &["adapters/kit"],
        &["reqwest", "hyper", "rustls"],
        "adapters describe calls, kit's wire carries them",
    ),
    ("adapters/", &[], &["sqlx", "axum"], "adapters know neither database nor web framework"),
    ("schemas", &[], &["reqwest", "sqlx", "axum", "tokio"], "the vocabulary is pure data"),
    ("mocks", &[], &["sqlx"], "mocks keep their state in memory"),
];

const LONGEST_FILE: usize = 400;

/// Files that are longer all the same, and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// What stands for work that is not done. Written in two halves, so that this file has none of them.
const UNDONE: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("dbg", "!("),
    concat!("unimplemented", "!("),
];

/// Where people have their home directories.
const HOMES: &[&str] = &[concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["manager", "managers", "helper", "helpers", "util", "utils", "utility", "utilities"];

#[test]
fn every_source_file_says_what_it_is_for() {
    let silent = sources().into_iter().filter(|file| !file.text.starts_with("//! "));
    report("open these with `//!` and one sentence on what they are for", silent.map(|file| file.path));
}

#[test]
fn files_are_short() {
    let long = sources().into_iter().filter_map(|file| {
        let lines = file.text.lines().count();
        let excused = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        (lines > LONGEST_FILE && !excused).then(|| format!("{} has {lines} lines", file.path))
    });
    report(&format!("files have at most {LONGEST_FILE} lines"), long);
}

#[test]
fn modules_use_lower_layers_only() {
    let layer = |module: &str| LAYERS.iter().position(|modules| modules.contains(&module));
    let mut wrong = BTreeSet::new();
    for file in sources().into_iter().filter(|file| file.path.starts_with("src/") && file.path != "src/lib.rs") {
        let own = file.module();
        let Some(from) = layer(own) else {
            wrong.insert(format!("{own} stands in no layer of tests/tidy.rs"));
            continue;
        };
        for used in used_modules(&file.code()) {
            // A name that is no module of ours (a re-exported item, a macro) is no edge.
            let Some(to) = layer(&used) else { continue };
            if used != own && to <= from {
                wrong.insert(format!("{} ({own}) uses {used}", file.path));
            }
        }
    }
    report("arrows run strictly down the layers", wrong);
}

#[test]
fn things_are_written_in_their_place() {
    let mut wrong = Vec::new();
    for file in sources().into_iter().filter(|file| file.path != "tests/tidy.rs") {
        let code = file.code();
        for (words, places, why) in PLACES {
            if has_word(&code, words) && !places.iter().any(|place| file.path.starts_with(place)) {
                wrong.push(format!("{} has `{words}`: {why}", file.path));
            }
        }
    }
    report("these stand in the wrong place", wrong);
}

#[test]
fn crates_depend_downwards_only() {
    let ours: Vec<String> = manifests().iter().map(|manifest| manifest.name.clone()).collect();
    let mut wrong = Vec::new();
    for manifest in manifests() {
        let folder = manifest.folder.as_str();
        let family = folder.starts_with("adapters/").then_some("adapters/*");
        let named = |name| CRATES.iter().find(|(folder, _)| *folder == name);
        let Some((_, allowed)) = named(folder).or_else(|| named(family?)) else {
            wrong.push(format!("{folder} stands in no line of CRATES in tests/tidy.rs"));
            continue;
        };
        let upwards =
            manifest.dependencies.iter().filter(|name| ours.contains(name) && !allowed.contains(&name.as_str()));
        wrong.extend(upwards.map(|name| format!("{folder} depends on {name}")));
        for (place, exceptions, forbidden, why) in FORBIDDEN {
            if folder.starts_with(place) && !exceptions.contains(&folder) {
                let found = manifest.dependencies.iter().filter(|name| forbidden.contains(&name.as_str()));
                wrong.extend(found.map(|name| format!("{folder} depends on {name}: {why}")));
            }
        }
    }
    report("jisr → families → kit → schemas, and mocks on nothing of ours", wrong);
}

#[test]
fn adapters_are_complete() {
    let mut missing = Vec::new();
    for family in folders("adapters").into_iter().filter(|folder| folder != "adapters/kit") {
        for adapter in folders(&format!("{family}/src")) {
            let provider = adapter.rsplit('/').next().unwrap_or_default().to_owned();
            for needed in ["mod.rs", "config.rs", "README.md"].map(|name| format!("{adapter}/{name}")) {
                missing.extend((!at(&needed).is_file()).then_some(needed));
            }
            let source = format!("schemas/providers/{provider}/SOURCE.md");
            missing.extend((!at(&source).is_file()).then_some(source));
            if !read(&format!("{adapter}/mod.rs")).contains(r#"include_str!("README.md")"#) {
                missing.push(format!("{adapter}/mod.rs: its README.md as module documentation"));
            }
            if !read(&format!("{family}/src/registry.rs")).contains(&format!("\"{provider}\" =>")) {
                missing.push(format!("{family}/src/registry.rs: a match arm for {provider}"));
            }
        }
    }
    report("these are missing", missing);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database| files(&format!("migrations/{database}")).into_iter().map(|path| file_name(&path).to_owned());
    let (postgres, sqlite): (BTreeSet<_>, BTreeSet<_>) = (names("postgres").collect(), names("sqlite").collect());
    assert!(!postgres.is_empty(), "there are no migrations");
    report("these migrations are on one database only", postgres.symmetric_difference(&sqlite));
}

#[test]
fn nothing_is_left_undone() {
    let left = sources().into_iter().flat_map(|file| lines_with(&file, UNDONE));
    report("finish these, or write them down elsewhere", left);
}

#[test]
fn no_path_of_anybodys_machine_is_written_down() {
    let found = tracked().into_iter().flat_map(|file| lines_with(&file, HOMES));
    report("these only make sense on one machine", found);
}

#[test]
fn names_say_something() {
    let mut empty = Vec::new();
    for file in sources() {
        let is_empty = |name: &str| words(name).iter().any(|word| EMPTY_NAMES.contains(&word.as_str()));
        if file.path.split('/').any(|part| is_empty(part.trim_end_matches(".rs"))) {
            empty.push(file.path.clone());
        }
        let code = file.code();
        let types = code.lines().filter_map(type_name).filter(|name| is_empty(name));
        empty.extend(types.map(|name| format!("{}: {name}", file.path)));
    }
    report("say what these do, not that they help", empty);
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

/// A text file of the repository.
struct File {
    /// From the root, with slashes.
    path: String,
    text: String,
}

impl File {
    /// The text without comments and without what stands in string literals.
    fn code(&self) -> String {
        code_only(&self.text)
    }

    /// The top-level module: `src/db/time.rs` belongs to `db`.
    fn module(&self) -> &str {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').next().unwrap_or(inner)
    }
}

/// What a manifest says, as far as it matters here.
struct Manifest {
    folder: String,
    name: String,
    dependencies: Vec<String>,
}

fn report<T: std::fmt::Display>(rule: &str, violations: impl IntoIterator<Item = T>) {
    let lines: Vec<String> = violations.into_iter().map(|violation| format!("  {violation}")).collect();
    assert!(lines.is_empty(), "{rule}:\n{}", lines.join("\n"));
}

fn at(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}

/// The text of a file; nothing where there is none, or none that is text.
fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_default()
}

fn entries(folder: &str, wanted: fn(&Path) -> bool) -> Vec<String> {
    let found = fs::read_dir(at(folder)).into_iter().flatten().flatten().filter(|entry| wanted(&entry.path()));
    let mut paths: Vec<String> =
        found.map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy())).collect();
    paths.sort();
    paths
}

fn folders(folder: &str) -> Vec<String> {
    entries(folder, Path::is_dir)
}

/// Every file below a folder.
fn files(folder: &str) -> Vec<String> {
    let below = folders(folder).into_iter().filter(|path| file_name(path) != "target").flat_map(|path| files(&path));
    entries(folder, Path::is_file).into_iter().chain(below).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Every Rust file of ours.
fn sources() -> Vec<File> {
    let places = ["src", "adapters", "schemas", "mocks", "tests", "benches"];
    let paths = places.into_iter().flat_map(files).filter(|path| path.ends_with(".rs"));
    let found: Vec<File> = paths.map(|path| File { text: read(&path), path }).collect();
    assert!(found.len() > 50, "the sources were not found below {ROOT}");
    found
}

/// Every text file that git knows; without git, the sources.
fn tracked() -> Vec<File> {
    let listed = std::process::Command::new("git").args(["-C", ROOT, "ls-files", "-z"]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if listed.is_empty() {
        return sources();
    }
    listed.split_terminator('\0').map(|path| File { path: path.to_owned(), text: read(path) }).collect()
}

fn manifests() -> Vec<Manifest> {
    let folders = folders("adapters").into_iter().chain(["schemas".to_owned(), "mocks".to_owned()]);
    folders.map(|folder| manifest(&read(&format!("{folder}/Cargo.toml")), folder)).collect()
}

fn manifest(text: &str, folder: String) -> Manifest {
    let (mut name, mut dependencies, mut section) = (String::new(), Vec::new(), "");
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if section == "package" && key.trim() == "name" {
            name = value.trim().trim_matches('"').to_owned();
        } else if section.ends_with("dependencies") {
            dependencies.push(key.split('.').next().unwrap_or_default().trim().to_owned());
        }
    }
    assert!(!name.is_empty(), "{folder} has no manifest with a name");
    Manifest { folder, name, dependencies }
}

fn lines_with(file: &File, words: &[&str]) -> Vec<String> {
    let found = file.text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
    found.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())).collect()
}

/// Whether the words stand in the code, not as the end of a longer name.
fn has_word(code: &str, words: &str) -> bool {
    code.match_indices(words).any(|(index, _)| !code[..index].ends_with(is_name))
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The top-level modules that a file uses by `crate::`, or in `main.rs` by `jisr::`.
fn used_modules(code: &str) -> BTreeSet<String> {
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
fn type_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "unsafe");
    ["struct", "enum", "trait", "type", "union", "mod"].contains(&words.next()?).then(|| words.next())?
}

/// `LaneManager` and `lane_manager` are `lane` and `manager`.
fn words(name: &str) -> Vec<String> {
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
