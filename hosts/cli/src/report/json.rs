//! The report for programs.

use std::io::{self, Write};

use rayjob_policy_core::release::Release;
use rayjob_policy_manifest::Checked;
use serde::Serialize;
use serde_json::json;

use super::{FileReport, Outcome, Report, Summary};

/// The version of the format. It increases when something is removed or changes
/// its meaning, not when something is added.
const VERSION: u32 = 1;

pub struct Json {
    out: Box<dyn Write>,
    is_first: bool,
}

impl Json {
    pub fn new(out: Box<dyn Write>) -> Self {
        Self {
            out,
            is_first: true,
        }
    }

    fn separate(&mut self) -> io::Result<()> {
        let begin = format!("{{\"version\":{VERSION},\"files\":[");
        let text = if self.is_first { &*begin } else { "," };
        self.is_first = false;
        self.out.write_all(text.as_bytes())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'f> {
    path: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'f str>,
    /// Whether it was skipped because part of it is not YAML.
    skipped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kuberay: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<&'f str>,
    fixed: Vec<AppliedFix<'f>>,
    #[serde(flatten)]
    checked: &'f Checked,
}

#[derive(Serialize)]
struct AppliedFix<'f> {
    rule: &'f str,
    path: &'f str,
    title: &'f str,
}

impl Report for Json {
    fn file(&mut self, file: &FileReport) -> io::Result<()> {
        self.separate()?;
        let fixed = file.applied.iter().map(|fix| AppliedFix {
            rule: fix.rule,
            path: &fix.path,
            title: fix.title,
        });
        let file = File {
            path: &file.name,
            error: match &file.outcome {
                Outcome::Failed(problem) if !problem.is_empty() => Some(problem),
                _ => None,
            },
            skipped: matches!(file.outcome, Outcome::Skipped(_)),
            kuberay: file.release.map(Release::as_str),
            settings: file.settings.as_deref(),
            fixed: fixed.collect(),
            checked: &file.checked,
        };
        serde_json::to_writer(&mut self.out, &file)?;
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        if self.is_first {
            self.separate()?;
        }
        let kuberay = match *summary.releases() {
            [release] => Some(release.as_str()),
            _ => None,
        };
        let summary = json!({
            "kuberay": kuberay,
            "upgradeFrom": summary.upgrade_from.map(|release| release.as_str()),
            "files": summary.files,
            "skipped": summary.skipped,
            "failed": summary.failed,
            "objects": summary.objects,
            "denied": summary.denied,
            "warned": summary.warned,
            "ignored": summary.ignored,
            "fixed": summary.applied,
            "notes": summary.notes,
        });
        writeln!(self.out, "],\"summary\":{summary}}}")?;
        self.out.flush()
    }
}
