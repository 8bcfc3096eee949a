//! Asks a CEL library what a statement finds in an object.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, Env, ExecutionError, Program, Value as Cel, extensions};
use rayjob_policy_admission::{Statement, Within};
use rayjob_policy_core::cel::VARIABLES;
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::syntax::quantity::Quantity;
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

    /// The items of a list.
    fn items(&mut self, list: &str, context: &Context<'_, '_>) -> Vec<Cel> {
        match self.evaluate(list, context) {
            Cel::List(items) => items.to_vec(),
            other => panic!("{list}: {other:?}"),
        }
    }

    /// What a statement finds in an object, of which the variables are known.
    pub fn findings(&mut self, statement: &Statement, variables: &Context<'_, '_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.find(statement, &statement.within, variables, &mut findings);
        findings
    }

    /// Adds what a statement finds below the lists `within`.
    fn find(
        &mut self,
        statement: &Statement,
        within: &[Within],
        outer: &Context<'_, '_>,
        findings: &mut Vec<Finding>,
    ) {
        let (index, item, list, rest) = match (within, &statement.each) {
            ([first, rest @ ..], _) => (first.index, first.item, &first.list, Some(rest)),
            ([], Some(each)) => ("i", "item", each, None),
            ([], None) => return findings.extend(self.finding(statement, outer)),
        };
        for (position, value) in self.items(list, outer).into_iter().enumerate() {
            let mut context = outer.new_inner_scope();
            context.add_variable_from_value(item, value);
            context.add_variable_from_value(index, position as i64);
            match rest {
                Some(rest) => self.find(statement, rest, &context, findings),
                None => findings.extend(self.finding(statement, &context)),
            }
        }
    }

    /// What a statement finds where all names are known.
    fn finding(&mut self, statement: &Statement, context: &Context<'_, '_>) -> Option<Finding> {
        let Statement {
            rule,
            when,
            path,
            detail,
            ending,
            ..
        } = statement;
        let is_found = self.evaluate(when, context) == Cel::Bool(true);
        is_found.then(|| {
            let [path, detail, ending] =
                [path, detail, ending].map(|text| self.text(text, context));
            (rule.id, format!("{path}: {detail}{ending}"))
        })
    }

    /// The variables of an object.
    pub fn variables(&mut self, object: &Value, kind: Kind) -> Context<'static, 'static> {
        let mut context = Context::with_env(self.env.clone());
        // Kubernetes has them, cel-rust does not.
        context.add_function("min", min).expect("no other min");
        context.add_function("max", max).expect("no other max");
        context
            .add_function("isQuantity", is_quantity)
            .expect("no other isQuantity");
        context.add_variable_from_value("object", to_cel(object));
        for variable in VARIABLES {
            let value = self.evaluate(variable.value(kind), &context);
            context.add_variable_from_value(variable.name, value);
        }
        context
    }
}

fn min(This(list): This<Arc<Vec<Cel>>>) -> Result<Cel, ExecutionError> {
    let least = list.iter().min_by(|a, b| order(a, b));
    least.cloned().ok_or_else(|| empty("min"))
}

fn max(This(list): This<Arc<Vec<Cel>>>) -> Result<Cel, ExecutionError> {
    let greatest = list.iter().max_by(|a, b| order(a, b));
    greatest.cloned().ok_or_else(|| empty("max"))
}

fn order(a: &Cel, b: &Cel) -> Ordering {
    a.partial_cmp(b).expect("like values")
}

fn empty(function: &str) -> ExecutionError {
    ExecutionError::function_error(function, "empty list")
}

fn is_quantity(text: Arc<String>) -> bool {
    Quantity::parse(&text).is_some()
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
