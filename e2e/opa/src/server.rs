//! OPA as a server with the bundle, asked over HTTP.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{process, thread};

use anyhow::{Context, Result, bail, ensure};
use rayjob_policy_testkit::project;
use serde_json::Value;
use ureq::Agent;

use crate::{Data, ENTRY_POINTS, Host, tool};

/// OPA as a server on this machine.
pub struct Server {
    opa: Child,
    address: String,
    agent: Agent,
    data: Data,
}

impl Server {
    /// Starts it; `None` if it is not installed.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start() -> Result<Option<Self>> {
        Self::start_with(&[], &[])
    }

    /// Starts it with these variables in its environment and these options; `None` if
    /// it is not installed.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_with(environment: &[(&str, &str)], options: &[&str]) -> Result<Option<Self>> {
        let Some(opa) = tool("target/tools/opa", "OPA as a server") else {
            return Ok(None);
        };
        let address = free_address();
        let opa = Command::new(opa)
            .envs(environment.iter().copied())
            // Only this level tells that it is ready.
            .args(["run", "--server", "--log-level", "debug"])
            .args(["--skip-version-check", "--addr", &address])
            .args(options)
            .arg("--bundle")
            .arg(project("dist/bundle.tar.gz"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections_per_host(64)
            .max_idle_connections(64);
        let mut server = Self {
            opa,
            address,
            agent: config.build().into(),
            data: Data::default(),
        };
        let log = server.opa.stderr.take().context("no log")?;
        let log = ready(BufReader::new(log), &server.address)?;
        // It would stop at a log that nobody reads.
        thread::spawn(move || log.lines().for_each(drop));
        Ok(Some(server))
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.opa.id()
    }

    /// The answer at an entry point, asked as an API server asks a webhook.
    ///
    /// # Errors
    /// If there is none; with what OPA says instead.
    pub fn post(&self, entry_point: &str, input: &Value) -> Result<Value> {
        let url = format!("http://{}/v0/data/{entry_point}", self.address);
        let answer = self
            .agent
            .post(url)
            .header("Content-Type", "application/json")
            .send(input.to_string())?;
        let status = answer.status();
        let body = answer
            .into_body()
            .with_config()
            .limit(100 << 20)
            .read_to_vec()?;
        let text = || String::from_utf8_lossy(&body);
        ensure!(status.is_success(), "{status}: {}", text());
        serde_json::from_slice(&body).with_context(|| text().into_owned())
    }

    /// Asks, and goes away without the answer.
    ///
    /// # Errors
    /// If OPA does not listen.
    pub fn cancel(&self, entry_point: &str, input: &Value) -> Result<()> {
        let (address, input) = (&self.address, input.to_string());
        let mut connection = TcpStream::connect(address)?;
        write!(
            connection,
            "POST /v0/data/{entry_point} HTTP/1.1\r\nHost: {address}\r\nContent-Length: \
             {}\r\n\r\n{input}",
            input.len()
        )?;
        Ok(())
    }

    /// Changes a part of OPA's data, over its REST API.
    ///
    /// # Errors
    /// If OPA refuses.
    pub fn put(&self, path: &str, value: &Value) -> Result<()> {
        let url = format!("http://{}/v1/data/{path}", self.address);
        let answer = self.agent.put(url).send(value.to_string())?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(())
    }

    /// Removes a part of OPA's data.
    ///
    /// # Errors
    /// If OPA refuses.
    pub fn delete(&self, path: &str) -> Result<()> {
        let url = format!("http://{}/v1/data/{path}", self.address);
        let answer = self.agent.delete(url).call()?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(())
    }
}

impl Host for Server {
    fn ask(&mut self, input: &Value, data: &Data) -> Result<Vec<Value>> {
        let [old, new] = [&self.data, data].map(|data| {
            let of_cluster = |key| (key, data.cluster.get(key));
            let settings = ("kuberay/rayjob/settings", data.settings.as_ref());
            [settings, of_cluster("kubernetes"), of_cluster("inventory")]
        });
        for ((path, value), _) in new.into_iter().zip(old).filter(|(new, old)| new != old) {
            match value {
                Some(value) => self.put(path, value)?,
                None => self.delete(path)?,
            }
        }
        self.data = data.clone();
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

/// Waits until OPA, which logs at the level `debug`, answers at an address.
///
/// # Errors
/// If it ends instead; with its log.
pub fn ready<L: BufRead>(mut log: L, address: &str) -> Result<L> {
    let mut lines = String::new();
    while !lines.contains("Server initialized") {
        if log.read_line(&mut lines)? == 0 {
            bail!("OPA does not start: {lines}");
        }
    }
    // It says so a moment before it listens.
    while TcpStream::connect(address).is_err() {
        thread::yield_now();
    }
    Ok(log)
}

/// An address on loopback that is free. Its port is none of those that the
/// system gives to a connection meanwhile.
pub fn free_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = process::id().wrapping_mul(31) + NEXT.fetch_add(1, Ordering::Relaxed);
        let address = format!("127.0.0.1:{}", 20_000 + number % 12_000);
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}
