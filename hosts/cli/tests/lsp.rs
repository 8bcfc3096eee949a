//! `rayjob-policy lsp`, as an editor starts it.

#[cfg(target_os = "linux")]
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

#[cfg(target_os = "linux")]
use rayjob_policy_testkit::project;
use serde_json::{Value, json};

/// Longer than any answer takes.
const LONG: Duration = Duration::from_secs(60);

struct Editor {
    server: Child,
    stdin: ChildStdin,
    /// What the server says.
    said: Receiver<Value>,
}

impl Editor {
    fn new() -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_rayjob-policy"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut stdout = BufReader::new(server.stdout.take().expect("a pipe"));
        let (sender, said) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let stdin = server.stdin.take().expect("a pipe");
        let mut editor = Self {
            server,
            stdin,
            said,
        };
        editor.send(&json!({"id": 0, "method": "initialize", "params": {"capabilities": {}}}));
        editor.until(|message| message["id"] == 0);
        editor.send(&json!({"method": "initialized", "params": {}}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let length = text.len();
        write!(self.stdin, "Content-Length: {length}\r\n\r\n{text}").expect("it reads");
    }

    fn open(&mut self, text: &str) {
        let document =
            json!({"uri": "file:///a.yaml", "languageId": "yaml", "version": 0, "text": text});
        let params = json!({"textDocument": document});
        self.send(&json!({"method": "textDocument/didOpen", "params": params}));
    }

    /// Waits for a message.
    fn until(&self, is_meant: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.said.recv_timeout(LONG).expect("a message");
            if is_meant(&message) {
                return message;
            }
        }
    }

    /// The exit code and what is written to stderr, after the input has ended.
    fn end(self) -> (Option<i32>, String) {
        let Self { server, stdin, .. } = self;
        drop(stdin);
        let output = server.wait_with_output().expect("it ends");
        let told = String::from_utf8(output.stderr).expect("text");
        (output.status.code(), told)
    }
}

/// The next message of the server; it writes nothing else.
fn read(stdout: &mut impl BufRead) -> Option<Value> {
    let mut header = String::new();
    stdout.read_line(&mut header).expect("a line");
    if header.is_empty() {
        return None;
    }
    let length = header.strip_prefix("Content-Length: ").expect("a header");
    let mut text = vec![0; 2 + length.trim().parse::<usize>().expect("a number")];
    stdout.read_exact(&mut text).expect("a message");
    Some(serde_json::from_slice(&text).expect("JSON"))
}

#[test]
fn it_ends_with_0_only_after_a_shutdown() {
    let mut editor = Editor::new();
    editor.send(&json!({"id": 1, "method": "shutdown"}));
    assert_eq!(
        editor.until(|message| message["id"] == 1)["result"],
        Value::Null
    );
    editor.send(&json!({"method": "exit"}));
    assert_eq!(editor.end(), (Some(0), String::new()));

    let mut editor = Editor::new();
    editor.send(&json!({"method": "exit"}));
    assert_eq!(editor.end(), (Some(1), String::new()));

    assert_eq!(
        Editor::new().end(),
        (Some(1), String::new()),
        "the editor is gone"
    );
}

#[test]
fn what_is_no_message_ends_it_with_a_reason() {
    let mut editor = Editor::new();
    editor
        .stdin
        .write_all(b"Content-Length: x\r\n\r\n")
        .expect("it reads");
    let (code, told) = editor.end();
    assert_eq!(code, Some(1));
    assert!(told.starts_with("error: Content-Length"), "{told}");
}

/// The resident memory of a process in KB.
#[cfg(target_os = "linux")]
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.expect("a number").parse().expect("a number")
}

/// All example manifests and the file with the headline conflict, typed in letter by letter
/// behind them for ten seconds at a hundred letters a second.
#[test]
#[cfg(target_os = "linux")]
fn a_long_session_ends_with_the_last_text_and_little_memory() {
    let mut text = String::new();
    for entry in fs::read_dir(project("examples/manifests")).expect("a folder") {
        let file = entry.expect("an entry").path();
        text += &fs::read_to_string(file).expect("a file");
        text += "\n---\n";
    }
    let lines = text.matches('\n').count();
    let job = fs::read_to_string(project("docs/cli.in/jobs/train.yaml")).expect("a file");
    let typed: Vec<_> = job.chars().cycle().take(1000).collect();

    let mut editor = Editor::new();
    editor.open(&text);
    let (mut line, mut character) = (lines, 0);
    let mut before = 0;
    for (index, letter) in typed.iter().enumerate() {
        let version = index + 1;
        let at = json!({"line": line, "character": character});
        let edit = json!({"range": {"start": at, "end": at}, "text": letter.to_string()});
        let document = json!({"uri": "file:///a.yaml", "version": version});
        let params = json!({"textDocument": document, "contentChanges": [edit]});
        editor.send(&json!({"method": "textDocument/didChange", "params": params}));
        (line, character) = match letter {
            '\n' => (line + 1, 0),
            _ => (line, character + 1),
        };
        if version == 200 {
            editor.until(|message| message["params"]["version"] == 200);
            before = memory(editor.server.id());
        }
    }
    let last = editor.until(|message| message["params"]["version"] == 1000);
    let after = memory(editor.server.id());
    assert!(after < before + 20_000, "{before} KB, then {after} KB");

    text.extend(typed);
    editor.send(&json!({"method": "textDocument/didClose",
        "params": {"textDocument": {"uri": "file:///a.yaml"}}}));
    editor.open(&text);
    let all = editor.until(|message| message["params"]["version"] == 0);
    assert_eq!(all["params"]["diagnostics"], last["params"]["diagnostics"]);
    assert!(
        !last["params"]["diagnostics"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
}
