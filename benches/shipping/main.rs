//! `cargo bench -p jisr --bench shipping`: how long rate shopping takes while one of four carriers hangs. See docs/performance.md.

use std::time::{Duration, Instant};

use clap::Parser;
use jisr::app::{App, Roles, Running};
use jisr::config::{Config, Variables};
use jisr::db::api_keys::{self, ApiKey};
use jisr::db::stores;
use kit::Ambient;
use mocks::{Fault, FaultKind, Mocks, Settings};
use schemas::store::Mode;
use serde_json::{Value, json};

/// Why nothing could be measured.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long carriers have.
const DEADLINE: Duration = Duration::from_millis(500);

/// Rate shopping, one of four carriers hanging.
#[derive(Parser)]
struct Options {
    /// How often.
    #[arg(long, default_value_t = 200)]
    rounds: usize,
    /// Cargo hands this in.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    let folder = std::env::temp_dir().join(format!("jisr-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mocks = Mocks::start(([127, 0, 0, 1], 0).into(), Settings::default()).await?;
    let running = gateway(&mocks, &format!("sqlite:{}", folder.join("jisr.db").display())).await?;
    let done = measure(&options, &mocks, &running).await;
    running.stop().await;
    mocks.stop().await;
    std::fs::remove_dir_all(&folder)?;
    done
}

async fn gateway(mocks: &Mocks, database: &str) -> Result<Running, Failure> {
    let own = [
        ("DATABASE_URL", database.to_owned()),
        ("JISR_PORT", "0".to_owned()),
        ("JISR_ALLOW_PRIVATE", "127.0.0.0/8".to_owned()),
        ("JISR_SHIPPING__RATES_MS", DEADLINE.as_millis().to_string()),
        ("JISR_HEALTH__EVERY_MS", "0".to_owned()),
        // A carrier that hangs is to hang, and not to be shut off.
        ("JISR_POLICY__DEFAULT__BREAKER_FAILURES", "1000000".to_owned()),
    ];
    let given = mocks.environment();
    let pairs = given.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs = pairs.chain(own.iter().map(|(name, value)| (*name, value.as_str())));
    let config = Config::load(None, &Variables::from_pairs(pairs))?;
    Ok(App::build(config, Ambient::system()).await?.start(Roles::default()).await?)
}

/// Makes a test key for the store `default`.
async fn key(running: &Running) -> Result<String, Failure> {
    let facade = &running.facade;
    let store = stores::by_key(&facade.db, "default").await?.ok_or("there is no store")?.id;
    let key = jisr::http::generate_key(&facade.ambient, Mode::Test);
    let row = ApiKey {
        id: facade.ambient.uuid().into(),
        store_id: Some(store.into()),
        name: "bench".to_owned(),
        hash: jisr::http::hash_key(&key).to_vec(),
        scopes: sqlx::types::Json(vec!["all".to_owned()]),
        livemode: false,
        created_at: facade.ambient.now().into(),
        revoked_at: None,
    };
    api_keys::insert(&facade.db, &row).await?;
    Ok(key)
}

#[expect(clippy::print_stdout, reason = "the figures are what the run is for")]
async fn measure(options: &Options, mocks: &Mocks, running: &Running) -> Result<(), Failure> {
    let key = key(running).await?;
    let url = format!("http://{}/v1/shipping/rates", running.address);
    let client = reqwest::Client::builder().tls_backend_preconfigured(kit::wire::tls()?).no_proxy().build()?;
    // The carriers' lists of places are read once.
    shop(&client, &url, &key).await?;
    let fault = Fault::new("amyal", FaultKind::Delay).on("inquire_rates");
    let times = u32::try_from(options.rounds).unwrap_or(u32::MAX).saturating_mul(3);
    mocks.fault(Fault { delay_ms: Some(3_000), times: Some(times), ..fault });
    let mut over = Vec::with_capacity(options.rounds);
    for _ in 0..options.rounds {
        let began = Instant::now();
        let answer = shop(&client, &url, &key).await?;
        let took = began.elapsed();
        let mut carriers: Vec<_> =
            answer["rates"].as_array().into_iter().flatten().map(|rate| rate["carrier"].to_string()).collect();
        carriers.dedup();
        carriers.sort();
        carriers.dedup();
        if carriers.len() != 3 {
            return Err(format!("the three others are to offer: {answer}").into());
        }
        over.push(took.saturating_sub(DEADLINE));
    }
    over.sort();
    let at = |percent: usize| over[(over.len() * percent / 100).min(over.len() - 1)].as_secs_f64() * 1_000.0;
    println!(
        "{} times with one of four hanging: p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms over the deadline of {} ms",
        over.len(),
        at(50),
        at(99),
        at(100),
        DEADLINE.as_millis()
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is a client")]
async fn shop(client: &reqwest::Client, url: &str, key: &str) -> Result<Value, Failure> {
    let body = json!({
        "origin": {"name": "Nour", "phone": "0921112233", "city": "Tripoli", "area": "حي الأندلس"},
        "destination": {"name": "Salem", "phone": "0912345678", "city": "Benghazi", "area": "الصابري"},
        "parcels": [{"weight_kg": "2.5", "length_cm": "30", "width_cm": "20", "height_cm": "10"}],
    });
    let request = client.post(url).bearer_auth(key).header("content-type", "application/json").body(body.to_string());
    let answer = request.send().await?;
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}
