//! The PDF around the pages: its tree, and the fonts with no more glyphs than were used. The same pages are the same bytes.

use std::collections::BTreeMap;

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::{GlyphRemapper, subset};

use crate::face::{Face, Glyph, Weight};

/// zlib's own middle way between speed and size.
const COMPRESSION: u8 = 6;

const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The glyphs of a face that are used in a document.
pub(crate) struct Used {
    face: &'static Face,
    glyphs: GlyphRemapper,
    /// The characters behind each glyph by its number in the subset, for who copies or searches.
    texts: BTreeMap<u16, String>,
}

impl Used {
    pub(crate) fn new(weight: Weight) -> Self {
        Self { face: weight.face(), glyphs: GlyphRemapper::new(), texts: BTreeMap::new() }
    }

    /// The glyph's number in the subset.
    pub(crate) fn glyph(&mut self, glyph: &Glyph) -> u16 {
        let number = self.glyphs.remap(glyph.id);
        if !glyph.text.is_empty() {
            self.texts.entry(number).or_insert_with(|| glyph.text.clone());
        }
        number
    }
}

/// Gives out the numbers of the document's objects.
struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// A document of pages, all of one size in points.
pub(crate) fn document(
    title: &str,
    (width, height): (f32, f32),
    contents: impl Iterator<Item = Vec<u8>>,
    used: &[Used],
) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut numbers = Numbers(0);
    let (catalog, tree) = (numbers.next(), numbers.next());
    pdf.catalog(catalog).pages(tree).lang(TextStr("ar"));
    pdf.document_info(numbers.next()).title(TextStr(title));
    let fonts: Vec<(&str, Ref)> =
        used.iter().map(|used| (used.face.name, font(&mut pdf, &mut numbers, used))).collect();
    let mut pages = Vec::new();
    for content in contents {
        let (page_id, content_id) = (numbers.next(), numbers.next());
        let content = compress_to_vec_zlib(&content, COMPRESSION);
        pdf.stream(content_id, &content).filter(Filter::FlateDecode);
        let mut page = pdf.page(page_id);
        page.media_box(Rect::new(0.0, 0.0, width, height)).parent(tree).contents(content_id);
        let mut resources = page.resources();
        let mut named = resources.fonts();
        for (name, id) in &fonts {
            named.pair(Name(name.as_bytes()), *id);
        }
        named.finish();
        resources.finish();
        page.finish();
        pages.push(page_id);
    }
    let count = i32::try_from(pages.len()).expect("a document has fewer pages than that");
    pdf.pages(tree).kids(pages).count(count);
    pdf.finish()
}

/// A font that is addressed by glyph, as OpenType shaping needs it.
fn font(pdf: &mut Pdf, numbers: &mut Numbers, used: &Used) -> Ref {
    let (font, descendant, descriptor) = (numbers.next(), numbers.next(), numbers.next());
    let (characters, program) = (numbers.next(), numbers.next());
    // PDF 32000-1, 9.6.4: the name of a subset begins with six letters of its own.
    let name = format!("JISRSU+{}", used.face.name);
    let base_font = Name(name.as_bytes());
    pdf.type0_font(font)
        .base_font(base_font)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(descendant)
        .to_unicode(characters);
    let per_em = used.face.units_per_em();
    let mut cid = pdf.cid_font(descendant);
    cid.subtype(CidFontType::Type2).base_font(base_font).system_info(IDENTITY).font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    let widths = used.glyphs.remapped_gids().map(|id| used.face.advance(id) / per_em * 1000.0);
    cid.widths().consecutive(0, widths);
    cid.finish();
    // The family's own figures (hhea, OS/2), in thousandths of its size.
    pdf.font_descriptor(descriptor)
        .name(base_font)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-1000.0, -600.0, 3000.0, 1200.0))
        .italic_angle(0.0)
        .ascent(1025.0)
        .descent(-537.0)
        .cap_height(711.0)
        .stem_v(80.0)
        .font_file2(program);
    let mut cmap = UnicodeCmap::new(Name(b"Characters"), IDENTITY);
    for (glyph, text) in &used.texts {
        cmap.pair_with_multiple(*glyph, text.chars());
    }
    pdf.cmap(characters, &cmap.finish());
    let data = subset(used.face.data, 0, &used.glyphs).expect("the embedded font can be subset");
    let length = i32::try_from(data.len()).expect("a font is smaller than that");
    let data = compress_to_vec_zlib(&data, COMPRESSION);
    pdf.stream(program, &data).filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
    font
}
