//! What providers and returning browsers send us. Public: the proof is in the message.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use kit::RawCallback;
use schemas::payment::PaymentStatus;
use schemas::{AccountId, Text};

use super::extract::{Path, has_nul, read_body};
use super::problem::Problem;
use super::request::address;
use super::router::Facade;
use crate::callbacks::CallbackOutcome;
use crate::payments::Returned;

/// Who sends callbacks: a provider of payments, or a carrier.
struct Sender {
    name: &'static str,
    carries: bool,
    /// Content type and body.
    answer: (&'static str, &'static str),
}

impl Sender {
    fn named(provider: &str) -> Option<Self> {
        let paid = payments_adapters::registry::card(provider);
        let paid = paid.map(|card| Self { name: card.name, carries: false, answer: card.callback_answer });
        paid.or_else(|| {
            let card = shipping_adapters::registry::card(provider)?;
            Some(Self { name: card.name, carries: true, answer: card.callback_answer })
        })
    }

    /// What it expects.
    fn expected(&self) -> Response {
        let (content_type, body) = self.answer;
        (StatusCode::OK, [(header::CONTENT_TYPE, content_type)], body).into_response()
    }
}

/// The largest callback.
const CALLBACK_LIMIT: usize = 64 * 1024;

/// Take a provider's callback
///
/// Its proof is checked and it is kept as it came. What it proves is taken in; otherwise the provider is asked, and the
/// callback is answered before that.
#[utoipa::path(method(get, post), path = "/v1/callbacks/{provider}", tag = "callbacks", params(("provider" = String, Path)),
    responses((status = 200, description = "What the provider expects"),
        (status = 401, description = "`unauthorized`: the proof does not fit", body = schemas::Problem),
        (status = 503, description = "`unavailable`: send it again", body = schemas::Problem)))]
pub async fn of_provider(
    State(facade): State<Facade>,
    Path(provider): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    take(&facade, &provider, None, request).await
}

/// Take a provider's callback for one account
#[utoipa::path(method(get, post), path = "/v1/callbacks/{provider}/{account}", tag = "callbacks",
    params(("provider" = String, Path), ("account" = AccountId, Path)),
    responses((status = 200, description = "What the provider expects")))]
pub async fn of_account(
    State(facade): State<Facade>,
    Path((provider, account)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let account = account.parse().map_err(|_| Problem::not_found())?;
    take(&facade, &provider, Some(account), request).await
}

async fn take(
    facade: &Facade,
    provider: &str,
    account: Option<AccountId>,
    request: Request,
) -> Result<Response, Problem> {
    let sender = Sender::named(provider).ok_or_else(Problem::not_found)?;
    let address = address(&request);
    let raw = raw(request).await?;
    let outcome = match has_nul(&raw.body) {
        true => CallbackOutcome::Malformed,
        false if sender.carries => facade.shipping.callback(sender.name, account, &raw).await?,
        false => facade.payments.callback(sender.name, account, &raw).await?,
    };
    count(sender.name, outcome);
    match outcome {
        // A provider that is told anything else would send an unknown one for ever.
        CallbackOutcome::Taken | CallbackOutcome::UnknownReference => Ok(sender.expected()),
        CallbackOutcome::Forged => Err(facade.auth.failed_proof(address)),
        CallbackOutcome::Malformed => Err(Problem::field("body", "the callback cannot be read", "لا يمكن قراءة الإشعار")),
    }
}

/// The page for a browser that has no shop to go on to.
#[derive(Template)]
#[template(path = "returned.html")]
struct ReturnedPage {
    text: Text,
}

/// How a payment stands, for its customer.
fn standing(status: PaymentStatus) -> Text {
    use PaymentStatus::{Cancelled, Declined, Expired, Paid};
    match status {
        Paid => Text::new("The payment has been made.", "تم الدفع بنجاح."),
        Declined | Cancelled | Expired => Text::new("The payment was not made.", "لم يتم الدفع."),
        _ => Text::new("The payment is being checked.", "يجري التحقق من الدفع."),
    }
}

/// A message as it came.
async fn raw(request: Request) -> Result<RawCallback, Problem> {
    let headers = request.headers().clone();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = read_body(request, CALLBACK_LIMIT).await?;
    Ok(RawCallback { headers, query, body })
}

fn count(provider: &'static str, outcome: CallbackOutcome) {
    let outcome = match outcome {
        CallbackOutcome::Taken => "taken",
        CallbackOutcome::UnknownReference => "unknown_reference",
        CallbackOutcome::Forged => "forged",
        CallbackOutcome::Malformed => "malformed",
    };
    metrics::counter!("jisr_callbacks_total", "provider" => provider, "outcome" => outcome).increment(1);
}

/// Take a browser back from a provider
///
/// The provider is asked, and the browser goes on to the payment's `return_url` with `payment_id` and `status`.
#[utoipa::path(method(get, post), path = "/v1/returns/{attempt_token}", tag = "callbacks", params(("attempt_token" = String, Path)),
    responses((status = 303, description = "On to the store"),
        (status = 200, description = "A page that says how it stands, where the store has named none of its own"), (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn returned(
    State(facade): State<Facade>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let raw = raw(request).await?;
    Ok(match facade.payments.returned(&token, &raw).await? {
        Returned::On(shop) => Redirect::to(&shop).into_response(),
        Returned::Here(status) => {
            Html(ReturnedPage { text: standing(status) }.render().unwrap_or_default()).into_response()
        }
    })
}
