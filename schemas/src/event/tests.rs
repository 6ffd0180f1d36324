//! The catalogue is whole, and its schemas say what the types say.

use serde_json::{Value, json};

use super::*;

#[test]
fn every_example_is_one_of_its_schema_and_of_its_type() {
    for event in catalogue() {
        let faults = faults(&event.schema, &event.schema, &event.example, "$");
        assert!(faults.is_empty(), "{}: {faults:?}", event.event);
        let read = EventData::read(event.event, event.example.clone());
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", event.event));
        assert_eq!(read.name(), event.event);
        assert_eq!(serde_json::to_value(&read).ok(), Some(event.example));
    }
}

#[test]
fn what_a_schema_does_not_know_is_refused_by_both() {
    for event in catalogue() {
        let mut more = event.example.clone();
        more["surprise"] = json!(1);
        assert!(EventData::read(event.event, more.clone()).is_err(), "{}", event.event);
        assert!(!faults(&event.schema, &event.schema, &more, "$").is_empty(), "{}", event.event);
        for field in event.example.as_object().expect("an object").keys() {
            let mut less = event.example.clone();
            less.as_object_mut().expect("an object").remove(field);
            let schema = faults(&event.schema, &event.schema, &less, "$").is_empty();
            assert_eq!(EventData::read(event.event, less).is_ok(), schema, "{} without {field}", event.event);
        }
    }
}

#[test]
fn names_begin_with_their_resource_and_texts_are_in_both_languages() {
    for event in catalogue() {
        assert!(event.event.as_str().starts_with(&format!("{}.", event.resource)), "{}", event.event);
        assert!(event.version > 0 && event.description.ends_with('.'), "{}", event.event);
        let arabic = event.description_ar.chars().any(|letter| ('\u{600}'..='\u{6ff}').contains(&letter));
        assert!(arabic && event.description_ar.ends_with('.'), "{}", event.event);
        let resource = EventData::read(event.event, event.example).expect("an example").resource();
        assert_eq!(event.resource.id(resource).len(), 30, "{}", event.event);
    }
}

#[test]
fn no_reference_leads_out_of_its_schema() {
    for event in catalogue() {
        let text = event.schema.to_string();
        assert!(!text.contains("#/components"), "{}: {text}", event.event);
        for piece in text.split("\"$ref\":\"#").skip(1) {
            let pointer = piece.split('"').next().unwrap_or_default();
            assert!(event.schema.pointer(pointer).is_some(), "{}: {pointer}", event.event);
        }
    }
}

/// What is wrong with a value, by the words that our schemas use. A word that is not known here is a fault as well.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, rule) in schema.as_object().expect("a schema is an object") {
        let holds = match word.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "examples" | "example" | "format" => true,
            "$ref" => {
                let target = rule.as_str().and_then(|rule| root.pointer(rule.trim_start_matches('#')));
                found.extend(faults(root, target.expect("a reference leads somewhere"), value, at));
                true
            }
            "type" => types(rule).iter().any(|kind| is_of(value, kind)),
            "enum" => rule.as_array().is_some_and(|words| words.contains(value)),
            "minimum" => value.as_i64() >= rule.as_i64(),
            "maximum" => value.as_i64() <= rule.as_i64(),
            "oneOf" => {
                let fits = |one: &&Value| faults(root, one, value, at).is_empty();
                rule.as_array().is_some_and(|all| all.iter().filter(fits).count() == 1)
            }
            "required" => types(rule).iter().all(|name| value.get(name).is_some()),
            "properties" => {
                for (name, inner) in rule.as_object().expect("properties have names") {
                    let Some(value) = value.get(name) else { continue };
                    found.extend(faults(root, inner, value, &format!("{at}.{name}")));
                }
                true
            }
            "additionalProperties" => {
                let known = |name: &String| schema["properties"].get(name).is_some();
                *rule == json!(false) && value.as_object().is_some_and(|fields| fields.keys().all(known))
            }
            _ => false,
        };
        if !holds {
            found.push(format!("{at}: {word} {rule}: {value}"));
        }
    }
    found
}

/// A word, or several.
fn types(rule: &Value) -> Vec<&str> {
    rule.as_str()
        .map_or_else(|| rule.as_array().into_iter().flatten().filter_map(Value::as_str).collect(), |one| vec![one])
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
