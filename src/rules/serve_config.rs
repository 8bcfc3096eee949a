//! `serveConfigV2`, which KubeRay passes to Ray Serve as it is: whether Ray refuses or ignores a
//! part, and whether Serve listens where requests arrive
//! (`ray 2.53.0 python/ray/serve/schema.py:ServeDeploySchema`, and the same of 2.9.0).
//!
//! Ray reads it by pydantic, which makes texts of numbers and numbers of texts.

use std::borrow::Cow;
use std::ops::Range;

use super::head_service::{container_ports, head_of};
use super::runtime_env_ray::{Reader, described, refused, variables};
use super::{Entry, Family, version};
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::json::{Path, Quoted};
use crate::kind::{Kind, Kinds};
use crate::pod::{Part, Pod};
use crate::rayservice::RayService;
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::nearest::nearest;
use crate::syntax::runtime_env::{Is, Item, RuntimeEnv, SyntaxErrorKind, check};
use crate::text;

/// What a field takes.
#[derive(Clone, Copy)]
enum Takes {
    /// What is not judged.
    Any,
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A number without a fraction that is at least this.
    Whole(i64),
    /// A number that is at least this.
    Number(i64),
    /// A number above 0.
    Positive,
    /// A number of replicas, or `auto`.
    Replicas,
    ImportPath,
    Route,
    List,
    Mapping,
    RuntimeEnv,
    /// A mapping with known keys.
    Section(Section),
    /// A list of such.
    Sections(Section),
}

impl Takes {
    /// What to write.
    fn advice(self) -> Cow<'static, str> {
        match self {
            Self::Any | Self::Text => "Write text".into(),
            Self::OneOf(words) => {
                format!("Write {}", text::join(&mut words.iter().copied(), " or ")).into()
            }
            Self::Whole(i64::MIN) => "Write a whole number".into(),
            Self::Whole(least) => format!("Write a whole number of at least {least}").into(),
            Self::Number(i64::MIN) => "Write a number without a unit".into(),
            Self::Number(_) => "Write a number that is not negative, without a unit".into(),
            Self::Positive => "Write a number above 0 without a unit".into(),
            Self::Replicas => "Write a whole number of at least 1, or auto".into(),
            Self::ImportPath => {
                "Write the module and the application in it, such as chat.main:app".into()
            }
            Self::Route => "Begin it with /, and end it without, such as /chat".into(),
            Self::List | Self::Sections(_) => "Write a list".into(),
            Self::Mapping | Self::RuntimeEnv | Self::Section(_) => "Write a mapping".into(),
        }
    }
}

/// A mapping with known keys.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Top,
    Http,
    Grpc,
    Logging,
    Application,
    Deployment,
    Actor,
}

/// A key, what it takes, and whether it may be `null`.
type Field = (&'static str, Takes, bool);

const LEVELS: &[&str] = &[
    "CRITICAL", "DEBUG", "ERROR", "FATAL", "INFO", "NOTSET", "WARN", "WARNING",
];

impl Section {
    /// The keys that some release of Ray knows.
    const fn fields(self) -> &'static [Field] {
        use Takes::*;
        match self {
            Self::Top => &[
                ("applications", Sections(Self::Application), false),
                ("grpc_options", Section(Self::Grpc), false),
                ("http_options", Section(Self::Http), false),
                ("logging_config", Section(Self::Logging), true),
                (
                    "proxy_location",
                    OneOf(&["EveryNode", "HeadOnly", "Disabled"]),
                    false,
                ),
                ("target_capacity", Number(0), true),
            ],
            Self::Http => &[
                ("host", Text, false),
                ("keep_alive_timeout_s", Whole(i64::MIN), false),
                ("port", Whole(i64::MIN), false),
                ("request_timeout_s", Number(i64::MIN), true),
                ("root_path", Text, false),
                ("ssl_ca_certs", Any, true),
                ("ssl_certfile", Any, true),
                ("ssl_keyfile", Any, true),
                ("ssl_keyfile_password", Any, true),
            ],
            Self::Grpc => &[
                ("grpc_servicer_functions", List, false),
                ("port", Whole(i64::MIN), false),
                ("request_timeout_s", Number(i64::MIN), true),
            ],
            Self::Logging => &[
                ("encoding", OneOf(&["TEXT", "JSON"]), false),
                ("log_level", Any, false),
            ],
            Self::Application => &[
                ("args", Mapping, false),
                ("autoscaling_policy", Any, true),
                ("deployments", Sections(Self::Deployment), false),
                ("external_scaler_enabled", Any, true),
                ("host", Any, true),
                ("import_path", ImportPath, false),
                ("logging_config", Section(Self::Logging), true),
                ("name", Text, false),
                ("port", Any, true),
                ("route_prefix", Route, true),
                ("runtime_env", RuntimeEnv, false),
            ],
            Self::Deployment => &[
                ("autoscaling_config", Mapping, true),
                ("graceful_shutdown_timeout_s", Number(0), false),
                ("graceful_shutdown_wait_loop_s", Number(0), false),
                ("health_check_period_s", Positive, false),
                ("health_check_timeout_s", Positive, false),
                ("is_driver_deployment", Any, true),
                ("logging_config", Section(Self::Logging), false),
                ("max_concurrent_queries", Any, true),
                ("max_ongoing_requests", Whole(1), false),
                ("max_queued_requests", Any, true),
                ("max_replicas_per_node", Whole(i64::MIN), false),
                ("name", Text, false),
                ("num_replicas", Replicas, true),
                ("placement_group_bundles", List, false),
                ("placement_group_strategy", Text, false),
                ("ray_actor_options", Section(Self::Actor), false),
                ("request_router_config", Any, true),
                ("route_prefix", Any, true),
                ("user_config", Mapping, true),
            ],
            Self::Actor => &[
                ("accelerator_type", Text, true),
                ("memory", Number(0), true),
                ("num_cpus", Number(0), true),
                ("num_gpus", Number(0), true),
                ("object_store_memory", Number(0), true),
                ("resources", Mapping, false),
                ("runtime_env", RuntimeEnv, false),
            ],
        }
    }
}

/// What is told of a Serve config.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    Refused,
    Ignored,
}

/// Reads a Serve config.
struct Reading<'r> {
    reader: Reader,
    /// Takes the place, what is written, and what to write.
    tell: &'r mut dyn FnMut(Told, Range<usize>, String, Cow<'static, str>),
}

/// Whether Python may read a text as a number.
fn may_be_number(text: &str, is_whole: bool) -> bool {
    let text = text.trim();
    let word = text.trim_start_matches(['+', '-']);
    let is_word = ["inf", "infinity", "nan"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name));
    let others: &[u8] = if is_whole { b"+-_" } else { b"+-_.eE" };
    let fits = |byte: u8| byte.is_ascii_digit() || !byte.is_ascii() || others.contains(&byte);
    !text.is_empty() && (text.bytes().all(fits) || !is_whole && is_word)
}

/// Whether pydantic makes no mapping of a value.
fn is_no_mapping(is: &Is<'_>) -> bool {
    match is {
        Is::Mapping | Is::List => false,
        Is::Text(text) => !text.is_empty(),
        _ => true,
    }
}

/// Whether Ray takes a text for a module and an object in it
/// (`schema.py:import_path_format_valid`).
fn is_import_path(text: &str) -> bool {
    let separator = if text.contains(':') { ':' } else { '.' };
    let count = text.matches(separator).count();
    (count == 1 || separator == '.' && count > 0)
        && !text.ends_with(separator)
        && text.rfind(separator) != Some(0)
}

impl Reading<'_> {
    fn refuse(&mut self, item: Item<'_>, detail: String, advice: impl Into<Cow<'static, str>>) {
        (self.tell)(Told::Refused, item.span(), detail, advice.into());
    }

    /// Reads a mapping, whose place in the config precedes its keys in details.
    fn section(&mut self, item: Item<'_>, section: Section, at: &str) {
        let entries = item.entries();
        let has = |name: &str| entries.iter().any(|(key, _)| key == name);
        for (key, value) in &entries {
            let field = section.fields().iter().find(|(name, ..)| name == key);
            let place = format!("{at}{key}");
            match field {
                Some(&field) => self.field(*value, field, &place),
                None => self.unknown(*value, section, &place, key, has("applications")),
            }
        }
        match section {
            Section::Top => {
                let applications = item.get("applications").map(Item::items);
                self.twice(&applications.unwrap_or_default());
            }
            Section::Application => {
                if !has("import_path") {
                    let detail = format!("{at}import_path is missing");
                    self.refuse(item, detail, Takes::ImportPath.advice());
                }
                if item
                    .get("name")
                    .is_some_and(|name| name.is() == Is::Text("".into()))
                {
                    let advice = "Remove the name, or write one";
                    self.refuse(item, format!("{at}name is empty"), advice);
                }
                for name in ["host", "port"] {
                    if has(name) {
                        let detail = format!("{at}{name} is set");
                        self.refuse(item, detail, format!("Move {name} to http_options"));
                    }
                }
            }
            Section::Deployment => {
                if !has("name") {
                    let advice = "Write the name of a deployment in the code";
                    self.refuse(item, format!("{at}name is missing"), advice);
                }
                let set = |name| item.get(name).map(Item::is).filter(|is| *is != Is::Null);
                let is_number = set("num_replicas").is_some_and(|is| match is {
                    Is::Whole(count) => count > 0,
                    Is::Text(text) => may_be_number(&text, true),
                    _ => false,
                });
                if is_number && set("autoscaling_config").is_some() {
                    let detail = format!("{at}num_replicas and autoscaling_config are both set");
                    self.refuse(
                        item,
                        detail,
                        "Remove one of them, or write num_replicas: auto",
                    );
                }
            }
            _ => {}
        }
    }

    /// Tells a key that Ray does not know.
    fn unknown(
        &mut self,
        item: Item<'_>,
        section: Section,
        place: &str,
        key: &str,
        is_config: bool,
    ) {
        let is_told = match section {
            // Newer releases may know more, and others refuse it.
            Section::Logging => false,
            // Without applications, nothing is deployed anyway.
            Section::Top => is_config,
            _ => item.is() != Is::Null,
        };
        if is_told {
            let names = section.fields().iter().map(|(name, ..)| *name);
            let advice = match nearest(key, names) {
                Some(name) => format!("Write {name}").into(),
                None => "Remove the key".into(),
            };
            let detail = format!("Ray Serve does not know the key {place}");
            (self.tell)(Told::Ignored, item.key_span(), detail, advice);
        }
    }

    fn field(&mut self, item: Item<'_>, (name, takes, may_be_null): Field, at: &str) {
        let is = item.is();
        let is_container = matches!(is, Is::List | Is::Mapping);
        let is_wrong = match takes {
            _ if is == Is::Null => !may_be_null,
            Takes::Any => false,
            Takes::Text => is_container,
            Takes::OneOf(words) => !words.contains(&item.text()) || is_container,
            Takes::Whole(least) => match &is {
                Is::Whole(number) => *number < least,
                Is::Text(text) => !may_be_number(text, true),
                _ => is_container,
            },
            Takes::Number(_) | Takes::Positive => match &is {
                Is::Whole(0) => matches!(takes, Takes::Positive),
                Is::Whole(101..) if name == "target_capacity" => true,
                Is::Whole(_) | Is::Number => {
                    !matches!(takes, Takes::Number(i64::MIN)) && item.text().starts_with('-')
                }
                Is::Text(text) => !may_be_number(text, false),
                _ => is_container,
            },
            Takes::Replicas => match &is {
                Is::Whole(number) => *number < 1,
                Is::Text(text) => text != "auto" && !may_be_number(text, true),
                _ => is_container,
            },
            Takes::ImportPath => match &is {
                Is::Text(text) => !is_import_path(text),
                // A number may have a point.
                Is::Number => false,
                _ => true,
            },
            Takes::Route => match &is {
                Is::Text(text) => !text.starts_with('/') || text.len() > 1 && text.ends_with('/'),
                _ => true,
            },
            Takes::List | Takes::Sections(_) => is != Is::List,
            Takes::Mapping | Takes::RuntimeEnv | Takes::Section(_) => is_no_mapping(&is),
        };
        if name == "max_ongoing_requests" && self.reader.is_before(10) {
            return;
        }
        if is_wrong {
            return self.refuse(item, format!("{at} is {}", described(item)), takes.advice());
        }
        match takes {
            Takes::Section(section) => self.section(item, section, &format!("{at}.")),
            Takes::Sections(section) => {
                for (index, item) in item.items().into_iter().enumerate() {
                    let at = format!("{at}[{index}]");
                    if is_no_mapping(&item.is()) {
                        let detail = format!("{at} is {}", described(item));
                        self.refuse(item, detail, "Write a mapping");
                    } else {
                        self.section(item, section, &format!("{at}."));
                    }
                }
            }
            Takes::RuntimeEnv => self.runtime_env(item, at),
            _ if name == "log_level" && matches!(is, Is::Text(_)) => {
                let text = item.text();
                if !LEVELS.contains(&text) && !may_be_number(text, true) {
                    let detail = format!("{at} is {}", Quoted(text));
                    self.refuse(item, detail, Takes::OneOf(LEVELS).advice());
                }
            }
            _ => {}
        }
    }

    fn runtime_env(&mut self, item: Item<'_>, at: &str) {
        let Self { reader, tell } = self;
        refused(item, *reader, &mut |span, detail, advice| {
            tell(
                Told::Refused,
                span,
                format!("{at}: {detail}"),
                advice.into(),
            );
        });
        for (name, value) in variables(item) {
            let (name, value_is) = (Quoted(&name), described(value));
            let detail = format!("{at}: env_vars has {name} as {value_is}");
            self.refuse(value, detail, "Put quotes around it");
        }
        if let Some(modules) = item.get("py_modules").filter(|item| item.is() == Is::Null) {
            self.refuse(
                modules,
                format!("{at}: py_modules is null"),
                "Remove py_modules",
            );
        }
    }

    /// Tells names and routes of several applications.
    fn twice(&mut self, applications: &[Item<'_>]) {
        for (name, default) in [("name", "default"), ("route_prefix", "/")] {
            let values = applications.iter().map(|item| match item.get(name) {
                None => Some(default),
                Some(value) if value.is() == Is::Null => None,
                Some(value) => Some(value.text()),
            });
            let values: Vec<_> = values.collect();
            for (index, value) in values.iter().enumerate() {
                let first = values.iter().position(|other| other == value);
                if let (Some(value), Some(first), Some(item)) =
                    (value, first, applications.get(index))
                    && first < index
                {
                    let value = Quoted(value);
                    let detail = format!(
                        "applications[{first}] and applications[{index}] have the same {name}, \
                         {value}"
                    );
                    self.refuse(
                        *item,
                        detail,
                        format!("Give each application a {name} of its own"),
                    );
                }
            }
        }
    }
}

const FIELD: &str = "spec.serveConfigV2";

fn path() -> Path {
    Path::default().at(FIELD)
}

/// Reports what is told of the Serve config.
fn judge(service: &RayService<'_>, context: &Context<'_>, wanted: Told, report: &mut Report) {
    let config = &*service.spec.serve_config_v2;
    let Some(env) = RuntimeEnv::read(config) else {
        return;
    };
    let reader = Reader {
        by_http: true,
        by_serve: true,
        version: context.object.cluster().and_then(version::of_head_in),
    };
    let mut reading = Reading {
        reader,
        tell: &mut |told, span, detail, advice| {
            if told == wanted {
                let is_line = config
                    .get(span.clone())
                    .is_some_and(|part| !part.contains('\n'));
                let part = match is_line {
                    true => span,
                    false => text::line(config, span.start).1,
                };
                report.add(path(), detail).about(part).advise(advice);
            }
        },
    };
    if env.top().is() == Is::Mapping {
        reading.section(env.top(), Section::Top, "");
    }
}

/// Reports a Serve that does not listen where the Service sends requests.
fn address(pod: Pod<'_, '_>, context: &Context<'_>, report: &mut Report) {
    let (Some(_), Some(service)) = (head_of(pod), context.object.service()) else {
        return;
    };
    let Some(env) = RuntimeEnv::read(&service.spec.serve_config_v2) else {
        return;
    };
    let location = env.top().get("proxy_location");
    if location.is_some_and(|item| item.text() == "Disabled") {
        report
            .add(path(), "proxy_location is Disabled")
            .advise("Remove proxy_location, or write EveryNode");
    }
    let http = env.top().get("http_options");
    let option = |name| http.and_then(|options| options.get(name));
    if let Some(host) = option("host").map(Item::text)
        && (host == "localhost" || host.starts_with("127.") || host == "::1")
    {
        report
            .add(path(), format!("http_options.host is {}", Quoted(host)))
            .advise("Remove host: Ray Serve then listens on all addresses");
    }
    // A sidecar may forward requests, and serveService send them elsewhere.
    if pod.spec().containers.len() > 1 || service.spec.serve_service.is_some() {
        return;
    }
    let written = option("port").map(Item::is);
    let listens = match written {
        None => 8000,
        Some(Is::Whole(port)) => port,
        Some(_) => return,
    };
    let ports = container_ports(pod);
    let named = ports.iter().find(|port| &*port.name == "serve");
    let sends = match named {
        Some(port) => i64::from(port.container_port.0),
        None if ports.is_empty() => 8000,
        None => return,
    };
    if listens != sends {
        let detail = format!(
            "Ray Serve listens on port {listens}, and the port named serve of the Ray container \
             is {sends}"
        );
        report
            .add(path(), detail)
            .advise("Make port of http_options and the port named serve the same");
    }
}

const CONFIG: Rule = Rule {
    level: Level::Deny,
    why: "Ray refuses the config or does not run the application, so the RayService is never \
          ready",
    ..Rule::TRAP
};

const SCHEMA: &str = "ray 2.53.0 python/ray/serve/schema.py:ServeDeploySchema";

/// The patch with a Serve config of these lines.
macro_rules! config {
    ($($line:literal),* $(,)?) => {
        concat!(r#"{"spec": {"serveConfigV2": ""#, $($line, r"\n",)* r#""}}"#)
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Serve config",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-serve-config-yaml",
                why: "KubeRay parses it as YAML 1.1 and expects keys with values, so the \
                      applications are never deployed",
                advice: "Fix the YAML",
                check: Check::RayService(|service, _, report| {
                    let config = &*service.spec.serve_config_v2;
                    if let Err(error) = check(config) {
                        let (line, part) = text::line(config, error.at);
                        let problem = error.kind;
                        let detail =
                            format!("line {line} of serveConfigV2 cannot be read: {problem}");
                        let advice = match problem {
                            SyntaxErrorKind::Tab => "Replace the tab with spaces".into(),
                            _ => format!("Correct line {line}"),
                        };
                        report.add(path(), detail).about(part).advise(advice);
                    }
                }),
                ..CONFIG
            },
            doc: RuleDoc {
                what: "`serveConfigV2` is not valid YAML, or not a mapping.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayservice_controller.go:\
                         updateServeDeployment",
                messages: &[],
                bad: &[
                    Example::service(config!("applications: [")),
                    Example::service(config!("- name: chat", "  import_path: chat:app")),
                    Example::service(config!("applications:", r"\t- import_path: chat:app")),
                ],
                good: &[Example::service(config!(
                    "{applications: [{import_path: 'chat:app'}]}"
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-serve-config-empty",
                why: "KubeRay waits for an application that runs, so the RayService is never ready",
                advice: "Write a list of applications, each with a name and an import_path",
                check: Check::RayService(|service, _, report| {
                    let config = &*service.spec.serve_config_v2;
                    if check(config).is_err() {
                        return;
                    }
                    let env = RuntimeEnv::read(config);
                    let top = env.as_ref().map(RuntimeEnv::top);
                    let top = top.filter(|top| !top.entries().is_empty());
                    let detail = match (top, top.and_then(|top| top.get("applications"))) {
                        (None, _) => "serveConfigV2 is empty",
                        (_, None) => "serveConfigV2 has no applications",
                        (_, Some(item)) if item.is() == Is::List && item.items().is_empty() => {
                            "applications of serveConfigV2 is empty"
                        }
                        _ => return,
                    };
                    report.add(path(), detail);
                }),
                ..CONFIG
            },
            doc: RuleDoc {
                what: "`serveConfigV2` is missing or empty, or has no `applications`.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayservice_controller.go:\
                         getAndCheckServeStatus",
                messages: &[],
                bad: &[
                    Example::service(config!()),
                    Example::service(r#"{"spec": {"serveConfigV2": null}}"#),
                    Example::service(config!("import_path: chat:app")),
                    Example::service(config!("applications: []")),
                ],
                good: &[Example::service(config!(
                    "applications:",
                    "- import_path: chat:app"
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-serve-config-refused",
                check: Check::RayService(|service, context, report| {
                    judge(service, context, Told::Refused, report);
                }),
                ..CONFIG
            },
            doc: RuleDoc {
                what: "Ray Serve refuses a value in `serveConfigV2`: an application without an \
                       `import_path` such as `module:app`, a name or `route_prefix` that two \
                       applications have, `num_replicas` beside `autoscaling_config`, a \
                       `runtime_env` with a path instead of a URI, a value of another type or out \
                       of range.",
                source: SCHEMA,
                messages: &[],
                bad: &[
                    Example::service(config!("applications:", "- import_path: chat")),
                    Example::service(config!(
                        "applications:",
                        "- import_path: a:app",
                        "- {name: b, import_path: b:app}"
                    )),
                    Example::service(config!(
                        "applications:",
                        "- import_path: a:app",
                        "  deployments:",
                        "  - name: Chat",
                        "    num_replicas: 2",
                        "    autoscaling_config: {max_replicas: 4}"
                    )),
                    Example::service(config!(
                        "applications:",
                        "- import_path: a:app",
                        "  runtime_env: {working_dir: ./src}"
                    )),
                    Example::service(config!(
                        "applications:",
                        "- import_path: a:app",
                        "  deployments:",
                        "  - name: Chat",
                        "    ray_actor_options: {memory: 2Gi}"
                    )),
                ],
                good: &[
                    Example::service(config!(
                        "applications:",
                        "- {name: a, import_path: 'a:app', route_prefix: /a}",
                        "- {name: b, import_path: b.app, route_prefix: null}"
                    )),
                    Example::service(config!(
                        "applications:",
                        "- import_path: a:app",
                        "  deployments:",
                        "  - name: Chat",
                        "    num_replicas: auto",
                        "    autoscaling_config: {max_replicas: 4}",
                        "    ray_actor_options: {memory: 2e9}"
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-serve-config-ignored",
                // The applications run, without the setting.
                level: Level::Warn,
                why: "Ray ignores it silently",
                check: Check::RayService(|service, context, report| {
                    judge(service, context, Told::Ignored, report);
                }),
                advice: "Remove the key",
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`serveConfigV2` has a key that Ray Serve does not know, such as a \
                       misspelt one. What an application takes under `args` and `user_config` is \
                       not judged.",
                source: SCHEMA,
                messages: &[],
                bad: &[
                    Example::service(config!(
                        "applications:",
                        "- import_path: a:app",
                        "  deployment: []"
                    )),
                    Example::service(config!(
                        "applications:",
                        "- import_path: a:app",
                        "  deployments:",
                        "  - name: Chat",
                        "    num_replica: 2"
                    )),
                ],
                good: &[Example::service(config!(
                    "applications:",
                    "- import_path: a:app",
                    "  args: {anything: 1}",
                    "  deployments:",
                    "  - name: Chat",
                    "    num_replicas: 2",
                    "    user_config: {anything: 1}"
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-serve-address",
                kinds: Kinds::only(Kind::RayService),
                why: "no request from outside the pod arrives at the applications",
                advice: "Remove it",
                check: Check::Pod(Part::Containers, address),
                ..CONFIG
            },
            doc: RuleDoc {
                what: "Ray Serve listens only inside the pod (`http_options.host`), not at all \
                       (`proxy_location: Disabled`), or on another port than the one named \
                       `serve` of the head's Ray container, which is 8000 by default. A head with \
                       sidecars and a RayService with `serveService` may have other ports.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayservice_controller.go:\
                         updateHeadPodServeLabel",
                messages: &[],
                bad: &[
                    Example::service(config!(
                        "http_options: {host: 127.0.0.1}",
                        "applications:",
                        "- import_path: a:app"
                    )),
                    Example::service(config!(
                        "http_options: {port: 9000}",
                        "applications:",
                        "- import_path: a:app"
                    )),
                    Example::service(config!(
                        "proxy_location: Disabled",
                        "applications:",
                        "- import_path: a:app"
                    )),
                ],
                good: &[Example::service(config!(
                    "http_options: {host: 0.0.0.0, port: 8000}",
                    "applications:",
                    "- import_path: a:app"
                ))],
            },
            cel: &[],
        },
    ],
};
