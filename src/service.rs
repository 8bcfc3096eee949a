//! Views of a Service, as `headGroupSpec.headService` describes one
//! (`k8s.io/api v0.36.3 core/v1/types.go`).

use crate::json::{Int, Json, List, StringMap, Text, view};

view! {
    /// A Service.
    pub struct Service<'a> {
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: ServiceSpec<'a>,
    }
}

view! {
    /// `metadata` of a Service.
    pub struct Metadata<'a> {
        "name" => name: Text<'a>,
        "labels" => labels: StringMap<'a>,
        "annotations" => annotations: StringMap<'a>,
        "finalizers" => finalizers: List<Text<'a>>,
    }
}

view! {
    /// `spec` of a Service.
    pub struct ServiceSpec<'a> {
        "type" => kind: Text<'a>,
        "ports" => ports: List<ServicePort<'a>>,
        "clusterIP" => cluster_ip: Text<'a>,
        "clusterIPs" => cluster_ips: List<Text<'a>>,
        "externalIPs" => external_ips: List<Text<'a>>,
        "externalName" => external_name: Text<'a>,
        "externalTrafficPolicy" => external_traffic_policy: Text<'a>,
        "internalTrafficPolicy" => internal_traffic_policy: Option<Text<'a>>,
        "trafficDistribution" => traffic_distribution: Option<Text<'a>>,
        "sessionAffinity" => session_affinity: Text<'a>,
        "ipFamilies" => ip_families: List<Text<'a>>,
        "ipFamilyPolicy" => ip_family_policy: Option<Text<'a>>,
        "healthCheckNodePort" => health_check_node_port: Int,
        "loadBalancerClass" => load_balancer_class: Option<Text<'a>>,
        "loadBalancerSourceRanges" => load_balancer_source_ranges: List<Text<'a>>,
        "allocateLoadBalancerNodePorts" => allocate_load_balancer_node_ports: Option<bool>,
    }
}

view! {
    /// A port of a Service.
    pub struct ServicePort<'a> {
        "name" => name: Text<'a>,
        "port" => port: Int,
        "protocol" => protocol: Text<'a>,
        "targetPort" => target_port: Json<'a>,
        "nodePort" => node_port: Int,
        "appProtocol" => app_protocol: Option<Text<'a>>,
    }
}
