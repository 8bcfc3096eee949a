//! What the shells between a RayJob and the head make of `entrypoint`, and bash of `jobId`.

use std::borrow::Cow;
use std::ops::Range;

use super::entrypoint::tell;
use super::{Entry, Family};
use crate::context::Context;
use crate::entrypoint::{ray_version, with_submission};
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{Edit, FixTemplate};
use crate::job::Job;
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::ray_version::RayVersion;
use crate::syntax::shell::entrypoint::{Damage, Delivery, Kind, Submission};
use crate::syntax::shell::join::Join;
use crate::syntax::shell::remedy::{LONGEST_REMEDY, loses_json, remedy};
use crate::syntax::shell::word::{Active, Word};
use crate::syntax::shell::{self, LONGEST_ARGUMENT};
use crate::text;

const SOURCE: &str = "kuberay v1.7.0 \
                      ray-operator/controllers/ray/common/job.go:BuildJobSubmitCommand";

const SOURCE_OF_JOIN: &str = "ray 2.55.1, 2.56.0 python/ray/dashboard/modules/job/cli.py:submit; \
                              kuberay v1.7.0 \
                              ray-operator/controllers/ray/common/job.go:BuildJobSubmitCommand";

const SCRIPT: &str = "Move the command into a script, such as bash run.sh";

const REWRITE: &[FixTemplate] = &[FixTemplate {
    title: "write the entrypoint so that it arrives on the head",
    safe: false,
    edits: &[Edit::SetProposed],
}];

/// The longest text that a message proposes.
const LONGEST_PROPOSAL: usize = 120;

/// What becomes of a job's entrypoint, if KubeRay submits it and a shell may change it.
fn delivery(job: Job<'_>, context: &Context<'_>) -> Option<(Delivery, Vec<Damage>)> {
    let mut seen = None;
    if !Delivery::is_plain(&job.entrypoint) {
        with_submission(job, context.release, &mut |submission| {
            let delivery = Delivery::new(&job.entrypoint, submission);
            let damages = delivery.damages();
            seen = Some((delivery, damages));
        });
    }
    seen
}

/// Reports one kind of damage.
fn report_damage(job: Job<'_>, context: &Context<'_>, report: &mut Report, kind: Kind) {
    let Some((delivery, damages)) = context.delivery.get_or_init(|| delivery(job, context)) else {
        return;
    };
    let Some(damage) = damages.iter().find(|damage| damage.kind == kind) else {
        return;
    };
    let entrypoint = &*job.entrypoint;
    with_submission(job, context.release, &mut |submission| {
        let place = place(entrypoint, &damage.part);
        let detail = detail(delivery, damage, submission, ray_version(job));
        let remedy = remedy(delivery, damage, submission);
        let finding = report
            .add(job.path("entrypoint"), format!("{place}{detail}"))
            .advise(advice(
                delivery,
                entrypoint,
                remedy.as_deref(),
                damage,
                submission,
            ))
            .about(damage.part.clone());
        match remedy {
            Some(_) => finding.propose(remedy),
            None => finding.offer(&[]),
        };
    });
}

/// The line of a part, if there are several.
fn place(entrypoint: &str, part: &Range<usize>) -> String {
    match text::line_number(entrypoint, part.start) {
        Some(number) if !part.is_empty() => format!("line {number}: "),
        _ => String::new(),
    }
}

/// What a damage consists in.
fn detail(
    delivery: &Delivery,
    damage: &Damage,
    submission: &Submission<'_>,
    version: Option<RayVersion>,
) -> String {
    if let Some(length) = delivery.too_long {
        return format!(
            "the text has {length} bytes, and Linux passes at most {LONGEST_ARGUMENT} to a program \
             in one argument"
        );
    }
    let shown = delivery.shown();
    let shown = Quoted(&shown);
    let rest = damage
        .cause
        .trim_start_matches([';', '&', '|', '<', '>', '\n', '\r', ' ']);
    let cause = Quoted(&damage.cause);
    let ray = match version {
        _ if submission.join == Join::Shlex || delivery.submitter.is_none() => String::new(),
        Some(version) => format!("with Ray {version}, "),
        None => "with Ray up to 2.55 (no rayVersion or image tag names the release), ".into(),
    };
    match damage.kind {
        Kind::NotSubmitted => match damage.cause.as_bytes() {
            [b'#', ..] if delivery.has_no_command() => {
                format!("the first line is only the comment {cause}")
            }
            _ if delivery.has_no_command() => {
                format!("the text begins with {cause}, so ray job submit gets no command")
            }
            [b'#', ..] => format!("the comment {cause} takes the end of KubeRay's command with it"),
            [b'<', b'<', ..] => format!("the text after {cause} has no end"),
            [b'<', _, ..] => format!("bash opens a file in the submitter: {cause}"),
            [b'$', b'{', ..] => format!("{cause} needs a variable of the submitter"),
            [b';' | b'&' | b'|' | b'<' | b'>', ..] if rest.is_empty() => {
                format!("bash cannot read what KubeRay writes behind {cause}")
            }
            _ => format!("bash cannot read {cause}"),
        },
        Kind::Syntax => format!("/bin/sh cannot read {cause}"),
        Kind::QuotedCommand => format!("the command is one word, {cause}"),
        Kind::Assignment => format!("the head runs {shown}, and looks for a program"),
        Kind::HeadOperator => {
            format!("{ray}the head runs {shown}, and its shell acts on {cause}")
        }
        Kind::NotACommand => format!("the head runs {shown}"),
        Kind::CarriageReturn => format!("\\r follows {cause} at the end"),
        Kind::Kubelet => format!("the text has {cause}"),
        Kind::Continuation if damage.cause.starts_with('\\') => {
            "the text ends in a backslash, which quotes the blank behind it".into()
        }
        Kind::Continuation => "the line ends in a backslash and something invisible".into(),
        Kind::Fallback if submission.mode == SubmissionMode::Sidecar => {
            format!(
                "the submitter runs {}, and the failure of the job is lost",
                Quoted(rest)
            )
        }
        Kind::Fallback => format!("the submitter runs {} if it cannot submit", Quoted(rest)),
        Kind::InSubmitter => {
            format!(
                "the head runs only {shown}, and the submitter runs {}",
                Quoted(rest)
            )
        }
        Kind::Redirect => format!("bash redirects ray job submit with {cause}"),
        Kind::SubmitterValue => format!("bash in the submitter replaces {cause}"),
        Kind::Braces => format!("bash makes several words of {cause}"),
        Kind::HeadValue => format!("{ray}/bin/sh on the head replaces {cause} in {shown}"),
        Kind::HeadQuotes => format!("{ray}the head runs {shown}"),
        Kind::Negation => "the head looks for a program named \"!\"".into(),
    }
}

/// What to write: only what was tried with both joins.
fn advice(
    delivery: &Delivery,
    entrypoint: &str,
    remedy: Option<&str>,
    damage: &Damage,
    submission: &Submission<'_>,
) -> Cow<'static, str> {
    let is_kept = |submission: &Submission<'_>| {
        entrypoint.len() <= LONGEST_REMEDY
            && Delivery::new(entrypoint, submission).damages().is_empty()
    };
    // In HTTPMode, a backslash at the end of a line does the same, and braces stay as they are.
    // Everywhere, JSON needs quotes around it.
    let is_read_otherwise = |word: &Word| {
        matches!(word.active, Some((_, Active::Braces))) || loses_json(&delivery.text, word)
    };
    let is_misread = delivery
        .submitter
        .as_ref()
        .is_some_and(|submitter| submitter.first.words.iter().any(is_read_otherwise));
    let by_http = submission.mode != SubmissionMode::Http
        && damage.kind != Kind::Continuation
        && !delivery.eats_blank
        && !is_misread
        && is_kept(&Submission {
            mode: SubmissionMode::Http,
            ..*submission
        });
    let by_ray = submission.join == Join::List2Cmdline
        && !is_misread
        && is_kept(&Submission {
            join: Join::Shlex,
            ..*submission
        });
    let mut advice = match remedy {
        Some(text) if text.len() <= LONGEST_PROPOSAL && !text.contains('\n') => {
            format!("Write {text}")
        }
        Some(text) if text.starts_with("bash -c") => {
            let quote = text.get(8..9).unwrap_or_default();
            format!("Quote all of it: bash -c {quote}...{quote}")
        }
        Some(_) => in_words(damage),
        None => SCRIPT.into(),
    };
    advice.push_str(match (by_http, by_ray) {
        (true, _) => ", or use HTTPMode",
        (_, true) => ", or use Ray 2.56 or newer",
        _ => "",
    });
    advice.into()
}

/// What to do with a text of several lines, which does not fit into a line of advice.
fn in_words(damage: &Damage) -> String {
    let what = match damage.kind {
        Kind::Continuation => return "Remove what follows the backslash, or the backslash".into(),
        Kind::CarriageReturn => return "Use line breaks without \\r".into(),
        Kind::Assignment => return "Write env in front of the assignments, each in quotes".into(),
        Kind::NotACommand => "Write python in front of",
        Kind::QuotedCommand => "Remove the quotes around",
        Kind::NotSubmitted => "Remove",
        _ => "Write a space behind the first brace of",
    };
    format!("{what} {}", Quoted(&damage.cause))
}

/// The check of a kind of damage.
macro_rules! check {
    ($kind:ident) => {
        Check::Job(|job, context, report| report_damage(job, context, report, Kind::$kind))
    };
}

/// The patch that gives fields to a job whose image has Ray 2.56.
macro_rules! ray_2_56 {
    ($fields:literal) => {
        concat!(
            r#"{"spec": {"#,
            $fields,
            r#", "rayClusterSpec": {"rayVersion": "2.56.0",
                 "headGroupSpec": {"template": {"spec": {"containers": [
                   {"name": "ray-head", "image": "rayproject/ray:2.56.0"}]}}},
                 "workerGroupSpecs": []}}}"#
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Shells between the job and the head",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-entrypoint-not-submitted",
                // Nothing is submitted, or the submitter fails behind it.
                level: Level::Deny,
                why: "the submission stops there with an error",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(NotSubmitted),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, bash cannot read the command that KubeRay \
                       makes of `entrypoint`, or stops before it submits: the text ends in an \
                       operator such as `;` or `&`, or in a comment, which takes the end of \
                       KubeRay's own command with it; the first line is only a comment; a quote, \
                       a parenthesis or a here-document has no end; `for`, `if` or `(` stands \
                       where bash expects an argument; `${NAME:?}` names a variable that the \
                       submitter does not have; `<` reads a file of the submitter. Linux passes \
                       at most 131,071 bytes to bash.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "python train.py &"}}"#),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py  # the big one"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "for i in 1 2; do python a.py; done"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --name \"it's",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r##"{"spec": {"entrypoint": "# first\npython train.py"}}"##),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --lr ${LR:?}"}}"#),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py < data.csv"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "bash -c 'for i in 1 2; do ls; done'"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py  # the big one",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py &",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --lr 0.1#x"}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-syntax",
                // sh stops there with an error.
                level: Level::Deny,
                why: "/bin/sh runs the entrypoint on the head, and is dash in Ray's images, \
                      which has less syntax than bash",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(Syntax),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`/bin/sh` cannot read `entrypoint` in HTTPMode, or in another mode a \
                       text that begins with a keyword of the shell. `<(...)`, `<<<`, `|&` and \
                       `${NAME^^}` belong to bash only. In HTTPMode, a text of more than 131,071 \
                       bytes does not reach it: Linux passes no more in one argument.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py |& tee log.txt",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --name ${NAME^^}",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --name 'open",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "fi python train.py"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "bash -c 'python train.py |& tee log.txt'",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --name ${NAME:-x}",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-quoted-command",
                // No such program exists.
                level: Level::Deny,
                why: "a quoted text is one word, so the shell looks for a program of that name, \
                      with the spaces",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(QuotedCommand),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The command in `entrypoint` is one quoted word with spaces, such as \
                       `\"python train.py\"`. A path with spaces, such as `'my dir/run.sh'`, is \
                       none.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "\"python train.py\""}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "'python train.py --lr 0.1' --seed 1",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
                good: &[
                    Example::job(r#"{"spec": {"entrypoint": "\"python\" train.py"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "'my dir/run.sh'",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-assignment",
                // No such program exists.
                level: Level::Deny,
                why: "Ray puts the whole word in quotes, and a quoted word is no assignment but \
                      the name of a program",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(Assignment),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `entrypoint` begins with an assignment \
                       whose value needs quotes, such as `A='a b' python train.py`.",
                source: SOURCE_OF_JOIN,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "A='a b' python train.py"}}"#),
                    Example::job(ray_2_56!(r#""entrypoint": "A='a;b' python train.py""#)),
                ],
                good: &[
                    Example::job(r#"{"spec": {"entrypoint": "A=b python train.py"}}"#),
                    Example::job(r#"{"spec": {"entrypoint": "env 'A=a b' python train.py"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "A='a b' python train.py",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-operator-on-head",
                // sh stops, or runs another command.
                level: Level::Deny,
                why: "Ray drops the quotes of a word without spaces, and /bin/sh on the head \
                      reads the text again",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(HeadOperator),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode with Ray up to 2.55, a quoted word of \
                       `entrypoint` without spaces contains `(`, `)`, `&`, `;`, `|`, `<`, `>` or \
                       a quote. Ray joins the words with Python's `subprocess.list2cmdline`, \
                       which quotes only words with spaces. From 2.56 on, Ray joins them with \
                       `shlex.join`, and they arrive. The release is that of the image that \
                       submits, or else `rayVersion`; if neither tells, 2.55 is assumed.",
                source: SOURCE_OF_JOIN,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "python -c 'print(1)'"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python a.py --url 'http://h/p?a=1&b=2'",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python a.py --name it\\'s"}}"#),
                ],
                good: &[
                    Example::job(r#"{"spec": {"entrypoint": "python -c 'print( 1 )'"}}"#),
                    Example::job(ray_2_56!(r#""entrypoint": "python -c 'print(1)'""#)),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python -c 'print(1)'",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-not-a-command",
                // The image may have a program of that name.
                level: Level::Warn,
                why: "/bin/sh on the head finds no program of that name in its PATH, and knows \
                      no command of bash",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(NotACommand),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The first word of `entrypoint` is a Python file without a path, such as \
                       `train.py`, or a command of bash that `/bin/sh` does not have, such as \
                       `source`, `pushd` or `[[`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "train.py --lr 0.1"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "source env.sh && python train.py",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
                good: &[
                    Example::job(r#"{"spec": {"entrypoint": "./train.py"}}"#),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "bash -c 'source env.sh && python train.py'"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-carriage-return",
                // Some programs ignore it.
                level: Level::Warn,
                why: "/bin/sh takes it for a part of the word, and KubeRay removes it at the \
                      end of the text only outside HTTPMode",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(CarriageReturn),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The last line of `entrypoint` ends in a carriage return, as Windows \
                       writes them.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py\r\n",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py\r\n"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py\n",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --text 'a\rb'"}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-kubelet",
                // The job runs with another value.
                level: Level::Warn,
                why: "the kubelet replaces $$ by $, and $(NAME) by a variable of the submitter, \
                      before bash reads the text, even in single quotes",
                advice: SCRIPT,

                check: check!(Kubelet),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `entrypoint` contains `$$`, or `$(NAME)` \
                       of a variable that the submitter's container has, such as \
                       `RAY_JOB_SUBMISSION_ID`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --id $$"}}"#),
                    Example::job(
                        r#"{"spec": {
                            "entrypoint": "python train.py --id '$(RAY_JOB_SUBMISSION_ID)'"}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --id $$",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --price 5$"}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-continuation",
                // The rest runs elsewhere, or not at all.
                level: Level::Warn,
                why: "a backslash continues a line only if the line break comes right behind it",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(Continuation),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, a line of `entrypoint` ends in a backslash \
                       and a blank or a carriage return, so that the next line is a command of \
                       its own, or the text ends in a backslash, which then quotes a blank that \
                       KubeRay writes.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "python train.py \\ \n  --lr 0.1"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py \\\r\n  --lr 0.1",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --lr 0.1\\\n"}}"#),
                ],
                good: &[
                    Example::job(r#"{"spec": {"entrypoint": "python train.py \\\n  --lr 0.1"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py \\ \n  --lr 0.1",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-fallback",
                // The job itself runs.
                level: Level::Warn,
                why: "bash belongs to the submitter, and ray job submit is the command before ||",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(Fallback),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `entrypoint` has `||` outside quotes. In \
                       K8sJobMode, what follows runs if submitting fails, never if the job \
                       fails. In SidecarMode, it runs in the submitter, which then reports \
                       success. Exception: `|| exit 1` in K8sJobMode.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py || python report.py"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py || true",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {
                            "entrypoint": "bash -c 'python train.py || python report.py'"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py || exit 1"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py || true",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-in-submitter",
                // The job runs, but part of it runs elsewhere, which may be intended.
                level: Level::Warn,
                why: "KubeRay pastes the entrypoint behind ray job submit, and bash in the \
                      submitter ends that command there",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(InSubmitter),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `entrypoint` has more than one command: \
                       after a line break, `;`, `&`, `&&` or `|` outside quotes. With `python \
                       a.py && python b.py`, only the first command becomes the Ray job, and the \
                       second runs in the submitter.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "python a.py && python b.py"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python a.py\npython b.py\n",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "cd src && python train.py"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "bash -c 'python a.py && python b.py'"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python a.py \\\n  --lr 0.1\n"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python a.py && python b.py",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-redirect",
                // The job runs.
                level: Level::Warn,
                why: "the job itself is not redirected, and its output goes to the logs of Ray",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(Redirect),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `entrypoint` has a redirection outside \
                       quotes, such as `> log.txt`, `2>&1` or a here-document.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "python train.py > log.txt 2>&1"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py 2>/dev/null",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "bash -c 'python train.py > log.txt 2>&1'"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py > log.txt",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-submitter-value",
                // The job runs, but with a different value.
                level: Level::Warn,
                why: "the job gets the value, the files or the home directory of the submitter, \
                      where a variable is often empty",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(SubmitterValue),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `entrypoint` has an expansion outside \
                       single quotes: `$NAME`, `$(command)`, a backquote, `~`, or a pattern such \
                       as `*.csv`. Exceptions: patterns in options (`--glob=*.csv`) and URLs, \
                       and brackets behind `=` (`layers=[64,64]`), which match no file.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --dir \"$HOME\""}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --day $(date +%F)",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py data/*.csv"}}"#),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py ~/data"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --price 5$ layers=[64,64]"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {
                            "entrypoint": "python train.py s3://bucket/*.parquet --glob=*.csv"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "bash -c 'python train.py data/*.csv'"}}"#,
                    ),
                    Example::job(ray_2_56!(
                        r#""entrypoint": "bash -c 'python train.py --dir \"$HOME\"'""#
                    )),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --dir \"$HOME\"",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-braces",
                // The job runs, but with other words.
                level: Level::Warn,
                why: "/bin/sh on the head would leave them alone, but bash in the submitter \
                      does not",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(Braces),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `entrypoint` has braces outside quotes \
                       that bash turns into several words: JSON with a comma, `{a,b}` or \
                       `{1..3}`.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --config {\"a\":1,\"b\":2}"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py part-{1..3}.csv",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {
                            "entrypoint": "python train.py --config '{\"a\": 1, \"b\": 2}'"}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --config {a}"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py part-{1..3}.csv",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-value-on-head",
                // The value may be the one that is meant.
                level: Level::Warn,
                why: "Ray replaces single quotes by double ones or none, so /bin/sh on the head \
                      expands the text before the program starts",
                advice: SCRIPT,

                check: check!(HeadValue),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode with Ray up to 2.55, a word of `entrypoint` \
                       in single quotes, or behind a backslash, has a `$` or a backquote: in \
                       `bash -c 'for i in 1 2; do python a.py $i; done'`, `$i` is empty. From \
                       Ray 2.56 on, the text arrives as it is written.",
                source: SOURCE_OF_JOIN,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {
                            "entrypoint": "bash -c 'for i in 1 2; do python a.py $i; done'"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --name '$HOME'",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                ],
                good: &[
                    Example::job(ray_2_56!(
                        r#""entrypoint": "bash -c 'for i in 1 2; do python a.py $i; done'""#
                    )),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --name '5 $'"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --name '$HOME'",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-quotes-on-head",
                // The job runs, but with other arguments.
                level: Level::Warn,
                why: "Ray drops the quotes of a word without spaces, and /bin/sh on the head \
                      reads the text again",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(HeadQuotes),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode with Ray up to 2.55, a word of `entrypoint` \
                       loses quotes that it needs on the head: a backslash, a pattern, `~`, or \
                       `#` at its beginning. From Ray 2.56 on, it arrives.",
                source: SOURCE_OF_JOIN,
                messages: &[],
                bad: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --match '\\d+'",
                                     "submissionMode": "SidecarMode",
                                     "activeDeadlineSeconds": 3600}}"#,
                    ),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py '*.csv'"}}"#),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --tag '#1'"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py --config '{\"a\": 1}'"}}"#,
                    ),
                    Example::job(ray_2_56!(
                        r#""entrypoint": "python train.py --match '\\d+'""#
                    )),
                    Example::job(r#"{"spec": {"entrypoint": "python train.py --tag a#1"}}"#),
                    Example::job(
                        r#"{"spec": {"entrypoint": "python train.py '*.csv'",
                                     "submissionMode": "HTTPMode"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-entrypoint-negation",
                // The job fails, whatever the command does.
                level: Level::Warn,
                why: "Ray quotes the word, and a quoted word is no keyword of the shell",
                advice: SCRIPT,
                fixes: REWRITE,
                check: check!(Negation),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode with Ray 2.56 or later, `entrypoint` begins \
                       with `!`.",
                source: SOURCE_OF_JOIN,
                messages: &[],
                bad: &[Example::job(ray_2_56!(
                    r#""entrypoint": "! python train.py""#
                ))],
                good: &[
                    Example::job(r#"{"spec": {"entrypoint": "! python train.py"}}"#),
                    Example::job(ray_2_56!(r#""entrypoint": "bash -c '! python train.py'""#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-job-id-shell",
                // The job runs, under another id.
                level: Level::Warn,
                why: "KubeRay puts jobId into a shell command, and bash in the submitter acts on \
                      this part",
                advice: "Use only letters, digits, - and _ in jobId",
                check: Check::Job(|job, context, report| {
                    let id = job.job_id.as_deref().unwrap_or_default();
                    if job.submits_by_shell(context.release) {
                        tell(
                            report,
                            job.path("jobId"),
                            "jobId",
                            id,
                            shell::first_active(id),
                        );
                    }
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "In K8sJobMode or SidecarMode, `jobId` contains something that a shell acts \
                       on: a line break, an operator, `$`, a backquote or an unclosed quote.",
                source: SOURCE,
                messages: &[],
                bad: &[Example::job(r#"{"spec": {"jobId": "train-$(date)"}}"#)],
                good: &[Example::job(r#"{"spec": {"jobId": "train-1"}}"#)],
            },
            cel: &[],
        },
    ],
};
