//! What counts is the status inside.

use http::HeaderMap;
use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../../schemas/providers/vanex/", $name))
    };
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: HeaderMap::new(), body: body.to_owned().into() }
}

#[test]
fn tokens_are_found_at_both_places() {
    let token = |body: &str| access_token(&reply(200, body)).map(|token| token.expose_secret().to_owned());
    assert!(token(sample!("authenticate_accepted.json")).is_some_and(|token| token.starts_with("993548|")));
    assert!(token(sample!("authenticate_in_data.json")).is_some_and(|token| token.starts_with("148607|")));
    for none in
        [sample!("authenticate_refused.json"), "{}", "[]", r#"{"access_token":"a b"}"#, r#"{"access_token":null}"#]
    {
        assert_eq!(token(none), None, "{none}");
    }
}

#[test]
fn a_good_status_may_say_no() {
    let judged = |body: &str| judge(&reply(200, body)).map_err(|refusal| (refusal.kind, refusal.delivery));
    assert_eq!(judged(sample!("city_all.json")), Ok(()));
    for (status, expected) in [
        (401, (Kind::Unauthorized, Delivery::Never)),
        (404, (Kind::NotFound, Delivery::Never)),
        (422, (Kind::Rejected, Delivery::Never)),
        (429, (Kind::RateLimited, Delivery::Never)),
        (500, (Kind::Unavailable, Delivery::Maybe)),
        (302, (Kind::Unavailable, Delivery::Maybe)),
    ] {
        assert_eq!(judged(&format!(r#"{{"status_code":{status},"message":"x"}}"#)), Err(expected), "{status}");
    }
    assert_eq!(judged("<html>"), Err((Kind::Protocol, Delivery::Maybe)));
}

#[test]
fn words_name_the_fields() {
    let words = |body: &str| explain(&reply(422, body)).and_then(|explanation| explanation.message);
    assert_eq!(words(sample!("package_invalid.json")).as_deref(), Some("خطأ في البيانات المدخلة (city)"));
    assert_eq!(words(sample!("authenticate_refused.json")).as_deref(), Some("email"));
    assert_eq!(words(sample!("delete_refused.json")).as_deref(), Some("لا يمكن إلغاء الطرد بعد الشحن"));
    assert_eq!(words(r#"{"errors":false}"#), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let reply = Reply { status: 200, headers: HeaderMap::new(), body: body.into() };
        let _ = (judge(&reply), judge_or_gone(&reply), explain(&reply), access_token(&reply), booked(&reply));
    }
}

#[test]
fn whatever_is_said_of_a_package_that_nobody_has_is_an_answer() {
    let judged = |status, body: &str| is_told(&reply(status, body)).map_err(|refusal| refusal.kind);
    assert_eq!(judged(200, include_str!("../../../../../schemas/providers/vanex/tracking.json")), Ok(()));
    assert_eq!(judged(404, include_str!("../../../../../schemas/providers/vanex/package_gone.json")), Ok(()));
    for (status, body) in
        [(422, r#"{"status_code":422}"#), (404, r#"{"message":"x"}"#), (200, r#"{"status_code":404}"#)]
    {
        assert_eq!(judged(status, body), Ok(()), "{status} {body}");
    }
    for (status, body, kind) in [
        (200, r#"{"status_code":500,"message":"x"}"#, Kind::Unavailable),
        (404, r#"{"status_code":503}"#, Kind::Unavailable),
        (200, r#"{"status_code":401}"#, Kind::Unauthorized),
        (404, "<html>", Kind::Protocol),
        (200, "[]", Kind::Protocol),
    ] {
        assert_eq!(judged(status, body), Err(kind), "{status} {body}");
    }
}
