//! Views of a Service, as `headGroupSpec.headService` describes one
//! (`k8s.io/api v0.36.3 core/v1/types.go`).

use crate::json::{Int, Json, List, Text, view};
use crate::pod::Metadata;

view! {
    /// A Service.
    pub struct Service<'a> {
        "metadata" => metadata: Metadata<'a>,
        "spec" => spec: ServiceSpec<'a>,
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

#[cfg(test)]
mod tests {
    use crate::admit;
    use crate::example::patched;
    use crate::kind::Kind;
    use crate::rule::Level;
    use crate::settings::Settings;

    #[test]
    fn a_service_that_cannot_be_read_is_refused_by_any_rule_that_asks_for_it() {
        let object = patched(
            Kind::RayJob,
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"headService": {"spec": {
                "ports": [{"name": "ui", "port": "many"}]}}}}}}"#,
        );
        let object = object.expect("an object").to_string();
        for (rules, is_refused) in [
            ("trap-head-service-ports", true),
            ("trap-head-service-spec", true),
            ("trap-agent-port", false),
        ] {
            let mut settings = Settings::default();
            settings.set_level("*", Level::Off);
            settings.set_level(rules, Level::Deny);
            let verdict = admit::judge(object.as_bytes(), None, &settings);
            assert_eq!(verdict.allowed, !is_refused, "{rules}: {verdict:?}");
        }
    }
}
