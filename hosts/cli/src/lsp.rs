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

/// The number of messages that can wait while a document is checked.
const WAITING: usize = 256;

/// The exit code if the client disconnects without `exit`.
const DISCONNECTED: u8 = 1;

/// Serves one client until it sends `exit` or disconnects, and returns the exit code.
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
    server::serve(&messages, &mut |message| wire::write(&mut stdout, message))
        .unwrap_or(DISCONNECTED)
}
