//! Conversations with the server, in memory.

use std::fs;
use std::path::Path;

use gen_lsp_types as lsp;
use rayjob_policy_core::json::pointer_step;
use rayjob_policy_testkit::project;
use serde::Serialize;
use serde_json::{Value, json};

use super::{DeserializeOwned, Message, Server};
use crate::uri;

const URI: &str = "file:///jobs/train.yaml";

/// A server and what it says. Messages that are sent together wait together.
struct Session {
    server: Server,
}

impl Session {
    fn new(initialize: Value) -> Self {
        let server = Server::default();
        let mut session = Self { server };
        let answers = session.send([request(0, "initialize", initialize)]);
        typed::<lsp::InitializeResult>(&answers[0]["result"]);
        session.send([notification("initialized", json!({}))]);
        session
    }

    fn send(&mut self, messages: impl IntoIterator<Item = Value>) -> Vec<Value> {
        let messages = messages.into_iter().map(|it| it.to_string());
        let messages = messages.map(|text| Message::of(text.as_bytes()));
        assert!(!self.server.handle(messages.collect()));
        let said: Vec<_> = self.server.out.drain(..).collect();
        said.iter().for_each(is_valid);
        said
    }

    /// The result of a request.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let said = self.send([request(1, method, params)]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0]["error"].is_null(), "{said:?}");
        said[0]["result"].clone()
    }

    fn open(&mut self, text: &str) -> Vec<Value> {
        self.send([open(URI, text)])
    }

    fn actions(&mut self, line: u32, only: Option<&str>) -> Vec<Value> {
        let at = json!({"line": line, "character": 4});
        let actions = self.ask(
            "textDocument/codeAction",
            json!({
                "textDocument": {"uri": URI},
                "range": {"start": at, "end": at},
                "context": {"diagnostics": [], "only": only.map(|kind| [kind])},
            }),
        );
        let actions = actions.as_array().expect("a list").clone();
        actions.iter().for_each(typed::<lsp::CodeAction>);
        actions
    }

    /// The text of the document in the server.
    fn text(&self) -> &str {
        &self.server.documents[URI].text
    }

    /// Applies the edits of an action, as an editor would, and returns what is shown then.
    fn apply(&mut self, action: &Value) -> Vec<String> {
        let mut edits = action["edit"]["changes"][URI]
            .as_array()
            .expect("edits")
            .clone();
        // Each edit is about the text before all of them.
        edits.reverse();
        let edits = edits.into_iter();
        let changes = edits.map(|it| json!({"range": it["range"], "text": it["newText"]}));
        shown(&self.send([change(9, changes.collect())]))
    }
}

/// Checks that a message is as the specification has it.
fn is_valid(message: &Value) {
    let params = &message["params"];
    match message["method"].as_str() {
        None => {}
        Some("textDocument/publishDiagnostics") => typed::<lsp::PublishDiagnosticsParams>(params),
        Some("workspace/configuration") => typed::<lsp::ConfigurationParams>(params),
        Some("client/registerCapability") => {
            typed::<lsp::RegistrationParams>(params);
            for registration in params["registrations"].as_array().expect("a list") {
                let options = &registration["registerOptions"];
                typed::<lsp::DidChangeWatchedFilesRegistrationOptions>(options);
            }
        }
        Some("window/showMessage") => typed::<lsp::ShowMessageParams>(params),
        Some("window/logMessage") => typed::<lsp::LogMessageParams>(params),
        Some("workspace/codeLens/refresh") => assert!(params.is_null()),
        Some(other) => panic!("{other}"),
    }
}

/// Checks that a value is one of a type of the specification, with no field but its own.
fn typed<T: DeserializeOwned + Serialize>(value: &Value) {
    let read = serde_json::from_value::<T>(value.clone()).expect("the type of the protocol");
    let written = serde_json::to_value(read).expect("JSON");
    assert_eq!(&written, value);
}

fn request(id: u32, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

fn notification(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

fn open(uri: &str, text: &str) -> Value {
    let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
    notification("textDocument/didOpen", json!({"textDocument": document}))
}

fn change(version: i32, changes: Vec<Value>) -> Value {
    let document = json!({"uri": URI, "version": version});
    let params = json!({"textDocument": document, "contentChanges": changes});
    notification("textDocument/didChange", params)
}

fn replace(version: i32, text: &str) -> Value {
    change(version, vec![json!({"text": text})])
}

fn published(said: &[Value]) -> Vec<&Value> {
    let all = said.iter();
    all.filter(|it| it["method"] == "textDocument/publishDiagnostics")
        .map(|it| &it["params"])
        .collect()
}

/// The diagnostics that are shown at last: line, column, severity and code or message.
fn shown(said: &[Value]) -> Vec<String> {
    let all = published(said);
    let Some(last) = all.last() else {
        return vec!["nothing new".to_owned()];
    };
    let diagnostics = last["diagnostics"].as_array().expect("a list").iter();
    let diagnostics = diagnostics.map(|it| {
        let start = &it["range"]["start"];
        let what = it.get("code").unwrap_or(&it["message"]);
        let what = what.as_str().expect("a text");
        format!(
            "{}:{} {} {what}",
            start["line"], start["character"], it["severity"]
        )
    });
    diagnostics.collect()
}

fn train() -> String {
    fs::read_to_string(project("docs/cli.in/jobs/train.yaml")).expect("a file")
}

#[test]
fn findings_are_shown_where_they_are() {
    let mut session = Session::new(json!({}));
    let said = session.open(&train());
    let findings = ["6:2 1 interactive-backoff", "7:28 2 yaml-boolean"];
    assert_eq!(shown(&said), findings);
    let [all] = published(&said)[..] else {
        panic!("{said:?}")
    };
    assert_eq!(all["version"], 1);
    let first = &all["diagnostics"][0];
    assert_eq!(first["source"], "rayjob-policy");
    assert_eq!(first["range"]["end"], json!({"line": 6, "character": 17}));
    let href = first["codeDescription"]["href"].as_str().expect("a link");
    assert!(href.ends_with("#interactive-backoff"), "{href}");
    let message = first["message"].as_str().expect("a text");
    assert!(message.starts_with("backoffLimit is 2 on an InteractiveMode job; KubeRay refuses"));
    assert!(!message.contains("[interactive-backoff]"), "{message}");
}

#[test]
fn a_message_names_the_field_if_its_line_does_not() {
    let mut session = Session::new(json!({}));
    let text =
        "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: a}\nspec:\n  backoffLimit: -1\n";
    let said = session.open(text);
    let diagnostics = published(&said)[0]["diagnostics"].as_array();
    let messages = diagnostics.expect("a list").iter();
    let messages: Vec<_> = messages.filter_map(|it| it["message"].as_str()).collect();
    let begins = |begin: &str| messages.iter().any(|it| it.starts_with(begin));
    assert!(
        begins("spec.rayClusterSpec: neither rayClusterSpec"),
        "{messages:?}"
    );
    assert!(begins("backoffLimit is -1"), "{messages:?}");
}

#[test]
fn a_file_that_is_not_about_ray_shows_nothing() {
    let mut session = Session::new(json!({}));
    assert!(session.open("a: [").is_empty());
    let beside = format!("a: [\n---\n{}", train());
    assert_eq!(shown(&session.send([replace(2, &beside)])).len(), 2);
    assert!(shown(&session.send([replace(3, "a: [")])).is_empty());
    assert_eq!(shown(&session.send([replace(2, &train())])).len(), 2);
    assert!(shown(&session.send([replace(3, "a: [")])).is_empty());
    assert!(session.send([replace(4, "b: [")]).is_empty());
}

#[test]
fn a_closed_file_shows_nothing() {
    let mut session = Session::new(json!({}));
    session.open(&train());
    let close = notification(
        "textDocument/didClose",
        json!({"textDocument": {"uri": URI}}),
    );
    assert!(shown(&session.send([close.clone()])).is_empty());
    assert!(session.send([close]).is_empty());
}

#[test]
fn what_cannot_be_read_is_shown() {
    let mut session = Session::new(json!({}));
    let text = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: [\n";
    let [told] = &shown(&session.open(text))[..] else {
        panic!("one")
    };
    assert!(told.contains(" 1 cannot be read: "), "{told}");
    let text = "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {{ .Values.a }}\n";
    let [told] = &shown(&session.send([replace(2, text)]))[..] else {
        panic!("one")
    };
    assert!(
        told.contains(" 3 not checked: looks like a Helm template"),
        "{told}"
    );
    let text = train().replace(
        "# try again",
        "# rayjob-policy: ignore[interactive-backoff]",
    );
    let told = shown(&session.send([replace(3, &text)]));
    assert!(
        told[2].contains(" 3 this comment silences nothing"),
        "{told:?}"
    );
}

#[test]
fn positions_are_in_the_encoding_that_the_client_prefers() {
    let text = train().replace("shutdownAfterJobFinishes: yes", "suspend: !!bool \"🚀\"");
    let text = text.replace("# try again", "# é🚀");
    let text = text
        .replace("backoffLimit: 2  ", "backoffLimit: 2 ")
        .replace('\n', "\r\n");
    assert!(text.contains("\r\n"));
    for (offered, named, tail) in [
        (json!(["utf-8", "utf-16"]), "utf-8", 24),
        (json!(["utf-7", "utf-32"]), "utf-32", 20),
        (json!(["utf-16"]), "utf-16", 21),
        (json!(null), "utf-16", 21),
    ] {
        let mut server = Server::default();
        let general = json!({"general": {"positionEncodings": offered}});
        let initialize = request(0, "initialize", json!({"capabilities": general}));
        server.handle(vec![Message::of(initialize.to_string().as_bytes())]);
        let capabilities = &server.out[0]["result"]["capabilities"];
        assert_eq!(capabilities["positionEncoding"], named);
        let mut session = Session { server };
        session.open(&text);
        // Behind the rocket, at the end of the line.
        let at = json!({"line": 6, "character": tail + 2});
        let insert = json!({"range": {"start": at, "end": at}, "text": "|"});
        session.send([change(2, vec![insert])]);
        assert!(
            session.text().contains("# é🚀|\r\n"),
            "{named}: {}",
            session.text()
        );
    }
}

#[test]
fn a_burst_of_changes_is_checked_once() {
    let mut session = Session::new(json!({}));
    let opened = open(URI, "");
    let typed = (2..1002).map(|version| match version % 2 {
        0 => replace(version, "a: 1"),
        _ => replace(version, &train()),
    });
    let said = session.send([opened].into_iter().chain(typed));
    let [all] = published(&said)[..] else {
        panic!("{} messages", said.len())
    };
    assert_eq!(all["version"], 1001);
    assert_eq!(shown(&said).len(), 2);
}

#[test]
fn messages_that_wait_are_taken_together() {
    let (sender, messages) = std::sync::mpsc::channel();
    let typed = (2..=100).map(|version| replace(version, &train()));
    let first = [request(0, "initialize", json!({})), open(URI, "")];
    for message in first.into_iter().chain(typed) {
        sender
            .send(message.to_string().into_bytes())
            .expect("it waits");
    }
    drop(sender);
    let mut said = Vec::new();
    let code = super::serve(&messages, &mut |message| {
        said.push(message.clone());
        Ok(())
    });
    assert_eq!(code.expect("nothing fails"), 1, "no shutdown");
    let [all] = published(&said)[..] else {
        panic!("{} messages", said.len())
    };
    assert_eq!(all["version"], 100);
}

#[test]
fn fixes_are_offered_and_fix() {
    let mut session = Session::new(json!({}));
    session.open(&train());
    let actions = session.actions(6, None);
    let titles: Vec<_> = actions.iter().map(|it| it["title"].as_str()).collect();
    assert_eq!(
        titles,
        [
            Some("Set backoffLimit to 0: the job waits for you and is not retried"),
            Some("Use K8sJobMode: the operator submits the entrypoint and retries it"),
            Some("Ignore interactive-backoff here: write the reason behind the comment"),
            Some("Apply all safe fixes of rayjob-policy"),
        ]
    );
    assert!(
        actions.iter().all(|it| it["isPreferred"] != true),
        "none is safe"
    );
    assert_eq!(actions[0]["diagnostics"][0]["code"], "interactive-backoff");
    assert_eq!(session.apply(&actions[0]), ["7:28 2 yaml-boolean"]);
    assert!(session.text().contains("backoffLimit: 0  # try again\n"));

    let safe = &session.actions(7, Some("quickfix"))[0];
    assert_eq!(safe["isPreferred"], true);
    assert!(session.apply(safe).is_empty());
    assert!(session.actions(7, None).is_empty());
}

#[test]
fn all_safe_fixes_are_applied_at_once() {
    let mut session = Session::new(json!({}));
    session.open(&train().replace('\n', "\r\n"));
    for kind in ["source", "source.fixAll", "source.fixAll.rayjob-policy"] {
        let [all] = &session.actions(0, Some(kind))[..] else {
            panic!("{kind}")
        };
        assert_eq!(all["kind"], "source.fixAll.rayjob-policy");
    }
    for kind in ["source.organizeImports", "source.fix", "refactor", ""] {
        assert!(session.actions(0, Some(kind)).is_empty(), "{kind}");
    }
    let all = &session.actions(0, Some("source.fixAll"))[0];
    assert_eq!(session.apply(all), ["6:2 1 interactive-backoff"]);
    assert!(
        session
            .text()
            .contains("shutdownAfterJobFinishes: true\r\n")
    );
}

#[test]
fn a_comment_silences_once_it_has_a_reason() {
    let mut session = Session::new(json!({}));
    session.open(&train());
    let actions = session.actions(6, None);
    let told = session.apply(&actions[2]);
    assert!(told[2].contains("write a reason"), "{told:?}");
    let comment = "# rayjob-policy: ignore[interactive-backoff]";
    let reasoned = session
        .text()
        .replace(comment, &format!("{comment} our operator is patched"));
    assert_eq!(
        shown(&session.send([replace(10, &reasoned)])),
        ["7:28 2 yaml-boolean"]
    );
}

#[test]
fn edits_name_the_version_where_the_client_can_tell() {
    let workspace = json!({"workspaceEdit": {"documentChanges": true}});
    let mut session = Session::new(json!({"capabilities": {"workspace": workspace}}));
    session.open(&train());
    let edit = &session.actions(6, None)[0]["edit"];
    let document = &edit["documentChanges"][0]["textDocument"];
    assert_eq!(document, &json!({"uri": URI, "version": 1}));
}

#[test]
fn a_finding_is_explained() {
    let hover = json!({"hover": {"contentFormat": ["markdown", "plaintext"]}});
    let mut session = Session::new(json!({"capabilities": {"textDocument": hover}}));
    session.open(&train());
    let mut at = |line: u32, character: u32| {
        let at = json!({"line": line, "character": character});
        let params = json!({"textDocument": {"uri": URI}, "position": at});
        session.ask("textDocument/hover", params)
    };
    assert!(at(0, 0).is_null());
    let told = at(6, 5);
    typed::<lsp::Hover>(&told);
    assert_eq!(told["contents"]["kind"], "markdown");
    let text = told["contents"]["value"].as_str().expect("a text");
    assert!(
        text.starts_with("**interactive-backoff**: deny, "),
        "{text}"
    );
    assert!(
        text.contains("Source: `") && text.contains("Why: "),
        "{text}"
    );
    let told = at(7, 30).to_string();
    assert!(told.contains("**yaml-boolean**"), "{told}");

    let plain = json!({"hover": {"contentFormat": ["plaintext"]}});
    let mut session = Session::new(json!({"capabilities": {"textDocument": plain}}));
    session.open(&train());
    let at = json!({"line": 6, "character": 5});
    let params = json!({"textDocument": {"uri": URI}, "position": at});
    let told = session.ask("textDocument/hover", params);
    assert_eq!(told["contents"]["kind"], "plaintext");
}

#[test]
fn a_lens_says_which_releases_accept_an_object() {
    let mut session = Session::new(json!({}));
    let text = format!(
        "{}---\n{}",
        train(),
        train().replace("InteractiveMode", "K8sJobMode")
    );
    session.open(&text);
    let lenses = session.ask(
        "textDocument/codeLens",
        json!({"textDocument": {"uri": URI}}),
    );
    let lenses = lenses.as_array().expect("a list");
    lenses.iter().for_each(typed::<lsp::CodeLens>);
    let told: Vec<_> = lenses
        .iter()
        .map(|it| it["command"]["title"].as_str())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].is_some_and(|it| it.starts_with("KubeRay 1.3")),
        "{told:?}"
    );
    assert_eq!(lenses[0]["range"]["start"]["line"], 1);
    let kind = json!({"line": 1, "character": 8});
    let params = json!({"textDocument": {"uri": URI}, "position": kind});
    let hover = session.ask("textDocument/hover", params);
    typed::<lsp::Hover>(&hover);
    assert_eq!(hover["contents"]["value"], lenses[0]["command"]["title"]);
}

/// A folder with settings, and the URI of a document there.
fn folder(settings: &str) -> (tempfile::TempDir, Value, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(".rayjob-policy.yaml"), settings).expect("a file");
    let uri = |path: &Path| uri::of_path(path);
    let root = json!([{"uri": uri(folder.path()), "name": "jobs"}]);
    let document = uri(&folder.path().join("train.yaml"));
    (folder, root, document)
}

#[test]
fn the_settings_of_the_folder_apply() {
    let (folder, root, document) = folder("rules: {interactive-backoff: warn}");
    let mut session = Session::new(json!({"workspaceFolders": root}));
    let told = shown(&session.send([open(&document, &train())]));
    assert_eq!(told[0], "6:2 2 interactive-backoff");

    let file = folder.path().join(".rayjob-policy.yaml");
    let changed = json!({"changes": [{"uri": uri::of_path(&file), "type": 2}]});
    let changed = notification("workspace/didChangeWatchedFiles", changed);
    fs::write(&file, "rules: {interactive-backoff: off, yaml: 1}").expect("a file");
    let said = session.send([changed.clone()]);
    let window = said.iter().find(|it| it["method"] == "window/showMessage");
    let window = window.expect("a message")["params"]["message"].to_string();
    assert!(window.contains(".rayjob-policy.yaml: "), "{window}");
    let all = published(&said);
    let about = |uri: &str| all.iter().find(|it| it["uri"] == uri).expect("diagnostics");
    assert_eq!(about(&document)["diagnostics"], json!([]));
    let fault = &about(&uri::of_path(&file))["diagnostics"][0];
    assert_eq!(fault["severity"], 1, "{fault}");
    let message = fault["message"].as_str().expect("a text");
    assert!(
        message.ends_with(": nothing is checked with these settings"),
        "{message}"
    );
    assert!(session.send([changed.clone()]).is_empty(), "told once");

    fs::write(&file, "kuberayVersion: 1.6").expect("a file");
    let said = session.send([changed]);
    let all = published(&said);
    assert_eq!(all.len(), 2, "{said:?}");
    let about = |uri: &str| all.iter().find(|it| it["uri"] == uri).expect("diagnostics");
    assert_eq!(about(&uri::of_path(&file))["diagnostics"], json!([]));
    assert_eq!(
        about(&document)["diagnostics"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_folder_that_is_added_brings_its_settings() {
    let (_folder, root, document) = folder("rules: {interactive-backoff: warn}");
    let mut session = Session::new(json!({}));
    // Without its root, a folder above is not searched.
    let below = document.replace("train.yaml", "below/train.yaml");
    let change = |added: &Value, removed: &Value| {
        let event = json!({"event": {"added": added, "removed": removed}});
        notification("workspace/didChangeWorkspaceFolders", event)
    };
    let none = json!([]);
    let mut level = |messages: Vec<Value>| shown(&session.send(messages))[0].clone();
    let told = level(vec![open(&below, &train())]);
    assert_eq!(told, "6:2 1 interactive-backoff");
    assert_eq!(
        level(vec![change(&root, &none)]),
        "6:2 2 interactive-backoff"
    );
    assert_eq!(
        level(vec![change(&none, &root)]),
        "6:2 1 interactive-backoff"
    );
}

#[test]
fn settings_files_are_watched_where_the_client_can() {
    let watch = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut session = Session::new(json!({}));
    assert!(
        session
            .send([notification("initialized", json!({}))])
            .is_empty()
    );
    let mut session = Session::new(json!({"capabilities": watch}));
    let said = session.send([notification("initialized", json!({}))]);
    assert_eq!(said[0]["method"], "client/registerCapability");
    let again = session.send([notification("initialized", json!({}))]);
    assert_ne!(said[0]["id"], again[0]["id"]);
}

#[test]
fn the_client_may_have_settings() {
    let sidecar = train().replace("InteractiveMode", "SidecarMode");
    let mut session = Session::new(json!({"initializationOptions": {"kuberay": "1.4"}}));
    assert!(
        shown(&session.open(&sidecar))
            .concat()
            .contains("trap-unknown-mode")
    );
    let given = json!({"settings": {"rayjob-policy": {"kuberay": "1.7"}}});
    let said = session.send([notification("workspace/didChangeConfiguration", given)]);
    assert!(!shown(&said).concat().contains("trap-unknown-mode"));
    let empty = json!({"settings": {"rayjob-policy": {"kuberay": "", "settings": ""}}});
    let said = session.send([notification("workspace/didChangeConfiguration", empty)]);
    assert!(
        said.iter().all(|it| it["method"] != "window/showMessage"),
        "{said:?}"
    );
    let wrong = json!({"settings": {"rayjob-policy": {"kuberay": "0.9"}}});
    let said = session.send([notification("workspace/didChangeConfiguration", wrong)]);
    assert_eq!(said[0]["method"], "window/showMessage");

    let workspace = json!({"configuration": true, "codeLens": {"refreshSupport": true}});
    let mut session = Session::new(json!({"capabilities": {"workspace": workspace}}));
    session.open(&sidecar);
    let given = notification(
        "workspace/didChangeConfiguration",
        json!({"settings": null}),
    );
    let said = session.send([given]);
    assert_eq!(said[0]["method"], "workspace/configuration");
    let id = &said[0]["id"];
    let other = json!({"jsonrpc": "2.0", "id": 99, "result": [{"kuberay": "1.4"}]});
    assert!(session.send([other]).is_empty());
    let said = session.send([json!({"jsonrpc": "2.0", "id": id, "result": [{"kuberay": "1.4"}]})]);
    assert_eq!(said[0]["method"], "workspace/codeLens/refresh");
    assert!(shown(&said).concat().contains("trap-unknown-mode"));
}

#[test]
fn a_part_of_an_object_is_not_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let kustomization = "patches: [{path: train.yaml}]\n";
    fs::write(folder.path().join("kustomization.yaml"), kustomization).expect("a file");
    let mut session = Session::new(json!({}));
    let uri = uri::of_path(&folder.path().join("train.yaml"));
    let [told] = &shown(&session.send([open(&uri, &train())]))[..] else {
        panic!("one")
    };
    assert!(told.starts_with("1:0 3 not judged: this patch"), "{told}");
}

/// The code of the error that answers a message.
fn code(session: &mut Session, message: &str) -> Value {
    session.server.handle(vec![Message::of(message.as_bytes())]);
    let said: Vec<_> = session.server.out.drain(..).collect();
    assert_eq!(said.len(), 1, "{message}: {said:?}");
    said[0]["error"]["code"].clone()
}

#[test]
fn a_cancelled_request_is_not_worked_on() {
    let mut session = Session::new(json!({}));
    let params = json!({"textDocument": {"uri": URI}});
    let lens = |id| request(id, "textDocument/codeLens", params.clone());
    let cancel = |id: Value| notification("$/cancelRequest", json!({"id": id}));
    let said = session.send([open(URI, &train()), lens(7), lens(8), cancel(json!(7))]);
    assert_eq!(
        (&said[0]["id"], &said[0]["error"]["code"]),
        (&json!(7), &json!(-32800))
    );
    assert_eq!(said[1]["result"].as_array().map(Vec::len), Some(1));
    let other = notification("$/progress", json!({"id": 9}));
    let said = session.send([lens(9), other]);
    assert_eq!(said[0]["result"].as_array().map(Vec::len), Some(1));
    assert!(
        session
            .send([cancel(json!(7)), cancel(json!("x")), cancel(json!(null))])
            .is_empty()
    );
}

#[test]
fn exit_ends_the_server() {
    let mut session = Session::new(json!({}));
    let exit = notification("exit", json!({})).to_string();
    let late = open(URI, &train()).to_string();
    let batch = [exit, late].map(|text| Message::of(text.as_bytes()));
    assert!(session.server.handle(batch.into()));
    assert!(session.server.out.is_empty());
}

#[test]
fn requests_come_in_the_order_of_the_protocol() {
    let server = Server::default();
    let mut session = Session { server };
    let hover = request(1, "textDocument/hover", json!({})).to_string();
    assert_eq!(code(&mut session, &hover), -32002);
    assert!(session.open(&train()).is_empty());
    let mut session = Session::new(json!({}));
    let initialize = request(1, "initialize", json!({})).to_string();
    assert_eq!(code(&mut session, &initialize), -32600);
    let shutdown = request(1, "shutdown", json!(null));
    assert_eq!(
        session.send([shutdown])[0].get("result"),
        Some(&Value::Null)
    );
    assert_eq!(code(&mut session, &hover), -32600);
    assert!(session.open(&train()).is_empty());
}

#[test]
fn what_is_no_message_is_answered_with_an_error() {
    let mut session = Session::new(json!({}));
    let deep = "[".repeat(100_000);
    for (message, expected) in [
        ("{", -32700),
        ("\u{0}", -32700),
        (&*deep, -32700),
        ("null", -32600),
        ("[]", -32600),
        (r#"{"id": null}"#, -32600),
        (r#"{"method": 1, "id": 1}"#, -32600),
        (r#"{"method": "x", "id": []}"#, -32600),
        (r#"{"method": "x", "id": 1}"#, -32601),
        (r#"{"method": "$/x", "id": "a"}"#, -32601),
        (r#"{"method": "textDocument/hover", "id": 1}"#, -32602),
        (
            r#"{"method": "textDocument/codeLens", "id": 1, "params": []}"#,
            -32602,
        ),
        (
            r#"{"method": "textDocument/codeAction", "id": 1, "params": {"range": {"start": 1}}}"#,
            -32602,
        ),
    ] {
        assert_eq!(code(&mut session, message), expected, "{message:.60}");
    }
}

#[test]
fn hostile_notifications_change_nothing() {
    let mut session = Session::new(json!({}));
    session.open(&train());
    let before = session.text().to_owned();
    let at = |line: i64| json!({"line": line, "character": 0});
    let document = json!({"uri": URI, "version": 2});
    for params in [
        json!(null),
        json!([]),
        json!({"textDocument": document}),
        json!({"textDocument": document, "contentChanges": [{"text": 1}]}),
        json!({"textDocument": document, "contentChanges": [
            {"text": "x"}, {"range": {"start": at(-1), "end": at(0)}, "text": "x"},
        ]}),
        json!({"textDocument": {"uri": "file:///other"}, "contentChanges": [{"text": "x"}]}),
    ] {
        let said = session.send([notification("textDocument/didChange", params)]);
        assert_eq!(said[0]["method"], "window/logMessage");
        assert_eq!(session.text(), before);
    }
    for (method, params) in [
        ("textDocument/didOpen", json!(null)),
        (
            "textDocument/didOpen",
            json!({"textDocument": {"uri": 1, "text": "a"}}),
        ),
        ("textDocument/didClose", json!({"textDocument": 1})),
        (
            "workspace/didChangeWorkspaceFolders",
            json!({"event": {"added": [1, {"uri": 2}]}}),
        ),
        ("$/setTrace", json!({"value": "off"})),
        ("unknown", json!(1)),
    ] {
        session.send([notification(method, params)]);
    }
    assert_eq!(session.text(), before);
}

/// The JSON Pointers of all parts of a value, itself included.
fn pointers(value: &Value) -> Vec<String> {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, it)| (pointer_step(key), it))
            .collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, it)| (index.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    let below = parts.into_iter().flat_map(|(key, part)| {
        let below = pointers(part).into_iter();
        below.map(move |pointer| format!("/{key}{pointer}"))
    });
    std::iter::once(String::new()).chain(below).collect()
}

/// Each part of each message is replaced by something else.
#[test]
fn no_message_ends_the_server() {
    let at = json!({"line": 6, "character": 3});
    let place = json!({"start": at, "end": at});
    let document = json!({"uri": URI});
    let capabilities = json!({
        "general": {"positionEncodings": ["utf-8"]},
        "workspace": {"configuration": true, "workspaceEdit": {"documentChanges": true}},
    });
    let initialize = request(
        0,
        "initialize",
        json!({
            "capabilities": capabilities,
            "workspaceFolders": [{"uri": "file:///jobs", "name": "jobs"}],
            "initializationOptions": {"settings": "x.yaml", "kuberay": "1.7"},
        }),
    );
    let about = |params: Value| {
        let mut params = params;
        params["textDocument"] = document.clone();
        params
    };
    let folders = json!({"event": {"added": [{"uri": "file:///a"}], "removed": []}});
    let messages = [
        initialize.clone(),
        notification("initialized", json!({})),
        json!({"id": 1, "result": [{"kuberay": "1.6"}]}),
        open(URI, &train()),
        change(
            2,
            vec![
                json!({"range": place, "text": "x"}),
                json!({"text": train()}),
            ],
        ),
        request(1, "textDocument/hover", about(json!({"position": at}))),
        request(
            2,
            "textDocument/codeAction",
            about(json!({"range": place, "context": {"only": ["x"]}})),
        ),
        request(3, "textDocument/codeLens", about(json!({}))),
        notification(
            "workspace/didChangeConfiguration",
            json!({"settings": {"rayjob-policy": {}}}),
        ),
        notification("workspace/didChangeWorkspaceFolders", folders),
        notification("textDocument/didSave", about(json!({}))),
        notification("$/cancelRequest", json!({"id": 1})),
        notification("textDocument/didClose", about(json!({}))),
    ];
    let others =
        json!([null, true, -1, 1.5, u64::MAX, "", "🚀", "file:///%", [], [1], {}, {"uri": 1}]);
    let mut tried = 0;
    for message in &messages {
        for pointer in pointers(message) {
            for other in others.as_array().expect("a list") {
                let mut hostile = message.clone();
                *hostile.pointer_mut(&pointer).expect("a part") = other.clone();
                let mut server = Server::default();
                let begin = match message == &initialize {
                    true => Vec::new(),
                    false => vec![&initialize],
                };
                let batch = begin.into_iter().chain([&hostile]).chain(&messages[1..]);
                let batch = batch.map(|it| Message::of(it.to_string().as_bytes()));
                assert!(!server.handle(batch.collect()));
                assert!(!server.out.is_empty(), "{hostile}");
                tried += 1;
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}
