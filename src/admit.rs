//! The entry points: an admission request, or an object, in; a verdict out.

use std::collections::BTreeMap;

use crate::context::{Context, Object};
use crate::finding::Finding;
use crate::json::{self, Json, Path, ReadError, Slot};
use crate::kind::Kind;
use crate::live::Live;
use crate::raycluster::RayCluster;
use crate::rayjob::{RayCronJob, RayJob};
use crate::rayservice::RayService;
use crate::request::{AnyObject, Attributes, Envelope};
use crate::rule::{Level, Rule};
use crate::rules::{self, Checked};
use crate::settings::{Settings, SettingsError};
use crate::verdict::{Graded, Verdict};

/// The response to a request.
#[derive(Clone, Debug)]
pub struct Response {
    /// The `uid` of the request, which the host expects back; empty if there is
    /// none, or if it could not be read.
    pub uid: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// How a host chooses the settings, given those that a request carries ([`Json::Absent`] if
/// none).
type ChooseSettings<'c> = &'c dyn Fn(&Json<'_>) -> Result<Settings, SettingsError>;

/// Judges a request with the settings that it carries. `envelope` is JSON with a
/// `request` (an AdmissionRequest) and `settings` or, in Gatekeeper's terms, a
/// `review` and `parameters`. An object of a judged kind by itself is judged
/// as if it were created. Without settings the defaults apply.
///
/// What cannot be read is denied, with one line that says why.
pub fn admit(envelope: &[u8]) -> Verdict {
    respond(envelope, &Settings::from_json).verdict
}

/// Judges a request with these settings, whatever settings it carries.
pub fn admit_with(envelope: &[u8], settings: &Settings) -> Verdict {
    respond(envelope, &|_| Ok(settings.clone())).verdict
}

/// Judges an object, given as JSON, as if it were created or, with `old`, as if
/// it replaced that object.
pub fn judge(object: &[u8], old: Option<&[u8]>, settings: &Settings) -> Verdict {
    match json::read::<Envelope<'_, AnyObject>>(object) {
        Ok(read) => judge_object(&read, object, old, &|_| Ok(settings.clone())),
        Err(error) => Verdict::unreadable(&error),
    }
}

/// Judges a request for a host that has settings of its own, which are chosen only if there is
/// something to judge.
///
/// The envelope is read as one about a RayJob, as most are, and again only if it
/// turns out to be about something else.
pub fn respond(envelope: &[u8], settings: ChooseSettings<'_>) -> Response {
    match json::read::<Envelope<'_, RayJob<'_>>>(envelope) {
        Ok(read) => {
            let attributes = read.attributes();
            Response {
                uid: read.uid().into(),
                verdict: match &attributes {
                    _ if read.is_object() => judge_object(&read, envelope, None, settings),
                    Ok(Some(about)) if about.kind != Kind::RayJob => {
                        admit_as(about.kind, envelope, settings)
                    }
                    _ => decide(attributes, Object::RayJob, &|| settings(read.settings())),
                },
            }
        }
        Err(error) => {
            let read = json::read::<Envelope<'_, AnyObject>>(envelope).unwrap_or_default();
            Response {
                uid: read.uid().into(),
                verdict: match read.attributes() {
                    _ if read.is_object() => Verdict::unreadable(&error),
                    Ok(Some(about)) if about.kind != Kind::RayJob => {
                        admit_as(about.kind, envelope, settings)
                    }
                    Ok(None) => Verdict::accept(),
                    _ => Verdict::unreadable(&error),
                },
            }
        }
    }
}

/// Judges a request, read as one about an object of this kind.
fn admit_as(kind: Kind, envelope: &[u8], settings: ChooseSettings<'_>) -> Verdict {
    macro_rules! admit {
        ($kind:ident) => {
            match json::read::<Envelope<'_, $kind<'_>>>(envelope) {
                Ok(read) => decide(read.attributes(), Object::$kind, &|| {
                    settings(read.settings())
                }),
                Err(error) => Verdict::unreadable(&error),
            }
        };
    }
    match kind {
        Kind::RayJob => admit!(RayJob),
        Kind::RayCronJob => admit!(RayCronJob),
        Kind::RayCluster => admit!(RayCluster),
        Kind::RayService => admit!(RayService),
    }
}

/// Judges an object by itself, whose kind is that of `read`. The object carries no settings,
/// which its author could otherwise choose.
fn judge_object<O>(
    read: &Envelope<'_, O>,
    object: &[u8],
    old: Option<&[u8]>,
    settings: ChooseSettings<'_>,
) -> Verdict {
    let settings = || settings(&Json::Absent);
    macro_rules! judge {
        ($kind:ident) => {
            match read_both::<$kind<'_>>(object, old) {
                Ok((object, old)) => {
                    let attributes = Attributes::of_object(Kind::$kind, &object, old.as_ref());
                    decide(Ok(attributes), Object::$kind, &settings)
                }
                Err(error) => Verdict::unreadable(&error),
            }
        };
    }
    match read.object_kind() {
        Ok(Some(Kind::RayJob)) => judge!(RayJob),
        Ok(Some(Kind::RayCronJob)) => judge!(RayCronJob),
        Ok(Some(Kind::RayCluster)) => judge!(RayCluster),
        Ok(Some(Kind::RayService)) => judge!(RayService),
        Ok(None) => Verdict::accept(),
        Err(error) => Verdict::unreadable(&error),
    }
}

/// Reads an object and, if there is one, the object that it replaces.
fn read_both<'q, O: Default + Slot<'q>>(
    object: &'q [u8],
    old: Option<&'q [u8]>,
) -> Result<(O, Option<O>), ReadError> {
    let at_old = |error: ReadError| error.below(Path::default().at("request.oldObject"));
    let old = old.map(|old| json::read(old).map_err(at_old));
    Ok((json::read(object)?, old.transpose()?))
}

/// Judges the object of these attributes, if there is one to judge. `view` makes it an
/// [`Object`] of its kind.
fn decide<'q, O>(
    attributes: Result<Option<Attributes<'q, O>>, ReadError>,
    view: fn(&'q O) -> Object<'q>,
    settings: &dyn Fn() -> Result<Settings, SettingsError>,
) -> Verdict {
    let attributes = match attributes {
        Ok(Some(attributes)) => attributes,
        Ok(None) => return Verdict::accept(),
        Err(error) => return Verdict::unreadable(&error),
    };
    let settings = match settings() {
        Ok(settings) => settings,
        Err(error) => return Verdict::invalid_settings(&error),
    };
    let object = view(attributes.object);
    let namespace = match attributes.namespace {
        "" => &*object.metadata().namespace,
        namespace => namespace,
    };
    let live = settings.live(namespace);
    let (release, gates) = settings.operator(live.as_ref());
    let context = Context {
        old: attributes.old.map(view),
        field_manager: attributes.field_manager,
        neighbours: settings.neighbours,
        live,
        ..Context::new(object, release, gates)
    };
    match grade(&context, &settings) {
        Ok(findings) => Verdict {
            unavailable: context
                .live
                .as_ref()
                .map(Live::unavailable)
                .unwrap_or_default(),
            ..Verdict::of(findings)
        },
        Err(error) => Verdict::unreadable(&error),
    }
}

/// The findings, each with its level. On an UPDATE, a finding that the stored object had already
/// is only a warning: otherwise nobody, not even the operator, could write to an object that was
/// stored before the policy was installed.
///
/// # Errors
/// The field that a rule could not read.
fn grade(context: &Context<'_>, settings: &Settings) -> Result<Vec<Graded>, ReadError> {
    let is_on = |rule: &Rule| settings.level(rule) != Level::Off;
    let Checked {
        findings, error, ..
    } = rules::check(context, &is_on);
    if let Some(error) = error {
        return Err(error);
    }
    let stored = match context.old {
        Some(old) if !findings.is_empty() => {
            let stored = Context {
                field_manager: context.field_manager,
                neighbours: context.neighbours,
                ..Context::new(old, context.release, context.gates)
            };
            rules::check(&stored, &is_on)
        }
        _ => Checked::default(),
    };
    let identities: Vec<_> = stored.findings.iter().map(Finding::identity).collect();
    let mut excuses = Excuses::of(&identities, &stored.stopped);
    let graded = findings.into_iter().map(|finding| {
        let stored = excuses.take(&finding);
        Graded {
            level: match stored {
                true => Level::Warn,
                false => settings.level(finding.rule),
            },
            finding,
            stored,
        }
    });
    Ok(graded.collect())
}

/// The findings of a stored object. Each excuses one finding of the object that replaces it.
struct Excuses<'o> {
    /// How many findings of an identity can still excuse one.
    left: BTreeMap<&'o str, usize>,
    /// The IDs of the rules that stopped before they had found all.
    stopped: &'o [&'static str],
}

impl<'o> Excuses<'o> {
    fn of(identities: &'o [String], stopped: &'o [&'static str]) -> Self {
        let mut left = BTreeMap::new();
        for identity in identities {
            // Not `entry`, which adds kilobytes to a module.
            let count: usize = left.get(&**identity).copied().unwrap_or(0);
            left.insert(&**identity, count.saturating_add(1));
        }
        Self { left, stopped }
    }

    /// Returns whether the stored object had this finding too, and uses up the excuse. Of a rule
    /// that stopped, it may have had any.
    fn take(&mut self, finding: &Finding) -> bool {
        if self.stopped.contains(&finding.rule.id) {
            return true;
        }
        if self.left.is_empty() {
            return false;
        }
        match self.left.get_mut(&*finding.identity()) {
            Some(count) if *count > 0 => {
                *count = count.saturating_sub(1);
                true
            }
            _ => false,
        }
    }
}
