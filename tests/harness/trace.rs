//! Everything that a gateway logs and traces during the tests, in a file that is scanned for secrets.

use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Starts writing, once a process.
pub fn start() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let path = super::database::output().join(format!("{}.log", std::process::id()));
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("the log can be opened");
        let filter = EnvFilter::new(
            "trace,hyper=info,hyper_util=info,sqlx=debug,mio=info,h2=info,rustls=info,lapin=off,async_nats=off",
        );
        drop(
            tracing_subscriber::fmt()
                .json()
                .with_env_filter(filter)
                .with_span_events(FmtSpan::CLOSE)
                .with_writer(std::sync::Mutex::new(file))
                .try_init(),
        );
    });
}
