//! The daily manifest: A4 pages of what a carrier's driver takes along, with totals and room for two signatures.

use std::collections::BTreeMap;

use crate::error::DocumentError;
use crate::face::Weight::{Bold, Regular};
use crate::paper::{Align, Area, POINTS, Paper, line_height};
use crate::paragraph::{Style, isolated, set};
use crate::values::{Bilingual, Cash, amount, weight};

/// A4, in millimetres.
const SIZE: (f32, f32) = (210.0, 297.0);
const MARGIN: f32 = 10.0;
const INNER: f32 = SIZE.0 - 2.0 * MARGIN;

const TABLE_TOP: f32 = 38.0;
const HEAD_HEIGHT: f32 = 10.0;
const ROW_HEIGHT: f32 = 8.5;
/// Where the table ends: below it stands the page's number.
const TABLE_BOTTOM: f32 = SIZE.1 - 15.0;
const ROWS_TOP: f32 = TABLE_TOP + HEAD_HEIGHT;

const TOTAL_HEIGHT: f32 = 7.0;
const SIGNATURES_HEIGHT: f32 = 32.0;

/// Their totals still stand on one page, above the signatures.
const MOST_CURRENCIES: usize = 20;

/// The table's columns: title, width in millimetres, and where the values stand.
const COLUMNS: [(&str, &str, f32, Align); 7] = [
    ("No.", "رقم", 12.0, Align::Centre),
    ("Tracking number", "رقم التتبع", 42.0, Align::Left),
    ("Recipient", "المستلم", 46.0, Align::Start),
    ("City", "المدينة", 30.0, Align::Start),
    ("Pieces", "الطرود", 13.0, Align::Centre),
    ("Weight", "الوزن", 19.0, Align::Right),
    ("To collect", "التحصيل", 28.0, Align::Right),
];

/// What a carrier's driver takes along from a store on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Whose shipments they are.
    pub store: Bilingual,
    /// Who carries them.
    pub carrier: Bilingual,
    /// The day, as it is to be read.
    pub date: String,
    /// One row for each.
    pub consignments: Vec<Consignment>,
}

/// A shipment as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consignment {
    /// The carrier's number.
    pub tracking_number: String,
    /// Who receives it.
    pub recipient: String,
    /// Where.
    pub city: Bilingual,
    /// How many parcels.
    pub pieces: u32,
    /// All parcels together, in grams.
    pub weight: Option<u64>,
    /// What the driver collects.
    pub cash: Option<Cash>,
}

/// Prints the manifest as PDF.
pub fn manifest(manifest: &Manifest) -> Result<Vec<u8>, DocumentError> {
    let totals = Totals::of(&manifest.consignments);
    if totals.cash.len() > MOST_CURRENCIES {
        return Err(DocumentError::TooManyCurrencies);
    }
    let sheets = sheets(&manifest.consignments, totals.height() + SIGNATURES_HEIGHT);
    let mut paper = Paper::new(SIZE.0, SIZE.1);
    let mut number = 0;
    let mut bottom = ROWS_TOP;
    for (at, rows) in sheets.iter().enumerate() {
        paper.turn();
        draw_head(&mut paper, manifest);
        draw_page_number(&mut paper, at + 1, sheets.len());
        bottom = ROWS_TOP;
        for row in *rows {
            number += 1;
            draw_row(&mut paper, number, row, bottom);
            bottom += ROW_HEIGHT;
        }
    }
    totals.draw(&mut paper, bottom + 3.0);
    draw_signatures(&mut paper, bottom + totals.height());
    Ok(paper.finish(&format!("{} {}", manifest.carrier.en, manifest.date)))
}

/// The rows of each page. The last has room for the closing of a height, if need be without a row.
fn sheets(rows: &[Consignment], closing: f32) -> Vec<&[Consignment]> {
    let capacity = |height: f32| (height / ROW_HEIGHT) as usize;
    let most = capacity(TABLE_BOTTOM - ROWS_TOP);
    let mut sheets: Vec<&[Consignment]> = rows.chunks(most).collect();
    let has_room = |sheet: &&[Consignment]| sheet.len() <= capacity(TABLE_BOTTOM - ROWS_TOP - closing);
    if !sheets.last().is_some_and(has_room) {
        sheets.push(&[]);
    }
    sheets
}

fn draw_head(paper: &mut Paper, manifest: &Manifest) {
    let half = Area::new(MARGIN, MARGIN, INNER / 2.0 - 2.0, 8.0);
    let other = Area { x: MARGIN + INNER - half.width, ..half };
    paper.write(half, "Manifest", Bold, 16.0, Align::Left);
    paper.write(other, "كشف الشحنات", Bold, 16.0, Align::Right);
    let date = (manifest.date.as_str(), manifest.date.as_str());
    let lines = [
        ("Store", "المتجر", manifest.store.filled()),
        ("Carrier", "شركة التوصيل", manifest.carrier.filled()),
        ("Date", "التاريخ", date),
    ];
    for (at, (en, ar, (value_en, value_ar))) in lines.into_iter().enumerate() {
        let y = MARGIN + line_height(16.0) + at as f32 * line_height(10.0);
        paper.write(Area { y, ..half }, &format!("{en}: {}", isolated(value_en)), Regular, 10.0, Align::Left);
        paper.write(Area { y, ..other }, &format!("{ar}: {}", isolated(value_ar)), Regular, 10.0, Align::Right);
    }
    paper.rule(MARGIN, TABLE_TOP, INNER, 0.4);
    for (area, (en, ar, _, _)) in cells(TABLE_TOP + 0.8).zip(COLUMNS) {
        paper.write(area, ar, Bold, 8.0, Align::Centre);
        paper.write(Area { y: area.y + 4.0, ..area }, en, Bold, 7.5, Align::Centre);
    }
    paper.rule(MARGIN, ROWS_TOP, INNER, 0.4);
}

/// The areas of a row's cells.
fn cells(y: f32) -> impl Iterator<Item = Area> {
    COLUMNS.iter().scan(MARGIN, move |x, (_, _, width, _)| {
        let area = Area::new(*x + 1.0, y, width - 2.0, ROW_HEIGHT);
        *x += width;
        Some(area)
    })
}

fn draw_row(paper: &mut Paper, number: usize, row: &Consignment, y: f32) {
    let city = [&row.city.ar, &row.city.en];
    let city: Vec<&str> = city.into_iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    let values = [
        number.to_string(),
        row.tracking_number.clone(),
        row.recipient.clone(),
        city.join(" · "),
        row.pieces.to_string(),
        row.weight.map_or_else(|| "—".to_owned(), |grams| weight(u128::from(grams))),
        row.cash.as_ref().map_or_else(|| "—".to_owned(), Cash::text),
    ];
    for ((area, value), (_, _, _, align)) in cells(y).zip(values).zip(COLUMNS) {
        draw_cell(paper, area, &value, align);
    }
    paper.rule(MARGIN, y + ROW_HEIGHT, INNER, 0.1);
}

/// Numbers in one line, names in up to two of a smaller size; always in the middle of the row.
fn draw_cell(paper: &mut Paper, area: Area, value: &str, align: Align) {
    let style = |size, most_lines| Style { weight: Regular, size, width: area.width * POINTS, most_lines };
    let middle = |height: f32| Area { y: area.y + (ROW_HEIGHT - height) / 2.0, ..area };
    if align != Align::Start {
        return paper.write_whole(middle(line_height(9.0)), value, Regular, 9.0, align);
    }
    let mut paragraph = set(value, style(9.0, 2));
    let mut height = line_height(9.0);
    if paragraph.lines.len() > 1 {
        paragraph = set(value, style(7.5, 2));
        height = paragraph.lines.len() as f32 * line_height(7.5);
    }
    paper.put(middle(height), &paragraph, align);
}

fn draw_page_number(paper: &mut Paper, page: usize, pages: usize) {
    let area = Area::new(MARGIN, SIZE.1 - 13.0, INNER, 5.0);
    paper.write(area, &format!("Page {page}/{pages}"), Regular, 8.0, Align::Left);
    paper.write(area, &format!("صفحة {}", isolated(&format!("{page}/{pages}"))), Regular, 8.0, Align::Right);
}

/// The sums of all rows; cash by currency, since currencies do not add up.
struct Totals {
    shipments: usize,
    parcels: u64,
    weight: u128,
    cash: BTreeMap<(String, u8), u128>,
}

impl Totals {
    fn of(rows: &[Consignment]) -> Self {
        let mut cash = BTreeMap::new();
        for collected in rows.iter().filter_map(|row| row.cash.as_ref()) {
            let key = (collected.currency.clone(), collected.decimals);
            *cash.entry(key).or_insert(0) += u128::from(collected.minor_units);
        }
        Self {
            shipments: rows.len(),
            parcels: rows.iter().map(|row| u64::from(row.pieces)).sum(),
            weight: rows.iter().filter_map(|row| row.weight).map(u128::from).sum(),
            cash,
        }
    }

    fn lines(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut lines = vec![
            ("Shipments", "الشحنات", self.shipments.to_string()),
            ("Parcels", "الطرود", self.parcels.to_string()),
            ("Weight", "الوزن", weight(self.weight)),
        ];
        let cash =
            self.cash.iter().map(|((currency, decimals), sum)| format!("{} {currency}", amount(*sum, *decimals)));
        lines.extend(cash.map(|sum| ("To collect", "التحصيل", sum)));
        if self.cash.is_empty() {
            lines.push(("To collect", "التحصيل", "—".to_owned()));
        }
        lines
    }

    fn height(&self) -> f32 {
        self.lines().len() as f32 * TOTAL_HEIGHT + 6.0
    }

    fn draw(&self, paper: &mut Paper, top: f32) {
        let left = MARGIN + INNER / 2.0;
        for (at, (en, ar, value)) in self.lines().into_iter().enumerate() {
            let area = Area::new(left, top + at as f32 * TOTAL_HEIGHT, INNER / 2.0, TOTAL_HEIGHT);
            paper.write(area, en, Regular, 9.0, Align::Left);
            paper.write(area, ar, Regular, 9.0, Align::Right);
            let middle = Area { x: area.x + 20.0, width: area.width - 40.0, ..area };
            paper.write_whole(middle, &value, Bold, 11.0, Align::Centre);
            paper.rule(area.x, area.y + TOTAL_HEIGHT - 1.0, area.width, 0.1);
        }
    }
}

fn draw_signatures(paper: &mut Paper, top: f32) {
    let width = INNER / 2.0 - 5.0;
    let parties = [
        ("Store: name and signature", "المتجر: الاسم والتوقيع"),
        ("Driver: name and signature", "السائق: الاسم والتوقيع"),
    ];
    for (at, (en, ar)) in parties.into_iter().enumerate() {
        let area = Area::new(MARGIN + at as f32 * (width + 10.0), top + 22.0, width, 6.0);
        paper.rule(area.x, area.y, width, 0.3);
        paper.write(Area { y: area.y + 1.0, ..area }, en, Regular, 8.0, Align::Left);
        paper.write(Area { y: area.y + 1.0, ..area }, ar, Regular, 8.0, Align::Right);
    }
}
