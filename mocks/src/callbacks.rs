//! Sends callbacks to the gateway, with the faults that may happen on the way.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;

use crate::{
    FaultKind,
    clock::clock,
    journal::{Direction, JournalEntry},
    shared::Shared,
};

/// The waits before each try of one callback.
const TRIES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2)];
/// The wait of a late callback that names none.
const LATE: Duration = Duration::from_secs(2);

/// A callback ready to be sent.
pub(crate) struct Callback {
    /// Who sends it.
    pub(crate) provider: &'static str,
    /// The terminal or account that it concerns, by which faults can be told apart.
    pub(crate) terminal: String,
    /// Where it goes, if the request said so; else to the gateway's address for this provider.
    pub(crate) url: Option<String>,
    /// The content type of the body.
    pub(crate) content_type: &'static str,
    /// What else stands in the head, such as a signature of the body; forgeries bear it too.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body, signed where the provider signs.
    pub(crate) body: Bytes,
    /// What somebody who wants to deceive the gateway would send in its place.
    pub(crate) forgeries: Vec<Bytes>,
    /// Says what is wrong with the body of a 200 answer.
    pub(crate) check: fn(&[u8]) -> Option<String>,
}

impl Callback {
    fn target(&self, shared: &Shared) -> Option<String> {
        let of_gateway = |base: String| format!("{}/v1/callbacks/{}", base.trim_end_matches('/'), self.provider);
        self.url.clone().or_else(|| shared.gateway_url().map(of_gateway))
    }
}

/// The sender and the callbacks that it holds back.
pub(crate) struct Outbox {
    client: reqwest::Client,
    held: Mutex<Vec<Callback>>,
}

impl Outbox {
    /// A sender with a client of its own.
    pub(crate) fn new() -> Result<Self, String> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, held: Mutex::default() })
    }

    fn hold(&self, callback: Callback) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(callback);
    }

    fn release(&self, provider: Option<&str>) -> Vec<Callback> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.extract_if(.., |callback| provider.is_none_or(|name| callback.provider == name)).collect()
    }
}

/// Sends a callback in the background.
pub(crate) fn dispatch(shared: &Arc<Shared>, callback: Callback) {
    let shared = Arc::clone(shared);
    let fault = shared.faults.take_callback(callback.provider, &callback.terminal);
    if fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::ReorderedCallback) {
        return shared.outbox.hold(callback);
    }
    // Only what was held before this one came may follow it.
    let held = shared.outbox.release(Some(callback.provider));
    let Some(fault) = fault else {
        tokio::spawn(async move { send_with(&shared, callback, held, None).await });
        return;
    };
    match fault.kind {
        FaultKind::ForgedCallback => {
            tokio::spawn(async move {
                for forgery in &callback.forgeries {
                    deliver(&shared, &callback, forgery, Some(fault.kind)).await;
                }
                send_held(&shared, held).await;
            });
        }
        FaultKind::LateCallback => {
            tokio::spawn(async move {
                tokio::time::sleep(fault.delay_ms.map_or(LATE, Duration::from_millis)).await;
                send_with(&shared, callback, held, Some(fault.kind)).await;
            });
        }
        // The copies leave at once, side by side: a receiver that handles them one after the other proves little.
        _ => {
            let callback = Arc::new(callback);
            for _ in 0..fault.times.unwrap_or(1) {
                let (shared, callback) = (Arc::clone(&shared), Arc::clone(&callback));
                tokio::spawn(async move { send(&shared, &callback, Some(fault.kind)).await });
            }
            tokio::spawn(async move {
                send(&shared, &callback, Some(fault.kind)).await;
                send_held(&shared, held).await;
            });
        }
    }
}

/// Sends what reordering holds back, since no further callback may come.
pub(crate) fn flush(shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move { send_held(&shared, shared.outbox.release(None)).await });
}

async fn send_with(shared: &Shared, callback: Callback, held: Vec<Callback>, fault: Option<FaultKind>) {
    send(shared, &callback, fault).await;
    send_held(shared, held).await;
}

async fn send_held(shared: &Shared, held: Vec<Callback>) {
    for callback in held {
        send(shared, &callback, Some(FaultKind::ReorderedCallback)).await;
    }
}

async fn send(shared: &Shared, callback: &Callback, fault: Option<FaultKind>) {
    for wait in TRIES {
        tokio::time::sleep(wait).await;
        if deliver(shared, callback, &callback.body, fault).await {
            return;
        }
    }
}

/// One try, noted in the journal; says whether the gateway took it.
#[expect(clippy::disallowed_methods, reason = "the mocks stand for another company, which does not use our transport")]
async fn deliver(shared: &Shared, callback: &Callback, body: &Bytes, fault: Option<FaultKind>) -> bool {
    let mut entry = JournalEntry::of(callback.provider, "callback", Direction::Sent, clock());
    entry.body = body.clone();
    entry.fault = fault;
    if let Some(url) = callback.target(shared) {
        entry.url = url;
        let mut request = shared.outbox.client.post(&entry.url).header("content-type", callback.content_type);
        for (name, value) in &callback.headers {
            request = request.header(*name, value);
            entry.headers.push(((*name).to_owned(), value.clone()));
        }
        match request.body(body.clone()).send().await {
            Ok(response) => {
                entry.status = Some(response.status().as_u16());
                match response.bytes().await {
                    Ok(answer) => entry.answer = answer,
                    Err(error) => entry.error = Some(error.to_string()),
                }
            }
            Err(error) => entry.error = Some(error.to_string()),
        }
    } else {
        entry.error = Some("no gateway URL is set".to_owned());
    }
    let taken = entry.status == Some(200) || entry.url.is_empty();
    entry.acted = entry.status == Some(200);
    if entry.acted && fault != Some(FaultKind::ForgedCallback) {
        entry.violation = (callback.check)(&entry.answer);
    }
    shared.journal.add(entry);
    taken
}
