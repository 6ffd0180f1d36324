//! Sets a text in lines of a width: the bidirectional algorithm orders it, words wrap, and what has no room ends in an ellipsis.

use std::ops::Range;

use unicode_bidi::{BidiClass, Level, ParagraphBidiInfo, bidi_class};

use crate::face::{Face, Glyph, Weight};

/// No box of a document has room for so many characters; what is longer is cut before it costs time.
const MOST_CHARACTERS: usize = 600;

/// Nor has any line for so many.
const MOST_IN_A_LINE: usize = 150;

/// In points. Label printers draw nothing smaller that can be read.
const SMALLEST: f32 = 5.0;

/// How a text is to be set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) weight: Weight,
    /// In points.
    pub(crate) size: f32,
    /// In points.
    pub(crate) width: f32,
    pub(crate) most_lines: usize,
}

/// The glyphs of one line, from left to right whatever their script.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) weight: Weight,
    /// In points.
    pub(crate) size: f32,
    pub(crate) glyphs: Vec<Glyph>,
}

impl Line {
    /// In points.
    pub(crate) fn width(&self) -> f32 {
        let advance: i32 = self.glyphs.iter().map(|glyph| glyph.advance).sum();
        advance as f32 / self.weight.face().units_per_em() * self.size
    }
}

/// A text that is set.
#[derive(Debug, Clone)]
pub(crate) struct Paragraph {
    /// Whether its first letter is of a script that is written from right to left.
    pub(crate) right_to_left: bool,
    pub(crate) lines: Vec<Line>,
}

/// Kept in its own order among texts of the other direction: first strong isolate, pop directional isolate (UAX 9).
pub(crate) fn isolated(text: &str) -> String {
    format!("\u{2068}{}\u{2069}", text.trim())
}

/// Sets a text; its direction is that of its first letter. Spaces and line breaks are all one space.
pub(crate) fn set(text: &str, style: Style) -> Paragraph {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = words.join(" ");
    let text: String = joined.chars().filter(|character| !character.is_control()).take(MOST_CHARACTERS).collect();
    let ordered = Ordered::new(text, None, style);
    let right_to_left = ordered.base.is_rtl();
    Paragraph { right_to_left, lines: ordered.lines() }
}

/// Sets a text in one line, as much smaller as it takes to have all of it: numbers and amounts must not lose their end. Only
/// what would be too small to read ends in an ellipsis.
pub(crate) fn set_whole(text: &str, style: Style) -> Paragraph {
    let style = Style { most_lines: 1, ..style };
    let natural = set(text, Style { width: f32::INFINITY, ..style });
    let width = natural.lines.iter().map(Line::width).fold(0.0, f32::max);
    if width <= style.width {
        return natural;
    }
    // A hair smaller, so that rounding does not make it too wide again.
    let size = style.size * style.width / width * 0.999;
    set(text, Style { size: size.max(SMALLEST), ..style })
}

/// A text with its levels: which parts run which way.
struct Ordered {
    text: String,
    base: Level,
    style: Style,
}

impl Ordered {
    fn new(text: String, base: Option<Level>, style: Style) -> Self {
        let base = base.unwrap_or_else(|| ParagraphBidiInfo::new(&text, None).paragraph_level);
        Self { text, base, style }
    }

    fn lines(&self) -> Vec<Line> {
        let info = self.info();
        let mut lines = Vec::new();
        let mut start = 0;
        while start < self.text.len() && lines.len() < self.style.most_lines {
            let end = self.end_of_line(&info, start);
            if end < self.text.len() && lines.len() + 1 == self.style.most_lines {
                lines.push(self.ellipsized(start));
                break;
            }
            lines.push(self.line(&info, start..end));
            start = end + self.text[end..].len() - self.text[end..].trim_start().len();
        }
        lines
    }

    fn info(&self) -> ParagraphBidiInfo<'_> {
        ParagraphBidiInfo::new(&self.text, Some(self.base))
    }

    fn line(&self, info: &ParagraphBidiInfo<'_>, range: Range<usize>) -> Line {
        let face: &'static Face = self.style.weight.face();
        let mut glyphs = Vec::new();
        if !range.is_empty() {
            let (levels, runs) = info.visual_runs(range);
            for run in runs {
                let right_to_left = levels[run.start].is_rtl();
                glyphs.extend(face.shape(&self.text[run], right_to_left));
            }
        }
        Line { weight: self.style.weight, size: self.style.size, glyphs }
    }

    fn fits(&self, info: &ParagraphBidiInfo<'_>, range: Range<usize>) -> bool {
        self.line(info, range).width() <= self.style.width
    }

    /// After the last word that has room; a word that is longer than a line is broken.
    fn end_of_line(&self, info: &ParagraphBidiInfo<'_>, start: usize) -> usize {
        let rest = &self.text[start..];
        let ends = rest.match_indices(' ').map(|(at, _)| start + at).chain([self.text.len()]);
        let mut fitting = None;
        for end in ends {
            if !self.fits(info, start..end) {
                break;
            }
            fitting = Some(end);
        }
        fitting.unwrap_or_else(|| {
            let places = self.places(start);
            let fitting = places.partition_point(|end| self.fits(info, start..*end));
            // One letter at least, so that a box that is too narrow for any ends all the same.
            places.get(fitting.saturating_sub(1)).copied().unwrap_or(self.text.len())
        })
    }

    /// The rest of the text from `start`, cut so that it has room with an ellipsis.
    fn ellipsized(&self, start: usize) -> Line {
        let cut = |end: usize| {
            let kept = self.text[..end].trim_end();
            let text = format!("{kept}…");
            let cut = Self::new(text, Some(self.base), self.style);
            let from = start.min(kept.len());
            cut.line(&cut.info(), from..cut.text.len())
        };
        let places = self.places(start);
        let fitting = places.partition_point(|end| cut(*end).width() <= self.style.width);
        cut(fitting.checked_sub(1).map_or(start, |last| places[last]))
    }

    /// Where the text may be broken after `start`: before every character but a mark that stands on the one before.
    fn places(&self, start: usize) -> Vec<usize> {
        let characters = self.text[start..].char_indices().skip(1);
        let places = characters.filter(|(_, character)| bidi_class(*character) != BidiClass::NSM);
        places.map(|(at, _)| start + at).chain([self.text.len()]).take(MOST_IN_A_LINE).collect()
    }
}
