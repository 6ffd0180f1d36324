//! Makes the many ways of writing a name alike.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Articles that stand alone: the Arabic one, and how it is written in Latin letters before each consonant.
const ARTICLES: &[&str] = &[
    "ال", "al", "el", "as", "az", "ad", "ash", "at", "an", "ar", "ath", "adh", "es", "ez", "ed", "esh", "et", "en",
    "er",
];

/// Articles that are written together with their word, and how many letters must be left of it at least: a shorter rest is
/// hardly a word, and then these letters are its own.
const PREFIXES: &[(&str, usize)] = &[("ال", 2), ("al", 3), ("el", 3)];

/// A name without what people write now and leave out then. For comparing, not for showing. Doing it twice changes nothing.
///
/// * Arabic: no vowel signs, no tatweel, no hamza; `أ إ آ ٱ` are `ا`, `ى` is `ي`, `ة` is `ه`; no article at a word's start.
/// * Latin: small letters without diacritics, no apostrophes, no article, whether apart (`Az Zawiyah`) or not (`Albayda`).
/// * Both: digits are 0 to 9, anything else that is neither letter nor digit parts words, one space is between words.
pub fn normalize(text: &str) -> String {
    // Decomposed, accents and hamzas are characters of their own, and letters have lost their positional forms.
    let plain: String = text.nfkd().flat_map(char::to_lowercase).filter(|c| !is_left_out(*c)).map(plain).collect();
    let words = plain.split_whitespace().map(without_article).filter(|word| !ARTICLES.contains(word));
    words.collect::<Vec<_>>().join(" ")
}

fn is_left_out(c: char) -> bool {
    const TATWEEL: char = '\u{640}';
    is_combining_mark(c)
        || matches!(c, TATWEEL | 'ء' | '\'' | '’' | '‘' | '`' | 'ʻ' | 'ʼ' | 'ʿ' | 'ʾ' | '´')
        // Joiners and direction marks: invisible, and often copied along with Arabic.
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn plain(c: char) -> char {
    let digit = |zero: char| char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c);
    match c {
        'ٱ' => 'ا',
        // The second is what Persian keyboards write for it, as with kaf.
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        '٠'..='٩' => digit('٠'),
        '۰'..='۹' => digit('۰'),
        c if c.is_alphanumeric() => c,
        _ => ' ',
    }
}

fn without_article(word: &str) -> &str {
    let rest = PREFIXES
        .iter()
        .find_map(|(article, least)| word.strip_prefix(article).filter(|rest| rest.chars().count() >= *least));
    // Again, so that what is left has none: two names that differ in nothing else are alike either way.
    rest.map_or(word, without_article)
}
