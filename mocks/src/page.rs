//! The hosted page of a provider, in Arabic and English: a customer pays on it, is declined, or turns back.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{Outcome, form::Form};

const STYLE: &str = "body{font-family:sans-serif;max-width:26em;margin:4em auto;text-align:center}button{display:block;\
                     width:100%;margin:.6em 0;padding:.8em;font-size:1em}small{color:#666}";

/// What a customer is asked to pay.
pub(crate) struct Page<'a> {
    /// Whose page it is.
    pub(crate) title: &'a str,
    /// The gateway's reference on the wire.
    pub(crate) reference: &'a str,
    /// The amount as text.
    pub(crate) amount: &'a str,
    /// Its currency.
    pub(crate) currency: &'a str,
    /// Whether English stands first.
    pub(crate) english: bool,
}

impl Page<'_> {
    /// The page, with a form that is posted to its own address.
    pub(crate) fn show(&self) -> Response {
        let Self { title, reference, amount, currency, english } = self;
        let [title, reference, amount, currency] = [title, reference, amount, currency].map(|text| escape(text));
        let (language, direction) = if *english { ("en", "ltr") } else { ("ar", "rtl") };
        let both = |arabic: &str, in_english: &str| match english {
            true => format!("{in_english} · {arabic}"),
            false => format!("{arabic} · {in_english}"),
        };
        let button =
            |outcome: &str, label: &str| format!("<button name=\"outcome\" value=\"{outcome}\">{label}</button>");
        let buttons = [
            button("approved", &both("ادفع", "Pay")),
            button("declined", &both("ارفض كما يرفض المصرف", "Decline, as a bank would")),
            button("cancelled", &both("إلغاء", "Cancel")),
        ];
        let fake = both("صفحة تجريبية لا تحصّل مالاً", "A fake page that takes no money");
        html(
            StatusCode::OK,
            &format!(
                "<!DOCTYPE html><html lang=\"{language}\" dir=\"{direction}\"><head><meta charset=\"utf-8\"><meta \
                 name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>\
                 <h1>{title}</h1><p><strong>{amount} {currency}</strong></p><p><bdi>{reference}</bdi></p>\
                 <form method=\"post\">{}</form><small>{fake}</small></body></html>",
                buttons.concat()
            ),
        )
    }
}

/// What the customer chose on the page.
pub(crate) fn chosen(body: &[u8]) -> Option<Outcome> {
    match Form::read(body).ok()?.take("outcome")?.as_str() {
        "approved" => Some(Outcome::Approved),
        "declined" => Some(Outcome::Declined),
        "cancelled" => Some(Outcome::Cancelled),
        _ => None,
    }
}

/// Sends the browser on.
pub(crate) fn redirect(url: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url.to_owned())]).into_response()
}

/// Says that there is nothing to be paid here, or why not.
pub(crate) fn gone(reason: &str) -> Response {
    let reason = escape(reason);
    let body = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>404</title><style>{STYLE}</style></head><body>\
         <p>{reason}</p></body></html>"
    );
    html(StatusCode::NOT_FOUND, &body)
}

/// A URL with a further query.
pub(crate) fn with_query(url: &str, query: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{query}")
}

fn html(status: StatusCode, body: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_owned()).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{chosen, escape, with_query};
    use crate::Outcome;

    #[test]
    fn choices_are_read() {
        assert_eq!(chosen(b"outcome=approved"), Some(Outcome::Approved));
        assert_eq!(chosen(b"outcome=cancelled"), Some(Outcome::Cancelled));
        assert_eq!((chosen(b""), chosen(b"outcome=later")), (None, None));
    }

    #[test]
    fn queries_are_added() {
        assert_eq!(with_query("http://a/b", "c=1"), "http://a/b?c=1");
        assert_eq!(with_query("http://a/b?x=1", "c=1"), "http://a/b?x=1&c=1");
        assert_eq!(escape("<a b=\"c\">&"), "&lt;a b=&quot;c&quot;&gt;&amp;");
    }
}
