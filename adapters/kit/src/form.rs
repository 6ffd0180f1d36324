//! What wires of forms have in common: POSTs of form fields with a bearer's token, national numbers, two decimals.

use http::{HeaderMap, HeaderValue, Method, header};
use schemas::{Money, Phone};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use crate::{Destination, Request};

/// A POST of fields in their order.
pub fn post<N: AsRef<str>, V: AsRef<str>>(
    url: Url,
    destination: Destination,
    token: &SecretString,
    fields: &[(N, V)],
) -> Request {
    let bearer = format!("Bearer {}", token.expose_secret()).into();
    let headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        (header::ACCEPT, HeaderValue::from_static("application/json")),
        (header::AUTHORIZATION, secret(&bearer)),
    ]);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Request { method: Method::POST, url, headers, body: body.into(), destination }
}

/// Whether a credential can stand in a header. One that was pasted with `Bearer` has a blank in it, and cannot.
pub fn fits_header(text: &SecretString) -> bool {
    text.expose_secret().bytes().all(|byte| byte.is_ascii_graphic())
}

/// A header that is never shown, of a text that fits.
pub fn secret(text: &SecretString) -> HeaderValue {
    let mut value = HeaderValue::from_str(text.expose_secret()).expect("what goes into a header was checked to fit");
    value.set_sensitive(true);
    value
}

/// Below the base URL's own path, which a proxy or a mock may have.
pub fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/'));
    }
    url
}

/// `09` and eight digits; `None` for a fixed line, which has no wallet and gets no messages.
pub fn mobile(phone: &Phone) -> Option<String> {
    let digits = phone.e164().strip_prefix("+218").filter(|digits| digits.starts_with('9'))?;
    Some(format!("0{digits}"))
}

/// An amount with two decimals; `None` where there would be something to round.
pub fn two_decimals(money: Money) -> Option<String> {
    let text = money.to_string();
    match money.currency.exponent() {
        2 => Some(text),
        3 => text.strip_suffix('0').map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use schemas::Currency;

    use super::*;

    #[test]
    fn fields_keep_their_order_and_are_encoded() {
        let url = Url::parse("https://pay.example.ly/mock/").expect("a URL");
        let token = SecretString::from("geheim");
        let fields = [("b", "x y&z=1"), ("a", "٠"), ("b", "")];
        let request = post(below(&url, "payment/initiate"), Destination::Trusted, &token, &fields);
        assert_eq!(request.body, "b=x+y%26z%3D1&a=%D9%A0&b=");
        assert_eq!(request.url.as_str(), "https://pay.example.ly/mock/payment/initiate");
        assert_eq!(request.headers["authorization"], "Bearer geheim");
        assert!(!format!("{:?} {:?}", request, request.headers).contains("geheim"));
    }

    #[test]
    fn only_plain_credentials_fit() {
        assert!(fits_header(&"ey.J|0-_=".into()));
        for text in ["Bearer x", "x\n", "é", "x\u{7f}"] {
            assert!(!fits_header(&text.into()), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_national_and_mobile() {
        let mobile = |text| mobile(&Phone::parse(text).expect("a number"));
        assert_eq!(mobile("+218912345678").as_deref(), Some("0912345678"));
        assert_eq!(mobile("0213334444"), None);
    }

    #[test]
    fn amounts_have_two_decimals_and_are_never_rounded() {
        for (minor, currency, text) in [
            (10, Currency::Lyd, Some("0.01")),
            (100, Currency::Lyd, Some("0.10")),
            (12_500, Currency::Lyd, Some("12.50")),
            (1_000_000, Currency::Lyd, Some("1000.00")),
            (12_505, Currency::Lyd, None),
            (1, Currency::Lyd, None),
            (1, Currency::Usd, Some("0.01")),
            (500, Currency::Usd, Some("5.00")),
        ] {
            assert_eq!(two_decimals(Money::new(minor, currency)).as_deref(), text, "{minor}");
        }
    }
}
