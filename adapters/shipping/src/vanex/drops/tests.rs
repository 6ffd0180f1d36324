//! Names and lines of status files.

use proptest::prelude::*;

use super::*;

const FILE: &str = include_str!("../../../../../schemas/providers/vanex/vanex-status-20250131T153045.csv");

#[test]
fn only_status_files_count_and_the_oldest_comes_first() {
    let listed = |name: &str| Listed { name: name.to_owned(), size: Some(1) };
    let names = [
        "vanex-status-20250201T000000.csv",
        "vanex-status-20250131T153045.csv",
        "vanex-status-20250131T153045.csv.part",
        ".vanex-status-20250131T153045.csv",
        "vanex-status-20250131T1530.csv",
        "vanex-status-20250131 153045.csv",
        "vanex-status-../../etc/passwd.csv",
        "notes.txt",
    ];
    let files: Vec<_> = files(names.map(listed).to_vec()).into_iter().map(|file| file.name).collect();
    assert_eq!(files, ["vanex-status-20250131T153045.csv", "vanex-status-20250201T000000.csv"]);
}

#[test]
fn a_line_of_another_shape_spoils_no_other() {
    let reading = read(FILE.into());
    assert_eq!(reading.original, FILE);
    let told: Vec<_> = reading.told.entries.iter().map(|told| (told.number.as_deref(), told.entry.as_ref())).collect();
    assert_eq!(told.len(), 2);
    let (number, entry) = told[0];
    let entry = entry.expect("an entry");
    assert_eq!((number, entry.raw.as_str()), (Some("H-13903-TIP-5885703"), "ship_received"));
    assert_eq!(
        (entry.at.to_string().as_str(), entry.note.as_deref()),
        ("2025-02-01T08:00:00Z", Some("وصل، إلى المخزن"))
    );
    let bad = ["H-13903-TIP-5885705,completed,yesterday,", "H-13903-TIP-5885706,completed"];
    assert_eq!(reading.told.malformed, bad);
}

#[test]
fn a_file_without_its_header_is_kept_and_not_guessed_at() {
    for (text, kept) in [
        ("", 0),
        ("\u{feff}package_code,status,occurred_at,note\n", 0),
        ("H-1,completed,2025-02-02T10:15:00Z,\n", 1),
        ("code,state\nH-1,x\n", 2),
    ] {
        let reading = read(text.into());
        assert!(reading.told.entries.is_empty());
        assert_eq!(reading.told.malformed.len(), kept, "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let whole = [HEADER.join(",").as_bytes(), b"\n", &body].concat();
        let reading = read(whole.clone().into());
        prop_assert_eq!(reading.original, whole);
    }
}
