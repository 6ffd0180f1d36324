//! The conventions that no compiler checks: layers, places, documents and names. Each test lists every violation.

mod measures;
mod reader;

use std::collections::BTreeSet;

use reader::{
    at, file_name, files, folders, has_word, lines_with, manifests, read, sources, tracked, type_name, used_modules,
    words,
};

/// The modules of `src/`, top to bottom. A module uses those of lower layers, and none of its own layer or above.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["app"],
    &["rotation", "upkeep"],
    &["http", "dashboard"],
    &["settlement", "remittances", "reports"],
    &["alerts"],
    &["notify", "dispatch", "sync", "health"],
    &["payments", "services", "shipping", "messaging", "places", "identity", "files", "analytics"],
    &["calendar", "callbacks", "routing"],
    &["caller", "fields", "public_url", "sheet"],
    &["refusal"],
    &["accounts"],
    &["events", "work"],
    &["db", "telemetry"],
    &["config", "vault"],
];

/// What may be written in some places only: the words, the places (how paths begin), and why.
const PLACES: &[(&str, &[&str], &str)] = &[
    (
        "Intent::committed",
        &["src/db/integration_logs.rs", "adapters/kit/"],
        "an intent exists only after its row is committed",
    ),
    ("sqlx::query", &["src/db/", "tests/", "benches/"], "SQL lives in src/db"),
    ("sqlx::QueryBuilder", &["src/db/", "tests/"], "SQL lives in src/db"),
    (
        "reqwest",
        &[
            "adapters/kit/src/wire/",
            "adapters/kit/tests/",
            "mocks/",
            "benches/",
            "tests/",
            "src/cli/demo",
            "src/cli/drill",
            "src/cli/client.rs",
        ],
        "calls go through kit::Transport",
    ),
    ("env::var", &["src/config/", "tests/", "benches/"], "configuration is read once, in src/config"),
];

/// Our crates, by folder, and which of our crates each may use. Families of adapters are all alike.
const CRATES: &[(&str, &[&str])] = &[
    ("schemas", &[]),
    ("documents", &[]),
    ("gazetteer", &[]),
    ("adapters/kit", &["schemas", "kit"]),
    ("mocks", &[]),
    ("adapters/*", &["schemas", "kit"]),
];

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
fn the_documents_tell_of_every_provider_as_it_is() {
    for (document, name, table) in [
        ("README.md", "providers", payments_adapters::matrix::markdown()),
        ("docs/shipping.md", "carriers", shipping_adapters::matrix::markdown()),
    ] {
        let text = read(document);
        let (begins, ends) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let told = text.split_once(&begins).and_then(|(_, rest)| rest.split_once(&ends));
        let (told, _) = told.unwrap_or_else(|| panic!("{document} has no place for the table of {name}"));
        assert_eq!(told, table, "write it anew: jisr providers --format markdown");
    }
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
    for file in sources() {
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
        let is_upwards = |name: &&String| ours.contains(name) && !allowed.contains(&name.as_str());
        wrong.extend(manifest.dependencies.iter().filter(is_upwards).map(|name| format!("{folder} depends on {name}")));
        // Their tests may use themselves with more features, and an adapter meets its mock there.
        let tested = |name: &&String| **name == manifest.name || (family.is_some() && *name == "mocks");
        let upwards = manifest.for_tests.iter().filter(is_upwards).filter(|name| !tested(name));
        wrong.extend(upwards.map(|name| format!("{folder} depends on {name} in its tests")));
        for (place, exceptions, forbidden, why) in FORBIDDEN {
            if folder.starts_with(place) && !exceptions.contains(&folder) {
                let all = manifest.dependencies.iter().chain(&manifest.for_tests);
                let found = all.filter(|name| forbidden.contains(&name.as_str()));
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
            // The folder of a module that is no adapter has its file beside it.
            if at(&format!("{adapter}.rs")).is_file() {
                continue;
            }
            for needed in ["mod.rs", "config.rs", "README.md"].map(|name| format!("{adapter}/{name}")) {
                missing.extend((!at(&needed).is_file()).then_some(needed));
            }
            let source = format!("schemas/providers/{provider}/SOURCE.md");
            missing.extend((!at(&source).is_file()).then_some(source));
            if !read(&format!("{adapter}/mod.rs")).contains(r#"include_str!("README.md")"#) {
                missing.push(format!("{adapter}/mod.rs: its README.md as module documentation"));
            }
            if !read(&format!("{family}/src/registry.rs")).contains(&format!("&{provider}::")) {
                missing.push(format!("{family}/src/registry.rs: a line for {provider}"));
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

fn report<T: std::fmt::Display>(rule: &str, violations: impl IntoIterator<Item = T>) {
    let lines: Vec<String> = violations.into_iter().map(|violation| format!("  {violation}")).collect();
    assert!(lines.is_empty(), "{rule}:\n{}", lines.join("\n"));
}
