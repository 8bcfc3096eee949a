//! Writes every mutant of a file into the file, each behind a switch.
//!
//! An expression becomes `(if on(N) { MUTATED } else { ORIGINAL })`, where only the original
//! contains further mutants, so that the text grows little.

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::{LineColumn, Span};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, BinOp, Block, Expr, ExprStruct, Pat, Signature};

use crate::mutant::{Genre, Mutant, Place};

/// A file with its mutants.
pub struct Rewritten {
    /// Its text.
    pub text: String,
    /// What each mutant has added, to know by whom an error of the compiler is caused.
    pub added: Vec<(usize, Range<usize>)>,
    /// The code that a mutant has a switch in.
    pub around: Vec<(usize, Range<usize>)>,
    /// The mutants that no switch can express.
    pub impossible: Vec<usize>,
}

/// Rewrites a file with these mutants of it, each with its number.
///
/// # Errors
/// If the file is not Rust.
pub fn rewrite(text: &str, mutants: &[(usize, &Mutant)]) -> syn::Result<Rewritten> {
    let mut sites = Sites::default();
    sites.visit_file(&syn::parse_file(text)?);
    let mut by_site = BTreeMap::<usize, Vec<(usize, &Mutant)>>::new();
    let mut impossible = Vec::new();
    for &(number, mutant) in mutants {
        match sites.places.get(&(mutant.genre, mutant.span.start)) {
            Some(&site) => by_site.entry(site).or_default().push((number, mutant)),
            None => impossible.push(number),
        }
    }
    let mut pieces = Vec::new();
    for (index, mutants) in &by_site {
        let site = &sites.found[*index];
        let [start, end] = [site.start, site.end].map(|place| place.offset(text));
        // At one place, what ends comes before what begins, and inner code within outer code.
        let outwards = isize::try_from(*index).unwrap_or(isize::MAX);
        for (number, added) in site.before(text, start..end, mutants) {
            pieces.push((start, 1, outwards, added, number));
        }
        pieces.push((end, 0, -outwards, site.after.to_owned(), None));
    }
    pieces.sort_by_key(|&(at, begins, order, ..)| (at, begins, order));
    let mut out = Rewritten {
        text: String::new(),
        added: Vec::new(),
        around: Vec::new(),
        impossible,
    };
    let mut from = 0;
    let mut starts = BTreeMap::new();
    for (at, begins, order, added, number) in pieces {
        out.text.push_str(&text[from..at]);
        from = at;
        let start = out.text.len();
        out.text.push_str(&added);
        let end = out.text.len();
        out.added.extend(number.map(|number| (number, start..end)));
        if begins == 1 {
            starts.entry(order).or_insert(start);
        } else if let Some(&start) = starts.get(&-order) {
            let mutants = &by_site[&order.unsigned_abs()];
            out.around
                .extend(mutants.iter().map(|&(number, _)| (number, start..end)));
        }
    }
    out.text.push_str(&text[from..]);
    Ok(out)
}

/// Code that mutants change.
struct Site {
    start: Place,
    end: Place,
    /// What follows the code if it has switches.
    after: &'static str,
}

impl Site {
    /// Returns what stands before the code: of each mutant its number and its piece.
    fn before(
        &self,
        text: &str,
        site: Range<usize>,
        mutants: &[(usize, &Mutant)],
    ) -> Vec<(Option<usize>, String)> {
        let mut before = Vec::new();
        let original = &text[site.clone()];
        let mut opening = "(";
        for &(number, mutant) in mutants {
            let on = format!("::mutant::on({number})");
            let piece = match mutant.genre {
                Genre::FnValue => format!("if {on} {{ return {}; }} ", mutant.replacement),
                Genre::MatchArm if original.is_empty() => format!(" if !{on}"),
                Genre::MatchArm if self.after.is_empty() => format!("!{on} && "),
                Genre::MatchArm => format!("!{on} && ("),
                _ => {
                    let start = mutant.span.start.offset(text) - site.start;
                    let mut end = mutant.span.end.offset(text) - site.start;
                    if mutant.genre == Genre::StructField && original[end..].starts_with(',') {
                        end += 1;
                    }
                    let mut mutated = original.to_owned();
                    mutated.replace_range(start..end, &mutant.replacement);
                    format!("{opening}if {on} {{ {mutated} }} else ")
                }
            };
            opening = "";
            before.push((Some(number), piece));
        }
        if self.after == SWITCHED {
            before.push((None, "{ ".to_owned()));
        }
        before
    }
}

/// What follows an expression that has switches.
const SWITCHED: &str = " })";

/// Where code is that a mutant changes.
#[derive(Default)]
struct Sites {
    /// The outer code comes before the inner.
    found: Vec<Site>,
    /// By what cargo-mutants knows the code: the place of an operator, an arm or a field.
    places: BTreeMap<(Genre, Place), usize>,
    /// Whether the compiler evaluates the code, so that nothing can be switched.
    is_constant: bool,
}

impl Sites {
    fn add(&mut self, genre: Genre, known_by: &[Span], code: Span, after: &'static str) {
        self.add_between(genre, known_by, [code.start(), code.end()], after);
    }

    fn add_between(
        &mut self,
        genre: Genre,
        known_by: &[Span],
        [start, end]: [LineColumn; 2],
        after: &'static str,
    ) {
        if self.is_constant {
            return;
        }
        for span in known_by {
            self.places
                .insert((genre, span.start().into()), self.found.len());
        }
        let [start, end] = [start, end].map(Place::from);
        self.found.push(Site { start, end, after });
    }

    fn function(&mut self, signature: &Signature, body: &Block, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_constant, signature.constness.is_some());
        // A function that returns `impl Trait` returns one type.
        let output = signature.output.span().source_text().unwrap_or_default();
        if let Some(first) = body.stmts.first()
            && !output.contains("impl ")
        {
            let start = first.span().start();
            self.add_between(Genre::FnValue, &[first.span()], [start; 2], "");
        }
        visit(self);
        self.is_constant = before;
    }

    fn constant(&mut self, is_constant: bool, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_constant, is_constant);
        visit(self);
        self.is_constant = before;
    }
}

/// Returns whether a condition binds names, which no block around it may keep.
fn binds(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) if matches!(binary.op, BinOp::And(_)) => {
            binds(&binary.left) || binds(&binary.right)
        }
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Sites {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block, |sites| {
            visit::visit_item_fn(sites, item)
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block, |sites| {
            visit::visit_impl_item_fn(sites, item)
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body, |sites| {
                visit::visit_trait_item_fn(sites, item)
            });
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(true, |sites| visit::visit_item_const(sites, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.constant(true, |sites| visit::visit_item_static(sites, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.constant(true, |sites| visit::visit_impl_item_const(sites, item));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.constant(true, |sites| visit::visit_trait_item_const(sites, item));
    }

    fn visit_expr_const(&mut self, expr: &'ast syn::ExprConst) {
        self.constant(true, |sites| visit::visit_expr_const(sites, expr));
    }

    fn visit_type_array(&mut self, array: &'ast syn::TypeArray) {
        self.constant(true, |sites| visit::visit_type_array(sites, array));
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.constant(false, |sites| visit::visit_expr_closure(sites, closure));
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        if !binds(&binary.left) && !binds(&binary.right) {
            self.add(
                Genre::BinaryOperator,
                &[binary.op.span()],
                binary.span(),
                SWITCHED,
            );
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        self.add(
            Genre::UnaryOperator,
            &[unary.op.span()],
            unary.span(),
            SWITCHED,
        );
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_struct(&mut self, made: &'ast ExprStruct) {
        let fields: Vec<Span> = made.fields.iter().map(Spanned::span).collect();
        self.add(Genre::StructField, &fields, made.span(), SWITCHED);
        visit::visit_expr_struct(self, made);
    }

    fn visit_expr_match(&mut self, matched: &'ast syn::ExprMatch) {
        let is_wild = |arm: &Arm| matches!(arm.pat, Pat::Wild(_)) && arm.guard.is_none();
        let has_wild = matched.arms.iter().any(is_wild);
        for arm in matched
            .arms
            .iter()
            .filter(|arm| arm.guard.is_none() && has_wild)
        {
            let end = arm.pat.span().end();
            self.add_between(Genre::MatchArm, &[arm.span()], [end; 2], "");
        }
        visit::visit_expr_match(self, matched);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if let Some((_, guard)) = &arm.guard {
            let after = if binds(guard) { "" } else { ")" };
            self.add(Genre::MatchArm, &[arm.span()], guard.span(), after);
            if !binds(guard) {
                self.add(
                    Genre::MatchArmGuard,
                    &[guard.span()],
                    guard.span(),
                    SWITCHED,
                );
            }
        }
        visit::visit_arm(self, arm);
    }
}

#[cfg(test)]
mod tests {
    use super::rewrite;
    use crate::mutant::{Genre, Mutant};

    /// Rewrites a line with mutants that are found by the code they replace.
    fn rewritten(text: &str, mutants: &[(Genre, &str, &str)]) -> String {
        let mutants: Vec<Mutant> = mutants
            .iter()
            .map(|(genre, code, replacement)| {
                let start = text.find(code).expect("the code") + 1;
                let place = |column| serde_json::json!({"line": 1, "column": column});
                let span = serde_json::json!({
                    "start": place(start), "end": place(start + code.len()),
                });
                serde_json::from_value(serde_json::json!({
                    "file": "a.rs", "name": "a.rs:1:1: replace", "package": "a",
                    "genre": format!("{genre:?}"), "span": span, "replacement": replacement,
                }))
                .expect("a mutant")
            })
            .collect();
        let numbered: Vec<_> = mutants.iter().enumerate().collect();
        let rewritten = rewrite(text, &numbered).expect("Rust");
        for (number, range) in rewritten.added {
            assert!(rewritten.text[range].contains(&format!("on({number})")));
        }
        for number in rewritten.impossible {
            assert!(!rewritten.text.contains(&format!("on({number})")));
        }
        syn::parse_file(&rewritten.text).expect("Rust");
        rewritten.text.replace("::mutant::", "")
    }

    #[test]
    fn each_genre_has_a_switch() {
        for (text, genre, code, replacement, expected) in [
            (
                "fn f() -> u8 { g(); 2 }",
                Genre::FnValue,
                "g(); 2",
                "0",
                "fn f() -> u8 { if on(0) { return 0; } g(); 2 }",
            ),
            (
                "fn f() { a < b; }",
                Genre::BinaryOperator,
                "<",
                "==",
                "fn f() { (if on(0) { a == b } else { a < b }); }",
            ),
            (
                "fn f() { a += 1; }",
                Genre::BinaryOperator,
                "+=",
                "-=",
                "fn f() { (if on(0) { a -= 1 } else { a += 1 }); }",
            ),
            (
                "fn f() { g(!a); }",
                Genre::UnaryOperator,
                "!",
                "",
                "fn f() { g((if on(0) { a } else { !a })); }",
            ),
            (
                "fn f() { match a { 1 => {} _ => {} } }",
                Genre::MatchArm,
                "1 => {}",
                "",
                "fn f() { match a { 1 if !on(0) => {} _ => {} } }",
            ),
            (
                "fn f() { match a { 1 if b => {} _ => {} } }",
                Genre::MatchArm,
                "1 if b => {}",
                "",
                "fn f() { match a { 1 if !on(0) && (b) => {} _ => {} } }",
            ),
            (
                "fn f() { match a { 1 if b => {} _ => {} } }",
                Genre::MatchArmGuard,
                "b",
                "true",
                "fn f() { match a { 1 if (if on(0) { true } else { b }) => {} _ => {} } }",
            ),
            (
                "fn f() { S { a: 1, ..B } }",
                Genre::StructField,
                "a: 1",
                "",
                "fn f() { (if on(0) { S {  ..B } } else { S { a: 1, ..B } }) }",
            ),
        ] {
            assert_eq!(rewritten(text, &[(genre, code, replacement)]), expected);
        }
    }

    #[test]
    fn switches_stand_within_switches() {
        let all = [
            (Genre::FnValue, "!a && b", "true"),
            (Genre::BinaryOperator, "&&", "||"),
            (Genre::UnaryOperator, "!", ""),
        ];
        assert_eq!(
            rewritten("fn f() -> bool { !a && b }", &all),
            "fn f() -> bool { if on(0) { return true; } \
             (if on(1) { !a || b } else { (if on(2) { a } else { !a }) && b }) }"
        );
    }

    #[test]
    fn what_no_switch_can_express_stays() {
        for (text, genre, code, replacement) in [
            ("const A: bool = a && b;", Genre::BinaryOperator, "&&", "||"),
            ("const fn f() -> u8 { 2 }", Genre::FnValue, "2", "0"),
            (
                "fn f() -> impl Iterator { g() }",
                Genre::FnValue,
                "g()",
                "h()",
            ),
            (
                "fn f() { if let A = a && b {} }",
                Genre::BinaryOperator,
                "&&",
                "||",
            ),
            (
                "fn f() { match a { 1 => {} _ if b => {} } }",
                Genre::MatchArm,
                "1 => {}",
                "",
            ),
        ] {
            assert_eq!(rewritten(text, &[(genre, code, replacement)]), text);
        }
        let closure = "const A: fn(u8) -> bool = |a| !a;";
        assert_ne!(
            rewritten(closure, &[(Genre::UnaryOperator, "!", "")]),
            closure
        );
    }
}
