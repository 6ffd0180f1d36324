//! `hashed`: the proof of returns and callbacks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::form;

/// The upper-case hex HMAC-SHA256 of the parameters in their order, written as PHP's `http_build_query` does; the key is
/// its text.
pub(super) fn hashed(key: &str, parameters: &[(&str, &str)]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(form::write(parameters).as_bytes());
    hex::encode_upper(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::hashed;
    use crate::form::Form;

    const P1: &str = "sk_ac63978fe4bc6defb55045fe84492021d1e87555";
    const P2: &str = "sk_40a07a6c0e63818dc2b292c8e302894e08acedfb";
    const P4: &str = "sk_caf8cdd67e554180100dbee62d57dd12eb57acbd";

    /// The hash of a query, and the one that stands in it.
    fn both(key: &str, query: &str) -> (String, String) {
        let given = Form::read(query.trim_end().as_bytes()).unwrap().take("hashed").unwrap();
        let (signed, _) = query.split_once("&hashed=").unwrap();
        let pairs: Vec<(&str, &str)> = signed.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
        (hashed(key, &pairs), given)
    }

    #[test]
    fn the_published_vectors_hold() {
        for (key, query) in [
            (P1, include_str!("../../../schemas/providers/plutu/localbankcards_return_p1.txt")),
            (P2, include_str!("../../../schemas/providers/plutu/tlync_return_p3.txt")),
            (P4, include_str!("../../../schemas/providers/plutu/mpgs_return_p4.txt")),
        ] {
            let (computed, given) = both(key, query);
            assert_eq!(computed, given, "{query}");
        }
        let callback = include_str!("../../../schemas/providers/plutu/tlync_callback_p2.json");
        let callback: serde_json::Map<String, serde_json::Value> = serde_json::from_str(callback).unwrap();
        let text = |name: &str| callback[name].as_str().unwrap();
        let names = callback.keys().filter(|name| *name != "hashed");
        let pairs: Vec<(&str, &str)> = names.map(|name| (name.as_str(), text(name))).collect();
        assert_eq!(hashed(P2, &pairs), text("hashed"));
    }

    #[test]
    fn the_order_and_the_key_count() {
        let p1 = [("gateway", "localbankcards"), ("approved", "1"), ("invoice_no", "14022023"), ("amount", "5.00")];
        let p1 = [p1.as_slice(), &[("transaction_id", "100900")]].concat();
        assert!(hashed(P1, &p1).starts_with("79CA9C64A7DF0BB5"));
        let mut n1 = p1.clone();
        n1.swap(1, 2);
        assert_eq!(hashed(P1, &n1), "8CF756672BD5633DD1DFAFAAB4B0DD4D15B5B8D758EF9B41A5E4367AF55E70B8");
        assert_ne!(hashed(P2, &p1), hashed(P1, &p1));
    }
}
