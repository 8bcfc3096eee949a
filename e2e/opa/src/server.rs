//! OPA as a server with the bundle, asked over HTTP.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{ENTRY_POINTS, Host, Settings, project, tool};

/// OPA as a server on this machine.
pub struct Server {
    opa: Child,
    address: String,
    settings: Settings,
}

impl Server {
    /// Starts it; `None` if it is not installed.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start() -> Result<Option<Self>> {
        let Some(opa) = tool("target/tools/opa", "OPA as a server") else {
            return Ok(None);
        };
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let opa = Command::new(opa)
            // Only this level tells that it is ready.
            .args(["run", "--server", "--log-level", "debug"])
            .args(["--skip-version-check", "--addr", &address])
            .arg("--bundle")
            .arg(project("dist/bundle.tar.gz"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut server = Self {
            opa,
            address: format!("http://{address}"),
            settings: Settings(None),
        };
        let log = server.opa.stderr.take().context("no log")?;
        let mut lines = BufReader::new(log).lines();
        loop {
            let Some(line) = lines.next() else {
                bail!("OPA does not start");
            };
            if line?.contains("Server initialized") {
                break;
            }
        }
        // It would stop at a log that nobody reads.
        thread::spawn(move || lines.for_each(drop));
        Ok(Some(server))
    }

    /// The answer at an entry point, asked as an API server asks a webhook.
    ///
    /// # Errors
    /// If there is none.
    pub fn post(&self, entry_point: &str, input: &Value) -> Result<Value> {
        let url = format!("{}/v0/data/{entry_point}", self.address);
        let answer = ureq::post(url)
            .header("Content-Type", "application/json")
            .send(input.to_string())?
            .into_body()
            .with_config()
            .limit(100 << 20)
            .read_to_vec()?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// Changes a part of OPA's data, over its REST API.
    ///
    /// # Errors
    /// If OPA refuses.
    pub fn put(&self, path: &str, value: &Value) -> Result<()> {
        let url = format!("{}/v1/data/{path}", self.address);
        ureq::put(url).send(value.to_string())?;
        Ok(())
    }

    /// Removes a part of OPA's data.
    ///
    /// # Errors
    /// If OPA refuses.
    pub fn delete(&self, path: &str) -> Result<()> {
        ureq::delete(format!("{}/v1/data/{path}", self.address)).call()?;
        Ok(())
    }
}

impl Host for Server {
    fn ask(&mut self, input: &Value, settings: &Settings) -> Result<Vec<Value>> {
        if self.settings != *settings {
            let path = "kuberay/rayjob/settings";
            match &settings.0 {
                Some(value) => self.put(path, value)?,
                None => self.delete(path)?,
            }
            self.settings = settings.clone();
        }
        ENTRY_POINTS
            .iter()
            .map(|entry_point| self.post(entry_point, input))
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.opa.kill().ok();
        self.opa.wait().ok();
    }
}
