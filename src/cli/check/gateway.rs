//! What the gateway itself needs: a database with its schema, its key, and an address that others reach it at.

use std::path::Path;

use kit::Ambient;
use url::{Host, Url};

use super::finding::Findings;
use crate::app::open_vault;
use crate::config::Config;
use crate::db::{Db, schema};

const GATEWAY: &str = "gateway";

/// Whether the database answers and has its schema. Nothing is made: neither a file nor a table.
pub(super) async fn database(config: &Config, findings: &mut Findings) -> bool {
    let url = &config.database.url;
    if let Some(file) = url.strip_prefix("sqlite:") {
        let file = file.trim_start_matches("//").split('?').next().unwrap_or_default();
        if !Path::new(file).exists() {
            findings.bad(GATEWAY, "database", format!("there is no {file}: run `jisr migrate`"));
            return false;
        }
    }
    let missing = async {
        let db = Db::connect(url, 1).await?;
        db.ping().await?;
        let missing = schema::missing(&db).await;
        db.close().await;
        missing
    };
    match missing.await {
        Ok(0) => findings.good(GATEWAY, "database", "answers, and its schema is up to date"),
        Ok(missing) => {
            findings.bad(GATEWAY, "database", format!("{missing} migrations are missing: run `jisr migrate`"));
            return false;
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            findings.bad(GATEWAY, "database", format!("{error}{cause}"));
            return false;
        }
    }
    true
}

/// Whether there is a key; whether it is the right one is seen by what it opens.
pub(super) fn key(config: &Config, ambient: &Ambient, findings: &mut Findings) -> bool {
    match open_vault(config, ambient) {
        Ok(_) => findings.good(GATEWAY, "encryption key", "is there"),
        Err(error) => {
            findings.bad(GATEWAY, "encryption key", error.to_string());
            return false;
        }
    }
    true
}

/// Whether providers and browsers can reach us where they are told to.
pub(super) fn public_url(text: &str, live: bool, findings: &mut Findings) {
    const CHECK: &str = "public URL";
    let Ok(url) = Url::parse(text) else {
        return findings.bad(GATEWAY, CHECK, "is not set: server.public_url, JISR_PUBLIC_URL");
    };
    match (is_loopback(&url), live) {
        (true, true) => {
            findings.bad(GATEWAY, CHECK, format!("{text}: nobody reaches this, and there are live accounts"))
        }
        (true, false) => findings.note(GATEWAY, CHECK, format!("{text}: good for tests on this machine alone")),
        (false, true) if url.scheme() != "https" => {
            findings.note(GATEWAY, CHECK, format!("{text}: no TLS, and there are live accounts"));
        }
        (false, _) => findings.good(GATEWAY, CHECK, text),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn a_public_url_that_nobody_reaches_is_wrong_where_money_is_real() {
        let found = |text: &str, live| {
            let mut findings = Findings::default();
            public_url(text, live, &mut findings);
            findings.0[0].verdict
        };
        assert_eq!(found("https://pay.example.ly", true), Verdict::Good);
        assert_eq!(found("http://pay.example.ly", true), Verdict::Note);
        assert_eq!(found("http://pay.example.ly", false), Verdict::Good);
        for local in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]/", "http://0.0.0.0:80"] {
            assert_eq!((found(local, true), found(local, false)), (Verdict::Bad, Verdict::Note), "{local}");
        }
        assert_eq!(found("", false), Verdict::Bad);
    }
}
