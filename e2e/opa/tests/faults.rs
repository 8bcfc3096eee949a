//! What goes wrong around the module in OPA's hosts is an error, never an answer.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use opa_wasm::Runtime;
use rayjob_policy_e2e_opa::{Case, ENTRY_POINTS, Server, built, tool};
use rayjob_policy_testkit::project;
use serde_json::json;
use tempfile::TempDir;
use wasmtime::{Engine, Module, Store};

/// The built module, but of version 2 of the ABI.
fn of_another_abi() -> Result<Vec<u8>> {
    let mut module = built()?;
    // Two constants, the versions 1.1: of type i32, not mutable, `i32.const 1`, `end`.
    let versions = [0x7f, 0, 0x41, 1, 0x0b].repeat(2);
    let mut places = (0..module.len()).filter(|&at| module[at..].starts_with(&versions));
    let at = places.next().context("no versions")?;
    ensure!(places.next().is_none(), "more than two versions");
    module[at + 3] = 2;
    Ok(module)
}

/// Runs a program, which must fail and say something of versions.
fn refuses(program: &mut Command) -> Result<()> {
    let output = program.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "{program:?} succeeds");
    ensure!(said.to_lowercase().contains("version"), "{said}");
    ensure!(output.stdout.is_empty(), "{output:?}");
    Ok(())
}

#[test]
fn a_module_of_another_abi_is_refused() -> Result<()> {
    let wasm = of_another_abi()?;
    let folder = TempDir::new()?;
    let file = folder.path().join("policy.wasm");
    fs::write(&file, &wasm)?;

    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let loaded = runtime.block_on(async {
        let module = Module::new(&Engine::default(), &wasm)?;
        let mut store = Store::new(module.engine(), ());
        Runtime::new(&mut store, &module).await.map(|_| ())
    });
    assert!(loaded.is_err());

    let packages = "e2e/opa/node_modules/@open-policy-agent";
    if tool(packages, "the SDK for Node").is_some() {
        refuses(
            Command::new("node")
                .arg(project("e2e/opa/hosts/node.mjs"))
                .arg(&file),
        )?;
    }
    if let Some(python) = tool("target/python/bin/python", "the SDK for Python") {
        refuses(
            Command::new(python)
                .arg(project("e2e/opa/hosts/python.py"))
                .arg(&file),
        )?;
    }
    if let Some(opa) = tool("target/tools/opa", "OPA on the command line") {
        let bundle = folder.path().join("bundle");
        unpack(&bundle, &wasm)?;
        let question = format!("data.{}", ENTRY_POINTS[0].replace('/', "."));
        let mut eval = Command::new(opa);
        refuses(
            eval.args(["eval", "--bundle"])
                .arg(bundle)
                .args(["--format", "raw", &question]),
        )?;
    }
    Ok(())
}

/// The bundle as a folder, with another module.
fn unpack(folder: &Path, module: &[u8]) -> Result<()> {
    fs::create_dir_all(folder.join("spare"))?;
    let mut tar = Command::new("tar");
    tar.arg("-xzPOf")
        .arg(project("dist/bundle.tar.gz"))
        .arg("/.manifest");
    fs::write(folder.join(".manifest"), tar.output()?.stdout)?;
    fs::write(folder.join("policy.wasm"), module)?;
    fs::write(folder.join("spare/policy.wasm"), module)?;
    Ok(())
}

#[test]
fn a_request_above_the_limit_of_opa_is_an_error() -> Result<()> {
    let options = ["--set", "server.decoding.max_length=1000000"];
    let Some(server) = Server::start_with(&[], &options)? else {
        return Ok(());
    };
    let main = ENTRY_POINTS[0];
    let error = server.post(main, &Case::big().input).expect_err("3 MB");
    assert!(error.to_string().starts_with("400 Bad Request"), "{error}");
    let kind = json!({"group": "ray.io", "version": "v1", "kind": "RayJob"});
    let small = json!({"request": {"uid": "1", "kind": kind, "operation": "DELETE"}});
    assert_eq!(server.post(main, &small)?["response"]["allowed"], true);
    Ok(())
}
