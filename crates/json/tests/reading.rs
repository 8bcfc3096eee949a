//! What is read of a JSON text, and where reading stops.

use rayjob_policy_json::{ErrorKind, Int, Json, List, Slot, StringMap, Text, fill, view};

view! {
    struct Object<'a> {
        "a" => a: Json<'a>,
        "b" => b: Option<Int>,
        "names" => names: List<Text<'a>>,
        "labels" => labels: StringMap<'a>,
        "activeDeadlineSeconds" => deadline: Option<Int>,
    }
}

/// The position and the kind of an error.
type Stop = (usize, &'static str);

/// Reads a text, or tells where and why not.
fn read<'a, T: Slot<'a> + Default>(text: &'a str) -> Result<T, Stop> {
    let mut slot = T::default();
    match fill(text.as_bytes(), slot.place()) {
        Ok(()) => Ok(slot),
        Err(error) => Err((
            error.at,
            match error.kind {
                ErrorKind::Cut => "cut",
                ErrorKind::Twice => "twice",
                ErrorKind::Syntax(what) | ErrorKind::Misfit(what) => what,
            },
        )),
    }
}

#[test]
fn a_number_stays_as_it_is_written() {
    for number in [
        "0", "-0", "7", "10", "-10", "0.0", "1.50", "1e5", "1E+5", "-1.2e-3", "0e1",
    ] {
        let json: Json<'_> = read(number).expect(number);
        assert!(matches!(json, Json::Number(written) if written == number));
    }
    for (text, stop) in [
        ("-", (1, "cut")),
        ("1.", (2, "cut")),
        ("1e", (2, "cut")),
        ("1e+", (3, "cut")),
        ("1.]", (0, "expected a value")),
        ("1e]", (0, "expected a value")),
        ("1.e5]", (0, "expected a value")),
        ("01]", (0, "expected a value")),
        ("00]", (0, "expected a value")),
        ("-x", (0, "expected a value")),
        (".5]", (0, "expected a value")),
        ("+1", (0, "expected a value")),
    ] {
        assert_eq!(read::<Json<'_>>(text).map(|_| ()), Err(stop), "{text}");
    }
}

#[test]
fn a_whole_number_has_32_bits() {
    for (text, number) in [
        ("-1", Some(-1)),
        ("-1e0", Some(-1)),
        ("-2.50e1", Some(-25)),
        ("0.5e1", Some(5)),
        ("1.5", None),
        ("4e9", None),
    ] {
        let read = read::<Int>(text).ok().map(|number| number.0);
        assert_eq!(read, number, "{text}");
    }
    let integer = |text| read::<Json<'_>>(text).expect(text).integer();
    assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
    assert_eq!(integer("9223372036854775808"), None);
    assert_eq!(integer("\"1\""), None);
}

#[test]
fn escapes_are_resolved() {
    for (text, expected) in [
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u00e9 \u0041b""#, "é Ab"),
        (r#""\ud83d\ude00!""#, "😀!"),
        (
            r#""a long text, and \u0041 behind it, and more \n""#,
            "a long text, and A behind it, and more \n",
        ),
    ] {
        assert_eq!(&*read::<Text<'_>>(text).expect(text), expected);
    }
    for (text, stop) in [
        (r#""\x""#, (1, "unknown escape")),
        (r#""\u00g0""#, (1, "unknown escape")),
        (r#""\u00"#, (1, "unknown escape")),
        (r#""\"#, (1, "cut")),
        (r#""a"#, (2, "cut")),
        ("\"a\n\"", (2, "control character in a string")),
        ("\"\\n\n\"", (3, "control character in a string")),
        (r#""\ud83d""#, (0, "unpaired surrogate")),
        (r#""\ude00""#, (0, "unpaired surrogate")),
        (r#""\ud83d\u0041""#, (0, "unpaired surrogate")),
    ] {
        assert_eq!(read::<Text<'_>>(text).map(|_| ()), Err(stop), "{text}");
    }
}

#[test]
fn a_key_may_be_escaped() {
    let object: Object<'_> = read(r#"{"\u0062": 1, "\ud83d": 2, "\u0063": 3}"#).expect("an object");
    assert_eq!(object.b, Some(Int(1)));
}

#[test]
fn null_is_absent_and_the_rest_goes_on() {
    let object: Object<'_> =
        read(r#"{"a": null, "b": null, "names": [null, "n"], "labels": {"k": null, "a": "b"}}"#)
            .expect("an object");
    assert!(matches!(object.a, Json::Null));
    assert_eq!(object.b, None);
    let names: Vec<&str> = object.names.iter().map(|name| &**name).collect();
    assert_eq!(names, ["", "n"]);
    assert_eq!(object.labels.get("k"), Some(""));
    assert_eq!(object.labels.get("a"), Some("b"));
}

#[test]
fn an_object_has_each_key_once() {
    for (text, at) in [
        (r#"{"b": 1, "b": 2}"#, 14),
        (r#"{"b": 1, "names": [], "b": null}"#, 27),
        (r#"{"names": [], "b": null, "names": 1}"#, 34),
        (r#"{"labels": {"x": "1", "y": "2", "x": "1"}}"#, 11),
        (r#"{"a": {"x": 1, "y": 2, "x": 3}}"#, 6),
    ] {
        assert_eq!(read::<Object<'_>>(text).map(|_| ()), Err((at, "twice")));
    }
}

#[test]
fn a_document_is_one_value() {
    for (text, stop) in [
        ("", (0, "cut")),
        ("  ", (2, "cut")),
        ("{}x", (2, "trailing characters")),
        ("{} {}", (3, "trailing characters")),
        ("{", (1, "cut")),
        ("{]", (1, "expected a key in quotes")),
        (r#"{"b" 1}"#, (5, "expected a colon")),
        (r#"{"b": 1 "#, (8, "cut")),
        (
            r#"{"b": 1]"#,
            (7, "expected a comma or the end of the object or list"),
        ),
        ("nul", (3, "cut")),
        ("nil", (0, "expected a value")),
        ("[]", (0, "an object")),
    ] {
        assert_eq!(read::<Object<'_>>(text).map(|_| ()), Err(stop), "{text}");
    }
    assert!(read::<Object<'_>>(" \t\r\n{} ").is_ok());
}

/// Views limit themselves.
#[test]
fn json_of_any_shape_has_a_depth_of_64() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read::<Json<'_>>(&nested(65)).is_ok());
    let stop = (65, "nested too deeply");
    assert_eq!(read::<Json<'_>>(&nested(66)).map(|_| ()), Err(stop));
    let skipped = format!("{{\"x\": {}}}", nested(1000));
    assert!(read::<Object<'_>>(&skipped).is_ok());
}

#[test]
fn a_long_key_is_compared_in_full() {
    let text = r#"{"activeDeXdlineSeconds": 1, "activeDeadlineSeconds": 2}"#;
    let object: Object<'_> = read(text).expect("an object");
    assert_eq!(object.deadline, Some(Int(2)));
}
