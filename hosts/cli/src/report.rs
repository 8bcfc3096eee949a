//! Reports and their formats.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::rule::Level;
use rayjob_policy_manifest::fix::AppliedFix;
use rayjob_policy_manifest::{Checked, Document, Finding};

use crate::args::{FailOn, Format};
use crate::input::STDIN;

mod github;
mod gitlab;
mod json;
mod junit;
mod sarif;
mod text;

/// The result of checking a file.
#[derive(Debug)]
pub struct FileReport {
    /// The name of the file, with slashes.
    pub name: String,
    /// Whether it was read.
    pub outcome: Outcome,
    /// The release that it was checked for, if it was.
    pub release: Option<Release>,
    /// The settings file that was found for it.
    pub settings: Option<String>,
    /// The result of the check.
    pub checked: Checked,
    /// Its text; empty if there is nothing to report.
    pub text: String,
    /// The findings that were fixed.
    pub applied: Vec<AppliedFix>,
    /// The diff of what `--fix` would change.
    pub diff: Option<String>,
}

/// Whether a file was read.
#[derive(Debug)]
pub enum Outcome {
    /// It was read.
    Read,
    /// Part of it is not YAML, and it was not named on the command line.
    Skipped(Skipped),
    /// All or part of it cannot be read, with the reason unless the problems
    /// state it.
    Failed(String),
}

/// Why a skipped file matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// It names no object to check, so it is not reported.
    Others,
    /// It may have objects to check, so it is reported.
    Reported,
    /// It was found in a directory and names an object that was not judged.
    Objects,
}

impl FileReport {
    /// A file that is not about Ray.
    pub fn nothing(name: String) -> Self {
        Self {
            name,
            outcome: Outcome::Read,
            release: None,
            settings: None,
            checked: Checked::default(),
            text: String::new(),
            applied: Vec::new(),
            diff: None,
        }
    }

    /// A file that is not YAML and not about Ray.
    pub fn skipped(name: String) -> Self {
        Self {
            outcome: Outcome::Skipped(Skipped::Others),
            ..Self::nothing(name)
        }
    }

    /// A file that cannot be read.
    pub fn failed(name: String, problem: String) -> Self {
        Self {
            outcome: Outcome::Failed(problem),
            ..Self::nothing(name)
        }
    }

    /// Whether there is nothing to report.
    pub fn is_silent(&self) -> bool {
        let Checked {
            documents,
            problems,
            notes,
        } = &self.checked;
        let has_findings = documents
            .iter()
            .any(|document| !document.findings.is_empty());
        let is_silent = match self.outcome {
            Outcome::Read => problems.is_empty(),
            Outcome::Skipped(skipped) => skipped == Skipped::Others,
            Outcome::Failed(_) => false,
        };
        is_silent
            && !has_findings
            && notes.is_empty()
            && self.applied.is_empty()
            && self.diff.is_none()
    }

    /// All findings, each with its document.
    pub fn findings(&self) -> impl Iterator<Item = (&Document, &Finding)> {
        let documents = self.checked.documents.iter();
        documents.flat_map(|document| {
            document
                .findings
                .iter()
                .map(move |finding| (document, finding))
        })
    }
}

/// The totals over all files.
#[derive(Debug)]
pub struct Summary {
    /// The release that the files are checked for, unless they have settings of their own.
    release: Release,
    /// The releases that objects were checked for.
    releases: BTreeSet<Release>,
    /// The settings files that were found for files with objects.
    pub settings: BTreeSet<String>,
    /// The release before the upgrade, with `--upgrade-from`.
    pub upgrade_from: Option<Release>,
    /// How many files were checked, skipped or failed.
    pub files: usize,
    /// How many of them were skipped because they are not YAML.
    pub skipped: usize,
    /// How many of the skipped ones name an object that was not judged.
    pub skipped_objects: usize,
    /// How many could not be read and were not skipped.
    pub failed: usize,
    /// How many objects and requests were judged.
    pub objects: usize,
    /// How many of them describe a job, or cannot be read.
    pub jobs: usize,
    /// How many findings the policy would deny.
    pub denied: usize,
    /// How many it would warn about.
    pub warned: usize,
    /// How many findings are silenced by a comment.
    pub ignored: usize,
    /// How many findings were fixed.
    pub applied: usize,
    /// How many findings can be fixed only by `--fix=RULE`.
    pub fixable: usize,
    /// What could not be found out about the cluster, in the words of the setting `cluster`.
    pub unavailable: BTreeSet<&'static str>,
    /// Whether that may be so because an object names no namespace.
    pub lacks_namespace: bool,
    /// Notes about the whole run.
    pub notes: Vec<String>,
}

impl Summary {
    /// The summary of no files.
    pub fn new(release: Release, upgrade_from: Option<Release>) -> Self {
        Self {
            release,
            releases: BTreeSet::new(),
            settings: BTreeSet::new(),
            upgrade_from,
            files: 0,
            skipped: 0,
            skipped_objects: 0,
            failed: 0,
            objects: 0,
            jobs: 0,
            denied: 0,
            warned: 0,
            ignored: 0,
            applied: 0,
            fixable: 0,
            unavailable: BTreeSet::new(),
            lacks_namespace: false,
            notes: Vec::new(),
        }
    }

    /// The releases that the files were checked for, oldest first.
    pub fn releases(&self) -> Vec<Release> {
        match self.releases.is_empty() {
            true => vec![self.release],
            false => self.releases.iter().copied().collect(),
        }
    }

    /// Whether every file that names an object to check had to be skipped.
    pub fn is_blind(&self) -> bool {
        self.objects == 0 && self.skipped_objects > 0
    }

    /// Adds a file.
    pub fn count(&mut self, file: &FileReport) {
        self.files += 1;
        match file.outcome {
            Outcome::Read => {}
            Outcome::Skipped(skipped) => {
                self.skipped += 1;
                self.skipped_objects += usize::from(skipped == Skipped::Objects);
            }
            Outcome::Failed(_) => self.failed += 1,
        }
        let documents = &file.checked.documents;
        if !documents.is_empty() {
            self.releases.extend(file.release);
            self.settings.extend(file.settings.clone());
        }
        self.objects += documents.len();
        self.jobs += documents.iter().filter(|it| may_have_job(it)).count();
        self.applied += file.applied.len();
        for document in documents {
            let unavailable = &document.verdict.unavailable;
            self.unavailable.extend(unavailable);
            self.lacks_namespace |= !unavailable.is_empty() && document.namespace.is_empty();
        }
        for sort in documents.iter().flat_map(|it| it.tally.omitted()) {
            self.add(sort.level, sort.ignored, sort.omitted);
        }
        for (_, finding) in file.findings() {
            self.add(finding.level, finding.ignored.is_some(), 1);
            if finding.ignored.is_some() {
                continue;
            }
            let is_safe = finding.fixes.iter().any(|fix| fix.safe);
            let first = finding.fixes.first();
            if !is_safe && first.is_some_and(|fix| !fix.edits.is_empty()) {
                self.fixable += 1;
            }
        }
    }
}

impl Summary {
    /// Adds this many findings.
    fn add(&mut self, level: Level, ignored: bool, number: usize) {
        *match (ignored, level) {
            (true, _) => &mut self.ignored,
            (false, Level::Deny) => &mut self.denied,
            (false, _) => &mut self.warned,
        } += number;
    }
}

/// Whether a document describes a job, or is a request that cannot be read.
pub fn may_have_job(document: &Document) -> bool {
    Kind::named(document.kind).is_none_or(Kind::has_job)
}

/// A report in some format, written file by file.
pub trait Report {
    /// Adds a file that has something to report.
    fn file(&mut self, file: &FileReport) -> io::Result<()>;

    /// Adds a file that has nothing to report.
    fn silent(&mut self, _file: &FileReport) -> io::Result<()> {
        Ok(())
    }

    /// Ends the report.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// Starts a report. Findings that `fail_on` counts fail a test in JUnit's format.
pub fn open(format: Format, fail_on: FailOn, out: Box<dyn Write>) -> Box<dyn Report> {
    match format {
        Format::Text => Box::new(text::Text::new(out)),
        Format::Json => Box::new(json::Json::new(out)),
        Format::Sarif => Box::new(sarif::Sarif::new(out)),
        Format::Github => Box::new(github::Github::new(out)),
        Format::Gitlab => Box::new(gitlab::Gitlab::new(out)),
        Format::Junit => Box::new(junit::Junit::new(out, fail_on)),
    }
}

/// A number and its noun, in the plural unless the number is 1.
pub fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

/// The name of a file in reports: with slashes, and without `./`.
pub fn name(path: &Path) -> String {
    if path == Path::new(STDIN) {
        return "stdin".into();
    }
    let name = path.to_string_lossy().replace('\\', "/");
    name.strip_prefix("./").map(Into::into).unwrap_or(name)
}

/// The fingerprints of the findings in a file, which do not change when lines move.
#[derive(Default)]
struct Fingerprints {
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding.
    fn next(&mut self, file: &FileReport, document: &Document, finding: &Finding) -> String {
        self.of(&[&file.name, &object(document), finding.rule, &finding.path])
    }

    /// The fingerprint of the next thing that these parts describe.
    fn of(&mut self, parts: &[&str]) -> String {
        let mut fingerprint = hash(parts);
        let nth = self.seen.entry(fingerprint.clone()).or_default();
        *nth += 1;
        // A rule may find several things in one field. Their number changes less often than
        // their values.
        if *nth > 1 {
            fingerprint += &format!(":{nth}");
        }
        fingerprint
    }
}

/// The kind, the namespace and the name of an object.
fn object(document: &Document) -> String {
    [document.kind, &document.namespace, &document.name].join("/")
}

/// FNV-1a of these parts.
fn hash(parts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::Fingerprints;

    #[test]
    fn a_fingerprint_stays_and_comes_once() {
        let mut fingerprints = Fingerprints::default();
        let mut of = |part| fingerprints.of(&["jobs.yaml", part]);
        // Reports that are stored elsewhere have it.
        assert_eq!(of("a"), "7f60a1fc5cdf0c4f");
        assert_eq!(of("b"), "7f566ffc5cd662d4");
        assert_eq!(of("a"), "7f60a1fc5cdf0c4f:2");
        assert_eq!(of("a"), "7f60a1fc5cdf0c4f:3");
    }
}
