//! A text of a shell is followed on its way, and what is advised instead arrives.

use rayjob_policy_core::kuberay::SubmissionMode;
use rayjob_policy_core::syntax::shell::entrypoint::{Delivery, Submission};
use rayjob_policy_core::syntax::shell::join::Join;
use rayjob_policy_core::syntax::shell::line::Line;
use rayjob_policy_core::syntax::shell::remedy::remedy;
use rayjob_policy_core::syntax::shell::script::read;
use rayjob_policy_core::syntax::shell::steps::steps;
use rayjob_policy_core::syntax::shell::word::Shell;
use rayjob_policy_core::syntax::shell::{first_active, first_expansion, shown};

/// Follows a text in each mode with one join, and reads words back that were joined.
pub fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    for at in [first_active(text), first_expansion(text)]
        .into_iter()
        .flatten()
    {
        assert!(
            text.is_char_boundary(at) && text.get(shown(text, at)).is_some(),
            "{at}"
        );
    }
    Line::read(text);
    let has = |name: &str| name == "RAY_JOB_SUBMISSION_ID";
    let join = [Join::List2Cmdline, Join::Shlex][text.len() % 2];
    for mode in [
        SubmissionMode::K8sJob,
        SubmissionMode::Sidecar,
        SubmissionMode::Http,
    ] {
        let submission = Submission {
            mode,
            join,
            has_variable: &has,
        };
        steps(text, &submission);
        let delivery = Delivery::new(text, &submission);
        delivery.shown();
        for damage in delivery.damages() {
            assert!(text.get(damage.part.clone()).is_some(), "{damage:?}");
            if let Some(remedy) = remedy(&delivery, &damage, &submission) {
                let left = Delivery::new(&remedy, &submission).damages();
                assert!(left.is_empty(), "{remedy:?} {left:?}");
            }
        }
    }
    words_survive(text);
}

/// `shlex.join` quotes words so that a shell reads them back.
fn words_survive(text: &str) {
    let words: Vec<_> = text
        .split(' ')
        .filter(|word| !word.contains(['\0', '\r']))
        .collect();
    let mut joined = String::from("command");
    for word in &words {
        Join::Shlex.append(&mut joined, word);
    }
    for shell in [Shell::Bash, Shell::Sh] {
        let script = read(&joined, shell);
        assert_eq!(script.error, None, "{joined:?}");
        let read = script.first.words.iter().skip(1);
        let read: Vec<_> = read
            .map(|word| (&*word.text, word.active.is_some()))
            .collect();
        let passive: Vec<_> = words.iter().map(|word| (*word, false)).collect();
        assert_eq!(read, passive, "{joined:?}");
    }
}
