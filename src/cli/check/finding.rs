//! What a check has found, line by line.

use serde::Serialize;

/// Whether it is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// As it should be.
    Good,
    /// Somebody should know.
    Note,
    /// Something is wrong.
    Bad,
}

impl Verdict {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Note => "!",
            Self::Bad => "✗",
        }
    }
}

/// One line.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub verdict: Verdict,
    /// The gateway, or an account.
    #[serde(rename = "of")]
    pub subject: String,
    /// What was looked at.
    pub check: &'static str,
    /// What was seen.
    #[serde(rename = "found")]
    pub says: String,
}

/// All lines.
#[derive(Debug, Default)]
pub(super) struct Findings(pub Vec<Finding>);

impl Findings {
    pub fn good(&mut self, of: &str, check: &'static str, says: impl Into<String>) {
        self.add(Verdict::Good, of, check, says.into());
    }

    pub fn note(&mut self, of: &str, check: &'static str, says: impl Into<String>) {
        self.add(Verdict::Note, of, check, says.into());
    }

    pub fn bad(&mut self, of: &str, check: &'static str, says: impl Into<String>) {
        self.add(Verdict::Bad, of, check, says.into());
    }

    pub fn add(&mut self, verdict: Verdict, of: &str, check: &'static str, says: String) {
        self.0.push(Finding { verdict, subject: of.to_owned(), check, says });
    }
}
