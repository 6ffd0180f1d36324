//! A page as a printer of labels would print it, and what a scanner reads on it.

use std::collections::HashSet;
use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use rxing::{BarcodeFormat, helpers::detect_in_luma};

/// What most printers of labels have: eight dots in a millimetre, 203 in an inch.
const LABEL_PRINTER: f32 = 8.0;

/// 300 dots in an inch, which no bar's width is a multiple of.
const OFFICE_PRINTER: f32 = 300.0 / 25.4;

/// Grey is ink from here on.
const INK: u8 = 128;

pub(super) struct Picture {
    width: usize,
    height: usize,
    dots_per_millimetre: f32,
    /// From the top left corner, 0 is black.
    luma: Vec<u8>,
}

/// Every page of a document, as a printer of labels prints it.
pub(super) fn pictures(document: &[u8]) -> Vec<Picture> {
    drawn(document, LABEL_PRINTER)
}

/// Every page of a document, as a printer in an office prints it.
pub(super) fn office_pictures(document: &[u8]) -> Vec<Picture> {
    drawn(document, OFFICE_PRINTER)
}

fn drawn(document: &[u8], dots_per_millimetre: f32) -> Vec<Picture> {
    let pdf = Pdf::new(Arc::new(document.to_vec())).expect("the document is a PDF");
    let scale = dots_per_millimetre * 25.4 / 72.0;
    let pixels = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let cache = RenderCache::new();
    let pages = pdf.pages().iter().map(|page| {
        let drawn = render(page, &cache, &InterpreterSettings::default(), &RenderSettings::default(), &pixels);
        let luma = drawn.data().iter().map(|pixel| pixel.r.min(pixel.g).min(pixel.b)).collect();
        let (width, height) = (usize::from(drawn.width()), usize::from(drawn.height()));
        Picture { width, height, dots_per_millimetre, luma }
    });
    pages.collect()
}

/// How many pages a document has, without drawing them.
pub(super) fn pages(document: &[u8]) -> usize {
    Pdf::new(Arc::new(document.to_vec())).expect("the document is a PDF").pages().len()
}

impl Picture {
    /// What a scanner reads that looks for Code 128.
    pub(super) fn barcode(&self) -> Option<String> {
        self.read(BarcodeFormat::CODE_128)
    }

    /// What a phone reads that looks for a QR code.
    pub(super) fn qr(&self) -> Option<String> {
        self.read(BarcodeFormat::QR_CODE)
    }

    fn read(&self, format: BarcodeFormat) -> Option<String> {
        let (width, height) = (self.width as u32, self.height as u32);
        let read = detect_in_luma(self.luma.clone(), width, height, Some(format)).ok()?;
        Some(read.getText().to_owned())
    }

    fn dots(&self, millimetres: f32) -> usize {
        (millimetres * self.dots_per_millimetre) as usize
    }

    fn is_ink(&self, x: usize, y: usize) -> bool {
        self.luma[y * self.width + x] < INK
    }

    /// Whether a part has ink: x, y, width and height in millimetres.
    pub(super) fn has_ink(&self, (x, y, width, height): (f32, f32, f32, f32)) -> bool {
        let dots = |millimetres| self.dots(millimetres);
        let columns = dots(x)..dots(x + width).min(self.width);
        (dots(y)..dots(y + height).min(self.height)).any(|row| columns.clone().any(|column| self.is_ink(column, row)))
    }

    /// Whether the border of a width in millimetres is blank.
    pub(super) fn has_blank_border(&self, millimetres: f32) -> bool {
        let border = self.dots(millimetres);
        let inside = |x: usize, y: usize| {
            (border..self.width - border).contains(&x) && (border..self.height - border).contains(&y)
        };
        let all = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        all.filter(|(x, y)| !inside(*x, *y)).all(|(x, y)| !self.is_ink(x, y))
    }

    /// Wipes a part: x, y, width and height in millimetres.
    pub(super) fn wipe(&mut self, (x, y, width, height): (f32, f32, f32, f32)) {
        for row in self.dots(y)..self.dots(y + height).min(self.height) {
            for column in self.dots(x)..self.dots(x + width).min(self.width) {
                self.luma[row * self.width + column] = u8::MAX;
            }
        }
    }

    /// How many different greys there are: a picture that was not drawn has one.
    pub(super) fn greys(&self) -> usize {
        self.luma.iter().collect::<HashSet<_>>().len()
    }
}
