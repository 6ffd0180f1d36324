//! The route table: every path with what it asks for. Documentation, authorization and tests are made from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use kit::Ambient;
use kit::wire::Certificates;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use super::access::Access::{self, ClientSecret, Key, Platform, Public, Scope};
use super::auth::Auth;
use super::problem::Problem;
use super::request::{self, Ready};
use super::{
    calendar, callbacks, cod, docs, feed, health, notify, operations, payments, refunds, services, settlements,
    shipping, status, stores, stream,
};
use crate::accounts::Accounts;
use crate::alerts::Alerts;
use crate::calendar::Announcements;
use crate::db::Db;
use crate::db::log_writer::LogWriter;
use crate::health::Health;
use crate::notify::Notify;
use crate::payments::Payments;
use crate::remittances::Remittances;
use crate::routing::Book;
use crate::services::WalletServices;
use crate::settlement::Settlements;
use crate::shipping::Shipping;
use crate::vault::Vault;

/// What handlers reach. Every layer of a request clones it, so a clone is one pointer.
#[derive(Clone)]
pub struct Facade(Arc<Areas>);

impl Facade {
    /// Over these areas.
    pub fn new(areas: Areas) -> Self {
        Self(Arc::new(areas))
    }
}

impl std::ops::Deref for Facade {
    type Target = Areas;

    fn deref(&self) -> &Areas {
        &self.0
    }
}

/// The areas, and what the edge itself needs.
pub struct Areas {
    /// Payments.
    pub payments: Payments,
    /// Settlements with providers and banks.
    pub settlements: Settlements,
    /// Bills, top-ups and transfers.
    pub services: WalletServices,
    /// Carriers.
    pub shipping: Shipping,
    /// Cash that carriers collect.
    pub remittances: Remittances,
    /// Notifications to merchants.
    pub notify: Notify,
    /// What operators are told.
    pub alerts: Alerts,
    /// How services do.
    pub health: Health,
    /// Open days, holidays, and what is announced of them.
    pub calendar: Announcements,
    /// The rules of routing.
    pub book: Book,
    /// Accounts with providers.
    pub accounts: Accounts,
    /// Keys and paces.
    pub auth: Auth,
    /// The database, for reading models.
    pub db: Db,
    /// Secrets.
    pub vault: Vault,
    /// Time and randomness.
    pub ambient: Ambient,
    /// The log of calls.
    pub logs: Arc<LogWriter>,
    /// What is measured.
    pub metrics: PrometheusHandle,
    /// Whether requests are taken.
    pub ready: Ready,
    /// Streams of events that are open.
    pub streams: stream::Streams,
    /// `/openapi.json` and the page made from it.
    pub document: docs::Document,
    /// Until when the certificates are valid that providers have shown.
    pub certificates: Certificates,
}

/// One line of the route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET`, …
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// What it asks for.
    pub access: Access,
}

type Line = (Access, UtoipaMethodRouter<Facade>);

/// The table. A path that is in here is documented, guarded and tested; there is no other way in.
fn table() -> Vec<Line> {
    const READ: Access = Scope("payments:read");
    const WRITE: Access = Scope("payments:write");
    const CARRIED: Access = Scope("shipping:read");
    const CARRY: Access = Scope("shipping:write");
    const ADMIN: Access = Scope("admin");
    const REPORTS: Access = Scope("reports:read");
    const TELL: Access = Scope("notify:write");
    const TOLD: Access = Scope("notify:read");
    const MERCHANTS: Access = Scope("notify:admin");
    vec![
        (WRITE, routes!(payments::create::create)),
        (READ, routes!(payments::read::list)),
        (READ, routes!(payments::read::read)),
        (READ, routes!(payments::read::events)),
        (WRITE, routes!(payments::change::switch)),
        (WRITE, routes!(payments::change::cancel)),
        (WRITE, routes!(payments::change::sync)),
        (WRITE, routes!(payments::change::confirm)),
        (WRITE, routes!(payments::change::resend_otp)),
        (ADMIN, routes!(payments::change::settle)),
        (ClientSecret, routes!(payments::public::read)),
        (ClientSecret, routes!(payments::public::result)),
        (Public, routes!(payments::public::preflight_read)),
        (Public, routes!(payments::public::preflight_result)),
        (READ, routes!(payments::methods::list)),
        (WRITE, routes!(refunds::create)),
        (READ, routes!(refunds::list)),
        (READ, routes!(refunds::read)),
        (ADMIN, routes!(refunds::settle)),
        (READ, routes!(services::inquire)),
        (WRITE, routes!(services::pay_bill)),
        (WRITE, routes!(services::top_up)),
        (WRITE, routes!(services::transfer)),
        (READ, routes!(services::resource::list)),
        (READ, routes!(services::resource::read)),
        (WRITE, routes!(services::resource::sync)),
        (ADMIN, routes!(services::resource::settle)),
        (CARRIED, routes!(shipping::rates)),
        (CARRY, routes!(shipping::shipments::create)),
        (CARRIED, routes!(shipping::shipments::list)),
        (CARRIED, routes!(shipping::shipments::read)),
        (CARRIED, routes!(shipping::shipments::events)),
        (ADMIN, routes!(shipping::shipments::settle)),
        (CARRY, routes!(shipping::changes::cancel)),
        (CARRY, routes!(shipping::changes::send_back)),
        (CARRIED, routes!(shipping::papers::label)),
        (CARRIED, routes!(shipping::papers::manifest)),
        (CARRY, routes!(shipping::pickups::order)),
        (CARRIED, routes!(shipping::pickups::list)),
        (CARRIED, routes!(shipping::pickups::read)),
        (ADMIN, routes!(shipping::pickups::settle)),
        (CARRIED, routes!(cod::read::list)),
        (CARRY, routes!(cod::change::submit)),
        (CARRIED, routes!(cod::read::read)),
        (CARRIED, routes!(cod::read::lines)),
        (CARRIED, routes!(cod::read::owed)),
        (ADMIN, routes!(cod::read::original)),
        (ADMIN, routes!(cod::change::resolve)),
        (REPORTS, routes!(settlements::read::list)),
        (REPORTS, routes!(settlements::read::read)),
        (REPORTS, routes!(settlements::read::lines)),
        (REPORTS, routes!(settlements::files::lines)),
        (ADMIN, routes!(settlements::files::original)),
        (ADMIN, routes!(settlements::change::resolve)),
        (ADMIN, routes!(settlements::change::statement)),
        (REPORTS, routes!(settlements::payouts::payouts)),
        (REPORTS, routes!(operations::reports::integrations)),
        (Key, routes!(calendar::read)),
        (Platform("admin"), routes!(calendar::announce, calendar::withdraw)),
        (Public, routes!(callbacks::of_provider)),
        (Public, routes!(callbacks::of_account)),
        (Public, routes!(callbacks::returned)),
        (Platform("admin"), routes!(stores::create)),
        (ADMIN, routes!(stores::read)),
        (ADMIN, routes!(stores::accounts::read)),
        (ADMIN, routes!(stores::accounts::put)),
        (ADMIN, routes!(stores::accounts::put_credentials)),
        (ADMIN, routes!(stores::keys::list)),
        (ADMIN, routes!(stores::keys::create)),
        (ADMIN, routes!(stores::keys::revoke)),
        (TELL, routes!(notify::endpoints::create)),
        (TOLD, routes!(notify::endpoints::list)),
        (TOLD, routes!(notify::endpoints::read)),
        (TELL, routes!(notify::endpoints::change)),
        (TELL, routes!(notify::endpoints::delete)),
        (TELL, routes!(notify::repair::rotate)),
        (TELL, routes!(notify::repair::reset)),
        (TELL, routes!(notify::repair::replay_missing)),
        (TELL, routes!(notify::repair::recover)),
        (TELL, routes!(notify::publish::publish)),
        (TELL, routes!(notify::publish::publish_many)),
        (TOLD, routes!(notify::stats::stats)),
        (TOLD, routes!(notify::notifications::list)),
        (TOLD, routes!(notify::notifications::read)),
        (TELL, routes!(notify::notifications::retry)),
        (MERCHANTS, routes!(notify::admin::queue::queue_status)),
        (MERCHANTS, routes!(notify::admin::queue::logs)),
        (MERCHANTS, routes!(notify::admin::repair::retry)),
        (MERCHANTS, routes!(notify::admin::figures::stats)),
        (MERCHANTS, routes!(notify::admin::repair::cleanup)),
        (MERCHANTS, routes!(notify::admin::merchants::status)),
        (MERCHANTS, routes!(notify::admin::merchants::reset)),
        (MERCHANTS, routes!(notify::admin::merchants::all)),
        (MERCHANTS, routes!(notify::admin::merchants::send_alert)),
        (TOLD, routes!(feed::read)),
        (TOLD, routes!(feed::types)),
        (Scope("notify:read"), routes!(stream::token::create)),
        (stream::ACCESS, routes!(stream::open)),
        (Scope("logs:read"), routes!(operations::logs::list)),
        (Scope("logs:read"), routes!(operations::logs::read)),
        (Platform("admin"), routes!(operations::tasks::list)),
        (Platform("admin"), routes!(operations::tasks::read)),
        (Platform("admin"), routes!(operations::tasks::retry)),
        (Platform("admin"), routes!(operations::tasks::bury)),
        (ADMIN, routes!(operations::integrations::list)),
        (ADMIN, routes!(operations::integrations::breaker)),
        (Platform("admin"), routes!(operations::integrations::switch)),
        (ADMIN, routes!(operations::routing::rules)),
        (ADMIN, routes!(operations::routing::put_rules)),
        (ADMIN, routes!(operations::routing::explain::explain)),
        (ADMIN, routes!(operations::routing::what_if::what_if)),
        (Platform("admin"), routes!(operations::impact::impact)),
        (Platform("admin"), routes!(operations::alerts::list)),
        (Platform("admin"), routes!(operations::alerts::test)),
        (Scope("health:read"), routes!(operations::health::services)),
        (Scope("health:read"), routes!(operations::health::history)),
        (Scope("health:write"), routes!(operations::health::check)),
        (ADMIN, routes!(operations::health::test)),
        (Scope("health:read"), routes!(operations::incidents::list)),
        (Platform("admin"), routes!(operations::incidents::open)),
        (Scope("health:read"), routes!(operations::incidents::read)),
        (Platform("admin"), routes!(operations::incidents::note)),
        (Platform("admin"), routes!(operations::incidents::close)),
        (Scope("health:read"), routes!(operations::incidents::customers)),
        (Scope("health:write"), routes!(operations::incidents::tell_customers)),
        (Scope("health:read"), routes!(operations::incidents::consent)),
        (Scope("health:write"), routes!(operations::incidents::set_consent)),
        (Scope("health:read"), routes!(operations::maintenance::coming)),
        (Platform("admin"), routes!(operations::maintenance::announce)),
        (Platform("admin"), routes!(operations::maintenance::call_off)),
        (Public, routes!(status::page)),
        (Public, routes!(status::badge)),
        (Public, routes!(health::live)),
        (Public, routes!(health::ready)),
        (ADMIN, routes!(health::metrics)),
        (Public, routes!(docs::openapi)),
        (Public, routes!(docs::page)),
        (Public, routes!(docs::problem)),
    ]
}

/// The table as data.
pub fn route_table() -> Vec<Route> {
    let mut routes = Vec::new();
    for (access, (_, paths, _)) in table() {
        for (path, item) in paths.paths {
            for method in methods(&item) {
                routes.push(Route { method: method.to_owned(), path: path.clone(), access });
            }
        }
    }
    routes
}

fn methods(item: &utoipa::openapi::PathItem) -> Vec<&'static str> {
    let operations = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
        ("OPTIONS", item.options.is_some()),
    ];
    operations.into_iter().filter(|(_, there)| *there).map(|(method, _)| method).collect()
}

/// The document that is made from the table.
pub fn document() -> OpenApi {
    let mut router = OpenApiRouter::<Facade>::with_openapi(docs::skeleton());
    for (_, line) in table() {
        router = router.routes(line);
    }
    let mut document = router.into_openapi();
    let access: BTreeMap<_, _> =
        route_table().into_iter().map(|route| ((route.path, route.method), route.access)).collect();
    docs::complete(&mut document, &access);
    document
}

/// The whole facade.
pub fn build(facade: Facade) -> Router {
    build_with(facade, |router| router)
}

/// The whole facade with lines that a benchmark adds: they pass through everything that the others pass through.
pub fn build_with(facade: Facade, add: impl FnOnce(Router<Facade>) -> Router<Facade>) -> Router {
    let mut router = Router::new();
    for (access, (_, paths, handlers)) in table() {
        let handlers = guarded(&facade, access, handlers);
        for path in paths.paths.keys() {
            let handlers = handlers.clone();
            let shaped = path.starts_with(notify::admin::PREFIX);
            router =
                router.route(path, if shaped { handlers.layer(from_fn(notify::admin::in_shape)) } else { handlers });
        }
    }
    // Outermost first. Together they are one layer, which is boxed once a request.
    let around = (
        DefaultBodyLimit::disable(),
        from_fn_with_state(facade.clone(), request::around),
        CatchPanicLayer::custom(request::panicked),
        from_fn(no_store),
    );
    add(router)
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(around)
        .with_state(facade)
}

/// Handlers behind the check that a line of the table with this access stands behind.
pub fn guarded(facade: &Facade, access: Access, handlers: MethodRouter<Facade>) -> MethodRouter<Facade> {
    // Public paths have nothing to check.
    if access == Public {
        return handlers;
    }
    handlers.layer(from_fn_with_state((facade.clone(), access), request::authorize))
}

/// Answers are about money and people: nobody on the way keeps them.
async fn no_store(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let mut response = next.run(request).await.into_response();
    let headers = response.headers_mut();
    headers.entry(http::header::CACHE_CONTROL).or_insert(http::HeaderValue::from_static("no-store"));
    headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, http::HeaderValue::from_static("nosniff"));
    response
}
