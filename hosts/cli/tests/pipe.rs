//! What happens when nobody reads what is printed.

use std::io;
use std::process::Command;

#[test]
fn it_ends_silently_when_nobody_listens() {
    for args in [
        &["rules"][..],
        &["rules", "--format", "json"],
        &["explain", "interactive-backoff"],
        &["completions", "bash"],
    ] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"))
            .args(args)
            .stdout(writer)
            .output()
            .expect("it runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        assert_eq!(stderr, "", "{args:?}");
    }
}
