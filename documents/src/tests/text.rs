//! Arabic is joined, runs from right to left, and numbers in it keep their order.

use crate::face::{Glyph, Weight};
use crate::paragraph::{Paragraph, Style, set, set_whole};

fn style(width: f32, most_lines: usize) -> Style {
    Style { weight: Weight::Regular, size: 10.0, width, most_lines }
}

fn one_line(text: &str) -> Vec<Glyph> {
    let mut paragraph = set(text, style(10_000.0, 1));
    paragraph.lines.remove(0).glyphs
}

/// The characters in the order in which they stand, from left to right.
fn as_it_stands(text: &str) -> Vec<String> {
    one_line(text).into_iter().map(|glyph| glyph.text).filter(|text| !text.is_empty()).collect()
}

#[test]
fn letters_take_the_form_of_their_place() {
    for weight in Weight::ALL {
        let alone = weight.face().shape("ب", true)[0].id;
        let joined: Vec<u16> = weight.face().shape("ببب", true).iter().map(|glyph| glyph.id).collect();
        let [last, middle, first] = joined[..] else { panic!("three letters are three glyphs: {joined:?}") };
        let forms = std::collections::BTreeSet::from([alone, last, middle, first]);
        assert_eq!(forms.len(), 4, "isolated, initial, medial and final forms all differ");
        assert_ne!(weight.face().shape("ببب", false)[0].id, 0, "and the font has the letter");
    }
}

#[test]
fn lam_and_alif_are_one_glyph() {
    let glyphs = one_line("لا");
    assert_eq!(glyphs.iter().filter(|glyph| glyph.advance > 0).count(), 1, "{glyphs:?}");
}

#[test]
fn no_letter_of_a_name_is_missing_from_the_font() {
    let text = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي ڤچپگ «»،؛؟٪ ٠١٢٣٤٥٦٧٨٩ 0123456789 .,:;/()+-–—…·'’\"&@#éÉàç";
    for weight in Weight::ALL {
        let right_to_left = weight.face().shape(text, true);
        assert!(right_to_left.iter().all(|glyph| glyph.id != 0), "{weight:?}");
    }
}

#[test]
fn arabic_runs_from_right_to_left_and_its_numbers_do_not() {
    assert_eq!(as_it_stands("دار 12"), ["1", "2", " ", "ر", "ا", "د"]);
    assert_eq!(as_it_stands("دار No. 12"), ["N", "o", ".", " ", "1", "2", " ", "ر", "ا", "د"]);
    assert_eq!(as_it_stands("No. 12 دار"), ["N", "o", ".", " ", "1", "2", " ", "ر", "ا", "د"]);
    assert!(set("دار 12", style(1000.0, 1)).right_to_left);
    assert!(!set("No. 12 دار", style(1000.0, 1)).right_to_left);
    assert!(!set("+218 91 234 5678", style(1000.0, 1)).right_to_left);
}

#[test]
fn brackets_are_mirrored() {
    let opening = Weight::Regular.face().shape("(", false)[0].id;
    let glyphs = one_line("(دار)");
    assert_eq!(glyphs.first().map(|glyph| glyph.id), Some(opening), "on the left stands what opens to the right");
}

fn widths(paragraph: &Paragraph) -> Vec<f32> {
    paragraph.lines.iter().map(crate::paragraph::Line::width).collect()
}

fn written(paragraph: &Paragraph) -> String {
    paragraph.lines.iter().flat_map(|line| &line.glyphs).map(|glyph| glyph.text.as_str()).collect()
}

#[test]
fn words_wrap_and_what_has_no_room_ends_in_an_ellipsis() {
    let text = "one two three four five six seven eight nine ten";
    let all = set(text, style(60.0, 10));
    assert!(all.lines.len() > 2);
    assert_eq!(written(&all).replace(' ', ""), text.replace(' ', ""), "no letter is lost");
    for most_lines in 1..=3 {
        for text in [text, "شارع الجمهورية بجانب المسجد الكبير خلف المصرف", "Donaudampfschifffahrtsgesellschaft"]
        {
            for width in [5.0, 12.0, 31.0, 60.0] {
                let cut = set(text, style(width, most_lines));
                assert!(cut.lines.len() <= most_lines);
                assert!(widths(&cut).iter().all(|line| *line <= width.max(12.0)), "{width} {:?}", widths(&cut));
            }
        }
    }
    assert!(written(&set(text, style(60.0, 2))).ends_with('…'));
    let arabic = set("شارع الجمهورية بجانب المسجد الكبير", style(60.0, 1));
    assert!(written(&arabic).starts_with('…'), "in Arabic the text ends on the left");
}

#[test]
fn nothing_and_only_spaces_are_no_lines() {
    assert!(set("", style(60.0, 2)).lines.is_empty());
    assert!(set(" \n\t ", style(60.0, 2)).lines.is_empty());
}

#[test]
fn numbers_become_smaller_and_keep_their_end() {
    let digits = "123456789012345678901234567890123456789012345678901234567890";
    for text in ["1,250,500.500 LYD", "W".repeat(30).as_str(), digits] {
        for width in [40.0, 160.0, 275.0] {
            let whole = set_whole(text, style(width, 1));
            let is_readable = whole.lines[0].size > 5.0;
            assert!(widths(&whole)[0] <= width, "{text} in {width}");
            assert_eq!(written(&whole) == text, is_readable, "{text} in {width}");
        }
    }
    assert_eq!(set_whole("12", style(100.0, 1)).lines[0].size, 10.0, "what has room keeps its size");
    assert_eq!(written(&set_whole(digits, style(275.0, 1))), digits, "the longest number has room on a label");
}
