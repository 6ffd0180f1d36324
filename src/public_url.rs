//! Where providers and browsers reach us: told by the settings, or known once we listen.

use std::sync::{Arc, OnceLock};

/// Our address on the network, without a slash at its end. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl(Arc<OnceLock<String>>);

impl PublicUrl {
    /// From the settings; an empty one is told later.
    pub fn new(url: &str) -> Self {
        let known = Self::default();
        if !url.is_empty() {
            known.tell(url);
        }
        known
    }

    /// Tells it, unless it is known.
    pub fn tell(&self, url: &str) {
        self.0.get_or_init(|| url.trim_end_matches('/').to_owned());
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.get().map_or("", String::as_str))
    }
}
