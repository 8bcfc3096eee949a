//! Input that no API server sends, and the required answers of a policy.

/// One change of some bytes: the position, the kind of change, and a byte for it.
pub type Injury = (usize, u8, u8);

/// The bytes with some inserted, changed, removed or repeated.
pub fn mutilate(mut bytes: Vec<u8>, injuries: &[Injury]) -> Vec<u8> {
    for &(at, what, byte) in injuries {
        let at = at % (bytes.len() + 1);
        let end = bytes.len().min(at + usize::from(byte % 32));
        match what % 4 {
            0 => bytes.insert(at, byte),
            1 => bytes[at..end].fill(byte),
            2 => drop(bytes.drain(at..end)),
            _ => bytes.extend_from_within(at..end),
        }
    }
    bytes
}

/// A question as bytes.
pub struct Raw {
    /// A short description.
    pub name: &'static str,
    /// The bytes that the host passes.
    pub question: Vec<u8>,
    /// The message of the denial without the sentence with which all of them end.
    pub says: String,
}

/// The end of the message of each of these denials.
const END: &str = ". The request cannot be judged, so it is denied. [unreadable-request]";

impl Raw {
    /// The message of the denial.
    pub fn message(&self) -> String {
        format!("{}{END}", self.says)
    }
}

/// Questions that must be denied: what cannot be read must not be accepted.
pub fn unreadable() -> Vec<Raw> {
    let whole = "expected a whole number from -2147483648 to 2147483647 without quotes";
    let raw = |name, question: &[u8], says: &str| Raw {
        name,
        question: question.to_vec(),
        says: says.to_owned(),
    };
    let limit = |name, value: &str, found: &str| {
        let says = format!("spec.backoffLimit: {whole}, found {found}");
        raw(
            name,
            &with_spec(&format!(r#""backoffLimit": {value}"#)),
            &says,
        )
    };
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    vec![
        raw("empty bytes", b"", "request: expected JSON, found nothing"),
        raw("white space", b" \n", "request: expected JSON, found nothing"),
        raw("truncated JSON", br#"{"request": {"operation": "CRE"#, "request.operation: the JSON \
                                                                     is cut off here"),
        raw("an array", b"[]", "request: expected an object, found a list"),
        raw("a string", br#""request""#, "request: expected an object, found a string"),
        raw("null", b"null", "request: expected an AdmissionRequest, found nothing"),
        raw("no request", br#"{"settings": {}}"#, "request: expected an AdmissionRequest, found \
                                                   nothing"),
        raw("a request that is null", br#"{"request": null}"#, "request: expected an \
                                                                AdmissionRequest, found nothing"),
        raw(
            "no kind",
            br#"{"request": {"operation": "CREATE", "object": {}}}"#,
            "request.kind.kind: expected the kind of the object, found nothing",
        ),
        raw(
            "an empty kind",
            br#"{"request": {"kind": {"group": "ray.io", "kind": ""}, "operation": "CREATE", "object": {}}}"#,
            "request.kind.kind: expected the kind of the object, found nothing",
        ),
        raw(
            "no group",
            br#"{"request": {"kind": {"kind": "RayJob"}, "operation": "CREATE", "object": {}}}"#,
            "request.kind.group: expected ray.io, found nothing",
        ),
        raw(
            "no object on CREATE",
            br#"{"request": {"kind": {"group": "ray.io", "kind": "RayJob"}, "operation": "CREATE"}}"#,
            "request.object: expected an object, found nothing",
        ),
        raw(
            "no operation",
            br#"{"request": {"kind": {"group": "ray.io", "kind": "RayJob"}, "object": {}}}"#,
            "request.operation: expected CREATE, UPDATE, DELETE or CONNECT",
        ),
        limit("a quoted number", r#""3""#, "a string"),
        limit("a fraction", "3.5", "3.5"),
        limit("a number above 32 bits", "99999999999", "99999999999"),
        limit("a number above 64 bits", "99999999999999999999", "99999999999999999999"),
        raw(
            "a number above 32 bits that no rule reads",
            br#"{"request": {"kind": {"group": "ray.io", "kind": "RayJob"}, "operation": "CREATE",
                "object": {"spec": {"rayClusterSpec": {"workerGroupSpecs": [{"numOfHosts": 2147483648}]}}}}}"#,
            &format!("spec.rayClusterSpec.workerGroupSpecs[0].numOfHosts: {whole}, found \
                      2147483648"),
        ),
        limit("10,000 levels of nesting in a field that is read", &deep, "a list"),
        raw(
            "a key written twice",
            &with_spec(r#""backoffLimit": 0, "backoffLimit": 0"#),
            "spec.backoffLimit: specified twice; keep one",
        ),
        raw(
            "a field that is null and then something",
            &with_spec(r#""submissionMode": null, "submissionMode": "HTTPMode""#),
            "spec.submissionMode: specified twice; keep one",
        ),
        raw(
            "bytes that are not Unicode",
            &[&b"{\"request\": {\"operation\": \"\xff\xfe\"}}"[..]].concat(),
            "request.operation: not valid JSON: invalid Unicode",
        ),
        raw(
            "a lone surrogate",
            &with_spec(r#""jobId": "\ud800""#),
            "spec.jobId: not valid JSON: unpaired surrogate",
        ),
        raw(
            "a text that must not be echoed",
            &with_spec(r#""suspend": "hunter2""#),
            "spec.suspend: expected a boolean, found a string",
        ),
        raw(
            "a list that a rule reads only later",
            &with_env(r#"[{"name": "A"}, {"name": 7}]"#),
            "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].env[1].name: expected \
             a string, found 7",
        ),
        raw(
            "something else instead of such a list",
            &with_env(r#"{"name": "A"}"#),
            "spec.rayClusterSpec.headGroupSpec.template.spec.containers[0].env: expected a list, \
             found an object",
        ),
        raw("two documents", &[with_spec(""), b"{}".to_vec()].concat(), "request: not valid JSON: \
                                                                         trailing characters"),
    ]
}

/// Questions that must be accepted, because the broken part is not read, and
/// because size alone is not an error.
pub fn harmless() -> Vec<(&'static str, Vec<u8>)> {
    let unread = |value: &[u8]| {
        let question = with_spec(r#""unreadField": "@""#);
        let at = question
            .windows(3)
            .position(|bytes| bytes == b"\"@\"")
            .expect("the place");
        [&question[..at], value, &question[at + 3..]].concat()
    };
    let deep = format!("{}1{}", r#"{"x": "#.repeat(10_000), "}".repeat(10_000));
    let big = format!("\"{}\"", "x".repeat(3_000_000));
    vec![
        (
            "a whole number written as a float",
            with_spec(r#""backoffLimit": 3.0"#),
        ),
        (
            "a whole number written with an exponent",
            with_spec(r#""backoffLimit": 1e2"#),
        ),
        (
            "invalid Unicode in an unread field",
            unread(b"\"\xff\xfe\""),
        ),
        (
            "a lone surrogate in an unread field",
            unread(br#""\ud800""#),
        ),
        (
            "10,000 levels of nesting in an unread field",
            unread(deep.as_bytes()),
        ),
        (
            "a key written twice in an unread field",
            unread(br#"{"a": 1, "a": 2}"#),
        ),
        (
            "a number out of range in an unread field",
            unread(b"1e999999"),
        ),
        ("3 MB", unread(big.as_bytes())),
    ]
}

/// A request to create a RayJob whose head has this environment.
fn with_env(env: &str) -> Vec<u8> {
    let question = String::from_utf8(with_spec("")).expect("text");
    question
        .replace(
            r#""name": "ray-head""#,
            &format!(r#""name": "ray-head", "env": {env}"#),
        )
        .into_bytes()
}

/// A request to create a RayJob with additional fields in its spec.
fn with_spec(more: &str) -> Vec<u8> {
    let comma = if more.is_empty() { "" } else { ", " };
    format!(r#"{{"request": {{"uid": "1", "kind": {{"group": "ray.io", "version": "v1", "kind": "RayJob"}},
            "operation": "CREATE", "object": {{"metadata": {{"name": "train"}},
            "spec": {{"entrypoint": "python train.py",
            "rayClusterSpec": {{"rayVersion": "2.52.0",
            "headGroupSpec": {{"template": {{"spec": {{"containers": [{{"name": "ray-head", "image": "ray"}}]}}}}}}}}{comma}{more}}}}}}}}}"#).into_bytes()
}
