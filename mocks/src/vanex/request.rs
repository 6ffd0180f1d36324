//! Which operation a request is, its JSON, and the envelope of every answer.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Received, Refusal};

/// What a path asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    LogIn,
    Cities,
    Calculator,
    Create,
    List,
    Show(String),
    Logs(String),
    Delete(String),
    Recall(String),
    Collect,
    Tracking,
}

impl Route {
    /// The route of a request, and its name as an operation.
    pub(super) fn of(request: &Received) -> Option<(Self, &'static str)> {
        let parts: Vec<&str> = request.path.split('/').collect();
        let method = &request.parts.method;
        let is = |wanted: Method| *method == wanted;
        Some(match parts.as_slice() {
            ["authenticate"] if is(Method::POST) => (Self::LogIn, "authenticate"),
            ["city", "all"] if is(Method::GET) => (Self::Cities, "city/all"),
            ["delivery-calculator"] if is(Method::GET) => (Self::Calculator, "delivery-calculator"),
            ["customer", "package"] if is(Method::POST) => (Self::Create, "customer/package"),
            ["customer", "package"] if is(Method::GET) => (Self::List, "customer/package/list"),
            ["customer", "package", name] if is(Method::GET) => {
                (Self::Show((*name).to_owned()), "customer/package/show")
            }
            ["customer", "package", name, "logs"] if is(Method::GET) => {
                (Self::Logs((*name).to_owned()), "customer/package/logs")
            }
            ["customer", "package", name] if is(Method::DELETE) => {
                (Self::Delete((*name).to_owned()), "customer/package/delete")
            }
            ["customer", "package", name, "recall"] if is(Method::PUT) => {
                (Self::Recall((*name).to_owned()), "customer/package/recall")
            }
            ["customer", "collects"] if is(Method::POST) => (Self::Collect, "customer/collects"),
            ["tracking"] if is(Method::GET) => (Self::Tracking, "tracking"),
            _ => return None,
        })
    }
}

/// An answer with something in it.
pub(super) fn good(status: StatusCode, message: &str, data: Value) -> Answer {
    let body = json!({ "status_code": status.as_u16(), "message": message, "data": data, "errors": null });
    Answer::json(status, &body)
}

/// An answer that says no.
pub(super) fn bad(status: StatusCode, message: &str, errors: Value) -> Answer {
    let body = json!({ "status_code": status.as_u16(), "message": message, "data": null, "errors": errors });
    Answer::json(status, &body)
}

/// The refusal of a field: HTTP 422, as Laravel does it.
pub(super) fn invalid(field: &str, reason: &str) -> Refusal {
    let answer = bad(StatusCode::UNPROCESSABLE_ENTITY, "خطأ في البيانات المدخلة", json!({ field: [reason] }));
    Refusal::violation(format!("{field}: {reason}"), answer)
}

/// The refusal of whoever is not logged in. One whose token ran out has made no mistake.
pub(super) fn unauthenticated(had_token: bool) -> Refusal {
    let answer = bad(StatusCode::UNAUTHORIZED, "Unauthenticated.", Value::Null);
    if had_token { Refusal::decline(answer) } else { Refusal::violation("the token is not known", answer) }
}

/// The object of a body.
pub(super) fn object(request: &Received) -> Result<Map<String, Value>, Refusal> {
    if request.content_type() != "application/json" {
        return Err(invalid("content-type", "The body must be application/json."));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(invalid("body", "The body must be a JSON object.")),
    }
}

/// The fields of a body that are all text, each known.
pub(super) fn texts<const N: usize>(
    mut fields: Map<String, Value>,
    names: [&'static str; N],
) -> Result<[Option<String>; N], Refusal> {
    let mut found = [const { None }; N];
    for (place, name) in found.iter_mut().zip(names) {
        *place = match fields.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => return Err(invalid(name, "The field must be a string.")),
        };
    }
    match fields.into_iter().next() {
        Some((name, _)) => Err(invalid(&name, "The field is not known.")),
        None => Ok(found),
    }
}

/// The parameters of a query, each known.
pub(super) fn words<const N: usize>(
    request: &Received,
    names: [&'static str; N],
) -> Result<[Option<String>; N], Refusal> {
    let mut found = [const { None }; N];
    let query = request.parts.uri.query().unwrap_or_default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = names.iter().position(|known| *known == name);
        let place = place.ok_or_else(|| invalid(&name, "The parameter is not known."))?;
        found[place] = Some(value.into_owned());
    }
    Ok(found)
}

/// The numbers of a query, each known.
pub(super) fn numbers<const N: usize>(
    request: &Received,
    names: [&'static str; N],
) -> Result<[Option<u64>; N], Refusal> {
    let mut found = [None; N];
    for ((place, name), word) in found.iter_mut().zip(names).zip(words(request, names)?) {
        let number = word.map(|word| word.parse().map_err(|_| invalid(name, "The field must be a number.")));
        *place = number.transpose()?;
    }
    Ok(found)
}
