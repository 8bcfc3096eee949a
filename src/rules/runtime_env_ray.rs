//! What Ray makes of the runtime environment that KubeRay passes to it: whether it refuses or
//! ignores a part
//! (`ray 2.60.0 python/ray/_private/runtime_env/validation.py`, `protocol.py`).

use std::borrow::Cow;
use std::ops::Range;

use super::{Entry, Family, version};
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{Edit, FixTemplate};
use crate::job::Job;
use crate::json::Quoted;
use crate::kuberay::SubmissionMode;
use crate::rule::{Check, Level, Rule};
use crate::rule_doc::RuleDoc;
use crate::syntax::nearest::nearest;
use crate::syntax::ray_version::RayVersion;
use crate::syntax::runtime_env::{Is, Item, RuntimeEnv};
use crate::syntax::shell::LONGEST_ARGUMENT;
use crate::text;

/// The keys that some release of Ray knows: the first minor release of 2.x that was run and
/// does, and the first that does not any more.
/// (`python/ray/runtime_env/runtime_env.py:RuntimeEnv.known_fields`, its plugins and extensions.)
const KEYS: [(&str, u64, u64); 23] = [
    ("conda", 0, 0),
    ("config", 0, 0),
    ("container", 0, 0),
    ("docker", 0, 52),
    ("env_vars", 0, 0),
    ("excludes", 0, 0),
    ("image_uri", 35, 0),
    ("java_jars", 0, 0),
    ("mpi", 0, 52),
    ("nsight", 0, 0),
    ("pip", 0, 0),
    ("py_executable", 46, 0),
    ("py_modules", 0, 0),
    ("rocprof_sys", 52, 0),
    ("uv", 46, 0),
    ("worker_process_setup_hook", 0, 0),
    ("working_dir", 0, 0),
    ("_inject_current_ray", 0, 0),
    ("_nsight", 0, 0),
    ("_ray_commit", 0, 0),
    ("_ray_release", 0, 0),
    ("_rocprof_sys", 52, 0),
    ("_validate", 0, 0),
];

/// Where Ray reads the runtime environment first.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    /// On the head: KubeRay posts it. Else the CLI in the submitter reads it.
    pub(super) by_http: bool,
    /// On the head, as a part of a Serve config.
    pub(super) by_serve: bool,
    pub(super) version: Option<RayVersion>,
}

impl Reader {
    /// Whether Ray is known to be this release of 2.x or newer.
    pub(super) fn is_from(self, minor: u64) -> bool {
        self.version
            .is_some_and(|version| version.at_least(2, minor))
    }

    /// Whether a file is not where Ray reads it. An absolute path may be one of the head's image;
    /// in a Serve config so may one that is relative to the folder of `ray start`.
    fn lacks(self, file: &str) -> bool {
        self.by_http && !file.starts_with('/') && !(self.by_serve && file.contains(['/', '.']))
    }

    /// Whether Ray is known to be older than this release of 2.x.
    pub(super) fn is_before(self, minor: u64) -> bool {
        self.version
            .is_some_and(|version| !version.at_least(2, minor))
    }
}

/// What tells a problem: its place, what is written, and what to write.
pub(super) type Tell<'t> = &'t mut dyn FnMut(Range<usize>, String, &'static str);

/// A value in words.
pub(super) fn described(item: Item<'_>) -> String {
    match item.is() {
        Is::Null => "null".into(),
        Is::Bool => format!("the boolean {}", item.text()),
        Is::Whole(_) | Is::Number => format!("the number {}", item.text()),
        Is::Text(text) => Quoted(&text).to_string(),
        Is::List => "a list".into(),
        Is::Mapping => "a mapping".into(),
    }
}

fn is_text(item: Item<'_>) -> bool {
    matches!(item.is(), Is::Text(_))
}

/// Tells a value that is something else than it must be.
fn tell_value(item: Item<'_>, name: &str, advice: &'static str, tell: Tell<'_>) {
    tell(
        item.span(),
        format!("{name} is {}", described(item)),
        advice,
    );
}

/// Whether Python takes a value for false.
fn is_empty(item: Item<'_>) -> bool {
    match item.is() {
        Is::Null => true,
        Is::Bool => matches!(
            item.text(),
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF"
        ),
        Is::Whole(number) => number == 0,
        Is::Number => false,
        Is::Text(text) => text.is_empty(),
        Is::List => item.items().is_empty(),
        Is::Mapping => item.entries().is_empty(),
    }
}

/// Tells an item of a list that is no text, or that there is no list.
fn texts(item: Item<'_>, name: &str, advice: &'static str, tell: Tell<'_>) {
    if item.is() != Is::List {
        return tell_value(item, name, advice, tell);
    }
    if let Some(other) = item.items().into_iter().find(|item| !is_text(*item)) {
        tell(
            other.span(),
            format!("{name} contains {}", described(other)),
            advice,
        );
    }
}

const EXCLUDES: &str = "Write a list of patterns, such as [data/], or remove excludes";

/// Tells what Ray refuses.
pub(super) fn refused(top: Item<'_>, reader: Reader, tell: Tell<'_>) {
    let entries = match top.is() {
        Is::Mapping => top.entries(),
        _ => return,
    };
    for (key, value) in &entries {
        let value = *value;
        if value.is() == Is::Null {
            // The CLI fails on it, unless nothing else is left of the runtime environment.
            let is_alone = || {
                entries.iter().all(|(key, value)| {
                    let may_be_dropped = matches!(&**key, "env_vars" | "pip" | "uv");
                    value.is() == Is::Null || may_be_dropped && is_empty(*value)
                })
            };
            if key == "excludes" && !reader.by_http && !is_alone() {
                tell(value.span(), "excludes is null".into(), EXCLUDES);
            }
            continue;
        }
        match &**key {
            "env_vars" => {
                let is_mapping = value.is() == Is::Mapping;
                // The CLI drops an empty text or list.
                let is_dropped = is_empty(value) && matches!(value.is(), Is::Text(_) | Is::List);
                if !is_mapping && (reader.by_http && !reader.by_serve || !is_dropped) {
                    tell_value(
                        value,
                        "env_vars",
                        "Write env_vars as a mapping, such as {DEBUG: \"1\"}",
                        tell,
                    );
                }
            }
            "pip" => packages(value, PIP, reader, tell),
            "uv" if reader.is_from(46) => packages(value, UV, reader, tell),
            "conda" => conda(value, reader, tell),
            "excludes" => texts(value, key, EXCLUDES, tell),
            "py_modules" => py_modules(value, reader, tell),
            "working_dir" => match value.is() {
                Is::Text(text) => uri(&text, value, "working_dir", reader, tell),
                _ => tell_value(
                    value,
                    "working_dir",
                    "Write one URI of a .zip file, such as s3://bucket/code.zip",
                    tell,
                ),
            },
            "config" => config(value, reader, tell),
            "worker_process_setup_hook"
                if !(reader.by_http || is_text(value) || is_empty(value)) =>
            {
                tell_value(
                    value,
                    key,
                    "Write the name of a function as text, such as my.module.setup",
                    tell,
                );
            }
            _ => {}
        }
    }
    alone(&entries, reader, tell);
}

/// Tells keys that Ray does not take together.
fn alone(entries: &[(Cow<'_, str>, Item<'_>)], reader: Reader, tell: Tell<'_>) {
    let find = |wanted: &str| {
        let entry = entries.iter().find(|(key, _)| key == wanted);
        entry
            .map(|(_, value)| *value)
            .filter(|value| value.is() != Is::Null)
    };
    // From 2.46 on, an empty one counts too.
    let is_used = |item: Item<'_>| reader.is_from(46) || !is_empty(item);
    let mut before = None;
    for key in ["pip", "conda", "uv"] {
        let Some(item) = find(key).filter(|item| is_used(*item)) else {
            continue;
        };
        if key == "uv" && !reader.is_from(46) {
            continue;
        }
        match before {
            None => before = Some(key),
            Some(other) => tell(
                item.key_span(),
                format!("there are both {other} and {key}"),
                "Keep one of pip, conda and uv: conda can have pip among its dependencies",
            ),
        }
    }
    for key in ["container", "image_uri"] {
        let is_known = key == "container" || reader.is_from(35);
        let Some(item) = find(key).filter(|item| is_known && !is_empty(*item)) else {
            continue;
        };
        // The head adds env_vars to the runtime environment of a job.
        if reader.is_before(36) && !reader.by_serve {
            tell(
                item.key_span(),
                format!("there is {key}, which this release of Ray refuses in a job"),
                "Use an image for the whole RayCluster instead",
            );
            continue;
        }
        let mut others = entries.iter().filter(|(other, value)| {
            let is_given = value.is() != Is::Null || keeps_null(other, reader);
            !matches!(&**other, "config" | "env_vars" | "_validate") && other != key && is_given
        });
        if let Some((other, _)) = others.next() {
            tell(
                item.key_span(),
                format!("there are both {key} and {}", Quoted(other)),
                "Keep only config and env_vars beside it, or use an image for the whole \
                 RayCluster instead",
            );
        }
    }
}

/// Whether Ray keeps a key whose value is null: it drops those that it has a parameter for.
fn keeps_null(key: &str, reader: Reader) -> bool {
    let is_kept = matches!(key, "docker" | "excludes" | "java_jars") || key.starts_with('_');
    is_kept || !knows(key, reader)
}

/// A text for which Ray needs a file.
fn taken_for_file(name: &str, file: &str, reader: Reader) -> String {
    let place = match reader.by_http {
        true => " on the head, and nothing copies it there",
        false => "",
    };
    format!(
        "{name} is {}, which Ray takes for a file{place}",
        Quoted(file)
    )
}

const PACKAGES: &str = "Write a list of packages, such as [torch==2.4.0]";

/// The names of a table of packages: the key itself, its switch, its version, its options.
type Installer = (&'static str, &'static str, &'static str, &'static str);

const PIP: Installer = ("pip", "pip_check", "pip_version", "pip_install_options");
const UV: Installer = ("uv", "uv_check", "uv_version", "uv_pip_install_options");

fn packages(item: Item<'_>, installer: Installer, reader: Reader, tell: Tell<'_>) {
    let (name, check, version, options) = installer;
    match item.is() {
        Is::Text(text) if text.is_empty() => tell_value(item, name, PACKAGES, tell),
        Is::Text(text) if reader.lacks(&text) => {
            tell(item.span(), taken_for_file(name, &text, reader), PACKAGES);
        }
        Is::Text(_) => {}
        Is::List => texts(item, name, PACKAGES, tell),
        Is::Mapping => {
            let entries = item.entries();
            let known = ["packages", check, version, options];
            let unknown = entries.iter().find(|(key, _)| {
                let is_late = key == PIP.3 && reader.is_before(48);
                !known.contains(&&**key) || is_late
            });
            if let Some((key, value)) = unknown {
                let detail = format!("{name} has the key {}", Quoted(key));
                return tell(
                    value.key_span(),
                    detail,
                    "Use packages, and the keys of Ray's documentation",
                );
            }
            let Some(packages) = item.get("packages") else {
                return tell(
                    item.span(),
                    format!("{name} has no packages"),
                    "Write packages: [..]",
                );
            };
            match packages.is() {
                Is::List if name == "uv" && reader.is_from(60) => {
                    texts(packages, "packages of uv", PACKAGES, tell);
                }
                Is::List => {}
                Is::Text(file) if name == "pip" && !file.is_empty() && !reader.lacks(&file) => {}
                _ => tell_value(packages, &format!("packages of {name}"), PACKAGES, tell),
            }
            for (key, value) in entries {
                let advice = match &*key {
                    key if key == check && value.is() != Is::Bool => "Write true or false",
                    key if key == version && !is_text(value) => {
                        "Write the version as text, such as \"==22.0.2\""
                    }
                    key if key == options => {
                        texts(
                            value,
                            key,
                            "Write a list of options, such as [--no-cache]",
                            tell,
                        );
                        continue;
                    }
                    _ => continue,
                };
                tell_value(value, &key, advice, tell);
            }
        }
        _ => tell_value(item, name, PACKAGES, tell),
    }
}

fn is_conda_file(text: &str) -> bool {
    text.ends_with(".yml") || text.ends_with(".yaml")
}

fn conda(item: Item<'_>, reader: Reader, tell: Tell<'_>) {
    match item.is() {
        Is::Text(text) => {
            if is_conda_file(&text) && reader.lacks(&text) {
                tell(
                    item.span(),
                    taken_for_file("conda", &text, reader),
                    "Write the content of the file here instead",
                );
            }
        }
        Is::Mapping => {}
        _ => tell_value(
            item,
            "conda",
            "Write the name of an environment, or a mapping with dependencies",
            tell,
        ),
    }
}

fn config(item: Item<'_>, reader: Reader, tell: Tell<'_>) {
    if item.is() != Is::Mapping {
        return tell_value(
            item,
            "config",
            "Write config as a mapping, such as {eager_install: true}",
            tell,
        );
    }
    for (key, value) in item.entries() {
        let advice = match (&*key, value.is()) {
            ("setup_timeout_seconds", Is::Whole(-1 | 1..=2_147_483_647)) => continue,
            ("setup_timeout_seconds", _) => {
                "Write a whole number of seconds without quotes, such as 600, or -1 for no limit"
            }
            ("eager_install", Is::Bool) => continue,
            ("eager_install", _) => "Write true or false",
            ("log_files", _) if reader.is_from(35) => {
                texts(value, "log_files", "Write a list of files", tell);
                continue;
            }
            _ => continue,
        };
        tell_value(value, &key, advice, tell);
    }
}

fn py_modules(item: Item<'_>, reader: Reader, tell: Tell<'_>) {
    const ADVICE: &str = "Write a list of URIs, such as [s3://bucket/module.zip]";
    if item.is() != Is::List {
        return tell_value(item, "py_modules", ADVICE, tell);
    }
    for module in item.items() {
        match module.is() {
            Is::Text(text) => uri(&text, module, "py_modules", reader, tell),
            _ => tell(
                module.span(),
                format!("py_modules contains {}", described(module)),
                ADVICE,
            ),
        }
    }
}

/// The scheme of a URI, as Python's `urlparse` finds it.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_of_scheme);
    is_scheme.then_some(scheme)
}

/// A URI without its query and fragment.
fn without_query(uri: &str) -> &str {
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    uri.get(..end).unwrap_or(uri)
}

/// Whether the name of the file is nothing but its ending, so that Ray from 2.57 on sees none.
fn is_nameless(uri: &str) -> bool {
    let path = without_query(uri).trim_end_matches('/');
    [".zip", ".tgz"].iter().any(|ending| {
        let before = path.strip_suffix(ending).unwrap_or_default();
        matches!(before.as_bytes().last(), Some(b'/' | b':'))
    })
}

const NAMELESS: (&str, &str) = (
    ", a file without a name",
    "Write the name of the file too, such as s3://bucket/code.zip",
);

/// Tells a URI that Ray does not fetch.
fn uri(text: &str, item: Item<'_>, field: &str, reader: Reader, tell: Tell<'_>) {
    let mut found = |detail: String, advice: &'static str| tell(item.span(), detail, advice);
    let written = format!("{field} is {}", Quoted(text));
    let Some(scheme) = scheme(text) else {
        let is_nothing = field == "working_dir" && text.is_empty() && !reader.is_before(47);
        if reader.by_serve || reader.by_http && !is_nothing {
            let taker = match reader.by_serve {
                true => "a Serve config takes only URIs",
                false => "the head takes only URIs in HTTPMode",
            };
            found(
                format!("{written}, a path, but {taker}"),
                "Put the code into the image, or write a URI such as s3://bucket/code.zip",
            );
        } else if text.starts_with("~/") {
            found(
                format!("{written}, but Ray does not expand ~"),
                "Write the path without ~, such as /home/ray/code",
            );
        } else if !text.is_empty() && text.trim().is_empty() {
            found(written, "Write the path of a folder");
        }
        return;
    };
    let scheme = scheme.to_ascii_lowercase();
    match &*scheme {
        "gcs" => {
            // A Serve config may name a package that a job has left there.
            if reader.is_from(60) && !reader.by_serve {
                found(
                    format!("{written}, and gcs:// is for Ray's own packages"),
                    "Use gs:// for Google Cloud Storage",
                );
            }
            return;
        }
        "conda" | "pip" => return,
        "local" if !reader.is_before(60) => return,
        "https" | "s3" | "gs" | "file" | "http" | "azure" | "abfss" => {}
        // Whether a path with a colon is there, only the submitter knows.
        _ if !reader.by_http && field == "py_modules" && text.ends_with(".whl") => return,
        _ => {
            return found(
                format!(
                    "{written}, and Ray does not know the scheme {}",
                    Quoted(&scheme)
                ),
                "Use https://, s3:// or gs://, and the .zip of an archive instead of git",
            );
        }
    }
    let is_late = match &*scheme {
        "http" => reader.is_before(56),
        "azure" | "abfss" => reader.is_before(48),
        _ => false,
    };
    if is_late {
        return found(
            format!("{written}, whose scheme this release of Ray does not know"),
            "Use https://, s3:// or gs://",
        );
    }
    let path = without_query(text);
    let file = match reader.is_before(57) {
        true => path,
        false => path.trim_end_matches('/'),
    };
    let is_archive = file.ends_with(".zip")
        || (file.ends_with(".whl")
            && (field == "py_modules" || reader.by_http && !reader.is_from(60)))
        || (!reader.is_before(56) && (path.ends_with(".tar.gz") || file.ends_with(".tgz")))
        || (!reader.is_before(60) && path.ends_with(".tar.xz"));
    if reader.is_from(57) && is_nameless(text) {
        let (fault, advice) = NAMELESS;
        found(format!("{written}{fault}"), advice);
    } else if !is_archive {
        found(
            format!("{written}, which does not end in .zip"),
            "Pack the code into a .zip file with one folder, and write the URI of that file",
        );
    }
}

/// The values under `env_vars` that are no text.
pub(super) fn variables(top: Item<'_>) -> Vec<(String, Item<'_>)> {
    let variables = top.get("env_vars").map(Item::entries).unwrap_or_default();
    let wrong = variables.into_iter().filter(|(_, value)| !is_text(*value));
    wrong
        .map(|(name, value)| (name.into_owned(), value))
        .collect()
}

/// The text with quotes around these values; `None` if quotes do not make texts of them.
fn quoted(text: &str, values: &[(String, Item<'_>)]) -> Option<String> {
    let mut quoted = String::new();
    let mut done = 0;
    let mut spans = Vec::new();
    for (_, value) in values {
        let is_simple = matches!(value.is(), Is::Bool | Is::Whole(_) | Is::Number);
        if !is_simple || !value.is_plain() {
            return None;
        }
        spans.push(value.span());
    }
    for span in spans {
        // Values that a merge key brings in are out of order.
        quoted.push_str(text.get(done..span.start)?);
        quoted.push('"');
        quoted.push_str(text.get(span.clone())?);
        quoted.push('"');
        done = span.end;
    }
    quoted.push_str(text.get(done..)?);
    Some(quoted)
}

/// Whether the release knows a key, or might.
fn knows(key: &str, reader: Reader) -> bool {
    let known = KEYS.iter().find(|(name, ..)| *name == key);
    known.is_some_and(|&(_, since, until)| {
        !(reader.is_before(since) || until != 0 && reader.is_from(until))
    })
}

/// The key that an unknown one means.
fn meant(key: &str, reader: Reader) -> Option<&'static str> {
    const ALIASES: [(&str, &str); 6] = [
        ("env", "env_vars"),
        ("environment", "env_vars"),
        ("environment_variables", "env_vars"),
        ("workdir", "working_dir"),
        ("working_directory", "working_dir"),
        ("exclude", "excludes"),
    ];
    let mut letters = String::new();
    let mut last = ' ';
    for c in key.chars() {
        if c.is_ascii_uppercase() && last.is_ascii_lowercase() {
            letters.push('_');
        }
        last = if c == '-' { '_' } else { c };
        letters.push(last.to_ascii_lowercase());
    }
    let alias = ALIASES.iter().find(|(alias, _)| *alias == letters);
    let names = KEYS.iter().map(|&(name, ..)| name);
    let names = names.filter(|name| !name.starts_with('_') && knows(name, reader));
    let spelt = || nearest(&letters, names);
    alias.map(|&(_, name)| name).or_else(spelt)
}

/// The runtime environment that KubeRay submits, and who reads it.
fn submitted<'c>(job: Job<'_>, context: &'c Context<'_>) -> Option<(&'c RuntimeEnv<'c>, Reader)> {
    let by_shell = job.submits_by_shell(context.release);
    if job.spec.runtime_env_yaml.is_empty() || !(by_shell || job.has_mode(SubmissionMode::Http)) {
        return None;
    }
    let reader = Reader {
        by_http: !by_shell,
        by_serve: false,
        version: version::of_head(job),
    };
    Some((context.yaml().ok()??, reader))
}

/// Runs a check of the runtime environment that KubeRay submits, unless it never arrives.
fn check(
    job: Job<'_>,
    context: &Context<'_>,
    report: &mut Report,
    look: fn(&RuntimeEnv<'_>, Reader, &mut Findings<'_, '_>),
) {
    if let Some((env, reader)) = submitted(job, context)
        && env.too_long.is_none()
    {
        let text = &*job.spec.runtime_env_yaml;
        look(env, reader, &mut Findings { job, text, report });
    }
}

/// Finds a runtime environment whose JSON is too long for an argument or a variable of a
/// program.
fn check_length(job: Job<'_>, context: &Context<'_>, report: &mut Report) {
    let Some(length) = submitted(job, context).and_then(|(env, _)| env.too_long) else {
        return;
    };
    let detail = format!(
        "the JSON of runtimeEnvYAML has at least {length} bytes, and Linux passes at most \
         {LONGEST_ARGUMENT} to a program in one argument or variable"
    );
    let finding = report.add(job.path("runtimeEnvYAML"), detail);
    finding.advise("Put long values into files in the image or in a volume");
}

/// The part of a text that a finding shows: this one, or the line on which it begins.
pub(super) fn one_line(text: &str, span: Range<usize>) -> Range<usize> {
    let part = text.get(span.clone());
    match part.is_some_and(|part| !part.contains('\n')) {
        true => span,
        false => text::line(text, span.start).1,
    }
}

/// Where the findings go.
struct Findings<'f, 's> {
    job: Job<'s>,
    text: &'s str,
    report: &'f mut Report,
}

impl Findings<'_, '_> {
    fn add(
        &mut self,
        span: Range<usize>,
        detail: String,
        advice: Option<Cow<'static, str>>,
        proposed: Option<String>,
    ) {
        if self.report.is_full() {
            return;
        }
        let part = one_line(self.text, span);
        let path = self.job.path("runtimeEnvYAML");
        let finding = self.report.add(path, detail).about(part).propose(proposed);
        if let Some(advice) = advice {
            finding.advise(advice);
        }
    }
}

fn check_refused(env: &RuntimeEnv<'_>, reader: Reader, findings: &mut Findings<'_, '_>) {
    refused(env.top(), reader, &mut |span, detail, advice| {
        findings.add(span, detail, Some(advice.into()), None);
    });
}

fn check_variables(env: &RuntimeEnv<'_>, _: Reader, findings: &mut Findings<'_, '_>) {
    const SHOWN: usize = 3;
    let wrong = variables(env.top());
    let Some((_, first)) = wrong.first() else {
        return;
    };
    let mut detail = String::from("env_vars has");
    for (index, (name, value)) in wrong.iter().take(SHOWN).enumerate() {
        let separator = if index == 0 { " " } else { ", " };
        detail.push_str(separator);
        detail.push_str(&format!("{} as {}", Quoted(name), described(*value)));
    }
    if wrong.len() > SHOWN {
        detail.push_str(&format!(" and {} more", wrong.len().saturating_sub(SHOWN)));
    }
    let proposed = match cfg!(feature = "fixes") {
        true => quoted(findings.text, &wrong),
        false => None,
    };
    findings.add(first.span(), detail, None, proposed);
}

fn check_ignored(env: &RuntimeEnv<'_>, reader: Reader, findings: &mut Findings<'_, '_>) {
    let entries = env.top().entries();
    for (key, value) in &entries {
        if findings.report.is_full() {
            break;
        }
        if value.is() == Is::Null || knows(key, reader) {
            continue;
        }
        let span = value.key_span();
        let is_other_release = KEYS.iter().any(|(name, ..)| name == key);
        let meant = meant(key, reader).filter(|meant| entries.iter().all(|(key, _)| key != meant));
        let release = match is_other_release {
            true => " of this release of Ray",
            false => "",
        };
        let advice = match meant {
            _ if is_other_release => "Remove the key, or use a release of Ray that has it".into(),
            Some(meant) => format!("Write {meant}"),
            None => "Remove the key".into(),
        };
        let key = Quoted(key);
        let detail = format!("runtime environments{release} have no key {key}");
        let text = findings.text;
        let renamed = |meant: &str| {
            let (before, after) = (text.get(..span.start)?, text.get(span.end..)?);
            Some(format!("{before}{meant}{after}"))
        };
        let meant = meant.filter(|_| cfg!(feature = "fixes") && !is_other_release);
        findings.add(
            span.clone(),
            detail,
            Some(advice.into()),
            meant.and_then(renamed),
        );
    }
}

/// What is wrong with a path, which follows it, and what to write instead, if the path is what
/// its name says.
fn path_fault(path: &str, is_module: bool, reader: Reader) -> Option<(&'static str, &'static str)> {
    let ends_with = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
    let is_zip = ends_with(&[".zip", ".tar.gz", ".tgz"]);
    let is_file = ends_with(&[".py", ".txt", ".yml", ".yaml", ".jar"]);
    Some(match scheme(path) {
        Some("https" | "s3" | "gs" | "file" | "http") => {
            let is_late_wheel = ends_with(&[".whl"]) && reader.by_http && !reader.is_from(60);
            if reader.version.is_none() && is_nameless(path) {
                NAMELESS
            } else if is_late_wheel && !is_module {
                (", a wheel", "Write the URI of a .zip file")
            } else {
                return None;
            }
        }
        None if reader.by_http => match path.is_empty() && !is_module && !reader.is_before(47) {
            true => ("", "Remove working_dir"),
            false => return None,
        },
        None if is_module => match is_file || is_zip || ends_with(&[".tar.xz"]) {
            true => (", a file", "Write the folder of the module, or a .whl file"),
            false => return None,
        },
        None if is_zip && !reader.is_from(56) => (
            ", a file",
            "Write the folder instead of the archive, or use Ray 2.56 or newer",
        ),
        None if is_file
            || ends_with(&[".whl"])
            || ends_with(&[".tar.xz"]) && !reader.is_from(60) =>
        {
            (", a file", "Write the folder that contains the code")
        }
        _ => return None,
    })
}

/// Tells the paths that Ray refuses, if they are what their names say.
fn check_paths(env: &RuntimeEnv<'_>, reader: Reader, findings: &mut Findings<'_, '_>) {
    let top = env.top();
    let mut look = |field: &str, item: Item<'_>| {
        if let Is::Text(path) = item.is()
            && let Some((fault, advice)) = path_fault(&path, field == "py_modules", reader)
        {
            let detail = format!("{field} is {}{fault}", Quoted(&path));
            findings.add(item.span(), detail, Some(advice.into()), None);
        }
    };
    if let Some(item) = top.get("working_dir") {
        look("working_dir", item);
    }
    for item in top.get("py_modules").map(Item::items).unwrap_or_default() {
        look("py_modules", item);
    }
    for key in ["pip", "uv", "conda"] {
        let Some(item) = top.get(key) else { continue };
        if key == "uv" && !reader.is_from(46) {
            continue;
        }
        let file = match key {
            "pip" if reader.by_http => item.get("packages").unwrap_or(item),
            _ => item,
        };
        let Is::Text(path) = file.is() else { continue };
        let is_conda = key == "conda";
        let is_told = match reader.by_http {
            true => path.starts_with('/') && (!is_conda || is_conda_file(&path)),
            false => !(is_conda || path.is_empty() || path.ends_with(".txt")),
        };
        if is_told {
            let advice = match (reader.by_http, is_conda) {
                (false, _) => PACKAGES,
                (true, false) => "Write a list of packages, unless the image has the file",
                (true, true) => "Write the content of the file here, unless the image has it",
            };
            findings.add(
                item.span(),
                taken_for_file(key, &path, reader),
                Some(advice.into()),
                None,
            );
        }
    }
}

const SOURCE: &str = "ray 2.60.0 python/ray/_private/runtime_env/validation.py, protocol.py, \
                      python/ray/runtime_env/runtime_env.py";

/// Each of them: the whole is of no use.
const REFUSED: Rule = Rule {
    // Every attempt to submit fails, or the job fails before it starts.
    level: Level::Deny,
    why: "Ray cannot use this runtime environment, so the entrypoint never runs",
    ..Rule::TRAP
};

/// The patch that gives a job this runtime environment, and its cluster only a head of this
/// image.
macro_rules! on_image {
    ($image:literal, $env:literal) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"rayVersion": null, "workerGroupSpecs": null,
                 "headGroupSpec": {"template": {"spec": {"containers": [
                   {"name": "ray-head", "image": ""#,
            $image,
            r#""}]}}}}, "runtimeEnvYAML": ""#,
            $env,
            r#""}}"#
        )
    };
}

pub(super) const FAMILY: Family = Family {
    title: "Runtime environment in Ray",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-runtime-env-variables",
                why: "Ray requires text for each variable and refuses this runtime environment, so \
                      the entrypoint never runs",
                advice: "Put quotes around the values under env_vars, such as DEBUG: \"1\"",
                fixes: &[FixTemplate {
                    // Ray refuses the numbers and booleans, so their text is what is meant.
                    title: "put quotes around numbers and booleans under env_vars",
                    safe: true,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Job(|job, context, report| {
                    if text::has(&job.runtime_env_yaml, "env_vars") {
                        check(job, context, report, check_variables);
                    }
                }),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A value under `env_vars` in `runtimeEnvYAML` is a number, a boolean, \
                       `null`, a list or a mapping. In YAML 1.1, `yes`, `on` and `no` are \
                       booleans too.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "env_vars: {DEBUG: 1}"}}"#),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "env_vars: {TOKENIZERS_PARALLELISM: yes}"}}"#,
                    ),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "env_vars: {DEBUG: }"}}"#),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML": "env_vars:\n  DEBUG: \"1\"\n  A: b\n"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "InteractiveMode", "entrypoint": null,
                             "runtimeEnvYAML": "env_vars: {DEBUG: 1}"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-runtime-env-refused",
                advice: "Write what Ray accepts",
                check: Check::Job(|job, context, report| {
                    check_length(job, context, report);
                    check(job, context, report, check_refused);
                }),
                ..REFUSED
            },
            doc: RuleDoc {
                what: "A field of `runtimeEnvYAML` has a value that Ray refuses: `pip` and `uv` \
                       are lists of texts, `working_dir` and `py_modules` in HTTPMode are URIs, \
                       `pip` and `conda` exclude each other. A URI ends in `.zip`, from Ray 2.56 \
                       on also in `.tar.gz` or `.tgz`, from 2.60 on in `.tar.xz`, and among \
                       `py_modules` in `.whl`; Ray takes no `.jar`. What only some releases of \
                       Ray refuse is found if the tag of the head's image, or else `rayVersion`, \
                       tells the release. Relative paths of files are found only in HTTPMode, \
                       where nothing uploads them. Or the JSON is longer than 131,071 bytes.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "pip: [torch, 1]"}}"#),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "pip: [torch]\nexcludes:"}}"#),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML":
                             "pip: [torch]\nconda: {dependencies: [pip]}"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML":
                             "working_dir: git://github.com/ray-project/ray"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "working_dir: ./code"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML":
                             "config: {setup_timeout_seconds: \"600\"}"}}"#,
                    ),
                    // Ray drops null only of keys that it has a parameter for.
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML": "container: {image: a}\nexcludes:"}}"#,
                    ),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "container: {image: a}\nmine:"}}"#),
                    Example::job(on_image!("rayproject/ray:2.35.0", "container: {image: a}")),
                    Example::job(on_image!(
                        "rayproject/ray:2.57.0",
                        "working_dir: s3://bucket/.zip"
                    )),
                    Example::job(on_image!(
                        "rayproject/ray:2.47.0",
                        "pip: {packages: [torch], pip_install_options: [-U]}"
                    )),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "conda: environment.yml"}}"#,
                    ),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML":
                               "working_dir: https://example.com/code/main.zip"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML":
                             "pip: requirements.txt\nworking_dir: ./code"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML":
                             "pip: {packages: [torch]}\nconfig: {eager_install: no}"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML":
                             "container: {image: a}\n_validate: false\npip:"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-runtime-env-ignored",
                why: "Ray ignores it, so what it says has no effect",
                advice: "Use a key of Ray's runtime environments",
                fixes: &[FixTemplate {
                    title: "use the key that is meant",
                    // It changes what the job gets.
                    safe: false,
                    edits: &[Edit::SetProposed],
                }],
                check: Check::Job(|job, context, report| {
                    check(job, context, report, check_ignored);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`runtimeEnvYAML` has a key at the top that Ray, or the release of Ray that \
                       the tag of the head's image or `rayVersion` tells, does not know. A plugin \
                       of Ray may know it.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "envVars: {DEBUG: \"1\"}"}}"#),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "packages: [torch]"}}"#,
                    ),
                ],
                good: &[
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "env_vars: {DEBUG: \"1\"}"}}"#),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "uv: [torch]\nmine: null"}}"#),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-runtime-env-path",
                // What is at a path in the submitter's image is not known.
                why: "Ray refuses a file that it cannot use or does not find, so the entrypoint \
                      never runs",
                advice: "Use a folder",
                check: Check::Job(|job, context, report| {
                    check(job, context, report, check_paths);
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`runtimeEnvYAML` names a file that Ray refuses or does not find. In \
                       K8sJobMode and SidecarMode: a file as `working_dir` (Ray takes a `.zip`, \
                       `.tar.gz` or `.tgz` from 2.56 on, a `.tar.xz` from 2.60 on, a `.jar` or \
                       `.whl` never), a file that is no `.whl` among `py_modules`, or a text for \
                       `pip` or `uv` that is not the name of a `.txt` file. In HTTPMode: an \
                       absolute path of a file for `pip`, `uv` or `conda`, which only an image \
                       can bring to the head, an empty `working_dir`, or before Ray 2.60 a \
                       `.whl` as `working_dir`. In all modes, if the release of Ray is not \
                       known: a URI such as `s3://bucket/.zip`, which Ray refuses from 2.57 on.",
                source: SOURCE,
                messages: &[],
                bad: &[
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "working_dir: ./code.zip"}}"#),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "py_modules: [module.py]"}}"#),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "pip: torch"}}"#),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "working_dir: ./code.tar.gz"}}"#),
                    Example::job(r#"{"spec": {"runtimeEnvYAML": "py_modules: [module.jar]"}}"#),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "pip: /image/requirements.txt"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "conda: /image/environment.yml"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "working_dir: \"\""}}"#,
                    ),
                    Example::job(on_image!("my/train:1", "working_dir: s3://bucket/.zip")),
                ],
                good: &[
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML":
                             "working_dir: ./code\npy_modules: [module]\npip: requirements.txt"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"runtimeEnvYAML": "working_dir: s3://bucket/code.zip"}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"submissionMode": "HTTPMode",
                             "runtimeEnvYAML": "conda: /opt/conda/envs/mine"}}"#,
                    ),
                ],
            },
            cel: &[],
        },
    ],
};
