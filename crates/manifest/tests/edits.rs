//! JSON Patch as edits of a text.

use rayjob_policy_core::fix::Operation;
use rayjob_policy_core::json::Path;
use rayjob_policy_manifest::edit::{apply, edits};
use rayjob_policy_manifest::stream;

fn edited(text: &str, operation: Operation) -> Option<String> {
    patched(text, &[operation])
}

fn patched(text: &str, patch: &[Operation]) -> Option<String> {
    let piece = stream::pieces(text).next().expect("a document");
    let (trees, broken) = stream::read(text, &piece);
    assert_eq!(broken, None, "{text}");
    let tree = &trees[0];
    let edits = edits(text, tree, tree.root(), patch)?;
    let edited = apply(text, edits).expect("edits that do not overlap");
    let piece = stream::pieces(&edited).next().expect("a document");
    assert_eq!(stream::read(&edited, &piece).1, None, "{edited}");
    Some(edited)
}

#[track_caller]
fn removes(field: &'static str, text: &str, expected: &str) {
    let path = Path::default().at(field);
    assert_eq!(
        edited(text, Operation::Remove(path)).as_deref(),
        Some(expected)
    );
}

#[track_caller]
fn sets(field: &'static str, json: &str, text: &str, expected: &str) {
    let path = Path::default().at(field);
    assert_eq!(
        edited(text, Operation::Add(path, json.into())).as_deref(),
        Some(expected)
    );
}

#[track_caller]
fn does_not_remove(field: &'static str, text: &str) {
    let path = Path::default().at(field);
    assert_eq!(edited(text, Operation::Remove(path)), None);
}

#[track_caller]
fn does_not_set(field: &'static str, text: &str) {
    let path = Path::default().at(field);
    assert_eq!(edited(text, Operation::Add(path, "0".into())), None);
}

#[test]
fn a_field_is_removed_with_its_lines() {
    removes(
        "b",
        "a: 1\nb: 2 # two\n\n# on c\nc: 3\n",
        "a: 1\n\n# on c\nc: 3\n",
    );
    removes("b", "a: 1\r\nb: 2\r\nc: 3\r\n", "a: 1\r\nc: 3\r\n");
    removes(
        "b",
        "a: 1\nb:\n  x: 1\n  y: |\n    text\nc: 3",
        "a: 1\nc: 3",
    );
    removes("b", "# on a\na: 1\nb: [1,\n  2]", "# on a\na: 1\n");
    removes("b", "a: 1\nb:\n- 1\n- 2\nc: 3\n", "a: 1\nc: 3\n");
    removes("b", "a: 1\nb:\nc: 3\n", "a: 1\nc: 3\n");
}

#[test]
fn the_only_field_leaves_an_empty_mapping() {
    removes("a.b", "a:\n  b: 1\nc: 2\n", "a: {}\nc: 2\n");
    removes("a.b", "a: {b: 1}\n", "a: {}\n");
    removes("a.b", "a: {\n  b: 1\n}\n", "a: {}\n");
    removes("a.b", "{\"a\": {\n  \"b\": 1\n}}", "{\"a\": {}}");
}

#[test]
fn the_first_field_of_an_item_leaves_its_dash() {
    let path = || Path::default().at("a").index(0).at("b");
    assert_eq!(
        edited("a:\n- b: 1\n  c: 2\n", Operation::Remove(path())).as_deref(),
        Some("a:\n- c: 2\n")
    );
    assert_eq!(
        edited("a:\n  - b: 1 # one\n    c: 2\n", Operation::Remove(path())).as_deref(),
        Some("a:\n  - c: 2\n")
    );
}

#[test]
fn a_field_is_removed_with_its_comma() {
    removes("b", "{a: 1, b: 2, c: 3}", "{a: 1, c: 3}");
    removes("c", "{a: 1, b: 2, c: 3}", "{a: 1, b: 2}");
    removes("a", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"b\": 2\n}\n");
    removes("b", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1\n}\n");
    removes(
        "a",
        "{a: 1, # one\n # on b\n b: 2}",
        "{ # one\n # on b\n b: 2}",
    );
    removes("b", "{a: 1, # one\n b: 2}", "{a: 1, # one\n }");
}

#[test]
fn an_item_is_removed() {
    let second = || Operation::Remove(Path::default().at("a").index(1));
    for (text, expected) in [
        ("a:\n- 1\n- 2\n- 3\n", "a:\n- 1\n- 3\n"),
        (
            "a:\n  - x: 1\n  - x: 2\n    y: 3\n  - x: 3\n",
            "a:\n  - x: 1\n  - x: 3\n",
        ),
        ("a: [1, 2, 3]\n", "a: [1, 3]\n"),
        ("a:\n- 1\n-\n  2\n- 3\n", "a:\n- 1\n- 3\n"),
    ] {
        assert_eq!(edited(text, second()).as_deref(), Some(expected));
    }
}

#[test]
fn the_items_of_an_item_are_removed_and_added() {
    let item = || Path::default().at("a").index(0);
    let text = "a:\n- - 1\n  - 2\n";
    for (operation, expected) in [
        (Operation::Remove(item().index(0)), "a:\n- - 2\n"),
        (Operation::Remove(item().index(1)), "a:\n- - 1\n"),
        (
            Operation::Add(item().at("-"), "3".into()),
            "a:\n- - 1\n  - 2\n  - 3\n",
        ),
    ] {
        assert_eq!(edited(text, operation).as_deref(), Some(expected));
    }
}

#[test]
fn behind_a_question_mark_a_field_is_neither_removed_nor_added() {
    does_not_remove("a", "? a\n: 1\n? b\n: 2\n");
    does_not_set("c", "? a\n: 1\n? b\n: 2\n");
}

#[test]
fn a_value_is_replaced_in_its_place() {
    sets("a", "0", "a: 1 # one\n", "a: 0 # one\n");
    sets("a", "\"x\"", "a:   1\n", "a:   x\n");
    sets("a", "\"x\"", "a: \"y\"\n", "a: \"x\"\n");
    sets("a", "\"it's\"", "a: 'y'\n", "a: 'it''s'\n");
    sets("a", "\"yes\"", "a: y\n", "a: \"yes\"\n");
    sets("a", "\"2.52.0\"", "a: 2.9.0\n", "a: 2.52.0\n");
    sets("a", "\"2.5\"", "a: 2\n", "a: \"2.5\"\n");
    sets("a", "0", "a:\n  b: 1\n  c: 2\nd: 3\n", "a: 0\nd: 3\n");
    sets("a", "0", "a: |\n  text\n\nd: 3\n", "a: 0\n\nd: 3\n");
    sets("a", "0", "a:\nd: 3\n", "a: 0\nd: 3\n");
    sets("a", "0", "{a, d: 3}\n", "{a: 0, d: 3}\n");
    sets("a", "\"x\"", "{\"a\": 1}", "{\"a\": \"x\"}");
    sets("a", "{\"b\": \"c\"}", "a: 1\n", "a: {b: c}\n");
    sets("a", "[\"b\", \"c\"]", "a: 1\n", "a: [b, c]\n");
    sets("a", "0", "a :\n  b: 1\n", "a : 0\n");
    // The anchor stands on the line of the key.
    does_not_set("a", "a: &a\n  b: 1\n");
}

#[test]
fn a_string_is_quoted_where_another_reader_would_take_it_for_something_else() {
    sets("a", "\"2024-01-02\"", "a: 1\n", "a: \"2024-01-02\"\n");
    sets("a", "\"2024-1-2\"", "a: 1\n", "a: \"2024-1-2\"\n");
    sets("a", "\"x\\ty\"", "a: 'z'\n", "a: \"x\\ty\"\n");
    sets(
        "a",
        "\"x\\u2028y\\u0085\"",
        "a: 1\n",
        "a: \"x\\u2028y\\u0085\"\n",
    );
}

#[test]
fn a_field_is_added_behind_the_last() {
    sets(
        "a.c",
        "0",
        "a:\n  b: 1 # one\n# end\n",
        "a:\n  b: 1 # one\n  c: 0\n# end\n",
    );
    sets("a.c", "0", "a:\r\n  b: 1\r\n", "a:\r\n  b: 1\r\n  c: 0\r\n");
    sets("c", "true", "b: 1", "b: 1\nc: true");
    sets(
        "a.c",
        "0",
        "a:\n  b: |\n    x\n\nd: 1\n",
        "a:\n  b: |\n    x\n  c: 0\n\nd: 1\n",
    );
    sets("a.c", "0", "a: {b: 1}\n", "a: {b: 1, c: 0}\n");
    sets("a.c", "0", "a: {}\n", "a: {c: 0}\n");
    sets("a.c", "0", "a: &a {}\n", "a: &a {c: 0}\n");
    sets("c", "0", "{a: 1,b: 2}", "{a: 1,b: 2,c: 0}");
    sets(
        "a.c",
        "\"x\"",
        "a: {\"b\": 1}\n",
        "a: {\"b\": 1, \"c\": \"x\"}\n",
    );
    sets("a.c", "\"x\"", "{\"a\": {}}", "{\"a\": {\"c\": \"x\"}}");
    sets(
        "c",
        "0",
        "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
        "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 0\n}\n",
    );
    sets(
        "c",
        "0",
        "{\n  \"a\": 1\n}\n",
        "{\n  \"a\": 1,\n  \"c\": 0\n}\n",
    );
    let path = Path::default().at("a").index(0).at("c");
    assert_eq!(
        edited("a:\n  - b: 1\n  - b: 2\n", Operation::Add(path, "0".into())).as_deref(),
        Some("a:\n  - b: 1\n    c: 0\n  - b: 2\n")
    );
}

#[test]
fn a_field_is_not_added_without_its_parent() {
    does_not_set("a.b.c", "a: {}\n");
}

#[test]
fn nothing_is_added_behind_a_text_that_keeps_its_line_breaks() {
    for text in [
        "a: |+\n  x\n\n",
        "a: >2+\n  x\n\n",
        "a:\n  b:\n    c: |+\n      x\n\n",
        "a:\n- 1\n- |+\n  x\n\n",
    ] {
        does_not_set("z", text);
    }
    sets("z", "0", "a: +\n", "a: +\nz: 0\n");
    sets("z", "0", "a: |\n  +\n", "a: |\n  +\nz: 0\n");
}

#[test]
fn an_item_is_added_behind_the_last() {
    let path = || Path::default().at("a").at("-");
    for (text, expected) in [
        (
            "a:\n- 1\n- 2 # two\nb: 3\n",
            "a:\n- 1\n- 2 # two\n- x\nb: 3\n",
        ),
        (
            "a:\n  - b: 1\n    c: 2\n",
            "a:\n  - b: 1\n    c: 2\n  - x\n",
        ),
        ("a: [1, 2]\n", "a: [1, 2, x]\n"),
        ("a: []\n", "a: [x]\n"),
        ("{\"a\": [1]}", "{\"a\": [1, \"x\"]}"),
    ] {
        let added = edited(text, Operation::Add(path(), "\"x\"".into()));
        assert_eq!(added.as_deref(), Some(expected));
    }
}

#[test]
fn what_an_alias_shares_is_left_alone() {
    let aliased = "a: &a {x: {y: 1, z: 2}}\nb: *a\n";
    for field in ["a", "a.x", "a.z", "b.x", "b.z", "b.x.y", "b.x.w"] {
        does_not_set(field, aliased);
    }
    for field in ["a", "b.x.y"] {
        does_not_remove(field, aliased);
    }
    does_not_set("a.x", "a: &a {x: &x 1}\nb: *x\n");
    does_not_set("b.x", "a: &a {x: 1}\nb:\n  <<: *a\n  y: 1\n");
    sets("b", "0", "a: &a 1\nb: *a\n", "a: &a 1\nb: 0\n");
}

#[track_caller]
fn renames(from: &'static str, to: &'static str, text: &str, expected: Option<&str>) {
    let path = |field| Path::default().at(field);
    let operation = Operation::Move(path(from), path(to));
    assert_eq!(edited(text, operation).as_deref(), expected);
}

#[test]
fn a_field_gets_another_name_and_keeps_its_place() {
    renames(
        "a.b",
        "a.c",
        "a:\n  b: # on b\n    x: 1\n  d: 2\n",
        Some("a:\n  c: # on b\n    x: 1\n  d: 2\n"),
    );
    renames(
        "b",
        "c",
        "{\"b\": [1], \"d\": 2}",
        Some("{\"c\": [1], \"d\": 2}"),
    );
    renames("b", "c", "{b: 1}", Some("{c: 1}"));
    renames("b", "c", "\"b\": 1\n", Some("c: 1\n"));
    // There is one already, or it would go elsewhere.
    renames("b", "c", "b: 1\nc: 2\n", None);
    renames("a.b", "c", "a:\n  b: 1\n", None);
    renames("b", "c", "d: 1\n", None);
}

#[test]
fn a_field_gets_another_name_and_another_value() {
    let path = |field| Path::default().at(field);
    let patch = [
        Operation::Move(path("b"), path("c")),
        Operation::Add(path("c"), "\"x\"".into()),
    ];
    for (text, expected) in [
        ("b: 1 # one\nd: 2\n", "c: x # one\nd: 2\n"),
        ("b:\n  y: 1\nd: 2\n", "c: x\nd: 2\n"),
        ("a: 0\nb:\n  y: 1", "a: 0\nc: x\n"),
        ("{\"b\": {\"y\": 1}}", "{\"c\": \"x\"}"),
        ("- b:\n    y: 1\n", "- b:\n    y: 1\n"),
    ] {
        let edited = patched(text, &patch);
        let expected = Some(expected).filter(|expected| *expected != text);
        assert_eq!(edited.as_deref(), expected);
    }
}

#[test]
fn a_text_of_lines_is_written_line_by_line() {
    let json = r#""a: 1\n\nb:\n- c\n""#;
    let lines = "|\n  a: 1\n\n  b:\n  - c\n";
    sets("x", json, "x: 1\ny: 2\n", &format!("x: {lines}y: 2\n"));
    sets(
        "x",
        json,
        "x: old text\n  of two lines\ny: 2\n",
        &format!("x: {lines}y: 2\n"),
    );
    sets(
        "x",
        json,
        "x: >-\n  old\n\n  text\n\ny: 2\n",
        &format!("x: {lines}\ny: 2\n"),
    );
    sets(
        "x",
        json,
        "x:\n  old: 1\n  older: {}\ny: 2\n",
        &format!("x: {lines}y: 2\n"),
    );
    sets(
        "x",
        json,
        "x: {old: 1}",
        &format!("x: {}", lines.trim_end()),
    );
    sets(
        "x",
        json,
        "x: 'old' # text\n",
        "x: | # text\n  a: 1\n\n  b:\n  - c\n",
    );
    sets(
        "x",
        json,
        "x: # text\n  old: 1\n",
        "x: | # text\n  a: 1\n\n  b:\n  - c\n",
    );
    sets(
        "x",
        json,
        "x: 1\r\n",
        &format!("x: {lines}").replace('\n', "\r\n"),
    );
    sets("x", r#""a\nb""#, "x: 1\n", "x: |-\n  a\n  b\n");
    // In brackets, in JSON and where a block cannot say it, a line it is.
    sets("x", json, "{x: 1}", r#"{x: "a: 1\n\nb:\n- c\n"}"#);
    sets("x", json, r#"{"x": 1}"#, r#"{"x": "a: 1\n\nb:\n- c\n"}"#);
    sets("x", r#"" a\nb""#, "x: 1\n", "x: \" a\\nb\"\n");
    let item = Path::default().at("x").index(0).at("v");
    assert_eq!(
        edited(
            "x:\n  - v: 1\n    z: 2\n",
            Operation::Add(item, json.into())
        )
        .as_deref(),
        Some("x:\n  - v: |\n      a: 1\n\n      b:\n      - c\n    z: 2\n")
    );
}

#[test]
fn a_comment_behind_a_quoted_value_stays() {
    let comment = " # it's \"old\"";
    for (old, new) in [
        ("'it''s #1'", "'new'"),
        (r#""a \"b\" \\""#, "\"new\""),
        ("''", "'new'"),
    ] {
        for rest in ["", "\n", "\ny: 2\n"] {
            sets(
                "x",
                "\"new\"",
                &format!("x: {old}{comment}{rest}"),
                &format!("x: {new}{comment}{rest}"),
            );
        }
    }
}
