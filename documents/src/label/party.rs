//! The blocks of sender and recipient: a form with its titles in English on the left and in Arabic on the right.

use super::Party;
use crate::face::Weight::{Bold, Regular};
use crate::paper::{Align, Area, POINTS, Paper, drop, line_height};
use crate::paragraph::{Paragraph, Style, isolated, set};
use crate::values::Bilingual;

/// For a title, on each side.
const TITLE_WIDTH: f32 = 17.0;

const TITLE_SIZE: f32 = 6.5;

/// How large a form is set, in points, and how many lines a value may have; the first that fits is taken, at worst the last.
const STEPS: [(f32, usize); 7] = [(11.0, 4), (10.0, 3), (9.0, 3), (8.0, 2), (7.0, 2), (7.0, 1), (6.5, 1)];

/// A title in both languages, and what it is the title of.
struct Row {
    title: (&'static str, &'static str),
    value: Value,
    is_prominent: bool,
}

enum Value {
    Text(String),
    /// English on the left, Arabic on the right.
    Both(Bilingual),
}

/// The address comes in one row: the sender's is for returns.
pub(super) fn draw_sender(paper: &mut Paper, sender: &Party, area: Area) {
    let address = in_one_row([&sender.area, &sender.street, &sender.building, &sender.landmark]);
    let rows = [
        text("From", "المرسل", &sender.name, true),
        text("Phone", "الهاتف", &sender.phone, false),
        both("City", "المدينة", &sender.city, false),
        text("Address", "العنوان", &address, false),
    ];
    draw_form(paper, rows.into_iter().flatten(), area);
}

pub(super) fn draw_recipient(paper: &mut Paper, recipient: &Party, area: Area) {
    let rows = [
        text("To", "المستلم", &recipient.name, true),
        text("Phone", "الهاتف", &recipient.phone, true),
        both("City", "المدينة", &recipient.city, true),
        text("Area", "المنطقة", &recipient.area, false),
        text("Street", "الشارع", &recipient.street, false),
        text("Building", "المبنى", &recipient.building, false),
        text("Landmark", "علامة مميزة", &recipient.landmark, false),
    ];
    draw_form(paper, rows.into_iter().flatten(), area);
}

/// The first part says which way the row runs.
fn in_one_row(parts: [&String; 4]) -> String {
    let mut parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    let mut row = parts.next().cloned().unwrap_or_default();
    for part in parts {
        row.push_str(" · ");
        row.push_str(&isolated(part));
    }
    row
}

fn text(en: &'static str, ar: &'static str, value: &str, is_prominent: bool) -> Option<Row> {
    let is_empty = value.trim().is_empty();
    (!is_empty).then(|| Row { title: (en, ar), value: Value::Text(value.to_owned()), is_prominent })
}

fn both(en: &'static str, ar: &'static str, value: &Bilingual, is_prominent: bool) -> Option<Row> {
    let is_empty = value.en.trim().is_empty() && value.ar.trim().is_empty();
    (!is_empty).then(|| Row { title: (en, ar), value: Value::Both(value.clone()), is_prominent })
}

fn draw_form(paper: &mut Paper, rows: impl Iterator<Item = Row>, area: Area) {
    let rows: Vec<Row> = rows.collect();
    let set_at =
        |(size, most_lines)| -> Vec<SetRow> { rows.iter().map(|row| row.set(area, size, most_lines)).collect() };
    let fits = |form: &Vec<SetRow>| form.iter().map(|row| row.height).sum::<f32>() <= area.height;
    let form = STEPS.into_iter().map(set_at).find(fits);
    let form = form.unwrap_or_else(|| set_at(STEPS[STEPS.len() - 1]));
    let mut y = area.y;
    for (row, set) in rows.iter().zip(form) {
        let titles = Area { y: y + set.title_drop, ..area };
        paper.write(titles, row.title.0, Regular, TITLE_SIZE, Align::Left);
        paper.write(titles, row.title.1, Regular, TITLE_SIZE, Align::Right);
        for (paragraph, align) in &set.paragraphs {
            let middle = Area { x: area.x + TITLE_WIDTH, y, width: area.width - 2.0 * TITLE_WIDTH, ..area };
            paper.put(middle, paragraph, *align);
        }
        y += set.height;
    }
}

/// A row's lines at one size.
struct SetRow {
    paragraphs: Vec<(Paragraph, Align)>,
    height: f32,
    /// Down to the baseline of the first line.
    title_drop: f32,
}

impl Row {
    fn set(&self, area: Area, size: f32, most_lines: usize) -> SetRow {
        let (weight, size) = if self.is_prominent { (Bold, size + 1.0) } else { (Regular, size) };
        let width = (area.width - 2.0 * TITLE_WIDTH) * POINTS;
        let paragraphs = match &self.value {
            Value::Text(value) => vec![(set(value, Style { weight, size, width, most_lines }), Align::Start)],
            Value::Both(names) => set_both(names, Style { weight, size, width: width / 2.0 - 3.0, most_lines: 1 }),
        };
        let lines = paragraphs.iter().map(|(paragraph, _)| paragraph.lines.len()).max().unwrap_or(0);
        let title_drop = drop(size, TITLE_SIZE);
        SetRow { paragraphs, height: lines as f32 * line_height(size), title_drop }
    }
}

fn set_both(names: &Bilingual, style: Style) -> Vec<(Paragraph, Align)> {
    vec![(set(&names.en, style), Align::Left), (set(&names.ar, style), Align::Right)]
}
