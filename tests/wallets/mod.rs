//! Wallets, each by its real wire against its own strict mock: whatever becomes of a call, a customer is charged once at most.

mod codes;
mod killed;
mod limits;
mod lost;
mod pages;
mod refunds;
mod routes;

use jisr::db::attempts::Attempt;
use serde_json::{Value, json};

use crate::harness::{Answer, Backend, Gateway};

/// A wallet with one-time codes, as its tests need it.
#[derive(Debug, Clone, Copy)]
pub struct Wallet {
    /// Who serves it.
    pub provider: &'static str,
    /// What the customer chooses.
    pub brand: &'static str,
    /// A number that it serves, but for the last two digits.
    pub phone: &'static str,
    /// The code that its mock sends.
    pub code: &'static str,
    /// The operation that opens, and the one that confirms.
    pub opens: &'static str,
    pub confirms: &'static str,
    /// Whether it can be asked afterwards.
    pub asks: bool,
}

/// Every wallet with one-time codes.
pub const WALLETS: [Wallet; 7] = [
    Wallet {
        provider: "sadad",
        brand: "sadad",
        phone: "0911234",
        code: "111111",
        opens: "Validate",
        confirms: "Pay",
        asks: true,
    },
    Wallet {
        provider: "edfali",
        brand: "edfali",
        phone: "0921234",
        code: "1111",
        opens: "DoPTrans",
        confirms: "OnlineConfTrans",
        asks: false,
    },
    Wallet {
        provider: "plutu",
        brand: "sadad",
        phone: "0931234",
        code: "111111",
        opens: "sadadapi_verify",
        confirms: "sadadapi_confirm",
        asks: false,
    },
    Wallet {
        provider: "plutu",
        brand: "edfali",
        phone: "0941234",
        code: "1111",
        opens: "edfali_verify",
        confirms: "edfali_confirm",
        asks: false,
    },
    Wallet {
        provider: "mobicash",
        brand: "mobicash",
        phone: "0951234",
        code: "111111",
        opens: "create_payment",
        confirms: "confirm_payment",
        asks: true,
    },
    Wallet {
        provider: "almadar_pay",
        brand: "almadar_pay",
        phone: "0911235",
        code: "111111",
        opens: "create_payment",
        confirms: "confirm_payment",
        asks: true,
    },
    Wallet {
        provider: "libyana_pay",
        brand: "libyana_pay",
        phone: "0921235",
        code: "111111",
        opens: "create_payment",
        confirms: "confirm_payment",
        asks: true,
    },
];

/// A gateway that gives unclear outcomes up to a person soon, and lets every test have as many codes as it wants.
pub async fn start(backend: Backend) -> Gateway {
    start_with(backend, &[]).await
}

/// The same with settings of the test's own.
pub async fn start_with(backend: Backend, own: &[(&str, &str)]) -> Gateway {
    let mut settings = vec![
        ("JISR_PAYMENTS__REVIEW_AFTER_MS", "3000"),
        ("JISR_PAYMENTS__ANSWER_MS", "9000"),
        ("JISR_PAYMENTS__CODE_GAP_MS", "0"),
        ("JISR_PAYMENTS__CODES_PER_PHONE__BURST", "1000"),
        ("JISR_PAYMENTS__GUESSES_PER_PHONE__BURST", "1000"),
        ("JISR_POLICY__DEFAULT__BREAKER_FAILURES", "1000"),
        ("JISR_POLICY__DEFAULT__TIMEOUT_MS", "2000"),
        ("JISR_POLICY__DEFAULT__DEADLINE_MS", "4000"),
        ("JISR_POLICY__PLUTU__TIMEOUT_MS", "2000"),
        ("JISR_POLICY__PLUTU__DEADLINE_MS", "4000"),
        ("JISR_POLICY__DEFAULT__RETRIES", "0"),
    ];
    settings.extend(own);
    Gateway::start_with_all(backend, &settings).await
}

/// A payment of a wallet that waits for a code.
pub struct Opened {
    pub id: String,
    /// What the provider knows the attempt by.
    pub wire: String,
    pub answer: Answer,
}

impl Wallet {
    /// What a store sends to have 12.500 LYD paid by this wallet, through this provider alone.
    pub fn request(&self, reference: &str) -> Value {
        json!({
            "reference": reference, "amount": "12.500", "currency": "LYD", "method": "wallet", "brand": self.brand,
            "provider": self.provider, "customer": {"phone": format!("{}567", self.phone), "birth_year": 1987},
        })
    }

    /// A payment that waits for its customer's code.
    pub async fn open(&self, gateway: &Gateway, reference: &str) -> Opened {
        let answer = gateway.client.post("/v1/payments", self.request(reference)).await;
        assert_eq!((answer.status, answer.at("/next_action/type")), (201, "otp".to_owned()), "{self:?}: {answer:?}");
        assert_eq!(answer.text("status"), "requires_action", "{answer:?}");
        let id = answer.text("id");
        Opened { wire: known_by(gateway, &id).await, id, answer }
    }

    /// How often the provider has taken money under a reference.
    pub fn charges(&self, gateway: &Gateway, wire: &str) -> usize {
        gateway.mocks.charges(Some(self.provider)).iter().filter(|charge| charge.reference == wire).count()
    }

    /// How often an operation reached the provider.
    pub fn received(&self, gateway: &Gateway, operation: &str) -> usize {
        let entries = gateway.mocks.journal(Some(self.provider));
        entries
            .iter()
            .filter(|entry| entry.operation == operation && entry.direction == mocks::Direction::Received)
            .count()
    }

    /// Queues a fault of one of its operations.
    pub fn fault(&self, gateway: &Gateway, operation: &str, kind: mocks::FaultKind) {
        let delay_ms = (kind == mocks::FaultKind::Delay).then_some(3_000);
        gateway.mocks.fault(mocks::Fault { delay_ms, ..mocks::Fault::new(self.provider, kind).on(operation) });
    }
}

/// Enters a code.
pub async fn confirm(gateway: &Gateway, id: &str, code: &str) -> Answer {
    gateway.client.post(&format!("/v1/payments/{id}/confirm"), json!({"otp": code})).await
}

/// The wire reference of a payment's current attempt.
pub async fn wire(gateway: &Gateway, id: &str) -> String {
    attempt(gateway, id).await.wire_reference
}

async fn attempt(gateway: &Gateway, id: &str) -> Attempt {
    let id = id.parse().expect("an id");
    let attempts = jisr::db::attempts::list(&gateway.facade.db, id).await.expect("the attempts can be read");
    attempts.last().expect("an attempt").clone()
}

/// What the provider knows a payment's current attempt by: Edfali's wire carries no reference of ours.
pub async fn known_by(gateway: &Gateway, id: &str) -> String {
    let attempt = attempt(gateway, id).await;
    if attempt.provider == "edfali" { attempt.session.expect("a session") } else { attempt.wire_reference }
}

/// No call that a correct gateway does not make.
pub fn assert_clean(gateway: &Gateway) {
    assert!(gateway.mocks.violations().is_empty(), "{:#?}", gateway.mocks.violations());
}

impl Gateway {
    /// The path that a browser comes back to from an attempt's page: it stands in what the provider was told.
    pub async fn return_path(&self, id: &str) -> String {
        let wire = wire(self, id).await;
        let entries = self.mocks.journal(None);
        let entry = entries.iter().rev().find(|entry| String::from_utf8_lossy(&entry.body).contains(&wire));
        let body = String::from_utf8_lossy(&entry.expect("the opening").body).into_owned();
        let pairs = url::form_urlencoded::parse(body.as_bytes()).into_owned();
        let url = pairs.into_iter().find(|(name, _)| name == "return_url").expect("a return URL").1;
        url::Url::parse(&url).expect("an address").path().to_owned()
    }
}
