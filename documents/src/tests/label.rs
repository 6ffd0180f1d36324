//! The label: its codes are read back from its picture, and no text leaves the page.

use super::picture::{Picture, office_pictures, pages, pictures};
use super::{parcel, sample_label};
use crate::{Bilingual, DocumentError, Label, Party, label};

fn printed(sample: &Label) -> Vec<Picture> {
    pictures(&label(sample).expect("the label is printed"))
}

fn numbered(number: &str) -> Label {
    Label { parcels: vec![parcel(number)], ..sample_label() }
}

#[test]
fn both_codes_of_every_parcel_are_read_from_its_own_page() {
    let pages = printed(&sample_label());
    assert_eq!(pages.len(), 2);
    for (page, number) in pages.iter().zip(["VNX-100200300-LY", "VNX-100200301-LY"]) {
        assert_eq!(page.barcode().as_deref(), Some(number));
        assert_eq!(page.qr().as_deref(), Some(number));
    }
}

#[test]
fn the_reader_reads_the_codes_and_nothing_else() {
    let mut page = printed(&sample_label()).remove(0);
    page.wipe((0.0, 19.0, 105.0, 18.0));
    assert_eq!(page.barcode(), None, "the bars are wiped");
    page.wipe((0.0, 111.5, 37.5, 36.0));
    assert_eq!(page.qr(), None, "the squares are wiped");
}

#[test]
fn numbers_of_every_length_and_kind_scan() {
    let numbers = [
        "7",
        "a",
        "~!@ #$%^&*()_+",
        "218910000000012345",
        "lower-UPPER/1234567",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD",
        "123456789012345678901234567890123456789012345678901234567890",
    ];
    for number in numbers {
        let document = label(&numbered(number)).expect("the label is printed");
        for page in pictures(&document).into_iter().chain(office_pictures(&document)) {
            assert_eq!(page.barcode().as_deref(), Some(number));
            assert_eq!(page.qr().as_deref(), Some(number));
            assert!(page.has_blank_border(3.0), "{number}");
        }
    }
}

#[test]
fn the_quiet_zones_are_quiet() {
    let page = printed(&numbered("ABCDEFGHIJKLMNOPQRSTUVWXYZABCD")).remove(0);
    // The longest number has bars of 0.25 mm, and ten of them on each side are blank.
    assert!(!page.has_ink((0.0, 19.6, 6.5, 16.0)));
    assert!(!page.has_ink((98.5, 19.6, 6.5, 16.0)));
    assert!(page.has_ink((6.5, 19.6, 92.0, 16.0)));
}

#[test]
fn a_number_that_would_not_scan_is_refused_in_both_languages() {
    for number in ["", " ", "طرد-12", "É1", "12\n", "12\t3", " 12"] {
        let refused = label(&numbered(number)).expect_err("no scanner reads it");
        assert_eq!(refused, DocumentError::TrackingNumber { number: number.to_owned() });
        let (en, ar) = refused.in_words();
        assert!(en.contains("barcode") && ar.contains("رقم التتبع"), "{en} {ar}");
    }
    for long in ["X".repeat(31), "1".repeat(62), "X".repeat(5000)] {
        let refused = label(&numbered(&long)).expect_err("its bars would be too narrow");
        assert_eq!(refused, DocumentError::TrackingNumberTooLong { number: long });
    }
    let none = Label { parcels: Vec::new(), ..sample_label() };
    assert_eq!(label(&none), Err(DocumentError::NoParcels));
}

#[test]
fn the_longest_texts_stay_inside_the_page_and_leave_the_codes_alone() {
    let arabic = "شارع جمهورية العربية ".repeat(400);
    let latin = "Wwwwwwww".repeat(1000);
    for text in [arabic, latin, "ـ".repeat(5000), "لا".repeat(3000), "😀".repeat(500)] {
        let name = || Bilingual::new(text.clone(), text.clone());
        let party = || Party {
            name: text.clone(),
            phone: text.clone(),
            city: name(),
            area: text.clone(),
            street: text.clone(),
            building: text.clone(),
            landmark: text.clone(),
        };
        let mut sample = numbered("VNX-100200300-LY");
        (sample.carrier, sample.service, sample.sender, sample.recipient) = (name(), name(), party(), party());
        (sample.reference, sample.date) = (Some(text.clone()), text.clone());
        if let Some(cash) = &mut sample.cash {
            (cash.minor_units, cash.currency) = (u64::MAX, text.clone());
        }
        let page = printed(&sample).remove(0);
        assert!(page.has_blank_border(3.0), "{}", &text[..12]);
        assert_eq!(page.barcode().as_deref(), Some("VNX-100200300-LY"));
        assert_eq!(page.qr().as_deref(), Some("VNX-100200300-LY"));
        // Between the recipient and the rule below, and between the codes and the boxes.
        assert!(!page.has_ink((0.0, 109.4, 105.0, 0.8)), "the recipient's block is full and no more");
        assert!(!page.has_ink((36.2, 112.0, 1.6, 36.0)));
    }
}

#[test]
fn without_cash_the_label_says_so_in_its_frame() {
    let with = label(&sample_label()).expect("printed");
    let without = label(&Label { cash: None, ..sample_label() }).expect("printed");
    assert_ne!(with, without);
    let page = pictures(&without).remove(0);
    assert!(page.has_ink((40.0, 116.0, 25.0, 8.0)), "No cash");
    assert!(page.has_ink((75.0, 116.0, 24.0, 8.0)), "بدون تحصيل");
    assert!(!page.has_ink((67.0, 114.0, 5.0, 12.0)), "and no amount");
}

#[test]
fn an_empty_party_leaves_its_block_blank_and_nothing_breaks() {
    let sample = Label { sender: Party::default(), recipient: Party::default(), reference: None, ..sample_label() };
    let page = printed(&sample).remove(0);
    assert!(!page.has_ink((0.0, 62.0, 105.0, 48.0)));
    assert!(page.greys() > 1);
}

#[test]
fn the_same_label_is_the_same_bytes_and_small() {
    let document = label(&sample_label()).expect("printed");
    assert_eq!(document, label(&sample_label()).expect("printed"));
    assert!(document.len() < 60_000, "{} bytes", document.len());
    assert_eq!(pages(&document), 2);
}
