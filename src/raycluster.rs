//! Views of a RayCluster and the parts of a pod that rules read
//! (`kuberay v1.7.0 ray-operator/apis/ray/v1/raycluster_types.go`).

use crate::json::{Int, Lazy, List, Present, StringMap, Text, WithSource, view};
use crate::rayjob::{KnownLabels, Metadata};
use crate::service::Service;

view! {
    /// A RayCluster.
    pub struct RayCluster<'a> {
        "apiVersion" => api_version: Text<'a>,
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: RayClusterSpec<'a>,
        "status" => status: Present,
    }
}

view! {
    /// `spec` of a RayCluster, or the part of another object that describes one.
    pub struct RayClusterSpec<'a> {
        "rayVersion" => ray_version: Text<'a>,
        "headGroupSpec" => head_group_spec: GroupSpec<'a>,
        "headServiceAnnotations" => head_service_annotations: Lazy<'a, StringMap<'a>>,
        "workerGroupSpecs" => worker_group_specs: List<GroupSpec<'a>>,
        "enableInTreeAutoscaling" => enable_in_tree_autoscaling: Option<bool>,
        "autoscalerOptions" => autoscaler_options: Option<WithSource<'a, AutoscalerOptions<'a>>>,
        "gcsFaultToleranceOptions" => gcs_fault_tolerance_options:
            Option<GcsFaultToleranceOptions<'a>>,
        "authOptions" => auth_options: Option<AuthOptions<'a>>,
        "historyServerOptions" => history_server_options: Option<HistoryServerOptions<'a>>,
        "networkPolicy" => network_policy: Option<NetworkPolicy<'a>>,
        "tlsOptions" => tls_options: Option<TlsOptions>,
        "upgradeStrategy" => upgrade_strategy: UpgradeStrategy<'a>,
        "suspend" => suspend: bool,
        "managedBy" => managed_by: Option<Text<'a>>,
    }
}

view! {
    /// A group of pods: the head, which has only some of these fields, or a worker
    /// group; only the head has a Service.
    pub struct GroupSpec<'a> {
        "groupName" => group_name: Text<'a>,
        "replicas" => replicas: Option<Int>,
        "numOfHosts" => num_of_hosts: Option<Int>,
        "minReplicas" => min_replicas: Option<Int>,
        "maxReplicas" => max_replicas: Option<Int>,
        "idleTimeoutSeconds" => idle_timeout_seconds: Option<Int>,
        "priority" => priority: Int,
        "suspend" => suspend: bool,
        "rayStartParams" => ray_start_params: StringMap<'a>,
        "resources" => resources: StringMap<'a>,
        "labels" => labels: StringMap<'a>,
        "serviceType" => service_type: Text<'a>,
        "headService" => head_service: Lazy<'a, Service<'a>>,
        "template" => template: WithSource<'a, PodTemplate<'a>>,
    }
}

view! {
    /// A pod template.
    pub struct PodTemplate<'a> {
        "metadata" => metadata: Lazy<'a, PodMetadata<'a>>,
        "spec" => spec: PodSpec<'a>,
    }
}

view! {
    /// `metadata` of a pod template.
    pub struct PodMetadata<'a> {
        "annotations" => annotations: KnownLabels<'a>,
    }
}

view! {
    /// `spec` of a pod template.
    pub struct PodSpec<'a> {
        "restartPolicy" => restart_policy: Text<'a>,
        "imagePullSecrets" => image_pull_secrets: List<Present>,
        "containers" => containers: List<Container<'a>>,
        "volumes" => volumes: List<Volume<'a>>,
    }
}

view! {
    /// A container.
    pub struct Container<'a> {
        "name" => name: Text<'a>,
        "image" => image: Text<'a>,
        "command" => command: List<Text<'a>>,
        "args" => args: List<Text<'a>>,
        "env" => env: Lazy<'a, List<EnvVar<'a>>>,
        "volumeMounts" => volume_mounts: Lazy<'a, List<VolumeMount<'a>>>,
    }
}

view! {
    /// An environment variable.
    pub struct EnvVar<'a> {
        "name" => name: Text<'a>,
        "value" => value: Text<'a>,
        "valueFrom" => value_from: Present,
    }
}

view! {
    /// A volume, mounted in a container.
    pub struct VolumeMount<'a> {
        "name" => name: Text<'a>,
        "mountPath" => mount_path: Text<'a>,
    }
}

view! {
    /// A volume of a pod.
    pub struct Volume<'a> {
        "name" => name: Text<'a>,
    }
}

view! {
    /// The configuration of the autoscaler.
    pub struct AutoscalerOptions<'a> {
        "version" => version: Option<Text<'a>>,
        "idleTimeoutSeconds" => idle_timeout_seconds: Option<Int>,
        "env" => env: List<EnvVar<'a>>,
        "volumeMounts" => volume_mounts: List<VolumeMount<'a>>,
    }
}

view! {
    /// Where Ray stores the state of the cluster.
    pub struct GcsFaultToleranceOptions<'a> {
        "backend" => backend: Text<'a>,
        "redisAddress" => redis_address: Text<'a>,
        "redisUsername" => redis_username: Present,
        "redisPassword" => redis_password: Present,
        "externalStorageNamespace" => external_storage_namespace: Text<'a>,
        "storage" => storage: Option<GcsStorage<'a>>,
    }
}

view! {
    /// The volume of the backend `rocksdb`.
    pub struct GcsStorage<'a> {
        "claimName" => claim_name: Text<'a>,
        "size" => size: Present,
        "storageClassName" => storage_class_name: Present,
        "accessModes" => access_modes: List<Present>,
    }
}

view! {
    /// Access control of Ray.
    pub struct AuthOptions<'a> {
        "mode" => mode: Option<Text<'a>>,
        "enableK8sTokenAuth" => enable_k8s_token_auth: bool,
        "secretName" => secret_name: Text<'a>,
    }
}

view! {
    /// What is recorded for the history server.
    pub struct HistoryServerOptions<'a> {
        "collectorOptions" => collector_options: Option<CollectorOptions<'a>>,
    }
}

view! {
    /// The container that collects the data.
    pub struct CollectorOptions<'a> {
        "image" => image: Text<'a>,
        "env" => env: List<EnvVar<'a>>,
    }
}

view! {
    /// The connections allowed to the pods.
    pub struct NetworkPolicy<'a> {
        "mode" => mode: Option<Text<'a>>,
        "head" => head: NetworkRules<'a>,
        "worker" => worker: NetworkRules<'a>,
        "workerGroups" => worker_groups: List<NetworkRules<'a>>,
    }
}

view! {
    /// The connections allowed to some of the pods; only list items name a worker
    /// group.
    pub struct NetworkRules<'a> {
        "groupName" => group_name: Text<'a>,
        "ingressRules" => ingress_rules: List<Present>,
        "egressRules" => egress_rules: List<Present>,
    }
}

view! {
    /// The encryption of connections between pods.
    pub struct TlsOptions {
        "enabled" => enabled: bool,
    }
}

view! {
    /// What happens when the spec changes.
    pub struct UpgradeStrategy<'a> {
        "type" => kind: Option<Text<'a>>,
    }
}

/// The variable that enables version 2 of the autoscaler, in the head's Ray container.
pub const AUTOSCALER_V2: &str = "RAY_enable_autoscaler_v2";

impl RayClusterSpec<'_> {
    /// The head's variable that can enable version 2 of the autoscaler, and its
    /// position.
    pub fn autoscaler_variable(&self) -> Option<(usize, &EnvVar<'_>)> {
        let container = self.head_group_spec.template.spec.containers.first()?;
        let mut variables = container.env.iter().enumerate();
        variables.find(|(_, variable)| &*variable.name == AUTOSCALER_V2)
    }

    /// The value of `autoscalerOptions.version`.
    pub fn autoscaler_version(&self) -> Option<&str> {
        self.autoscaler_options.as_ref()?.version.as_deref()
    }

    /// Whether version 2 of the autoscaler is chosen, by option or by variable;
    /// not whether the autoscaler is enabled.
    pub fn chooses_autoscaler_v2(&self) -> bool {
        self.autoscaler_version() == Some("v2")
            || self
                .autoscaler_variable()
                .is_some_and(|(_, variable)| variable.switches_on())
    }
}

impl AuthOptions<'_> {
    /// Whether Ray asks clients for a token.
    pub fn is_token(&self) -> bool {
        self.mode.as_deref() == Some("token")
    }
}

impl EnvVar<'_> {
    /// Whether KubeRay reads the value as true.
    pub fn switches_on(&self) -> bool {
        matches!(&*self.value, "1" | "true")
    }
}
