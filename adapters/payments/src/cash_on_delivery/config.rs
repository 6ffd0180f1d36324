//! The settings of cash on delivery: a store's own words for the customer, if it has any.

use kit::ConfigError;
use serde::Deserialize;
use serde_json::Value;

/// What the store wants its customers to read besides amount and reference.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    pub(super) en: Option<String>,
    pub(super) ar: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Configuration {
    instructions: Option<String>,
    instructions_ar: Option<String>,
}

impl Words {
    /// An empty object, or nothing, is enough.
    pub(super) fn read(configuration: Value) -> Result<Self, ConfigError> {
        let raw: Option<Configuration> = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let raw = raw.unwrap_or_default();
        Ok(Self {
            en: checked("instructions", raw.instructions)?,
            ar: checked("instructions_ar", raw.instructions_ar)?,
        })
    }
}

/// Our sentence first: a store's words can add to the amount and the reference and never hide them.
pub(super) fn joined(ours: String, theirs: Option<&str>) -> String {
    match theirs {
        Some(theirs) => format!("{ours}\n{theirs}"),
        None => ours,
    }
}

/// There is nothing to prove to anybody.
pub(super) fn no_credentials(credentials: &Value) -> Result<(), ConfigError> {
    match credentials {
        Value::Null => Ok(()),
        Value::Object(fields) if fields.is_empty() => Ok(()),
        _ => Err(ConfigError::new(
            "credentials",
            "cash on delivery has no credentials",
            "لا توجد بيانات اعتماد للدفع عند الاستلام",
        )),
    }
}

fn checked(name: &str, words: Option<String>) -> Result<Option<String>, ConfigError> {
    let Some(words) = words else { return Ok(None) };
    let wrong = |letter: char| letter.is_control() && letter != '\n';
    if words.trim().is_empty() || words.chars().count() > 1_000 || words.chars().any(wrong) {
        let (en, ar) = ("expected 1 to 1000 printable characters", "يجب أن يكون من 1 إلى 1000 حرف مقروء");
        return Err(ConfigError::new(format!("configuration.{name}"), en, ar));
    }
    Ok(Some(words))
}
