//! Presence: the probe of providers that have no question to spare. It asks a host for what is nothing, and hears that it is there.

use http::{HeaderValue, header};
use kit::{Account, Call, Delivery, Destination, Kind, Refusal, Reply, Request, Safety, Secrets, object};
use url::Url;

/// Whoever says one of these is there. 403 is not among them: it refuses our address, and somebody has to hear of it.
const THERE: &[u16] = &[400, 401, 404, 405, 406, 415, 422];

static NO_SECRETS: Secrets = Secrets { headers: &[], query: &[], path: &[], body: &[] };

/// A GET of the base of an API, without credentials: it counts for nobody, and there is nothing to be refused to us.
pub(crate) fn call(account: Account, provider: &'static str, base: &Url, destination: Destination) -> Call {
    let mut request = Request::get(base.clone(), destination);
    request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    Call {
        account,
        provider,
        operation: "presence",
        reference: None,
        safety: Safety::Read,
        secrets: &NO_SECRETS,
        answers: THERE,
        outcome: is_there,
        explain: kit::no_explanation,
        timeout: None,
        request,
    }
}

/// How an API words that it has nothing here is its own affair. But a page with a good status is somebody else's: of who stands
/// before it, and says that it is being mended.
fn is_there(reply: &Reply) -> Result<(), Refusal> {
    if THERE.contains(&reply.status) {
        return Ok(());
    }
    object::read::<serde::de::IgnoredAny>(&reply.body).map(drop).map_err(|message| Refusal {
        kind: Kind::Protocol,
        delivery: Delivery::Maybe,
        message,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn judged(status: u16, body: &'static str) -> Result<(), Kind> {
        let reply = Reply { status, headers: HeaderMap::new(), body: body.into() };
        is_there(&reply).map_err(|refusal| refusal.kind)
    }

    #[test]
    fn whoever_has_nothing_here_is_there() {
        for (status, body) in [(404, "{}"), (404, "<html>"), (405, ""), (401, "no"), (200, "{\"name\":\"API\"}")] {
            assert_eq!(judged(status, body), Ok(()), "{status} {body}");
        }
    }

    #[test]
    fn a_page_with_a_good_status_is_somebody_elses() {
        for body in ["<html>", "", "[]", "{", "null"] {
            assert_eq!(judged(200, body), Err(Kind::Protocol), "{body}");
        }
    }
}
