//! What is told on the bus is as its schema in `docs/schemas` says.

use serde_json::Value;

/// Asserts that this is a detail of this type.
#[track_caller]
pub(crate) fn is_as_its_schema_says(detail_type: &str, detail: &Value) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schemas");
    let file = format!("{folder}/{detail_type}.v1.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let errors: Vec<String> = validator
        .iter_errors(detail)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, [""; 0], "{detail:#}");
    // A schema that takes anything would take these, too.
    for field in detail.as_object().unwrap().keys() {
        let mut broken = detail.clone();
        broken[field] = Value::Null;
        assert!(!validator.is_valid(&broken), "{field}");
    }
}
