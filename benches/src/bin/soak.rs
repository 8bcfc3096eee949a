//! A million requests through each module: the answers stay those of the core, and
//! memory stays what it was.

use std::{env, fs, process};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use rayjob_policy_bench::guest::{Host, Instance, Opa, OpaInstance, Wapc};
use rayjob_policy_conformance::case::{self, Case};
use rayjob_policy_core::admit::admit;
use rayjob_policy_core::release::Release;
use rayjob_policy_e2e_opa::{ENTRY_POINTS, Server};
use rayjob_policy_kubewarden::answer;
use rayjob_policy_opa::EntryPoint;
use rayjob_policy_testkit::project;
use serde_json::{Value, json};
use wasmtime::{Engine, Module};

/// How many requests each host gets if the command line does not say.
const REQUESTS: usize = 1_000_000;

fn main() -> Result<()> {
    let requests = match env::args().nth(1) {
        None => REQUESTS,
        Some(requests) => requests.parse().context("how many requests?")?,
    };
    let soak = Soak {
        cases: case::read(&project(case::FILE))?,
        requests,
    };
    println!("{requests} requests to each host\n");
    println!("| host | pages at most | MB after a tenth | MB at the end |");
    println!("|---|--:|--:|--:|");

    let wapc: Wapc = load("dist/policy.wasm")?;
    soak.run(
        "policy.wasm, an instance a request",
        process::id(),
        |question| {
            let mut instance = wapc.instantiate(None)?;
            Ok(Answer {
                given: serde_json::from_str(&instance.ask(question)?)?,
                expected: answer::validation(&admit(question)),
                pages: instance.pages(),
            })
        },
    )?;

    let opa: Opa = load("dist/policy-opa.wasm")?;
    let ask_opa = |instance: &mut OpaInstance, question: &[u8]| {
        let mut results: Value = serde_json::from_str(&instance.ask(question)?)?;
        Ok(Answer {
            given: results[0]["result"].take(),
            expected: EntryPoint::Main.answer(question, None, None),
            pages: instance.pages(),
        })
    };
    soak.run(
        "policy-opa.wasm, an instance a request",
        process::id(),
        |question| ask_opa(&mut opa.instantiate(None)?, question),
    )?;
    let mut one = opa.instantiate(None)?;
    soak.run("policy-opa.wasm, one instance", process::id(), |question| {
        ask_opa(&mut one, question)
    })?;

    if let Some(server) = Server::start()? {
        soak.run("OPA as a server", server.process(), |question| {
            Ok(Answer {
                given: server.post(ENTRY_POINTS[0], &serde_json::from_slice(question)?)?,
                expected: EntryPoint::Main.answer(question, None, None),
                pages: 0,
            })
        })?;
    }
    Ok(())
}

/// Compiles a built module.
fn load<H: Host>(file: &str) -> Result<H> {
    Ok(H::prepare(Module::from_file(
        &Engine::default(),
        project(file),
    )?)?)
}

/// An answer to a request.
struct Answer {
    /// What the host says.
    given: Value,
    /// What the core says, in JSON.
    expected: Vec<u8>,
    /// The memory of the instance, in pages of 64 KiB; 0 if the host does not tell.
    pages: u64,
}

/// The requests that every host gets.
struct Soak {
    cases: Vec<Case>,
    requests: usize,
}

impl Soak {
    /// Asks a host about random cases, and prints a line of the table.
    ///
    /// # Errors
    /// If an answer is not the core's, or the memory of the process has grown by more than
    /// a tenth since the first tenth of the requests.
    fn run(
        &self,
        host: &str,
        process: u32,
        mut ask: impl FnMut(&[u8]) -> Result<Answer>,
    ) -> Result<()> {
        let mut rng = Rng::with_seed(1);
        let (mut most_pages, mut early) = (0, 0.0);
        for number in 1..=self.requests {
            let case = rng.choice(&self.cases).context("no cases")?;
            let release = rng.choice(Release::ALL).unwrap_or(Release::LATEST);
            let question = question(number, case, release).to_string();
            let answer = ask(question.as_bytes())?;
            let expected: Value = serde_json::from_slice(&answer.expected)?;
            ensure!(
                answer.given == expected,
                "{host} does not answer as the core: {question}"
            );
            most_pages = most_pages.max(answer.pages);
            if number == self.requests / 10 {
                early = resident(process)?;
            }
        }
        let late = resident(process)?;
        let pages = match most_pages {
            0 => String::new(),
            pages => pages.to_string(),
        };
        println!("| {host} | {pages} | {early:.1} | {late:.1} |");
        ensure!(late < 1.1 * early, "{host}: memory has grown");
        Ok(())
    }
}

/// Whether a recorded object may be created, with all rules for a release on.
fn question(number: usize, case: &Case, release: Release) -> Value {
    let object = &case.object;
    json!({
        "request": {
            "uid": number.to_string(),
            "kind": {"group": "ray.io", "version": "v1", "kind": object["kind"]},
            "operation": "CREATE",
            "object": object,
        },
        "settings": {"kuberayVersion": release.as_str(), "featureGates": case.gates},
    })
}

/// The memory of a process, in MB.
fn resident(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.context("no VmRSS")?.parse::<f64>()? / 1024.0)
}
