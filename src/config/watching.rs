//! The sections of those who watch the gateway: where traces go.

use serde::Deserialize;

/// Where traces go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// A collector that speaks OTLP over HTTP; empty is off.
    pub endpoint: String,
    /// The share of the traces that begin here.
    pub sample: f64,
}

impl Traces {
    /// Where spans are posted to; none where traces are off.
    pub fn url(&self) -> Option<url::Url> {
        let base = self.endpoint.trim_end_matches('/');
        let base = base.strip_suffix("/v1/traces").unwrap_or(base);
        url::Url::parse(&format!("{base}/v1/traces")).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }
}
