//! Views of what a host sends: an AdmissionRequest, and what comes with it.
//! Source: `k8s.io/api v0.34.1 admission/v1/types.go`.

use crate::json::{Json, Path, Present, ReadError, Text, view};
use crate::kind::Kind;
use crate::raycluster::RayCluster;
use crate::rayjob::{RayCronJob, RayJob};
use crate::rayservice::RayService;

view! {
    /// What a host sends to the policy: `request` in Kubewarden and in an
    /// AdmissionReview, `review` in Gatekeeper; `settings` in Kubewarden,
    /// `parameters` in Gatekeeper. Or it is an object by itself.
    pub struct Envelope<'a, O> {
        "request" => request: Option<Request<'a, O>>,
        "review" => review: Option<Request<'a, O>>,
        "settings" => settings: Json<'a>,
        "parameters" => parameters: Json<'a>,
        "apiVersion" => api_version: Text<'a>,
        "kind" => kind: Text<'a>,
    }
}

view! {
    /// An AdmissionRequest about an object that is read as an `O`.
    pub struct Request<'a, O> {
        "uid" => uid: Text<'a>,
        "kind" => kind: GroupVersionKind<'a>,
        "subResource" => sub_resource: Text<'a>,
        "operation" => operation: Text<'a>,
        "namespace" => namespace: Text<'a>,
        "object" => object: Option<O>,
        "oldObject" => old_object: Option<O>,
        "options" => options: Options<'a>,
    }
}

view! {
    /// `options` of an AdmissionRequest.
    pub struct Options<'a> {
        "fieldManager" => field_manager: Text<'a>,
    }
}

view! {
    /// `kind` of an AdmissionRequest.
    pub struct GroupVersionKind<'a> {
        "group" => group: Text<'a>,
        "kind" => kind: Text<'a>,
    }
}

view! {
    /// An object of any kind.
    pub struct AnyObject {
        "metadata" => metadata: AnyMetadata,
    }
}

view! {
    /// `metadata` of an object of any kind.
    pub struct AnyMetadata {
        "deletionTimestamp" => deletion_timestamp: Present,
    }
}

/// An object that the policy may let through unjudged.
pub trait Judged {
    /// Whether it passes untouched: it is being deleted, or is a RayCluster that KubeRay has
    /// made of an object which was judged itself.
    fn passes(&self) -> bool;
}

impl Judged for RayCluster<'_> {
    fn passes(&self) -> bool {
        self.metadata.deletion_timestamp.0 || self.metadata.is_made_by_kuberay()
    }
}

/// Objects that pass only while they are being deleted.
macro_rules! judged_unless_deleted {
    ($($object:ty),*) => {
        $(impl Judged for $object {
            fn passes(&self) -> bool {
                self.metadata.deletion_timestamp.0
            }
        })*
    };
}

judged_unless_deleted!(RayJob<'_>, RayCronJob<'_>, RayService<'_>, AnyObject);

/// The parts of a request that is judged, named as in
/// `k8s.io/apiserver v0.34.1 pkg/admission/interfaces.go:Attributes`.
#[derive(Debug)]
pub struct Attributes<'q, O> {
    /// The kind of the object.
    pub kind: Kind,
    /// The object.
    pub object: &'q O,
    /// The object that an UPDATE replaces.
    pub old: Option<&'q O>,
    /// The name under which the client writes fields, if it says one.
    pub field_manager: &'q str,
    /// The namespace that the request names; empty for an object by itself.
    pub namespace: &'q str,
}

impl<'q, O: Judged> Attributes<'q, O> {
    /// Those of an object by itself, as if it were created or replaced another;
    /// `None` if it passes untouched.
    pub fn of_object(kind: Kind, object: &'q O, old: Option<&'q O>) -> Option<Self> {
        (!object.passes()).then_some(Self {
            kind,
            object,
            old,
            field_manager: "",
            namespace: "",
        })
    }
}

impl<'a, O> Envelope<'a, O> {
    /// The settings that come with the request.
    pub fn settings(&self) -> &Json<'a> {
        if self.review.is_some() {
            &self.parameters
        } else {
            &self.settings
        }
    }

    /// The `uid` of the request, which its answer repeats; empty without one.
    pub fn uid(&self) -> &str {
        let request = self.request.as_ref().or(self.review.as_ref());
        request.map_or("", |request| &request.uid)
    }

    /// Whether this is an object by itself, whatever else its writer calls a
    /// request.
    pub fn is_object(&self) -> bool {
        !self.kind.is_empty() && &*self.kind != "AdmissionReview"
    }

    /// The kind of the object by itself: `None` if it is one that is not judged.
    ///
    /// # Errors
    /// What is missing to tell.
    pub fn object_kind(&self) -> Result<Option<Kind>, ReadError> {
        let error = |field, problem: &str| Err(ReadError::at(Path::default().at(field), problem));
        if self.kind.is_empty() {
            return error("kind", "expected the kind of the object, found nothing");
        }
        if self.kind.ends_with("List") {
            return error("kind", "expected a single object, found a list of them");
        }
        let kind = Kind::named(&self.kind);
        if kind.is_some() && self.api_version.is_empty() {
            return error("apiVersion", "expected ray.io/v1, found nothing");
        }
        let group = self.api_version.split('/').next();
        Ok(kind.filter(|_| group == Some("ray.io")))
    }
}

impl<'a, O: Judged> Envelope<'a, O> {
    /// What there is to judge: `None` for a request that passes untouched,
    /// whatever it holds.
    ///
    /// # Errors
    /// What is missing to tell.
    pub fn attributes(&self) -> Result<Option<Attributes<'_, O>>, ReadError> {
        let (name, request) = match (&self.request, &self.review) {
            (Some(request), _) => ("request", request),
            (None, Some(review)) => ("review", review),
            (None, None) => {
                return Err(ReadError::at(
                    Path::default().at("request"),
                    "expected an AdmissionRequest, found nothing",
                ));
            }
        };
        request.attributes(Path::default().at(name))
    }
}

impl<O: Judged> Request<'_, O> {
    fn attributes(&self, at: Path) -> Result<Option<Attributes<'_, O>>, ReadError> {
        let passes = self.object.as_ref().map(O::passes);
        let kind = judged_kind(&self.kind, &self.sub_resource, &self.operation, passes, at)?;
        let (Some(kind), Some(object)) = (kind, &self.object) else {
            return Ok(None);
        };
        let old = self.old_object.as_ref();
        Ok(Some(Attributes {
            kind,
            object,
            old: old.filter(|_| &*self.operation == "UPDATE"),
            field_manager: &self.options.field_manager,
            namespace: &self.namespace,
        }))
    }
}

/// The kind of the object of a request, if the request is one that is judged.
fn judged_kind(
    kind: &GroupVersionKind<'_>,
    sub_resource: &str,
    operation: &str,
    passes: Option<bool>,
    at: Path,
) -> Result<Option<Kind>, ReadError> {
    let kind = kind.judged(&at)?;
    if kind.is_none() || !sub_resource.is_empty() {
        return Ok(None);
    }
    match (operation, passes) {
        ("DELETE" | "CONNECT", _) | ("CREATE" | "UPDATE", Some(true)) => Ok(None),
        ("CREATE" | "UPDATE", Some(false)) => Ok(kind),
        ("CREATE" | "UPDATE", None) => Err(ReadError::at(
            at.at("object"),
            "expected an object, found nothing",
        )),
        _ => Err(ReadError::at(
            at.at("operation"),
            "expected CREATE, UPDATE, DELETE or CONNECT",
        )),
    }
}

impl GroupVersionKind<'_> {
    /// The kind, if it is one that is judged.
    fn judged(&self, request: &Path) -> Result<Option<Kind>, ReadError> {
        let error = |field, problem: &str| Err(ReadError::at(request.clone().at(field), problem));
        if self.kind.is_empty() {
            return error(
                "kind.kind",
                "expected the kind of the object, found nothing",
            );
        }
        let kind = Kind::named(&self.kind);
        if kind.is_some() && self.group.is_empty() {
            return error("kind.group", "expected ray.io, found nothing");
        }
        Ok(kind.filter(|_| &*self.group == "ray.io"))
    }
}
