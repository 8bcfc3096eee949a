//! The options of `ray start`, and what it makes of those that KubeRay writes.
//!
//! KubeRay writes ` --key=value ` for each key of `rayStartParams`, sorted, into a line that
//! bash runs (`kuberay v1.7.0 ray-operator/controllers/ray/common/pod.go:convertParamMap`).
//! The options are those of Ray 2.9.3, 2.35.0, 2.46.0, 2.52.1, 2.53.0, 2.55.1, 2.56.0 and
//! 2.60.0 (`python/ray/scripts/scripts.py:start`), what they must be is in
//! `python/ray/_private/parameter.py:RayParams`.

use std::ops::RangeInclusive;

use crate::json::{self, ErrorKind, Json, Slot, Text};
use crate::syntax::nearest::nearest;
use crate::syntax::ray_version::RayVersion;
use crate::syntax::shell::line::{Line, Token};

/// What an option takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OptionKind {
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// Nothing.
    Switch,
    /// Any text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A JSON object of resources.
    Resources,
    /// JSON.
    Json,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// The releases 2.x of Ray that have an option, as far as they were run.
#[derive(Clone, Copy)]
enum In {
    /// All.
    All,
    /// Not up to this one, the last that was asked and lacks it.
    After(u64),
    /// Not from this one on, the first that was asked and lacks it.
    Before(u64),
}

use In::{After, All, Before};
use OptionKind::{Boolean, Number, Resources, Switch, Whole, Word};

/// The options, sorted.
const OPTIONS: &[(&str, OptionKind, In)] = &[
    ("address", OptionKind::Text, All),
    ("autoscaling-config", OptionKind::Text, All),
    ("block", Switch, All),
    ("cgroup-path", OptionKind::Text, After(35)),
    ("dashboard-agent-grpc-port", Whole, All),
    ("dashboard-agent-listen-port", Whole, All),
    ("dashboard-grpc-port", Whole, Before(52)),
    ("dashboard-host", OptionKind::Text, All),
    ("dashboard-port", Whole, All),
    ("disable-usage-stats", Switch, All),
    ("enable-object-reconstruction", Switch, All),
    ("enable-resource-isolation", Switch, After(35)),
    ("gcs-server-port", Whole, Before(52)),
    ("head", Switch, All),
    ("include-dashboard", Boolean, All),
    ("include-log-monitor", Boolean, After(35)),
    ("labels", OptionKind::Text, All),
    ("labels-file", OptionKind::Text, After(35)),
    ("log-color", Word(&["auto", "false", "true"]), All),
    ("log-style", Word(&["auto", "record", "pretty"]), All),
    ("max-worker-port", Whole, All),
    ("memory", Whole, All),
    ("metrics-export-port", Whole, All),
    ("min-worker-port", Whole, All),
    ("no-monitor", Switch, All),
    ("no-redirect-output", Switch, All),
    ("node-ip-address", OptionKind::Text, All),
    ("node-manager-port", Whole, All),
    ("node-name", OptionKind::Text, All),
    ("num-cpus", Whole, All),
    ("num-gpus", Whole, All),
    ("object-manager-port", Whole, All),
    ("object-spilling-directory", OptionKind::Text, After(35)),
    ("object-store-memory", Whole, All),
    ("plasma-directory", OptionKind::Text, All),
    ("plasma-store-socket-name", OptionKind::Text, Before(52)),
    ("port", Whole, All),
    ("proxy-server-url", OptionKind::Text, After(53)),
    ("ray-client-server-port", Whole, All),
    ("ray-debugger-external", Switch, All),
    ("raylet-socket-name", OptionKind::Text, Before(52)),
    ("redis-max-memory", Whole, Before(46)),
    ("redis-password", OptionKind::Text, All),
    ("redis-shard-ports", OptionKind::Text, All),
    ("redis-username", OptionKind::Text, After(35)),
    ("resources", Resources, All),
    ("runtime-env-agent-port", Whole, All),
    ("storage", OptionKind::Text, Before(52)),
    ("system-config", OptionKind::Json, All),
    ("system-reserved-cpu", Number, After(35)),
    ("system-reserved-memory", Whole, After(35)),
    ("temp-dir", OptionKind::Text, All),
    ("tracing-startup-hook", OptionKind::Text, All),
    ("verbose", Switch, All),
    ("worker-port-list", OptionKind::Text, All),
];

/// Names that people write, and the option that they mean.
const ALIASES: [(&str, &str); 6] = [
    ("cpu", "num-cpus"),
    ("cpus", "num-cpus"),
    ("gpu", "num-gpus"),
    ("gpus", "num-gpus"),
    ("mem", "memory"),
    ("gcs-port", "port"),
];

/// The options that only a head takes.
const HEAD_ONLY: [&str; 3] = ["include-dashboard", "port", "redis-shard-ports"];

/// The options that need `enable-resource-isolation`.
const ISOLATION: [&str; 3] = [
    "cgroup-path",
    "system-reserved-cpu",
    "system-reserved-memory",
];

/// The least `object-store-memory`, in bytes
/// (`python/ray/_private/ray_constants.py:OBJECT_STORE_MINIMUM_MEMORY_BYTES`).
const LEAST_STORE: i64 = 75 * 1024 * 1024;

/// The node that `ray start` starts.
#[derive(Clone, Copy, Debug)]
pub struct RayNode<'n> {
    /// Whether it is the head.
    pub is_head: bool,
    /// The version of Ray, if it is known.
    pub version: Option<RayVersion>,
    /// Whether KubeRay passes `include-log-monitor=true` as it is written, from 1.7 on.
    pub passes_log_monitor: bool,
    /// The options that KubeRay adds for this node beside those that every node gets.
    pub added: &'n [&'static str],
}

/// What is wrong with a parameter.
#[derive(Debug, PartialEq, Eq)]
pub enum StartFault {
    /// `ray start` has no such option; perhaps this one is meant.
    Unknown(Option<&'static str>),
    /// Other releases of Ray have the option.
    OtherRelease,
    /// Only a head takes it.
    HeadOnly,
    /// `ray start` refuses the value: what it must be, and how to write that.
    Value(&'static str, &'static str),
    /// bash makes several words of it.
    Words,
    /// bash runs nothing: a quote is not closed, or a bracket stands alone.
    Syntax,
    /// bash acts on this operator.
    Operator(&'static str),
    /// KubeRay passes no value, so this option becomes the value.
    Takes(String),
    /// The port is also that of this option, which has it by default or not.
    PortTwice(i64, &'static str, bool),
    /// The port, of this option by default or not, is among those of the workers.
    WorkerPort(i64, &'static str, bool),
}

/// One option of the line.
struct Argument<'p> {
    key: &'p str,
    value: &'p str,
    /// Whether it is written in `rayStartParams`.
    is_written: bool,
}

const ANY: &str = "";

/// The line that KubeRay writes: its options in order.
fn arguments<'p>(params: &'p [(Text<'p>, Text<'p>)], node: RayNode<'_>) -> Vec<Argument<'p>> {
    let mut all: Vec<Argument<'p>> = Vec::new();
    for (key, value) in params {
        if &**key != "block" {
            all.push(Argument {
                key,
                value,
                is_written: true,
            });
        }
    }
    let defaults: &[(&'static str, &'static str)] = match node.is_head {
        true => &[("dashboard-host", "0.0.0.0")],
        false => &[("address", "head:6379")],
    };
    let of_all = [
        ("block", "true"),
        ("dashboard-agent-listen-port", "52365"),
        ("metrics-export-port", "8080"),
    ];
    let added = node.added.iter().map(|&key| (key, ANY));
    for (key, value) in defaults.iter().copied().chain(of_all).chain(added) {
        let place = all.partition_point(|argument| argument.key < key);
        if all.get(place).is_none_or(|argument| argument.key != key) {
            all.insert(
                place,
                Argument {
                    key,
                    value,
                    is_written: false,
                },
            );
        }
    }
    all
}

fn option(key: &str) -> Option<(OptionKind, In)> {
    let index = OPTIONS
        .binary_search_by(|(name, ..)| (*name).cmp(key))
        .ok()?;
    OPTIONS
        .get(index)
        .map(|&(_, kind, releases)| (kind, releases))
}

/// Whether a release surely lacks an option.
fn lacks(releases: In, version: Option<RayVersion>) -> bool {
    version.is_some_and(|version| match releases {
        All => false,
        After(last) => !version.at_least(2, last.saturating_add(1)),
        Before(first) => version.at_least(2, first),
    })
}

/// The option that an unknown key means.
fn meant(key: &str) -> Option<&'static str> {
    let key = key.trim().trim_start_matches('-');
    let alias = ALIASES
        .iter()
        .find(|(alias, _)| key.eq_ignore_ascii_case(alias));
    let spelt = || {
        nearest(
            &key.replace('_', "-"),
            OPTIONS.iter().map(|&(name, ..)| name),
        )
    };
    alias.map(|&(_, name)| name).or_else(spelt)
}

/// The value of an option.
enum OptionValue {
    /// It is there, but only bash knows it, or it has a fault.
    Unknown,
    /// It is this number.
    Number(i64),
    /// It is this text.
    Text(String),
}

/// How many parameters are looked at: `ray start` has a tenth as many options.
const MOST: usize = 1000;

/// Tells what is wrong with the parameters of a node, which must be sorted by key. At most
/// one fault is told about each. Beyond the first 1,000 parameters, none is told.
///
/// ```
/// use rayjob_policy_core::json;
/// use rayjob_policy_core::syntax::ray_start::{StartFault, RayNode, check};
///
/// let params: json::StringMap<'_> = json::read(br#"{"num-cpus": "500m"}"#).unwrap();
/// let node = RayNode { is_head: true, version: None, passes_log_monitor: true, added: &[] };
/// let mut faults = Vec::new();
/// check(&params, node, &mut |_, fault| faults.push(fault));
/// assert!(matches!(faults[..], [StartFault::Value("a whole number", _)]));
/// ```
pub fn check(
    params: &[(Text<'_>, Text<'_>)],
    node: RayNode<'_>,
    tell: &mut dyn FnMut(&str, StartFault),
) {
    if params.is_empty() {
        return;
    }
    let arguments = arguments(params, node);
    let mut values: Vec<(&str, OptionValue)> = Vec::new();
    let mut is_cut = false;
    let mut rest = arguments.get(..MOST).unwrap_or(&arguments).iter();
    while let Some(argument) = rest.next() {
        // What KubeRay writes is right, and as `ray start` has it by default.
        if !argument.is_written {
            continue;
        }
        let Some(text) = passed(argument, node) else {
            continue;
        };
        let key = argument.key;
        let option = option(key);
        let fault = match option {
            None => Some(StartFault::Unknown(meant(key))),
            Some((_, releases)) if lacks(releases, node.version) => Some(StartFault::OtherRelease),
            // KubeRay has rules about labels of its own.
            _ if key == "labels" => continue,
            Some(_) => None,
        };
        if let Some(fault) = fault {
            tell(key, fault);
            continue;
        }
        let kind = option.map_or(OptionKind::Text, |(kind, _)| kind);
        if HEAD_ONLY.contains(&key) && !node.is_head && !is_switched_on(params, "head") {
            tell(key, StartFault::HeadOnly);
            continue;
        }
        let read = match text {
            Passed::Nothing => match kind {
                Switch if is_retired(key, node) => Read::fault(StartFault::Value(
                    "left out before Ray 2.55",
                    "Remove the parameter",
                )),
                Switch => continue,
                _ => bare(kind, key, node, &mut rest),
            },
            Passed::Value(value) => read(kind, key, value, node),
        };
        let mut fault = misses_isolation(key, &read.value, params).or(read.fault);
        if fault == Some(StartFault::Operator("#")) {
            is_cut = true;
            // A comment does no harm behind what the user has written.
            fault = fault.filter(|_| rest.clone().any(|later| later.is_written));
        }
        let value = match &fault {
            Some(StartFault::Operator(_) | StartFault::Takes(_)) | None => read.value,
            Some(_) => OptionValue::Unknown,
        };
        values.push((key, value));
        if let Some(fault) = fault {
            let is_syntax = fault == StartFault::Syntax;
            // From these on, bash passes nothing to `ray start`.
            is_cut |=
                is_syntax || matches!(fault, StartFault::Operator(operator) if operator != ">");
            tell(key, fault);
        }
        if is_cut {
            break;
        }
    }
    if !is_cut {
        ports(&values, node, tell);
    }
}

/// Whether a switch is refused in this release, whatever it says.
fn is_retired(key: &str, node: RayNode<'_>) -> bool {
    key == "no-redirect-output" && node.version.is_some_and(|version| !version.at_least(2, 54))
}

fn is_switched_on(params: &[(Text<'_>, Text<'_>)], key: &str) -> bool {
    let mut params = params.iter();
    params.any(|(name, value)| &**name == key && value.eq_ignore_ascii_case("true"))
}

fn misses_isolation(
    key: &str,
    value: &OptionValue,
    params: &[(Text<'_>, Text<'_>)],
) -> Option<StartFault> {
    let is_nothing = match value {
        OptionValue::Text(text) => text.is_empty() || is_zero(text) == Some(true),
        OptionValue::Number(number) => *number == 0,
        OptionValue::Unknown => false,
    };
    let is_missing = ISOLATION.contains(&key)
        && !is_nothing
        && !is_switched_on(params, "enable-resource-isolation");
    is_missing.then_some(StartFault::Value(
        "used with enable-resource-isolation",
        "Add enable-resource-isolation: \"true\", or remove the parameter",
    ))
}

impl OptionValue {
    /// The value of an option that gets a text.
    fn of(kind: OptionKind, text: &str) -> Self {
        match whole(text).filter(|_| kind == Whole) {
            Some(number) => Self::Number(number),
            None => Self::Text(text.to_owned()),
        }
    }
}

/// What KubeRay passes of a parameter.
enum Passed<'p> {
    /// The option without a value.
    Nothing,
    /// The option with a value.
    Value(&'p str),
}

/// What KubeRay passes; `None` if it drops the parameter.
fn passed<'p>(argument: &Argument<'p>, node: RayNode<'_>) -> Option<Passed<'p>> {
    let is_kept = match argument.key {
        "log-color" | "include-dashboard" => true,
        "include-log-monitor" => node.passes_log_monitor,
        _ => false,
    };
    if !is_kept && argument.value.eq_ignore_ascii_case("false") {
        return None;
    }
    Some(
        match !is_kept && argument.value.eq_ignore_ascii_case("true") {
            true => Passed::Nothing,
            false => Passed::Value(argument.value),
        },
    )
}

/// A value as `ray start` gets it.
struct Read {
    value: OptionValue,
    fault: Option<StartFault>,
}

impl Read {
    fn fault(fault: StartFault) -> Self {
        Self {
            value: OptionValue::Unknown,
            fault: Some(fault),
        }
    }
}

/// Reads an option to which KubeRay passes no value: `ray start` takes the next option for
/// it.
fn bare<'p>(
    kind: OptionKind,
    key: &str,
    node: RayNode<'_>,
    rest: &mut std::slice::Iter<'_, Argument<'p>>,
) -> Read {
    const NEEDED: StartFault = StartFault::Value(
        "a value other than true",
        "Write the value that you mean, or remove the parameter",
    );
    if !matches!(kind, OptionKind::Text) {
        return match check_kind(kind, key, "--", node) {
            Some((what, advice)) => Read::fault(StartFault::Value(what, advice)),
            None => Read::fault(NEEDED),
        };
    }
    for next in rest.by_ref() {
        let taken = match passed(next, node) {
            None => continue,
            Some(Passed::Nothing) => format!("--{}", next.key),
            Some(Passed::Value(value)) => format!("--{}={value}", next.key),
        };
        return match check_kind(kind, key, &taken, node) {
            Some((what, advice)) => Read::fault(StartFault::Value(what, advice)),
            None => Read {
                value: OptionValue::Text(taken.clone()),
                fault: Some(StartFault::Takes(taken)),
            },
        };
    }
    Read::fault(NEEDED)
}

/// Reads a value as bash passes it to `ray start`.
fn read(kind: OptionKind, key: &str, value: &str, node: RayNode<'_>) -> Read {
    if kind == Switch {
        return Read::fault(StartFault::Value(
            "\"true\" or \"false\", without more",
            "Write \"true\", or remove the parameter",
        ));
    }
    // bash leaves most values as they are.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./,:@".contains(&byte);
    if value.bytes().all(is_plain) {
        return match check_kind(kind, key, value, node) {
            Some((what, advice)) => Read::fault(StartFault::Value(what, advice)),
            None => Read {
                value: OptionValue::of(kind, value),
                fault: None,
            },
        };
    }
    // The value follows an equals sign, so it begins no word, and two blanks.
    let line = Line::read(&format!("={value}  "));
    let mut tokens = line.tokens.iter();
    let Some(Token::Word(word)) = tokens.next() else {
        return Read::fault(StartFault::Syntax);
    };
    let text = word.text.get(1..).unwrap_or_default();
    // Without quotes, the commas of an object are those of a pattern with braces.
    let is_known = !word.expands && (!word.has_braces || kind == Resources);
    let refused = match is_known && !line.is_open {
        true => match word.has_braces {
            true => check_kind(kind, key, "", node),
            false => check_kind(kind, key, text, node),
        },
        false => None,
    };
    if let Some((what, advice)) = refused {
        return Read::fault(StartFault::Value(what, advice));
    }
    let fault = match tokens.next() {
        _ if line.is_open => Some(StartFault::Syntax),
        None => None,
        // Someone passes another option this way.
        Some(Token::Word(word)) if word.text.starts_with('-') => None,
        Some(Token::Word(_)) => Some(StartFault::Words),
        Some(Token::Operator("(" | ")" | ";;")) => Some(StartFault::Syntax),
        Some(Token::Operator(operator)) => Some(StartFault::Operator(operator)),
    };
    let value = match is_known {
        true => OptionValue::of(kind, text),
        false => OptionValue::Unknown,
    };
    Read { value, fault }
}

/// The one word that bash makes of a value; `None` if it makes several, or if it expands
/// something.
pub fn word(value: &str) -> Option<String> {
    let line = Line::read(&format!("={value}"));
    match line.tokens.as_slice() {
        [Token::Word(word)] if !line.is_open && !word.expands && !word.has_braces => {
            word.text.get(1..).map(str::to_owned)
        }
        _ => None,
    }
}

/// The whole number that Python reads; one that is huge becomes the largest.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !is_digits(digits) {
        return None;
    }
    let digits = digits.bytes().filter(u8::is_ascii_digit);
    let number = digits.fold(0_i64, |number, digit| {
        let digit = digit.saturating_sub(b'0').into();
        number.saturating_mul(10).saturating_add(digit)
    });
    Some(match text.starts_with('-') {
        true => number.saturating_neg(),
        false => number,
    })
}

/// Whether a text is digits, in groups as Python allows.
fn is_digits(text: &str) -> bool {
    let mut groups = text.split('_');
    groups.all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the number that Python's `float` reads is zero; `None` if it reads none.
fn is_zero(text: &str) -> Option<bool> {
    let text = text.trim();
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_word = |word: &&str| number.eq_ignore_ascii_case(word);
    if ["inf", "infinity", "nan"].iter().any(is_word) {
        return Some(false);
    }
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_part = |part: &str| part.is_empty() || is_digits(part);
    let is_number = is_digits(exponent)
        && is_part(whole)
        && is_part(decimals)
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    is_number.then(|| !digits.bytes().any(|byte| matches!(byte, b'1'..=b'9')))
}

/// What a value must be, and how to write that, unless it is.
fn check_kind(
    kind: OptionKind,
    key: &str,
    text: &str,
    node: RayNode<'_>,
) -> Option<(&'static str, &'static str)> {
    const WHOLE: (&str, &str) = (
        "a whole number",
        "Write a whole number in digits, such as \"4\", or 4000000000 for bytes",
    );
    let wrong = match kind {
        Whole => match whole(text) {
            None => WHOLE,
            Some(bytes) if key == "object-store-memory" && bytes < LEAST_STORE => (
                "at least 78643200 bytes",
                "Write the number of bytes, at least 78643200, or remove the parameter",
            ),
            Some(_) => return None,
        },
        Number if is_zero(text).is_none() => ("a number", "Write a number, such as \"1.5\""),
        Boolean if !text.is_empty() && !is_boolean(text) => {
            ("true or false", "Write \"true\" or \"false\"")
        }
        Word(words) if !words.iter().any(|word| word.eq_ignore_ascii_case(text)) => match key {
            "log-color" => ("auto, false or true", "Write auto, \"false\" or \"true\""),
            _ => ("auto, record or pretty", "Write auto, record or pretty"),
        },
        Resources => return resources(text),
        OptionKind::Json if read_json(text).is_none() => (
            "JSON",
            "Write JSON within single quotes, such as \"'{\\\"a\\\": 1}'\"",
        ),
        OptionKind::Text => return check_text(key, text, node),
        _ => return None,
    };
    Some(wrong)
}

fn is_boolean(text: &str) -> bool {
    const WORDS: [&str; 10] = ["1", "true", "t", "yes", "y", "0", "false", "f", "no", "n"];
    let text = text.trim();
    let mut words = WORDS.iter().chain(&["on", "off"]);
    words.any(|word| word.eq_ignore_ascii_case(text))
}

/// Reads JSON as Python does, which takes the last of equal keys: `None` if it is not JSON,
/// `Json::Absent` if a key is there twice.
fn read_json(text: &str) -> Option<Json<'_>> {
    let mut json = Json::default();
    match json::fill(text.as_bytes(), json.place()) {
        Ok(()) => Some(json),
        Err(error) if matches!(error.kind, ErrorKind::Twice) => Some(Json::Absent),
        Err(_) => None,
    }
}

fn resources(text: &str) -> Option<(&'static str, &'static str)> {
    let resources = match read_json(text) {
        Some(Json::Object(resources)) => resources,
        Some(Json::Absent) => return None,
        _ => {
            return Some((
                "a JSON object once the shell has removed quotes",
                "Write the object within single quotes inside the text, such as \
                 \"'{\\\"a\\\": 1}'\"",
            ));
        }
    };
    let is_own = |name: &str| matches!(name, "CPU" | "GPU" | "memory" | "object_store_memory");
    resources.iter().any(|(name, _)| is_own(name)).then_some((
        "without CPU, GPU, memory and object_store_memory",
        "Use num-cpus, num-gpus, memory and object-store-memory instead",
    ))
}

fn check_text(key: &str, text: &str, node: RayNode<'_>) -> Option<(&'static str, &'static str)> {
    let is_port = |port: &str| whole(port).is_some_and(|port| WORKER_PORTS.contains(&port));
    // Workers take the directory of the head before 2.55.
    let uses_directory =
        node.is_head || node.version.is_some_and(|version| version.at_least(2, 55));
    Some(match key {
        "temp-dir" if uses_directory && !text.starts_with('/') => (
            "an absolute path",
            "Write an absolute path, such as /tmp/ray",
        ),
        "node-ip-address" if text.is_empty() => ("an address", "Remove the parameter"),
        "address" if !node.is_head && text == "local" => (
            "the address of the head",
            "Remove the parameter: KubeRay writes the address",
        ),
        "worker-port-list" if !text.split(',').all(is_port) => (
            "a list of ports from 1024 to 65535",
            "Write the ports with commas and without blanks, such as \"20000,20001\"",
        ),
        _ => return None,
    })
}

const WORKER_PORTS: RangeInclusive<i64> = 1024..=65535;

/// The options that are ports, and their defaults on the head and on workers.
const PORTS: [(&str, i64, i64); 9] = [
    ("port", 6379, 0),
    ("object-manager-port", 0, 0),
    ("node-manager-port", 0, 0),
    ("ray-client-server-port", 10001, 10001),
    ("dashboard-port", 8265, 8265),
    ("dashboard-agent-grpc-port", 0, 0),
    ("dashboard-agent-listen-port", 52365, 52365),
    ("runtime-env-agent-port", 0, 0),
    ("metrics-export-port", 8080, 8080),
];

const RANGE: (&str, &str) = (
    "a port from 1024 to 65535",
    "Write a number from 1024 to 65535",
);

/// The number of an option: written, or by default, and whether it is written. `None` is
/// unknown.
fn number(values: &[(&str, OptionValue)], key: &str, default: i64) -> Option<(i64, bool)> {
    let written = values.iter().find(|(name, _)| *name == key);
    match written.map(|(_, value)| value) {
        None => Some((default, false)),
        Some(OptionValue::Number(number)) => Some((*number, true)),
        Some(_) => None,
    }
}

/// Tells which ports are used twice (`parameter.py:update_pre_selected_port, _check_usage`).
fn ports(
    values: &[(&str, OptionValue)],
    node: RayNode<'_>,
    tell: &mut dyn FnMut(&str, StartFault),
) {
    let written = |key: &str| values.iter().any(|(name, _)| *name == key);
    let mut taken: Vec<(i64, &'static str, bool)> = Vec::new();
    for (key, of_head, of_worker) in PORTS {
        let default = if node.is_head { of_head } else { of_worker };
        let Some((port, _)) = number(values, key, default) else {
            continue;
        };
        let is_default = port == default;
        let is_ranged = match key {
            "ray-client-server-port" => true,
            // From 2.55 on, 0 is any free port.
            "runtime-env-agent-port" => {
                port != 0 || node.version.is_some_and(|version| !version.at_least(2, 54))
            }
            _ => false,
        };
        if is_ranged && written(key) && !WORKER_PORTS.contains(&port) {
            tell(key, StartFault::Value(RANGE.0, RANGE.1));
        } else if port != 0 {
            taken.push((port, key, is_default));
        }
    }
    // The first of two stands, unless only that is written.
    for (index, &(port, key, is_default)) in taken.iter().enumerate() {
        let mut before = taken.iter().take(index);
        if let Some(&(_, other, other_is_default)) = before.find(|other| other.0 == port) {
            match is_default {
                true => tell(other, StartFault::PortTwice(port, key, true)),
                false => tell(key, StartFault::PortTwice(port, other, other_is_default)),
            }
            return;
        }
    }
    worker_ports(values, &taken, tell);
}

/// Tells what is wrong with the ports of the workers.
fn worker_ports(
    values: &[(&str, OptionValue)],
    taken: &[(i64, &'static str, bool)],
    tell: &mut dyn FnMut(&str, StartFault),
) {
    const LIST: &str = "worker-port-list";
    if let Some((_, list)) = values.iter().find(|(key, _)| *key == LIST) {
        let OptionValue::Text(list) = list else {
            return;
        };
        let listed: Vec<i64> = list.split(',').filter_map(whole).collect();
        for (index, port) in listed.iter().enumerate() {
            if let Some(&(_, key, is_default)) = taken.iter().find(|other| other.0 == *port) {
                tell(LIST, StartFault::WorkerPort(*port, key, is_default));
                return;
            }
            if listed.iter().take(index).any(|other| other == port) {
                tell(LIST, StartFault::PortTwice(*port, LIST, false));
                return;
            }
        }
    }
    let (Some((least, has_least)), Some((most, has_most))) = (
        number(values, "min-worker-port", 10002),
        number(values, "max-worker-port", 19999),
    ) else {
        return;
    };
    let is_port = |port| port == 0 || WORKER_PORTS.contains(&port);
    let fault = if !is_port(least) {
        Some(("min-worker-port", RANGE))
    } else if !is_port(most) {
        Some(("max-worker-port", RANGE))
    } else if most != 0 && most <= least {
        let key = match has_most {
            true => "max-worker-port",
            false => "min-worker-port",
        };
        let what = "right: max-worker-port, by default 19999, must be more than \
                    min-worker-port, by default 10002";
        let advice = "Write both min-worker-port and max-worker-port";
        Some((key, (what, advice)))
    } else {
        None
    };
    if let Some((key, (what, advice))) = fault {
        tell(key, StartFault::Value(what, advice));
        return;
    }
    if written_list(values) {
        return;
    }
    let inside = |other: &&(i64, &str, bool)| (least..=most).contains(&other.0);
    if let Some(&(port, key, is_default)) = taken.iter().find(inside) {
        match (is_default, has_least) {
            (false, _) => tell(key, StartFault::WorkerPort(port, key, false)),
            (true, true) => tell("min-worker-port", StartFault::WorkerPort(port, key, true)),
            (true, false) => tell("max-worker-port", StartFault::WorkerPort(port, key, true)),
        }
    }
}

fn written_list(values: &[(&str, OptionValue)]) -> bool {
    values.iter().any(|(key, _)| *key == "worker-port-list")
}
