//! `docs/opa.md` does what it says: its files are written, its commands run,
//! and what they print is what stands there. `BLESS=1` writes it there.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{self, Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use anyhow::{Context, Result, ensure};
use rayjob_policy_e2e_opa::{ENTRY_POINTS, free_address, ready, tool};
use rayjob_policy_testkit::project;

const PAGE: &str = "docs/opa.md";
/// The addresses at which the page has servers.
const ADDRESSES: [&str; 2] = ["127.0.0.1:8181", "127.0.0.1:8182"];

#[test]
fn the_page_does_what_it_says() -> Result<()> {
    let page = fs::read_to_string(project(PAGE))?;
    let reader = Reader::new()?;
    let run = reader.follow(&page)?;
    if env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        fs::write(project(PAGE), run)?;
        return Ok(());
    }
    for (line, (written, run)) in page.lines().zip(run.lines()).enumerate() {
        ensure!(
            written == run,
            "{PAGE}:{}: it is\n{run}\ninstead of\n{written}",
            line + 1
        );
    }
    ensure!(page == run, "{PAGE} has another length than it should have");
    Ok(())
}

#[test]
fn the_program_in_rust_is_the_one_that_runs() -> Result<()> {
    let page = fs::read_to_string(project(PAGE))?;
    let program = fs::read_to_string(project("e2e/opa/examples/ask.rs"))?;
    ensure!(
        page.contains(&format!("```rust ask.rs\n{program}```")),
        "they differ"
    );
    Ok(())
}

#[test]
fn the_webhook_asks_for_the_main_entry_point() -> Result<()> {
    let webhook = fs::read_to_string(project("deploy/opa/webhook.yaml"))?;
    let path = format!("path: /v0/data/{}}}", ENTRY_POINTS[0]);
    ensure!(webhook.contains(&path), "no {path}");
    Ok(())
}

/// Somebody who does what a page says, in a folder of their own.
struct Reader {
    folder: PathBuf,
    /// Where the servers are instead: addresses that are free.
    addresses: [String; ADDRESSES.len()],
    path: String,
    servers: RefCell<Vec<Child>>,
}

impl Reader {
    fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("rayjob-policy-docs-{}", std::process::id()));
        let bin = folder.join("bin");
        fs::create_dir_all(&bin)?;
        for file in ["bundle.tar.gz", "policy-opa.wasm"] {
            fs::copy(project("dist").join(file), folder.join(file))?;
        }
        // The example was built beside the tests.
        let tests = env::current_exe()?;
        let ask = tests
            .ancestors()
            .nth(2)
            .context("no folder")?
            .join("examples/ask");
        script(&bin.join("cargo"), &ask)?;
        if let Some(opa) = tool("target/tools/opa", "OPA in the documentation") {
            script(&bin.join("opa"), &opa)?;
        }
        if let Some(python) = tool("target/python/bin/python", "Python in the documentation") {
            script(&bin.join("python"), &python)?;
        }
        if let Some(modules) = tool("e2e/opa/node_modules", "Node in the documentation") {
            symlink(modules.canonicalize()?, folder.join("node_modules"))?;
        }
        let path = env::var("PATH").unwrap_or_default();
        Ok(Self {
            path: format!("{}:{path}", bin.display()),
            addresses: ADDRESSES.map(|_| free_address()),
            folder,
            servers: RefCell::default(),
        })
    }

    /// Follows a page, and returns it with what it should say.
    fn follow(&self, page: &str) -> Result<String> {
        let mut run = String::new();
        let mut lines = page.lines();
        while let Some(line) = lines.next() {
            writeln!(run, "{line}")?;
            let Some(info) = line.strip_prefix("```") else {
                continue;
            };
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            match info.split_once(' ') {
                Some(("sh", "cluster")) => {
                    block.iter().try_for_each(|line| writeln!(run, "{line}"))?;
                }
                Some((_, file)) => {
                    let file = self.folder.join(file);
                    fs::create_dir_all(file.parent().context("no folder")?)?;
                    fs::write(file, block.join("\n"))?;
                    block.iter().try_for_each(|line| writeln!(run, "{line}"))?;
                }
                None if info == "console" => run.push_str(&self.console(&block)?),
                None => ensure!(info.is_empty(), "a block of {info} that nobody tries"),
            }
            writeln!(run, "```")?;
        }
        Ok(run)
    }

    /// Runs the commands of a block, and returns it with what they print.
    fn console(&self, block: &[&str]) -> Result<String> {
        let is_command = |line: &&str| line.starts_with("$ ");
        let mut printed = String::new();
        for (number, line) in block.iter().enumerate() {
            let Some(command) = line.strip_prefix("$ ") else {
                continue;
            };
            writeln!(printed, "{line}")?;
            if !self.can_run(command) {
                let written = block
                    .iter()
                    .skip(number + 1)
                    .take_while(|line| !is_command(line));
                written.for_each(|line| printed.extend([line, "\n"]));
                continue;
            }
            if let Some(server) = command.strip_suffix(" &") {
                self.serve(server)?;
                continue;
            }
            let output = self.shell(command).output()?;
            let errors = String::from_utf8_lossy(&output.stderr);
            ensure!(
                output.status.success() && errors.is_empty(),
                "{command}: {errors}"
            );
            let text = String::from_utf8(output.stdout)?;
            if !text.is_empty() {
                writeln!(printed, "{}", text.trim_end())?;
            }
        }
        Ok(printed)
    }

    /// Whether the tool for a command is there; that it is not was said before.
    fn can_run(&self, command: &str) -> bool {
        let bin = self.folder.join("bin");
        match command.split(' ').next().unwrap_or_default() {
            "curl" => bin.join("opa").exists() && self.has_curl(),
            "opa" => bin.join("opa").exists(),
            "node" => self.folder.join("node_modules").exists(),
            program => bin.join(program).exists(),
        }
    }

    fn has_curl(&self) -> bool {
        let version = self.shell("curl --version").output();
        version.is_ok_and(|output| output.status.success())
    }

    fn shell(&self, command: &str) -> Command {
        let mut command = command.to_owned();
        for (address, free) in ADDRESSES.iter().zip(&self.addresses) {
            command = command.replace(address, free);
        }
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &command])
            .current_dir(&self.folder)
            .env("PATH", &self.path);
        shell
    }

    /// Starts a server, and waits for it.
    fn serve(&self, command: &str) -> Result<()> {
        // Only this level tells that it is ready.
        let mut server = self
            .shell(&format!(
                "exec {command} --log-level debug --skip-version-check"
            ))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let log = server.stderr.take().context("no log")?;
        self.servers.borrow_mut().push(server);
        let mut log = BufReader::new(log);
        for (address, free) in ADDRESSES.iter().zip(&self.addresses) {
            if command.contains(address) {
                log = ready(log, free).with_context(|| command.to_owned())?;
            }
        }
        // It would stop at a log that nobody reads.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Ok(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        for server in self.servers.get_mut() {
            server.kill().ok();
            server.wait().ok();
        }
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A command under another name.
fn script(at: &Path, program: &Path) -> Result<()> {
    ensure!(program.exists(), "{} is missing", program.display());
    // A virtual environment of Python is known by the name that is called.
    let program = path::absolute(program)?;
    fs::write(
        at,
        format!("#!/bin/sh\nexec '{}' \"$@\"\n", program.display()),
    )?;
    fs::set_permissions(at, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
