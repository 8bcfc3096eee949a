//! `rayjob-policy check`.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rayjob_policy_core::kind::Kind;
use rayjob_policy_core::rule::Level;
use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::detect::{mentions_ray, named_kind};
use rayjob_policy_manifest::{Checked, Options, Problem, Source, upgrade};

use crate::args::{Check, Format};
use crate::fix_mode::{self, FixMode};
use crate::input::{self, Input};
use crate::partial::Partials;
use crate::report::{self, FileReport, Outcome, Report, Skipped, Summary};
use crate::settings::Judges;
use crate::{FAILURE, cluster, set};

/// The exit code if there are findings that `--fail-on` counts.
const FINDINGS: u8 = 1;

/// The exit code of `--require-rayjob` if there is no job.
const NO_JOB: u8 = 3;

/// The options that apply to all files.
struct Task<'a> {
    args: &'a Check,
    options: Options<'a>,
    judges: Judges,
    fix_mode: Option<FixMode<'a>>,
    partials: Partials,
}

/// Checks files and returns the exit code.
///
/// # Errors
/// If the usage is wrong or a report cannot be written.
pub fn run(args: &Check) -> Result<u8> {
    let (cluster, mut notes) = cluster::load(args)?;
    let judges = Judges::new(args, cluster.as_ref())?;
    let stored = match &args.stored {
        Some(file) => {
            let text = input::read(file).map_err(anyhow::Error::msg);
            Some(text.with_context(|| file.display().to_string())?)
        }
        None => None,
    };
    let fix_mode = FixMode::of(args)?;
    let mut reports = open_reports(args)?;
    let mut summary = Summary::new(judges.default.release, args.upgrade_from);
    let partials = Partials::default();
    let set = set::members(args, &partials)?;
    let cluster = match cluster {
        Some(cluster) => Some(cluster.with(set::applied(args)?)),
        None => None,
    };
    let task = Task {
        args,
        options: Options {
            stored: stored.as_deref(),
            set: &set,
            cluster: cluster.as_ref(),
            ..Options::default()
        },
        judges,
        fix_mode,
        partials,
    };
    let mut progress = Progress::new();
    let report_on = |input: Result<Input, String>| match input {
        Ok(input) => examine(&task, &input),
        Err(problem) => FileReport::failed(String::new(), problem),
    };
    input::in_turn(&args.paths, &report_on, &mut |file| {
        summary.count(&file);
        let is_silent = file.is_silent();
        if !is_silent {
            progress.clear();
            print_problems(&file);
        }
        for report in &mut reports {
            match is_silent {
                true => report.silent(&file)?,
                false => report.file(&file)?,
            }
        }
        progress.show(summary.files);
        Ok(())
    })?;
    progress.clear();
    if let Some(cluster) = &cluster {
        notes.extend(cluster::note(cluster, &summary));
    }
    summary.notes = notes;
    for note in &summary.notes {
        anstream::eprintln!("note: {note}");
    }
    for mut report in reports {
        report.finish(&summary)?;
    }
    print_hints(args, &summary)?;
    let code = exit_code(args, &summary);
    if code == NO_JOB && summary.objects > 0 {
        anstream::eprintln!("error: no RayJob or RayCronJob, which --require-rayjob requires");
    }
    Ok(code)
}

/// Prints hints below the report for people.
fn print_hints(args: &Check, summary: &Summary) -> io::Result<()> {
    if args.format != Format::Text || args.diff {
        return Ok(());
    }
    let mut out = anstream::stdout();
    if summary.fixable > 0 && args.fix.as_deref() == Some("") {
        let findings = report::count(summary.fixable, "finding");
        writeln!(
            out,
            "not fixed: {findings} whose fix may change what KubeRay runs; --fix=RULE applies it"
        )?;
    }
    // A script has no use for it.
    if summary.denied + summary.warned > 0 && io::stdout().is_terminal() {
        writeln!(out, "rayjob-policy explain RULE tells more")?;
    }
    Ok(())
}

fn exit_code(args: &Check, summary: &Summary) -> u8 {
    let counted = match args.fail_on.level() {
        Some(Level::Warn) => summary.denied + summary.warned,
        Some(_) => summary.denied,
        None => 0,
    };
    if summary.failed > 0 || summary.is_blind() {
        FAILURE
    } else if counted > 0 {
        FINDINGS
    } else if args.require_rayjob && summary.jobs == 0 {
        NO_JOB
    } else {
        0
    }
}

fn open_reports(args: &Check) -> Result<Vec<Box<dyn Report>>> {
    if args.diff && args.format != Format::Text {
        bail!("--diff cannot be combined with --format; use --output to write a report");
    }
    let stdout: Box<dyn Report> = match args.diff {
        true => Box::new(fix_mode::Diffs),
        false => {
            let out = BufWriter::new(anstream::stdout());
            report::open(args.format, args.fail_on, Box::new(out))
        }
    };
    let mut reports = vec![stdout];
    for output in &args.output {
        let file = File::create(&output.file).with_context(|| output.file.display().to_string())?;
        // Colours are for terminals.
        let file = BufWriter::new(anstream::StripStream::new(file));
        reports.push(report::open(output.format, args.fail_on, Box::new(file)));
    }
    Ok(reports)
}

fn examine(task: &Task<'_>, input: &Input) -> FileReport {
    let name = report::name(&input.path);
    let bytes = match input::read_bytes(&input.path) {
        Ok(bytes) => bytes,
        Err(problem) => return FileReport::failed(name, problem),
    };
    let lenient = task.args.lenient || !input.named;
    let is_others = lenient && !mentions_ray(&bytes);
    let text = match input::text(bytes) {
        Ok(_) if is_others => return FileReport::nothing(name),
        Ok(text) => text,
        Err(_) if is_others => return FileReport::skipped(name),
        Err(problem) => return FileReport::failed(name, problem),
    };
    let folder = set::folder(input, task.args);
    let judge = task.judges.of(&input.path);
    let options = Options {
        settings: judge.settings.clone(),
        folder: &folder,
        only_ray: lenient,
        ..task.options.clone()
    };
    let mut file = FileReport {
        name,
        outcome: Outcome::Read,
        release: Some(judge.release),
        settings: judge.file.clone(),
        checked: check(&text, judge.before.as_ref(), &options),
        text,
        applied: Vec::new(),
        diff: None,
    };
    if !file.checked.documents.is_empty()
        && let Some(reason) = task.partials.reason(&input.path)
    {
        file.checked.pass_over(reason);
    }
    if lenient && !file.checked.problems.is_empty() {
        file.outcome = Outcome::Skipped(match named_kind(&file.text, &Kind::ALL) {
            Some(_) if input.named => Skipped::Reported,
            Some(_) => Skipped::Objects,
            // A template of other objects.
            None if file.text.contains("{{") => Skipped::Others,
            None => Skipped::Reported,
        });
    } else if !file.checked.problems.is_empty() {
        file.outcome = Outcome::Failed(String::new());
    }
    if let Some(fix_mode) = &task.fix_mode
        && let Err(problem) = fix_mode.apply(input, &options, &mut file)
    {
        file.outcome = Outcome::Failed(problem);
    }
    if file.is_silent() {
        file.text = String::new();
    }
    file
}

fn check(text: &str, before: Option<&Settings>, options: &Options<'_>) -> Checked {
    let source = Source::new(text);
    match before {
        Some(before) => upgrade::check_upgrade(&source, before, options),
        None => rayjob_policy_manifest::check(&source, options),
    }
}

/// Prints everything that is not a finding to stderr: read errors and notes.
fn print_problems(file: &FileReport) {
    let at = |problem: &Problem| {
        let start = problem.span.start;
        format!("{}:{}:{}", file.name, start.line, start.column)
    };
    let word = match &file.outcome {
        Outcome::Read => "error",
        Outcome::Failed(problem) if problem.is_empty() => "error",
        Outcome::Failed(problem) if file.name.is_empty() => {
            return anstream::eprintln!("error: {problem}");
        }
        Outcome::Failed(problem) => return anstream::eprintln!("error: {}: {problem}", file.name),
        Outcome::Skipped(_) => "note: skipped",
    };
    let is_reported = !matches!(file.outcome, Outcome::Skipped(Skipped::Others));
    for problem in file.checked.problems.iter().filter(|_| is_reported) {
        let message = &problem.message;
        anstream::eprintln!("{word}: {}: cannot be read: {message}", at(problem));
    }
    for note in &file.checked.notes {
        anstream::eprintln!("note: {}: {}", at(note), note.message);
    }
}

/// Shows on a terminal how many files were checked, once that takes a while.
struct Progress {
    wanted: bool,
    start: Instant,
    shown: Option<Instant>,
}

impl Progress {
    const AFTER: Duration = Duration::from_secs(1);
    const EVERY: Duration = Duration::from_millis(100);

    fn new() -> Self {
        Self {
            wanted: io::stderr().is_terminal(),
            start: Instant::now(),
            shown: None,
        }
    }

    fn show(&mut self, files: usize) {
        let is_time = match self.shown {
            Some(shown) => shown.elapsed() >= Self::EVERY,
            None => self.start.elapsed() >= Self::AFTER,
        };
        if self.wanted && is_time {
            eprint!("\rchecked {files} files ");
            let _ = io::stderr().flush();
            self.shown = Some(Instant::now());
        }
    }

    fn clear(&mut self) {
        if self.shown.take().is_some() {
            eprint!("\r\u{1b}[K");
        }
    }
}
