//! Pages to draw on, in millimetres from the top left corner: lines of glyphs, and black on white.

use pdf_writer::{Content, Name, Str};

use crate::face::Weight;
use crate::paragraph::{Line, Paragraph, Style, set, set_whole};
use crate::pdf::{self, Used};

/// Points in a millimetre: a point is 1/72 of an inch.
pub(crate) const POINTS: f32 = 72.0 / 25.4;

/// From one baseline to the next, in sizes of the font: its Arabic marks need it.
const LINE_HEIGHT: f32 = 1.4;

/// From the top of a line to its baseline, in sizes of the font.
const ASCENT: f32 = 1.02;

/// A place on a page, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Area {
    pub(crate) fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    pub(crate) fn right(self) -> f32 {
        self.x + self.width
    }
}

/// Where a line stands in its area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
    /// Where its own script begins.
    Start,
}

/// How tall a line of a size in points is, in millimetres.
pub(crate) fn line_height(size: f32) -> f32 {
    size * LINE_HEIGHT / POINTS
}

/// How much lower a line of the smaller size begins to have the larger's baseline, in millimetres.
pub(crate) fn drop(larger: f32, smaller: f32) -> f32 {
    (larger - smaller) * ASCENT / POINTS
}

/// Sheets of one size, all in one document.
pub(crate) struct Paper {
    /// In millimetres.
    pub(crate) width: f32,
    /// In millimetres.
    pub(crate) height: f32,
    pages: Vec<Content>,
    used: [Used; 2],
}

impl Paper {
    /// Millimetres. There is no page before `turn`.
    pub(crate) fn new(width: f32, height: f32) -> Self {
        Self { width, height, pages: Vec::new(), used: Weight::ALL.map(Used::new) }
    }

    /// Begins a page.
    pub(crate) fn turn(&mut self) {
        self.pages.push(Content::new());
    }

    /// Fills an area with black.
    pub(crate) fn fill(&mut self, area: Area) {
        self.fill_all([area]);
    }

    /// Fills areas as one shape, so that no seam shows between them.
    pub(crate) fn fill_all(&mut self, areas: impl IntoIterator<Item = Area>) {
        let page_height = self.height;
        let Some(page) = self.pages.last_mut() else { return };
        for area in areas {
            let bottom = page_height - area.y - area.height;
            page.rect(area.x * POINTS, bottom * POINTS, area.width * POINTS, area.height * POINTS);
        }
        page.fill_nonzero();
    }

    /// A level line of a thickness.
    pub(crate) fn rule(&mut self, x: f32, y: f32, width: f32, thickness: f32) {
        self.fill(Area::new(x, y - thickness / 2.0, width, thickness));
    }

    /// A frame inside an area.
    pub(crate) fn frame(&mut self, area: Area, thickness: f32) {
        let Area { x, y, width, height } = area;
        self.fill(Area::new(x, y, width, thickness));
        self.fill(Area::new(x, y + height - thickness, width, thickness));
        self.fill(Area::new(x, y, thickness, height));
        self.fill(Area::new(x + width - thickness, y, thickness, height));
    }

    /// One line at the top of an area, no wider than it.
    pub(crate) fn write(&mut self, area: Area, text: &str, weight: Weight, size: f32, align: Align) {
        let paragraph = set(text, Style { weight, size, width: area.width * POINTS, most_lines: 1 });
        self.put(area, &paragraph, align);
    }

    /// One line at the top of an area, smaller where all of it has no room otherwise.
    pub(crate) fn write_whole(&mut self, area: Area, text: &str, weight: Weight, size: f32, align: Align) {
        let style = Style { weight, size, width: area.width * POINTS, most_lines: 1 };
        let paragraph = set_whole(text, style);
        let smaller = paragraph.lines.first().map_or(size, |line| line.size);
        self.put(Area { y: area.y + drop(size, smaller), ..area }, &paragraph, align);
    }

    /// Lines from the top of an area downwards.
    pub(crate) fn put(&mut self, area: Area, paragraph: &Paragraph, align: Align) {
        let mut y = area.y;
        for line in &paragraph.lines {
            let room = area.width * POINTS - line.width();
            let indent = match align {
                Align::Left => 0.0,
                Align::Centre => room / 2.0,
                Align::Right => room,
                Align::Start => {
                    if paragraph.right_to_left {
                        room
                    } else {
                        0.0
                    }
                }
            };
            let baseline = self.height * POINTS - y * POINTS - line.size * ASCENT;
            self.put_line(area.x * POINTS + indent, baseline, line);
            y += line_height(line.size);
        }
    }

    /// Points from the bottom left corner, as PDF counts.
    fn put_line(&mut self, x: f32, baseline: f32, line: &Line) {
        let Some(page) = self.pages.last_mut() else { return };
        let used = &mut self.used[line.weight as usize];
        let units_per_em = line.weight.face().units_per_em();
        let thousandths = 1000.0 / units_per_em;
        page.begin_text();
        page.set_font(Name(line.weight.face().name.as_bytes()), line.size);
        page.next_line(x, baseline);
        // Where the reader's pen is, by the font's own advances, and where it should be.
        let (mut pen, mut origin) = (0.0, 0);
        for risen in line.glyphs.chunk_by(|one, next| one.rise == next.rise) {
            page.set_rise(risen[0].rise as f32 / units_per_em * line.size);
            let mut show = page.show_positioned();
            let mut items = show.items();
            for glyph in risen {
                let target = (origin + glyph.shift) as f32;
                if (target - pen).abs() >= 0.5 {
                    items.adjust((pen - target) * thousandths);
                }
                items.show(Str(&used.glyph(glyph).to_be_bytes()));
                pen = target + line.weight.face().advance(glyph.id);
                origin += glyph.advance;
            }
        }
        page.set_rise(0.0);
        page.end_text();
    }

    /// The document as PDF.
    pub(crate) fn finish(self, title: &str) -> Vec<u8> {
        let size = (self.width * POINTS, self.height * POINTS);
        pdf::document(title, size, self.pages.into_iter().map(|page| page.finish().into_vec()), &self.used)
    }
}
