//! The KubeRay operator, by its Deployment.

use crate::json::{self, List, StringMap, Text, view};
use crate::release::{Gate, Gates, Release};

/// The label and its value that the pods of the operator have
/// (`kuberay v1.7.0 helm-chart/kuberay-operator/templates/deployment.yaml`).
const COMPONENT: (&str, &str) = ("app.kubernetes.io/component", "kuberay-operator");

/// An operator that runs in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The tag of its image.
    pub tag: String,
    /// Its release, if the tag tells.
    pub release: Option<Release>,
    /// Its feature gates.
    pub gates: Gates,
    /// The only namespaces that it watches; empty is all.
    namespaces: Vec<String>,
}

impl Operator {
    /// Whether it watches a namespace, as far as its flags tell.
    pub fn watches(&self, namespace: &str) -> bool {
        let mut namespaces = self.namespaces.iter();
        self.namespaces.is_empty() || namespaces.any(|watched| watched == namespace)
    }
}

view! {
    struct Deployments<'a> {
        "items" => items: Option<List<Deployment<'a>>>,
    }
}

view! {
    struct Deployment<'a> {
        "spec" => spec: Spec<'a>,
    }
}

view! {
    struct Spec<'a> {
        "template" => template: Template<'a>,
    }
}

view! {
    struct Template<'a> {
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: PodSpec<'a>,
    }
}

view! {
    struct Metadata<'a> {
        "labels" => labels: StringMap<'a>,
    }
}

view! {
    struct PodSpec<'a> {
        "containers" => containers: List<Container<'a>>,
    }
}

view! {
    struct Container<'a> {
        "image" => image: Text<'a>,
        "command" => command: List<Text<'a>>,
        "args" => args: List<Text<'a>>,
    }
}

/// Reads the operators in a list of Deployments; `None` if it is not one.
pub(super) fn read(list: &[u8]) -> Option<Vec<Operator>> {
    let list: Deployments<'_> = json::read(list).ok()?;
    let items = list.items?;
    let templates = items.iter().map(|deployment| &deployment.spec.template);
    let (label, component) = COMPONENT;
    let of_operator =
        templates.filter(|template| template.metadata.labels.get(label) == Some(component));
    // The chart lets users add containers after that of the operator.
    let containers = of_operator.filter_map(|template| template.spec.containers.first());
    Some(containers.map(Operator::of).collect())
}

impl Operator {
    fn of(container: &Container<'_>) -> Self {
        let tag = tag(&container.image);
        let release = Release::parse(tag);
        let mut gates = Gates::default_of(release.unwrap_or(Release::LATEST));
        for gate in container
            .flag("feature-gates")
            .unwrap_or_default()
            .split(',')
        {
            let named = gate.split_once('=').and_then(|(name, on)| {
                let on = on.trim().eq_ignore_ascii_case("true");
                Some((Gate::named(name.trim())?, on))
            });
            if let Some((gate, on)) = named {
                gates.set(release.unwrap_or(Release::LATEST), gate, on);
            }
        }
        // With a configuration file, the operator ignores this flag, and the file is not read.
        let watched = match container.flag("config") {
            None => container.flag("watch-namespace").unwrap_or_default(),
            Some(_) => "",
        };
        let namespaces = watched.split(',').filter(|namespace| !namespace.is_empty());
        Self {
            tag: tag.into(),
            release,
            gates,
            namespaces: namespaces.map(str::to_owned).collect(),
        }
    }
}

impl Container<'_> {
    /// The value of a flag, which Go accepts with one hyphen or two, in one argument or two;
    /// of several, the last one counts.
    fn flag(&self, name: &str) -> Option<&str> {
        let mut value = None;
        let mut arguments = self
            .command
            .iter()
            .chain(self.args.iter())
            .map(|text| &**text);
        while let Some(argument) = arguments.next() {
            let Some(flag) = argument.strip_prefix('-') else {
                continue;
            };
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            match flag.split_once('=') {
                Some((key, written)) if key == name => value = Some(written),
                None if flag == name => value = arguments.next(),
                _ => {}
            }
        }
        value
    }
}

/// The tag of an image; empty if it has none.
fn tag(image: &str) -> &str {
    let (image, _digest) = image.split_once('@').unwrap_or((image, ""));
    match image.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => "",
    }
}
