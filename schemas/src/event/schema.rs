//! JSON Schemas (2020-12) of events, each whole in itself, made from the types of their data.

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::{EventName, EventType, Payload};

/// Where OpenAPI keeps the parts, and where a schema of its own does.
const SHARED: &str = "#/components/schemas/";
const OWN: &str = "#/$defs/";

/// The whole entry of an event.
pub(super) fn described<T: Payload>(event: EventName, description: &str, description_ar: &str) -> EventType {
    let example = serde_json::to_value(T::example()).unwrap_or_default();
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("$id".to_owned(), format!("urn:jisr:event:{event}:{}", event.version()).into());
    schema.insert("title".to_owned(), event.as_str().into());
    schema.extend(own::<T>());
    schema.insert("description".to_owned(), description.into());
    schema.insert("examples".to_owned(), json!([example]));
    schema.insert("$defs".to_owned(), parts::<T>());
    EventType {
        event,
        version: event.version(),
        resource: event.resource(),
        description: description.to_owned(),
        description_ar: description_ar.to_owned(),
        schema: Value::Object(schema),
        example,
    }
}

/// What the type itself says.
fn own<T: Payload>() -> Map<String, Value> {
    match local(&T::schema()) {
        Value::Object(own) => own,
        _ => Map::new(),
    }
}

/// The types that it is made of, by name.
fn parts<T: Payload>() -> Value {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    parts.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Object(parts.iter().map(|(name, part)| (name.clone(), local(part))).collect())
}

/// A schema whose references lead into its own document.
fn local(schema: &RefOr<Schema>) -> Value {
    let mut value = serde_json::to_value(schema).unwrap_or_default();
    lead_home(&mut value);
    value
}

fn lead_home(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                *reference = reference.replacen(SHARED, OWN, 1);
            }
            fields.values_mut().for_each(lead_home);
        }
        Value::Array(items) => items.iter_mut().for_each(lead_home),
        _ => {}
    }
}
