//! `make demo` on the built module.

use std::process::Command;

#[test]
fn the_demo_shows_each_review_and_refuses_what_it_should() {
    let demo = Command::new(env!("CARGO_BIN_EXE_demo"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/policy.wasm"))
        .output()
        .expect("it runs");
    assert!(demo.status.success(), "{demo:?}");
    let shown = String::from_utf8(demo.stdout).expect("text");
    let verdicts = shown.lines().skip(1).take_while(|line| !line.is_empty());
    let denied: Vec<_> = verdicts
        .clone()
        .filter(|line| line.ends_with(" DENIED"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(verdicts.count(), 8, "{shown}");
    assert_eq!(
        denied,
        [
            "2-interactive-with-retries",
            "4-existing-cluster-with-retries",
            "5-cron-interactive-with-retries",
            "6-misspelt-mode"
        ]
    );
    assert!(shown.contains("[interactive-backoff]"), "{shown}");
}
