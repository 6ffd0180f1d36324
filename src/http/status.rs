//! The public status page, in Arabic and English, and badges: how the platform's own services do, and nothing else of them.

use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use schemas::Text;
use schemas::health::Verdict;
use serde::Deserialize;

use super::extract::{Path, Query};
use super::problem::Problem;
use super::router::Facade;
use crate::health::PublicStatus;

/// In which language.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatusQuery {
    /// `ar` or `en`; without it the browser's own, else Arabic.
    lang: Option<String>,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    lang: &'static str,
    arabic: bool,
    status: &'a PublicStatus,
}

impl StatusPage<'_> {
    fn say<'t>(&self, text: &'t Text) -> &'t str {
        if self.arabic { &text.ar } else { &text.en }
    }

    /// One of two texts of the page itself.
    fn pick(&self, en: &'static str, ar: &'static str) -> &'static str {
        if self.arabic { ar } else { en }
    }

    fn percent(&self, share: &f64) -> String {
        // 99.999 is not 100.
        format!("{:.2} %", (share * 10_000.0).floor() / 100.0)
    }
}

/// How services do, for everybody
#[utoipa::path(get, path = "/status", tag = "operations", params(StatusQuery),
    responses((status = 200, description = "A page; it is a few seconds old at the most", body = String)))]
pub async fn page(
    State(facade): State<Facade>,
    Query(query): Query<StatusQuery>,
    headers: HeaderMap,
) -> Result<Html<String>, Problem> {
    let status = facade.health.public_status().await?;
    let accepted = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let arabic = match query.lang.as_deref() {
        Some("en") => false,
        Some(_) => true,
        None => !accepted().trim_start().starts_with("en"),
    };
    let page = StatusPage { lang: if arabic { "ar" } else { "en" }, arabic, status: &status };
    Ok(Html(page.render().map_err(|error| Problem::internal(&error))?))
}

#[derive(Template)]
#[template(path = "badge.svg", escape = "html")]
struct Badge<'a> {
    name: &'a str,
    word: &'static str,
    colour: &'static str,
    left: usize,
    right: usize,
}

/// A badge of a service
#[utoipa::path(get, path = "/badge/{name}", tag = "operations",
    params(("name" = String, Path, description = "The service's name, with or without `.svg`")),
    responses((status = 200, description = "SVG", body = String), (status = 404, description = "`not_found`", body = schemas::Problem)))]
pub async fn badge(State(facade): State<Facade>, Path(name): Path<String>) -> Result<Response, Problem> {
    let name = name.strip_suffix(".svg").unwrap_or(&name);
    let status = facade.health.public_status().await?;
    let service = status.services.iter().find(|service| service.name == name).ok_or_else(Problem::not_found)?;
    let (word, colour) = match service.verdict {
        _ if service.maintenance => ("maintenance", "#5b7083"),
        Verdict::Healthy => ("up", "#1a7f37"),
        Verdict::Degraded => ("degraded", "#9a6700"),
        Verdict::Unhealthy => ("down", "#cf222e"),
        Verdict::Unknown => ("unknown", "#6e7781"),
    };
    let badge = Badge { name, word, colour, left: 7 * name.len() + 14, right: 7 * word.len() + 14 };
    let svg = badge.render().map_err(|error| Problem::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=30")];
    Ok((StatusCode::OK, headers, svg).into_response())
}
