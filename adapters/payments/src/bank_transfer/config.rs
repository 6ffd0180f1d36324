//! The settings of bank transfers: a store's own accounts, checked before a customer ever sees them.

use kit::ConfigError;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::iban;

/// The banks that transfers are taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bank {
    NationalCommercial,
    Jumhouria,
    Sahara,
    Wahda,
}

impl Bank {
    const ALL: [Self; 4] = [Self::NationalCommercial, Self::Jumhouria, Self::Sahara, Self::Wahda];

    /// The platform's id.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::NationalCommercial => "national_commercial",
            Self::Jumhouria => "jumhouria",
            Self::Sahara => "sahara",
            Self::Wahda => "wahda",
        }
    }

    /// The platform's code of three letters.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::NationalCommercial => "NBC",
            Self::Jumhouria => "JUM",
            Self::Sahara => "SAH",
            Self::Wahda => "WAH",
        }
    }

    /// For people.
    pub(super) const fn name_en(self) -> &'static str {
        match self {
            Self::NationalCommercial => "National Commercial Bank",
            Self::Jumhouria => "Jumhouria Bank",
            Self::Sahara => "Sahara Bank",
            Self::Wahda => "Wahda Bank",
        }
    }

    /// For people, in Arabic.
    pub(super) const fn name_ar(self) -> &'static str {
        match self {
            Self::NationalCommercial => "البنك الوطني التجاري",
            Self::Jumhouria => "بنك الجمهورية",
            Self::Sahara => "بنك الصحراء",
            Self::Wahda => "بنك الوحدة",
        }
    }
}

/// One account of the store's.
#[derive(Debug, Clone)]
pub(super) struct BankAccount {
    pub(super) bank: Bank,
    /// Without blanks.
    pub(super) iban: String,
    /// Whose it is.
    pub(super) name: String,
}

/// How long a transfer takes, in working days.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    from: u8,
    to: u8,
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// May be empty: then the store tells its customers where to.
    pub(super) accounts: Vec<BankAccount>,
    pub(super) processing_days: Days,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default)]
    accounts: Vec<RawAccount>,
    #[serde(default)]
    processing_days: Option<Days>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccount {
    bank: String,
    iban: String,
    name: String,
}

impl Settings {
    pub(super) fn read(configuration: Value) -> Result<Self, ConfigError> {
        let raw: Configuration = serde_json::from_value(configuration).map_err(|error| {
            ConfigError::new("configuration", error.to_string(), format!("الإعدادات غير مقبولة: {error}"))
        })?;
        let processing_days = raw.processing_days.unwrap_or(Days { from: 1, to: 3 });
        if processing_days.from > processing_days.to || processing_days.to > 30 {
            let (en, ar) = ("expected from <= to <= 30", "يجب أن يكون from <= to <= 30");
            return Err(ConfigError::new("configuration.processing_days", en, ar));
        }
        if raw.accounts.len() > 20 {
            let (en, ar) = ("expected at most 20 accounts", "الحد الأقصى 20 حساباً");
            return Err(ConfigError::new("configuration.accounts", en, ar));
        }
        let mut accounts: Vec<BankAccount> = Vec::with_capacity(raw.accounts.len());
        for (index, account) in raw.accounts.into_iter().enumerate() {
            let account = read_account(account, index)?;
            if accounts.iter().any(|other| other.iban == account.iban) {
                let (en, ar) = ("this IBAN is listed twice", "رقم الآيبان هذا مكرر");
                return Err(ConfigError::new(format!("configuration.accounts[{index}].iban"), en, ar));
            }
            accounts.push(account);
        }
        Ok(Self { accounts, processing_days })
    }
}

fn read_account(raw: RawAccount, index: usize) -> Result<BankAccount, ConfigError> {
    let refuse = |name: &str, en: &str, ar: &str| {
        Err(ConfigError::new(format!("configuration.accounts[{index}].{name}"), en, ar))
    };
    let banks = "national_commercial, jumhouria, sahara, wahda";
    let Some(bank) = Bank::ALL.into_iter().find(|bank| bank.as_str() == raw.bank) else {
        return refuse("bank", &format!("expected one of {banks}"), &format!("المقبول أحد: {banks}"));
    };
    let Some(iban) = iban::read(&raw.iban) else {
        let en = "expected a Libyan IBAN: LY and 23 digits whose check digits fit";
        return refuse("iban", en, "يجب أن يكون آيبان ليبياً: LY و23 رقماً وبأرقام تحقق صحيحة");
    };
    let name = raw.name.trim();
    if name.is_empty() || name.chars().count() > 140 || name.chars().any(char::is_control) {
        return refuse("name", "expected 1 to 140 printable characters", "يجب أن يكون من 1 إلى 140 حرفاً مقروءاً");
    }
    Ok(BankAccount { bank, iban, name: name.to_owned() })
}

/// There is nothing to prove to anybody.
pub(super) fn no_credentials(credentials: &Value) -> Result<(), ConfigError> {
    match credentials {
        Value::Null => Ok(()),
        Value::Object(fields) if fields.is_empty() => Ok(()),
        _ => Err(ConfigError::new(
            "credentials",
            "a bank transfer has no credentials",
            "لا توجد بيانات اعتماد للتحويل المصرفي",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const IBAN: &str = "LY83002048000020100120361";

    fn one(bank: &str, iban: &str, name: &str) -> Value {
        json!({"accounts": [{"bank": bank, "iban": iban, "name": name}]})
    }

    #[test]
    fn four_banks_and_one_to_three_days() {
        for bank in Bank::ALL {
            let settings =
                Settings::read(one(bank.as_str(), "ly83 0020 4800 0020 1001 2036 1", " Shop ")).expect("settings");
            assert_eq!((settings.accounts[0].bank, settings.accounts[0].iban.as_str()), (bank, IBAN));
            assert_eq!(
                (settings.accounts[0].name.as_str(), settings.processing_days.to_string().as_str()),
                ("Shop", "1-3")
            );
        }
        let mut slow = one("wahda", IBAN, "Shop");
        slow["processing_days"] = json!({"from": 2, "to": 5});
        assert_eq!(Settings::read(slow).expect("settings").processing_days.to_string(), "2-5");
    }

    #[test]
    fn a_store_may_tell_its_customers_itself() {
        assert!(Settings::read(json!({})).expect("settings").accounts.is_empty());
    }

    #[test]
    fn each_field_is_named_when_it_is_wrong() {
        let field = |configuration| Settings::read(configuration).expect_err("a refusal").field;
        assert_eq!(field(one("commerce_development", IBAN, "Shop")), "configuration.accounts[0].bank");
        assert_eq!(field(one("wahda", "LY84002048000020100120361", "Shop")), "configuration.accounts[0].iban");
        assert_eq!(field(one("wahda", IBAN, " ")), "configuration.accounts[0].name");
        let many: Vec<Value> = (0..21).map(|_| json!({"bank": "wahda", "iban": IBAN, "name": "Shop"})).collect();
        assert_eq!(field(json!({"accounts": many})), "configuration.accounts");
        assert_eq!(field(Value::Null), "configuration");
        let account = json!({"bank": "wahda", "iban": IBAN, "name": "Shop"});
        assert_eq!(field(json!({"accounts": [account, account]})), "configuration.accounts[1].iban");
        assert_eq!(field(json!({"accounts": [account], "currency": "LYD"})), "configuration");
        let days = json!({"from": 3, "to": 1});
        assert_eq!(field(json!({"accounts": [account], "processing_days": days})), "configuration.processing_days");
    }
}
