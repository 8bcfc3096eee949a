//! The variables and the validation of one statement.

use std::collections::HashMap;

use rayjob_policy_core::group::EMPTY_NOTE;
use rayjob_policy_core::kind::Kind;

use crate::request_object::RequestObject;
use crate::statement::{Statement, Within, literal};
use crate::variable::Variable;

/// How many findings of one rule are compared one by one with those in the
/// stored object.
const COUNTED: usize = 100;

/// What a statement becomes in a policy.
///
/// `found_ID` is what it finds in the object, `stored_found_ID` what it finds
/// in the stored one, and `new_ID` what is found only now, or once more. What
/// is found is a detail; on an item of a list it is also a path, which in the
/// stored object may be another.
pub struct Finding<'s> {
    statement: &'s Statement,
    name: String,
    object: RequestObject,
}

/// The statements with names, of which those of one rule are numbered.
pub fn all(statements: &[Statement], kind: Kind) -> Vec<Finding<'_>> {
    let mut numbers = HashMap::new();
    let name = |statement: &Statement| {
        let id = statement.rule.id.replace('-', "_");
        let number = numbers.entry(statement.rule.id).or_insert(0);
        *number += 1;
        match number {
            1 => id,
            number => format!("{id}_{number}"),
        }
    };
    let names: Vec<_> = statements.iter().map(name).collect();
    let findings = statements.iter().zip(names);
    findings
        .map(|(statement, name)| Finding {
            statement,
            name,
            object: RequestObject::new(kind),
        })
        .collect()
}

impl Finding<'_> {
    /// The three variables.
    pub fn variables(&self) -> [Variable; 3] {
        let name = &self.name;
        let (here, before) = (
            format!("variables.found_{name}"),
            format!("variables.stored_found_{name}"),
        );
        let same = self.compared("found[1]");
        let new = match self.is_of_items() {
            false => format!("{here}.filter(found, !(found in {before}))"),
            // Each stored finding excuses one only. To count them costs more than
            // the API server grants where there are hundreds.
            true => format!(
                "{here}.map(found, {same}) == {before} ? [] :\n\
                 {here}.size() > {COUNTED} ? {here}.filter(found, !({same} in {before})) :\n\
                 {here}.transformList(n, found,\n  \
                 {here}.transformList(m, other, m <= n && other[1] == found[1], m).size() >\n  \
                 {before}.filter(other, other == {same}).size(),\n  found)"
            ),
        };
        let stored = format!(
            "oldObject == null ? [] :\n{}",
            self.found(self.object.old())
        );
        [
            (format!("found_{name}"), self.found(self.object)),
            (format!("stored_found_{name}"), stored),
            (format!("new_{name}"), new),
        ]
        .map(|(name, expression)| Variable { name, expression })
    }

    /// Whether the statement may find several things.
    fn is_of_items(&self) -> bool {
        self.statement.each.is_some() || !self.statement.within.is_empty()
    }

    /// What of a detail is compared with details of the stored object.
    fn compared(&self, detail: &str) -> String {
        match self.statement.has_empty_note() {
            true => format!("{detail}.replace({}, '', 1)", literal(EMPTY_NOTE)),
            false => detail.into(),
        }
    }

    fn found(&self, object: RequestObject) -> String {
        let Statement {
            within,
            each,
            when,
            path,
            detail,
            ..
        } = self.statement;
        let [when, path, detail] = [when, path, detail].map(|text| object.expression(text));
        let detail = match object.is_old {
            true => self.compared(&format!("({detail})")),
            false => detail,
        };
        let each = each.as_ref().map(|each| object.expression(each));
        if within.is_empty() {
            let found = match object.is_old {
                true => detail.clone(),
                false => format!("[{path}, {detail}]"),
            };
            return match each {
                None => format!("{when}\n? [{detail}] : []"),
                Some(each) => format!("{each}.transformList(i, item,\n  {when},\n  {found})"),
            };
        }
        // CEL flattens no lists of lists, but it joins and splits texts. No path or detail has
        // a line feed or a tab: `quoted` escapes them.
        let found = match object.is_old {
            true => detail,
            false => format!(r"{path} + '\t' + {detail}"),
        };
        let mut found = match each {
            None => format!("({when}) ?\n  {found} : ''"),
            Some(each) => {
                format!("{each}.transformList(i, item,\n  {when},\n  {found}).join('\\n')")
            }
        };
        for Within { index, item, list } in within.iter().rev() {
            let list = object.expression(list);
            found = format!(
                "{list}.transformList({index}, {item},\n{found})\n.filter(t, t != '').join('\\n')"
            );
        }
        let split = match object.is_old {
            true => r"t.split('\n')",
            false => r"t.split('\n').map(found, found.split('\t'))",
        };
        format!("[{found}]\n.map(t, t == '' ? [] : {split})[0]")
    }

    /// Whether nothing new is found: the expression of the validation.
    pub fn is_absent(&self) -> String {
        format!("variables.new_{}.size() == 0", self.name)
    }

    /// The expression of the message, which the API server evaluates even if
    /// there is nothing to tell.
    pub fn message(&self) -> String {
        let Self {
            statement,
            name,
            object,
        } = self;
        let facts = match self.is_of_items() {
            false => {
                let path = object.expression(&statement.path);
                format!("{path} + ': ' + variables.new_{name}.join()")
            }
            true => {
                format!(
                    "(variables.new_{name}.size() == 0 ? '' : variables.new_{name}[0].join(': '))"
                )
            }
        };
        let ending = object.expression(&statement.ending);
        format!("{facts} +\n{ending} + variables.others")
    }
}

/// The variables that name the other rules that are broken: of several
/// messages an API server tells the first one only.
pub fn others(findings: &[Finding<'_>]) -> [Variable; 3] {
    let list = |item: &dyn Fn(&Finding<'_>) -> String| {
        let items: Vec<_> = findings.iter().map(item).collect();
        format!("[\n  {}\n]", items.join(",\n  "))
    };
    let numbers = list(&|finding| format!("variables.new_{}.size()", finding.name));
    let ids = list(&|finding| literal(finding.statement.rule.id));
    [
        ("numbers", numbers),
        (
            "ids",
            format!("{ids}.transformList(n, id, variables.numbers[n] > 0, id)"),
        ),
        (
            "others",
            "variables.ids.size() < 2 ? '' :\n' and ' + string(variables.ids.size() - 1) + ' more: ' +\n\
             variables.ids.transformList(n, id, n > 0, id).join(', ')"
                .into(),
        ),
    ]
    .map(|(name, expression)| Variable {
        name: name.into(),
        expression,
    })
}
