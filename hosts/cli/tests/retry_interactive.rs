//! What the script that retries interactive jobs does, with a `kubectl` and a
//! `ray` that only play a cluster (`retry_interactive/`).
#![cfg(unix)]

use std::fs;
use std::io::{self, BufRead, BufReader, PipeReader, Read};
use std::path::Path;
use std::process::{Child, Command};

use tempfile::TempDir;

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/ways-out/retry-interactive.sh"
);
const MANIFEST: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/ways-out/interactive-with-retry-script.yaml"
);

/// The shells that it must run in.
const SHELLS: [&str; 2] = ["sh", "bash"];

/// A cluster in which attempts end like this.
struct Cluster {
    folder: TempDir,
}

/// What came of a script.
struct Ran {
    code: Option<i32>,
    told: String,
    /// The calls that change something, in order.
    calls: Vec<String>,
    /// Whether the RayJob is there.
    stays: bool,
}

impl Cluster {
    fn new(outcomes: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let cluster = Self { folder };
        cluster.write("outcomes", &(outcomes.join("\n") + "\n"));
        // What kubectl reads in the manifest.
        cluster.write("read", "RayJob|InteractiveMode||");
        for name in ["attempts", "calls", "looks", "submitted"] {
            cluster.write(name, "");
        }
        // Whoever reads it waits until it is killed.
        let fifo = Command::new("mkfifo").arg(cluster.path("never")).status();
        assert!(fifo.expect("mkfifo").success());
        cluster
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    /// Starts the script; gives what it prints, and the commands that it calls.
    fn start(&self, shell: &str, arguments: &[&str]) -> (Child, BufReader<PipeReader>) {
        let fakes = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/retry_interactive");
        let path = std::env::var("PATH").expect("a path");
        let (reader, writer) = io::pipe().expect("a pipe");
        let child = command(shell)
            .arg(SCRIPT)
            .args(arguments)
            .env("PATH", format!("{fakes}:{path}"))
            .env("FAKE", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("RAY_API_SERVER_ADDRESS", "http://another")
            .stdout(writer.try_clone().expect("a pipe"))
            .stderr(writer)
            .spawn()
            .expect("a shell");
        (child, BufReader::new(reader))
    }

    fn end(&self, mut child: Child, mut output: BufReader<PipeReader>) -> Ran {
        let mut told = String::new();
        output.read_to_string(&mut told).expect("text");
        let code = child.wait().expect("it ends").code();
        let left = fs::read_dir(self.folder.path()).expect("a folder");
        let scratch = left.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
        assert_eq!(scratch.count(), 0, "the scratch folder is left");
        let calls = fs::read_to_string(self.path("calls")).expect("a file");
        Ran {
            code,
            told,
            calls: calls.lines().map(str::to_owned).collect(),
            stays: self.path("rayjob").exists(),
        }
    }

    fn run(&self, shell: &str, arguments: &[&str]) -> Ran {
        let (child, output) = self.start(shell, arguments);
        self.end(child, output)
    }

    /// Sends a signal once this line is printed, and then lets who waits go on.
    fn interrupt(&self, shell: &str, line: &str, signal: &str) -> Ran {
        let (child, mut output) = self.start(shell, &[MANIFEST, "--", "python", "explore.py"]);
        let mut lines = output.by_ref().lines().map(|line| line.expect("text"));
        assert!(
            lines.any(|printed| printed == line),
            "it does not come to {line}"
        );
        let kill = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(kill.expect("kill").success());
        if line == CREATING {
            fs::write(self.path("never"), "").expect("a fifo");
        }
        self.end(child, output)
    }
}

/// A shell to which signals come. Who runs the tests may ignore some, as `nohup`
/// does, and a shell cannot trap what was ignored when it began.
fn command(shell: &str) -> Command {
    if cfg!(target_os = "linux") {
        let mut env = Command::new("env");
        env.args(["--default-signal=HUP,INT,TERM", shell]);
        env
    } else {
        Command::new(shell)
    }
}

/// What is printed while the RayJob is being created.
const CREATING: &str = "creating";

fn run(outcomes: &[&str], check: &dyn Fn(&Ran)) {
    for shell in SHELLS {
        let command = [
            "-n",
            "3",
            MANIFEST,
            "--working-dir",
            ".",
            "--",
            "python",
            "explore.py",
        ];
        let ran = Cluster::new(outcomes).run(shell, &command);
        println!("{shell}: {:?}\n{}\n{:#?}", ran.code, ran.told, ran.calls);
        check(&ran);
    }
}

fn create() -> String {
    format!(
        "kubectl create -f {MANIFEST} -o jsonpath={{.metadata.namespace}} {{.metadata.name}} \
         {{.metadata.uid}}"
    )
}

const FORWARD: &str = "kubectl port-forward service/head-svc :8265 -n ml";
const CLOSED: &str = "the port is closed";
const DELETE: &str = "kubectl delete rayjob explore -n ml --ignore-not-found --cascade=foreground";
const DROP: &str = "kubectl delete rayjob explore -n ml --ignore-not-found --wait=false";

/// The calls of an attempt that is submitted, until the job has ended.
fn submitted(number: usize) -> Vec<String> {
    let job = format!("explore-{number:07}");
    vec![
        create(),
        FORWARD.into(),
        format!(
            "ray job submit --submission-id {job} --no-wait --working-dir . -- python explore.py \
             @ http://127.0.0.1:40001"
        ),
        format!(
            r#"kubectl patch rayjob explore -n ml --type merge -p {{"spec":{{"jobId":"{job}"}}}}"#
        ),
        format!("ray job logs --follow {job} @ http://127.0.0.1:40001"),
    ]
}

fn calls(parts: &[Vec<String>]) -> Vec<String> {
    parts.concat()
}

fn then(text: &[&str]) -> Vec<String> {
    text.iter().map(ToString::to_string).collect()
}

#[test]
fn a_command_that_succeeds_is_run_once() {
    run(&["succeeds"], &|ran| {
        assert_eq!(ran.code, Some(0));
        assert_eq!(ran.calls, calls(&[submitted(1), then(&[CLOSED])]));
        assert!(ran.told.contains("what the command prints"));
        assert!(ran.told.contains("explore-0000001 has succeeded"));
        assert!(ran.stays);
    });
}

#[test]
fn a_failed_attempt_is_deleted_before_the_next_one() {
    run(&["fails", "fails", "succeeds"], &|ran| {
        assert_eq!(ran.code, Some(0));
        let gone = || then(&[CLOSED, DELETE]);
        let expected = calls(&[
            submitted(1),
            gone(),
            submitted(2),
            gone(),
            submitted(3),
            then(&[CLOSED]),
        ]);
        assert_eq!(ran.calls, expected);
        assert!(ran.told.contains("explore-0000003 has succeeded"));
        assert!(ran.stays);
    });
}

#[test]
fn the_rayjob_of_the_last_attempt_stays_to_be_looked_at() {
    run(&["fails"], &|ran| {
        assert_eq!(ran.code, Some(1));
        let deleted = ran.calls.iter().filter(|call| *call == DELETE).count();
        assert_eq!(deleted, 2);
        assert_eq!(
            ran.calls.iter().filter(|call| **call == create()).count(),
            3
        );
        assert!(
            ran.told
                .contains("the last attempt has failed; RayJob explore stays")
        );
        assert!(ran.stays);
    });
}

#[test]
fn a_signal_stops_the_job_and_deletes_its_rayjob() {
    for shell in SHELLS {
        for (signal, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
            let ran = Cluster::new(&["runs"]).interrupt(shell, "what the command prints", signal);
            println!("{shell} {signal}: {}", ran.told);
            assert_eq!(ran.code, Some(code));
            assert!(!ran.stays);
            let stop = "ray job stop --no-wait explore-0000001 @ http://127.0.0.1:40001";
            assert!(
                ran.calls.ends_with(&then(&[stop, DROP, CLOSED])),
                "{:#?}",
                ran.calls
            );
        }
    }
}

#[test]
fn a_signal_before_the_raycluster_is_ready_deletes_the_rayjob() {
    for shell in SHELLS {
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let ran = Cluster::new(&["never-ready"]).interrupt(shell, "asleep", signal);
            println!("{shell} {signal}: {}", ran.told);
            assert_eq!(ran.code, Some(code));
            assert!(!ran.stays);
            assert_eq!(ran.calls, [create(), DROP.into()]);
        }
    }
}

#[test]
fn a_signal_while_the_rayjob_is_created_deletes_it() {
    for shell in SHELLS {
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let ran = Cluster::new(&["slowly"]).interrupt(shell, CREATING, signal);
            println!("{shell} {signal}: {}", ran.told);
            assert_eq!(ran.code, Some(code));
            assert!(!ran.stays);
            assert_eq!(ran.calls, [create(), DROP.into()]);
        }
    }
}

#[test]
fn an_attempt_that_loses_its_raycluster_has_failed() {
    run(&["suspended", "no-cluster", "succeeds"], &|ran| {
        assert_eq!(ran.code, Some(0));
        let expected = calls(&[
            submitted(1),
            then(&[CLOSED, DELETE, &create(), DELETE]),
            submitted(3),
            then(&[CLOSED]),
        ]);
        assert_eq!(ran.calls, expected);
    });
}

#[test]
fn a_command_that_is_not_submitted_leaves_no_idle_raycluster() {
    run(&["unreachable"], &|ran| {
        assert_eq!(ran.code, Some(1));
        assert!(!ran.stays);
        assert!(ran.told.contains("the last attempt has failed\n"));
    });
    run(&["unpatchable"], &|ran| {
        assert_eq!(ran.code, Some(1));
        assert!(!ran.stays);
        let stop = "ray job stop --no-wait explore-0000003 @ http://127.0.0.1:40001";
        assert!(ran.calls.ends_with(&then(&[stop, CLOSED, DELETE])));
    });
}

#[test]
fn what_another_attempt_would_not_mend_is_not_tried_again() {
    for (outcome, told, stays) in [
        (
            "refused",
            "KubeRay refuses the RayJob: because of this",
            false,
        ),
        ("no-option", "ray does not understand these options", false),
        ("late", "activeDeadlineSeconds has expired", true),
        ("stopped", "explore-0000001 was stopped", true),
        (
            "taken",
            "another client has set spec.jobId of RayJob explore",
            true,
        ),
    ] {
        run(&[outcome], &|ran| {
            assert_eq!(ran.code, Some(1));
            assert!(ran.told.contains(told));
            assert_eq!(ran.stays, stays);
            assert_eq!(
                ran.calls.iter().filter(|call| **call == create()).count(),
                1
            );
        });
    }
}

#[test]
fn a_rayjob_of_somebody_else_is_left_alone() {
    for shell in SHELLS {
        let cluster = Cluster::new(&["succeeds"]);
        cluster.write("rayjob", "theirs");
        let ran = cluster.run(shell, &[MANIFEST, "--", "python", "explore.py"]);
        assert_eq!(ran.code, Some(1));
        assert_eq!(ran.calls, [create()]);
        assert!(ran.stays);
    }
}

#[test]
fn inside_the_cluster_no_port_is_forwarded() {
    for shell in SHELLS {
        let cluster = Cluster::new(&["succeeds"]);
        let ran = cluster.run(shell, &["-d", MANIFEST, "--", "python", "explore.py"]);
        assert_eq!(ran.code, Some(0), "{}", ran.told);
        let submit = &ran.calls[1];
        assert!(
            submit.ends_with(" @ http://head-svc.ml.svc.cluster.local:8265"),
            "{submit}"
        );
    }
}

#[test]
fn wrong_usage_creates_nothing() {
    let missing = Path::new(MANIFEST).with_file_name("missing.yaml");
    let missing = missing.to_str().expect("text");
    for arguments in [
        &[][..],
        &[MANIFEST],
        &["-n", "0", MANIFEST, "--", "true"],
        &["-n", "many", MANIFEST, "--", "true"],
        &["-x", MANIFEST, "--", "true"],
        &[missing, "--", "true"],
    ] {
        for shell in SHELLS {
            let ran = Cluster::new(&["succeeds"]).run(shell, arguments);
            assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.told);
            assert!(ran.calls.is_empty());
        }
    }
    for read in [
        "RayJob|K8sJobMode||",
        "RayJob|InteractiveMode|2|",
        "RayJob|InteractiveMode||explore-1",
        "RayCluster|||",
    ] {
        let cluster = Cluster::new(&["succeeds"]);
        cluster.write("read", read);
        let ran = cluster.run("sh", &[MANIFEST, "--", "true"]);
        assert_eq!(ran.code, Some(2), "{read}");
        assert!(ran.told.contains("without backoffLimit and jobId"));
        assert!(ran.calls.is_empty());
    }
}
