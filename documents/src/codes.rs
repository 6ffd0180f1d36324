//! A tracking number as codes that scan: Code 128 (ISO/IEC 15417) and QR (ISO/IEC 18004), each with its quiet zone.

use code128::Code128;
use qrcode::{Color, EcLevel, QrCode};

use crate::error::DocumentError;
use crate::paper::{Area, Paper};

/// The dot of most label printers in millimetres (203 dots per inch). Codes are made of whole dots and stand on whole dots, so
/// that bars of one width print alike.
const DOT: f32 = 0.125;

/// Widths of the narrowest bar in millimetres, the widest that fits is taken. Below 0.25 mm hand scanners begin to fail.
const BAR_WIDTHS: [f32; 3] = [4.0 * DOT, 3.0 * DOT, 2.0 * DOT];

/// The quiet zone of a QR code on each side, in its own squares.
const QR_QUIET: usize = 4;

/// The codes of one tracking number.
pub(crate) struct Codes {
    bars: Code128,
    squares: QrCode,
    number: String,
}

impl Codes {
    pub(crate) fn new(number: &str) -> Result<Self, DocumentError> {
        let is_readable = number.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_readable || number.trim() != number || number.is_empty() {
            return Err(DocumentError::TrackingNumber { number: number.to_owned() });
        }
        let bars = Code128::encode(number.as_bytes());
        let squares = QrCode::with_error_correction_level(number, EcLevel::M)
            .map_err(|_| DocumentError::TrackingNumberTooLong { number: number.to_owned() })?;
        Ok(Self { bars, squares, number: number.to_owned() })
    }

    /// The bars in the middle of an area, as wide as fits with their quiet zones.
    pub(crate) fn draw_bars(&self, paper: &mut Paper, area: Area) -> Result<(), DocumentError> {
        // Both quiet zones are in the length, ten modules each.
        let modules = self.bars.len() as f32;
        let module = BAR_WIDTHS.into_iter().find(|module| modules * module <= area.width);
        let module = module.ok_or_else(|| DocumentError::TrackingNumberTooLong { number: self.number.clone() })?;
        let left = area.x + whole_dots((area.width - modules * module) / 2.0);
        let bars = self
            .bars
            .bar_coordinates()
            .map(|bar| Area::new(left + bar.x as f32 * module, area.y, f32::from(bar.width) * module, area.height));
        paper.fill_all(bars);
        Ok(())
    }

    /// The squares in the middle of an area, as large as fits with their quiet zone.
    pub(crate) fn draw_squares(&self, paper: &mut Paper, area: Area) {
        let count = self.squares.width();
        let side = whole_dots(area.width.min(area.height) / (count + 2 * QR_QUIET) as f32);
        let left = area.x + whole_dots((area.width - count as f32 * side) / 2.0);
        let top = area.y + whole_dots((area.height - count as f32 * side) / 2.0);
        let colors = self.squares.to_colors();
        let dark =
            colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark).map(|(at, _)| {
                Area::new(left + (at % count) as f32 * side, top + (at / count) as f32 * side, side, side)
            });
        paper.fill_all(dark);
    }
}

/// Millimetres, rounded down to whole dots.
fn whole_dots(millimetres: f32) -> f32 {
    (millimetres / DOT).floor() * DOT
}
