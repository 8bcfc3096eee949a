//! The pods that KubeRay makes of an object, as Kubernetes sees them: the head, the
//! workers of each group, and the submitter.
//!
//! The views hold what Kubernetes checks when a pod is created. A template is read only
//! if a rule about pods is on, and one at a time: templates are most of a request.
//! Source: `k8s.io/kubernetes v1.36.3 pkg/apis/core/validation/validation.go`.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;
use std::slice;

use crate::cluster::Cluster;
use crate::context::Object;
use crate::group::Group;
use crate::job::Job;
use crate::json::{self, Int, Json, List, Path, Present, Quoted, ReadError, StringMap, Text, view};
use crate::kuberay::SubmissionMode;
use crate::syntax::ray_start::StartFault;

view! {
    /// A pod template.
    pub struct Template<'a> {
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: Spec<'a>,
    }
}

view! {
    /// `metadata` of a pod template or a Service.
    pub struct Metadata<'a> {
        "name" => name: Text<'a>,
        "labels" => labels: StringMap<'a>,
        "annotations" => annotations: StringMap<'a>,
        "finalizers" => finalizers: List<Text<'a>>,
    }
}

view! {
    /// `spec` of a pod template. Fields with a shape of their own are read as JSON where
    /// few templates have them.
    pub struct Spec<'a> {
        "containers" => containers: List<Container<'a>>,
        "initContainers" => init_containers: List<Container<'a>>,
        "ephemeralContainers" => ephemeral_containers: List<Present>,
        "volumes" => volumes: List<Json<'a>>,
        "restartPolicy" => restart_policy: Text<'a>,
        "terminationGracePeriodSeconds" => termination_grace_period_seconds: Json<'a>,
        "nodeName" => node_name: Text<'a>,
        "nodeSelector" => node_selector: StringMap<'a>,
        "affinity" => affinity: Option<Affinity<'a>>,
        "tolerations" => tolerations: List<Toleration<'a>>,
        "topologySpreadConstraints" => topology_spread_constraints:
            List<TopologySpreadConstraint<'a>>,
        "schedulingGates" => scheduling_gates: List<Json<'a>>,
        "resources" => resources: Resources<'a>,
        "resourceClaims" => resource_claims: List<Json<'a>>,
        "securityContext" => security_context: Json<'a>,
        "dnsPolicy" => dns_policy: Option<Text<'a>>,
        "dnsConfig" => dns_config: Json<'a>,
        "hostNetwork" => host_network: bool,
        "hostPID" => host_pid: bool,
        "hostIPC" => host_ipc: bool,
        "hostUsers" => host_users: Option<bool>,
        "hostAliases" => host_aliases: List<Json<'a>>,
        "shareProcessNamespace" => share_process_namespace: bool,
        "hostname" => hostname: Text<'a>,
        "subdomain" => subdomain: Text<'a>,
        "serviceAccountName" => service_account_name: Text<'a>,
        "priorityClassName" => priority_class_name: Text<'a>,
        "priority" => priority: Option<Int>,
        "preemptionPolicy" => preemption_policy: Option<Text<'a>>,
        "runtimeClassName" => runtime_class_name: Option<Text<'a>>,
        "overhead" => overhead: Json<'a>,
        "activeDeadlineSeconds" => active_deadline_seconds: Json<'a>,
        "readinessGates" => readiness_gates: List<Json<'a>>,
        "os" => os: Json<'a>,
    }
}

view! {
    /// A container, or the part of `autoscalerOptions` that becomes one.
    pub struct Container<'a> {
        "name" => name: Text<'a>,
        "image" => image: Option<Text<'a>>,
        "imagePullPolicy" => image_pull_policy: Text<'a>,
        "env" => env: List<EnvVar<'a>>,
        "envFrom" => env_from: List<Json<'a>>,
        "ports" => ports: List<Port<'a>>,
        "resources" => resources: Resources<'a>,
        "volumeMounts" => volume_mounts: List<VolumeMount<'a>>,
        "volumeDevices" => volume_devices: List<Json<'a>>,
        "livenessProbe" => liveness_probe: Json<'a>,
        "readinessProbe" => readiness_probe: Json<'a>,
        "startupProbe" => startup_probe: Json<'a>,
        "lifecycle" => lifecycle: Json<'a>,
        "securityContext" => security_context: Json<'a>,
        "terminationMessagePolicy" => termination_message_policy: Text<'a>,
        "restartPolicy" => restart_policy: Option<Text<'a>>,
        "resizePolicy" => resize_policy: List<Json<'a>>,
    }
}

view! {
    /// An environment variable.
    pub struct EnvVar<'a> {
        "name" => name: Text<'a>,
        "value" => value: Text<'a>,
        "valueFrom" => value_from: Json<'a>,
    }
}

view! {
    /// A port of a container.
    pub struct Port<'a> {
        "name" => name: Text<'a>,
        "containerPort" => container_port: Int,
        "hostPort" => host_port: Int,
        "hostIP" => host_ip: Text<'a>,
        "protocol" => protocol: Option<Text<'a>>,
    }
}

view! {
    /// A volume, mounted in a container.
    pub struct VolumeMount<'a> {
        "name" => name: Text<'a>,
        "mountPath" => mount_path: Text<'a>,
        "subPath" => sub_path: Text<'a>,
        "subPathExpr" => sub_path_expr: Text<'a>,
        "mountPropagation" => mount_propagation: Option<Text<'a>>,
        "readOnly" => read_only: bool,
        "recursiveReadOnly" => recursive_read_only: Option<Text<'a>>,
    }
}

view! {
    /// The compute resources of a container or a pod; quantities are strings or numbers.
    pub struct Resources<'a> {
        "limits" => limits: Json<'a>,
        "requests" => requests: Json<'a>,
        "claims" => claims: List<Json<'a>>,
    }
}

view! {
    /// A toleration of a taint.
    pub struct Toleration<'a> {
        "key" => key: Text<'a>,
        "operator" => operator: Text<'a>,
        "value" => value: Text<'a>,
        "effect" => effect: Text<'a>,
        "tolerationSeconds" => toleration_seconds: Json<'a>,
    }
}

view! {
    /// The nodes on which a pod may run.
    pub struct Affinity<'a> {
        "nodeAffinity" => node: NodeAffinity<'a>,
        "podAffinity" => pod: PodAffinity<'a>,
        "podAntiAffinity" => pod_anti: PodAffinity<'a>,
    }
}

view! {
    /// The nodes on which a pod may run, by their labels.
    pub struct NodeAffinity<'a> {
        "requiredDuringSchedulingIgnoredDuringExecution" => required: Option<NodeSelector<'a>>,
        "preferredDuringSchedulingIgnoredDuringExecution" => preferred: List<WeightedNodes<'a>>,
    }
}

view! {
    /// Nodes: those of any of the terms.
    pub struct NodeSelector<'a> {
        "nodeSelectorTerms" => terms: List<NodeSelectorTerm<'a>>,
    }
}

view! {
    /// Nodes that are preferred.
    pub struct WeightedNodes<'a> {
        "weight" => weight: Int,
        "preference" => preference: NodeSelectorTerm<'a>,
    }
}

view! {
    /// Nodes, by their labels and by their names.
    pub struct NodeSelectorTerm<'a> {
        "matchExpressions" => match_expressions: List<Requirement<'a>>,
        "matchFields" => match_fields: List<Requirement<'a>>,
    }
}

view! {
    /// What a label, or a field, must be.
    pub struct Requirement<'a> {
        "key" => key: Text<'a>,
        "operator" => operator: Text<'a>,
        "values" => values: List<Text<'a>>,
    }
}

view! {
    /// The nodes on which a pod may run, by the pods that run there.
    pub struct PodAffinity<'a> {
        "requiredDuringSchedulingIgnoredDuringExecution" => required: List<PodAffinityTerm<'a>>,
        "preferredDuringSchedulingIgnoredDuringExecution" => preferred: List<WeightedPods<'a>>,
    }
}

view! {
    /// Nodes that are preferred for the pods that run there.
    pub struct WeightedPods<'a> {
        "weight" => weight: Int,
        "podAffinityTerm" => term: PodAffinityTerm<'a>,
    }
}

view! {
    /// The nodes near which some pods run.
    pub struct PodAffinityTerm<'a> {
        "labelSelector" => label_selector: Option<LabelSelector<'a>>,
        "namespaceSelector" => namespace_selector: Option<LabelSelector<'a>>,
        "namespaces" => namespaces: List<Text<'a>>,
        "topologyKey" => topology_key: Text<'a>,
        "matchLabelKeys" => match_label_keys: List<Text<'a>>,
        "mismatchLabelKeys" => mismatch_label_keys: List<Text<'a>>,
    }
}

view! {
    /// Objects, by their labels.
    pub struct LabelSelector<'a> {
        "matchLabels" => match_labels: StringMap<'a>,
        "matchExpressions" => match_expressions: List<Requirement<'a>>,
    }
}

view! {
    /// How pods are spread over nodes.
    pub struct TopologySpreadConstraint<'a> {
        "maxSkew" => max_skew: Int,
        "topologyKey" => topology_key: Text<'a>,
        "whenUnsatisfiable" => when_unsatisfiable: Text<'a>,
        "minDomains" => min_domains: Option<Int>,
        "nodeAffinityPolicy" => node_affinity_policy: Option<Text<'a>>,
        "nodeTaintsPolicy" => node_taints_policy: Option<Text<'a>>,
        "labelSelector" => label_selector: Option<LabelSelector<'a>>,
        "matchLabelKeys" => match_label_keys: List<Text<'a>>,
    }
}

/// A pod that KubeRay makes; it derefs to its [parts](Parts).
#[derive(Clone, Copy, Debug)]
pub struct Pod<'p, 's>(&'p Parts<'p, 's>);

/// What a pod is made of.
#[derive(Debug)]
pub struct Parts<'p, 's> {
    /// Its template, as written.
    pub template: &'p Template<'p>,
    /// What it is for.
    pub owner: Owner<'s>,
    /// The object that KubeRay makes it of.
    pub object: Object<'s>,
    /// `autoscalerOptions` as the container that KubeRay adds to a head that autoscales.
    autoscaler: Option<&'p Container<'p>>,
    /// What is wrong with the parameters of `ray start`, each fault with its key: several
    /// rules are about some.
    pub(crate) start_faults: OnceCell<Vec<(String, StartFault)>>,
}

impl<'p, 's> Deref for Pod<'p, 's> {
    type Target = Parts<'p, 's>;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

/// What a pod is for.
#[derive(Clone, Copy, Debug)]
pub enum Owner<'s> {
    /// The head, or the workers of a group.
    Group(Group<'s>, Cluster<'s>),
    /// Submitting the job, in K8sJobMode.
    Submitter(Job<'s>),
}

/// A part of a pod that few pods have, or all. A rule about pods names the one that it
/// looks at, and is not run for pods without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What every pod has.
    Containers,
    /// Labels, annotations, finalizers or a name in the metadata of the template.
    Metadata,
    /// Environment variables.
    Env,
    /// Ports of containers, or the network of the node.
    Ports,
    /// Probes or hooks.
    Probes,
    /// Volumes.
    Volumes,
    /// Mounts or devices.
    Mounts,
    /// Compute resources.
    Resources,
    /// Security contexts, or processes shared with the node or between containers.
    Security,
    /// Where it may run: a node selector, affinities, a topology.
    Scheduling,
    /// Tolerations.
    Tolerations,
    /// Other fields of the spec.
    Other,
}

/// The parts that a pod has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PartSet(u16);

impl PartSet {
    /// Whether the pod has a part.
    pub fn contains(self, part: Part) -> bool {
        self.0 & Self::bit(part) != 0
    }

    fn add(&mut self, part: Part, has: bool) {
        if has {
            self.0 |= Self::bit(part);
        }
    }

    fn bit(part: Part) -> u16 {
        1 << part as u16
    }
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It runs as long as the pod.
    Main,
    /// It runs before the others.
    Init,
    /// KubeRay's autoscaler.
    Autoscaler,
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct PodContainer<'p, 's> {
    /// The container, as written.
    pub spec: &'p Container<'p>,
    /// What it is for.
    pub role: Role,
    /// Its position in the list.
    pub index: usize,
    pod: Pod<'p, 's>,
}

/// Iterates over the containers of a pod. Most rules about pods do so; a named type keeps
/// them from each compiling their own iterator.
#[derive(Clone, Debug)]
pub struct Containers<'p, 's> {
    pod: Pod<'p, 's>,
    role: Role,
    index: usize,
}

impl<'p, 's> Iterator for Containers<'p, 's> {
    type Item = PodContainer<'p, 's>;

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let Self { pod, role, index } = *self;
        let (list, next): (&[_], _) = match role {
            Role::Init => (&pod.0.template.spec.init_containers, Some(Role::Main)),
            Role::Main => (&pod.0.template.spec.containers, Some(Role::Autoscaler)),
            Role::Autoscaler => (
                pod.0.autoscaler.map(slice::from_ref).unwrap_or_default(),
                None,
            ),
        };
        if let Some(spec) = list.get(index) {
            self.index = index.saturating_add(1);
            return Some(PodContainer {
                spec,
                role,
                index,
                pod,
            });
        }
        self.role = next?;
        self.index = 0;
        self.next()
    }
}

/// A volume of a pod.
#[derive(Clone, Copy, Debug)]
pub struct PodVolume<'p, 's> {
    /// The volume, as written.
    pub spec: &'p Json<'p>,
    /// Its position in the list.
    pub index: usize,
    pod: Pod<'p, 's>,
}

impl<'p, 's> Pod<'p, 's> {
    /// The parts that it has.
    pub(crate) fn parts(self) -> PartSet {
        let (spec, metadata) = (self.spec(), &self.0.template.metadata);
        let mut parts = PartSet::default();
        parts.add(Part::Containers, true);
        parts.add(
            Part::Metadata,
            !metadata.labels.is_empty()
                || !metadata.annotations.is_empty()
                || !metadata.finalizers.is_empty()
                || !metadata.name.is_empty(),
        );
        parts.add(Part::Ports, spec.host_network);
        parts.add(Part::Volumes, !spec.volumes.is_empty());
        parts.add(
            Part::Security,
            spec.security_context.is_set()
                || spec.share_process_namespace
                || spec.host_users.is_some(),
        );
        parts.add(Part::Tolerations, !spec.tolerations.is_empty());
        parts.add(
            Part::Scheduling,
            !spec.node_selector.is_empty()
                || spec.affinity.is_some()
                || !spec.topology_spread_constraints.is_empty(),
        );
        parts.add(
            Part::Other,
            !spec.ephemeral_containers.is_empty()
                || !spec.scheduling_gates.is_empty()
                || !spec.readiness_gates.is_empty()
                || !spec.host_aliases.is_empty()
                || !spec.hostname.is_empty()
                || !spec.subdomain.is_empty()
                || !spec.node_name.is_empty()
                || !spec.service_account_name.is_empty()
                || !spec.priority_class_name.is_empty()
                || spec.priority.is_some()
                || spec.preemption_policy.is_some()
                || spec.runtime_class_name.is_some()
                || spec.dns_policy.is_some()
                || spec.dns_config.is_set()
                || spec.overhead.is_set()
                || spec.active_deadline_seconds.is_set()
                || spec.os.is_set(),
        );
        for container in self.containers().map(|container| container.spec) {
            let resources = &container.resources;
            parts.add(
                Part::Env,
                !container.env.is_empty() || !container.env_from.is_empty(),
            );
            parts.add(Part::Ports, !container.ports.is_empty());
            parts.add(
                Part::Mounts,
                !container.volume_mounts.is_empty() || !container.volume_devices.is_empty(),
            );
            parts.add(
                Part::Resources,
                resources.limits.is_set() || resources.requests.is_set(),
            );
            parts.add(
                Part::Probes,
                container.liveness_probe.is_set()
                    || container.readiness_probe.is_set()
                    || container.startup_probe.is_set()
                    || container.lifecycle.is_set(),
            );
            parts.add(Part::Security, container.security_context.is_set());
        }
        parts
    }

    /// `spec` of the template.
    pub fn spec(self) -> &'p Spec<'p> {
        &self.0.template.spec
    }

    /// The path of a field of the template, such as `spec.tolerations`.
    pub fn path(self, field: &'static str) -> Path {
        match self.owner {
            Owner::Group(group, _) => group.path("template").at(field),
            Owner::Submitter(job) => job.path("submitterPodTemplate").at(field),
        }
    }

    /// The containers, init containers first; with that of the autoscaler.
    pub fn containers(self) -> Containers<'p, 's> {
        Containers {
            pod: self,
            role: Role::Init,
            index: 0,
        }
    }

    /// The volumes that the template has.
    pub fn volumes(self) -> impl Iterator<Item = PodVolume<'p, 's>> {
        let volumes = self.spec().volumes.iter().enumerate();
        volumes.map(move |(index, spec)| PodVolume {
            spec,
            index,
            pod: self,
        })
    }

    /// The [item](crate::finding::Finding::of_item) of findings about the pod: KubeRay creates
    /// the head first, then the worker groups in turn, then the submitter.
    pub fn item(self) -> usize {
        match self.owner {
            Owner::Group(group, _) if group.is_head() => 0,
            Owner::Group(group, _) => group.item().saturating_add(1),
            Owner::Submitter(_) => usize::MAX,
        }
    }
}

impl PodContainer<'_, '_> {
    /// The path of a field of the container.
    pub fn path(self, field: &'static str) -> Path {
        let list = match self.role {
            Role::Main => "spec.containers",
            Role::Init => "spec.initContainers",
            Role::Autoscaler => {
                return match self.pod.owner {
                    Owner::Group(_, cluster) => cluster.path("autoscalerOptions").at(field),
                    Owner::Submitter(_) => self.pod.path(field),
                };
            }
        };
        self.pod.path(list).index(self.index).at(field)
    }
}

impl<'p> PodVolume<'p, '_> {
    /// The name of the volume.
    pub fn name(self) -> &'p str {
        self.spec.get("name").text()
    }

    /// The path of the volume.
    pub fn path(self) -> Path {
        self.pod.path("spec.volumes").index(self.index)
    }
}

/// `the head pod`, `the pods of worker group "small"`, or `the submitter pod`.
impl fmt::Display for Pod<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner {
            Owner::Group(group, _) if group.is_head() => f.write_str("the head pod"),
            Owner::Group(group, _) => write!(f, "the pods of {group}{}", group.empty_note()),
            Owner::Submitter(_) => f.write_str("the submitter pod"),
        }
    }
}

/// `container "ray-head" of the head pod`, or `init container "fetch" of the submitter pod`.
impl fmt::Display for PodContainer<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Quoted(&self.spec.name);
        match self.role {
            Role::Autoscaler => write!(f, "the autoscaler container of {}", self.pod),
            Role::Init => write!(f, "init container {name} of {}", self.pod),
            Role::Main => write!(f, "container {name} of {}", self.pod),
        }
    }
}

/// `volume "data" of the head pod`
impl fmt::Display for PodVolume<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "volume {} of {}", Quoted(self.name()), self.pod)
    }
}

/// How many items of a list are compared with each other. Real pods have a handful; comparing
/// all of a list with hundreds of thousands would take the host hours.
pub(crate) const COMPARED: usize = 200;

/// Reads the pods that KubeRay makes of an object, one at a time: those of the RayCluster,
/// and the submitter of K8sJobMode. `visitor` returns whether a pod is free of faults: groups
/// with the same pods as such a group are skipped.
///
/// # Errors
/// What could not be read of a template.
pub(crate) fn visit(
    object: Object<'_>,
    visitor: &mut dyn FnMut(Pod<'_, '_>) -> bool,
) -> Result<(), ReadError> {
    if let Some(cluster) = object.created_cluster() {
        let options = cluster.spec.autoscaler_options.as_ref();
        let options = options.filter(|_| cluster.autoscales());
        let autoscaler = options.map(|options| {
            let read: Result<Container<'_>, _> = json::read(options.source());
            read.map_err(|error| error.below(cluster.path("autoscalerOptions")))
        });
        let autoscaler = autoscaler.transpose()?;
        let mut faultless: Option<Group<'_>> = None;
        for group in [cluster.head()].into_iter().chain(cluster.workers()) {
            if faultless.is_some_and(|other| makes_same_pods(other, group)) {
                continue;
            }
            let template: Template<'_> =
                read(group.spec.template.source(), || group.path("template"))?;
            let is_faultless = visitor(Pod(&Parts {
                template: &template,
                owner: Owner::Group(group, cluster),
                object,
                autoscaler: autoscaler.as_ref().filter(|_| group.is_head()),
                start_faults: OnceCell::new(),
            }));
            if is_faultless && !group.is_head() {
                faultless = Some(group);
            }
        }
    }
    let job = object.job();
    if let Some(job) = job.filter(|job| job.has_mode(SubmissionMode::K8sJob))
        && let Some(submitter) = &job.spec.submitter_pod_template
    {
        let template: Template<'_> = read(submitter.source(), || job.path("submitterPodTemplate"))?;
        visitor(Pod(&Parts {
            template: &template,
            owner: Owner::Submitter(job),
            object,
            autoscaler: None,
            start_faults: OnceCell::new(),
        }));
    }
    Ok(())
}

/// Whether two worker groups have the same template, and the rest of what a rule looks at.
fn makes_same_pods(a: Group<'_>, b: Group<'_>) -> bool {
    let (a, b) = (a.spec, b.spec);
    a.template.source() == b.template.source()
        && a.ray_start_params == b.ray_start_params
        && a.labels == b.labels
        && a.resources == b.resources
}

fn read<'a>(source: &'a [u8], at: impl FnOnce() -> Path) -> Result<Template<'a>, ReadError> {
    match source {
        b"" => Ok(Template::default()),
        source => json::read(source).map_err(|error| error.below(at())),
    }
}
