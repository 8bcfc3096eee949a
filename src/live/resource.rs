//! What the policy may ask about.

use serde_json::Value;

/// A subject of the setting `cluster`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Topic {
    /// The KubeRay operator: its release, its feature gates and the namespaces that it watches.
    Operator,
    /// The RayClusters that jobs select.
    RayClusters,
    /// The LocalQueues of Kueue.
    Queues,
    /// The names of the ConfigMaps, PersistentVolumeClaims and ServiceAccounts that pods use.
    Mounts,
    /// The names and owners of batch Jobs.
    Jobs,
    /// The names and owners of Services.
    Services,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 6] = [
        Self::Operator,
        Self::RayClusters,
        Self::Queues,
        Self::Mounts,
        Self::Jobs,
        Self::Services,
    ];

    /// The topic as written in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::RayClusters => "rayclusters",
            Self::Queues => "queues",
            Self::Mounts => "mounts",
            Self::Jobs => "jobs",
            Self::Services => "services",
        }
    }
}

/// A set of topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topics(u8);

impl Topics {
    /// All topics.
    pub const ALL: Self = {
        let mut all = Self(0);
        let mut index = 0;
        while index < Topic::ALL.len() {
            all.0 |= 1 << index;
            index += 1;
        }
        all
    };

    /// Adds a topic.
    pub fn add(&mut self, topic: Topic) {
        self.0 |= 1 << topic as u8;
    }

    /// Whether a topic is in the set.
    pub fn contain(self, topic: Topic) -> bool {
        self.0 & 1 << topic as u8 != 0
    }

    /// Whether there are none.
    pub fn are_empty(self) -> bool {
        self.0 == 0
    }
}

/// A Kubernetes resource that the policy asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Resource {
    /// `deployments`
    Deployment,
    /// `rayclusters`
    RayCluster,
    /// `localqueues`
    LocalQueue,
    /// `configmaps`
    ConfigMap,
    /// `persistentvolumeclaims`
    PersistentVolumeClaim,
    /// `serviceaccounts`
    ServiceAccount,
    /// `jobs`
    Job,
    /// `services`
    Service,
}

impl Resource {
    /// All resources.
    pub const ALL: [Self; 8] = [
        Self::Deployment,
        Self::RayCluster,
        Self::LocalQueue,
        Self::ConfigMap,
        Self::PersistentVolumeClaim,
        Self::ServiceAccount,
        Self::Job,
        Self::Service,
    ];

    /// The topic that it belongs to.
    pub const fn topic(self) -> Topic {
        match self {
            Self::Deployment => Topic::Operator,
            Self::RayCluster => Topic::RayClusters,
            Self::LocalQueue => Topic::Queues,
            Self::ConfigMap | Self::PersistentVolumeClaim | Self::ServiceAccount => Topic::Mounts,
            Self::Job => Topic::Jobs,
            Self::Service => Topic::Services,
        }
    }

    /// Its `apiVersion`. For a LocalQueue that which Kueue 0.11 to 0.19 all serve
    /// (`kueue v0.19.2 config/components/crd/bases/kueue.x-k8s.io_localqueues.yaml`).
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Deployment => "apps/v1",
            Self::RayCluster => "ray.io/v1",
            Self::LocalQueue => "kueue.x-k8s.io/v1beta1",
            Self::Job => "batch/v1",
            Self::ConfigMap
            | Self::PersistentVolumeClaim
            | Self::ServiceAccount
            | Self::Service => "v1",
        }
    }

    /// Its `kind`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::RayCluster => "RayCluster",
            Self::LocalQueue => "LocalQueue",
            Self::ConfigMap => "ConfigMap",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::ServiceAccount => "ServiceAccount",
            Self::Job => "Job",
            Self::Service => "Service",
        }
    }

    /// Whether its group is that of an `apiVersion`.
    pub fn is_in_group_of(self, api_version: &str) -> bool {
        fn group(version: &str) -> &str {
            version.split_once('/').map_or("", |(group, _)| group)
        }
        group(self.api_version()) == group(api_version)
    }

    /// Whether an object is one of it, in any version of its group.
    pub fn has(self, object: &Value) -> bool {
        let text = |key| object.get(key).and_then(Value::as_str);
        text("kind") == Some(self.kind())
            && text("apiVersion").is_some_and(|version| self.is_in_group_of(version))
    }

    /// Its name in a URL and in a Role.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::RayCluster => "rayclusters",
            Self::LocalQueue => "localqueues",
            Self::ConfigMap => "configmaps",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::ServiceAccount => "serviceaccounts",
            Self::Job => "jobs",
            Self::Service => "services",
        }
    }

    /// Whether it is looked for in all namespaces, not only in that of the object.
    pub const fn is_everywhere(self) -> bool {
        matches!(self, Self::Deployment)
    }

    /// The labels of the objects that are looked for, as a selector. The Deployment of
    /// KubeRay's Helm chart has the first name and that of its kustomize files the second
    /// (`kuberay v1.7.0 helm-chart/kuberay-operator/templates/_helpers.tpl`,
    /// `ray-operator/config/manager/manager.yaml`); other labels they do not share.
    pub const fn selector(self) -> Option<&'static str> {
        match self {
            Self::Deployment => Some("app.kubernetes.io/name in (kuberay-operator,kuberay)"),
            _ => None,
        }
    }

    /// The fields that the policy reads, by their paths in an object; of a ConfigMap only its
    /// name, no content.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Deployment => &[
                "metadata.name",
                "metadata.namespace",
                "spec.template.metadata.labels",
                "spec.template.spec.containers.image",
                "spec.template.spec.containers.command",
                "spec.template.spec.containers.args",
            ],
            Self::RayCluster => &[
                "metadata.name",
                "metadata.namespace",
                "metadata.deletionTimestamp",
                "spec.suspend",
            ],
            Self::LocalQueue => &["metadata.name", "metadata.namespace", "spec.stopPolicy"],
            Self::ConfigMap | Self::PersistentVolumeClaim | Self::ServiceAccount => {
                &["metadata.name", "metadata.namespace"]
            }
            Self::Job | Self::Service => &[
                "metadata.name",
                "metadata.namespace",
                "metadata.ownerReferences",
            ],
        }
    }
}
