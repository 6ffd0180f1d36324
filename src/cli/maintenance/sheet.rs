//! The review as it is written: weeks with tables and check boxes, in one language. It knows nothing of what it tells.

use serde_json::{Map, Value, json};

use super::Language;
use super::text::{self, Words};
use crate::cli::{CommandError, output};

/// The whole review.
pub(super) struct Sheet {
    pub from: String,
    pub to: String,
    pub mode: &'static str,
    pub weeks: Vec<Week>,
}

/// A week, or what stands beside the weeks.
pub(super) struct Week {
    pub title: Words,
    pub tables: Vec<Table>,
    /// What only people can do.
    pub boxes: &'static [Words],
}

/// What was found of one thing.
pub(super) struct Table {
    /// Its name in JSON.
    pub key: &'static str,
    pub title: Words,
    pub heads: &'static [Head],
    pub rows: Vec<Vec<Value>>,
    /// What is said where there are no rows.
    pub none: Words,
}

/// A column: its name in JSON, and what it is called.
pub(super) type Head = (&'static str, Words);

impl Sheet {
    pub fn json(&self, language: Language) -> Value {
        let weeks = self.weeks.iter().map(|week| {
            let tables = week.tables.iter().map(|table| (table.key.to_owned(), table.json(language)));
            let boxes: Vec<&str> = week.boxes.iter().map(|words| words.say(language)).collect();
            json!({"title": week.title.say(language), "tables": tables.collect::<Map<_, _>>(), "check": boxes})
        });
        json!({"from": self.from, "to": self.to, "mode": self.mode, "weeks": weeks.collect::<Vec<_>>()})
    }

    pub fn markdown(&self, language: Language) -> String {
        let mut text = format!("# {}\n\n{}\n", text::TITLE.say(language), self.about(language));
        for week in &self.weeks {
            text.push_str(&format!("\n## {}\n", week.title.say(language)));
            for table in &week.tables {
                text.push_str(&format!("\n### {}\n\n{}", table.title.say(language), table.markdown(language)));
            }
            if !week.boxes.is_empty() {
                text.push('\n');
            }
            for words in week.boxes {
                text.push_str(&format!("- [ ] {}\n", words.say(language)));
            }
        }
        match language {
            // A line of its own on either side, so that what is inside is still markdown.
            Language::Ar => format!("<div dir=\"rtl\" lang=\"ar\">\n\n{text}\n</div>\n"),
            Language::En => text,
        }
    }

    pub fn print(&self, language: Language) -> Result<(), CommandError> {
        output::line(&format!("{}: {}", text::TITLE.say(language), self.about(language)))?;
        for week in &self.weeks {
            output::line(&format!("\n== {} ==", week.title.say(language)))?;
            for table in &week.tables {
                output::line(&format!("\n{}", table.title.say(language)))?;
                if table.rows.is_empty() {
                    output::line(&format!("  {}", table.none.say(language)))?;
                } else {
                    let heads: Vec<&str> = table.heads.iter().map(|(_, words)| words.say(language)).collect();
                    output::table(&heads, table.cells(language))?;
                }
            }
            if !week.boxes.is_empty() {
                output::line("")?;
            }
            for words in week.boxes {
                output::line(&format!("[ ] {}", words.say(language)))?;
            }
        }
        Ok(())
    }

    fn about(&self, language: Language) -> String {
        format!("{} – {} ({})", self.from, self.to, text::word(self.mode, language))
    }
}

impl Table {
    fn json(&self, language: Language) -> Value {
        let row = |row: &Vec<Value>| -> Map<String, Value> {
            self.heads.iter().zip(row).map(|((key, _), value)| ((*key).to_owned(), value.clone())).collect()
        };
        json!({"title": self.title.say(language), "rows": self.rows.iter().map(row).collect::<Vec<_>>()})
    }

    fn markdown(&self, language: Language) -> String {
        if self.rows.is_empty() {
            return format!("{}\n", self.none.say(language));
        }
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let heads: Vec<String> = self.heads.iter().map(|(_, words)| words.say(language).to_owned()).collect();
        let mut text = line(&heads) + &line(&vec!["---".to_owned(); heads.len()]);
        for cells in self.cells(language) {
            // A line of a table is one line, and a bar in a cell is no border.
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            text.push_str(&line(&cells));
        }
        text
    }

    fn cells(&self, language: Language) -> impl Iterator<Item = Vec<String>> {
        self.rows.iter().map(move |row| row.iter().map(|value| cell(value, language)).collect())
    }
}

/// A value for people.
fn cell(value: &Value, language: Language) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => "✓".to_owned(),
        Value::Bool(false) => "✗".to_owned(),
        Value::String(text) => text::word(text, language).to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: Head = ("count", Words { en: "count", ar: "العدد" });
    const STATE: Head = ("state", Words { en: "state", ar: "الحالة" });
    const NONE: Words = Words { en: "none", ar: "لا شيء" };

    fn sheet(rows: Vec<Vec<Value>>) -> Sheet {
        const BOXES: &[Words] = &[Words { en: "Do it.", ar: "نفّذ ذلك." }];
        let table = Table { key: "things", title: NONE, heads: &[STATE, COUNT], rows, none: NONE };
        let week = Week { title: Words { en: "One", ar: "واحد" }, tables: vec![table], boxes: BOXES };
        Sheet { from: "a".to_owned(), to: "b".to_owned(), mode: "test", weeks: vec![week] }
    }

    #[test]
    fn a_table_is_markdown_whatever_is_in_it() {
        let text = sheet(vec![vec![json!("a|b\nc"), json!(3)], vec![json!("healthy"), Value::Null]]);
        let english = text.markdown(Language::En);
        assert!(english.contains("| state | count |\n| --- | --- |\n| a\\|b c | 3 |\n| healthy | – |\n"), "{english}");
        assert!(english.contains("\n- [ ] Do it.\n"), "{english}");
        let arabic = text.markdown(Language::Ar);
        assert!(arabic.starts_with("<div dir=\"rtl\"") && arabic.contains("| تعمل | – |"), "{arabic}");
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        assert!(sheet(Vec::new()).markdown(Language::Ar).contains("لا شيء"));
        assert_eq!(sheet(Vec::new()).json(Language::En)["weeks"][0]["tables"]["things"]["rows"], json!([]));
    }
}
