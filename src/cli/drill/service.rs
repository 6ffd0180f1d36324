//! The services that have a fallback, and what a shop asks of each.

use std::time::Duration;

use serde_json::{Value, json};

use crate::config::Config;

/// A service, as a drill needs to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// Its name.
    pub(super) name: &'static str,
    /// What a customer chooses it for; none for carriers.
    brand: Option<&'static str>,
    /// The code that its customers enter, where they enter one.
    pub(super) code: Option<&'static str>,
    /// The operation that moves money or books a parcel, as its mock calls it; none where only the customer's own act does.
    pub(super) acts: Option<&'static str>,
    /// Whether it carries parcels.
    pub(super) carries: bool,
}

const fn wallet(name: &'static str, brand: &'static str, code: &'static str, acts: &'static str) -> Service {
    Service { name, brand: Some(brand), code: Some(code), acts: Some(acts), carries: false }
}

const fn page(name: &'static str, brand: Option<&'static str>) -> Service {
    Service { name, brand, code: None, acts: None, carries: false }
}

const fn carrier(name: &'static str, acts: &'static str) -> Service {
    Service { name, brand: None, code: None, acts: Some(acts), carries: true }
}

/// Every service that something stands in for.
const SERVICES: [Service; 13] = [
    page("moamalat", None),
    wallet("sadad", "sadad", "111111", "Pay"),
    wallet("edfali", "edfali", "1111", "OnlineConfTrans"),
    page("tlync", Some("tadawul")),
    wallet("plutu", "sadad", "111111", "sadadapi_confirm"),
    wallet("mobicash", "mobicash", "111111", "confirm_payment"),
    wallet("almadar_pay", "almadar_pay", "111111", "confirm_payment"),
    wallet("libyana_pay", "libyana_pay", "111111", "confirm_payment"),
    page("onepay", Some("onepay")),
    carrier("amyal", "create_shipment"),
    carrier("darb_assabil", "localShipments.create"),
    carrier("vanex", "customer/package"),
    carrier("wingsly", "create_shipment"),
];

/// Those that the settings name a fallback for.
pub(super) fn with_fallback(config: &Config) -> Vec<Service> {
    let stood_in = |name| config.payments.fallbacks.contains_key(name) || config.shipping.fallbacks.contains_key(name);
    SERVICES.into_iter().filter(|service| stood_in(service.name)).collect()
}

impl Service {
    /// Between two customers. T-Lync lets itself be called thirty times a minute.
    pub(super) fn pace(&self) -> Duration {
        Duration::from_millis(if self.name == "tlync" { 4_000 } else { 200 })
    }

    /// Where its requests go.
    pub(super) fn path(&self) -> &'static str {
        if self.carries { "/v1/shipments" } else { "/v1/payments" }
    }

    /// Who serves what was answered.
    pub(super) fn server(&self, answer: &Value) -> String {
        answer[if self.carries { "carrier" } else { "provider" }].as_str().unwrap_or_default().to_owned()
    }

    /// What a shop asks. The number is the customer's.
    pub(super) fn request(&self, reference: &str, number: u32) -> Value {
        if self.carries {
            return json!({
                "reference": reference, "carrier": self.name, "fallback": "auto",
                "origin": {"name": "متجر النور", "phone": "0921112233", "city": "طرابلس", "area": "حي الأندلس", "street": "شارع قرقارش"},
                "destination": {"name": "سالم الورفلي", "phone": "0912345678", "city": "بنغازي", "area": "الصابري"},
                "parcels": [{"weight_kg": "2.5", "length_cm": "30", "width_cm": "20", "height_cm": "10"}],
            });
        }
        // Numbers of the operator that the wallet serves; the last digits are the customer's.
        let prefix = match self.name {
            "edfali" | "libyana_pay" => "092",
            "plutu" => "093",
            _ => "091",
        };
        let phone = format!("{prefix}{:07}", 1_000_000 + number % 8_000_000);
        let mut request = json!({
            "reference": reference, "amount": "12.500", "currency": "LYD", "fallback": "auto", "provider": self.name,
            "method": if self.brand.is_some() { "wallet" } else { "card" },
            "customer": {"phone": phone, "birth_year": 1987},
        });
        if let Some(brand) = self.brand {
            request["brand"] = json!(brand);
        }
        request
    }
}
