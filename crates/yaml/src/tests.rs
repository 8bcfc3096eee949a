use std::borrow::Cow;

use crate::{Content, Error, ErrorKind, Parser, Value, infer, mapping};

fn check(text: &str) -> Result<(), Error> {
    mapping(text).map(drop)
}

/// The problem for which the text is refused, if any.
fn kind(text: &str) -> Option<ErrorKind> {
    check(text).err().map(|error| error.kind)
}

fn assert_accepted(texts: &[&str]) {
    for text in texts {
        assert_eq!(check(text), Ok(()), "{text:?}");
    }
}

fn assert_refused(cases: &[(&str, ErrorKind)]) {
    for (text, expected) in cases {
        assert_eq!(kind(text), Some(*expected), "{text:?}");
    }
}

#[test]
fn a_mapping_is_accepted_in_any_style() {
    assert_accepted(&[
        "working_dir: ./app\npip:\n- numpy\n- \"torch>=2\"\nenv_vars:\n  A: '1'\n",
        "{\"pip\": [\"numpy\"], \"env_vars\": {\"A\": \"1\"}}",
        "pip: [a, b,]\nconda: {name: x}",
        "? a\n: b",
        "a: |\n  one\n  two\nb: >-\n  three\n",
        "a:\n - b\n -\n   - c",
        "key with spaces: value:colon and \\ # no",
        "a: b # comment\r\nc: d\r\n",
        "\u{feff}a: 1",
        "\u{feff}\u{feff}{a: 1}",
    ]);
}

#[test]
fn nothing_and_null_are_accepted() {
    assert_accepted(&[
        "", "\n", "# only\n", "~", "null", "--- \n", "!!null", "---\n...",
    ]);
}

#[test]
fn other_documents_than_mappings_are_refused() {
    assert_refused(&[
        ("- a", ErrorKind::List),
        ("[]", ErrorKind::List),
        ("a", ErrorKind::Text),
        ("'1'", ErrorKind::Text),
        ("!!str 1", ErrorKind::Text),
        ("2001-12-14", ErrorKind::Text),
        ("1", ErrorKind::Number),
        ("0x1F", ErrorKind::Number),
        (".inf", ErrorKind::Number),
        ("yes", ErrorKind::Boolean),
        ("off", ErrorKind::Boolean),
    ]);
}

#[test]
fn broken_syntax_is_refused() {
    assert_refused(&[
        ("a: b: c", ErrorKind::StrayColon),
        ("a:\n\t- b", ErrorKind::Tab),
        ("a: x\n\ty", ErrorKind::Tab),
        ("a: |\n\tx", ErrorKind::Tab),
        ("a: 'b' c", ErrorKind::Leftover),
        ("- [a] b", ErrorKind::Leftover),
        ("a: b\n}", ErrorKind::StrayBracket),
        ("a: |0\n x", ErrorKind::Indentation),
        ("a: | x", ErrorKind::RestOfLine),
        ("a: b\nc", ErrorKind::MissingColon),
        ("a: - b", ErrorKind::StrayEntry),
        ("a: ? b", ErrorKind::StrayKey),
        ("a: 'b", ErrorKind::OpenQuote),
        ("a: \"b\n---\n\"", ErrorKind::OpenQuote),
        ("a: \"\\/\"", ErrorKind::Escape),
        ("a: \"\\x4\"", ErrorKind::Escape),
        ("a: \"\\ud800\"", ErrorKind::Escape),
        ("a: [b", ErrorKind::FlowList),
        ("a: {b: c", ErrorKind::FlowMapping),
        ("a: ]", ErrorKind::MissingValue),
        ("...", ErrorKind::MissingValue),
        ("{: a}", ErrorKind::MissingValue),
        ("a: @b", ErrorKind::Start),
        ("a:\n - b\n c: d", ErrorKind::BlockList),
        ("a: b\n - c: d\n", ErrorKind::StrayColon),
        (": a", ErrorKind::BlockMapping),
        ("a: \u{1}", ErrorKind::Character),
        ("a: \u{7f}", ErrorKind::Character),
        ("a: & b", ErrorKind::AnchorName),
        ("a: &é b", ErrorKind::AnchorName),
    ]);
}

#[test]
fn only_the_first_document_counts() {
    assert_accepted(&[
        "a: 1\n---\n@",
        "a: 1\n...\n%YAML 9.9\n",
        "---\n---\n]",
        "{a: 1} ]",
        "{}: a",
    ]);
    assert_refused(&[("--- 1\n---\na: 1", ErrorKind::Number)]);
}

#[test]
fn a_forbidden_character_counts_if_it_is_in_a_chunk_that_is_read() {
    let at = |offset: usize| format!("{:offset$}\u{1}", "a: 1\n---\n");
    assert_eq!(kind(&at(511)), Some(ErrorKind::Character));
    assert_eq!(kind(&at(512)), None);
}

#[test]
fn a_key_spans_at_most_1024_characters() {
    let quoted = |length: usize| format!("'{}': 1", "é".repeat(length - 2));
    assert_eq!(kind(&quoted(1024)), None);
    assert_eq!(kind(&quoted(1025)), Some(ErrorKind::StrayColon));
}

#[test]
fn the_token_after_a_lone_question_mark_in_a_list_is_lost() {
    assert_accepted(&["{a: [? , , b], a: 1}"]);
    assert_refused(&[("{a: [? , b], a: 1}", ErrorKind::FlowList)]);
}

#[test]
fn directives_are_read_as_in_yaml_1_1() {
    assert_accepted(&[
        "%YAML 1.1\n---\na: b",
        "%YAML 01.1 # c\n--- {}",
        "%TAG !y! tag:yaml.org,2002:\n---\na: !y!int 1",
        "%TAG ! tag:yaml.org,2002:\n---\na: !int 1",
        "%TAG !! !x\n---\na: !!int x",
    ]);
    assert_refused(&[
        ("%YAML 1.2\n---\na: b", ErrorKind::Version),
        ("%YAML 1.1\n%YAML 1.1\n---\na: b", ErrorKind::Directive),
        ("%YAML 1\n---\na: b", ErrorKind::Directive),
        ("%YAML 1.\n---\na: b", ErrorKind::Directive),
        ("%YAML 1.001\n---\na: b", ErrorKind::Directive),
        ("%TAG !e x\n---\na: b", ErrorKind::Directive),
        ("%TAG !e! a\n%TAG !e! b\n---\na: b", ErrorKind::Directive),
        ("%FOO\n---\na: b", ErrorKind::Directive),
        ("%YAML 1.1\na: b", ErrorKind::MissingStart),
        ("a: !y!int 1", ErrorKind::TagHandle),
        ("a: !<> 1", ErrorKind::TagSyntax),
        ("a: !!in%zz 1", ErrorKind::TagSyntax),
        ("a: !!a,b{} 1", ErrorKind::TagSyntax),
    ]);
}

#[test]
fn keys_become_strings_where_json_can_have_them() {
    assert_accepted(&[
        "1: a",
        "1.5: a",
        "yes: a",
        ".nan: a",
        "9223372036854775807: a",
        "18446744073709551616: a",
        "2001-12-14: a",
        "!!binary YQ==: a",
        "&k a: b\n*k : c",
    ]);
    assert_refused(&[
        ("~: a", ErrorKind::NullKey),
        ("{? : a}", ErrorKind::NullKey),
        ("{a: {null: 1}}", ErrorKind::NullKey),
        ("9223372036854775808: a", ErrorKind::HugeKey),
        ("0xffffffffffffffff: a", ErrorKind::HugeKey),
        ("? [a]\n: b", ErrorKind::CollectionKey),
        ("{{}: b}", ErrorKind::CollectionKey),
        ("a: &k {}\n*k : b", ErrorKind::CollectionKey),
    ]);
}

#[test]
fn numbers_that_json_lacks_are_refused() {
    for value in [".nan", ".NaN", ".inf", "+.Inf", "-.INF", "!!float .inf"] {
        let text = format!("a: [{{b: {value}}}]");
        assert_eq!(kind(&text), Some(ErrorKind::NotFinite), "{text:?}");
    }
    assert_accepted(&[
        "a: .nAn",
        "a: 1e999",
        "a: '.nan'",
        "a: !!str .inf",
        "a: ! .nan",
    ]);
}

#[test]
fn the_last_of_equal_keys_counts() {
    assert_accepted(&[
        "{a: .nan, a: 1}",
        "{a: {~: 1}, 'a': 1}",
        "{1: .nan, 0x1: 1}",
        "{1.0: .nan, 10e-1: 1}",
        "{-0.0: .nan, 0e5: 1}",
        "{yes: .nan, on: 1}",
        "{!!float 1: .nan, 1.0: 1}",
        "{!!binary YWI=: .nan, ab: 1}",
        "{a: .nan, <<: {a: 1}}",
        "{<<: [{a: 1}, {a: .nan}]}",
    ]);
    assert_refused(&[
        ("{a: 1, a: .nan}", ErrorKind::NotFinite),
        ("{YWI=: .nan, !!binary YWI=: 1}", ErrorKind::NotFinite),
        ("{1: .nan, '1': 1}", ErrorKind::NotFinite),
        ("{.nan: {~: 1}, .nan: 1}", ErrorKind::NullKey),
        ("{<<: [{a: .nan}, {a: 1}]}", ErrorKind::NotFinite),
        ("{~: 1, ~: 1}", ErrorKind::NullKey),
    ]);
}

#[test]
fn a_tag_must_fit_its_text() {
    let fitting = "\
        !!int 1, !!int '1', !!int 1_000, !!int 0b-1, !!int 0o17, !!int 017, !!int -0x1f, \
        !!int 18446744073709551615, !!float 1, !!float .5, !!float 5., !!float .5_5, \
        !!float -1_0.5e+3, !!float 08, !!float 1.7976931348623157e308, !!float 1e-999, \
        !!float 0e999, !!bool y, !!null ~, !!null '', !!str, !!str 1, !!binary aGk=, \
        !!binary +/+/, !!binary '', !!set 1, !x 1, !<tag:yaml.org,2002:int> 1, !!in%74 1, \
        !!timestamp 2001-12-14, !!timestamp 2001-1-1t1:2:3.5-05:00, \
        !!timestamp 2000-02-29 1:2:3, !!timestamp 2001-4-30 23:59:59, !!map a";
    for value in fitting.split(", ") {
        let text = format!("a: {value}");
        assert_eq!(check(&text), Ok(()), "{text:?}");
    }
    let unfitting = "\
        !!int a, !!int 1.5, !!int '', !!int, !!int 0x, !!int --1, !!int 0b+-1, !!int 1e3, \
        !!int 18446744073709551616, !!float a, !!float ., !!float ._5, !!float .5_, \
        !!float 1e, !!float 0x1p2, !!float 1.7976931348623159e308, \
        !!float 18446744073709551615, !!bool 1, !!bool yEs, !!null 0, !!timestamp x, \
        !!timestamp 2001-02-29, !!timestamp 2001-1-1T1:2:3, !!timestamp 2001-1-1 24:00:00, \
        !!timestamp 2001-1-1T1:2:3+25:00, !!timestamp 2001-13-1, !!timestamp 2001-4-31, \
        !!timestamp 1900-02-29, !!timestamp 2001-1-1 0:60:0, !!timestamp 2001-1-1 0:0:60, \
        !!timestamp 2001-1-1 1:2:3.";
    for value in unfitting.split(", ") {
        let text = format!("a: {value}");
        assert_eq!(kind(&text), Some(ErrorKind::TagMismatch), "{text:?}");
    }
    for value in [
        "!!binary a",
        "!!binary YQ=",
        "!!binary YQ==YQ==",
        "!!binary Y=Q=",
        "!!binary 'Y Q=='",
    ] {
        let text = format!("a: {value}");
        assert_eq!(kind(&text), Some(ErrorKind::Base64), "{text:?}");
    }
}

#[test]
fn lines_are_joined_before_the_type_is_looked_at() {
    assert_accepted(&[
        "a: !!timestamp 2001-12-14\n  1:2:3",
        "a: !!int \"1\\\n  2\"",
        "a: !!int |\n  1",
        "a: !!int |-\n  1\n",
        "a: !!int >-\n  1\n\n",
        "a: !!binary |\n  YQ\n  ==\n",
        "a: !!binary >\n  YQ\n\n  ==",
        "a: !!binary 'YQ\n\n  =='",
    ]);
    assert_refused(&[
        ("a: !!int 1\n  2", ErrorKind::TagMismatch),
        ("a: !!int \"1\n  2\"", ErrorKind::TagMismatch),
        ("a: !!int |\n  1\n", ErrorKind::TagMismatch),
        ("a: !!int |+\n  1\n", ErrorKind::TagMismatch),
        ("a: !!binary >\n  YQ\n  ==", ErrorKind::Base64),
    ]);
}

#[test]
fn merges_need_mappings() {
    assert_accepted(&[
        "<<: {a: 1}",
        "a: &a {b: 1}\nc:\n  <<: *a\n  d: 2",
        "a: &a {b: 1}\n<<: [*a, {c: 1}]",
        "<<: []",
        "'<<': 1",
        "!!str <<: 1",
        "a: <<",
    ]);
    assert_refused(&[
        ("<<: 1", ErrorKind::Merge),
        ("<<:", ErrorKind::Merge),
        ("<<: [1]", ErrorKind::Merge),
        ("a: &a [{b: 1}]\n<<: *a", ErrorKind::Merge),
        ("! <<: 1", ErrorKind::Merge),
        ("!!merge <<: 1", ErrorKind::Merge),
    ]);
}

#[test]
fn aliases_need_an_anchor_before_and_outside_them() {
    assert_accepted(&["a: &x 1\nb: *x", "a: &x 1\nb: &x [2]\nc: *x", "&a a: *a"]);
    assert_refused(&[
        ("a: *x", ErrorKind::UnknownAlias),
        ("a: *x\nb: &x 1", ErrorKind::UnknownAlias),
        ("a: &x [*x]", ErrorKind::EndlessAlias),
        ("&x {a: {b: *x}}", ErrorKind::EndlessAlias),
        ("a: &x {<<: *x}", ErrorKind::EndlessAlias),
    ]);
}

/// As `sigs.k8s.io/yaml v1.6.0` reads them.
#[test]
fn aliases_and_nesting_have_limits() {
    for (items, others, refused) in [
        (100, 0, 3924),
        (100, 500, 3967),
        (1000, 0, 111),
        (1000, 5000, 415),
        (5000, 100_000, 151),
        (20_000, 300_000, 51),
    ] {
        let text = |aliases| {
            let [items, others, aliases] = [("x, ", items), ("y, ", others), ("*a, ", aliases)]
                .map(|(text, number)| text.repeat(number));
            format!("a: &a [{items}]\nb: [{others}]\nc: [{aliases}]\n")
        };
        assert_eq!(kind(&text(refused - 1)), None, "{items} {others}");
        let many = Some(ErrorKind::ManyAliases);
        assert_eq!(kind(&text(refused)), many, "{items} {others}");
    }
    let flow = |depth| format!("a: {}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(kind(&flow(9999)), None);
    assert_eq!(kind(&flow(10_000)), Some(ErrorKind::Depth));
    let lists = |depth| format!("a:\n{}b", "- ".repeat(depth));
    assert_eq!(kind(&lists(9999)), None);
    assert_eq!(kind(&lists(10_000)), Some(ErrorKind::Depth));
    let deep = |depth| {
        let nested = |depth, inside| format!("{}{inside}{}", "[".repeat(depth), "]".repeat(depth));
        format!("a: &a {}\nb: {}\n", nested(6000, ""), nested(depth, "*a"))
    };
    assert_eq!(kind(&deep(3999)), None);
    assert_eq!(kind(&deep(4000)), Some(ErrorKind::Depth));
}

#[test]
fn some_characters_begin_a_value_only_at_their_place() {
    assert_accepted(&[
        "? a\n: - b",
        "? a\n: b: c",
        "{? a : b}",
        "a: [? b : c, d: e]",
    ]);
    for text in [
        "a: %b",
        "a:\n  %b",
        " %b",
        "a: [%b]",
        "a: [|\n b]",
        "a: [>\n b]",
        "{a: [|]}",
    ] {
        assert_refused(&[(text, ErrorKind::Start)]);
    }
}

#[test]
fn an_error_is_where_the_mistake_is() {
    for (text, rest, message) in [
        ("- a", "- a", "a list, not a mapping"),
        ("a: 1\nb: c: d", ": d", "':' is not allowed here"),
        ("a: 1\nb\nc: 2", "b\nc: 2", "expected ':' after a key"),
        ("a: 1\n\n~: b", "~: b", "a key is null"),
        (
            "é: [\n.inf]",
            ".inf]",
            ".nan and .inf are not valid in JSON",
        ),
        (
            "a: \"b\nc: d\n",
            "\"b\nc: d\n",
            "the closing quote is missing",
        ),
        ("a: [b\nc: d\n", ": d\n", "expected ',' or ']'"),
        ("a: \u{1}", "\u{1}", "control characters are not allowed"),
        (
            "%YAML 1.2\n---\na: b",
            "%YAML 1.2\n---\na: b",
            "only %YAML 1.1 is supported",
        ),
    ] {
        let error = check(text).unwrap_err();
        let found = (&text[error.at..], error.kind.to_string());
        assert_eq!(found, (rest, message.to_owned()), "{text:?}");
    }
}

/// The nodes of a document as they are written; `None` for an omitted one.
fn written(text: &str) -> Vec<&str> {
    let document = Parser::new(text).document().unwrap().unwrap();
    let nodes = document.nodes().iter();
    nodes.map(|node| &text[node.span.clone()]).collect()
}

#[test]
fn a_node_has_its_place() {
    for (text, nodes) in [
        ("a: b c # d\n", vec!["a: b c", "a", "b c"]),
        ("{a: 'é' }\n", vec!["{a: 'é' }", "a", "'é'"]),
        (
            "- a\n- \"b\n  c\"  \n",
            vec!["- a\n- \"b\n  c\"", "a", "\"b\n  c\""],
        ),
        (
            "a:\n- b\n-\nc:",
            vec!["a:\n- b\n-\nc:", "a", "- b\n-", "b", "", "c", ""],
        ),
        (
            "a: | # b\n  c \n\nd: >\n",
            vec!["a: | # b\n  c \n\nd: >", "a", "| # b\n  c ", "d", ">"],
        ),
        (
            "a: &b\n  c: !d e\nf: *b",
            vec![
                "a: &b\n  c: !d e\nf: *b",
                "a",
                "&b\n  c: !d e",
                "c",
                "!d e",
                "f",
                "*b",
            ],
        ),
        (
            "[a: b, {c}]",
            vec!["[a: b, {c}]", "a: b", "a", "b", "{c}", "c", ""],
        ),
        ("--- a\n", vec!["a"]),
        ("---\n", vec![""]),
    ] {
        assert_eq!(written(text), nodes, "{text:?}");
    }
}

#[test]
fn an_omitted_value_is_behind_the_colon_or_the_dash() {
    let places = |text| {
        let document = Parser::new(text).document().unwrap().unwrap();
        let nodes = document.nodes().iter().filter(|node| node.span.is_empty());
        nodes.map(|node| node.span.start).collect::<Vec<_>>()
    };
    assert_eq!(places("a:  \nb: # c\n"), [2, 7]);
    assert_eq!(places("-\n- \n"), [1, 3]);
    assert_eq!(places("{a, b: }"), [2, 6]);
}

#[test]
fn documents_follow_each_other() {
    let text = "a: &x 1\n---\n...\n%TAG ! !!\n---\n[b]\n...\n...\n--- [*x]\n";
    let mut parser = Parser::new(text);
    for written in ["a: &x 1", "", "[b]"] {
        let document = parser.document().unwrap().unwrap();
        assert_eq!(&text[document.nodes()[0].span.clone()], written);
    }
    // An anchor is one of its document.
    assert_eq!(parser.document().unwrap_err().kind, ErrorKind::UnknownAlias);
}

#[test]
fn what_follows_a_document_needs_a_marker() {
    for text in ["a: 1\n...\nb: 2\n", "{a: 1} ]", "'a'\n'b'"] {
        let mut parser = Parser::new(text);
        parser.document().unwrap();
        assert_eq!(
            parser.document().unwrap_err().kind,
            ErrorKind::MissingEnd,
            "{text}"
        );
    }
    let mut parser = Parser::new("a: 1\n...\n# b\n");
    parser.document().unwrap();
    assert!(parser.document().unwrap().is_none());
}

/// As `sigs.k8s.io/yaml v1.6.0` reads them.
#[test]
fn escapes_and_line_breaks_are_those_of_yaml_1_1() {
    for (text, expected) in [
        (
            r#""\0\a\b\t\n\v\f\r\e\ \"\'\\\N\_\L\P\x41\u00e9\U0001f680""#,
            "\0\x07\x08\t\n\x0b\x0c\r\x1b \"'\\\u{85}\u{a0}\u{2028}\u{2029}Aé🚀",
        ),
        ("it\u{2019}s\u{2068}", "it\u{2019}s\u{2068}"),
        ("b\n \tc", "b c"),
        ("b\u{2028}  c", "b\u{2028}c"),
    ] {
        let whole = format!("[a,\n {text}]");
        let document = Parser::new(&whole).document().unwrap().unwrap();
        let Content::Scalar(scalar) = &document.nodes()[2].content else {
            panic!("no scalar: {text}")
        };
        assert_eq!(scalar.text, expected);
    }
    for text in [r#""\/""#, r#""\z""#, r#""\x4""#, r#""\ud800""#] {
        assert_refused(&[(&format!("a: {text}"), ErrorKind::Escape)]);
    }
    assert_accepted(&[
        "a: b\u{2028}c: d",
        "a: b\n \tc",
        "a:\n- b\n \tc",
        "a: \"b\n\tc\"",
    ]);
    assert_refused(&[
        ("a: b\n\tc", ErrorKind::Tab),
        ("a:\n  b: c\n  \td", ErrorKind::Tab),
        ("a:\n- b\n\tc", ErrorKind::Tab),
        ("a: [b\n\tc]", ErrorKind::Tab),
    ]);
}

/// As `sigs.k8s.io/yaml v1.6.0` reads them.
#[test]
fn a_tag_may_have_escaped_octets_of_a_character() {
    for tag in ["!%41", "!%C3%A9", "!%E2%82%AC", "!%F0%9F%9A%80"] {
        assert_accepted(&[&*format!("a: {tag} x")]);
    }
    for tag in ["!%E2%82", "!%F0%9F%9A", "!%82", "!%F8%82%82%82%82", "!%4"] {
        assert_refused(&[(&format!("a: {tag} x"), ErrorKind::TagSyntax)]);
    }
}

#[test]
fn a_text_in_one_piece_is_not_copied() {
    let document = Parser::new("[a b, 'c', \"d\", 'e''f', g\n h]")
        .document()
        .unwrap()
        .unwrap();
    let texts = document
        .nodes()
        .iter()
        .filter_map(|node| match &node.content {
            Content::Scalar(scalar) => {
                Some((&*scalar.text, matches!(scalar.text, Cow::Borrowed(_))))
            }
            _ => None,
        });
    let expected = [
        ("a b", true),
        ("c", true),
        ("d", true),
        ("e'f", false),
        ("g h", false),
    ];
    assert_eq!(texts.collect::<Vec<_>>(), expected);
}

#[test]
fn scalars_mean_what_go_yaml_takes_them_for() {
    for (text, value) in [
        ("", Value::Null),
        ("Off", Value::Bool(false)),
        ("yEs", Value::Text("yEs".into())),
        ("0o17", Value::Int(15)),
        ("-0x8000000000000000", Value::Int(i64::MIN)),
        ("18446744073709551615", Value::HugeInt(u64::MAX)),
        ("-1_50.0e-1", Value::Float("-0.15e2".into())),
        ("0.0", Value::Float("0".into())),
        ("1:30", Value::Text("1:30".into())),
        ("-.INF", Value::Infinity { negative: true }),
        ("<<", Value::Merge),
    ] {
        assert_eq!(infer(text), value, "{text}");
    }
}
