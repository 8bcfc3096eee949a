//! What each reader makes of an entrypoint, word by word, for people to read.

use super::entrypoint::{Delivery, Submission};
use super::script::{Error, Script};
use super::word::Active;
use crate::syntax::ray_version::RayVersion;

/// A program that reads or writes the text of an entrypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The kubelet, which starts the submitter.
    Kubelet,
    /// bash in the submitter.
    Bash,
    /// `ray job submit`, which joins the words.
    Ray,
    /// `/bin/sh` on the head.
    Sh,
}

impl Reader {
    /// What it does, as the heading of its step. `ray` is the release that submits, if it is
    /// known.
    pub fn title(self, ray: Option<RayVersion>) -> String {
        match (self, ray) {
            (Self::Kubelet, _) => "The kubelet makes of it".into(),
            (Self::Bash, _) => "bash in the submitter reads these words".into(),
            (Self::Ray, Some(ray)) => format!("Ray {ray} makes of them"),
            (Self::Ray, None) => "Ray up to 2.55 makes of them".into(),
            (Self::Sh, _) => "/bin/sh on the head reads these words".into(),
        }
    }
}

/// One step of the submission of an entrypoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who takes it.
    pub reader: Reader,
    /// The text that comes out, where the reader writes one.
    pub text: Option<String>,
    /// The words that a shell reads, without quotes, and what it does with each.
    pub words: Vec<(String, Option<&'static str>)>,
    /// What a shell does itself, a line for each redirection and one for what follows the first
    /// command.
    pub rest: Option<String>,
    /// Where a shell stops with an error, if it does.
    pub error: Option<String>,
}

/// The steps of an entrypoint, in order.
///
/// ```
/// use rayjob_policy_core::kuberay::SubmissionMode;
/// use rayjob_policy_core::syntax::shell::entrypoint::Submission;
/// use rayjob_policy_core::syntax::shell::join::Join;
/// use rayjob_policy_core::syntax::shell::steps::{Reader, steps};
///
/// let mode = SubmissionMode::K8sJob;
/// let submission = Submission { mode, join: Join::List2Cmdline, has_variable: &|_| false };
/// let steps = steps("python -c 'print(1)' && ls", &submission);
/// let readers: Vec<Reader> = steps.iter().map(|step| step.reader).collect();
/// assert_eq!(readers, [Reader::Bash, Reader::Ray, Reader::Sh]);
/// assert_eq!(steps[0].rest.as_deref(), Some("&& ls"));
/// assert_eq!(steps[1].text.as_deref(), Some("python -c print(1)"));
/// assert_eq!(steps[2].error.as_deref(), Some("(1)"));
/// ```
pub fn steps(entrypoint: &str, submission: &Submission<'_>) -> Vec<Step> {
    let delivery = Delivery::new(entrypoint, submission);
    let mut steps = Vec::new();
    let written = |reader, text: &str| Step {
        reader,
        text: Some(text.to_owned()),
        words: Vec::new(),
        rest: None,
        error: None,
    };
    if delivery.expanded.is_some() {
        steps.push(written(Reader::Kubelet, &delivery.text));
    }
    if let Some(submitter) = &delivery.submitter {
        steps.push(read(Reader::Bash, submitter, &delivery.text));
        if delivery.submitted.is_some() {
            steps.push(written(Reader::Ray, &delivery.shown()));
        }
    }
    if let Some(submitted) = &delivery.submitted {
        let mut step = read(Reader::Sh, &delivery.head, submitted);
        // What bash replaces is a word of its own for sh, whatever it is.
        let known = delivery
            .submitter
            .iter()
            .flat_map(|script| &script.first.words);
        for ((text, note), word) in step.words.iter_mut().zip(known) {
            if word.active.is_some() {
                text.clone_from(&word.text);
                *note = Some("as the submitter has replaced it");
            }
        }
        steps.push(step);
    }
    steps
}

fn read(reader: Reader, script: &Script, text: &str) -> Step {
    let first = &script.first;
    let words = first.words.iter().map(|word| {
        let note = word.active.as_ref().map(|(_, active)| match active {
            Active::Expansion | Active::Escapes => "replaced",
            Active::Required => "replaced, or an error if it is not set",
            Active::Unknown => "an error",
            Active::Pattern => "replaced by names of files, if any match",
            Active::Tilde => "replaced by a home directory",
            Active::Braces => "made several words",
        });
        (word.text.clone(), note)
    });
    let rest = |at: usize| {
        text.get(at..)
            .map(str::trim)
            .filter(|rest| !rest.is_empty())
    };
    let redirects = first.redirects.iter();
    let redirects = redirects.filter_map(|(part, ..)| text.get(part.clone()));
    let end = first.end.and_then(|(_, at)| rest(at));
    let acts: Vec<&str> = redirects.chain(end).collect();
    let error = script.error.map(|error| match error {
        Error::Open(open) => rest(open.at),
        Error::Unexpected(at) => rest(at),
        Error::Unfinished => None,
    });
    Step {
        reader,
        text: None,
        words: words.collect(),
        rest: (!acts.is_empty()).then(|| acts.join("\n")),
        error: error.map(|error| error.unwrap_or("the end").to_owned()),
    }
}
