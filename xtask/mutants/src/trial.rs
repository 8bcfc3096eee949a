//! Runs tests in the copy: which mutants each reaches, and whether it fails with one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::tree::Program;

/// How many tests run at once.
const THREADS: usize = 2;
/// Kilobytes of memory that a test may use: some mutants never stop to allocate.
const MEMORY: u32 = 6_000_000;

/// A test that passes without a mutant.
pub struct Test<'p> {
    program: &'p Program,
    name: String,
    takes: Duration,
    reaches: BTreeSet<usize>,
    kills: AtomicUsize,
    runs: AtomicUsize,
}

/// Calls a function for each item on several threads, and returns the answers in order.
pub fn each<T: Sync, R: Send>(items: &[T], call: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let index = next.fetch_add(1, Relaxed)
                    && let Some(item) = items.get(index)
                {
                    let answer = call(item);
                    answers
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(index, answer);
                }
            });
        }
    });
    answers
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_values()
        .collect()
}

/// Lists the tests of programs, with what they reach and how long they take. Those that fail
/// without a mutant are printed and left out, and so are those that take longer than `quick`
/// seconds.
///
/// # Errors
/// If a program cannot be run.
pub fn list<'p>(
    programs: &'p [Program],
    folder: &Path,
    quick: Option<f64>,
) -> Result<Vec<Test<'p>>> {
    let mut names = Vec::new();
    for program in programs {
        let output = program
            .command(LONGEST)
            .args(["--list", "--format=terse"])
            .output()?;
        let output = String::from_utf8(output.stdout)?;
        let tests = output
            .lines()
            .filter_map(|line| line.strip_suffix(": test"));
        names.extend(tests.map(|name| (program, name.to_owned())));
    }
    let indexed: Vec<_> = names.into_iter().enumerate().collect();
    let tests = each(&indexed, |(index, (program, name))| {
        let folder = folder.join(index.to_string());
        // A folder of an earlier run would say what is no longer so.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let start = Instant::now();
        let mut command = program.test(name, Duration::from_secs(LONGEST));
        let passes = ends(command.env("MUTANTS_REACHED", &folder))?;
        let takes = start.elapsed();
        let mut reaches = BTreeSet::new();
        for file in fs::read_dir(&folder)? {
            let text = fs::read_to_string(file?.path())?;
            reaches.extend(text.lines().filter_map(|line| line.parse::<usize>().ok()));
        }
        if !passes {
            eprintln!(
                "fails without a mutant: {name} in {}",
                program.file.display()
            );
        }
        Ok(passes.then(|| Test {
            program,
            name: name.clone(),
            takes,
            reaches,
            kills: AtomicUsize::new(0),
            runs: AtomicUsize::new(0),
        }))
    });
    let tests = tests.into_iter().collect::<Result<Vec<_>>>()?;
    let is_quick = |test: &Test<'_>| quick.is_none_or(|most| test.takes.as_secs_f64() <= most);
    Ok(tests.into_iter().flatten().filter(is_quick).collect())
}

/// Returns the name of a test that fails with a mutant, if one does.
///
/// # Errors
/// If a test cannot be run.
pub fn killer<'t>(tests: &'t [Test<'_>], number: usize) -> Result<Option<&'t str>> {
    let mut tests: Vec<_> = tests
        .iter()
        .filter(|test| test.reaches.contains(&number))
        .collect();
    // What a test is likely to cost for a kill, from what it did so far.
    tests.sort_by_cached_key(|test| {
        let (kills, runs) = (test.kills.load(Relaxed) + 1, test.runs.load(Relaxed) + 2);
        test.takes.as_micros() * runs as u128 / kills as u128
    });
    for test in tests {
        test.runs.fetch_add(1, Relaxed);
        let limit = test.takes * 5 + Duration::from_secs(1);
        let mut command = test.program.test(&test.name, limit);
        if !ends(command.env("MUTANT", number.to_string()))? {
            test.kills.fetch_add(1, Relaxed);
            return Ok(Some(&test.name));
        }
    }
    Ok(None)
}

impl Program {
    /// Runs the program, which may use the processor for some seconds. Other programs that keep
    /// the machine busy do not count.
    fn command(&self, seconds: u64) -> Command {
        let limited = format!("ulimit -v {MEMORY}; ulimit -t {seconds}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command
            .args(["-c", &limited])
            .arg(&self.file)
            .current_dir(&self.package);
        command.env("CARGO_MANIFEST_DIR", &self.package);
        // A case that failed with one mutant would fail with the next one.
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
        command
    }

    fn test(&self, name: &str, limit: Duration) -> Command {
        let mut command = self.command(limit.as_secs().saturating_add(1));
        command.args(["--exact", name, "--test-threads=1", "--quiet"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// The seconds after which a test that waits for something is stopped.
const LONGEST: u64 = 300;

/// Returns whether a program ends well.
fn ends(command: &mut Command) -> Result<bool> {
    let mut child = command.spawn().context("a test cannot be run")?;
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    while start.elapsed().as_secs() < LONGEST {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        thread::sleep(pause);
        pause = (pause * 5 / 4).min(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}
