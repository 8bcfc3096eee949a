//! Views of a RayService: the fields that rules read, with the names of KubeRay's API
//! (`kuberay v1.7.0 ray-operator/apis/ray/v1/rayservice_types.go`).

use crate::json::{Int, Lazy, Present, Text, WithSource, view};
use crate::raycluster::RayClusterSpec;
use crate::rayjob::Metadata;
use crate::service::Service;

view! {
    /// A RayService.
    pub struct RayService<'a> {
        "apiVersion" => api_version: Text<'a>,
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: RayServiceSpec<'a>,
        "status" => status: RayServiceStatuses<'a>,
    }
}

view! {
    /// `spec` of a RayService.
    pub struct RayServiceSpec<'a> {
        "rayClusterConfig" => ray_cluster_config: WithSource<'a, RayClusterSpec<'a>>,
        "serveConfigV2" => serve_config_v2: Text<'a>,
        "managedBy" => managed_by: Option<Text<'a>>,
        "suspend" => suspend: bool,
        "excludeHeadPodFromServeSvc" => exclude_head_pod_from_serve_svc: bool,
        "serveService" => serve_service: Option<Lazy<'a, Service<'a>>>,
        "upgradeStrategy" => upgrade_strategy: Option<ServiceUpgradeStrategy<'a>>,
        "rayClusterDeletionDelaySeconds" => ray_cluster_deletion_delay_seconds: Option<Int>,
        "serviceUnhealthySecondThreshold" => service_unhealthy_second_threshold: Present,
        "deploymentUnhealthySecondThreshold" => deployment_unhealthy_second_threshold: Present,
    }
}

view! {
    /// How the RayCluster of a RayService is replaced by another.
    pub struct ServiceUpgradeStrategy<'a> {
        "type" => kind: Option<Text<'a>>,
        "clusterUpgradeOptions" => cluster_upgrade_options: Option<ClusterUpgradeOptions<'a>>,
    }
}

view! {
    /// The steps in which requests move to the new RayCluster.
    pub struct ClusterUpgradeOptions<'a> {
        "maxSurgePercent" => max_surge_percent: Option<Int>,
        "stepSizePercent" => step_size_percent: Option<Int>,
        "intervalSeconds" => interval_seconds: Option<Int>,
        "gatewayClassName" => gateway_class_name: Text<'a>,
    }
}

view! {
    /// `status` of a RayService.
    pub struct RayServiceStatuses<'a> {
        "activeServiceStatus" => active: RayServiceStatus<'a>,
        "pendingServiceStatus" => pending: RayServiceStatus<'a>,
    }
}

view! {
    /// What the operator knows of one RayCluster of a RayService.
    pub struct RayServiceStatus<'a> {
        "rayClusterName" => ray_cluster_name: Text<'a>,
    }
}

/// The type of an upgrade in steps.
const INCREMENTAL: &str = "NewClusterWithIncrementalUpgrade";

impl RayServiceSpec<'_> {
    /// The type of upgrade, if one is written.
    pub fn upgrade_type(&self) -> Option<&str> {
        self.upgrade_strategy.as_ref()?.kind.as_deref()
    }

    /// Whether an upgrade in steps is asked for, whether or not its feature gate is on.
    pub fn upgrades_in_steps(&self) -> bool {
        self.upgrade_type() == Some(INCREMENTAL)
    }
}

impl RayServiceStatuses<'_> {
    /// Whether the operator has chosen the name of a RayCluster.
    pub fn has_cluster(&self) -> bool {
        let names = [
            &self.active.ray_cluster_name,
            &self.pending.ray_cluster_name,
        ];
        names.iter().any(|name| !name.is_empty())
    }
}
