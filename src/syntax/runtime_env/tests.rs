use super::{Problem, check};

/// The problem that the text is refused for, if it is.
fn problem(text: &str) -> Option<Problem> {
    check(text).err().map(|fault| fault.problem)
}

fn assert_accepted(texts: &[&str]) {
    for text in texts {
        assert_eq!(check(text), Ok(()), "{text:?}");
    }
}

fn assert_refused(cases: &[(&str, Problem)]) {
    for (text, expected) in cases {
        assert_eq!(problem(text), Some(*expected), "{text:?}");
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
        ("- a", Problem::List),
        ("[]", Problem::List),
        ("a", Problem::Text),
        ("'1'", Problem::Text),
        ("!!str 1", Problem::Text),
        ("2001-12-14", Problem::Text),
        ("1", Problem::Number),
        ("0x1F", Problem::Number),
        (".inf", Problem::Number),
        ("yes", Problem::Boolean),
        ("off", Problem::Boolean),
    ]);
}

#[test]
fn broken_syntax_is_refused() {
    assert_refused(&[
        ("a: b: c", Problem::StrayColon),
        ("a:\n\t- b", Problem::Start),
        ("a: x\n\ty", Problem::Tab),
        ("a: |\n\tx", Problem::Tab),
        ("a: |0\n x", Problem::Indentation),
        ("a: | x", Problem::RestOfLine),
        ("a: b\nc", Problem::MissingColon),
        ("a: - b", Problem::StrayEntry),
        ("a: ? b", Problem::StrayKey),
        ("a: 'b", Problem::OpenQuote),
        ("a: \"b\n---\n\"", Problem::OpenQuote),
        ("a: \"\\/\"", Problem::Escape),
        ("a: \"\\x4\"", Problem::Escape),
        ("a: \"\\ud800\"", Problem::Escape),
        ("a: [b", Problem::FlowList),
        ("a: {b: c", Problem::FlowMapping),
        ("a: ]", Problem::MissingValue),
        ("...", Problem::MissingValue),
        ("{: a}", Problem::MissingValue),
        ("a: @b", Problem::Start),
        ("a:\n - b\n c: d", Problem::BlockList),
        ("a: b\n - c: d\n", Problem::StrayColon),
        (": a", Problem::BlockMapping),
        ("a: \u{1}", Problem::Character),
        ("a: \u{7f}", Problem::Character),
        ("a: & b", Problem::AnchorName),
        ("a: &é b", Problem::AnchorName),
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
    assert_refused(&[("--- 1\n---\na: 1", Problem::Number)]);
}

#[test]
fn a_forbidden_character_counts_if_it_is_in_a_chunk_that_is_read() {
    let at = |offset: usize| format!("{:offset$}\u{1}", "a: 1\n---\n");
    assert_eq!(problem(&at(511)), Some(Problem::Character));
    assert_eq!(problem(&at(512)), None);
}

#[test]
fn a_key_spans_at_most_1024_characters() {
    let quoted = |length: usize| format!("'{}': 1", "é".repeat(length - 2));
    assert_eq!(problem(&quoted(1024)), None);
    assert_eq!(problem(&quoted(1025)), Some(Problem::StrayColon));
}

#[test]
fn the_token_after_a_lone_question_mark_in_a_list_is_lost() {
    assert_accepted(&["{a: [? , , b], a: 1}"]);
    assert_refused(&[("{a: [? , b], a: 1}", Problem::FlowList)]);
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
        ("%YAML 1.2\n---\na: b", Problem::Version),
        ("%YAML 1.1\n%YAML 1.1\n---\na: b", Problem::Directive),
        ("%YAML 1\n---\na: b", Problem::Directive),
        ("%TAG !e! a\n%TAG !e! b\n---\na: b", Problem::Directive),
        ("%FOO\n---\na: b", Problem::Directive),
        ("%YAML 1.1\na: b", Problem::MissingStart),
        ("a: !y!int 1", Problem::TagHandle),
        ("a: !<> 1", Problem::TagSyntax),
        ("a: !!in%zz 1", Problem::TagSyntax),
        ("a: !!a,b{} 1", Problem::TagSyntax),
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
        ("~: a", Problem::NullKey),
        ("{? : a}", Problem::NullKey),
        ("{a: {null: 1}}", Problem::NullKey),
        ("9223372036854775808: a", Problem::HugeKey),
        ("0xffffffffffffffff: a", Problem::HugeKey),
        ("? [a]\n: b", Problem::CollectionKey),
        ("{{}: b}", Problem::CollectionKey),
        ("a: &k {}\n*k : b", Problem::CollectionKey),
    ]);
}

#[test]
fn numbers_that_json_lacks_are_refused() {
    for value in [".nan", ".NaN", ".inf", "+.Inf", "-.INF", "!!float .inf"] {
        let text = format!("a: [{{b: {value}}}]");
        assert_eq!(problem(&text), Some(Problem::NotFinite), "{text:?}");
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
        ("{a: 1, a: .nan}", Problem::NotFinite),
        ("{YWI=: .nan, !!binary YWI=: 1}", Problem::NotFinite),
        ("{1: .nan, '1': 1}", Problem::NotFinite),
        ("{.nan: {~: 1}, .nan: 1}", Problem::NullKey),
        ("{<<: [{a: .nan}, {a: 1}]}", Problem::NotFinite),
        ("{~: 1, ~: 1}", Problem::NullKey),
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
        assert_eq!(problem(&text), Some(Problem::TagMismatch), "{text:?}");
    }
    for value in [
        "!!binary a",
        "!!binary YQ=",
        "!!binary YQ==YQ==",
        "!!binary 'Y Q=='",
    ] {
        let text = format!("a: {value}");
        assert_eq!(problem(&text), Some(Problem::Base64), "{text:?}");
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
        ("a: !!int 1\n  2", Problem::TagMismatch),
        ("a: !!int \"1\n  2\"", Problem::TagMismatch),
        ("a: !!int |\n  1\n", Problem::TagMismatch),
        ("a: !!int |+\n  1\n", Problem::TagMismatch),
        ("a: !!binary >\n  YQ\n  ==", Problem::Base64),
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
        ("<<: 1", Problem::Merge),
        ("<<:", Problem::Merge),
        ("<<: [1]", Problem::Merge),
        ("a: &a [{b: 1}]\n<<: *a", Problem::Merge),
        ("! <<: 1", Problem::Merge),
        ("!!merge <<: 1", Problem::Merge),
    ]);
}

#[test]
fn aliases_need_an_anchor_before_and_outside_them() {
    assert_accepted(&["a: &x 1\nb: *x", "a: &x 1\nb: &x [2]\nc: *x", "&a a: *a"]);
    assert_refused(&[
        ("a: *x", Problem::UnknownAlias),
        ("a: *x\nb: &x 1", Problem::UnknownAlias),
        ("a: &x [*x]", Problem::EndlessAlias),
        ("&x {a: {b: *x}}", Problem::EndlessAlias),
        ("a: &x {<<: *x}", Problem::EndlessAlias),
    ]);
}

#[test]
fn a_message_is_one_short_line_with_the_place() {
    for (text, expected) in [
        ("- a", "line 1: a list, not keys with values"),
        ("a: 1\nb: c: d", "line 2: ':' is not allowed here"),
        ("a: 1\n\n~: b", "line 3: a key is null"),
        ("a: [\n.inf]", "line 2: .nan and .inf have no place in JSON"),
        (
            "%YAML 1.2\n---\na: b",
            "line 1: only %YAML 1.1 is understood",
        ),
    ] {
        let fault = check(text).unwrap_err();
        let message = format!("line {}: {}", fault.line, fault.problem);
        assert_eq!(message, expected, "{text:?}");
    }
}
