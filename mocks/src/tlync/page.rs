//! The page where a person pays or declines, in Arabic and English.

use std::sync::Arc;

use axum::{
    http::{Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::{
    PAYMENT_METHODS, customer,
    receipt::written,
    stores::{Payment, Status},
};
use crate::{Outcome, Pay, exchange::Received, form::Form, shared::Shared, xml::escape};

/// Where pages are, below the provider's path.
pub(super) const FOLDER: &str = "pay/";

/// Serves the page, and takes what is chosen on it.
pub(super) fn serve(shared: &Arc<Shared>, request: &Received) -> Option<Response> {
    let token = request.path.strip_prefix(FOLDER)?;
    let payment = shared.tlync.lock().any(|payment| payment.page == token).cloned();
    let Some(payment) = payment else { return Some(told(StatusCode::NOT_FOUND, NOT_FOUND)) };
    if request.parts.method != Method::POST {
        return Some(match payment.status {
            Status::Open => Html(page(&payment)).into_response(),
            Status::Paid(_) => told(StatusCode::OK, PAID),
        });
    }
    Some(match choose(shared, &payment, &request.body) {
        Ok(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        Err(reason) => told(StatusCode::CONFLICT, &format!("<p dir=\"ltr\">{}</p>", escape(&reason))),
    })
}

const NOT_FOUND: &str = "<p>لا توجد عملية دفع بهذا العنوان.</p><p lang=\"en\" dir=\"ltr\">There is no such payment.</p>";
const PAID: &str = "<p>تم الدفع.</p><p lang=\"en\" dir=\"ltr\">This is paid.</p>";
const STYLE: &str = "body{font-family:system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;line-height:1.6}\
                     form,main{border:1px solid #bbb;border-radius:.5rem;padding:1rem}select,button{font:inherit;width:100%;\
                     padding:.6rem;margin-top:.6rem}strong{font-size:1.6rem}";

fn choose(shared: &Arc<Shared>, payment: &Payment, body: &[u8]) -> Result<String, String> {
    let mut form = Form::read(body)?;
    let outcome = match form.take("outcome").as_deref() {
        Some("approved") => Outcome::Approved,
        Some("declined") => Outcome::Declined,
        Some("cancelled") => Outcome::Cancelled,
        _ => return Err("outcome is one of approved, declined, cancelled".to_owned()),
    };
    let method = form.take("payment_method");
    let act = Pay {
        provider: super::NAME.to_owned(),
        reference: payment.asked.custom_ref.clone(),
        outcome,
        amount: None,
        terminal: Some(payment.store_id.clone()),
        parameters: method.map(|method| serde_json::json!({ "payment_method": method })),
        notify: None,
    };
    customer::pay(shared, &act).map(|result| result.return_url.unwrap_or_default())
}

fn page(payment: &Payment) -> String {
    let options: String = PAYMENT_METHODS.iter().map(|name| format!("<option>{name}</option>")).collect();
    let button = |outcome: &str, arabic: &str, english: &str| {
        format!("<button name=\"outcome\" value=\"{outcome}\">{arabic} · <span lang=\"en\">{english}</span></button>")
    };
    let body = format!(
        "<form method=\"post\"><p><strong dir=\"ltr\">{} LYD</strong></p><p>المرجع · <span lang=\"en\">Reference</span>: \
         <bdi>{}</bdi></p><label>وسيلة الدفع · <span lang=\"en\">Means of payment</span><select name=\"payment_method\">\
         {options}</select></label>{}{}{}</form>",
        written(payment.asked.dirham),
        escape(&payment.asked.custom_ref),
        button("approved", "ادفع", "Pay"),
        button("declined", "مرفوضة من المصرف", "Declined by the bank"),
        button("cancelled", "إلغاء", "Turn back"),
    );
    document(&body)
}

fn told(status: StatusCode, text: &str) -> Response {
    (status, Html(document(&format!("<main>{text}</main>")))).into_response()
}

fn document(body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"ar\" dir=\"rtl\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>T-Lync (mock)</title><style>{STYLE}</style></head><body><h1>الدفع · \
         <span lang=\"en\">Payment</span></h1>{body}<p><small>محاكاة، لا مال حقيقي · <span lang=\"en\">A mock: no real \
         money</span></small></p></body></html>"
    )
}
