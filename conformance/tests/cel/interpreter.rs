//! Asks a CEL library what a statement finds in an object.

use std::collections::HashMap;
use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, Env, ExecutionError, Program, Value as Cel, extensions};
use rayjob_policy_admission::Statement;
use rayjob_policy_core::cel::VARIABLES;
use rayjob_policy_core::kind::Kind;
use serde_json::Value;

/// A rule's ID, and its message.
pub type Finding = (&'static str, String);

/// Compiles each expression once.
pub struct Interpreter {
    env: Arc<Env>,
    programs: HashMap<String, Program>,
}

impl Default for Interpreter {
    /// In Kubernetes' environment, as far as the catalogue uses it.
    fn default() -> Self {
        let mut env = Env::stdlib();
        env.add_extension(extensions::strings)
            .expect("no other strings");
        Self {
            env: Arc::new(env),
            programs: HashMap::new(),
        }
    }
}

impl Interpreter {
    fn evaluate(&mut self, expression: &str, context: &Context<'_, '_>) -> Cel {
        if !self.programs.contains_key(expression) {
            let program = self.env.compile(expression);
            let program = program.unwrap_or_else(|error| panic!("{expression}: {error}"));
            self.programs.insert(expression.into(), program);
        }
        let value = self.programs[expression].execute(context);
        value.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    fn text(&mut self, expression: &str, context: &Context<'_, '_>) -> String {
        match self.evaluate(expression, context) {
            Cel::String(text) => text.to_string(),
            other => panic!("{expression}: {other:?}"),
        }
    }

    /// What a statement finds in an object, of which the variables are known.
    pub fn findings(&mut self, statement: &Statement, variables: &Context<'_, '_>) -> Vec<Finding> {
        let each = statement.each.as_ref();
        let items = match each.map(|each| self.evaluate(each, variables)) {
            None => vec![None],
            Some(Cel::List(items)) => items.iter().cloned().map(Some).collect(),
            Some(other) => panic!("{each:?}: {other:?}"),
        };
        let mut findings = Vec::new();
        for (position, item) in items.into_iter().enumerate() {
            let mut context = variables.new_inner_scope();
            if let Some(item) = item {
                context.add_variable_from_value("item", item);
                context.add_variable_from_value("i", position as i64);
            }
            if self.evaluate(&statement.when, &context) == Cel::Bool(true) {
                let Statement {
                    path,
                    detail,
                    ending,
                    ..
                } = statement;
                let [path, detail, ending] =
                    [path, detail, ending].map(|text| self.text(text, &context));
                findings.push((statement.rule.id, format!("{path}: {detail}{ending}")));
            }
        }
        findings
    }

    /// The variables of an object.
    pub fn variables(&mut self, object: &Value, kind: Kind) -> Context<'static, 'static> {
        let mut context = Context::with_env(self.env.clone());
        // Kubernetes has it, cel-rust does not.
        context.add_function("min", min).expect("no other min");
        context.add_variable_from_value("object", to_cel(object));
        for variable in VARIABLES {
            let value = self.evaluate(variable.value(kind), &context);
            context.add_variable_from_value(variable.name, value);
        }
        context
    }
}

fn min(This(list): This<Arc<Vec<Cel>>>) -> Result<Cel, ExecutionError> {
    let least = list
        .iter()
        .min_by(|a, b| a.partial_cmp(b).expect("like values"));
    least
        .cloned()
        .ok_or_else(|| ExecutionError::function_error("min", "empty list"))
}

/// JSON as an API server hands it to CEL.
fn to_cel(json: &Value) -> Cel {
    match json {
        Value::Null => Cel::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| number.as_f64().expect("a number").into(), Cel::Int),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(to_cel).collect::<Vec<_>>().into(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.as_str(), to_cel(value)))
            .collect::<HashMap<_, _>>()
            .into(),
    }
}
