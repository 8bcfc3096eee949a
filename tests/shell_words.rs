//! What bash and `/bin/sh` read of a text: its first command, what they replace in a word, and
//! where they stop. Tried with bash 5.2 and dash 0.5.12.

use rayjob_policy_core::syntax::shell::script::{Error, Script, read};
use rayjob_policy_core::syntax::shell::word::{
    Active::{self, Braces, Escapes, Expansion, Pattern, Required, Tilde, Unknown},
    Open,
    Shell::{self, Bash, Sh},
    Word,
};
use rayjob_policy_core::syntax::shell::{first_active, shown};

/// The first part that a shell replaces in a text of one word.
#[track_caller]
fn active(text: &str, shell: Shell) -> Option<(&str, Active)> {
    let script = read(text, shell);
    assert_eq!(script.error, None, "{text}");
    let [word] = &*script.first.words else {
        panic!("{text} is {:?}", script.first.words)
    };
    let (part, active) = word.active.clone()?;
    Some((&text[part], active))
}

#[test]
fn both_shells_replace_expansions() {
    for text in [
        "$a",
        "${a}",
        "${a:-b}",
        "${a-b}",
        "${a:=b}",
        "${a=b}",
        "${a:+b}",
        "${a+b}",
        "${#a}",
        "${#}",
        "${a%b}",
        "${a##b}",
        "${12}",
        "${@}",
        "$(a)",
        "$((1))",
        "`a`",
        "$1",
        "$@",
        "$*",
        "$?",
        "$$",
        "$!",
        "$-",
        "$#",
        "$_",
        "$_a",
        "$(a ')' b)",
        "$(a \")\" b)",
        "${a:-'}'}",
        "${a:-\"}\"}",
        "$(a $(b))",
        "$(a (b) c)",
        "`a \\` b`",
        "$(a `b)` c)",
        "${a:-$(b })}",
        "$(a \\) b)",
        "$(a \"it's\" b)",
        "$(a ${b:-)})",
    ] {
        for shell in [Bash, Sh] {
            assert_eq!(active(text, shell), Some((text, Expansion)), "{text}");
        }
    }
    for (text, part) in [
        ("$a_1-b", "$a_1"),
        ("x$12", "$1"),
        ("a$b$c", "$b"),
        ("\"$a\"", "$a"),
        ("\"$(a \"b\")\"", "$(a \"b\")"),
        ("\"${a:-it's}\"", "${a:-it's}"),
        ("\"${a:-`b }`}\"", "${a:-`b }`}"),
        ("\"`a \"b\"`\"", "`a \"b\"`"),
        ("\"${a:-'}\"", "${a:-'}"),
    ] {
        for shell in [Bash, Sh] {
            assert_eq!(active(text, shell), Some((part, Expansion)), "{text}");
        }
    }
}

/// Until bash runs it, a text in backquotes has no quotes and brackets.
#[test]
fn only_a_backquote_ends_what_a_backquote_begins() {
    for text in [
        "a `b \"c` d",
        "a `b 'c` d",
        "a `b (c` d",
        "a `b $(c` d",
        "a `b ${c` d",
    ] {
        let script = read(text, Bash);
        assert_eq!(
            (script.error, script.first.words.len()),
            (None, 3),
            "{text}"
        );
    }
}

#[test]
fn a_shell_may_require_a_variable() {
    for text in ["${a:?b}", "${a?}", "${_a1?}", "${1?}", "${12:?}"] {
        for shell in [Bash, Sh] {
            assert_eq!(active(text, shell), Some((text, Required)), "{text}");
        }
    }
    // It stops the shell, so it counts more than what comes before it.
    assert_eq!(active("$a${b?}", Sh), Some(("${b?}", Required)));
    assert_eq!(active("*${b?}${c?}", Bash), Some(("${b?}", Required)));
    assert_eq!(active("${b?}$a", Bash), Some(("${b?}", Required)));
    assert_eq!(active("$a${b^^}", Sh), Some(("${b^^}", Unknown)));
    assert_eq!(active("${a^^}${b?}", Sh), Some(("${a^^}", Unknown)));
}

#[test]
fn sh_does_not_know_all_expansions_of_bash() {
    for text in ["${a^^}", "${a/b/c}", "${a:1:2}", "${!a}", "${a@Q}"] {
        assert_eq!(active(text, Bash), Some((text, Expansion)), "{text}");
        assert_eq!(active(text, Sh), Some((text, Unknown)), "{text}");
    }
    assert_eq!(active("$'a\\n'", Bash), Some(("$'a\\n'", Escapes)));
    assert_eq!(active("$'a'", Sh), None);
    assert_eq!(active("$\"a\"", Bash), Some(("$", Expansion)));
    assert_eq!(active("$\"a\"", Sh), None);
    assert_eq!(active("a$[1]", Bash), Some(("$[1]", Expansion)));
    assert_eq!(active("a$[1]", Sh), Some(("[1]", Pattern)));
    assert_eq!(active("\"$[1]\"", Sh), None);
    assert_eq!(active("a<(b)", Bash), Some(("<(b)", Expansion)));
    assert_eq!(active(">(b)", Bash), Some((">(b)", Expansion)));
}

#[test]
fn escapes_are_resolved() {
    let word = |text: &str| read(text, Bash).first.words.remove(0);
    let escaped = word("a$'b\\n\\t\\'\\\"\\\\\\x'c");
    assert_eq!(escaped.text, "ab\n\t'\"\\\\xc");
    assert!(escaped.expands);
}

#[test]
fn patterns_of_file_names_are_replaced_where_files_may_have_such_names() {
    for (text, part) in [
        ("a*", "*"),
        ("?b", "?"),
        ("[ab]", "[ab]"),
        ("a[[b]", "[[b]"),
        ("a-b=*", "*"),
        ("s3:/*", "*"),
        ("x[1]=a", "[1]"),
        ("~*", "*"),
        ("\"a\"*", "*"),
    ] {
        for shell in [Bash, Sh] {
            assert_eq!(active(text, shell), Some((part, Pattern)), "{text}");
        }
    }
    for text in [
        "[]",
        "a[b",
        "a]",
        "--out=*",
        "--out=[a]",
        "s3://*",
        "s3://a?",
        "layers=[64]",
        "a=*",
        "'*'",
        "\"?\"",
        "\\*",
        "\"[a]\"",
    ] {
        for shell in [Bash, Sh] {
            assert_eq!(active(text, shell), None, "{text}");
        }
    }
}

#[test]
fn a_tilde_stands_for_a_home_directory_at_the_beginning() {
    for text in ["~", "~/a", "~root", "~root/a", "~ray", "~+", "~-"] {
        for shell in [Bash, Sh] {
            assert_eq!(active(text, shell), Some(("~", Tilde)), "{text}");
        }
    }
    for text in ["x=~", "x=a:~/b"] {
        assert_eq!(active(text, Bash), Some(("~", Tilde)), "{text}");
    }
    for text in ["a~", "~rays", "x=a~", "--out=~", "'~'", "\\~", "a:~"] {
        for shell in [Bash, Sh] {
            assert_eq!(active(text, shell), None, "{text}");
        }
    }
}

#[test]
fn bash_makes_several_words_of_braces() {
    for (text, part) in [
        ("{a,b}", "{a,b}"),
        ("x{a,b}y", "{a,b}"),
        ("{,b}", "{,b}"),
        ("{a{b,c}", "{b,c}"),
        ("{{a,b}}", "{a,b}"),
        ("{a,b}{c}", "{a,b}"),
        ("{'a',b}", "{'a',b}"),
        ("{1..3}", "{1..3}"),
        ("{-1..3}", "{-1..3}"),
        ("{1..3..2}", "{1..3..2}"),
        ("{a..e}", "{a..e}"),
        ("{a..e..2}", "{a..e..2}"),
    ] {
        assert_eq!(active(text, Bash), Some((part, Braces)), "{text}");
        assert_eq!(active(text, Sh), None, "{text}");
    }
    for text in [
        "{}",
        "{a}",
        "{a,b",
        "a,b}",
        "{a,{b}",
        "{..3}",
        "{1..}",
        "{1.3}",
        "{1..3..}",
        "{1..3..a}",
        "{ab..c}",
        "{-..3}",
        "{1..3..2..1}",
        "\\{a,b}",
        "'{a,b}'",
        "{a\\,b}",
    ] {
        assert_eq!(active(text, Bash), None, "{text}");
    }
}

/// Whether it expands, has braces, assigns and is quoted.
fn flags(word: &Word) -> [bool; 4] {
    [word.expands, word.has_braces, word.assigns, word.is_quoted]
}

#[test]
fn a_word_may_be_several_things() {
    for (text, expected) in [
        ("a", [false, false, false, false]),
        ("$a{b,c}", [true, true, false, false]),
        ("*", [false, false, false, false]),
        ("~", [false, false, false, false]),
        ("${a?}", [true, false, false, false]),
        ("$'a'", [true, false, false, false]),
        ("'a'", [false, false, false, true]),
        ("a\"b\"", [false, false, false, true]),
        ("a\\b", [false, false, false, true]),
        ("a\\\nb", [false, false, false, false]),
        ("x=1", [false, false, true, false]),
        ("x=", [false, false, true, false]),
        ("x+=1", [false, false, true, false]),
        ("_1=a", [false, false, true, false]),
        ("x='a'", [false, false, true, true]),
        ("x=a=b", [false, false, true, false]),
        ("1x=1", [false, false, false, false]),
        ("x-y=1", [false, false, false, false]),
        ("x+y=1", [false, false, false, false]),
        ("=1", [false, false, false, false]),
        ("+=1", [false, false, false, false]),
        ("'x'=1", [false, false, false, true]),
        ("x\\=1", [false, false, false, true]),
    ] {
        let script = read(text, Bash);
        let words: Vec<_> = script.first.words.iter().map(flags).collect();
        assert_eq!(words, [expected], "{text}");
    }
}

/// The first command: its words, the text of its redirections, and the operator after it.
fn first(text: &str, shell: Shell) -> (Vec<String>, Vec<&str>, Option<(&'static str, usize)>) {
    let Script { first, error, .. } = read(text, shell);
    assert_eq!(error, None, "{text}");
    let words = first.words.into_iter().map(|word| word.text).collect();
    let redirects = first.redirects.into_iter();
    let redirects = redirects.map(|(part, ..)| &text[part]).collect();
    (words, redirects, first.end)
}

#[test]
fn the_first_command_ends_at_an_operator() {
    for (text, words, end) in [
        ("a b", &["a", "b"][..], None),
        ("a && b", &["a"], Some(("&&", 2))),
        ("a || b", &["a"], Some(("||", 2))),
        ("a | b", &["a"], Some(("|", 2))),
        ("a |& b", &["a"], Some(("|&", 2))),
        ("a& b", &["a"], Some(("&", 1))),
        ("a; b; c", &["a"], Some((";", 1))),
        ("a \\\nb\nc", &["a", "b"], Some(("\n", 5))),
        ("\n\na", &["a"], None),
        ("x=1 a", &["x=1", "a"], None),
        ("! a", &["a"], None),
        ("time a", &["a"], None),
        ("((1)); a b", &["a", "b"], None),
        ("x=(a b) c", &["x=(a b)", "c"], None),
        ("export x=(a)", &["export", "x=(a)"], None),
        ("declare x=(a)", &["declare", "x=(a)"], None),
        ("local x=(a)", &["local", "x=(a)"], None),
        ("readonly x=(a)", &["readonly", "x=(a)"], None),
        ("typeset x=(a)", &["typeset", "x=(a)"], None),
    ] {
        let words = words.iter().map(|word| String::from(*word)).collect();
        assert_eq!(first(text, Bash), (words, vec![], end), "{text}");
    }
}

#[test]
fn a_command_in_a_compound_command_is_inside() {
    for (text, word, end) in [
        ("(a)", "a", Some((")", 2))),
        ("{ a; }", "a", Some((";", 3))),
        ("if a; then b; fi", "a", Some((";", 4))),
        ("while a; do b; done", "a", Some((";", 7))),
        ("until a\ndo b; done", "a", Some(("\n", 7))),
        ("for i in 1 2; do a; done", "a", Some((";", 18))),
        ("for i\ndo a; done", "a", Some((";", 10))),
        ("case x in (y|z) a;; esac", "a", Some((";;", 17))),
    ] {
        for shell in [Bash, Sh] {
            let script = read(text, shell);
            assert!(script.first.is_inside, "{text}");
            let expected = (vec![word.into()], vec![], end);
            assert_eq!(first(text, shell), expected, "{text}");
        }
    }
    for text in ["a", "a; (b)", "a && { b; }", "! a"] {
        assert!(!read(text, Bash).first.is_inside, "{text}");
    }
}

#[test]
fn redirections_are_no_words() {
    for (text, words, redirects) in [
        ("a > f b", &["a", "b"][..], &["> f"][..]),
        ("> f a", &["a"], &["> f"]),
        ("a 2>&1", &["a"], &["2>&1"]),
        ("a 12>f <g", &["a"], &["12>f", "<g"]),
        ("a 1 >f", &["a", "1"], &[">f"]),
        ("a x1>>f", &["a", "x1"], &[">>f"]),
        ("a '1'>|f", &["a", "1"], &[">|f"]),
        ("a <>f", &["a"], &["<>f"]),
        ("a > 1", &["a"], &["> 1"]),
        ("x=a > f y=b", &["x=a", "y=b"], &["> f"]),
    ] {
        for shell in [Bash, Sh] {
            let words = words.iter().map(|word| String::from(*word)).collect();
            assert_eq!(
                first(text, shell),
                (words, redirects.into(), None),
                "{text}"
            );
        }
    }
    for (text, redirect) in [("a &>f", "&>f"), ("a &>> f", "&>> f"), ("a <<<b", "<<<b")] {
        let expected = (vec!["a".into()], vec![redirect], None);
        assert_eq!(first(text, Bash), expected, "{text}");
    }
    // sh reads a command in the background there, and then a redirection alone.
    let expected = (vec!["a".into()], vec![], Some(("&", 2)));
    assert_eq!(first("a &> f", Sh), expected);
}

#[test]
fn a_document_ends_with_its_delimiter() {
    for (text, words) in [
        ("a <<E b\nit's\nE\nc", &["a", "b"][..]),
        ("a <<E\nE \n E\nE", &["a"]),
        ("a <<-E\n\tx\n\t\tE\nc", &["a"]),
        ("a <<'E'\n$(\nE\n", &["a"]),
        ("a <<E <<F\n'\nE\n\"\nF\nb", &["a"]),
        ("a <<E\nit's", &["a"]),
    ] {
        for shell in [Bash, Sh] {
            let script = read(text, shell);
            assert_eq!(script.error, None, "{text}");
            let read: Vec<_> = script.first.words.iter().map(|word| &*word.text).collect();
            assert_eq!(read, words, "{text}");
        }
    }
    let open = Error::Open(Open { at: 3, what: b'<' });
    for text in ["(a <<E\nx\n)", "(a <<E\n\tE\n)"] {
        assert_eq!(read(text, Bash).error, Some(open), "{text}");
    }
}

#[test]
fn a_shell_stops_where_something_opens_or_cannot_be() {
    let open = |at, what| Some(Error::Open(Open { at, what }));
    let unexpected = |at| Some(Error::Unexpected(at));
    let unfinished = Some(Error::Unfinished);
    for (text, error) in [
        ("a 'b", open(2, b'\'')),
        ("a b\"c", open(3, b'"')),
        ("a \"b\\", open(2, b'"')),
        ("a `b", open(2, b'`')),
        ("a \"`b\"", open(3, b'`')),
        ("a $(b", open(2, b'$')),
        ("a \"$(b\"", open(3, b'$')),
        ("a ${b", open(2, b'$')),
        ("a ${b:-\"c}", open(2, b'$')),
        ("a $(b 'c)", open(2, b'$')),
        ("a )", unexpected(2)),
        ("a\n\nb)", unexpected(4)),
        ("a &\n)", unexpected(4)),
        ("if a; fi", unexpected(6)),
        ("do a", unexpected(0)),
        ("a; then", unexpected(3)),
        ("a ;; b", unexpected(2)),
        ("a ; ; b", unexpected(4)),
        ("&& a", unexpected(0)),
        ("a > ;", unexpected(4)),
        ("a >\nb", unexpected(3)),
        ("for\ni in a; do b; done", unexpected(3)),
        ("case\na in esac", unexpected(4)),
        ("a &&", unfinished),
        ("a |\n", unfinished),
        ("a >", unfinished),
        ("{ a", unfinished),
        ("( a", unfinished),
        ("if", unfinished),
        ("for i in a", unfinished),
        ("case a in b", unfinished),
    ] {
        for shell in [Bash, Sh] {
            assert_eq!(read(text, shell).error, error, "{text}");
        }
    }
    for (text, error) in [
        ("a $'b", open(3, b'\'')),
        ("a $'b\\", open(3, b'\'')),
        ("a <(b", open(2, b'<')),
        ("x=(b", open(2, b'(')),
        ("a $[1", open(2, b'$')),
        ("[[ a", unfinished),
        ("((1", unfinished),
        ("function f", unfinished),
    ] {
        assert_eq!(read(text, Bash).error, error, "{text}");
    }
    for (text, error) in [
        ("a |& b", unexpected(3)),
        ("a <<<b", unexpected(4)),
        ("a <(b)", unexpected(3)),
    ] {
        assert_eq!(read(text, Sh).error, error, "{text}");
    }
}

#[test]
fn the_last_comment_is_noted_without_its_line_break() {
    for (text, comment) in [
        ("a # b", Some("# b")),
        ("# a\nb", Some("# a")),
        ("a #b\n#c\n", Some("#c")),
        ("a#b", None),
        ("'#' a", None),
    ] {
        let noted = read(text, Sh).comment.map(|part| &text[part]);
        assert_eq!(noted, comment, "{text}");
    }
}

#[test]
fn an_escaped_line_break_does_not_end_a_word() {
    for (text, at) in [
        ("a\\\n#b", None),
        ("a \\\n#b", Some(4)),
        ("\\\n#b", Some(2)),
        ("a\\b#c", None),
        ("\\a#b", None),
        ("$\\\na", Some(0)),
    ] {
        assert_eq!(first_active(text), at, "{text:?}");
    }
    assert_eq!(shown("a `b` c", 2), 2..5);
    assert_eq!(shown("a `b", 2), 2..4);
    assert_eq!(shown("$é", 0), 0..3);
}

/// Asked of bash 5.2 and dash 0.5.12.
#[test]
fn an_assignment_takes_a_pattern_as_it_is_and_a_home_directory() {
    for (text, index, in_bash, in_sh) in [
        ("a=* b", 0, None, None),
        ("b a=*", 1, Some(Pattern), Some(Pattern)),
        ("a=1 b=? c", 1, None, None),
        ("export a=[b]*", 1, None, None),
        ("b=~ c", 0, Some(Tilde), Some(Tilde)),
        ("b=c:~ d", 0, Some(Tilde), Some(Tilde)),
        ("export b=~", 1, Some(Tilde), Some(Tilde)),
        ("a=1 export b=*", 2, None, None),
        ("export b c=*", 2, None, None),
        ("b=--c=~ d", 0, None, None),
        ("b=c=~:~ d", 0, Some(Tilde), Some(Tilde)),
        ("b+=* c", 0, None, Some(Pattern)),
        ("b+=~ c", 0, Some(Tilde), None),
        ("echo b=~", 1, Some(Tilde), None),
    ] {
        for (shell, expected) in [(Bash, in_bash), (Sh, in_sh)] {
            let word = read(text, shell).first.words.into_iter().nth(index);
            let active = word.expect("a word").active.map(|(_, active)| active);
            assert_eq!(active, expected, "{shell:?} {text}");
        }
    }
}
