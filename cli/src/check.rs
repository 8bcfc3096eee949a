//! `rayjob-policy check`

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use rayjob_manifest::check::mentions_ray;
use rayjob_manifest::{Checked, Options, Source, check};
use rayjob_rules::rule::Level;
use rayjob_rules::settings::Settings;
use serde_json::json;

use crate::args::{Check, Format};
use crate::files::{self, Unreadable};
use crate::text;

/// The exit code for findings at or above `--fail-on`.
const FOUND: u8 = 1;
/// The exit code for wrong usage and for what cannot be read.
pub const UNREADABLE: u8 = 2;
/// The exit code for nothing to check, if that is an error.
const NOTHING: u8 = 3;

/// What a run has seen.
#[derive(Debug, Default)]
struct Seen {
    files: usize,
    skipped: usize,
    objects: usize,
    denials: usize,
    warnings: usize,
    ignored: usize,
    unreadable: usize,
    failing: usize,
}

/// Checks files and writes what was found.
pub fn run(options: &Check) -> io::Result<ExitCode> {
    let settings = match settings(options) {
        Ok(settings) => settings,
        Err(Unreadable { path, problem }) => {
            writeln!(anstream::stderr(), "error: {}: {problem}", path.display())?;
            return Ok(ExitCode::from(UNREADABLE));
        }
    };
    let mut seen = Seen::default();
    let mut results = Vec::new();
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    for found in files::files(&options.paths) {
        let read = found.and_then(|found| files::read(&found.path).map(|text| (found, text)));
        let (found, text) = match read {
            Ok(read) => read,
            Err(Unreadable { path, problem }) => {
                seen.unreadable += 1;
                writeln!(anstream::stderr(), "error: {}: {problem}", path.display())?;
                continue;
            }
        };
        seen.files += 1;
        if !mentions_ray(text.as_bytes()) && !found.is_named {
            continue;
        }
        let how = Options {
            settings: settings.clone(),
            only_ray: !found.is_named,
            ..Options::default()
        };
        let mut checked = check(&Source::new(&text), &how);
        if !found.is_named && !checked.problems.is_empty() && is_template(&text) {
            checked.problems.clear();
            seen.skipped += 1;
        }
        seen.add(&checked, options.fail_on);
        let path = shown(&found.path);
        match options.format {
            Format::Text => text::write(&mut out, &path, &checked)?,
            Format::Json => results.push(json!({"path": path, "result": checked})),
        }
    }
    if let Format::Json = options.format {
        writeln!(out, "{}", json!({"version": 1, "files": results}))?;
    }
    out.flush()?;
    seen.tell()?;
    Ok(ExitCode::from(seen.code(options)))
}

/// The settings that hold; `None` if nobody said which, so that a question of
/// Kubewarden is judged with those that it brings along.
fn settings(options: &Check) -> Result<Option<Settings>, Unreadable> {
    let Some(path) = &options.settings else {
        return Ok(options.kuberay.map(Settings::for_release));
    };
    let text = files::read(path)?;
    let settings = Settings::parse(text.as_bytes()).map_err(|fault| Unreadable {
        path: path.clone(),
        problem: fault.to_string(),
    })?;
    Ok(Some(settings))
}

/// Whether a text looks like a Helm template, which is no YAML before Helm has
/// rendered it.
fn is_template(text: &str) -> bool {
    text.contains("{{")
}

fn shown(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "<stdin>".to_owned(),
        _ => path.display().to_string(),
    }
}

impl Seen {
    fn add(&mut self, checked: &Checked, fail_on: Level) {
        self.objects += checked.documents.len();
        self.unreadable += checked.problems.len();
        let findings = checked
            .documents
            .iter()
            .flat_map(|document| &document.findings);
        for finding in findings {
            match (&finding.ignored, finding.level) {
                (Some(_), _) => self.ignored += 1,
                (None, Level::Deny) => self.denials += 1,
                (None, _) => self.warnings += 1,
            }
            self.failing += usize::from(finding.counts(fail_on));
        }
    }

    fn tell(&self) -> io::Result<()> {
        let mut out = anstream::stderr();
        let Self {
            files,
            skipped,
            objects,
            denials,
            warnings,
            ignored,
            unreadable,
            ..
        } = self;
        writeln!(
            out,
            "files: {files}, objects: {objects}, denied: {denials}, warned: {warnings}, \
             ignored: {ignored}, unreadable: {unreadable}, templates skipped: {skipped}"
        )?;
        if self.objects == 0 {
            writeln!(out, "note: there was no RayJob and no RayCronJob to check")?;
        }
        Ok(())
    }

    fn code(&self, options: &Check) -> u8 {
        match self {
            Self {
                unreadable: 1.., ..
            } => UNREADABLE,
            Self { failing: 1.., .. } => FOUND,
            Self { objects: 0, .. } if options.require_rayjob => NOTHING,
            _ => 0,
        }
    }
}
