//! `rayjob-policy lsp`: what `check` says, in editors. A language server on stdin and stdout.
//!
//! ```text
//! stdin --wire--> messages --server--> documents --manifest--> findings --view--> stdout
//! ```

use std::io;
use std::sync::mpsc;
use std::thread;

mod actions;
mod client;
mod server;
mod text;
mod view;
mod wire;
mod workspace;

/// How many messages wait while a document is checked; the client waits with the next one.
const WAITING: usize = 256;

/// The exit code if the client is gone without a goodbye.
const GONE: u8 = 1;

/// Serves one client until it says `exit` or is gone, and returns the exit code.
pub fn run() -> u8 {
    let (sender, messages) = mpsc::sync_channel(WAITING);
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        loop {
            match wire::read(&mut stdin) {
                Ok(Some(text)) => {
                    if sender.send(text).is_err() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) => return anstream::eprintln!("error: {error}"),
            }
        }
    });
    let mut stdout = io::stdout().lock();
    server::serve(&messages, &mut |message| wire::write(&mut stdout, message)).unwrap_or(GONE)
}
