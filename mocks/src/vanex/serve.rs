//! The HTTP side: who calls, what is asked, and what it does.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Account, NAME, OPERATIONS, Vanex, book, callback,
    depot::Package,
    places,
    request::{self, Route},
};
use crate::{
    Parcel, Ship,
    exchange::{Answer, Ask, Provider, Received, Refusal, Work},
    shared::Shared,
};

impl Provider for Vanex {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn ask(&self, shared: &Arc<Shared>, request: &Received) -> Ask {
        let Some((route, operation)) = Route::of(request) else {
            let answer = request::bad(StatusCode::NOT_FOUND, "عنوان الصفحة خاطئ", Value::Null);
            return Ask::unknown(Refusal::violation("there is no such operation", answer));
        };
        if route == Route::LogIn {
            return log_in(request);
        }
        if route == Route::Tracking {
            return Ask::of(operation, None, Vanex::whereabouts(request));
        }
        let token = request.bearer().unwrap_or_default();
        let state = shared.vanex.lock();
        let (account, had_token) = (state.by_token(token).cloned(), state.has_ended(token));
        drop(state);
        match account {
            None => Ask::of(operation, None, Err(request::unauthenticated(had_token))),
            Some(account) => {
                let email = account.email.clone();
                Ask::of(operation, Some(&email), read(route, account, request))
            }
        }
    }

    fn error_in_200(&self, _operation: &str, _path: &str) -> Answer {
        let body = json!({ "status_code": 500, "message": "حدث خطأ في النظام", "data": null, "errors": {} });
        Answer::json(StatusCode::OK, &body)
    }

    fn out_of_order(&self, status: StatusCode) -> Answer {
        request::bad(status, status.canonical_reason().unwrap_or("Unknown"), Value::Null)
    }

    fn sends_callbacks(&self) -> bool {
        true
    }

    fn environment(&self, base: &str) -> Vec<(String, String)> {
        super::environment(base)
    }

    fn add_account(&self, shared: &Shared, fields: Value) -> Result<(), String> {
        let account: Account = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        shared.vanex.add(account)
    }

    fn happen(&self, shared: &Arc<Shared>, act: &Ship) -> Result<Parcel, String> {
        callback::happen(shared, act)
    }

    fn parcels(&self, shared: &Shared) -> Vec<Parcel> {
        shared.vanex.lock().packages.iter().map(Package::shown).collect()
    }
}

/// A log-in: counted wherever the answer goes, so it belongs to the work.
fn log_in(request: &Received) -> Ask {
    let read = || -> Result<Work, Refusal> {
        let fields = request::texts(request::object(request)?, ["email", "password", "device_token"])?;
        let [Some(email), Some(password), _] = fields else {
            return Err(request::invalid("email", "The field is required."));
        };
        Ok(Box::new(move |shared: &Arc<Shared>| Vanex::log_in(shared, &email, &password)))
    };
    Ask::of("authenticate", None, read())
}

/// Reads what is asked; nothing acts before the work.
fn read(route: Route, account: Account, request: &Received) -> Result<Work, Refusal> {
    Ok(match route {
        Route::LogIn | Route::Tracking | Route::Cities => {
            Box::new(|_| Ok(request::good(StatusCode::OK, "تمت العملية بنجاح", places::all())))
        }
        Route::Calculator => {
            let answer = Vanex::price(request)?;
            Box::new(move |_| Ok(answer))
        }
        Route::List => {
            let page = request::numbers(request, ["per_page", "page"])?;
            Box::new(move |shared| Ok(Vanex::list(shared, &account, page)))
        }
        Route::Show(name) => Box::new(move |shared| Vanex::show(shared, &account, &name)),
        Route::Logs(name) => Box::new(move |shared| Vanex::log(shared, &account, &name)),
        Route::Create => {
            let asked = book::package(request::object(request)?)?;
            Box::new(move |shared| Ok(Vanex::create(shared, &account, asked)))
        }
        Route::Delete(name) => Box::new(move |shared| Vanex::delete(shared, &account, &name)),
        Route::Recall(name) => {
            let [reason] = request::texts(request::object(request)?, ["reason"])?;
            let reason = reason.ok_or_else(|| request::invalid("reason", "The field is required."))?;
            Box::new(move |shared| Vanex::recall(shared, &account, &name, reason))
        }
        Route::Collect => {
            let body = book::collected(request::object(request)?)?;
            Box::new(move |shared| Ok(Vanex::collect(shared, body)))
        }
    })
}
