//! What is around every answer, and how a no looks.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::exchange::{Answer, Refusal};

/// A yes, with what it says.
pub(super) fn yes(data: Option<Value>) -> Answer {
    let mut body = json!({ "status": true });
    if let Some(data) = data {
        body["data"] = data;
    }
    body["metrics"] = metrics();
    Answer::json(StatusCode::OK, &body)
}

/// A no. The status is a good one more often than not.
pub(super) fn no(status: StatusCode, message: &str, location: Option<&str>) -> Answer {
    let mut said = json!({ "message": message });
    if let Some(location) = location {
        // `localShipments.body.service` is a part of `localShipments.body`.
        let name = location.split('.').take(2).collect::<Vec<_>>().join(".");
        said["name"] = json!(name);
        said["location"] = json!(location);
        said["stack"] = json!(format!("Error: {message}\n    at validate (/srv/app/validate.js:1:1)"));
    }
    Answer::json(status, &json!({ "status": false, "messages": [said], "metrics": metrics() }))
}

/// A part of the request is not as it must be; the caller should have known.
pub(super) fn invalid(message: &str, location: &str) -> Refusal {
    Refusal::violation(format!("{location}: {message}"), no(StatusCode::OK, message, Some(location)))
}

/// A part of the request is as it must be, and is refused all the same.
pub(super) fn declined(message: &str, location: &str) -> Refusal {
    Refusal::decline(no(StatusCode::OK, message, Some(location)))
}

fn metrics() -> Value {
    json!({ "handledInMs": 12, "respondInMs": 14 })
}
