//! What the contracts of ours have in common, for providers of which nothing public says how they are spoken to: an address
//! that somebody must give, a bearer and signatures, and refusals in one form.
//!
//! They stand in `schemas/providers/wallet_contract/SOURCE.md` and `schemas/providers/carrier_contract/SOURCE.md`.

mod failure;
mod keys;

use schemas::store::Mode;
use url::Url;

pub use failure::{Failure, explain, is_good, outcome};
pub use keys::{Key, Keys, SIGNATURE, TIME};

use crate::ConfigError;
use crate::settings::Hosts;

/// Nothing public says where any of these providers is.
const HOSTS: Hosts = Hosts { test: None, live: None };

/// Reads the address of somebody who speaks a contract. Test mode has no default either: there is no known host to be one.
pub fn address(field: &str, text: Option<&str>, mode: Mode) -> Result<Url, ConfigError> {
    let text = text.ok_or_else(|| {
        let en = "this is required: the protocol of this provider is assumed, a contract of ours, and no host is known \
                  that speaks it; give the address of one that does";
        let ar = "هذا الحقل مطلوب: بروتوكول هذا المزوّد مفترض وهو عقد من وضعنا، ولا يُعرف مضيف يتكلمه؛ اكتب عنوان مضيف يلتزم به";
        ConfigError::new(field, en, ar)
    })?;
    HOSTS.address(field, text, mode)
}

/// The host, as it stands in a lane.
pub fn host(base_url: &Url) -> String {
    let port = base_url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", base_url.host_str().unwrap_or_default())
}

/// Below the base URL, which a proxy or a mock may have given a path of its own.
pub fn url(base_url: &Url, path: &[&str]) -> Url {
    let mut url = base_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("v1").extend(path);
    }
    url
}

/// Whether a name that the provider gave can stand in a path as a segment of its own, unchanged.
pub fn is_segment(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(plain) && !matches!(text, "." | "..")
}
