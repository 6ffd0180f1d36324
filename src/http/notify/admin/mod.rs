//! The paths under `/admin/merchant-notify`, as the original answers them: `{code, msg, data}`, errors included.

pub mod figures;
pub mod language;
pub mod merchants;
pub mod queue;
pub mod repair;

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};

use crate::http::problem::Problem;
use language::{Language, Sentence};

/// What these paths begin with.
pub const PREFIX: &str = "/admin/merchant-notify/";

/// The largest problem there is.
const LARGEST: usize = 64 * 1024;

/// What these paths answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Answer<T> {
    /// The HTTP status.
    code: u16,
    /// A sentence, by Accept-Language.
    msg: String,
    data: T,
}

/// An error: the same without data.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Refusal {
    /// The HTTP status.
    code: u16,
    /// A sentence, by Accept-Language.
    msg: String,
    /// `null`.
    #[schema(value_type = Option<Object>)]
    data: (),
}

/// Something that went well.
fn answer<T>(language: Language, said: Sentence, data: T) -> Json<Answer<T>> {
    Json(Answer { code: StatusCode::OK.as_u16(), msg: said.of(language).to_owned(), data })
}

/// Around these paths: a problem has their shape, too.
pub async fn in_shape(request: Request, next: Next) -> Response {
    let language = Language::of(request.headers());
    let response = next.run(request).await;
    if response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let read = axum::body::to_bytes(body, LARGEST).await.ok();
    let problem = read.and_then(|bytes| serde_json::from_slice::<schemas::Problem>(&bytes).ok());
    let code = parts.status.as_u16();
    let msg = problem.map_or_else(|| parts.status.to_string(), |problem| language.tell(&problem));
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut shaped = Json(Refusal { code, msg, data: () }).into_response();
    *shaped.status_mut() = parts.status;
    shaped.headers_mut().extend(parts.headers);
    shaped
}

/// Which page of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// From 1.
    #[serde(default, deserialize_with = "filled")]
    page: Option<i64>,
    /// 1 to 100, 20 when absent.
    #[serde(default, deserialize_with = "filled")]
    limit: Option<i64>,
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    list: Vec<T>,
    /// In all.
    total: i64,
    page: i64,
    limit: i64,
}

/// Where a page begins, and how long it is.
#[derive(Debug, Clone, Copy)]
struct Place {
    page: i64,
    limit: i64,
}

impl Place {
    fn of(page: Option<i64>, limit: Option<i64>) -> Self {
        Self { page: page.unwrap_or(1).clamp(1, 1_000_000_000), limit: limit.unwrap_or(20).clamp(1, 100) }
    }

    fn offset(self) -> i64 {
        (self.page - 1) * self.limit
    }

    fn of_list<T>(self, list: Vec<T>, total: i64) -> Page<T> {
        Page { list, total, page: self.page, limit: self.limit }
    }
}

/// A parameter that a form sends empty is not there.
fn filled<'de, D: Deserializer<'de>, T: DeserializeOwned + std::str::FromStr>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty());
    text.map(|text| text.trim().parse().map_err(|_| D::Error::custom("invalid value"))).transpose()
}

/// The URL that a merchant is known by.
fn url(given: Option<String>) -> Result<String, Problem> {
    let (en, ar) = ("expected the merchant's URL", "المتوقع عنوان URL للتاجر");
    given.filter(|url| !url.trim().is_empty()).ok_or_else(|| Problem::field("notify_url", en, ar))
}

/// No merchant has this URL.
fn unknown(refusal: crate::refusal::Refusal) -> Problem {
    match refusal {
        crate::refusal::Refusal::NotFound => {
            let (en, ar) = ("nothing is sent to this URL", "لا يُرسل أي إشعار إلى هذا العنوان");
            Problem::not_found_at("notify_url", en, ar)
        }
        other => other.into(),
    }
}
