//! What a call does: booking, showing, giving up, recalling, fetching.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    Account, Vanex,
    create::{self, Asked},
    depot::{Line, LogIn, Package},
    places, request, show,
};
use crate::{
    clock::second,
    exchange::{Answer, Received, Refusal, Work},
    shared::Shared,
};

/// Where a package still can be given up.
const BEFORE_SHIPPING: [&str; 3] = ["store_new", "pending", "accepted_by_store"];
/// Where nothing can be done with it any more.
const OVER: [&str; 8] =
    ["completed", "complete", "delivered", "store_return", "store_canceled", "cancelled", "canceled", "recalled"];
/// More than this is not shown at once.
const MOST_A_PAGE: u64 = 100;

type Done = Result<Answer, Refusal>;

fn ok(data: Value) -> Answer {
    request::good(StatusCode::OK, "تمت العملية بنجاح", data)
}

fn gone() -> Refusal {
    // To ask for what never arrived is no mistake.
    Refusal::decline(request::bad(StatusCode::NOT_FOUND, "الطرد غير موجود", Value::Null))
}

impl Vanex {
    /// Logs in. The body was read before, the failure is counted here.
    pub(super) fn log_in(shared: &Shared, email: &str, password: &str) -> Done {
        let secret = shared.chance.below(u64::MAX);
        match shared.vanex.lock().log_in(email, password, secret) {
            LogIn::In(token) => {
                let body = json!({
                    "status_code": 200,
                    "message": "تم تسجيل الدخول",
                    "access_token": token,
                    "token_type": "Bearer",
                    "user": { "email": email, "type": 1 },
                });
                Ok(Answer::json(StatusCode::OK, &body))
            }
            LogIn::Wrong => {
                let words = "الرجاء التحقق من البريد الإلكتروني أو رقم الهاتف أو كلمة السر";
                let body = json!({ "status_code": 401, "errors": { "email": [words] }, "resend_otp_code": false });
                Err(Refusal::decline(Answer::json(StatusCode::UNAUTHORIZED, &body)))
            }
            LogIn::Locked => {
                let answer = request::bad(StatusCode::FORBIDDEN, "تم قفل الحساب", Value::Null);
                Err(Refusal::violation("the account is locked: it was logged in to wrongly five times", answer))
            }
        }
    }

    /// The price of a way, by extents alone.
    pub(super) fn price(request: &Received) -> Done {
        let names = ["region", "destination", "height", "leangh", "width"];
        let found = request::numbers(request, names)?;
        let number =
            |index: usize| found[index].ok_or_else(|| request::invalid(names[index], "The field is required."));
        let (region, city) = (number(0)?, number(1)?);
        let size = [number(3)?, number(4)?, number(2)?];
        let city =
            places::city(city).ok_or_else(|| request::invalid("destination", "The selected value is invalid."))?;
        let between = if region == city.region { 0 } else { 5 };
        Ok(ok(json!({
            "base_price": city.price,
            "region_price": between,
            "total_price": city.price + between + show::surcharge(size),
            "currency": "LYD",
            "delivery_time": "2-3 أيام عمل",
        })))
    }

    /// A page of an account's packages, the newest first.
    pub(super) fn list(shared: &Shared, account: &Account, [per_page, page]: [Option<u64>; 2]) -> Answer {
        let per_page = per_page.unwrap_or(10).clamp(1, MOST_A_PAGE);
        let page = page.unwrap_or(1).max(1);
        let state = shared.vanex.lock();
        let own: Vec<&Package> = state.packages.iter().rev().filter(|package| package.email == account.email).collect();
        let total = own.len() as u64;
        let skipped = usize::try_from((page - 1) * per_page).unwrap_or(usize::MAX);
        let most = usize::try_from(per_page).unwrap_or(usize::MAX);
        let shown = own.into_iter().skip(skipped).take(most).map(|package| show::details(package, account));
        ok(json!({
            "data": shown.collect::<Vec<_>>(),
            "current_page": page,
            "last_page": total.div_ceil(per_page).max(1),
            "per_page": per_page,
            "total": total,
        }))
    }

    /// A package in full.
    pub(super) fn show(shared: &Shared, account: &Account, name: &str) -> Done {
        let mut state = shared.vanex.lock();
        let package = state.package(&account.email, name).ok_or_else(gone)?;
        Ok(ok(show::details(package, account)))
    }

    /// Its log.
    pub(super) fn log(shared: &Shared, account: &Account, name: &str) -> Done {
        let mut state = shared.vanex.lock();
        let package = state.package(&account.email, name).ok_or_else(gone)?;
        Ok(request::good(StatusCode::OK, "تم استرداد سجل الطرد بنجاح", show::log(package)))
    }

    /// What anybody may know of a package by its code, without a log-in.
    pub(super) fn whereabouts(request: &Received) -> Result<Work, Refusal> {
        if request.bearer().is_some() {
            return Err(request::invalid("authorization", "A token was sent where nobody asks for one."));
        }
        let [code] = request::words(request, ["code"])?;
        let code = code.ok_or_else(|| request::invalid("code", "The field is required."))?;
        Ok(Box::new(move |shared: &Arc<Shared>| {
            let state = shared.vanex.lock();
            let package = state.packages.iter().find(|package| package.code == code).ok_or_else(gone)?;
            Ok(request::good(StatusCode::OK, "تم استرداد سجل الطرد بنجاح", show::whereabouts(package)))
        }))
    }

    /// Books. Two packages of one reference are two packages.
    pub(super) fn create(shared: &Shared, account: &Account, asked: Asked) -> Answer {
        let mut state = shared.vanex.lock();
        let number = state.packages.len() as u64;
        let code = places::city(asked.city).map_or("XXX", |city| city.code);
        let package = Package {
            email: account.email.clone(),
            id: 2_942_850 + number,
            code: format!("H-{}-{code}-{}", account.company, 5_885_703 + number),
            asked,
            log: vec![Line { status: "store_new".to_owned(), at: second(), note: None }],
            collected: None,
        };
        let answer = request::good(StatusCode::CREATED, "تم إضافة الشحنة بنجاح", show::created(&package));
        state.packages.push(package);
        answer
    }

    /// Gives a package up.
    pub(super) fn delete(shared: &Shared, account: &Account, name: &str) -> Done {
        let mut state = shared.vanex.lock();
        let package = state.package(&account.email, name).ok_or_else(gone)?;
        if !BEFORE_SHIPPING.contains(&package.status()) {
            let words = "لا يمكن إلغاء الطرد بعد الشحن";
            return Err(Refusal::decline(request::bad(StatusCode::BAD_REQUEST, words, Value::Null)));
        }
        let now = second();
        package.note("store_canceled", now, None);
        let data = json!({ "cancelled": true, "cancelled_at": now.to_string() });
        Ok(request::good(StatusCode::OK, "تم إلغاء الطرد بنجاح", data))
    }

    /// Has a package brought back.
    pub(super) fn recall(shared: &Shared, account: &Account, name: &str, reason: String) -> Done {
        let mut state = shared.vanex.lock();
        let package = state.package(&account.email, name).ok_or_else(gone)?;
        if OVER.contains(&package.status()) {
            let answer = request::bad(StatusCode::BAD_REQUEST, "لا يمكن استرداد الطرد", Value::Null);
            return Err(Refusal::decline(answer));
        }
        package.note("recalled", second(), Some(reason));
        Ok(ok(json!({ "recalled": true })))
    }

    /// Orders a collect.
    pub(super) fn collect(shared: &Arc<Shared>, body: Value) -> Answer {
        let mut state = shared.vanex.lock();
        state.collects.push(body);
        let id = 71_000 + state.collects.len();
        request::good(StatusCode::CREATED, "تمت العملية بنجاح", json!({ "id": id, "status": 1 }))
    }
}

/// Reads a new package.
pub(super) fn package(body: Map<String, Value>) -> Result<Asked, Refusal> {
    create::read(body).map_err(|(field, reason)| request::invalid(&field, reason))
}

/// Reads the order of a collect.
pub(super) fn collected(mut body: Map<String, Value>) -> Result<Value, Refusal> {
    let whole = Value::Object(body.clone());
    let wrong = |name: &str, reason: &str| Err(request::invalid(name, reason));
    if body.remove("num_pkg").and_then(|number| number.as_u64()).is_none_or(|number| number == 0) {
        return wrong("num_pkg", "The field must be a number.");
    }
    let known = ["sett", "returns_request", "ready", "packaging", "has_products"];
    let services = body.remove("services");
    let services = services.as_ref().and_then(Value::as_object);
    if !services.is_some_and(|all| all.iter().all(|(name, on)| known.contains(&name.as_str()) && on.is_boolean())) {
        return wrong("services", "The field must be an object.");
    }
    let names = ["phone", "phone_2", "address", "map", "notes"];
    let [phone, _, address, ..] = request::texts(body, names)?;
    if phone.is_none_or(|phone| phone.is_empty()) || address.is_none_or(|address| address.is_empty()) {
        return wrong("phone", "The field is required.");
    }
    Ok(whole)
}
