//! The documentation: OpenAPI 3.1 made from the code, and a page made from that.

use std::collections::BTreeMap;

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::Html;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, RefOr};

use super::access::Access;
use super::extract::Path;
use super::problem::{CODES, Code, Problem};
use super::router::Facade;

/// The document and its page, made once.
pub struct Document {
    openapi: OpenApi,
    page: String,
}

impl Document {
    /// Renders the page of a document.
    pub fn new(openapi: OpenApi) -> Self {
        let page = Page { groups: groups(&openapi), codes: CODES }.render();
        let page = page.unwrap_or_else(|error| format!("the page cannot be rendered: {error}"));
        Self { openapi, page }
    }
}

/// The document before its paths.
pub fn skeleton() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Jisr")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("One API in front of Libya's payment, shipping, messaging and other services."))
        .build();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("jsk_test_… or jsk_live_…").build();
    let components = ComponentsBuilder::new().security_scheme("key", SecurityScheme::Http(bearer)).build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// Says at every operation what it asks for.
pub fn complete(document: &mut OpenApi, access: &BTreeMap<(String, String), Access>) {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let Some(access) = access.get(&(path.clone(), method.to_owned())) else { continue };
            let note = format!("Needs: {access}.");
            operation.description = Some(match &operation.description {
                Some(text) => format!("{text}\n\n{note}"),
                None => note,
            });
            if let Access::Scope(scope) | Access::KeyOrToken(scope) | Access::Platform(scope) = access {
                operation.security = Some(vec![SecurityRequirement::new("key", [*scope])]);
            }
            if *access == Access::Key {
                operation.security = Some(vec![SecurityRequirement::new("key", [""; 0])]);
            }
            operation.operation_id = Some(operation_id(method, path));
        }
    }
}

fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(['/', '-', '.']).filter(|word| !word.is_empty() && *word != "v1");
    std::iter::once(method.to_lowercase())
        .chain(words.map(|word| word.trim_matches(['{', '}']).to_owned()))
        .collect::<Vec<_>>()
        .join("_")
}

fn operations(item: &mut utoipa::openapi::PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", item.get.as_mut()),
        ("POST", item.post.as_mut()),
        ("PUT", item.put.as_mut()),
        ("PATCH", item.patch.as_mut()),
        ("DELETE", item.delete.as_mut()),
        ("OPTIONS", item.options.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
}

#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    groups: Vec<Group>,
    codes: &'static [&'static Code],
}

struct Group {
    name: String,
    operations: Vec<Shown>,
}

struct Shown {
    method: &'static str,
    path: String,
    id: String,
    summary: String,
    description: String,
    parameters: Vec<(String, String, String)>,
    body: Option<String>,
    responses: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    code: &'static Code,
}

/// The groups in the order that a reader wants them; one that is not named comes last.
const ORDER: &[&str] =
    &["payments", "refunds", "settlements", "checkout", "callbacks", "calendar", "stores", "operations"];

fn groups(document: &OpenApi) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let schemas = document.components.as_ref().map(|components| &components.schemas);
    for (path, item) in &document.paths.paths {
        let mut item = item.clone();
        for (method, operation) in operations(&mut item) {
            if method == "OPTIONS" {
                continue;
            }
            let tag = operation.tags.as_ref().and_then(|tags| tags.first().cloned()).unwrap_or_default();
            let shown = shown(method, path, operation, |name| {
                let schema = schemas.and_then(|schemas| schemas.get(name))?;
                serde_json::to_string_pretty(schema).ok()
            });
            match groups.iter_mut().find(|group| group.name == tag) {
                Some(group) => group.operations.push(shown),
                None => groups.push(Group { name: tag, operations: vec![shown] }),
            }
        }
    }
    groups.sort_by_key(|group| ORDER.iter().position(|name| *name == group.name).unwrap_or(ORDER.len()));
    groups
}

fn shown(method: &'static str, path: &str, operation: &Operation, schema: impl Fn(&str) -> Option<String>) -> Shown {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| {
        let RefOr::T(parameter) = parameter else { return None };
        let place =
            serde_json::to_value(&parameter.parameter_in).ok().and_then(|value| value.as_str().map(str::to_owned));
        Some((parameter.name.clone(), place.unwrap_or_default(), parameter.description.clone().unwrap_or_default()))
    });
    let responses = operation.responses.responses.iter().map(|(status, response)| {
        let text = if let RefOr::T(response) = response { response.description.clone() } else { String::new() };
        (status.clone(), text)
    });
    let body = operation.request_body.as_ref().and_then(|body| {
        let content = serde_json::to_value(body).ok()?;
        let reference = content.pointer("/content/application~1json/schema/$ref")?.as_str()?;
        schema(reference.rsplit('/').next()?)
    });
    Shown {
        method,
        path: path.to_owned(),
        id: operation_id(method, path),
        summary: operation.summary.clone().unwrap_or_default(),
        description: operation.description.clone().unwrap_or_default(),
        parameters: parameters.collect(),
        body,
        responses: responses.collect(),
    }
}

/// The document
#[utoipa::path(get, path = "/openapi.json", tag = "operations", responses((status = 200, description = "OpenAPI 3.1")))]
pub async fn openapi(State(facade): State<Facade>) -> Json<OpenApi> {
    Json(facade.document.openapi.clone())
}

/// The page
#[utoipa::path(get, path = "/docs", tag = "operations", responses((status = 200, description = "HTML")))]
pub async fn page(State(facade): State<Facade>) -> Html<String> {
    Html(facade.document.page.clone())
}

/// What a problem's code means
#[utoipa::path(get, path = "/docs/problems/{code}", tag = "operations", params(("code" = String, Path)),
    responses((status = 200, description = "HTML, in English and Arabic")))]
pub async fn problem(Path(name): Path<String>) -> Result<Html<String>, Problem> {
    let code = CODES.iter().copied().find(|code| code.code == name).ok_or_else(Problem::not_found)?;
    ProblemPage { code }.render().map(Html).map_err(|error| Problem::internal(&error))
}
