//! `cargo bench -p jisr --bench health`: what watching many accounts costs, and how soon 400 days of health are told.

use std::time::{Duration, Instant};

use clap::Parser;
use jisr::app::{App, Roles, Running};
use jisr::config::{Config, Variables};
use jisr::db::api_keys::{self, ApiKey};
use jisr::db::health_figures::{self, Figures, Span};
use jisr::db::{Time, account_health, provider_accounts, stores};
use kit::Ambient;
use mocks::{Mocks, Settings};
use schemas::store::Mode;
use serde_json::{Value, json};
use sqlx::types::Json;

/// Why nothing could be measured.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

const DAY: Duration = Duration::from_secs(86_400);
/// The seventeen services of the demo and their like.
const HISTORIES: usize = 400;

/// Many accounts, probed; and long histories.
#[derive(Parser)]
struct Options {
    /// How many accounts are probed.
    #[arg(long, default_value_t = 500)]
    accounts: usize,
    /// For how many seconds, after all have been probed once.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How often each history is asked for.
    #[arg(long, default_value_t = 1_000)]
    rounds: usize,
    /// `postgres://…` of an empty database; without one a SQLite file.
    #[arg(long)]
    database: Option<String>,
    /// Serve the mocks alone; for the bench itself.
    #[arg(long, hide = true)]
    mocks: bool,
    /// Cargo hands this in.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    if options.mocks {
        return serve_mocks().await;
    }
    let folder = std::env::temp_dir().join(format!("jisr-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    // The mocks are a process of their own: their work is not the gateway's.
    let mut child = tokio::process::Command::new(std::env::current_exe()?)
        .arg("--mocks")
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let environment = environment(&mut child).await?;
    let own = format!("sqlite:{}", folder.join("jisr.db").display());
    let database = options.database.clone().unwrap_or(own);
    let running = gateway(&environment, &database).await?;
    let done = measure(&options, &environment, &running).await;
    running.stop().await;
    child.kill().await?;
    std::fs::remove_dir_all(&folder)?;
    done
}

#[expect(clippy::print_stdout, reason = "the parent reads where the mocks are")]
async fn serve_mocks() -> Result<(), Failure> {
    let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await?;
    println!("{}", json!(mocks.environment()));
    // Until the parent ends us.
    std::future::pending::<()>().await;
    Ok(())
}

async fn environment(child: &mut tokio::process::Child) -> Result<Vec<(String, String)>, Failure> {
    use tokio::io::AsyncBufReadExt;
    let output = child.stdout.take().ok_or("the mocks have no output")?;
    let line = tokio::io::BufReader::new(output).lines().next_line().await?.ok_or("the mocks said nothing")?;
    Ok(serde_json::from_str(&line)?)
}

async fn gateway(environment: &[(String, String)], database: &str) -> Result<Running, Failure> {
    let own = [
        ("DATABASE_URL", database),
        ("JISR_PORT", "0"),
        ("JISR_ALLOW_PRIVATE", "127.0.0.0/8"),
        ("JISR_ENCRYPTION_KEY", "7f8e9dacbb0a192837465564738291a0bfcedddcebfa09182736455463728190"),
    ];
    let pairs = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(own);
    let config = Config::load(None, &Variables::from_pairs(pairs))?;
    Ok(App::build(config, Ambient::system()).await?.start(Roles::default()).await?)
}

/// Makes a platform key.
async fn key(running: &Running) -> Result<String, Failure> {
    let facade = &running.facade;
    let key = jisr::http::generate_key(&facade.ambient, Mode::Test);
    let row = ApiKey {
        id: facade.ambient.uuid().into(),
        store_id: None,
        name: "bench".to_owned(),
        hash: jisr::http::hash_key(&key).to_vec(),
        scopes: Json(vec!["all".to_owned()]),
        livemode: false,
        created_at: facade.ambient.now().into(),
        revoked_at: None,
    };
    api_keys::insert(&facade.db, &row).await?;
    Ok(key)
}

#[expect(clippy::print_stdout, reason = "the figures are what the run is for")]
async fn measure(options: &Options, environment: &[(String, String)], running: &Running) -> Result<(), Failure> {
    let key = key(running).await?;
    add_accounts(options.accounts, environment, running).await?;
    println!("{} accounts; waiting until each was probed", options.accounts);
    tokio::time::sleep(Duration::from_secs(75)).await;
    let known = account_health::all(&running.facade.db).await?;
    let probed = known.iter().filter(|row| row.checked_at.is_some()).count();
    let (before, began) = (processor_time()?, Instant::now());
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let used = processor_time()?.saturating_sub(before);
    let share = used.as_secs_f64() * 100.0 / began.elapsed().as_secs_f64();
    println!("{probed} accounts probed every 60 s: {share:.2} % of one core");
    plant(running).await?;
    let client = reqwest::Client::builder().tls_backend_preconfigured(kit::wire::tls()?).no_proxy().build()?;
    for path in ["/v1/health/services", "/v1/health/services/moamalat/history?window=400d", "/status"] {
        let url = format!("http://{}{path}", running.address);
        let mut took = Vec::with_capacity(options.rounds);
        for _ in 0..options.rounds {
            let began = Instant::now();
            ask(&client, &url, &key).await?;
            took.push(began.elapsed());
        }
        took.sort();
        let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1_000.0;
        println!("GET {path}: p50 {:.2} ms, p99 {:.2} ms", at(50), at(99));
    }
    Ok(())
}

/// Accounts of so many stores with Moamalat, each like the platform's.
async fn add_accounts(count: usize, environment: &[(String, String)], running: &Running) -> Result<(), Failure> {
    let facade = &running.facade;
    let value = |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let platform = stores::by_key(&facade.db, "default").await?.ok_or("there is no store")?;
    let row = provider_accounts::of_provider(&facade.db, "moamalat", Some(platform.id)).await?.remove(0);
    let configuration = json!({
        "merchant_id": value("MOAMALAT_MERCHANT_ID"), "terminal_id": value("MOAMALAT_TERMINAL_ID"),
        "base_url": value("MOAMALAT_BASE_URL"), "script_url": value("MOAMALAT_SCRIPT_URL"),
    });
    let credentials = json!({
        "secret_key": value("MOAMALAT_SECRET_KEY"), "notification_key": value("MOAMALAT_NOTIFICATION_KEY"),
    });
    let credentials = secrecy::SecretString::from(credentials.to_string());
    for number in 0..count {
        let store = stores::Store { id: facade.ambient.uuid().into(), key: format!("s{number}"), ..platform.clone() };
        let mut tx = facade.db.begin().await?;
        stores::insert(&mut tx, &store).await?;
        tx.commit().await?;
        let account = provider_accounts::ProviderAccount {
            id: facade.ambient.uuid().into(),
            store_id: store.id,
            platform_default: false,
            origin: "api".to_owned(),
            configuration: Json(configuration.clone()),
            ..row.clone()
        };
        provider_accounts::upsert(&facade.db, &account).await?;
        let own = provider_accounts::own(&facade.db, store.id, "moamalat", false).await?.ok_or("no account")?;
        jisr::accounts::set_credentials(&facade.accounts, &own, &credentials).await?;
    }
    Ok(())
}

/// 400 days of one service.
async fn plant(running: &Running) -> Result<(), Failure> {
    let facade = &running.facade;
    let platform = stores::by_key(&facade.db, "default").await?.ok_or("there is no store")?;
    let account = provider_accounts::of_provider(&facade.db, "moamalat", Some(platform.id)).await?.remove(0).id;
    let today = Time::from(facade.ambient.now()).before(DAY).next_multiple(DAY);
    let classes = vec![1_000u32; 17];
    let tally = json!({"good": 16_000, "declined": 900, "failed": 100, "served": 0, "denied": 0, "probes_good": 1_440,
        "probes_failed": 0, "calls": classes, "probes": classes});
    let mut tx = facade.db.begin().await?;
    for day in 1..HISTORIES {
        let at = today.before(DAY * u32::try_from(day)?);
        let figures = Figures { account_id: account, at, tally: Json(tally.clone()), down_ms: 1_000 };
        health_figures::put(&mut tx, Span::Day, uuid::Uuid::nil(), &figures).await?;
    }
    Ok(tx.commit().await?)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is a client")]
async fn ask(client: &reqwest::Client, url: &str, key: &str) -> Result<Value, Failure> {
    // As a store: its own services and the platform's.
    let answer = client.get(url).bearer_auth(key).header("jisr-store", "default").send().await?;
    if !answer.status().is_success() {
        return Err(format!("{url}: {}", answer.status()).into());
    }
    Ok(serde_json::from_slice(&answer.bytes().await?).unwrap_or_default())
}

/// What this process has had of processors.
fn processor_time() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    // A hundred ticks a second, on every Linux that this runs on.
    Ok(Duration::from_millis(ticks * 10))
}
