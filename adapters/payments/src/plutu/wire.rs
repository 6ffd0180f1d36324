//! What goes over the wire to Plutu: pure building of forms, and the calls that carry them.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use kit::{Account, Call, Destination, Error, HttpRequest, Kind, Outcome, Safety, Secrets};
use schemas::payment::Code;
use schemas::{Currency, Money, Phone};
use secrecy::ExposeSecret;
use url::{Url, form_urlencoded};

use super::config::{Keys, Settings};
use super::gateway::Gateway;
use super::{NAME, answer};
use crate::port::Order;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// With these Plutu answers in words of its own (SOURCE.md, "Answers"). 401 and 403 are about us, 5xx may have acted.
const ANSWERS: &[u16] = &[400, 404, 422];

/// Numbers, years of birth and addresses are people's. Our return address has a proof in it, and whoever has the page's is
/// its customer.
static SECRETS: Secrets = Secrets {
    headers: &[],
    query: &[],
    path: &[],
    body: &["mobile_number", "birth_year", "email", "customer_ip", "return_url", "redirect_url"],
};

/// Beside a confirmation's own code this hides the word of its refusal, which has the same name; its message stays.
static SECRETS_OF_CODES: Secrets =
    Secrets { headers: &[], query: &[], path: &[], body: &["code", "mobile_number", "customer_ip"] };

/// An account: what every call is made by.
pub(super) struct Sender<'a> {
    pub(super) account: Account,
    pub(super) destination: Destination,
    pub(super) settings: &'a Settings,
    pub(super) keys: &'a Keys,
}

impl Sender<'_> {
    /// Has a code sent, or a page made.
    pub(super) fn opening(&self, gateway: Gateway, order: &Order) -> Result<Call, Error> {
        let operation = gateway.opening();
        let fields = opening(gateway, order).ok_or_else(|| {
            Error::refused(Kind::Invalid, NAME, operation, "the customer's number must be one of a mobile telephone")
        })?;
        Ok(self.call(operation, &fields, order, &SECRETS, answer::opened))
    }

    /// Pays by a code.
    pub(super) fn confirmation(&self, operation: &'static str, order: &Order, process: &str, code: &Code) -> Call {
        let fields = confirmation(order, process, code);
        self.call(operation, &fields, order, &SECRETS_OF_CODES, answer::confirmed)
    }

    fn call(
        &self,
        operation: &'static str,
        fields: &[(&str, String)],
        order: &Order,
        secrets: &'static Secrets,
        outcome: Outcome,
    ) -> Call {
        Call {
            account: self.account,
            provider: NAME,
            operation,
            reference: Some(order.wire_reference.clone()),
            // Nothing over there knows a repeat: it sends another code, or refuses the invoice's number.
            safety: Safety::Once,
            secrets,
            answers: ANSWERS,
            outcome,
            explain: answer::explain,
            timeout: None,
            request: HttpRequest {
                method: Method::POST,
                url: self.url(operation),
                headers: self.headers(),
                body: form(fields).into(),
                destination: self.destination,
            },
        }
    }

    fn headers(&self) -> HeaderMap {
        let secret = |text: &str| {
            let mut value = HeaderValue::from_str(text).expect("what goes into a header was checked to fit");
            value.set_sensitive(true);
            value
        };
        let bearer = format!("Bearer {}", self.keys.access_token.expose_secret());
        let plain = HeaderValue::from_static;
        HeaderMap::from_iter([
            (header::CONTENT_TYPE, plain("application/x-www-form-urlencoded")),
            (header::ACCEPT, plain("application/json")),
            (API_KEY, secret(self.keys.api_key.expose_secret())),
            (header::AUTHORIZATION, secret(&bearer)),
        ])
    }

    /// Below the base URL's own path, which a proxy or a mock may have.
    fn url(&self, operation: &str) -> Url {
        let mut url = self.settings.base_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("transaction").extend(operation.split('/'));
        }
        url
    }
}

/// `None` where the customer's number is none that a message could reach.
fn opening(gateway: Gateway, order: &Order) -> Option<Vec<(&'static str, String)>> {
    let mobile = || order.customer.phone.as_ref().and_then(national);
    let year = || order.customer.birth_year.map(|year| year.to_string());
    let (amount, invoice) = (amount(order.amount), order.wire_reference.clone());
    let mut fields = match gateway {
        Gateway::Sadad => {
            return Some(vec![("mobile_number", mobile()?), ("birth_year", year()?), ("amount", amount)]);
        }
        Gateway::Edfali => return Some(vec![("mobile_number", mobile()?), ("amount", amount)]),
        Gateway::LocalBankCards | Gateway::Mpgs => vec![("amount", amount), ("invoice_no", invoice)],
        Gateway::Tlync => {
            let mut fields = vec![("mobile_number", mobile()?)];
            let email = order.customer.email.as_deref().filter(|email| !email.trim().is_empty());
            fields.extend(email.map(|email| ("email", email.to_owned())));
            fields.extend([("amount", amount), ("invoice_no", invoice), ("callback_url", order.callback_url.clone())]);
            fields
        }
    };
    fields.push(("return_url", order.return_url.clone()));
    fields.extend(address(order));
    fields.push(("lang", language(gateway).to_owned()));
    Some(fields)
}

fn confirmation(order: &Order, process: &str, code: &Code) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("process_id", process.to_owned()),
        ("code", code.digits().to_owned()),
        ("amount", amount(order.amount)),
        ("invoice_no", order.wire_reference.clone()),
    ];
    fields.extend(address(order));
    fields
}

fn address(order: &Order) -> Option<(&'static str, String)> {
    order.customer_address.map(|address| ("customer_ip", address.to_string()))
}

/// Of the page: cards that pay in dollars are paid with from abroad.
const fn language(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::Mpgs => "en",
        _ => "ar",
    }
}

fn form(fields: &[(&str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// `09` and eight digits; `None` for a fixed line.
fn national(phone: &Phone) -> Option<String> {
    let digits = phone.e164().strip_prefix("+218").filter(|digits| digits.starts_with('9'))?;
    Some(format!("0{digits}"))
}

/// With two decimals. The step of every route sees to it that there is nothing to round.
fn amount(money: Money) -> String {
    let text = money.to_string();
    match money.currency {
        Currency::Lyd => text.strip_suffix('0').map(str::to_owned).unwrap_or(text),
        Currency::Usd | Currency::Eur => text,
    }
}

#[cfg(test)]
mod tests;
