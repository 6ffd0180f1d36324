//! What goes over the wire to Moamalat: pure building of requests, and the two calls that carry them.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kit::{Account, Call, Destination, Outcome, Request, Safety, Secrets};
use schemas::Money;
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::config::Settings;
use super::sign::Key;
use super::{NAME, answer};
use crate::port::Question;

/// How far the provider's clock may stand from ours.
pub(super) const SLACK: SignedDuration = SignedDuration::from_mins(10);

/// Hash, card and customer: none of it belongs into a log.
static SECRETS: Secrets = Secrets {
    headers: &[],
    query: &[],
    path: &[],
    body: &[
        "SecureHash",
        "CardNo",
        "SenderName",
        "ReceiverName",
        "ReceiverAccountNumber",
        "MobileNumber",
        "CustomerMobile",
        "CustomerEmail",
        "MerchantCustomerId",
        "PayerAccount",
        "PayerName",
        "Token",
        "SID",
        "Email",
    ],
};

static TRIPOLI: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Africa/Tripoli").expect("the bundled time zones have Africa/Tripoli"));

/// A time in the provider's zone, in `strftime`'s terms.
pub(super) fn local(time: Timestamp, format: &str) -> String {
    time.to_zoned(TRIPOLI.clone()).strftime(format).to_string()
}

/// The provider's wall clock at a time.
pub(super) fn civil(time: Timestamp) -> jiff::civil::DateTime {
    time.to_zoned(TRIPOLI.clone()).datetime()
}

/// A moment by the provider's wall clock.
pub(super) fn instant(time: jiff::civil::DateTime) -> Option<Timestamp> {
    time.to_zoned(TRIPOLI.clone()).ok().map(|time| time.timestamp())
}

/// The days that questions are asked for.
pub(super) struct Span {
    /// Nothing that was asked for is older, by the provider's clock.
    pub(super) oldest: Timestamp,
    /// Now.
    pub(super) newest: Timestamp,
}

impl Span {
    /// One day of the provider's calendar.
    pub(super) fn of_day(day: jiff::civil::Date) -> Option<Self> {
        let noon = day.at(12, 0, 0, 0).to_zoned(TRIPOLI.clone()).ok()?.timestamp();
        Some(Self { oldest: noon, newest: noon })
    }

    /// From the earliest question, less the slack, to now; `None` where nothing is asked.
    pub(super) fn of(questions: &[Question], now: Timestamp) -> Option<Self> {
        let earliest = questions.iter().map(|question| question.opened_at).min()?;
        let oldest = earliest.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
        Some(Self { oldest, newest: now.max(earliest) })
    }
}

/// One page of FilterTransactions. Every value is text, as in the documentation's example.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Filter<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_reference: Option<&'a str>,
    terminal_id: &'a str,
    merchant_id: &'a str,
    display_length: String,
    display_start: String,
    date_time_local_trxn: &'a str,
    date_from: String,
    date_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_col: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_dir: Option<&'static str>,
    secure_hash: String,
}

/// RefundTransaction by the sale's own number.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Refund<'a> {
    terminal_id: &'a str,
    merchant_id: &'a str,
    date_time_local_trxn: &'a str,
    secure_hash: String,
    amount_trxn: String,
    system_reference: &'a str,
}

/// A terminal with its key: what every request is built and signed by.
pub(super) struct Terminal<'a> {
    pub(super) settings: &'a Settings,
    pub(super) key: &'a Key,
}

impl Terminal<'_> {
    /// What `Lightbox.Checkout.configure` takes.
    pub(super) fn lightbox(&self, reference: &str, amount: Money, opened_at: Timestamp) -> Map<String, Value> {
        let (amount, time) = (amount.minor, local(opened_at, "%Y%m%d%H%M"));
        let hash = self.key.sign(&[
            ("Amount", &amount.to_string()),
            ("DateTimeLocalTrxn", &time),
            ("MerchantId", &self.settings.merchant_id),
            ("MerchantReference", reference),
            ("TerminalId", &self.settings.terminal_id),
        ]);
        let parameters = json!({
            "MID": self.settings.merchant_id,
            "TID": self.settings.terminal_id,
            "AmountTrxn": amount,
            "MerchantReference": reference,
            "TrxDateTime": time,
            "SecureHash": hash,
        });
        match parameters {
            Value::Object(map) => map,
            _ => unreachable!("the literal above is an object"),
        }
    }

    /// One page: of one reference, or of everything in the span, newest first.
    pub(super) fn filter(&self, span: &Span, reference: Option<&str>, start: usize, second: Timestamp) -> Vec<u8> {
        let time = local(second, "%y%m%d%H%M%S");
        // The name of the column is assumed, so it is sent only where the order saves pages (SOURCE.md, "Paging").
        let ranged = reference.is_none();
        encode(&Filter {
            merchant_reference: reference,
            terminal_id: &self.settings.terminal_id,
            merchant_id: &self.settings.merchant_id,
            display_length: self.settings.display_length.to_string(),
            display_start: start.to_string(),
            date_time_local_trxn: &time,
            date_from: local(span.oldest, "%Y%m%d"),
            date_to: local(span.newest, "%Y%m%d"),
            sort_col: ranged.then_some("TxnDateTime"),
            sort_dir: ranged.then_some("desc"),
            secure_hash: self.hash(&time),
        })
    }

    /// A refund of part or all of a sale; requests carry dirham whatever unit answers have.
    pub(super) fn refund(&self, transaction: &str, amount: Money, second: Timestamp) -> Vec<u8> {
        let time = local(second, "%y%m%d%H%M%S");
        encode(&Refund {
            terminal_id: &self.settings.terminal_id,
            merchant_id: &self.settings.merchant_id,
            date_time_local_trxn: &time,
            secure_hash: self.hash(&time),
            amount_trxn: amount.minor.to_string(),
            system_reference: transaction,
        })
    }

    fn hash(&self, time: &str) -> String {
        self.key.sign(&[
            ("DateTimeLocalTrxn", time),
            ("MerchantId", &self.settings.merchant_id),
            ("TerminalId", &self.settings.terminal_id),
        ])
    }
}

fn encode(request: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(request).expect("texts always encode")
}

/// The operations of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    FilterTransactions,
    RefundTransaction,
}

impl Operation {
    /// The provider's own word.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::FilterTransactions => "FilterTransactions",
            Self::RefundTransaction => "RefundTransaction",
        }
    }

    /// The call.
    ///
    /// The transport repeats a `Read` with the same bytes, and so with the same DateTimeLocalTrxn, which the provider
    /// refuses once it has seen it. The policy of this provider therefore has `retries = 0`, and whoever asked asks
    /// again: the next question draws a second of its own.
    pub(super) fn call(self, account: Account, base: &Url, destination: Destination, body: Vec<u8>) -> Call {
        let (safety, outcome): (Safety, Outcome) = match self {
            Self::FilterTransactions => (Safety::Read, answer::filter_outcome),
            Self::RefundTransaction => (Safety::Once, answer::refund_outcome),
        };
        Call {
            account,
            provider: NAME,
            operation: self.name(),
            reference: None,
            safety,
            secrets: &SECRETS,
            outcome,
            explain: kit::no_explanation,
            answers: &[],
            timeout: None,
            request: Request::post_json(self.url(base), destination, body),
        }
    }

    /// Below the base URL's own path, which a proxy or a mock may have.
    fn url(self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["cube", "paylink.svc", "api", self.name()]);
        }
        url
    }
}

#[cfg(test)]
mod tests;
