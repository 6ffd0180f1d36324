//! The promises of `codes.rs`, for a route that has a code.

use kit::testing::ScriptedWire;
use schemas::payment::Code;

use super::{acts_for, nonsense};
use crate::card::Route;
use crate::codes::Confirmed;
use crate::port::{Order, PaymentProvider};

/// The promises of `Codes`: 1, 2, 4 and 5, for a route that has a code.
pub fn confirms_by_codes(provider: &dyn PaymentProvider, wire: &ScriptedWire, route: &Route, order: &Order) {
    let Some(length) = route.code else { return };
    let codes = provider.codes().expect("a route with a code belongs to a provider with codes");
    let digits = &"73910462"[..usize::from(length)];
    let code = Code::parse(digits).expect("digits");
    let before = wire.carried().len();
    let call = codes.describe_confirm(order, "session-1", &code).expect("codes 1: a confirmation is described");
    acts_for(provider, &call, order);
    let logged = kit::mask::body(&call.request.body, call.secrets.body).unwrap_or_default();
    assert!(!logged.contains(digits), "codes 2: the code is secret in it: {logged}");
    let shown = kit::mask::url(&call.request.url, call.secrets);
    assert!(!shown.contains(digits), "codes 2: the code is secret in its address: {shown}");
    for reply in nonsense() {
        let read = codes.read_confirm(order, &reply);
        assert!(matches!(read, Confirmed::Unclear { .. }), "codes 4: {reply:?} says nothing, and not {read:?}");
    }
    let resend = codes.describe_resend(order, "session-1").expect("codes 5: sending again is described");
    acts_for(provider, &resend, order);
    assert_eq!(wire.carried().len(), before, "codes 1 and 5: describing sends nothing");
}
