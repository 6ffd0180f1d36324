//! Reads a request, strictly: who sends it, what it asks, what is in it. Writes the refusals.

use axum::http::{HeaderName, Method, StatusCode};
use serde_json::json;

use super::{Account, Contract, book::Wallet, sign};
use crate::{
    clock::clock,
    exchange::{Answer, Received, Refusal},
};

/// What a request asks.
pub(super) enum Operation {
    CreatePayment,
    ConfirmPayment(String),
    ResendCode(String),
    FindPayments,
    ListTransactions,
    InquireBill,
    CreateService,
    FindServices,
}

impl Operation {
    /// The operation of a method and a path.
    pub(super) fn of(contract: Contract, request: &Received) -> Option<Self> {
        let is_post = request.parts.method == Method::POST;
        if !is_post && request.parts.method != Method::GET {
            return None;
        }
        let segments: Vec<&str> = request.path.split('/').collect();
        Some(match (is_post, segments.as_slice()) {
            (true, ["v1", "payments"]) => Self::CreatePayment,
            (true, ["v1", "payments", id, "confirm"]) => Self::ConfirmPayment((*id).to_owned()),
            (true, ["v1", "payments", id, "resend"]) => Self::ResendCode((*id).to_owned()),
            (false, ["v1", "payments"]) => Self::FindPayments,
            (false, ["v1", "transactions"]) => Self::ListTransactions,
            (true, ["v1", "bills", "inquire"]) if contract.services => Self::InquireBill,
            (true, ["v1", "services"]) if contract.services => Self::CreateService,
            (false, ["v1", "services"]) if contract.services => Self::FindServices,
            _ => return None,
        })
    }

    /// Its name in faults and the journal.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::CreatePayment => "create_payment",
            Self::ConfirmPayment(_) => "confirm_payment",
            Self::ResendCode(_) => "resend_code",
            Self::FindPayments => "find_payments",
            Self::ListTransactions => "list_transactions",
            Self::InquireBill => "inquire_bill",
            Self::CreateService => "create_service",
            Self::FindServices => "find_services",
        }
    }
}

/// The account that sent a request, if its key, its time and its signature are right.
pub(super) fn sender(wallet: &Wallet, request: &Received) -> Result<Account, Refusal> {
    signed(request, |key| wallet.account(key).cloned(), |account| &account.secret_key)
}

/// The account of a request's key, if its time and its signature are right.
pub(crate) fn signed<A>(
    request: &Received,
    account: impl FnOnce(&str) -> Option<A>,
    secret: impl FnOnce(&A) -> &str,
) -> Result<A, Refusal> {
    let refuse = |reason: &str| Err(misuse(401, "unauthorized", reason));
    let Some(account) = request.bearer().and_then(account) else {
        return refuse("Authorization is missing, or the key is wrong");
    };
    let header = |name: &'static str| request.header(HeaderName::from_static(name));
    let time = header("x-timestamp");
    let Ok(seconds) = time.parse::<i64>() else { return refuse("X-Timestamp is missing, or no number of seconds") };
    let target = request.parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let expected = sign::request(secret(&account), time, request.parts.method.as_str(), target, &request.body);
    if header("x-signature") != expected {
        return refuse("X-Signature is missing or wrong");
    }
    if (clock().as_second() - seconds).abs() > sign::TOLERANCE {
        return refuse("X-Timestamp is more than 300 seconds off");
    }
    Ok(account)
}

/// Whether a text is of digits, this many.
pub(crate) fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A request that is not as the contract lists it.
pub(crate) fn invalid(reason: &str) -> Refusal {
    misuse(400, "invalid_request", reason)
}

/// A mistake of the caller.
pub(crate) fn misuse(status: u16, code: &str, reason: &str) -> Refusal {
    Refusal::violation(reason, error(status, code, reason))
}

/// A refusal of which the caller need not be ashamed.
pub(crate) fn decline(status: u16, code: &str, message: &str) -> Refusal {
    Refusal::decline(error(status, code, message))
}

/// The body of every refusal.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer::json(status, &json!({ "error": { "code": code, "message": message } }))
}
