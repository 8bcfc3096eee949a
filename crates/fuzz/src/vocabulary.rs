//! The fields of KubeRay's CRDs, and what the rules' examples have in them.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use rayjob_policy_testkit::{examples, project, vectors};
use serde_json::{Value, json};

/// What the examples of the rules and the vectors have in each field, by its name.
pub struct Vocabulary {
    fields: Vec<(String, Vec<Value>)>,
}

/// The vocabulary, read once.
pub static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::read);

/// The most values of a field that are kept.
const MOST_VALUES: usize = 200;

impl Vocabulary {
    fn read() -> Self {
        let mut fields = BTreeMap::<String, Vec<Value>>::new();
        for vector in examples().iter().chain(&vectors()) {
            collect(vector.request(), &mut fields);
            let settings = vector.settings.iter();
            settings.for_each(|settings| collect(settings, &mut fields));
        }
        for (field, value) in in_schemas() {
            fields.entry(field).or_default().push(value);
        }
        Self {
            fields: fields.into_iter().collect(),
        }
    }

    /// The fields and their values, in order of name.
    pub fn fields(&self) -> &[(String, Vec<Value>)] {
        &self.fields
    }

    /// What a field of this name has elsewhere.
    pub fn values(&self, field: &str) -> &[Value] {
        let place = self
            .fields
            .binary_search_by(|(name, _)| name.as_str().cmp(field));
        place.map_or(&[], |place| &self.fields[place].1)
    }
}

/// The fields in the schemas of KubeRay's CRDs, each with a value of its type.
fn in_schemas() -> Vec<(String, Value)> {
    let text = fs::read_to_string(project("src/crd/schemas.json")).expect("the schemas");
    let schemas: Value = serde_json::from_str(&text).expect("JSON");
    let nodes = schemas["nodes"].as_object().into_iter().flatten();
    let fields = nodes.flat_map(|(_, node)| node["properties"].as_object().into_iter().flatten());
    let value = |node: &Value| match schemas["nodes"][node.as_str()?]["type"].as_str()? {
        "array" => Some(json!([{}])),
        "boolean" => Some(json!(true)),
        "integer" | "int-or-string" => Some(json!(1)),
        "object" => Some(json!({})),
        _ => Some(json!("a")),
    };
    fields
        .map(|(field, node)| (field.clone(), value(node).unwrap_or_default()))
        .collect()
}

fn collect(value: &Value, fields: &mut BTreeMap<String, Vec<Value>>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let known = fields.entry(key.clone()).or_default();
                if known.len() < MOST_VALUES && !known.contains(value) {
                    known.push(value.clone());
                }
                collect(value, fields);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, fields)),
        _ => {}
    }
}
