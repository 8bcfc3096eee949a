//! `opa eval`, with the bundle.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

use anyhow::{Context, Result, ensure};
use rayjob_policy_testkit::project;
use serde_json::Value;

use crate::{Data, ENTRY_POINTS, Host, tool};

/// OPA on the command line.
pub struct Eval {
    opa: PathBuf,
    folder: PathBuf,
}

impl Eval {
    /// Finds OPA; `None` if it is not installed.
    ///
    /// # Errors
    /// If there is no place for its input.
    pub fn new() -> Result<Option<Self>> {
        let Some(opa) = tool("target/tools/opa", "OPA on the command line") else {
            return Ok(None);
        };
        let folder = env::temp_dir().join(format!("rayjob-policy-opa-{}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Some(Self { opa, folder }))
    }
}

impl Host for Eval {
    fn ask(&mut self, input: &Value, data: &Data) -> Result<Vec<Value>> {
        let [input_file, data_file] =
            ["input.json", "data.json"].map(|file| self.folder.join(file));
        fs::write(&input_file, input.to_string())?;
        fs::write(&data_file, data.as_store().to_string())?;
        let values = ENTRY_POINTS.map(|name| format!("data.{}", name.replace('/', ".")));
        let output = Command::new(&self.opa)
            .args(["eval", "--format", "raw", "--bundle"])
            .arg(project("dist/bundle.tar.gz"))
            .arg("--data")
            .arg(data_file)
            .arg("--input")
            .arg(input_file)
            .arg(format!("[{}]", values.join(", ")))
            .output()?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).context("no answers")
    }
}

impl Drop for Eval {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}
