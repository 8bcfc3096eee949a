//! The server: handles the client's messages in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::Receiver;
use std::{io, iter, mem};

use rayjob_policy_core::settings::Settings;
use rayjob_policy_manifest::{Checked, Options, Source, releases};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::{Client, Failure, answer, notification, request, warning};
use super::text::{self, Change, Lines, Place, Position};
use super::workspace::{Fault, SECTION, Workspace};
use super::{DISCONNECTED, WAITING, actions, view};
use crate::partial::Partials;
use crate::{settings, uri};

/// Serves the client that sends these messages, and returns the exit code.
///
/// Messages that wait are handled together, and documents are checked after them: while a user
/// types, only the last text is checked.
///
/// # Errors
/// If a message cannot be sent.
pub fn serve(
    messages: &Receiver<Vec<u8>>,
    send: &mut dyn FnMut(&Value) -> io::Result<()>,
) -> io::Result<u8> {
    let mut server = Server::default();
    while let Ok(first) = messages.recv() {
        let batch = iter::once(first).chain(messages.try_iter().take(WAITING));
        let batch: Vec<_> = batch.map(|text| Message::of(&text)).collect();
        let has_ended = server.handle(batch);
        for message in server.out.drain(..) {
            send(&message)?;
        }
        if has_ended {
            break;
        }
    }
    Ok(match server.state {
        State::ShutDown => 0,
        _ => DISCONNECTED,
    })
}

/// A message of the client.
enum Message {
    Request {
        id: Value,
        method: String,
        params: Value,
    },
    Notification {
        method: String,
        params: Value,
    },
    /// The answer to a request of the server.
    Response {
        id: Value,
        result: Value,
    },
    Unreadable(Failure),
}

impl Message {
    fn of(text: &[u8]) -> Self {
        let mut message: Value = match serde_json::from_slice(text) {
            Ok(message) => message,
            Err(error) => {
                return Self::Unreadable(Failure::new(Failure::PARSE_ERROR, error.to_string()));
            }
        };
        let mut part = |name: &str| message.get_mut(name).map(Value::take);
        let (id, method) = (part("id"), part("method"));
        match (id, method) {
            (None, Some(Value::String(method))) => Self::Notification {
                method,
                params: part("params").unwrap_or_default(),
            },
            (Some(id @ (Value::Number(_) | Value::String(_))), Some(Value::String(method))) => {
                Self::Request {
                    id,
                    method,
                    params: part("params").unwrap_or_default(),
                }
            }
            (Some(id), None) if !id.is_null() => Self::Response {
                id,
                result: part("result").unwrap_or_default(),
            },
            _ => {
                let what = "the message is neither a request nor a notification nor a response";
                Self::Unreadable(Failure::new(Failure::INVALID_REQUEST, what))
            }
        }
    }
}

/// Where the conversation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    New,
    Serving(Client),
    ShutDown,
}

/// A document that is open in the client.
struct Document {
    text: String,
    version: Value,
    /// The result of the last check; `None` if something has changed since.
    checked: Option<Result<Checked, Fault>>,
    /// Whether nothing has been published about it since.
    is_new: bool,
}

impl Document {
    fn new(text: String, version: Value) -> Self {
        Self {
            text,
            version,
            checked: None,
            is_new: true,
        }
    }

    fn check_again(&mut self) {
        self.checked = None;
        self.is_new = true;
    }

    /// What is found in it.
    fn checked(&mut self, uri: &str, workspace: &Workspace) -> Result<&Checked, &Fault> {
        let check = || {
            let path = uri::to_path(uri);
            let settings = workspace.settings(path.as_deref(), None)?;
            let mut checked = view::check(&self.text, &options(settings));
            if !checked.documents.is_empty()
                && let Some(reason) = path.and_then(|path| Partials::default().reason(&path))
            {
                checked.pass_over(reason);
            }
            Ok(checked)
        };
        self.checked.get_or_insert_with(check).as_ref()
    }
}

fn options<'o>(settings: Option<Settings>) -> Options<'o> {
    Options {
        settings,
        only_ray: true,
        ..Options::default()
    }
}

#[derive(Default)]
struct Server {
    state: State,
    workspace: Workspace,
    /// The client's settings in `initialize`.
    initial: Value,
    /// The client's settings that apply.
    given: Option<Value>,
    /// How many requests the server has made; the last number is an ID.
    asked: u64,
    /// The ID of the last request for the client's settings.
    asked_for_settings: Option<u64>,
    /// By their URIs.
    documents: BTreeMap<String, Document>,
    /// The settings files that cannot be used, by their URIs.
    faults: BTreeMap<String, Fault>,
    /// The URIs for which the client shows something.
    shown: BTreeSet<String>,
    /// What is to be sent.
    out: Vec<Value>,
}

impl Server {
    /// Handles messages and publishes what has changed. Returns whether the client sent `exit`.
    fn handle(&mut self, batch: Vec<Message>) -> bool {
        let cancelled: Vec<_> = batch
            .iter()
            .filter_map(|message| match message {
                Message::Notification { method, params } if method == "$/cancelRequest" => {
                    params.get("id").cloned()
                }
                _ => None,
            })
            .collect();
        for message in batch {
            match message {
                Message::Notification { method, .. } if method == "exit" => return true,
                Message::Notification { method, params } => self.on_notification(&method, params),
                Message::Request { id, method, params } => {
                    let result = match cancelled.contains(&id) {
                        true => Err(Failure::new(Failure::CANCELLED, "cancelled")),
                        false => self.on_request(&method, &params),
                    };
                    self.out.push(answer(&id, result));
                }
                Message::Response { id, result } => self.on_response(&id, &result),
                Message::Unreadable(failure) => self.out.push(answer(&Value::Null, Err(failure))),
            }
        }
        self.publish();
        false
    }

    fn on_request(&mut self, method: &str, params: &Value) -> Result<Value, Failure> {
        let client = match (self.state, method) {
            (State::New, "initialize") => return Ok(self.initialize(params)),
            (State::New, _) => {
                return Err(Failure::new(
                    Failure::NOT_INITIALIZED,
                    "the first request must be initialize",
                ));
            }
            (State::ShutDown, _) | (_, "initialize") => {
                let what = format!("{method} is not possible now");
                return Err(Failure::new(Failure::INVALID_REQUEST, what));
            }
            (State::Serving(client), _) => client,
        };
        match method {
            "shutdown" => {
                self.state = State::ShutDown;
                Ok(Value::Null)
            }
            "textDocument/hover" => self.hover(client, params),
            "textDocument/codeAction" => self.actions(client, params),
            "textDocument/codeLens" => self.lenses(client, params),
            _ => {
                let what = format!("unknown method {method}");
                Err(Failure::new(Failure::METHOD_NOT_FOUND, what))
            }
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let client = Client::of(params);
        self.state = State::Serving(client);
        self.workspace.open(params);
        self.initial = params["initializationOptions"].clone();
        client.initialize_result()
    }

    fn hover(&mut self, client: Client, params: &Value) -> Result<Value, Failure> {
        let at: Position = read(&params["position"])?;
        let uri = uri_of(params)?;
        if let Some((document, checked)) = self.checked(uri) {
            let lines = Lines::new(&document.text, client.encoding);
            if let Some(told) = view::hover(checked, &lines, at, client.reads_markdown) {
                return Ok(told);
            }
        }
        // Not every editor shows lenses.
        let objects = self.summaries(client, uri, Some(at)).into_iter();
        let mut told = objects.map(|(place, summary)| {
            json!({"contents": {"kind": "plaintext", "value": summary}, "range": place})
        });
        Ok(told.next().unwrap_or_default())
    }

    fn actions(&mut self, client: Client, params: &Value) -> Result<Value, Failure> {
        let place: Place = read(&params["range"])?;
        let uri = uri_of(params)?;
        let Ok(settings) = self.workspace.settings(uri::to_path(uri).as_deref(), None) else {
            return Ok(json!([]));
        };
        Ok(match self.checked(uri) {
            Some((document, checked)) => {
                let request = actions::Request {
                    client,
                    uri,
                    version: &document.version,
                    text: &document.text,
                    checked,
                    options: &options(settings),
                    place,
                    only: &params["context"]["only"],
                };
                request.actions()
            }
            None => json!([]),
        })
    }

    fn lenses(&mut self, client: Client, params: &Value) -> Result<Value, Failure> {
        let objects = self.summaries(client, uri_of(params)?, None).into_iter();
        // A lens without a command is only read.
        let lenses = objects.map(|(place, summary)| {
            json!({"range": place, "command": {"title": summary, "command": ""}})
        });
        Ok(lenses.collect())
    }

    /// The place of each object of a document, or only of one at a position, and the releases
    /// that it suits.
    fn summaries(
        &mut self,
        client: Client,
        uri: &str,
        at: Option<Position>,
    ) -> Vec<(Place, String)> {
        let path = uri::to_path(uri);
        let places: Vec<_> = match self.checked(uri) {
            Some((document, checked)) => {
                let lines = Lines::new(&document.text, client.encoding);
                let documents = checked.documents.iter();
                documents.map(|it| lines.place(it.span.range())).collect()
            }
            None => Vec::new(),
        };
        let is_meant = |place: &Place| at.is_none_or(|at| place.start <= at && at <= place.end);
        let Some(document) = self
            .documents
            .get(uri)
            .filter(|_| places.iter().any(is_meant))
        else {
            return Vec::new();
        };
        let settings = |release| {
            let settings = self.workspace.settings(path.as_deref(), Some(release));
            settings.ok().flatten()
        };
        let source = Source::new(&document.text);
        let summaries = releases::summaries(&source, &options(None), &settings);
        let objects = places.into_iter().zip(summaries);
        objects.filter(|(place, _)| is_meant(place)).collect()
    }

    /// A document and what is found in it; `None` if it is not open, or cannot be checked.
    fn checked(&mut self, uri: &str) -> Option<(&Document, &Checked)> {
        let document = self.documents.get_mut(uri)?;
        document.checked(uri, &self.workspace).ok()?;
        let document = &*document;
        let checked = document.checked.as_ref()?.as_ref().ok()?;
        Some((document, checked))
    }

    fn on_notification(&mut self, method: &str, mut params: Value) {
        let State::Serving(client) = self.state else {
            return;
        };
        match method {
            "initialized" => {
                if client.watches_files {
                    self.watch();
                }
                self.configure(client, &Value::Null);
                self.take_settings(client, &Value::Null);
            }
            "textDocument/didOpen" => {
                let text = taken(&mut params, "/textDocument/text");
                if let (Value::String(text), Ok(uri)) = (text, uri_of(&params)) {
                    let version = params["textDocument"]["version"].clone();
                    let opened = Document::new(text, version);
                    self.documents.insert(uri.to_owned(), opened);
                }
            }
            "textDocument/didChange" => {
                if let Err(failure) = self.change(client, params) {
                    let what = format!("didChange: {}", failure.message);
                    let params = json!({"type": 1, "message": what});
                    self.out.push(notification("window/logMessage", params));
                }
            }
            "textDocument/didClose" => {
                if let Ok(uri) = uri_of(&params) {
                    self.documents.remove(uri);
                }
            }
            // A file that was saved may be one that the others depend on.
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.check_again(client),
            "workspace/didChangeWorkspaceFolders" => {
                self.workspace.change_folders(&params["event"]);
                self.check_again(client);
            }
            "workspace/didChangeConfiguration" => {
                self.take_settings(client, &params["settings"][SECTION]);
            }
            _ => {}
        }
    }

    fn change(&mut self, client: Client, mut params: Value) -> Result<(), Failure> {
        let changes: Vec<Change> = read(&taken(&mut params, "/contentChanges"))?;
        let document = self.documents.get_mut(uri_of(&params)?);
        let what = "the document is not open";
        let document = document.ok_or(Failure::new(Failure::INVALID_PARAMS, what))?;
        for change in &changes {
            text::apply(&mut document.text, change, client.encoding);
        }
        document.version = params["textDocument"]["version"].clone();
        document.check_again();
        Ok(())
    }

    /// Asks to be told when a settings file changes.
    fn watch(&mut self) {
        let watchers = json!([{"globPattern": format!("**/{}", settings::FILE)}]);
        let registration = json!({
            "id": "settings",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": {"watchers": watchers},
        });
        let params = json!({"registrations": [registration]});
        self.send_request("client/registerCapability", params);
    }

    /// Sends a request and returns its ID.
    fn send_request(&mut self, method: &str, params: Value) -> u64 {
        self.asked += 1;
        self.out.push(request(self.asked, method, params));
        self.asked
    }

    /// Asks for the client's settings or, if it cannot be asked, takes those that it sends.
    fn take_settings(&mut self, client: Client, sent: &Value) {
        if client.has_configuration {
            let params = json!({"items": [{"section": SECTION}]});
            self.asked_for_settings = Some(self.send_request("workspace/configuration", params));
        } else {
            self.configure(client, sent);
        }
    }

    /// Takes over the client's settings; without any, those from its start.
    fn configure(&mut self, client: Client, given: &Value) {
        let is_given = given.as_object().is_some_and(|given| !given.is_empty());
        let given = if is_given { given } else { &self.initial };
        if self.given.as_ref() == Some(given) {
            return;
        }
        if let Err(message) = self.workspace.configure(given) {
            self.out.push(warning(&message));
        }
        self.given = Some(given.clone());
        self.check_again(client);
    }

    fn on_response(&mut self, id: &Value, result: &Value) {
        let is_settings = id.as_u64().is_some() && id.as_u64() == self.asked_for_settings;
        if let (State::Serving(client), true) = (self.state, is_settings) {
            self.configure(client, &result[0]);
        }
    }

    fn check_again(&mut self, client: Client) {
        for document in self.documents.values_mut() {
            document.check_again();
        }
        if client.refreshes_lenses && !self.documents.is_empty() {
            self.send_request("workspace/codeLens/refresh", Value::Null);
        }
    }

    /// Checks what has changed, and publishes what the client does not show yet.
    fn publish(&mut self) {
        let State::Serving(client) = self.state else {
            return;
        };
        let is_shown =
            |uri: &String| self.documents.contains_key(uri) || self.faults.contains_key(uri);
        let closed = self.shown.iter().filter(|uri| !is_shown(uri));
        let mut changed: BTreeSet<_> = closed.cloned().collect();
        let mut faults = BTreeMap::new();
        for (uri, document) in &mut self.documents {
            if let Err(fault) = document.checked(uri, &self.workspace) {
                faults.insert(uri::of_path(&fault.file), fault.clone());
            }
            if mem::take(&mut document.is_new) {
                changed.insert(uri.clone());
            }
        }
        for (uri, fault) in &faults {
            if self.faults.get(uri) != Some(fault) {
                self.out.push(warning(&format!(
                    "{}: {}",
                    fault.file.display(),
                    fault.summary()
                )));
                changed.insert(uri.clone());
            }
        }
        let corrected = self.faults.keys().filter(|uri| !faults.contains_key(*uri));
        changed.extend(corrected.cloned());
        self.faults = faults;
        for uri in changed {
            self.publish_file(client, &uri);
        }
    }

    /// Publishes the diagnostics of a file, unless there are none and none are shown.
    fn publish_file(&mut self, client: Client, uri: &str) {
        let mut params = json!({"uri": uri});
        let mut diagnostics = Vec::new();
        if let Some(document) = self.documents.get(uri) {
            if document.version.is_i64() {
                params["version"] = document.version.clone();
            }
            if let Some(Ok(checked)) = &document.checked {
                let lines = Lines::new(&document.text, client.encoding);
                diagnostics = view::diagnostics(checked, &lines);
            }
        }
        diagnostics.extend(self.faults.get(uri).map(view::fault));
        let was_shown = self.shown.remove(uri);
        if !diagnostics.is_empty() {
            self.shown.insert(uri.to_owned());
        }
        if was_shown || !diagnostics.is_empty() {
            params["diagnostics"] = diagnostics.into();
            self.out
                .push(notification("textDocument/publishDiagnostics", params));
        }
    }
}

/// Takes out a part of a message; null if there is none.
fn taken(params: &mut Value, pointer: &str) -> Value {
    let part = params.pointer_mut(pointer);
    part.map(Value::take).unwrap_or_default()
}

/// The URI of the document that a message is about.
fn uri_of(params: &Value) -> Result<&str, Failure> {
    let uri = params["textDocument"]["uri"].as_str();
    uri.ok_or_else(|| Failure::new(Failure::INVALID_PARAMS, "the message names no document"))
}

fn read<T: DeserializeOwned>(params: &Value) -> Result<T, Failure> {
    T::deserialize(params).map_err(|error| Failure::new(Failure::INVALID_PARAMS, error.to_string()))
}

#[cfg(test)]
mod tests;
