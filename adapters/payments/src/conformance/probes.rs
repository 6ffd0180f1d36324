//! Promise 14: probes, described over a scripted wire and asked over a real one.

use bytes::Bytes;
use http::HeaderMap;
use kit::testing::ScriptedWire;
use kit::{Error, Reading, Reply, Safety, Transport};

use crate::port::PaymentProvider;

/// What stands before a provider says, or half of what the provider says.
const NO_ANSWERS: [&str; 5] = ["", "<html></html>", "<?xml version=\"1.0\"?><a/>", "{\"Success\":", "\u{0}"];

/// "14. Describes a probe: cheap, free, a `Read`. It may fetch an access token, and sends nothing else. `None` where there is
/// nobody to ask."
pub async fn describes_a_probe(provider: &dyn PaymentProvider, wire: &ScriptedWire) {
    let before = wire.carried().len();
    let probe = provider.describe_probe().await.expect("promise 14: a probe is described");
    assert_eq!(wire.carried().len(), before, "promise 14: describing sends nothing");
    assert_eq!(probe.is_none(), provider.card().settled_by_hand, "promise 14: none where there is nobody to ask");
    let Some(probe) = probe else { return };
    assert_eq!(probe.call.safety, Safety::Read, "promise 14: it changes nothing");
    assert_eq!(probe.call.account, *provider.account(), "promise 14: it is made for this account");
    assert_eq!(probe.call.provider, provider.card().name, "promise 14: it is made for this provider");
    for body in NO_ANSWERS {
        let reply = Reply { status: 200, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) };
        assert!((probe.call.outcome)(&reply).is_err(), "promise 14: {body:?} is no answer");
        let _ = (probe.read)(&reply);
    }
}

/// Asks as the gateway does, and reads what is told; `None` where there is nobody to ask.
pub async fn probe(provider: &dyn PaymentProvider, transport: &Transport) -> Result<Option<Reading>, Error> {
    let Some(probe) = provider.describe_probe().await? else { return Ok(None) };
    transport.probe(&probe.call).await.map(|reply| Some((probe.read)(&reply)))
}
