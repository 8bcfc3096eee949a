//! Views of a RayService: the fields that rules read, with the names of KubeRay's API
//! (`kuberay v1.7.0 ray-operator/apis/ray/v1/rayservice_types.go`).

use crate::json::{Int, Lazy, Present, Text, view};
use crate::raycluster::RayClusterSpec;
use crate::rayjob::Metadata;
use crate::service::Service;

view! {
    /// A RayService.
    pub struct RayService<'a> {
        "apiVersion" => api_version: Text<'a>,
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: RayServiceSpec<'a>,
        "status" => status: Present,
    }
}

view! {
    /// `spec` of a RayService.
    pub struct RayServiceSpec<'a> {
        "rayClusterConfig" => ray_cluster_config: RayClusterSpec<'a>,
        "serveConfigV2" => serve_config_v2: Text<'a>,
        "serveService" => serve_service: Option<Lazy<'a, Service<'a>>>,
        "upgradeStrategy" => upgrade_strategy: ServiceUpgradeStrategy<'a>,
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
