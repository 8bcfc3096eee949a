//! `command` and `args` of the container that runs Ray.
//!
//! KubeRay joins them with blanks and writes `&& ulimit ...; ray start ...` behind them, as
//! one line of bash, unless an annotation forbids it or the words contain `ray start`
//! (`kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:BuildPod`).

use super::{Entry, Family, ray_container, start_params};
use crate::example::Example;
use crate::finding::Report;
use crate::group::Group;
use crate::json::Quoted;
use crate::pod::{Owner, Part, Pod};
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::shell::LONGEST_ARGUMENT;
use crate::syntax::shell::line::{Line, Token};
use crate::syntax::shell::word::Word;
use crate::text;

/// The annotation with which KubeRay leaves command and args alone.
const OVERWRITES: &str = "ray.io/overwrite-container-cmd";

/// The variable that holds the `ray start` line of KubeRay.
const GENERATED: &str = "KUBERAY_GEN_RAY_START_CMD";

/// Whether KubeRay joins these words with its own line.
fn is_joined(pod: Pod<'_, '_>, text: &str) -> bool {
    let own = pod.template.metadata.annotations.get(OVERWRITES);
    let overwrites = |value: &str| value.eq_ignore_ascii_case("true");
    !(own.is_some_and(overwrites)
        || overwrites(pod.object.annotation(OVERWRITES))
        || text::has(text, "ray start"))
}

/// The words of the command and the arguments of the Ray container.
fn words<'s>(pod: Pod<'_, 's>) -> Vec<&'s str> {
    let mut words = Vec::new();
    if let Owner::Group(group, _) = pod.owner
        && let Some(ray) = group.ray_container()
    {
        for word in ray.command.iter().chain(&*ray.args) {
            words.push(&**word);
        }
    }
    words
}

/// The words, each between blanks, as KubeRay joins them; empty if there are none.
fn joined(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words {
        text.push(' ');
        text.push_str(word);
        text.push(' ');
    }
    text
}

/// The words as a finding shows them.
fn shown(words: &[&str]) -> String {
    Quoted(text::join(&mut words.iter().copied(), " ").trim()).to_string()
}

/// Whether `rayStartParams` reach Ray: not if the container starts Ray with a line of its own.
pub(super) fn uses_start_params(pod: Pod<'_, '_>) -> bool {
    let text = joined(&words(pod));
    is_joined(pod, &text) || text::has(&text, GENERATED)
}

/// Why `ray start` behind a text never runs.
enum Never {
    /// bash cannot read the line.
    Syntax,
    /// The line ends before it, in a comment or a document.
    Hidden,
    /// This command ends the shell.
    Ends(String),
    /// This command runs forever.
    Endless(String),
    /// The text alone has this many bytes.
    TooLong(usize),
}

/// One simple command of a line.
#[derive(Default)]
struct Command<'l> {
    words: Vec<&'l Word>,
    /// The operator before it.
    before: &'static str,
    /// The operator after it.
    after: &'static str,
    /// How many groups, loops and conditions it is in.
    depth: usize,
}

impl Command<'_> {
    /// The text of a word, empty if there is none.
    fn text(&self, index: usize) -> &str {
        self.words.get(index).map_or("", |word| &word.text)
    }

    /// The command in words.
    fn shown(&self) -> String {
        let mut shown = String::new();
        for word in &self.words {
            if !shown.is_empty() {
                shown.push(' ');
            }
            shown.push_str(&word.text);
        }
        shown
    }

    /// Whether it is `ray start`.
    fn starts_ray(&self) -> bool {
        let skipped = usize::from(self.text(0) == "exec");
        let is_ray = matches!(self.text(skipped).rsplit('/').next(), Some("ray"));
        is_ray && self.text(skipped.saturating_add(1)) == "start"
    }

    /// The script that it passes to another shell, and whether more words follow.
    fn script(&self) -> Option<(&Word, bool)> {
        let at = self.script_at()?;
        let script = self.words.get(at)?;
        Some((script, self.words.len() > at.saturating_add(1)))
    }

    /// Whether it is `bash -c` and nothing more.
    fn lacks_script(&self) -> bool {
        self.script_at().is_some_and(|at| self.words.len() <= at)
    }

    /// Where the script of `bash -c` stands among the words.
    fn script_at(&self) -> Option<usize> {
        let is_shell = matches!(self.text(0).rsplit('/').next(), Some("bash" | "sh"));
        let option = self.text(1);
        let is_script =
            option.starts_with('-') && !option.starts_with("--") && option.ends_with('c');
        (is_shell && is_script).then(|| match self.text(2) {
            "--" => 3,
            _ => 2,
        })
    }

    /// Whether it runs forever, by its name.
    fn is_endless(&self) -> bool {
        let is_long = |time: &str| time.starts_with("inf") || time.ends_with('d');
        match self.text(0) {
            "sleep" => is_long(self.text(1)),
            "tail" => self
                .words
                .iter()
                .any(|word| matches!(&*word.text, "-f" | "-F" | "--follow")),
            _ => match self.script() {
                Some((script, _)) if !script.expands => {
                    let line = Line::read(&script.text);
                    let commands = commands(&line);
                    commands.is_some_and(|commands| endless(&commands).is_some())
                }
                _ => false,
            },
        }
    }
}

/// The simple commands of a line; `None` if bash cannot read it.
fn commands(line: &Line) -> Option<Vec<Command<'_>>> {
    if line.is_open {
        return None;
    }
    let mut all = Vec::new();
    let mut command = Command::default();
    // What is open: the word that closes each group, loop or condition.
    let mut open: Vec<&'static str> = Vec::new();
    let mut is_target = false;
    let mut has_case = false;
    let mut tokens = line.tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let operator = match token {
            Token::Word(_) if is_target => {
                is_target = false;
                continue;
            }
            Token::Word(word) => {
                if command.words.is_empty() && !word.is_quoted && !word.expands {
                    match &*word.text {
                        "if" => open.push("fi"),
                        "while" | "until" | "for" => open.push("done"),
                        "{" => open.push("}"),
                        "case" => has_case = true,
                        "fi" | "done" | "}" => {
                            let opened = open.pop();
                            if opened != Some(&*word.text) && !has_case {
                                return None;
                            }
                        }
                        _ => {}
                    }
                    // A command follows these.
                    if matches!(
                        &*word.text,
                        "if" | "while" | "until" | "then" | "do" | "else" | "elif" | "{" | "!"
                    ) {
                        all.push(Command {
                            words: vec![word],
                            before: command.before,
                            after: "",
                            depth: open.len(),
                        });
                        command = Command::default();
                        continue;
                    }
                }
                command.words.push(word);
                command.depth = open.len();
                continue;
            }
            Token::Operator(operator) => *operator,
        };
        match operator {
            "#" => continue,
            "<" | ">" | ">>" | "<<" | "<<-" | "<<<" | "<&" | ">&" | "<>" | ">|" | "&>" | "&>>" => {
                is_target = true;
                continue;
            }
            "(" => {
                if matches!(tokens.peek(), Some(Token::Operator(")"))) {
                    // A function, whose body is a group.
                    tokens.next();
                    match tokens.peek() {
                        Some(Token::Word(word)) if word.text == "{" => command.words.clear(),
                        Some(Token::Operator("(" | "\n")) => command.words.clear(),
                        _ => return None,
                    }
                    continue;
                }
                let is_list = command
                    .words
                    .last()
                    .is_some_and(|word| word.text.ends_with('='));
                let is_count = command.text(0) == "for";
                if !command.words.is_empty() && !is_list && !is_count && !has_case {
                    return None;
                }
                open.push(")");
                continue;
            }
            ")" => {
                if open.last() == Some(&")") {
                    open.pop();
                    // What is in the brackets is a command, even for an operator after it.
                    if command.words.is_empty()
                        && let Some(last) = all.pop()
                    {
                        command = last;
                    }
                } else if !has_case {
                    return None;
                }
                continue;
            }
            _ => {}
        }
        if command.words.is_empty() {
            if operator == "\n" || has_case {
                continue;
            }
            return None;
        }
        command.after = operator;
        all.push(command);
        command = Command {
            before: operator,
            ..Command::default()
        };
    }
    if is_target || !open.is_empty() {
        return None;
    }
    if !command.words.is_empty() {
        all.push(command);
    } else if matches!(command.before, "&&" | "||" | "|" | "|&") {
        return None;
    }
    Some(all)
}

/// The command of a line that runs forever, if one surely does.
fn endless(commands: &[Command<'_>]) -> Option<String> {
    let mut waits_for_ever = false;
    let mut index = 0_usize;
    while let Some(command) = commands.get(index) {
        index = index.saturating_add(1);
        // A pipe may end it, and `||` may skip it.
        let is_sure = !matches!(command.before, "||" | "|" | "|&")
            && !matches!(command.after, "|" | "|&" | "||");
        if matches!(command.text(0), "while" | "until") {
            let condition = commands.get(index).map_or("", |command| command.text(0));
            let is_constant = matches!(
                (command.text(0), condition),
                ("while", "true" | ":") | ("until", "false")
            );
            let rest = commands.get(index..).unwrap_or_default();
            let inside = rest.iter().take_while(|other| other.depth >= command.depth);
            let number = inside.clone().count();
            let may_end = inside
                .into_iter()
                .any(|other| matches!(other.text(0), "break" | "exit" | "return" | "exec"));
            let done = rest.get(number);
            index = index.saturating_add(number);
            if command.depth == 1 && !may_end && is_constant && is_sure {
                match done.map_or("", |done| done.after) {
                    "&" => waits_for_ever = true,
                    "" | ";" | "\n" | "&&" => {
                        return Some(format!("{} {condition}", command.text(0)));
                    }
                    _ => {}
                }
            }
            continue;
        }
        if command.depth > 0 || !is_sure {
            continue;
        }
        if command.text(0) == "wait" && waits_for_ever {
            return Some(command.shown());
        }
        if command.is_endless() {
            match command.after {
                "&" => waits_for_ever = true,
                _ => return Some(command.shown()),
            }
        }
    }
    None
}

/// Why `ray start` never runs behind a text; `None` if it may.
fn never(text: &str) -> Option<Never> {
    if text.len() > LONGEST_ARGUMENT {
        return Some(Never::TooLong(text.len()));
    }
    let line = Line::read(&format!("{text} && ulimit -n 65536; ray start --head"));
    let Some(commands) = commands(&line) else {
        return Some(Never::Syntax);
    };
    // Ray may start by the variable.
    if text::has(text, GENERATED) {
        return None;
    }
    if !commands.last().is_some_and(Command::starts_ray) {
        return Some(Never::Hidden);
    }
    let own = commands
        .get(..commands.len().saturating_sub(2))
        .unwrap_or_default();
    for command in own {
        let is_sure = command.depth == 0
            && !matches!(command.before, "&&" | "||" | "|" | "|&")
            && !matches!(command.after, "&" | "|" | "|&");
        let is_end = match command.text(0) {
            "exit" => true,
            "exec" => command.words.len() > 1 && command.words.iter().all(|word| !word.expands),
            _ => false,
        };
        if is_sure && is_end {
            return Some(Never::Ends(command.shown()));
        }
    }
    endless(own).map(Never::Endless)
}

/// Tells of a pod of a group whose Ray container has a command.
fn each(
    pod: Pod<'_, '_>,
    report: &mut Report,
    look: fn(Pod<'_, '_>, Group<'_>, &[&str], &str) -> Told,
) {
    let words = words(pod);
    let Owner::Group(group, _) = pod.owner else {
        return;
    };
    let Some(ray) = group.ray_container().filter(|_| !words.is_empty()) else {
        return;
    };
    if let Some((detail, advice)) = look(pod, group, &words, &joined(&words)) {
        let list = if ray.command.is_empty() {
            "args"
        } else {
            "command"
        };
        let path = group.path("template.spec.containers").index(0).at(list);
        let finding = report.add(path, detail);
        if let Some(advice) = advice {
            finding.advise(advice);
        }
    }
}

/// A finding, with an advice unless it is the rule's.
type Told = Option<(String, Option<&'static str>)>;

fn check_never(pod: Pod<'_, '_>, group: Group<'_>, words: &[&str], text: &str) -> Told {
    if !is_joined(pod, text) {
        return None;
    }
    let shown = shown(words);
    let before = format!("the command of {group} is {shown}, before ray start");
    Some(match never(text)? {
        Never::Syntax => (
            format!("{before}; bash cannot read both as one line"),
            Some(
                "Write one command without an operator, a line break or a bracket at its end, \
                 with quotes around words such as \"'print(1)'\"",
            ),
        ),
        Never::Hidden => (
            format!("{before}; the line ends in a comment or a here-document"),
            Some("Remove the comment or the here-document"),
        ),
        Never::Ends(command) => (
            format!("{before}; {} ends the shell", Quoted(&command)),
            None,
        ),
        Never::Endless(command) => (format!("{before}; {} runs forever", Quoted(&command)), None),
        Never::TooLong(length) => (
            format!(
                "the command of {group} has {length} bytes, and Linux passes at most \
                 {LONGEST_ARGUMENT} to a program in one argument"
            ),
            Some("Put the script into a file in the image or in a volume"),
        ),
    })
}

fn check_joined(pod: Pod<'_, '_>, group: Group<'_>, words: &[&str], text: &str) -> Told {
    if !is_joined(pod, text) || never(text).is_some() {
        return None;
    }
    let shown = shown(words);
    let line = Line::read(text);
    let all = commands(&line)?;
    if let [shell] = &*all
        && shell.lacks_script()
    {
        let shell = Quoted(shell.text(0));
        return Some((
            format!("the command of {group} is {shown}: {shell} has no script, and fails"),
            Some("Remove the command: when it fails, KubeRay skips ulimit"),
        ));
    }
    for command in &all {
        if let Some((script, true)) = command.script() {
            let shell = Quoted(command.text(0)).to_string();
            let detail = format!(
                "the command of {group} is {shown}; in the line that KubeRay makes of it, the \
                 script of {shell} is only {}",
                Quoted(&script.text)
            );
            return Some((
                detail,
                Some("Write the script alone, without bash -c, or put single quotes around it"),
            ));
        }
    }
    Some((format!("the command of {group} is {shown}"), None))
}

/// Programs that surely do not start Ray.
const OTHERS: [&str; 22] = [
    "true",
    "false",
    "echo",
    "sleep",
    "cp",
    "mkdir",
    "export",
    "set",
    "cd",
    "ls",
    "cat",
    "wget",
    "curl",
    "pip",
    "apt-get",
    "aws",
    "nvidia-smi",
    "ulimit",
    "chmod",
    "tail",
    "wait",
    "trap",
];

fn check_no_start(pod: Pod<'_, '_>, group: Group<'_>, words: &[&str], text: &str) -> Told {
    if is_joined(pod, text) {
        return None;
    }
    let has_start = text::has(text, "ray start");
    let told = |detail: String, advice| Some((detail, Some(advice)));
    let shown = shown(words);
    const SCRIPT: &str = "Use command [/bin/bash, -c, --] with the script as one argument";
    // No program has a blank in its name.
    if let Some(word) = words.first().filter(|word| word.trim().contains(' ')) {
        let word = Quoted(word);
        return told(
            format!("the command of {group} is the one word {word}"),
            SCRIPT,
        );
    }
    let script = match words {
        ["bash" | "sh" | "/bin/bash" | "/bin/sh", file, ..] if !file.starts_with('-') => {
            return match file.contains(' ') || file.starts_with('$') {
                true => told(
                    format!("the command of {group} is {shown}, which the shell takes for a file"),
                    SCRIPT,
                ),
                false => None,
            };
        }
        [
            "bash" | "sh" | "/bin/bash" | "/bin/sh",
            option,
            "--",
            script,
            ..,
        ]
        | ["bash" | "sh" | "/bin/bash" | "/bin/sh", option, script, ..]
            if option.ends_with('c') =>
        {
            script
        }
        _ => "",
    };
    if text::has(text, GENERATED) {
        return None;
    }
    let quoted;
    let source = match script {
        "" => {
            quoted = joined(words.get(..1).unwrap_or_default());
            &*quoted
        }
        script => script,
    };
    let line = Line::read(source);
    let Some(all) = commands(&line) else {
        return told(
            format!("the command of {group} is {shown}, which the shell cannot read"),
            SCRIPT,
        );
    };
    let is_other = |command: &Command<'_>| {
        let name = command.text(0);
        OTHERS.contains(&name) || is_reserved(name)
    };
    let is_known = all.iter().all(is_other);
    let what = if has_start {
        "only mentions ray start"
    } else {
        "does not start Ray"
    };
    match is_known {
        true => told(
            format!("the command of {group} is {shown}, which {what}"),
            "Add eval \"$KUBERAY_GEN_RAY_START_CMD\" to the script, or remove the annotation",
        ),
        false => None,
    }
}

fn is_reserved(name: &str) -> bool {
    matches!(
        name,
        "if" | "then" | "else" | "fi" | "while" | "do" | "done" | "for" | "{" | "}" | ":"
    )
}

fn check_variable(pod: Pod<'_, '_>, group: Group<'_>, words: &[&str], text: &str) -> Told {
    if is_joined(pod, text) || text::count(text, GENERATED) != 1 {
        return None;
    }
    let script = words.iter().find(|word| text::has(word, GENERATED))?;
    let line = Line::read(script);
    let all = commands(&line)?;
    let is_variable = |word: &Word| {
        let name = word.text.trim_start_matches("${").trim_start_matches('$');
        word.expands && name.trim_end_matches('}') == GENERATED
    };
    for command in &all {
        let skipped = usize::from(command.text(0) == "exec");
        let Some(word) = command.words.get(skipped).filter(|word| is_variable(word)) else {
            continue;
        };
        if word.is_quoted {
            return Some((
                format!(
                    "the command of {group} runs {} in quotes, as one word",
                    Quoted(GENERATED)
                ),
                None,
            ));
        }
        if start_params::writes_quotes(pod, group) {
            return Some((
                format!(
                    "the command of {group} runs {} without eval, and resources in it have quotes",
                    Quoted(GENERATED)
                ),
                None,
            ));
        }
    }
    None
}

/// The patch that lets the head start Ray itself with this script, and gives it these start
/// parameters.
macro_rules! overwritten {
    ($script:literal, $params:literal) => {
        concat!(
            r#"{"metadata": {"annotations": {"ray.io/overwrite-container-cmd": "true"}},
                "spec": {"rayClusterSpec": {"headGroupSpec": {"rayStartParams": {"#,
            $params,
            r#"}, "template": {"spec": {"containers": [{"name": "ray-head",
                 "image": "rayproject/ray:2.52.0", "command": ["/bin/bash", "-c", "--"],
                 "args": ["#,
            $script,
            "]}]}}}}}}"
        )
    };
}

const SOURCE: &str = "kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:BuildPod";

pub(super) const FAMILY: Family = Family {
    title: "Command of the Ray container",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-ray-command-never",
                // Nothing behind it ever runs, in no release.
                level: Level::Deny,
                why: "KubeRay starts Ray behind it in the same line of bash, so Ray never starts",
                advice: "Remove the command: KubeRay starts Ray itself",
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    each(pod, report, check_never)
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The first container of the head or of a worker group has `command` or \
                       `args`, and the line that KubeRay makes of them and of `ray start` never \
                       comes to `ray start`: bash cannot read it, a command ends the shell or runs \
                       forever, or the line is longer than 131,071 bytes.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(ray_container!(
                        r#""command": ["python3", "-c", "print(1)"]"#
                    )),
                    Example::job(ray_container!(r#""command": ["sleep", "infinity"]"#)),
                    Example::job(ray_container!(
                        r#""args": ["pip install -r requirements.txt\n"]"#
                    )),
                    Example::job(ray_container!(r#""args": ["echo hi; exit 0"]"#)),
                    Example::job(ray_container!(r#""args": ["echo hi # first"]"#)),
                ],
                good: &[
                    Example::job(ray_container!(r#""command": [], "args": []"#)),
                    Example::job(ray_container!(
                        r#""command": ["/bin/bash", "-c", "--"], "args": ["ray start --head"]"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-ray-command-joined",
                // This may be what is meant.
                level: Level::Warn,
                why: "KubeRay does not run it instead of ray start, but before it, in the same \
                      line of bash, and Ray starts when it has ended",
                advice: "Remove the command unless it prepares the container, or set the \
                         annotation ray.io/overwrite-container-cmd to \"true\" to start Ray \
                         yourself",
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    each(pod, report, check_joined)
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The first container of the head or of a worker group has `command` or \
                       `args` without `ray start`. KubeRay joins all their words with blanks, \
                       without quotes, and writes `&& ulimit ...; ray start ...` behind them, \
                       unless the annotation `ray.io/overwrite-container-cmd` is \"true\". After \
                       `bash -c`, only the first word of the script remains its script. `bash -lc` \
                       without a script, which KubeRay's Python client writes, fails, and Ray \
                       starts without `ulimit`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(ray_container!(
                        r#""command": ["/bin/bash", "-c"], "args": ["pip install torch"]"#
                    )),
                    Example::job(ray_container!(r#""args": ["pip install torch"]"#)),
                    Example::job(ray_container!(r#""command": ["/bin/bash", "-lc"]"#)),
                ],
                good: &[
                    Example::job(ray_container!(r#""command": []"#)),
                    Example::job(ray_container!(
                        r#""command": ["/bin/bash", "-c", "--"],
                           "args": ["pip install torch; ray start --head --block"]"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-ray-command-no-start",
                // The image may have an entrypoint that starts Ray.
                level: Level::Warn,
                why: "KubeRay leaves this command alone, and it does not seem to start Ray",
                advice: "Start Ray in it",
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    each(pod, report, check_no_start)
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The annotation `ray.io/overwrite-container-cmd` is \"true\", or the words \
                       of the command contain `ray start`, so KubeRay does not start Ray; and the \
                       command only has programs that do not either, is one word such as `ray \
                       start --head`, or passes a script to `bash` without `-c`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(ray_container!(r#""args": ["ray start --head --block"]"#)),
                    Example::job(ray_container!(
                        r#""command": ["/bin/bash", "-c"], "args": ["echo 'ray start'"]"#
                    )),
                ],
                good: &[
                    Example::job(ray_container!(
                        r#""command": ["ray", "start"], "args": ["--head", "ray start"]"#
                    )),
                    Example::job(ray_container!(
                        r#""command": ["/bin/bash", "-c", "./run.sh # ray start"]"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-ray-start-variable",
                // The shell cannot find the program, or Ray refuses the broken resources.
                level: Level::Deny,
                why: "the shell does not make the words of ray start out of the variable, so Ray \
                      never starts",
                advice: "Write eval \"$KUBERAY_GEN_RAY_START_CMD\"",
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    each(pod, report, check_variable)
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "With the annotation `ray.io/overwrite-container-cmd`, the command runs the \
                       variable `KUBERAY_GEN_RAY_START_CMD` in double quotes, which is one word; \
                       or without `eval`, although the start parameters have quotes: those of \
                       `resources`, which KubeRay also adds for a TPU or a Neuron core.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(overwritten!(r#""\"$KUBERAY_GEN_RAY_START_CMD\"""#, "")),
                    Example::job(overwritten!(
                        r#""exec $KUBERAY_GEN_RAY_START_CMD""#,
                        r#""resources": "'{\"a\": 1}'""#
                    )),
                ],
                good: &[
                    Example::job(overwritten!(r#""exec $KUBERAY_GEN_RAY_START_CMD""#, "")),
                    Example::job(overwritten!(
                        r#""eval \"$KUBERAY_GEN_RAY_START_CMD\"""#,
                        r#""resources": "'{\"a\": 1}'""#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};
