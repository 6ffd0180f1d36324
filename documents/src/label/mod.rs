//! The waybill: one A6 page for each parcel, in both languages, for a driver's eyes and a scanner's.

mod party;

use crate::codes::Codes;
use crate::error::DocumentError;
use crate::face::Weight::{self, Bold, Regular};
use crate::paper::{Align, Area, Paper, line_height};
use crate::values::{Bilingual, Cash, weight};

/// A6, in millimetres.
const SIZE: (f32, f32) = (105.0, 148.0);

/// Printers for labels do not reach the edge.
const MARGIN: f32 = 4.0;

const INNER: f32 = SIZE.0 - 2.0 * MARGIN;

const RULE: f32 = 0.3;

/// A shipment's waybill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Who carries it.
    pub carrier: Bilingual,
    /// The carrier's service: same day, between cities.
    pub service: Bilingual,
    /// Where it comes from.
    pub sender: Party,
    /// Where it goes.
    pub recipient: Party,
    /// The store's own number of the order.
    pub reference: Option<String>,
    /// The day of the label, as it is to be read.
    pub date: String,
    /// What the driver collects for all parcels together.
    pub cash: Option<Cash>,
    /// One page for each.
    pub parcels: Vec<Parcel>,
}

/// One of a shipment's parcels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The carrier's number: printable ASCII. Many carriers have one number for all parcels of a shipment.
    pub tracking_number: String,
    /// In grams.
    pub weight: Option<u64>,
}

/// A sender or a recipient. What is empty is not printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// The person or the store.
    pub name: String,
    /// As it is to be dialled.
    pub phone: String,
    /// The city.
    pub city: Bilingual,
    /// The part of the city.
    pub area: String,
    /// The street.
    pub street: String,
    /// The building, the floor, the flat.
    pub building: String,
    /// What it is near to: Libyan addresses rest on it.
    pub landmark: String,
}

/// Prints the label as PDF, or says why it would not scan.
pub fn label(label: &Label) -> Result<Vec<u8>, DocumentError> {
    if label.parcels.is_empty() {
        return Err(DocumentError::NoParcels);
    }
    let mut paper = Paper::new(SIZE.0, SIZE.1);
    for (at, parcel) in label.parcels.iter().enumerate() {
        let codes = Codes::new(&parcel.tracking_number)?;
        paper.turn();
        draw_carrier(&mut paper, label);
        draw_number(&mut paper, parcel, &codes)?;
        party::draw_sender(&mut paper, &label.sender, Area::new(MARGIN, 45.0, INNER, 16.0));
        party::draw_recipient(&mut paper, &label.recipient, Area::new(MARGIN, 62.5, INNER, 47.0));
        codes.draw_squares(&mut paper, Area::new(MARGIN, 112.0, 32.0, 32.0));
        draw_cash(&mut paper, label, Area::new(38.0, 112.5, 63.0, 15.0));
        draw_figures(&mut paper, label, at, Area::new(38.0, 128.5, 63.0, 15.5));
    }
    Ok(paper.finish(&label.parcels[0].tracking_number))
}

fn draw_carrier(paper: &mut Paper, label: &Label) {
    let top = Area::new(MARGIN, MARGIN, INNER, 14.0);
    draw_both(paper, top, &label.carrier, Bold, 13.0);
    let below = Area::new(MARGIN, MARGIN + line_height(13.0), INNER, 6.0);
    draw_both(paper, below, &label.service, Regular, 9.0);
    paper.rule(MARGIN, 17.5, INNER, RULE);
}

/// English on the left, Arabic on the right, each in its half.
fn draw_both(paper: &mut Paper, area: Area, text: &Bilingual, weight: Weight, size: f32) {
    let half = Area { width: area.width / 2.0 - 1.0, ..area };
    paper.write(half, &text.en, weight, size, Align::Left);
    paper.write(Area { x: area.right() - half.width, ..half }, &text.ar, weight, size, Align::Right);
}

fn draw_number(paper: &mut Paper, parcel: &Parcel, codes: &Codes) -> Result<(), DocumentError> {
    codes.draw_bars(paper, Area::new(MARGIN, 19.5, INNER, 17.0))?;
    paper.write_whole(Area::new(MARGIN, 37.0, INNER, 6.0), &parcel.tracking_number, Bold, 11.0, Align::Centre);
    paper.rule(MARGIN, 44.0, INNER, RULE);
    paper.rule(MARGIN, 61.5, INNER, RULE);
    paper.rule(MARGIN, 110.5, INNER, RULE);
    Ok(())
}

fn draw_cash(paper: &mut Paper, label: &Label, area: Area) {
    paper.frame(area, 0.6);
    let inside = Area::new(area.x + 2.0, area.y + 1.2, area.width - 4.0, area.height - 2.0);
    let Some(cash) = &label.cash else {
        let none = Bilingual::new("No cash", "بدون تحصيل");
        return draw_both(paper, Area { y: area.y + 4.2, ..inside }, &none, Bold, 13.0);
    };
    let title = if label.parcels.len() > 1 {
        let count = label.parcels.len();
        Bilingual::new(format!("Collect, all {count} parcels"), format!("تحصيل عن كل الطرود ({count})"))
    } else {
        Bilingual::new("Cash on delivery", "الدفع عند الاستلام")
    };
    draw_both(paper, inside, &title, Regular, 7.0);
    paper.write_whole(Area { y: inside.y + 3.6, ..inside }, &cash.text(), Bold, 19.0, Align::Centre);
}

/// Pieces, weight, reference and date.
fn draw_figures(paper: &mut Paper, label: &Label, at: usize, area: Area) {
    let pieces = format!("{}/{}", at + 1, label.parcels.len());
    let weight = label.parcels[at].weight.map(|grams| weight(u128::from(grams))).unwrap_or_default();
    let reference = label.reference.clone().unwrap_or_default();
    let figures = [
        (Bilingual::new("Pieces", "الطرود"), pieces),
        (Bilingual::new("Weight", "الوزن"), weight),
        (Bilingual::new("Reference", "المرجع"), reference),
        (Bilingual::new("Date", "التاريخ"), label.date.clone()),
    ];
    let (width, height) = (area.width / 2.0, area.height / 2.0);
    for (place, (title, value)) in figures.into_iter().enumerate() {
        let (column, row) = (place % 2, place / 2);
        let x = area.x + column as f32 * (width + 1.0);
        let cell = Area::new(x, area.y + row as f32 * height, width - 1.0, height);
        draw_both(paper, cell, &title, Regular, 6.0);
        paper.write_whole(Area { y: cell.y + 2.6, ..cell }, &value, Bold, 9.5, Align::Centre);
    }
}
