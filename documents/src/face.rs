//! The embedded fonts, and how they shape a run of text into positioned glyphs. It knows neither lines nor pages.

use std::sync::LazyLock;

use harfrust::{Buffer, BufferFlags, Direction, Font, GlyphId, Script, ShapeOptions, ShapePlan, ShaperFont, shape};

/// The weights that are embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    pub(crate) const ALL: [Self; 2] = [Self::Regular, Self::Bold];

    pub(crate) fn face(self) -> &'static Face {
        static REGULAR: LazyLock<Face> =
            LazyLock::new(|| Face::new("Vazirmatn-Regular", include_bytes!("../fonts/Vazirmatn-Regular.ttf")));
        static BOLD: LazyLock<Face> =
            LazyLock::new(|| Face::new("Vazirmatn-Bold", include_bytes!("../fonts/Vazirmatn-Bold.ttf")));
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }
}

/// One glyph where it stands. Lengths are in font units, of which `Face::units_per_em` make the font's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glyph {
    pub(crate) id: u16,
    pub(crate) advance: i32,
    pub(crate) shift: i32,
    pub(crate) rise: i32,
    /// The characters that it stands for; the first glyph of a cluster has them all.
    pub(crate) text: String,
}

/// A font, and the plans by which its two scripts are shaped: making a plan costs more than shaping a name.
pub(crate) struct Face {
    pub(crate) name: &'static str,
    pub(crate) data: &'static [u8],
    font: Font,
    arabic: ShapePlan,
    latin: ShapePlan,
}

impl Face {
    fn new(name: &'static str, data: &'static [u8]) -> Self {
        let font = Font::new(data, 0).expect("the embedded font is one");
        let plan = |direction, script| ShapePlan::new(&font, direction, Some(script), None, &[]);
        let arabic = plan(Direction::RightToLeft, Script::ARABIC);
        let latin = plan(Direction::LeftToRight, Script::LATIN);
        Self { name, data, font, arabic, latin }
    }

    pub(crate) fn units_per_em(&self) -> f32 {
        f32::from(self.font.units_per_em())
    }

    /// How far the pen moves by the font's own table, which is what a PDF reader goes by.
    pub(crate) fn advance(&self, id: u16) -> f32 {
        self.font.glyph_metrics().h_advance(GlyphId::new(u32::from(id)))
    }

    /// Shapes text of one direction. The glyphs come in the order in which they stand, from left to right.
    pub(crate) fn shape(&'static self, text: &str, right_to_left: bool) -> Vec<Glyph> {
        let mut buffer = Buffer::new();
        buffer.push_str(text);
        // Marks of direction and joining have done their work by then, and no width.
        buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        let (plan, direction, script) = if right_to_left {
            (&self.arabic, Direction::RightToLeft, Script::ARABIC)
        } else {
            (&self.latin, Direction::LeftToRight, Script::LATIN)
        };
        buffer.set_direction(direction);
        buffer.set_script(Some(script));
        shape(&ShaperFont::new(&self.font), &mut buffer, ShapeOptions::new().plan(Some(plan)))
            .expect("the plan is of the buffer's direction and script");
        positioned(text, &buffer)
    }
}

fn positioned(text: &str, buffer: &Buffer) -> Vec<Glyph> {
    let mut starts: Vec<usize> = buffer.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut told = None;
    let glyphs = buffer.glyph_infos().iter().zip(buffer.glyph_positions());
    glyphs
        .map(|(info, position)| {
            let start = info.cluster as usize;
            let end = starts.iter().find(|next| **next > start).copied().unwrap_or(text.len());
            let is_first = told.replace(start) != Some(start);
            Glyph {
                id: u16::try_from(info.glyph_id).unwrap_or(0),
                advance: position.x_advance,
                shift: position.x_offset,
                rise: position.y_offset,
                text: if is_first { text.get(start..end).unwrap_or_default().to_owned() } else { String::new() },
            }
        })
        .collect()
}
