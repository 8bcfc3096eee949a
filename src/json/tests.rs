use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::{Int, Json, List, Present, StringMap, Text, read, view};

view! {
    struct Top<'a> {
        "request" => request: Option<Request<'a>>,
    }
}

view! {
    struct Request<'a> {
        "object" => object: Object<'a>,
    }
}

view! {
    struct Object<'a> {
        "limit" => limit: Option<Int>,
        "flag" => flag: bool,
        "name" => name: Option<Text<'a>>,
        "list" => list: List<Item>,
        "labels" => labels: StringMap<'a>,
        "there" => there: Present,
        "strict" => strict: Option<Text<'a>>,
    }
}

view! {
    struct Item {
        "limit" => limit: Option<Int>,
    }
}

fn error(json: &str) -> String {
    read::<Object<'_>>(json.as_bytes())
        .map(|_| ())
        .unwrap_err()
        .to_string()
}

#[test]
fn null_is_absent() {
    let object: Object<'_> = read(
        br#"{"limit": null, "flag": null, "name": null, "list": [null, {"limit": 2}],
             "labels": {"a": null}, "there": null}"#,
    )
    .unwrap();
    assert_eq!(
        (object.limit, object.flag, object.there),
        (None, false, Present(false))
    );
    assert!(object.name.is_none() && object.strict.is_none());
    let limits: Vec<_> = object.list.iter().map(|item| item.limit).collect();
    assert_eq!(limits, [None, Some(Int(2))]);
    assert_eq!(object.labels.get("a"), Some(""));
    assert_eq!(object.labels.get("b"), None);
}

#[test]
fn whole_numbers_may_be_written_as_floats() {
    for (written, value) in [
        ("3", 3),
        ("3.0", 3),
        ("1e2", 100),
        ("-0", 0),
        ("-2147483648", i32::MIN),
        ("-2147483648.0", i32::MIN),
        ("2147483647.000", i32::MAX),
        ("1.50e1", 15),
        ("100E-2", 1),
        ("0.0e-7", 0),
        ("0.02e+2", 2),
    ] {
        let json = format!(r#"{{"limit": {written}}}"#);
        let object: Object<'_> = read(json.as_bytes()).unwrap();
        assert_eq!(object.limit, Some(Int(value)), "{written}");
    }
}

#[test]
fn faults_name_the_field_and_what_was_found() {
    let whole = "expected a whole number from -2147483648 to 2147483647 without quotes";
    for (json, expected) in [
        (
            r#"{"limit": "secret"}"#,
            format!("limit: {whole}, found a string"),
        ),
        (r#"{"limit": 3.5}"#, format!("limit: {whole}, found 3.5")),
        (
            r#"{"limit": 99999999999}"#,
            format!("limit: {whole}, found 99999999999"),
        ),
        (
            r#"{"limit": 2147483648.0}"#,
            format!("limit: {whole}, found 2147483648.0"),
        ),
        (r#"{"limit": 1e-1}"#, format!("limit: {whole}, found 1e-1")),
        (
            r#"{"limit": 1e400}"#,
            format!("limit: {whole}, found 1e400"),
        ),
        (
            r#"{"limit": true}"#,
            format!("limit: {whole}, found a boolean"),
        ),
        (
            r#"{"limit":  [ 1, 2]}"#,
            format!("limit: {whole}, found a list"),
        ),
        (
            r#"{"limit": {"a": 1}}"#,
            format!("limit: {whole}, found an object"),
        ),
        (
            r#"{"list": [{"limit": 1}, {"limit": ""}]}"#,
            format!("list[1].limit: {whole}, found a string"),
        ),
        (
            r#"{"list": [1]}"#,
            "list[0]: expected an object, found 1".into(),
        ),
        (
            r#"{"list": {}}"#,
            "list: expected a list, found an object".into(),
        ),
        (
            r#"{"flag": "yes"}"#,
            "flag: expected a boolean, found a string".into(),
        ),
        (r#"{"name": 7}"#, "name: expected a string, found 7".into()),
        (
            r#"{"labels": {"a/b": 1}}"#,
            r#"labels["a/b"]: expected a string, found 1"#.into(),
        ),
        (
            r#"{"strict": null, "strict": ""}"#,
            "strict: specified twice; keep one".into(),
        ),
        (
            "{\n \"x\": \"}\\\"\",\n \"limit\": []}",
            format!("limit: {whole}, found a list"),
        ),
        ("[]", "request: expected an object, found a list".into()),
        ("", "request: expected JSON, found nothing".into()),
        (" ", "request: expected JSON, found nothing".into()),
        (r#"{"limit": 1"#, "limit: the JSON is cut off here".into()),
    ] {
        assert_eq!(error(json), expected, "{json}");
    }
}

#[test]
fn a_key_written_twice_is_a_fault() {
    for json in [
        r#"{"limit": 1, "limit": 2}"#,
        r#"{"limit": null, "limit": 2}"#,
        r#"{"limit": 1, "lim\u0069t": 2}"#,
    ] {
        assert_eq!(error(json), "limit: specified twice; keep one", "{json}");
    }
    assert_eq!(
        error(r#"{"labels": {"a": "1", "b": "", "a": "1"}}"#),
        "labels: specified twice; keep one"
    );
}

#[test]
fn the_object_under_review_is_named_from_its_top() {
    let error = read::<Top<'_>>(br#"{"request": {"object": {"flag": 1}}}"#).unwrap_err();
    assert_eq!(error.to_string(), "flag: expected a boolean, found 1");
    let top: Top<'_> = read(br#"{"request": {"object": {"flag": true}}}"#).unwrap();
    assert!(top.request.unwrap().object.flag);
    let error = read::<Top<'_>>(br#"{"request": {"object": 1}}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "request.object: expected an object, found 1"
    );
}

#[test]
fn what_nobody_reads_does_no_harm() {
    let deep = [
        b"{\"x\": ".repeat(10_000),
        b"1".to_vec(),
        b"}".repeat(10_000),
    ]
    .concat();
    for unread in [
        &b"\"\xff\xfe\""[..],
        br#""\ud800""#,
        b"99999999999999999999999999999999999999e999999",
        b"{\"a\": 1, \"a\": 1}",
        &deep,
    ] {
        let json = [b"{\"\xff\": 0, \"other\": ", unread, b", \"limit\": 1}"].concat();
        assert_eq!(read::<Object<'_>>(&json).unwrap().limit, Some(Int(1)));
    }
}

#[test]
fn text_that_is_not_unicode_is_a_fault_where_it_is_read() {
    let error = read::<Object<'_>>(b"{\"name\": \"\xff\"}").unwrap_err();
    assert_eq!(error.to_string(), "name: not valid JSON: invalid Unicode");
    let error = read::<Object<'_>>(b"{\"labels\": {\"\xff\": \"\"}}").unwrap_err();
    assert_eq!(error.to_string(), "labels: not valid JSON: invalid Unicode");
    let error = read::<Object<'_>>(br#"{"name": "\ud800"}"#).unwrap_err();
    assert!(
        error.to_string().starts_with("name: not valid JSON: "),
        "{error}"
    );
}

/// Pieces of JSON, and some that are not JSON.
const TOKENS: [&str; 30] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\"a\"",
    "\"longer than a word\"",
    "\\u00e9",
    "\\n",
    "\u{1}",
    "0",
    "-",
    "1",
    ".",
    "e",
    "E",
    "+",
    "true",
    "false",
    "null",
    "nul",
    " ",
    "\t",
    "é",
    "{\"k\":",
    "[1,",
    "\"\\\"\"",
];

/// A document whose only field is not read.
fn unread(value: &[u8]) -> Vec<u8> {
    [b"{\"other\": ", value, b"}"].concat()
}

proptest! {
    #[test]
    fn whatever_is_json_is_passed_over(
        tokens in prop::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..12)
    ) {
        let value = tokens.concat();
        let document = unread(value.as_bytes());
        let is_json = serde_json::from_slice::<IgnoredAny>(&document).is_ok();
        let is_read = read::<Object<'_>>(&document).is_ok();
        // Within an object or a list only the end is searched for.
        let is_looked_at = !value.contains(['{', '[']);
        let is_right = if is_looked_at { is_read == is_json } else { is_read || !is_json };
        prop_assert!(is_right, "{}", value);
    }

    #[test]
    fn a_document_that_is_cut_off_is_never_read(
        tokens in prop::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..12),
        end in any::<prop::sample::Index>(),
    ) {
        let document = unread(tokens.concat().as_bytes());
        if serde_json::from_slice::<IgnoredAny>(&document).is_ok() {
            let cut = &document[..end.index(document.len())];
            prop_assert!(read::<Object<'_>>(cut).is_err(), "{}", String::from_utf8_lossy(cut));
        }
    }

    #[test]
    fn any_text_is_read_as_it_was_written(text in ".*") {
        for written in [serde_json::to_string(&text).unwrap(), escaped(&text)] {
            let json = format!("{{\"name\": {written}}}");
            let object: Object<'_> = read(json.as_bytes()).unwrap();
            prop_assert_eq!(object.name.as_deref(), Some(&*text));
        }
    }
}

/// A JSON string in which every character is escaped.
fn escaped(text: &str) -> String {
    let units: String = text
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    format!("\"{units}\"")
}

#[test]
fn an_integer_is_a_number_in_digits_alone() {
    for (text, integer) in [
        ("0", Some(0)),
        ("-5", Some(-5)),
        ("2147483648", Some(2_147_483_648)),
        ("9223372036854775808", None),
        ("1.0", None),
        ("\"1\"", None),
        ("null", None),
    ] {
        let json: Json<'_> = read(text.as_bytes()).unwrap();
        assert_eq!(json.integer(), integer, "{text}");
    }
}
