//! Tokens for browsers, which can set no header: derived for a store, a mode and an end, and kept nowhere.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemas::StoreId;
use schemas::store::Mode;
use serde::Serialize;
use uuid::Uuid;

use crate::db::Time;
use crate::http::problem::Problem;
use crate::http::router::Facade;
use crate::payments::Caller;
use crate::vault::{Purpose, Vault};

/// How long a stream can be opened with one.
const LIFE: Duration = Duration::from_secs(300);

/// What opens a stream.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedToken {
    /// For `token` of `GET /v1/feed/stream`.
    token: String,
    /// RFC 3339. A stream that is open by then goes on.
    expires_at: String,
}

/// Make a token for a browser
///
/// It opens streams of the store's events, in the mode of the key, for five minutes; it does nothing else.
#[utoipa::path(post, path = "/v1/feed/tokens", tag = "events",
    responses((status = 201, description = "The token", body = FeedToken)))]
pub async fn create(State(facade): State<Facade>, caller: Caller) -> Result<(StatusCode, Json<FeedToken>), Problem> {
    let until = Time::from(facade.ambient.now()).after(LIFE).second();
    let token = issue(&facade.vault, caller.store, caller.mode, until);
    let expires_at = Time::from_second(until).to_string();
    Ok((StatusCode::CREATED, Json(FeedToken { token, expires_at })))
}

fn issue(vault: &Vault, store: StoreId, mode: Mode, until: i64) -> String {
    let claim = format!("{mode}_{}_{until}", store.uuid().simple());
    format!("jft_{claim}_{}", vault.derive(Purpose::FeedToken, claim.as_bytes()))
}

/// Whose stream a token opens; `None` where it is none, or its time is over.
pub fn read(vault: &Vault, token: &str, now: Time) -> Option<(StoreId, Mode)> {
    let (claim, proof) = token.strip_prefix("jft_")?.rsplit_once('_')?;
    if !vault.verify(Purpose::FeedToken, claim.as_bytes(), proof) {
        return None;
    }
    let mut parts = claim.split('_');
    let mode = [Mode::Test, Mode::Live].into_iter().find(|mode| parts.clone().next() == Some(mode.as_str()))?;
    let store: Uuid = parts.nth(1)?.parse().ok()?;
    let until: i64 = parts.next()?.parse().ok()?;
    (now.second() < until).then_some((store.into(), mode))
}

#[cfg(test)]
mod tests {
    use kit::Ambient;
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_token_opens_what_it_was_made_for_until_its_end() {
        let vault = |key: &str| Vault::new(&SecretString::from(key.repeat(32)), Ambient::system()).expect("a key");
        let (own, other, store) = (vault("5a"), vault("5b"), StoreId::from(Uuid::from_u128(7)));
        let at = Time::from_second;
        for mode in [Mode::Test, Mode::Live] {
            let token = issue(&own, store, mode, 1_000);
            assert_eq!(read(&own, &token, at(999)), Some((store, mode)));
            assert_eq!(read(&own, &token, at(1_000)), None);
            assert_eq!(read(&other, &token, at(999)), None);
            for changed in [token.replace("_1000_", "_1001_"), token.replace("000007_", "000008_"), token.clone() + "0"]
            {
                assert_eq!(read(&own, &changed, at(999)), None, "{changed}");
            }
        }
        let test = issue(&own, store, Mode::Test, 1_000);
        assert_eq!(read(&own, &test.replace("test", "live"), at(999)), None);
        for text in ["", "jft_", "jft__", "jft_test_x_y_z", "pcs_x"] {
            assert_eq!(read(&own, text, at(0)), None, "{text}");
        }
    }
}
