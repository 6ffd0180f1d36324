//! Reading an `Idempotency-Key`: a claim is made of it, and an area inserts the claim in the transaction of its effect.

use axum::extract::{FromRequest, Request};
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::extract::{BODY_LIMIT, read_body, read_json};
use super::problem::Problem;
use super::router::Facade;
use crate::payments::Idempotency;
use crate::vault::Purpose;

const LONGEST: usize = 255;

/// A body together with the key that its effect is claimed by.
pub struct Keyed<T> {
    /// The body.
    pub body: T,
    /// The key, the route, and what the body was.
    pub idempotency: Idempotency,
}

impl<T: DeserializeOwned> FromRequest<Facade> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, facade: &Facade) -> Result<Self, Problem> {
        let key =
            request.headers().get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
        if key.is_empty() || key.len() > LONGEST {
            return Err(Problem::key_missing());
        }
        let key = key.to_owned();
        let route = route(request.method(), request.uri().path());
        let bytes = read_body(request, BODY_LIMIT).await?;
        let body = read_json(&bytes)?;
        let canonical = canonical(&bytes);
        let fingerprints = facade.vault.fingerprints(Purpose::Idempotency, &canonical);
        Ok(Self { body, idempotency: Idempotency { route, key, fingerprints } })
    }
}

/// The claim of a part of a request by a key of its own, as if it had come alone.
pub fn of_part(facade: &Facade, route: &str, key: &str, part: &impl Serialize) -> Result<Idempotency, Problem> {
    let bytes = serde_json::to_vec(part).map_err(|error| Problem::internal(&error))?;
    let fingerprints = facade.vault.fingerprints(Purpose::Idempotency, &canonical(&bytes));
    Ok(Idempotency { route: route.to_owned(), key: key.to_owned(), fingerprints })
}

/// Whether a text can be a key.
pub fn is_key(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

fn route(method: &Method, path: &str) -> String {
    format!("{method} {path}")
}

/// The same body whatever the order of its keys and the blanks between them.
fn canonical(bytes: &[u8]) -> Vec<u8> {
    // What is passed on unread may be more than a value can hold (half of a surrogate pair, say): then every byte counts.
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else { return bytes.to_vec() };
    sort(&mut value);
    serde_json::to_vec(&value).unwrap_or_default()
}

fn sort(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.sort_keys();
            map.values_mut().for_each(sort);
        }
        Value::Array(list) => list.iter_mut().for_each(sort),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn order_and_blanks_do_not_matter_but_everything_else_does() {
        let same = canonical(br#"{"a":1,"b":{"c":[1,2],"d":"x"}}"#);
        assert_eq!(canonical(br#"{ "b": {"d":"x", "c":[1,2]}, "a":1 }"#), same);
        for other in [r#"{"a":2,"b":{"c":[1,2],"d":"x"}}"#, r#"{"a":1,"b":{"c":[2,1],"d":"x"}}"#, r#"{"a":"1"}"#] {
            assert_ne!(canonical(other.as_bytes()), same);
        }
        assert_ne!(canonical(br#"{"a":"\ud800"}"#), canonical(br#"{"a":"\ud801"}"#));
    }
}
