//! What the client can do, and what it is asked and told.

use serde_json::{Value, json};

use super::text::Encoding;

/// What the server must know of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The encoding of positions.
    pub encoding: Encoding,
    /// Whether it reads Markdown.
    pub reads_markdown: bool,
    /// Whether an edit may name the version of the document.
    pub edits_versions: bool,
    /// Whether it can be asked for settings.
    pub has_configuration: bool,
    /// Whether it can be told which files to watch.
    pub watches_files: bool,
    /// Whether it can be told to ask for lenses again.
    pub refreshes_lenses: bool,
}

impl Client {
    /// Reads the parameters of `initialize`.
    pub fn of(params: &Value) -> Self {
        let flag = |pointer: &str| params.pointer(pointer).and_then(Value::as_bool) == Some(true);
        let words = |pointer: &str| {
            let words = params.pointer(pointer).and_then(Value::as_array);
            words.into_iter().flatten().filter_map(Value::as_str)
        };
        // The client lists what it prefers first.
        let encoding = words("/capabilities/general/positionEncodings").find_map(Encoding::named);
        let mut formats = words("/capabilities/textDocument/hover/contentFormat");
        Self {
            encoding: encoding.unwrap_or(Encoding::Utf16),
            reads_markdown: formats.any(|format| format == "markdown"),
            edits_versions: flag("/capabilities/workspace/workspaceEdit/documentChanges"),
            has_configuration: flag("/capabilities/workspace/configuration"),
            watches_files: flag(
                "/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration",
            ),
            refreshes_lenses: flag("/capabilities/workspace/codeLens/refreshSupport"),
        }
    }

    /// The result of `initialize`.
    pub fn initialize_result(self) -> Value {
        json!({
            "capabilities": {
                "positionEncoding": self.encoding.name(),
                "textDocumentSync": {"openClose": true, "change": 2, "save": {}},
                "hoverProvider": true,
                "codeActionProvider": {"codeActionKinds": ["quickfix", super::actions::FIX_ALL]},
                "codeLensProvider": {"resolveProvider": false},
                "workspace": {
                    "workspaceFolders": {"supported": true, "changeNotifications": true},
                },
            },
            "serverInfo": {"name": "rayjob-policy", "version": env!("CARGO_PKG_VERSION")},
        })
    }
}

/// Why a request fails.
#[derive(Debug)]
pub struct Failure {
    /// The code of the protocol.
    pub code: i32,
    /// What is wrong.
    pub message: String,
}

impl Failure {
    /// The text is not JSON.
    pub const PARSE_ERROR: i32 = -32700;
    /// The request comes at the wrong time, or is none.
    pub const INVALID_REQUEST: i32 = -32600;
    /// The method is unknown.
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// The parameters are not those of the method.
    pub const INVALID_PARAMS: i32 = -32602;
    /// The client has sent no `initialize` yet.
    pub const NOT_INITIALIZED: i32 = -32002;
    /// The client has cancelled the request.
    pub const CANCELLED: i32 = -32800;

    /// A failure with this code.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }
}

/// The answer to a request; its ID is null if it is not known.
pub fn answer(id: &Value, result: Result<Value, Failure>) -> Value {
    match result {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(Failure { code, message }) => {
            let error = json!({"code": code, "message": message});
            json!({"jsonrpc": "2.0", "id": id, "error": error})
        }
    }
}

/// A request of the server; its answer is found by its ID.
pub fn request(id: u64, method: &str, params: Value) -> Value {
    let mut request = json!({"jsonrpc": "2.0", "id": id, "method": method});
    if !params.is_null() {
        request["params"] = params;
    }
    request
}

/// A notification of the server.
pub fn notification(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

/// A message in the client's window about something that is wrong.
pub fn warning(message: &str) -> Value {
    let params = json!({"type": 2, "message": format!("rayjob-policy: {message}")});
    notification("window/showMessage", params)
}
