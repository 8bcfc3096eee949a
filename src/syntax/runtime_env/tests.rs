use super::{SyntaxErrorKind, check};

/// The problem for which the text is refused, if any.
fn kind(text: &str) -> Option<SyntaxErrorKind> {
    check(text).err().map(|error| error.kind)
}

fn assert_accepted(texts: &[&str]) {
    for text in texts {
        assert_eq!(check(text), Ok(()), "{text:?}");
    }
}

fn assert_refused(cases: &[(&str, SyntaxErrorKind)]) {
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
        ("- a", SyntaxErrorKind::List),
        ("[]", SyntaxErrorKind::List),
        ("a", SyntaxErrorKind::Text),
        ("'1'", SyntaxErrorKind::Text),
        ("!!str 1", SyntaxErrorKind::Text),
        ("2001-12-14", SyntaxErrorKind::Text),
        ("1", SyntaxErrorKind::Number),
        ("0x1F", SyntaxErrorKind::Number),
        (".inf", SyntaxErrorKind::Number),
        ("yes", SyntaxErrorKind::Boolean),
        ("off", SyntaxErrorKind::Boolean),
    ]);
}

#[test]
fn broken_syntax_is_refused() {
    assert_refused(&[
        ("a: b: c", SyntaxErrorKind::StrayColon),
        ("a:\n\t- b", SyntaxErrorKind::Start),
        ("a: x\n\ty", SyntaxErrorKind::Tab),
        ("a: |\n\tx", SyntaxErrorKind::Tab),
        ("a: |0\n x", SyntaxErrorKind::Indentation),
        ("a: | x", SyntaxErrorKind::RestOfLine),
        ("a: b\nc", SyntaxErrorKind::MissingColon),
        ("a: - b", SyntaxErrorKind::StrayEntry),
        ("a: ? b", SyntaxErrorKind::StrayKey),
        ("a: 'b", SyntaxErrorKind::OpenQuote),
        ("a: \"b\n---\n\"", SyntaxErrorKind::OpenQuote),
        ("a: \"\\/\"", SyntaxErrorKind::Escape),
        ("a: \"\\x4\"", SyntaxErrorKind::Escape),
        ("a: \"\\ud800\"", SyntaxErrorKind::Escape),
        ("a: [b", SyntaxErrorKind::FlowList),
        ("a: {b: c", SyntaxErrorKind::FlowMapping),
        ("a: ]", SyntaxErrorKind::MissingValue),
        ("...", SyntaxErrorKind::MissingValue),
        ("{: a}", SyntaxErrorKind::MissingValue),
        ("a: @b", SyntaxErrorKind::Start),
        ("a:\n - b\n c: d", SyntaxErrorKind::BlockList),
        ("a: b\n - c: d\n", SyntaxErrorKind::StrayColon),
        (": a", SyntaxErrorKind::BlockMapping),
        ("a: \u{1}", SyntaxErrorKind::Character),
        ("a: \u{7f}", SyntaxErrorKind::Character),
        ("a: & b", SyntaxErrorKind::AnchorName),
        ("a: &é b", SyntaxErrorKind::AnchorName),
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
    assert_refused(&[("--- 1\n---\na: 1", SyntaxErrorKind::Number)]);
}

#[test]
fn a_forbidden_character_counts_if_it_is_in_a_chunk_that_is_read() {
    let at = |offset: usize| format!("{:offset$}\u{1}", "a: 1\n---\n");
    assert_eq!(kind(&at(511)), Some(SyntaxErrorKind::Character));
    assert_eq!(kind(&at(512)), None);
}

#[test]
fn a_key_spans_at_most_1024_characters() {
    let quoted = |length: usize| format!("'{}': 1", "é".repeat(length - 2));
    assert_eq!(kind(&quoted(1024)), None);
    assert_eq!(kind(&quoted(1025)), Some(SyntaxErrorKind::StrayColon));
}

#[test]
fn the_token_after_a_lone_question_mark_in_a_list_is_lost() {
    assert_accepted(&["{a: [? , , b], a: 1}"]);
    assert_refused(&[("{a: [? , b], a: 1}", SyntaxErrorKind::FlowList)]);
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
        ("%YAML 1.2\n---\na: b", SyntaxErrorKind::Version),
        (
            "%YAML 1.1\n%YAML 1.1\n---\na: b",
            SyntaxErrorKind::Directive,
        ),
        ("%YAML 1\n---\na: b", SyntaxErrorKind::Directive),
        (
            "%TAG !e! a\n%TAG !e! b\n---\na: b",
            SyntaxErrorKind::Directive,
        ),
        ("%FOO\n---\na: b", SyntaxErrorKind::Directive),
        ("%YAML 1.1\na: b", SyntaxErrorKind::MissingStart),
        ("a: !y!int 1", SyntaxErrorKind::TagHandle),
        ("a: !<> 1", SyntaxErrorKind::TagSyntax),
        ("a: !!in%zz 1", SyntaxErrorKind::TagSyntax),
        ("a: !!a,b{} 1", SyntaxErrorKind::TagSyntax),
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
        ("~: a", SyntaxErrorKind::NullKey),
        ("{? : a}", SyntaxErrorKind::NullKey),
        ("{a: {null: 1}}", SyntaxErrorKind::NullKey),
        ("9223372036854775808: a", SyntaxErrorKind::HugeKey),
        ("0xffffffffffffffff: a", SyntaxErrorKind::HugeKey),
        ("? [a]\n: b", SyntaxErrorKind::CollectionKey),
        ("{{}: b}", SyntaxErrorKind::CollectionKey),
        ("a: &k {}\n*k : b", SyntaxErrorKind::CollectionKey),
    ]);
}

#[test]
fn numbers_that_json_lacks_are_refused() {
    for value in [".nan", ".NaN", ".inf", "+.Inf", "-.INF", "!!float .inf"] {
        let text = format!("a: [{{b: {value}}}]");
        assert_eq!(kind(&text), Some(SyntaxErrorKind::NotFinite), "{text:?}");
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
        ("{a: 1, a: .nan}", SyntaxErrorKind::NotFinite),
        ("{YWI=: .nan, !!binary YWI=: 1}", SyntaxErrorKind::NotFinite),
        ("{1: .nan, '1': 1}", SyntaxErrorKind::NotFinite),
        ("{.nan: {~: 1}, .nan: 1}", SyntaxErrorKind::NullKey),
        ("{<<: [{a: .nan}, {a: 1}]}", SyntaxErrorKind::NotFinite),
        ("{~: 1, ~: 1}", SyntaxErrorKind::NullKey),
    ]);
}

#[test]
fn a_tag_must_fit_its_text() {
    let fitting = "\
        !!int 1, !!int '1', !!int 1_000, !!int 0b-1, !!int 0o17, !!int 017, !!int -0x1f, \
        !!int 18446744073709551615, !!float 1, !!float .5, !!float 5., !!float .5_5, \
        !!float -1_0.5e+3, !!float 08, !!float 1.7976931348623157e308, !!float 1e-999, \
        !!float 0e999, !!bool y, !!null ~, !!null '', !!str, !!str 1, !!binary aGk=, \
        !!binary '', !!set 1, !x 1, !<tag:yaml.org,2002:int> 1, !!in%74 1, \
        !!timestamp 2001-12-14, !!timestamp 2001-1-1t1:2:3.5-05:00, \
        !!timestamp 2000-02-29 1:2:3, !!map a";
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
        !!timestamp 2001-1-1T1:2:3+25:00, !!timestamp 2001-13-1";
    for value in unfitting.split(", ") {
        let text = format!("a: {value}");
        assert_eq!(kind(&text), Some(SyntaxErrorKind::TagMismatch), "{text:?}");
    }
    for value in [
        "!!binary a",
        "!!binary YQ=",
        "!!binary YQ==YQ==",
        "!!binary 'Y Q=='",
    ] {
        let text = format!("a: {value}");
        assert_eq!(kind(&text), Some(SyntaxErrorKind::Base64), "{text:?}");
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
        ("a: !!int 1\n  2", SyntaxErrorKind::TagMismatch),
        ("a: !!int \"1\n  2\"", SyntaxErrorKind::TagMismatch),
        ("a: !!int |\n  1\n", SyntaxErrorKind::TagMismatch),
        ("a: !!int |+\n  1\n", SyntaxErrorKind::TagMismatch),
        ("a: !!binary >\n  YQ\n  ==", SyntaxErrorKind::Base64),
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
        ("<<: 1", SyntaxErrorKind::Merge),
        ("<<:", SyntaxErrorKind::Merge),
        ("<<: [1]", SyntaxErrorKind::Merge),
        ("a: &a [{b: 1}]\n<<: *a", SyntaxErrorKind::Merge),
        ("! <<: 1", SyntaxErrorKind::Merge),
        ("!!merge <<: 1", SyntaxErrorKind::Merge),
    ]);
}

#[test]
fn aliases_need_an_anchor_before_and_outside_them() {
    assert_accepted(&["a: &x 1\nb: *x", "a: &x 1\nb: &x [2]\nc: *x", "&a a: *a"]);
    assert_refused(&[
        ("a: *x", SyntaxErrorKind::UnknownAlias),
        ("a: *x\nb: &x 1", SyntaxErrorKind::UnknownAlias),
        ("a: &x [*x]", SyntaxErrorKind::EndlessAlias),
        ("&x {a: {b: *x}}", SyntaxErrorKind::EndlessAlias),
        ("a: &x {<<: *x}", SyntaxErrorKind::EndlessAlias),
    ]);
}

#[test]
fn a_message_is_one_short_line_with_the_place() {
    for (text, expected) in [
        ("- a", "line 1: a list, not a mapping"),
        ("a: 1\nb: c: d", "line 2: ':' is not allowed here"),
        ("a: 1\n\n~: b", "line 3: a key is null"),
        ("a: [\n.inf]", "line 2: .nan and .inf are not valid in JSON"),
        (
            "%YAML 1.2\n---\na: b",
            "line 1: only %YAML 1.1 is supported",
        ),
    ] {
        let error = check(text).unwrap_err();
        let message = format!("line {}: {}", error.line, error.kind);
        assert_eq!(message, expected, "{text:?}");
    }
}
