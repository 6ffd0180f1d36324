//! What goes over the wire to Vanex: pure building of calls, with the API's own misspellings.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use kit::{Account, Call, Destination, Outcome, Parts, Request, Safety, Secrets, form, no_explanation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use super::config::{Folder, Settings};
use super::{NAME, answer};

/// Operations, as the log names them.
pub(super) const LOG_IN: &str = "authenticate";
pub(super) const CITIES: &str = "city/all";
pub(super) const CALCULATOR: &str = "delivery-calculator";
pub(super) const CREATE: &str = "customer/package";
pub(super) const LIST: &str = "customer/package/list";
pub(super) const SHOW: &str = "customer/package/show";
pub(super) const LOGS: &str = "customer/package/logs";
pub(super) const CANCEL: &str = "customer/package/delete";
pub(super) const RECALL: &str = "customer/package/recall";
pub(super) const COLLECT: &str = "customer/collects";
pub(super) const TRACKING: &str = "tracking";
pub(super) const FILES: &str = "ftp/list";
pub(super) const FILE: &str = "ftp/retr";

const PACKAGES: &str = "customer/package";

/// People's names, numbers and addresses, and what opens the account.
static SECRETS: Secrets = Secrets {
    headers: &[],
    query: &[],
    path: &[],
    body: &[
        "email",
        "password",
        "access_token",
        "user",
        "reciever",
        "receiver_name",
        "phone",
        "phone_b",
        "phone_2",
        "address",
        "map",
        "notes",
        "avatar",
    ],
};

/// An account: what every call is made by.
pub(super) struct Sender<'a> {
    account: Account,
    destination: Destination,
    settings: &'a Settings,
}

/// How an acting call is described, beside its path and body.
pub(super) struct Act<'a> {
    pub(super) operation: &'static str,
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) body: Option<String>,
    pub(super) reference: &'a str,
}

impl<'a> Sender<'a> {
    pub(super) fn new(parts: &Parts, settings: &'a Settings) -> Self {
        Self { account: parts.account, destination: parts.destination, settings }
    }

    pub(super) fn log_in(&self) -> Call {
        let (email, password) = (self.settings.email.expose_secret(), self.settings.password.expose_secret());
        let body = json!({ "email": email, "password": password }).to_string();
        let request = Request::post_json(self.url("authenticate"), self.destination, body);
        Call { safety: Safety::Counted, ..self.call(LOG_IN, request, answer::judge) }
    }

    pub(super) fn cities(&self, token: &SecretString) -> Call {
        self.call(CITIES, self.get(self.url("city/all"), token), answer::judge)
    }

    /// What it costs from a region to a city, for the largest extent in whole centimetres: length, width, height.
    pub(super) fn price(&self, token: &SecretString, region: u32, city: &str, size: [i64; 3]) -> Call {
        let mut url = self.url("delivery-calculator");
        let [length, width, height] = size.map(|centimetres| centimetres.to_string());
        url.query_pairs_mut().extend_pairs([
            ("region", region.to_string().as_str()),
            ("destination", city),
            ("height", &height),
            ("leangh", &length),
            ("width", &width),
        ]);
        self.call(CALCULATOR, self.get(url, token), answer::judge)
    }

    /// A page of all packages.
    pub(super) fn packages(&self, token: &SecretString, reference: &str, page: u32, most: u32) -> Call {
        let mut url = self.url(PACKAGES);
        let (most, page) = (most.to_string(), page.to_string());
        url.query_pairs_mut().extend_pairs([("per_page", &most), ("page", &page)]);
        let call = self.call(LIST, self.get(url, token), answer::judge);
        Call { reference: Some(reference.to_owned()), ..call }
    }

    pub(super) fn logs(&self, token: &SecretString, number: &str, reference: &str) -> Call {
        self.about(token, LOGS, &format!("{PACKAGES}/{}/logs", segment(number)), reference)
    }

    pub(super) fn show(&self, token: &SecretString, number: &str, reference: &str) -> Call {
        self.about(token, SHOW, &format!("{PACKAGES}/{}", segment(number)), reference)
    }

    /// What anybody may know of a package. No credential is sent, and no log-in is used up.
    pub(super) fn whereabouts(&self, number: &str) -> Call {
        let mut url = self.url(TRACKING);
        url.query_pairs_mut().append_pair("code", number);
        let mut request = Request::get(url, self.destination);
        request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let call = self.call(TRACKING, request, answer::is_told);
        // How it says that there is none is not known: any of these will do, in JSON (SOURCE.md, "The probe").
        Call { answers: &[400, 404, 422], ..call }
    }

    /// A question about one package: that there is none is an answer, in JSON and with HTTP 404.
    fn about(&self, token: &SecretString, operation: &'static str, path: &str, reference: &str) -> Call {
        let call = self.call(operation, self.get(self.url(path), token), answer::judge_or_gone);
        Call { answers: &[404], reference: Some(reference.to_owned()), ..call }
    }

    /// What changes something over there.
    pub(super) fn act(&self, token: &SecretString, act: Act<'_>) -> Call {
        let mut request = Request {
            method: act.method,
            body: act.body.map_or_else(Bytes::new, Bytes::from),
            ..self.get(self.url(act.path), token)
        };
        if !request.body.is_empty() {
            request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let call = self.call(act.operation, request, answer::judge);
        Call { safety: Safety::Once, reference: Some(act.reference.to_owned()), ..call }
    }

    /// The files of the folder, or one of them.
    pub(super) fn drop(&self, folder: &Folder, name: Option<&str>) -> Call {
        let pair = format!("{}:{}", folder.user.expose_secret(), folder.password.expose_secret());
        let basic = SecretString::from(format!("Basic {}", STANDARD.encode(pair)));
        let (operation, method) = if name.is_some() { (FILE, "RETR") } else { (FILES, "LIST") };
        let request = Request {
            method: Method::from_bytes(method.as_bytes()).expect("letters are a method"),
            url: name.map_or_else(|| folder.url.clone(), |name| form::below(&folder.url, name)),
            headers: HeaderMap::from_iter([(header::AUTHORIZATION, form::secret(&basic))]),
            body: Bytes::new(),
            destination: self.destination,
        };
        Call { explain: no_explanation, ..self.call(operation, request, |_| Ok(())) }
    }

    fn url(&self, path: &str) -> Url {
        form::below(&self.settings.base_url, path)
    }

    fn get(&self, url: Url, token: &SecretString) -> Request {
        let mut request = Request::get(url, self.destination);
        request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request.headers.insert(header::AUTHORIZATION, bearer(token));
        request
    }

    fn call(&self, operation: &'static str, request: Request, outcome: Outcome) -> Call {
        Call {
            account: self.account,
            provider: NAME,
            operation,
            reference: None,
            safety: Safety::Read,
            secrets: &SECRETS,
            answers: &[],
            outcome,
            explain: answer::explain,
            timeout: None,
            request,
        }
    }
}

/// A number or an id as it stands in a path: without slashes, and never so empty that the path means all packages.
fn segment(text: &str) -> String {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || "-_".contains(*letter);
    let kept: String = text.chars().filter(plain).collect();
    if kept.is_empty() { "-".to_owned() } else { kept }
}

/// The path of a package that is to be changed.
pub(super) fn package(id: &str, act: &str) -> String {
    format!("{PACKAGES}/{}{act}", segment(id))
}

fn bearer(token: &SecretString) -> HeaderValue {
    form::secret(&SecretString::from(format!("Bearer {}", token.expose_secret())))
}

/// Whether a call bears this very token.
pub(super) fn bears(call: &Call, token: &SecretString) -> bool {
    call.request.headers.get(header::AUTHORIZATION) == Some(&bearer(token))
}

#[cfg(test)]
mod tests;
