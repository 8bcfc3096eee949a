//! `serveConfigV2`, which KubeRay passes to Ray Serve as it is: whether Ray refuses or ignores a
//! part, and whether Serve listens where requests arrive
//! (`ray 2.60.0 python/ray/serve/schema.py:ServeDeploySchema`, and the same of 2.9.0 to 2.59.0).
//!
//! Ray reads it by pydantic, which makes numbers of texts and, before Ray 2.55, texts of numbers.

use std::borrow::Cow;
use std::ops::Range;

use super::head_service::{container_ports, head_of};
use super::runtime_env_ray::{Reader, described, one_line, refused, variables};
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
use crate::syntax::runtime_env::{Is, Item, RuntimeEnv, SyntaxErrorKind};
use crate::text;

/// What a field takes.
#[derive(Clone, Copy)]
enum Takes {
    /// What is not judged.
    Any,
    Text,
    /// One of some texts.
    OneOf(Words),
    /// A number without a fraction.
    Whole,
    /// Such a number above 0.
    Count,
    Number,
    /// A number that is not negative.
    Amount,
    /// A number above 0.
    Positive,
    /// A number from 0 to 100.
    Percent,
    /// A number of replicas, or `auto`.
    Replicas,
    /// A number of requests, or -1.
    Queue,
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
                let words = &mut words.words().iter().copied();
                format!("Write {}", text::join(words, " or ")).into()
            }
            Self::Whole => "Write a whole number".into(),
            Self::Count => "Write a whole number of at least 1".into(),
            Self::Number => "Write a number without a unit".into(),
            Self::Amount => "Write a number that is not negative, without a unit".into(),
            Self::Positive => "Write a number above 0 without a unit".into(),
            Self::Percent => "Write a number from 0 to 100".into(),
            Self::Replicas => "Write a whole number of at least 1, or auto".into(),
            Self::Queue => "Write a whole number of at least 1, or -1 for no limit".into(),
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

/// A key, what it takes, whether it may be `null`, and which releases of Ray know it.
type Field = (&'static str, Takes, bool, Known);

/// The minor releases of 2.x that know a key: from the first on, before the second if that is
/// not 0. Releases between two that were read count as those that know it.
type Known = (u8, u8);

const ALL: Known = (0, 0);
/// 2.10 does not know it, and 2.53 does.
const LATER: Known = (11, 0);

/// The newest minor release of 2.x that was read.
const NEWEST: u64 = 60;

/// The texts that a field takes.
#[derive(Clone, Copy)]
enum Words {
    Locations,
    Encodings,
    Levels,
}

impl Words {
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Locations => &["EveryNode", "HeadOnly", "Disabled"],
            Self::Encodings => &["TEXT", "JSON"],
            Self::Levels => &[
                "CRITICAL", "DEBUG", "ERROR", "FATAL", "INFO", "NOTSET", "WARN", "WARNING",
            ],
        }
    }
}

impl Section {
    /// The keys that some release of Ray knows.
    const fn fields(self) -> &'static [Field] {
        use Takes::*;
        match self {
            Self::Top => &[
                ("applications", Sections(Self::Application), false, ALL),
                ("controller_options", Any, true, (56, 0)),
                ("grpc_options", Section(Self::Grpc), false, ALL),
                ("http_options", Section(Self::Http), false, ALL),
                ("logging_config", Section(Self::Logging), true, ALL),
                ("proxy_location", OneOf(Words::Locations), false, ALL),
                ("target_capacity", Percent, true, ALL),
                ("tracing_config", Any, true, (59, 0)),
            ],
            Self::Http => &[
                ("host", Text, false, ALL),
                ("keep_alive_timeout_s", Whole, false, ALL),
                ("port", Whole, false, ALL),
                ("request_timeout_s", Number, true, ALL),
                ("root_path", Text, false, ALL),
                ("ssl_ca_certs", Any, true, LATER),
                ("ssl_certfile", Any, true, LATER),
                ("ssl_keyfile", Any, true, LATER),
                ("ssl_keyfile_password", Any, true, LATER),
            ],
            Self::Grpc => &[
                ("enable_reflection", Any, true, (60, 0)),
                ("grpc_servicer_functions", List, false, ALL),
                ("port", Whole, false, ALL),
                ("request_timeout_s", Number, true, LATER),
            ],
            Self::Logging => &[
                ("encoding", OneOf(Words::Encodings), false, ALL),
                ("log_level", Any, false, ALL),
            ],
            Self::Application => &[
                ("args", Mapping, false, ALL),
                ("autoscaling_policy", Any, true, LATER),
                ("deployments", Sections(Self::Deployment), false, ALL),
                ("external_scaler_enabled", Any, true, LATER),
                ("host", Any, true, ALL),
                ("import_path", ImportPath, false, ALL),
                ("logging_config", Section(Self::Logging), true, ALL),
                ("name", Text, false, ALL),
                ("port", Any, true, ALL),
                ("route_prefix", Route, true, ALL),
                ("runtime_env", RuntimeEnv, false, ALL),
            ],
            Self::Deployment => &[
                ("autoscaling_config", Mapping, true, ALL),
                ("backpressure_config", Any, true, (58, 0)),
                ("deployment_actors", Any, true, (55, 0)),
                ("gang_scheduling_config", Any, true, (55, 0)),
                ("graceful_shutdown_timeout_s", Amount, false, ALL),
                ("graceful_shutdown_wait_loop_s", Amount, false, ALL),
                ("health_check_period_s", Positive, false, ALL),
                ("health_check_timeout_s", Positive, false, ALL),
                ("is_driver_deployment", Any, true, (0, 9)),
                ("logging_config", Section(Self::Logging), false, ALL),
                ("max_concurrent_queries", Count, true, (0, 53)),
                ("max_ongoing_requests", Count, false, (10, 0)),
                ("max_queued_requests", Queue, false, (10, 0)),
                ("max_replicas_per_node", Whole, false, ALL),
                ("max_surge_percent", Any, true, (60, 0)),
                ("name", Text, false, ALL),
                ("num_replicas", Replicas, true, ALL),
                ("placement_group_bundle_label_selector", Any, true, (54, 0)),
                ("placement_group_bundles", List, false, ALL),
                ("placement_group_strategy", Text, false, ALL),
                ("ray_actor_options", Section(Self::Actor), false, ALL),
                ("request_router_config", Any, true, LATER),
                ("rolling_update_percentage", Any, true, (56, 0)),
                ("route_prefix", Any, true, (0, 53)),
                ("user_config", Mapping, true, ALL),
            ],
            Self::Actor => &[
                ("accelerator_type", Text, true, ALL),
                ("fallback_strategy", Any, true, (54, 0)),
                ("label_selector", Any, true, (54, 0)),
                ("memory", Amount, true, ALL),
                ("num_cpus", Amount, true, ALL),
                ("num_gpus", Amount, true, ALL),
                ("object_store_memory", Amount, true, (0, 53)),
                ("resources", Mapping, false, ALL),
                ("runtime_env", RuntimeEnv, false, ALL),
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
    config: &'r str,
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

/// Whether pydantic 1 makes no mapping of a value.
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
            match field {
                Some(&field) if self.knows(field) => {
                    self.field(*value, field, &format!("{at}{key}"));
                }
                // Without applications, nothing is deployed anyway.
                _ if section == Section::Top && !has("applications") => {}
                _ => self.unknown(*value, section, (at, key), &entries),
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

    /// Whether the release of Ray knows a field, or might.
    fn knows(&self, (.., (since, until)): Field) -> bool {
        let reader = self.reader;
        !(reader.is_before(since.into()) || until != 0 && reader.is_from(until.into()))
    }

    /// Tells a key that Ray does not know; `entries` are all of the mapping.
    fn unknown(
        &mut self,
        item: Item<'_>,
        section: Section,
        (at, key): (&str, &str),
        entries: &[(Cow<'_, str>, Item<'_>)],
    ) {
        let value = self.config.get(item.span()).unwrap_or_default();
        let is_for_yaml = key.starts_with("x-") || value.contains('&');
        // Ray refuses it in a logging_config, and newer releases may know more.
        if section == Section::Logging
            || item.is() == Is::Null
            || is_for_yaml
            || self.reader.is_from(NEWEST + 1)
        {
            return;
        }
        let fields = section.fields();
        let other = fields.iter().find(|(name, ..)| *name == key);
        let is_free = |name: &str| entries.iter().all(|(key, _)| key != name);
        let names = fields.iter().filter(|field| self.knows(**field));
        let meant = match key {
            "max_concurrent_queries" => Some("max_ongoing_requests"),
            _ if other.is_some() => None,
            _ => nearest(key, names.map(|(name, ..)| *name)),
        };
        let advice = match (meant.filter(|name| is_free(name)), other) {
            (Some(name), _) => format!("Write {name}").into(),
            (None, Some((.., (_, 0)))) => "Remove the key, or use a newer release of Ray".into(),
            _ => "Remove the key".into(),
        };
        let detail = format!("Ray Serve does not know the key {at}{key}");
        (self.tell)(Told::Ignored, item.key_span(), detail, advice);
    }

    fn field(&mut self, item: Item<'_>, (name, takes, may_be_null, _): Field, at: &str) {
        let is = item.is();
        let is_container = matches!(is, Is::List | Is::Mapping);
        // Whether pydantic 2 reads it, which makes neither texts of numbers nor mappings of lists.
        let is_strict = self.reader.is_from(55);
        let is_text = matches!(is, Is::Text(_));
        let is_wrong = match takes {
            _ if is == Is::Null => !may_be_null,
            Takes::Any => false,
            Takes::Text => is_container || is_strict && !is_text,
            Takes::OneOf(words) => !words.words().contains(&item.text()) || is_container,
            Takes::Whole | Takes::Count => match &is {
                Is::Whole(number) => *number < 1 && matches!(takes, Takes::Count),
                Is::Text(text) => !may_be_number(text, true),
                Is::Number => is_strict,
                _ => is_container,
            },
            Takes::Queue => match is {
                Is::Whole(number) => number < 1 && number != -1,
                _ => true,
            },
            Takes::Number | Takes::Amount | Takes::Positive | Takes::Percent => match &is {
                Is::Whole(0) => matches!(takes, Takes::Positive),
                Is::Whole(101..) if matches!(takes, Takes::Percent) => true,
                Is::Whole(_) | Is::Number => {
                    let text = item.text();
                    let is_above = text.starts_with("100.") && !text.contains(['e', 'E']);
                    !matches!(takes, Takes::Number) && text.starts_with('-')
                        || matches!(takes, Takes::Percent) && is == Is::Number && is_above
                }
                Is::Text(text) => !may_be_number(text, false),
                _ => is_container,
            },
            Takes::Replicas => match &is {
                Is::Whole(number) => *number < 1,
                Is::Text(text) if text == "auto" => self.reader.is_before(10),
                Is::Text(text) => is_strict || text == "0" || !may_be_number(text, true),
                Is::Number => is_strict,
                _ => is_container,
            },
            Takes::ImportPath => match &is {
                Is::Text(text) => !is_import_path(text),
                // A number may have a point.
                Is::Number => is_strict,
                _ => true,
            },
            Takes::Route => match &is {
                Is::Text(text) => !text.starts_with('/') || text.len() > 1 && text.ends_with('/'),
                _ => true,
            },
            Takes::List | Takes::Sections(_) => is != Is::List,
            Takes::Mapping | Takes::RuntimeEnv | Takes::Section(_) => match is_strict {
                true => is != Is::Mapping,
                false => is_no_mapping(&is),
            },
        };
        if is_wrong {
            return self.refuse(item, format!("{at} is {}", described(item)), takes.advice());
        }
        match takes {
            Takes::Section(section) => self.section(item, section, &format!("{at}.")),
            Takes::Sections(section) => {
                for (index, item) in item.items().into_iter().enumerate() {
                    // Another application in front of it leaves a name as it is.
                    let at = match item.get("name").map(Item::is) {
                        Some(Is::Text(name)) if !name.is_empty() => {
                            format!("{at}[{}]", Quoted(&name))
                        }
                        _ => format!("{at}[{index}]"),
                    };
                    if is_no_mapping(&item.is()) {
                        let detail = format!("{at} is {}", described(item));
                        self.refuse(item, detail, "Write a mapping");
                    } else {
                        self.section(item, section, &format!("{at}."));
                    }
                }
            }
            Takes::RuntimeEnv => self.runtime_env(item, at),
            _ if name == "log_level" => {
                let is_wrong = match &is {
                    Is::Text(text) => {
                        !Words::Levels.words().contains(&&**text)
                            && (is_strict || !may_be_number(text, true))
                    }
                    Is::Whole(level) => !matches!(level, 0 | 10 | 20 | 30 | 40 | 50),
                    _ => false,
                };
                if is_wrong {
                    let detail = format!("{at} is {}", described(item));
                    self.refuse(item, detail, Takes::OneOf(Words::Levels).advice());
                }
            }
            _ => {}
        }
    }

    fn runtime_env(&mut self, item: Item<'_>, at: &str) {
        let Self { reader, tell, .. } = self;
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
            let mut before = Vec::new();
            for application in applications {
                let value = match application.get(name) {
                    None => default,
                    Some(value) if value.is() == Is::Null => continue,
                    Some(value) => value.text(),
                };
                if before.contains(&value) {
                    let value = Quoted(value);
                    let detail = format!("two applications have the same {name}, {value}");
                    let advice = format!("Give each application a {name} of its own");
                    self.refuse(*application, detail, advice);
                }
                before.push(value);
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
    let Ok(Some(env)) = context.yaml() else {
        return;
    };
    let reader = Reader {
        by_http: true,
        by_serve: true,
        version: context.object.cluster().and_then(version::of_head_in),
    };
    let mut reading = Reading {
        config,
        reader,
        tell: &mut |told, span, detail, advice| {
            if told == wanted {
                let part = one_line(config, span);
                report.add(path(), detail).about(part).advise(advice);
            }
        },
    };
    if env.top().is() == Is::Mapping {
        reading.section(env.top(), Section::Top, "");
    }
}

/// The port that Serve listens on, if that can be read.
pub(super) fn listens(context: &Context<'_>) -> Option<i64> {
    let env = context.yaml().ok()??;
    let http = env.top().get("http_options");
    match http.and_then(|http| http.get("port")).map(Item::is) {
        None => Some(8000),
        Some(Is::Whole(port)) => Some(port),
        Some(_) => None,
    }
}

/// Reports a Serve that does not listen where the Service sends requests.
fn address(pod: Pod<'_, '_>, context: &Context<'_>, report: &mut Report) {
    let (Some(_), Some(service)) = (head_of(pod), context.object.service()) else {
        return;
    };
    let Ok(Some(env)) = context.yaml() else {
        return;
    };
    let location = env.top().get("proxy_location");
    if location.is_some_and(|item| item.text() == "Disabled") {
        report
            .add(path(), "proxy_location is Disabled")
            .advise("Remove proxy_location, or write EveryNode");
    }
    // A sidecar may forward requests.
    let mut early = pod.spec().init_containers.iter();
    if pod.spec().containers.len() > 1
        || early.any(|container| container.restart_policy.as_deref() == Some("Always"))
    {
        return;
    }
    let http = env.top().get("http_options");
    if let Some(host) = http.and_then(|http| http.get("host")).map(Item::text)
        && (host == "localhost" || host.starts_with("127.") || host == "::1")
    {
        report
            .add(path(), format!("http_options.host is {}", Quoted(host)))
            .advise("Remove host: Ray Serve then listens on all addresses");
    }
    // serveService may send requests elsewhere.
    let Some(listens) = listens(context).filter(|_| service.spec.serve_service.is_none()) else {
        return;
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

const SCHEMA: &str = "ray 2.60.0 python/ray/serve/schema.py:ServeDeploySchema";

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
                check: Check::RayService(|service, context, report| {
                    let config = &*service.spec.serve_config_v2;
                    if let Err(error) = context.yaml() {
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
                check: Check::RayService(|_, context, report| {
                    let Ok(env) = context.yaml() else {
                        return;
                    };
                    let top = env.map(RuntimeEnv::top);
                    let top = top.filter(|top| !top.entries().is_empty());
                    let detail = match (top, top.and_then(|top| top.get("applications"))) {
                        (None, _) => "serveConfigV2 is empty",
                        (_, None) => "serveConfigV2 has no applications",
                        _ => return,
                    };
                    report.add(path(), detail);
                }),
                ..CONFIG
            },
            doc: RuleDoc {
                what: "`serveConfigV2` is missing or empty, or has no `applications`. With \
                       `applications: []`, by which controllers stop a model, KubeRay stops all \
                       applications, and the RayService is not ready until it has one again.",
                source: "kuberay v1.7.0 ray-operator/controllers/ray/rayservice_controller.go:\
                         getAndCheckServeStatus",
                messages: &[],
                bad: &[
                    Example::service(config!()),
                    Example::service(r#"{"spec": {"serveConfigV2": null}}"#),
                    Example::service(config!("import_path: chat:app")),
                ],
                good: &[
                    Example::service(config!("applications:", "- import_path: chat:app")),
                    Example::service(config!("applications: []")),
                ],
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
                       misspelt one, or that the release of Ray does not know, which the tag of \
                       the head's image or `rayVersion` tells. Keys that begin with `x-` or \
                       contain an anchor of YAML, what an application takes under `args` and \
                       `user_config`, and all keys for a Ray newer than 2.60 are not judged.",
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
                       `serve` of the head's Ray container, which is 8000 by default. Sidecars of \
                       the head may forward requests to any host and port, and a RayService with \
                       `serveService` may have other ports.",
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
                good: &[
                    Example::service(config!(
                        "http_options: {host: 0.0.0.0, port: 8000}",
                        "applications:",
                        "- import_path: a:app"
                    )),
                    Example::service(
                        r#"{"spec": {"rayClusterConfig": {"headGroupSpec": {"template": {"spec": {
                              "containers": [
                                {"name": "ray-head", "image": "rayproject/ray:2.52.0"},
                                {"name": "proxy", "image": "example.com/proxy:1"}]}}}},
                             "serveConfigV2":
                               "{http_options: {host: 127.0.0.1}, applications: []}"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
