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
    pub no_switch: Vec<usize>,
}

/// Rewrites a file with these mutants of it, each with its number.
///
/// # Errors
/// If the file is not Rust.
pub fn rewrite(text: &str, mutants: &[(usize, &Mutant)]) -> syn::Result<Rewritten> {
    let mut sites = Sites::default();
    sites.visit_file(&syn::parse_file(text)?);
    let mut by_site = BTreeMap::<usize, Vec<(usize, &Mutant)>>::new();
    let mut no_switch = Vec::new();
    for &(number, mutant) in mutants {
        match sites.places.get(&(mutant.genre, mutant.span.start)) {
            Some(&site) => by_site.entry(site).or_default().push((number, mutant)),
            None => no_switch.push(number),
        }
    }
    let mut pieces = Vec::new();
    for (&index, mutants) in &by_site {
        let site = &sites.found[index];
        let [at, end] = [site.start, site.end].map(|place| place.offset(text));
        for (number, text) in site.before(text, at..end, mutants) {
            let order = (at, 1, index.cast_signed());
            pieces.push(Piece {
                order,
                text,
                number,
            });
        }
        pieces.push(Piece {
            order: (end, 0, -index.cast_signed()),
            text: site.after.to_owned(),
            number: None,
        });
    }
    pieces.sort_by_key(|piece| piece.order);
    let mut out = Rewritten {
        text: String::new(),
        added: Vec::new(),
        around: Vec::new(),
        no_switch,
    };
    let mut from = 0;
    let mut starts = BTreeMap::new();
    for piece in pieces {
        let (at, begins, site) = piece.order;
        out.text.push_str(&text[from..at]);
        from = at;
        let start = out.text.len();
        out.text.push_str(&piece.text);
        let end = out.text.len();
        out.added
            .extend(piece.number.map(|number| (number, start..end)));
        if begins == 1 {
            starts.entry(site).or_insert(start);
        } else if let Some(&start) = starts.get(&-site) {
            let mutants = &by_site[&site.unsigned_abs()];
            out.around
                .extend(mutants.iter().map(|&(number, _)| (number, start..end)));
        }
    }
    out.text.push_str(&text[from..]);
    Ok(out)
}

/// A text that is inserted into a file.
struct Piece {
    /// The offset, whether it begins a site (1) or ends one (0), and the index of the site,
    /// negative at its end: at one offset, what ends comes before what begins, and inner code
    /// within outer code.
    order: (usize, u8, isize),
    text: String,
    /// The mutant that the text belongs to.
    number: Option<usize>,
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
    /// Adds an expression, which can be switched as a whole.
    fn add_expr(&mut self, genre: Genre, known_by: &[Span], expr: Span) {
        self.add(genre, known_by, [expr.start(), expr.end()], SWITCHED);
    }

    fn add(
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
            self.add(Genre::FnValue, &[first.span()], [start; 2], "");
        }
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

/// Declares the visits of code that the compiler evaluates, and of code in it that it does not.
macro_rules! in_constants {
    ($($visit:ident($node:ty): $is_constant:literal,)*) => {
        $(fn $visit(&mut self, node: &'ast $node) {
            let before = std::mem::replace(&mut self.is_constant, $is_constant);
            visit::$visit(self, node);
            self.is_constant = before;
        })*
    };
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

    in_constants! {
        visit_item_const(syn::ItemConst): true,
        visit_item_static(syn::ItemStatic): true,
        visit_impl_item_const(syn::ImplItemConst): true,
        visit_trait_item_const(syn::TraitItemConst): true,
        visit_expr_const(syn::ExprConst): true,
        visit_type_array(syn::TypeArray): true,
        visit_expr_closure(syn::ExprClosure): false,
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        if !binds(&binary.left) && !binds(&binary.right) {
            let operator = binary.op.span();
            self.add_expr(Genre::BinaryOperator, &[operator], binary.span());
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        self.add_expr(Genre::UnaryOperator, &[unary.op.span()], unary.span());
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_struct(&mut self, made: &'ast ExprStruct) {
        let fields: Vec<Span> = made.fields.iter().map(Spanned::span).collect();
        self.add_expr(Genre::StructField, &fields, made.span());
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
            self.add(Genre::MatchArm, &[arm.span()], [end; 2], "");
        }
        visit::visit_expr_match(self, matched);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if let Some((_, guard)) = &arm.guard {
            let after = if binds(guard) { "" } else { ")" };
            let code = guard.span();
            self.add(
                Genre::MatchArm,
                &[arm.span()],
                [code.start(), code.end()],
                after,
            );
            if !binds(guard) {
                self.add_expr(Genre::MatchArmGuard, &[code], code);
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
        for number in rewritten.no_switch {
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
