//! The manifest: all rows on their pages, quickly, with totals that are right.

use std::time::{Duration, Instant};

use super::picture::{pages, pictures};
use super::{dinars, sample_manifest};
use crate::values::{amount, weight};
use crate::{Cash, DocumentError, Manifest, manifest};

fn page_count(rows: u32) -> usize {
    pages(&manifest(&sample_manifest(rows)).expect("printed"))
}

#[test]
fn rows_go_over_pages_and_the_closing_never_over_the_edge() {
    // A page has room for 27 rows, and for 19 above the closing.
    let counts = [(0, 1), (1, 1), (19, 1), (20, 2), (27, 2), (28, 2), (46, 2), (47, 3), (54, 3), (55, 3)];
    for (rows, count) in counts {
        assert_eq!(page_count(rows), count, "{rows} rows");
    }
    for rows in [0, 19, 20, 27, 28] {
        for page in pictures(&manifest(&sample_manifest(rows)).expect("printed")) {
            assert!(page.has_blank_border(8.0), "{rows} rows");
            assert!(page.has_ink((10.0, 283.0, 30.0, 6.0)), "{rows} rows: the page's number");
            assert!(!page.has_ink((0.0, 282.6, 210.0, 1.0)), "{rows} rows: nothing runs into it");
        }
    }
}

#[test]
fn a_thousand_rows_are_quick() {
    let sample = sample_manifest(1000);
    let begun = Instant::now();
    let document = manifest(&sample).expect("printed");
    let taken = begun.elapsed();
    // Unoptimized, and on a busy machine; built for release it is a fraction of it.
    assert!(taken < Duration::from_secs(20), "{taken:?}");
    assert_eq!(pages(&document), 38);
    assert!(document.len() < 1_000_000, "{} bytes", document.len());
}

#[test]
fn the_longest_rows_stay_in_their_cells() {
    let mut sample = sample_manifest(3);
    let text = "شارع الجمهورية Long ".repeat(200);
    for row in &mut sample.consignments {
        (row.tracking_number, row.recipient) = ("W".repeat(500), text.clone());
        (row.city.en, row.city.ar) = (text.clone(), text.clone());
        (row.pieces, row.weight, row.cash) = (u32::MAX, Some(u64::MAX), Some(dinars(u64::MAX)));
    }
    (sample.store.en, sample.store.ar) = (text.clone(), text.clone());
    (sample.carrier.en, sample.carrier.ar, sample.date) = (text.clone(), text.clone(), text);
    let page = pictures(&manifest(&sample).expect("printed")).remove(0);
    assert!(page.has_blank_border(9.0));
    // The gaps between columns are blank in all three rows.
    for x in [22.0_f32, 64.0, 110.0, 140.0, 153.0, 172.0] {
        assert!(!page.has_ink((x - 0.4, 48.6, 0.8, 7.5)), "at {x} mm");
    }
}

#[test]
fn amounts_and_weights_are_written_without_floats() {
    assert_eq!(amount(1_250_500, 3), "1,250.500");
    assert_eq!(amount(5, 3), "0.005");
    assert_eq!(amount(0, 0), "0");
    assert_eq!(amount(123_456, 0), "123,456");
    assert_eq!(amount(u128::from(u64::MAX), 2), "184,467,440,737,095,516.15");
    assert_eq!(weight(1250), "1.25 kg");
    assert_eq!(weight(0), "0 kg");
    assert_eq!(weight(20_000), "20 kg");
}

#[test]
fn more_currencies_than_fit_are_refused() {
    let mut sample: Manifest = sample_manifest(21);
    for (at, row) in sample.consignments.iter_mut().enumerate() {
        row.cash = Some(Cash { minor_units: 1, decimals: 2, currency: format!("X{at}") });
    }
    assert_eq!(manifest(&sample), Err(DocumentError::TooManyCurrencies));
    sample.consignments.pop();
    let drawn = pictures(&manifest(&sample).expect("twenty currencies have room"));
    assert!(drawn.iter().all(|page| page.has_blank_border(8.0)));
}
