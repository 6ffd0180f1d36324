//! The parts that children play.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::StatusCode;
use jisr::app::{App, Roles};
use jisr::config::{Config, Variables};
use jisr::http::{self as edge, Facade, access};
use kit::{Account, Ambient, Call, Destination, Request, Safety, Secrets};
use schemas::store::Mode;
use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpListener;
use url::Url;

use crate::child::{Ended, Gateway, Role, Serving};
use crate::{Failure, bare, body, database, load};

/// The operation that rows of a benchmark have.
pub const OPERATION: &str = "Bench";

/// Nothing in a benchmark's bodies is secret, but an adapter always names something to look for.
pub static SECRETS: Secrets = Secrets { headers: &[], query: &[], path: &[], body: &["SecureHash", "CardNo", "Token"] };

/// Plays a part to its end.
pub fn play(role: Role) -> Result<(), Failure> {
    let runtime = match role {
        // One thread is enough for it, and leaves the other to what is measured.
        Role::Server => tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        _ => tokio::runtime::Runtime::new()?,
    };
    match role {
        Role::Server => runtime.block_on(serve(Router::new().route("/", post(|| async { answer() })))),
        Role::Proxy(url) => runtime.block_on(async { serve(bare::proxy(url)?).await }),
        Role::Gateway(gateway) => runtime.block_on(gateway_until_told(gateway)),
        Role::Load(plan) => say(&load::run(&plan)),
        Role::Sink => Err("this benchmark has no merchants".into()),
    }
}

/// One line for the parent.
#[expect(clippy::print_stdout, reason = "a child speaks to its parent through its output")]
fn say(line: &impl Serialize) -> Result<(), Failure> {
    println!("{}", serde_json::to_string(line)?);
    Ok(())
}

fn answer() -> ([(http::HeaderName, &'static str); 1], String) {
    ([(http::header::CONTENT_TYPE, "application/json")], body("answer"))
}

/// Listens as the gateway does, until the parent closes our input.
async fn serve(router: Router) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&Serving { address: listener.local_addr()?.to_string(), key: String::new() })?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        served = axum::serve(listener, service) => Ok(served?),
        () = told() => Ok(()),
    }
}

async fn told() {
    drop(tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await);
}

async fn gateway_until_told(gateway: Gateway) -> Result<(), Failure> {
    trace();
    let settings = database::settings(&gateway.database);
    let pairs = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let app = App::build(Config::load(None, &Variables::from_pairs(pairs))?, Ambient::system()).await?;
    let (store, key) = database::key(&app.facade.db, &app.facade.ambient).await?;
    let served = app.facade.accounts.serving(store, "moamalat", Mode::Test).await.map_err(|error| error.to_string())?;
    let account = *served.ok_or("the store has no account")?.provider.account();
    let ask = Arc::new(Ask { account, url: gateway.provider.parse()? });
    let handlers = edge::guarded(&app.facade, access::Access::Scope("payments:read"), post(read).layer(Extension(ask)));
    let router = edge::build_with(app.facade.clone(), |router| router.route("/read", handlers));
    let running = app.start_with(Roles::default(), router).await?;
    say(&Serving { address: running.address.to_string(), key })?;
    told().await;
    let logs = Arc::clone(&running.facade.logs);
    running.stop().await;
    say(&Ended { dropped: logs.dropped() })
}

/// What `jisr serve` sets up when its output is no terminal.
pub fn trace() {
    let filter = tracing_subscriber::EnvFilter::new("info,sqlx=warn");
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// What the path of the benchmark asks, and for whom.
struct Ask {
    account: Account,
    url: Url,
}

/// The same as the bare proxy, through the transport.
async fn read(
    State(facade): State<Facade>,
    Extension(ask): Extension<Arc<Ask>>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let body = serde_json::to_vec(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let reply = facade.accounts.transport().send(&call(ask.account, &ask.url, body)).await;
    reply.map_err(|_| StatusCode::BAD_GATEWAY)?.json().map(Json).map_err(|_| StatusCode::BAD_GATEWAY)
}

/// A question to the server.
pub fn call(account: Account, url: &Url, body: impl Into<bytes::Bytes>) -> Call {
    Call {
        account,
        provider: "moamalat",
        operation: OPERATION,
        reference: Some("J01JDXYQ5T6V7W8X9Y0Z1A2B3C4".to_owned()),
        safety: Safety::Read,
        secrets: &SECRETS,
        outcome: |_| Ok(()),
        explain: kit::no_explanation,
        answers: &[],
        timeout: None,
        request: Request::post_json(url.clone(), Destination::Guarded, body),
    }
}
