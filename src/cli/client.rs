//! The HTTP client of commands that play a storefront.

use std::time::Duration;

use super::CommandError;

/// A client that waits so long for an answer.
pub(super) fn client(patience: Duration) -> Result<reqwest::Client, CommandError> {
    let refused = |error: &dyn std::error::Error| CommandError::Refused(format!("no HTTP client: {error}"));
    let tls = kit::wire::tls().map_err(|error| refused(&error))?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .timeout(patience)
        .build()
        .map_err(|error| refused(&error))
}
