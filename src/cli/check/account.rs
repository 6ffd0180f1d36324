//! One account: its credentials are opened, its adapter is built, and its provider is asked.

use kit::{Kind, Probe};
use payments_adapters::Question;
use tokio::time::Instant;

use super::finding::Findings;
use super::{name, skew};
use crate::accounts::{AccountError, ProbeError};
use crate::db::provider_accounts::ProviderAccount;
use crate::http::Facade;

/// A certificate that ends sooner than this is told of.
const SOON_DAYS: i64 = 21;

/// Whether there is somebody to ask: an account needs credentials only then.
pub(super) fn is_remote(provider: &str) -> bool {
    let payment = payments_adapters::registry::provider(provider).is_some_and(|listed| !listed.credentials.is_empty());
    let carrier = shipping_adapters::registry::provider(provider).is_some_and(|listed| !listed.credentials.is_empty());
    payment || carrier || messaging_adapters::registry::provider(provider).is_some()
}

/// Looks at an account.
pub(super) async fn look(facade: &Facade, row: &ProviderAccount, live: bool, findings: &mut Findings) {
    let of = name(row);
    match build(facade, row).await {
        Ok(()) => findings.good(&of, "credentials", "opened, and the adapter is built"),
        Err(error) => {
            let elsewhere = matches!(error.as_deref(), Some(AccountError::Elsewhere(_)));
            let says = error.map_or("its provider is not one of ours any more".to_owned(), |error| error.to_string());
            return if elsewhere {
                findings.note(&of, "credentials", says)
            } else {
                findings.bad(&of, "credentials", says)
            };
        }
    }
    if !is_remote(&row.provider) {
        return;
    }
    if row.livemode && !live {
        return findings.note(&of, "probe", "not asked: a live account is asked with --live");
    }
    if probe(facade, row, &of, findings).await && live {
        conform(facade, row, &of, findings).await;
    }
}

type Missing = Option<std::sync::Arc<AccountError>>;

async fn build(facade: &Facade, row: &ProviderAccount) -> Result<(), Missing> {
    let accounts = &facade.accounts;
    let built = if payments_adapters::registry::card(&row.provider).is_some() {
        accounts.by_id(row.id, None).await.map(|found| found.is_some())
    } else if shipping_adapters::registry::card(&row.provider).is_some() {
        accounts.carrier_by_id(row.id, None).await.map(|found| found.is_some())
    } else {
        accounts.messenger().await.map(|found| found.is_some()).map_err(std::sync::Arc::new)
    };
    if built.map_err(Some)? { Ok(()) } else { Err(None) }
}

/// Asks how the provider does; whether it answered as it should.
async fn probe(facade: &Facade, row: &ProviderAccount, of: &str, findings: &mut Findings) -> bool {
    const CHECK: &str = "probe";
    let asked = match describe(facade, row).await {
        Ok(Some(probe)) => probe,
        Ok(None) => {
            findings.note(of, CHECK, "there is nobody to ask for free");
            return true;
        }
        Err(ProbeError::Account(error)) => {
            findings.bad(of, CHECK, error.to_string());
            return false;
        }
        Err(ProbeError::Call(error)) => {
            findings.bad(of, CHECK, told(&error));
            return false;
        }
    };
    let (began, started) = (facade.ambient.now(), Instant::now());
    let answer = facade.accounts.transport().probe(&asked.call).await;
    let took = started.elapsed();
    certificate(facade, &asked, of, findings);
    match answer {
        Ok(reply) => {
            let balance = (asked.read)(&reply).balance.map(|money| format!(", holds {money}")).unwrap_or_default();
            findings.good(of, CHECK, format!("answered in {} ms{balance}", took.as_millis()));
            if let Some(ahead) = skew::ahead(&reply.headers, began, facade.ambient.now()) {
                let (verdict, says) = skew::judge(ahead);
                findings.add(verdict, of, "clock", says);
            }
            true
        }
        Err(error) => {
            findings.bad(of, CHECK, told(&error));
            false
        }
    }
}

async fn describe(facade: &Facade, row: &ProviderAccount) -> Result<Option<Probe>, ProbeError> {
    if messaging_adapters::registry::provider(&row.provider).is_none() {
        return facade.accounts.describe_probe(row.id, &row.provider).await;
    }
    let messenger = facade.accounts.messenger().await.map_err(|error| ProbeError::Account(error.into()))?;
    match messenger {
        Some(messenger) => Ok(messenger.describe_probe().await?),
        None => Ok(None),
    }
}

/// What is known of the certificate that the probe's host has just shown.
fn certificate(facade: &Facade, asked: &Probe, of: &str, findings: &mut Findings) {
    let Some(host) = asked.call.request.url.host_str() else { return };
    let Some(until) = facade.certificates.until(host) else { return };
    let days = until.duration_since(facade.ambient.now()).as_hours() / 24;
    let says = format!("valid for {days} days");
    if days < SOON_DAYS { findings.note(of, "certificate", says) } else { findings.good(of, "certificate", says) }
}

/// Asks what only reads, and whose answer is known: of a reference that nobody has nothing is known, and a carrier goes
/// somewhere.
async fn conform(facade: &Facade, row: &ProviderAccount, of: &str, findings: &mut Findings) {
    if payments_adapters::registry::card(&row.provider).is_some_and(|card| card.asks) {
        let Ok(Some(served)) = facade.accounts.by_id(row.id, None).await else { return };
        let opened_at = facade.ambient.now();
        let question = Question { wire_reference: Probe::NOBODY.to_owned(), session: None, opened_at };
        match served.provider.ask(&[question]).await {
            Ok(found) if found.iter().all(|one| one.transactions.is_empty()) => {
                findings.good(of, "asking", "a reference that nobody has is not known");
            }
            Ok(_) => findings.bad(of, "asking", "it tells of transactions under a reference that nobody has"),
            Err(error) if error.kind == Kind::NotFound => {
                findings.good(of, "asking", "a reference that nobody has is not known");
            }
            Err(error) => findings.bad(of, "asking", told(&error)),
        }
    }
    if shipping_adapters::registry::card(&row.provider).is_some() {
        let Ok(Some(served)) = facade.accounts.carrier_by_id(row.id, None).await else { return };
        match served.provider.coverage().await {
            Ok(places) if places.is_empty() => findings.bad(of, "coverage", "it goes nowhere"),
            Ok(places) => findings.good(of, "coverage", format!("{} places", places.len())),
            Err(error) => findings.bad(of, "coverage", told(&error)),
        }
    }
}

fn told(error: &kit::Error) -> String {
    if error.kind == Kind::Unauthorized { format!("it refuses our credentials: {error}") } else { error.to_string() }
}
