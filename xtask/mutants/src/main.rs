//! Measures by mutants what the tests notice: `cargo mutation --help`.
//!
//! cargo-mutants compiles each of its mutants, which takes days. This program writes them all into
//! a copy of the repository, each behind a switch, compiles the copy once, and runs for each
//! mutant the tests that reach it.

mod equivalent;
mod mutant;
mod rewrite;
mod tree;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::{Context, Result, ensure};
use clap::Parser;

use equivalent::Equivalents;
use mutant::{Mutant, unplaced};
use tree::{Tree, Untried};

/// Runs the tests with each mutant of cargo-mutants, and lists the mutants that no test notices.
#[derive(Parser)]
#[command(name = "cargo mutation", bin_name = "cargo mutation")]
struct Args {
    /// Mutates only these files, as `cargo mutants --file` does.
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
    /// Also runs the tests of these packages. The packages with mutants always are tested.
    #[arg(long, value_name = "PACKAGE")]
    test_package: Vec<String>,
    /// Tries only mutants of files whose path begins so. Unlike `--file`, nothing is compiled
    /// again.
    #[arg(long, value_name = "PATH", default_value = "")]
    only: String,
    /// Tries only the mutants that survived the last run, and those of the same name.
    #[arg(long)]
    again: bool,
    /// Runs only the tests of the packages in these folders.
    #[arg(long, value_name = "FOLDER")]
    tests_in: Vec<String>,
    /// Leaves out tests that take longer than this number of seconds.
    #[arg(long, value_name = "SECONDS")]
    quick: Option<f64>,
    /// Tries only this number of mutants, evenly spread.
    #[arg(long, value_name = "NUMBER")]
    sample: Option<usize>,
    /// The program `cargo-mutants`.
    #[arg(long, default_value = "cargo-mutants", value_name = "PROGRAM")]
    cargo_mutants: PathBuf,
}

/// What became of a mutant: a column of the table.
#[derive(Clone, Copy)]
enum Outcome {
    Killed,
    Survived,
    Equivalent,
    Unviable,
    NoSwitch,
}

/// The number of mutants with each outcome.
type Counts = [usize; 5];

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .context("a workspace")?;
    let mutants = list(&args, root)?;
    eprintln!("{} mutants", mutants.len());
    let folder = root.join("target/mutants");
    let tree = Tree::copy(root, folder.join("tree"), &mutants)?;
    let untried = tree.write(root, &mutants)?;
    let mut programs = tree.programs(&args.test_package)?;
    if !args.tests_in.is_empty() {
        let folders: Vec<_> = args
            .tests_in
            .iter()
            .map(|package| tree.folder.join(package))
            .collect();
        programs.retain(|program| folders.contains(&program.package));
    }
    let tests = trial::list(&programs, &folder.join("reached"), args.quick)?;
    eprintln!("{} tests", tests.len());

    let outcomes = folder.join("outcomes.tsv");
    let survived = match args.again {
        true => fs::read_to_string(&outcomes).context("nothing was tried yet")?,
        false => String::new(),
    };
    let survived: BTreeSet<_> = { survived.lines() }
        .filter_map(|line| line.strip_prefix("-\t"))
        .map(unplaced)
        .collect();
    let numbers: Vec<usize> = (0..mutants.len())
        .filter(|number| !untried.contains_key(number))
        .filter(|&number| mutants[number].file.starts_with(&args.only))
        .filter(|&number| !args.again || survived.contains(&unplaced(&mutants[number].name)))
        .collect();
    let step = args
        .sample
        .map_or(1, |sample| numbers.len().div_ceil(sample.max(1)));
    let numbers: Vec<usize> = numbers.into_iter().step_by(step.max(1)).collect();
    let mut log = File::create(outcomes)?;
    for (&number, why) in &untried {
        writeln!(log, "{why:?}\t{}", mutants[number].name)?;
    }
    let done = AtomicUsize::new(0);
    let killers: Vec<Result<_>> = trial::each(&numbers, |&number| {
        let killer = trial::killer(&tests, number)?;
        let by = killer.unwrap_or("-");
        // One call writes one line, whichever thread calls.
        (&log).write_all(format!("{by}\t{}\n", mutants[number].name).as_bytes())?;
        let done = done.fetch_add(1, Relaxed) + 1;
        if done.is_multiple_of(100) {
            eprintln!("{done} of {}", numbers.len());
        }
        Ok(killer)
    });

    let mut equivalents = Equivalents::read(&root.join("xtask/mutants/equivalent.txt"))?;
    let mut counts = BTreeMap::<&str, Counts>::new();
    for (&number, &why) in &untried {
        let outcome = match why {
            Untried::Unviable => Outcome::Unviable,
            Untried::NoSwitch => Outcome::NoSwitch,
        };
        counts.entry(&mutants[number].file).or_default()[outcome as usize] += 1;
    }
    let mut survivors = 0;
    for (number, killer) in numbers.into_iter().zip(killers) {
        let mutant = &mutants[number];
        let key = mutant.key(&fs::read_to_string(root.join(&mutant.file))?);
        let is_listed = equivalents.is_listed(&key);
        let outcome = match killer? {
            Some(_) => Outcome::Killed,
            None if is_listed => {
                equivalents.survived(&key);
                Outcome::Equivalent
            }
            None => {
                survivors += 1;
                println!("{}", mutant.name);
                Outcome::Survived
            }
        };
        counts.entry(&mutant.file).or_default()[outcome as usize] += 1;
    }
    print_counts(&counts);
    let is_whole = args.file.is_empty() && args.only.is_empty() && step <= 1 && !args.again;
    let outdated = equivalents.outdated(is_whole);
    for key in &outdated {
        println!("no longer survives: {key}");
    }
    Ok(if survivors + outdated.len() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn list(args: &Args, root: &Path) -> Result<Vec<Mutant>> {
    let mut command = Command::new(&args.cargo_mutants);
    command
        .current_dir(root)
        .args(["mutants", "--list", "--json", "--workspace"]);
    command.args(args.file.iter().flat_map(|glob| ["--file", glob]));
    let output = command
        .output()
        .context("cargo-mutants cannot be run: `cargo install cargo-mutants`")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("not a list of mutants")
}

fn print_counts(counts: &BTreeMap<&str, Counts>) {
    println!("| file | killed | survived | equivalent | unviable | no switch | score |");
    println!("|---|---|---|---|---|---|---|");
    let mut all = Counts::default();
    for (file, counts) in counts {
        println!("| {file} | {}", row(counts));
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    println!("| all | {}", row(&all));
}

/// Returns the cells of a table; the score is of those mutants that a test could kill.
fn row(counts: &Counts) -> String {
    let killed = counts[Outcome::Killed as usize];
    let tried = (killed + counts[Outcome::Survived as usize]).max(1);
    let cells = counts.map(|count| format!("{count} | ")).concat();
    format!("{cells}{:.1} % |", 100.0 * killed as f64 / tried as f64)
}
