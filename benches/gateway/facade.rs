//! (b) A read through the whole facade, logged, against a bare proxy to the same server.

use tokio::runtime::Runtime;

use crate::child::{Child, Ended, Gateway, Role, Serving};
use crate::database::Database;
use crate::load::{Outcome, Plan};
use crate::measure::{cpu, median, memory};
use crate::options::{Kind, Options};
use crate::report::{Report, Target};
use crate::roles::OPERATION;
use crate::{Failure, body};

/// Requests a second on the fixed schedule.
const RATE: u64 = 2_000;

/// What one side did in one round.
struct Round {
    closed: Outcome,
    open: Outcome,
    /// Microseconds a request.
    cpu: f64,
}

/// Measures and reports.
pub fn measure(kind: Kind, options: &Options, runtime: &Runtime, report: &mut Report) -> Result<(), Failure> {
    let (server, provider) = Child::serve(&Role::Server)?;
    let url = format!("http://{}/", provider.address);
    let mut database = runtime.block_on(Database::create(kind, options))?;
    let role = Role::Gateway(Gateway { database: database.url.clone(), provider: url.clone() });
    let (gateway, at_gateway) = Child::serve(&role)?;
    let (proxy, at_proxy) = Child::serve(&Role::Proxy(url))?;
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds() {
        bare.push(round(&proxy, &at_proxy, options)?);
        ours.push(round(&gateway, &at_gateway, options)?);
    }
    let (most, _) = memory(gateway.id());
    let ended: Ended = gateway.end()?;
    drop((server, proxy));

    let title = format!("(b) {}", kind.title());
    let of = |rounds: &[Round], value: fn(&Round) -> f64| median(rounds.iter().map(value));
    let both = |value: fn(&Round, &Round) -> f64| median(ours.iter().zip(&bare).map(|(ours, bare)| value(ours, bare)));
    report.add(format!("{title}: bare proxy"), of(&bare, |round| round.closed.rate()), "requests/s", Target::None);
    report.add(format!("{title}: facade"), of(&ours, |round| round.closed.rate()), "requests/s", Target::None);
    let ratio = both(|ours, bare| ours.closed.rate() / bare.closed.rate());
    report.add(format!("{title}: ratio"), ratio, "×", Target::Least(0.35));
    report.add(format!("{title}: CPU, bare proxy"), of(&bare, |round| round.cpu), "µs/request", Target::None);
    report.add(format!("{title}: CPU, facade"), of(&ours, |round| round.cpu), "µs/request", Target::None);
    report.add(
        format!("{title}: p99 at {RATE}/s, bare proxy"),
        of(&bare, |round| round.open.p99_ms),
        "ms",
        Target::None,
    );
    report.add(format!("{title}: p99 at {RATE}/s, facade"), of(&ours, |round| round.open.p99_ms), "ms", Target::None);
    let added = both(|ours, bare| ours.open.p99_ms - bare.open.p99_ms);
    report.add(format!("{title}: added p99 at {RATE}/s"), added, "ms", Target::Most(1.5));
    let added = both(|ours, bare| ours.open.p50_ms - bare.open.p50_ms);
    report.add(format!("{title}: added p50 at {RATE}/s"), added, "ms", Target::None);
    report.add(format!("{title}: memory, highest"), most, "MB", Target::Most(100.0));
    report.add(format!("{title}: rows dropped"), ended.dropped as f64, "rows", Target::Most(0.0));
    for (who, rounds) in [("bare proxy", &bare), ("facade", &ours)] {
        for outcome in rounds.iter().flat_map(|round| [&round.closed, &round.open]) {
            report.refused(&format!("{title}: {who}"), outcome.refused, outcome.refusal.as_deref());
        }
    }
    let answered = ours.iter().map(|round| round.closed.answered + round.open.answered).sum();
    let count = format!("SELECT COUNT(*) FROM integration_logs WHERE operation = '{OPERATION}'");
    let found = runtime.block_on(database.count(&count))?;
    report.expect(&format!("{title}: rows"), answered, found);
    runtime.block_on(database.remove())
}

fn round(child: &Child, at: &Serving, options: &Options) -> Result<Round, Failure> {
    let plan = |connections, rate| Plan {
        address: at.address.clone(),
        path: "/read".to_owned(),
        key: at.key.clone(),
        body: body("question"),
        prefix: "read".to_owned(),
        connections,
        rate,
        window: options.window(),
        total: None,
        spread: 0,
    };
    let before = cpu(child.id());
    let closed = load(plan(32, None))?;
    let spent = cpu(child.id()) - before;
    let open = load(plan(64, Some(RATE)))?;
    Ok(Round { cpu: spent.as_secs_f64() * 1e6 / closed.answered as f64, closed, open })
}

/// Carries a plan out in a process of its own.
pub fn load(plan: Plan) -> Result<Outcome, Failure> {
    Child::start(&Role::Load(plan))?.end()
}
