//! The commands in the documents do what the documents say.
//!
//! - ` ```console ` is run, and must print what is shown: here, but for
//!   `docs/opa.md` and `docs/python.md`, which `e2e/opa` and `e2e/python` follow.
//! - ` ```sh ` is run with stand-ins for the tools that take long
//!   (`stand_ins/`).
//! - ` ```lua ` in `docs/editors.md` is what `e2e/editors` loads, and what is `untested` there
//!   stands below the words that say so.
//! - ` ```sh cluster ` needs a cluster of one's own, ` ```sh release ` a release
//!   that is published. They are not run, but what they name must exist, and
//!   what they pipe into the command must be a command line of it.
#![cfg(unix)]

mod markdown;

use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use markdown::{Block, Document, files};
use rayjob_policy_testkit::project;
use tempfile::TempDir;
use trycmd::TestCases;

/// What `e2e/opa/tests/docs.rs` and `e2e/python/test_docs.py` follow.
const FOLLOWED_ELSEWHERE: [&str; 2] = ["docs/opa.md", "docs/python.md"];

/// What kubectl prints: nothing to check, and an operator.
const OPERATOR: &str = r#"{"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "kuberay-operator"},
    "spec": {"template": {
        "metadata": {"labels": {"app.kubernetes.io/component": "kuberay-operator"}},
        "spec": {"containers": [{"image": "quay.io/kuberay/operator:v1.6.2"}]}}}}"#;

/// What `e2e/editors/nvim.lua` follows.
const FOLLOWED_BY_EDITORS: &str = "docs/editors.md";

/// The documents for users.
fn documents() -> Vec<Document> {
    let mut documents = files("docs", &[".md"]);
    documents.extend(["CONTRIBUTING.md", "SECURITY.md", "deploy/README.md"].map(String::from));
    let top = files(".", &[".md"]).into_iter();
    documents.extend(top.filter(|file| file.starts_with("README")));
    documents.iter().map(|file| Document::read(file)).collect()
}

#[test]
fn documented_commands_print_what_is_shown() {
    std::env::set_current_dir(project("")).expect("the project");
    let cases = TestCases::new();
    for Document { file, .. } in documents() {
        if !FOLLOWED_ELSEWHERE.contains(&&*file) {
            cases.case(file);
        }
    }
    cases.run();
}

#[test]
fn every_block_of_commands_is_run_or_marked() {
    let mut wrong = Vec::new();
    for document in documents() {
        for block in &document.blocks {
            let is_run = match block.info.as_str() {
                "console" => block.text.starts_with("$ "),
                "sh" | "sh cluster" | "sh release" => true,
                "lua" => document.file == FOLLOWED_BY_EDITORS,
                info if info.ends_with(" untested") => document.file == FOLLOWED_BY_EDITORS,
                // Files that the page writes, and code to put into one.
                info if info.contains(' ') || info == "python" => {
                    FOLLOWED_ELSEWHERE.contains(&&*document.file)
                }
                "text" | "yaml" => !block.text.starts_with("$ "),
                _ => false,
            };
            if !is_run {
                wrong.push(format!("{}: ```{}", place(&document, block), block.info));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn commands_that_need_no_cluster_run() {
    let mut tried = 0;
    for document in documents() {
        for block in document.blocks.iter().filter(|block| block.info == "sh") {
            let output = shell(&block.text);
            assert!(output.0, "{}: {}", place(&document, block), output.1);
            tried += 1;
        }
    }
    assert!(tried >= 5, "{tried} blocks");
}

#[test]
fn commands_that_need_a_cluster_name_what_exists() {
    let mut tried = 0;
    for document in documents() {
        let marked = |block: &&Block| ["sh cluster", "sh release"].contains(&&*block.info);
        for block in document.blocks.iter().filter(marked) {
            for word in block.text.split_whitespace() {
                let is_path = ["deploy/", "docs/", "examples/"]
                    .iter()
                    .any(|folder| word.starts_with(folder));
                let exists = !is_path || project(word).exists();
                assert!(exists, "{}: {word} does not exist", place(&document, block));
            }
            let lines = block.text.lines();
            for (_, command) in lines.filter_map(|line| line.split_once("| rayjob-policy ")) {
                let (ok, told) = shell(&format!("echo '{OPERATOR}' | rayjob-policy {command}"));
                assert!(ok, "{}: {command}: {told}", place(&document, block));
                tried += 1;
            }
        }
    }
    assert!(tried >= 3, "{tried} commands");
}

fn place(document: &Document, block: &Block) -> String {
    format!("{}:{}", document.file, block.line)
}

/// Runs commands in a folder of their own; says whether they succeed, and what
/// they print.
fn shell(script: &str) -> (bool, String) {
    let folder = TempDir::new().expect("a folder");
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    symlink(
        env!("CARGO_BIN_EXE_rayjob-policy"),
        bin.join("rayjob-policy"),
    )
    .expect("a link");
    let stand_ins = project("hosts/cli/tests/stand_ins");
    let mut child = Command::new("/bin/sh")
        .arg("-eu")
        .current_dir(folder.path())
        // Nothing else can be called.
        .env("PATH", format!("{}:{}", stand_ins.display(), bin.display()))
        .env("TOOLS", std::env::var_os("PATH").unwrap_or_default())
        .env("PROJECT", project(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(script.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let told = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}
