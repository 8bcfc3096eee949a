//! The Service of the head, which KubeRay makes of the ports of the Ray container and of
//! `headService`, and the other ports that it relies on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Entry, Family, cluster, head};
use crate::cel::Cel;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::example::Example;
use crate::finding::Report;
use crate::fix::{At, Edit, FixTemplate};
use crate::group::Group;
use crate::json::{Json, Path, Quoted, Text};
use crate::kind::{Kind, Kinds};
use crate::pod::{COMPARED, Owner, Part, Pod, Port};
use crate::release::Release::{self, V1_4, V1_5, V1_6};
use crate::rule::{Check, Level, Releases, Rule, Stop};
use crate::rule_doc::RuleDoc;
use crate::service::{ServicePort, ServiceSpec};
use crate::syntax::ip_address::parse_ip_address;
use crate::syntax::labels::{check_label_key, check_label_value};
use crate::syntax::names::{dns1123_label_fault, is_dns1123_subdomain};
use crate::syntax::port_name::port_name_fault;
use crate::text::join;

const SERVICE: Rule = Rule {
    level: Level::Deny,
    stop: Some(Stop::HeadService),
    why: "the API server refuses the Service of the head, and without it KubeRay makes no pods",
    ..Rule::TRAP
};

/// Why a fixed name of the Service is a risk, and what to do.
pub(super) const FIXED_NAME: &str = "a RayCluster whose Service has a name that is taken gets \
                                     no pods until the other Service is gone";
pub(super) const FIXED_NAME_ADVICE: &str =
    "Remove the name: KubeRay then names the Service after the RayCluster";

/// Sets the value that is meant, in the right case.
const CASE: FixTemplate = FixTemplate {
    // A value that means something may meet another rule.
    title: "write the value in the right case",
    safe: false,
    edits: &[Edit::SetProposed],
};

/// The value that is meant, if another case makes it one of these.
fn meant(written: &str, allowed: &[&'static str]) -> Option<&'static str> {
    let mut allowed = allowed.iter().copied();
    allowed.find(|value| value.eq_ignore_ascii_case(written))
}

/// Several values in words, such as `ClusterIP, NodePort or LoadBalancer`.
fn either(values: &[&str]) -> String {
    let Some((last, others)) = values.split_last() else {
        return String::new();
    };
    format!("{} or {last}", join(&mut others.iter().copied(), ", "))
}

/// Reports a text that is none of these; another case of one is proposed.
fn one_of(report: &mut Report, path: Path, field: &str, text: &str, allowed: &[&'static str]) {
    if allowed.contains(&text) {
        return;
    }
    let detail = format!("{field} is {}", Quoted(text));
    let finding = report.add(path, detail).offer(&[CASE]);
    finding
        .advise(format!("Write {}", either(allowed)))
        .propose(meant(text, allowed));
}

/// The head and its RayCluster, if a pod is the head's.
pub(super) fn head_of<'s>(pod: Pod<'_, 's>) -> Option<(Group<'s>, Cluster<'s>)> {
    match pod.owner {
        Owner::Group(group, cluster) if group.is_head() => Some((group, cluster)),
        _ => None,
    }
}

/// The ports of the head's Ray container, which is the first one.
pub(super) fn container_ports<'p>(pod: Pod<'p, '_>) -> &'p [Port<'p>] {
    let container = pod.spec().containers.first();
    container.map_or(&[], |container| &container.ports)
}

/// The path of the ports of the Ray container.
pub(super) fn container_ports_path(pod: Pod<'_, '_>) -> Path {
    pod.path("spec.containers").index(0).at("ports")
}

/// A port that KubeRay adds to the Service of the head; all of them are TCP.
struct Added<'p> {
    name: Cow<'p, str>,
    number: i32,
    /// Its position among the ports of the Ray container; `None` is a default.
    position: Option<usize>,
}

const METRICS: (&str, i32) = ("metrics", 8080);

/// The ports of a Ray container without ports.
const DEFAULTS: [(&str, i32); 5] = [
    ("client", 10001),
    ("gcs-server", 6379),
    ("dashboard", 8265),
    METRICS,
    ("serve", 8000),
];

/// The ports that KubeRay adds to the Service
/// (`kuberay v1.7.0 ray-operator/controllers/ray/common/service.go:getServicePorts`).
fn added<'p>(ports: &'p [Port<'p>]) -> Vec<Added<'p>> {
    let default = |(name, number): (&'static str, i32)| Added {
        name: name.into(),
        number,
        position: None,
    };
    let names = ports.iter().map(|port| match &*port.name {
        "" => format!("{}-port", port.container_port.0).into(),
        name => Cow::Borrowed(name),
    });
    let names: Vec<Cow<'p, str>> = names.collect();
    // Of ports with the same name, the last stands.
    let mut last = BTreeMap::new();
    for (position, name) in names.iter().enumerate() {
        last.insert(&**name, position);
    }
    let named = names.iter().zip(ports.iter()).enumerate();
    let standing = named.filter(|(position, (name, _))| last.get(&***name) == Some(position));
    let mut all: Vec<Added<'p>> = standing
        .map(|(position, (name, port))| Added {
            name: name.clone(),
            number: port.container_port.0,
            position: Some(position),
        })
        .collect();
    if all.is_empty() {
        all.extend(DEFAULTS.map(default));
    } else if all.iter().all(|port| port.name != METRICS.0) {
        all.push(default(METRICS));
    }
    all
}

const NAME_METRICS: FixTemplate = FixTemplate {
    title: "name the port metrics",
    safe: false,
    edits: &[Edit::Set(At::Below("name"), "\"metrics\"")],
};

const UPPER_CASE: FixTemplate = FixTemplate {
    title: "write the protocol in upper case",
    safe: false,
    edits: &[Edit::SetProposed],
};

const NUMBERS: std::ops::RangeInclusive<i32> = 1..=65535;
const NUMBER_ADVICE: &str = "Use a number from 1 to 65535";
const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// Reports the ports of the Ray container that cannot all be ports of one Service.
fn container_port_twice(pod: Pod<'_, '_>, ports: &[Added<'_>], report: &mut Report) {
    for (number, port) in ports.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let mut before = ports.iter().take(number).rev().take(COMPARED);
        let Some(other) = before.find(|other| other.number == port.number) else {
            continue;
        };
        // The one that KubeRay adds comes last.
        let Some(position) = other.position else {
            continue;
        };
        let path = container_ports_path(pod);
        let number = port.number;
        if let Some(position) = port.position {
            let detail = format!(
                "ports {} and {} of the Ray container are both {number}",
                Quoted(&other.name),
                Quoted(&port.name)
            );
            let advice = "List each number once, whatever its protocol";
            report.advise_on(path.index(position), detail, advice);
        } else {
            let detail = format!(
                "port {number} of the Ray container is not named metrics, the port with this \
                 number that KubeRay adds to the Service"
            );
            let advice = "Name it metrics, or use another number";
            let finding = report.advise_on(path.index(position), detail, advice);
            finding.offer(&[NAME_METRICS]);
        }
    }
}

/// Reports a port of `headService` that collides with an earlier one or with one that
/// KubeRay adds.
fn port_twice(
    own: &[ServicePort<'_>],
    added: &[Added<'_>],
    position: usize,
    path: impl Fn(&'static str) -> Path,
    report: &mut Report,
) {
    let Some(port) = own.get(position) else {
        return;
    };
    let mut before = own.iter().take(position.min(COMPARED));
    let name = Quoted(&port.name);
    if !port.name.is_empty() && before.any(|other| other.name == port.name) {
        let detail = format!("headService has two ports {name}");
        report.advise_on(path("name"), detail, "Give each port a name of its own");
    }
    const ADDED: &str = "Remove it, or change it: KubeRay adds the ports of the Ray container, \
                         or else the default ones, and metrics";
    if added
        .iter()
        .take(COMPARED)
        .any(|other| other.name == *port.name)
    {
        let detail = format!("port {name} of headService has the name of a port that KubeRay adds");
        report.advise_on(path("name"), detail, ADDED);
    }
    let is_tcp = port.protocol.is_empty() || port.protocol.eq_ignore_ascii_case("TCP");
    let other = added
        .iter()
        .find(|other| is_tcp && other.number == port.port.0);
    if let Some(other) = other {
        let detail = format!(
            "port {} of headService is also port {}, which KubeRay adds",
            port.port,
            Quoted(&other.name)
        );
        report.advise_on(path("port"), detail, ADDED);
    }
}

/// Reports a value of a port of `headService` that no Service has.
fn port_value(port: &ServicePort<'_>, path: impl Fn(&'static str) -> Path, report: &mut Report) {
    let number = port.port;
    let fault = dns1123_label_fault(&port.name);
    if port.name.is_empty() {
        let detail = format!("port {number} of headService has no name");
        let advice = "Name it: each port of a Service that has several needs a name";
        report.advise_on(path("name"), detail, advice);
    } else if let Some(fault) = fault {
        let detail = format!(
            "name {} of port {number} of headService {fault}",
            Quoted(&port.name)
        );
        let advice = "Use lowercase letters, digits and '-', at most 63";
        report.advise_on(path("name"), detail, advice);
    }
    if !NUMBERS.contains(&number.0) {
        let detail = format!("headService has port {number}");
        report.advise_on(path("port"), detail, NUMBER_ADVICE);
    }
    let protocol = &*port.protocol;
    if !protocol.is_empty() && !PROTOCOLS.contains(&protocol) {
        let detail = format!(
            "protocol of port {number} of headService is {}",
            Quoted(protocol)
        );
        let finding = report.advise_on(path("protocol"), detail, "Write TCP, UDP or SCTP");
        finding
            .offer(&[UPPER_CASE])
            .propose(meant(protocol, &PROTOCOLS));
    }
    let of = format!("of port {number} of headService");
    match &port.target_port {
        Json::Number(target) => {
            // 0 is the number of the port itself.
            let is_port = |target: i64| {
                target == 0 || i32::try_from(target).is_ok_and(|target| NUMBERS.contains(&target))
            };
            if !target.parse().is_ok_and(is_port) {
                let detail = format!("targetPort {of} is {}", Quoted(target));
                report.advise_on(path("targetPort"), detail, NUMBER_ADVICE);
            }
        }
        Json::Text(target) if !target.is_empty() => {
            if let Some(fault) = port_name_fault(target) {
                let detail = format!("targetPort {} {of} {fault}", Quoted(target));
                let advice = "Use the name of a port of the Ray container: lowercase letters, \
                              digits and '-', at most 15";
                report.advise_on(path("targetPort"), detail, advice);
            }
        }
        _ => {}
    }
    let protocol = port.app_protocol.as_deref();
    if let Some(Err(error)) = protocol.map(check_label_key) {
        let detail = format!(
            "appProtocol {} {of}: {error}",
            Quoted(protocol.unwrap_or_default())
        );
        let advice = "Use a name such as http or kubernetes.io/h2c";
        report.advise_on(path("appProtocol"), detail, advice);
    }
}

fn ports(pod: Pod<'_, '_>, report: &mut Report) {
    let Some((head, _)) = head_of(pod) else {
        return;
    };
    let added = added(container_ports(pod));
    container_port_twice(pod, &added, report);
    let own = &head.spec.head_service.spec.ports;
    for (position, port) in own.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let path = |field| {
            head.path("headService.spec.ports")
                .index(position)
                .at(field)
        };
        port_value(port, path, report);
        port_twice(own, &added, position, path, report);
    }
}

const TYPES: [&str; 4] = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];

/// The type of the Service: the field, what is written there, and what is meant.
fn kind<'s>(head: Group<'s>) -> (Path, &'s str, Option<&'static str>) {
    let kind = &head.spec.head_service.spec.kind;
    let (path, written) = match &**kind {
        "" => (head.path("serviceType"), &*head.spec.service_type),
        written => (head.path("headService.spec.type"), written),
    };
    match written {
        "" => (path, "", Some("ClusterIP")),
        written => (path, written, meant(written, &TYPES)),
    }
}

/// Reports what no Service of this type has, or no Service at all
/// (`kubernetes v1.36.3 pkg/apis/core/validation/validation.go:validateService`).
fn spec(cluster: Cluster<'_>, context: &Context<'_>, report: &mut Report) {
    let head = cluster.head();
    let (path, written, meant) = kind(head);
    if !written.is_empty() {
        one_of(report, path.clone(), "type of the Service", written, &TYPES);
    }
    // The Service of Ray Serve has this type, whatever that of the head.
    let serves = context.object.kind() == Kind::RayService;
    let kind = &*head.spec.service_type;
    if serves && !kind.is_empty() && !head.spec.head_service.spec.kind.is_empty() {
        let path = head.path("serviceType");
        one_of(
            report,
            path,
            "type of the Service of Ray Serve",
            kind,
            &TYPES,
        );
    }
    let spec = &head.spec.head_service.spec;
    let at = |field| head.path("headService.spec").at(field);
    let Some(kind) = meant else {
        return;
    };
    values(spec, at, report);
    node_ports(spec, kind, at, report);
    match kind {
        "ExternalName" => {
            external_name(spec, path, at, report);
        }
        _ => cluster_ips(spec, kind, at, report),
    }
    for (position, address) in spec.external_ips.iter().enumerate() {
        if report.is_full() {
            break;
        }
        if parse_ip_address(address).is_none_or(is_special) {
            let detail = format!("externalIPs of headService has {}", Quoted(address));
            let advice = "Use the IP address of a node that clients outside the cluster reach";
            report.advise_on(at("externalIPs").index(position), detail, advice);
        }
    }
    let is_external = match kind {
        "NodePort" | "LoadBalancer" => true,
        "ClusterIP" => !spec.external_ips.is_empty(),
        _ => false,
    };
    let policy = &*spec.external_traffic_policy;
    if !is_external && !policy.is_empty() {
        let detail = format!(
            "externalTrafficPolicy is {}, but type is {kind}",
            Quoted(policy)
        );
        let advice = "Remove externalTrafficPolicy, or set type to NodePort or LoadBalancer";
        report.advise_on(at("externalTrafficPolicy"), detail, advice);
    } else if !policy.is_empty() {
        let allowed = ["Cluster", "Local"];
        one_of(
            report,
            at("externalTrafficPolicy"),
            "externalTrafficPolicy",
            policy,
            &allowed,
        );
    }
    if spec.health_check_node_port.0 != 0 && (kind, policy) != ("LoadBalancer", "Local") {
        let detail = "healthCheckNodePort is set, but not both type LoadBalancer and \
                      externalTrafficPolicy Local";
        report.advise_on(
            at("healthCheckNodePort"),
            detail,
            "Remove healthCheckNodePort",
        );
    }
    balancer(spec, kind, at, report);
}

/// Reports the values of enumerations.
fn values(spec: &ServiceSpec<'_>, at: impl Fn(&'static str) -> Path, report: &mut Report) {
    let affinity = Some(&spec.session_affinity).filter(|affinity| !affinity.is_empty());
    let policies: [(&'static str, Option<&Text<'_>>, &[&'static str]); 4] = [
        ("sessionAffinity", affinity, &["None", "ClientIP"]),
        (
            "internalTrafficPolicy",
            spec.internal_traffic_policy.as_ref(),
            &["Cluster", "Local"],
        ),
        (
            "trafficDistribution",
            spec.traffic_distribution.as_ref(),
            // The last two from Kubernetes 1.34 on.
            &["PreferClose", "PreferSameZone", "PreferSameNode"],
        ),
        (
            "ipFamilyPolicy",
            spec.ip_family_policy.as_ref(),
            &["SingleStack", "PreferDualStack", "RequireDualStack"],
        ),
    ];
    for (field, written, allowed) in policies {
        if let Some(written) = written {
            one_of(report, at(field), field, written, allowed);
        }
    }
    for (position, family) in spec.ip_families.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let path = at("ipFamilies").index(position);
        one_of(report, path, "IP family", family, &["IPv4", "IPv6"]);
    }
}

fn node_ports(
    spec: &ServiceSpec<'_>,
    kind: &str,
    at: impl Fn(&'static str) -> Path,
    report: &mut Report,
) {
    let key = |port: &ServicePort<'_>| {
        let protocol = Some(port.protocol.to_string()).filter(|protocol| !protocol.is_empty());
        (port.node_port, protocol.unwrap_or("TCP".into()))
    };
    let set = spec.ports.iter().enumerate();
    for (position, port) in set.filter(|(_, port)| port.node_port.0 != 0) {
        let path = at("ports").index(position).at("nodePort");
        let number = port.node_port;
        let mut before = spec.ports.iter().take(position.min(COMPARED));
        if kind == "ClusterIP" {
            let detail = format!("nodePort is {number}, but type is ClusterIP");
            let advice = "Remove nodePort, or set type to NodePort";
            report.advise_on(path, detail, advice);
        } else if before.any(|other| key(other) == key(port)) {
            let detail = format!("two ports have nodePort {number}");
            report.advise_on(path, detail, "Remove nodePort");
        }
    }
}

fn external_name(
    spec: &ServiceSpec<'_>,
    path: Path,
    at: impl Fn(&'static str) -> Path,
    report: &mut Report,
) {
    const ADVICE: &str = "Use ClusterIP, NodePort or LoadBalancer";
    let name = &*spec.external_name;
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        let detail = "type is ExternalName, but externalName is missing";
        report.advise_on(path.clone(), detail, ADVICE);
    } else if !is_dns1123_subdomain(name.as_bytes()) {
        let detail = format!("externalName is {}", Quoted(&spec.external_name));
        report.advise_on(at("externalName"), detail, "Use a DNS name");
    }
    let forbidden = [
        ("clusterIP", !spec.cluster_ip.is_empty()),
        ("clusterIPs", !spec.cluster_ips.is_empty()),
        ("ipFamilies", !spec.ip_families.is_empty()),
        ("ipFamilyPolicy", spec.ip_family_policy.is_some()),
    ];
    for (field, _) in forbidden.into_iter().filter(|(_, is_set)| *is_set) {
        if report.is_full() {
            break;
        }
        let detail = format!("{field} is set, but type is ExternalName");
        report.advise_on(at(field), detail, ADVICE);
    }
}

const NO_ADDRESS: &str = "None";

fn cluster_ips(
    spec: &ServiceSpec<'_>,
    kind: &str,
    at: impl Fn(&'static str) -> Path,
    report: &mut Report,
) {
    let address = &*spec.cluster_ip;
    if !matches!(address, "" | NO_ADDRESS) && parse_ip_address(address).is_none() {
        let detail = format!("clusterIP is {}", Quoted(address));
        let advice = "Remove clusterIP, or write None";
        report
            .advise_on(at("clusterIP"), detail, advice)
            .offer(&[CASE])
            .propose(meant(address, &[NO_ADDRESS]));
    }
    if address.eq_ignore_ascii_case(NO_ADDRESS) && kind != "ClusterIP" {
        let detail = format!("clusterIP is {address}, but type is {kind}");
        let advice = "Remove clusterIP, or set type to ClusterIP";
        report.advise_on(at("clusterIP"), detail, advice);
    }
    if let Some(first) = spec
        .cluster_ips
        .first()
        .filter(|first| &***first != address)
    {
        let (first, address) = (Quoted(first), Quoted(address));
        let detail = format!("clusterIPs begins with {first}, but clusterIP is {address}");
        report.advise_on(at("clusterIPs"), detail, "Remove clusterIPs");
    }
}

/// Whether no Service may have this address.
fn is_special(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => {
            address.is_link_local() || matches!(address.octets(), [224, 0, 0, _])
        }
        IpAddr::V6(address) => {
            let [first, ..] = address.segments();
            address.is_unicast_link_local() || first & 0xff0f == 0xff02
        }
    };
    is_link_local || address.is_unspecified() || address.is_loopback()
}

/// Reports what only a load balancer has.
fn balancer(
    spec: &ServiceSpec<'_>,
    kind: &str,
    at: impl Fn(&'static str) -> Path,
    report: &mut Report,
) {
    let class = spec.load_balancer_class.as_deref();
    let fields = [
        ("loadBalancerClass", class.is_some()),
        (
            "loadBalancerSourceRanges",
            !spec.load_balancer_source_ranges.is_empty(),
        ),
        (
            "allocateLoadBalancerNodePorts",
            spec.allocate_load_balancer_node_ports.is_some(),
        ),
    ];
    let set = fields.into_iter().filter(|(_, is_set)| *is_set);
    for (field, _) in set.filter(|_| kind != "LoadBalancer") {
        let detail = format!("{field} is set, but type is {kind}");
        let advice = format!("Remove {field}, or set type to LoadBalancer");
        report.add(at(field), detail).advise(advice).offer(&[]);
    }
    if let (Some(class), "LoadBalancer") = (class, kind)
        && let Err(error) = check_label_key(class)
    {
        let detail = format!("loadBalancerClass {}: {error}", Quoted(class));
        let advice = "Use the name of a load balancer, such as example.com/internal";
        report.advise_on(at("loadBalancerClass"), detail, advice);
    }
    for (position, range) in spec.load_balancer_source_ranges.iter().enumerate() {
        if report.is_full() {
            break;
        }
        if !is_range(range.trim()) {
            let path = at("loadBalancerSourceRanges").index(position);
            let detail = format!("loadBalancerSourceRanges has {}", Quoted(range));
            report.advise_on(path, detail, "Use a range such as 10.0.0.0/8");
        }
    }
}

/// Whether a text is a range of IP addresses (`netutils.ParseCIDRSloppy`).
fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let most = if address.contains(':') { 128 } else { 32 };
    let is_digits = bits.bytes().all(|byte| byte.is_ascii_digit());
    parse_ip_address(address).is_some()
        && is_digits
        && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

/// Reports the addresses and ports that only one Service can have: KubeRay makes two
/// (`kuberay v1.7.0 ray-operator/controllers/ray/rayjob_controller.go:reconcileServices`).
pub(super) fn allocated(cluster: Cluster<'_>, report: &mut Report) {
    let head = cluster.head();
    let spec = &head.spec.head_service.spec;
    let (_, _, kind) = kind(head);
    let at = |field| head.path("headService.spec").at(field);
    if matches!(kind, Some("NodePort" | "LoadBalancer")) {
        for (position, port) in spec.ports.iter().enumerate() {
            if report.is_full() {
                break;
            }
            if port.node_port.0 != 0 {
                let path = at("ports").index(position).at("nodePort");
                report.add(
                    path,
                    format!("nodePort of headService is {}", port.node_port),
                );
            }
        }
    }
    if parse_ip_address(&spec.cluster_ip).is_some() && kind != Some("ExternalName") {
        let address = Quoted(&spec.cluster_ip);
        report.add(
            at("clusterIP"),
            format!("clusterIP of headService is {address}"),
        );
    }
}

/// The labels that KubeRay gives the Service, whatever `headService` says.
const OWN_LABELS: [&str; 5] = [
    "ray.io/cluster",
    "ray.io/node-type",
    "ray.io/identifier",
    "app.kubernetes.io/name",
    "app.kubernetes.io/created-by",
];

/// The finalizers without a domain.
const FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

fn metadata(cluster: Cluster<'_>, context: &Context<'_>, report: &mut Report) {
    let head = cluster.head();
    let metadata = &head.spec.head_service.metadata;
    let at = |field| head.path("headService.metadata").at(field);
    // KubeRay 1.3 corrects some names; jobs and services then look for the Service in vain.
    let corrects = context.release < V1_4 && context.object.kind() == Kind::RayCluster;
    let name = match corrects {
        true => corrected(&metadata.name),
        false => (&*metadata.name).into(),
    };
    if let Some(fault) = dns1123_label_fault(&name).filter(|_| !name.is_empty()) {
        let detail = format!("name {} of headService {fault}", Quoted(&metadata.name));
        let advice = "Use lowercase letters, digits and '-', at most 63, or remove the name";
        report.advise_on(at("name"), detail, advice);
    }
    const LABEL: &str = "Use a value of letters, digits, '-', '_' and '.', at most 63";
    for (key, value) in metadata.labels.iter() {
        if report.is_full() {
            break;
        }
        let path = || at("labels").key(key.to_string());
        if let Err(error) = check_label_key(key) {
            let detail = format!("label key {} of headService: {error}", Quoted(key));
            report.advise_on(path(), detail, KEY);
        }
        let is_kept = !OWN_LABELS.contains(&&**key);
        if let Some(error) = check_label_value(value).err().filter(|_| is_kept) {
            let detail = format!(
                "label {}: {} of headService: {error}",
                Quoted(key),
                Quoted(value)
            );
            report.advise_on(path(), detail, LABEL);
        }
    }
    let annotations = &metadata.annotations;
    annotation_keys(annotations, || at("annotations"), report);
    let annotations = &cluster.head_service_annotations;
    annotation_keys(
        annotations,
        || cluster.path("headServiceAnnotations"),
        report,
    );
    for (position, finalizer) in metadata.finalizers.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let has_domain = finalizer.contains('/') && check_label_key(finalizer).is_ok();
        if !has_domain && !FINALIZERS.contains(&&**finalizer) {
            let detail = format!("headService has the finalizer {}", Quoted(finalizer));
            let path = at("finalizers").index(position);
            report.advise_on(
                path,
                detail,
                "Remove it, or use one such as example.com/name",
            );
        }
    }
}

const KEY: &str = "Use a key such as team or example.com/team: letters, digits, '-', '_' and '.'";

/// A name as KubeRay 1.3 corrects it
/// (`kuberay v1.3.2 ray-operator/controllers/ray/utils/util.go:CheckName`).
fn corrected(name: &str) -> Cow<'_, str> {
    let start = name.ceil_char_boundary(name.len().saturating_sub(50));
    let kept = name.get(start..).unwrap_or_default();
    match kept.strip_prefix(|first: char| first.is_ascii_digit() || first.is_ascii_punctuation()) {
        Some(rest) => format!("r{rest}").into(),
        None => kept.into(),
    }
}

fn annotation_keys(
    annotations: &[(Text<'_>, Text<'_>)],
    path: impl Fn() -> Path,
    report: &mut Report,
) {
    for (key, _) in annotations {
        if report.is_full() {
            break;
        }
        if let Err(error) = check_label_key(&key.to_ascii_lowercase()) {
            let detail = format!("annotation key {}: {error}", Quoted(key));
            report.advise_on(path().key(key.to_string()), detail, KEY);
        }
    }
}

/// Reports a fixed name of the Service, if a job may have several RayClusters.
fn fixed_name(cluster: Cluster<'_>, context: &Context<'_>, report: &mut Report) {
    let head = cluster.head();
    let name = &*head.spec.head_service.metadata.name;
    let retries = context.object.job().map_or(0, |job| job.retries());
    let several = match context.object.kind() {
        _ if name.is_empty() => return,
        Kind::RayCronJob => "runs of a RayCronJob may overlap".into(),
        _ if retries > 0 => format!("backoffLimit is {retries}"),
        _ => return,
    };
    report.add(
        head.path("headService.metadata.name"),
        format!("headService has the name {}, and {several}", Quoted(name)),
    );
}

/// The port to which KubeRay submits.
const DASHBOARD: &str = "dashboard";

/// Reports a head whose Service has no port named dashboard.
fn no_dashboard(pod: Pod<'_, '_>, report: &mut Report) {
    let Some((head, _)) = head_of(pod) else {
        return;
    };
    let ports = container_ports(pod);
    let own = &head.spec.head_service.spec.ports;
    let is_named = ports.iter().any(|port| &*port.name == DASHBOARD)
        || own.iter().any(|port| &*port.name == DASHBOARD);
    if ports.is_empty() || is_named {
        return;
    }
    let path = container_ports_path(pod);
    let is_dashboard = |port: &Port<'_>| port.container_port.0 == 8265;
    match ports.iter().position(is_dashboard) {
        Some(position) => {
            let detail = "port 8265 of the Ray container is not named dashboard, nor is another";
            report
                .add(path.index(position), detail)
                .advise("Name the port dashboard");
        }
        None => {
            let detail = "no port of the Ray container is named dashboard";
            report.add(path, detail).offer(&[]);
        }
    }
}

/// Reports a port named dashboard that is not the one on which Ray's dashboard listens.
fn other_dashboard(pod: Pod<'_, '_>, report: &mut Report) {
    const PARAM: &str = "dashboard-port";
    let Some((head, _)) = head_of(pod) else {
        return;
    };
    // One of headService may forward to any port, and a sidecar too: KubeRay's sample
    // ray-cluster.auth.yaml has a proxy.
    let own = &head.spec.head_service.spec.ports;
    let own_command = pod.object.annotation("ray.io/overwrite-container-cmd") == "true";
    let has_sidecar = pod.spec().containers.len() > 1;
    if own_command || has_sidecar || own.iter().any(|port| &*port.name == DASHBOARD) {
        return;
    }
    let listens = head.spec.ray_start_params.get(PARAM).unwrap_or("8265");
    let added = added(container_ports(pod));
    let named = added.iter().find(|port| port.name == DASHBOARD);
    let (Some(named), Ok(listens)) = (named, listens.parse::<i32>()) else {
        return;
    };
    // Rules about ports report a number that is none.
    if named.number != listens && NUMBERS.contains(&named.number) {
        let path = match named.position {
            Some(position) => container_ports_path(pod)
                .index(position)
                .at("containerPort"),
            None => head.path("rayStartParams").key(PARAM),
        };
        let number = named.number;
        report.add(
            path,
            format!("the port dashboard of the head is {number}, but {PARAM} is {listens}"),
        );
    }
}

/// Whether a port of this name is one for Ray Serve.
pub(super) fn serves(port: &str, release: Release) -> bool {
    match port.strip_prefix("serve") {
        Some("") => true,
        Some(rest) => release >= V1_6 && rest.starts_with('-'),
        None => false,
    }
}

/// The annotation that asks for a Service for Ray Serve.
pub(super) const SERVE_SERVICE: &str = "ray.io/enable-serve-service";

/// Reports a head without a port for Ray Serve, though the job asks for its Service.
fn no_serve(pod: Pod<'_, '_>, release: Release, report: &mut Report) {
    let ports = container_ports(pod);
    let is_head = head_of(pod).is_some();
    if !is_head || ports.is_empty() || pod.object.annotation(SERVE_SERVICE) != "true" {
        return;
    }
    if !ports.iter().any(|port| serves(&port.name, release)) {
        let detail = format!(
            "{SERVE_SERVICE} is \"true\", but no port of the Ray container is \
                              named serve"
        );
        report.add(container_ports_path(pod), detail);
    }
}

/// Reports a port of the dashboard agent that KubeRay's probes cannot ask.
fn agent_port(pod: Pod<'_, '_>, report: &mut Report) {
    const PARAM: &str = "dashboard-agent-listen-port";
    let Owner::Group(group, cluster) = pod.owner else {
        return;
    };
    let Some(ray) = pod.spec().containers.first() else {
        return;
    };
    let port = group.spec.ray_start_params.get(PARAM);
    let Some(port) = port.and_then(|port| port.parse::<i32>().ok()) else {
        return;
    };
    let has_own_probes = ray.liveness_probe.is_set() && ray.readiness_probe.is_set();
    let asks_by_http = super::version::problem(cluster.spec, 2, 53).is_none();
    if asks_by_http && !has_own_probes && !NUMBERS.contains(&port) {
        let path = group.path("rayStartParams").key(PARAM);
        report.add(
            path,
            format!("{PARAM} of {group} is {port}{}", group.empty_note()),
        );
    }
}

const NAME_DASHBOARD: FixTemplate = FixTemplate {
    title: "name the port dashboard",
    safe: false,
    edits: &[Edit::Set(At::Below("name"), "\"dashboard\"")],
};

/// The patch that gives the Ray container of the head these ports, and the head these other
/// fields.
macro_rules! ports {
    ($ports:literal $(, $more:literal)*) => {
        concat!(
            r#"{"spec": {"rayClusterSpec": {"headGroupSpec": {"#,
            $($more, ", ",)*
            r#""template": {"spec": {"containers": [{"name": "ray-head",
                 "image": "rayproject/ray:2.52.0", "ports": ["#,
            $ports,
            "]}]}}}}}}"
        )
    };
}

/// A place in the builder of Services of `kuberay v1.7.0`.
macro_rules! source {
    ($place:literal) => {
        concat!(
            "kuberay v1.7.0 ray-operator/controllers/ray/common/",
            $place
        )
    };
}

const VALIDATION: &str =
    "kubernetes v1.36.3 pkg/apis/core/validation/validation.go:ValidateServiceCreate";

pub(super) const FAMILY: Family = Family {
    title: "The Service of the head",
    entries: &[
        Entry {
            rule: Rule {
                id: "trap-no-dashboard-port",
                stop: Some(Stop::Dashboard),
                level: Level::Deny,
                kinds: Kinds::OWNERS,
                why: "KubeRay looks for a port of this name to run jobs and Serve applications, so \
                      the RayCluster becomes ready and none is ever run",
                advice: "Add {name: dashboard, containerPort: 8265} to the ports",
                fixes: &[NAME_DASHBOARD],
                check: Check::Pod(Part::Containers, |pod, _, report| no_dashboard(pod, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The head's Ray container has `ports`, but none is named `dashboard`, nor \
                       is one of `headService`. KubeRay adds that port only to a Ray container \
                       without ports.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/utils/util.go:FetchHeadServiceURL",
                messages: &[],
                bad: &[
                    Example::job(ports!(r#"{"containerPort": 8265}"#)),
                    Example::job(ports!(r#"{"name": "dash", "containerPort": 8265}"#)),
                ],
                good: &[
                    Example::job(ports!("")),
                    Example::job(ports!(
                        r#"{"name": "gcs-server", "containerPort": 6379},
                           {"name": "dashboard", "containerPort": 8265}"#
                    )),
                    Example::job(ports!(
                        r#"{"name": "gcs-server", "containerPort": 6379}"#,
                        r#""headService": {"spec": {"ports": [
                             {"name": "dashboard", "port": 8265}]}}"#
                    )),
                ],
            },
            cel: &[
                Cel {
                    when: "!selects && headPorts.size() > 0 && !headPorts.exists(p, \
                           p.?name.orValue('') == 'dashboard') && \
                           !head.?headService.?spec.?ports.orValue([]).exists(p, \
                           p.?name.orValue('') == 'dashboard') && headPorts.exists(p, \
                           p.containerPort == 8265)",
                    path: "{cluster}.headGroupSpec.template.spec.containers[0].ports[\
                           {headPorts.map(p, \
                           p.containerPort == 8265 ? 'x' : '-').join('').indexOf('x')}]",
                    detail: "port 8265 of the Ray container is not named dashboard, nor is \
                             another",
                    advice: Some("Name the port dashboard"),
                    ..Cel::NEVER
                },
                Cel {
                    when: "!selects && headPorts.size() > 0 && !headPorts.exists(p, \
                           p.?name.orValue('') == 'dashboard') && \
                           !head.?headService.?spec.?ports.orValue([]).exists(p, \
                           p.?name.orValue('') == 'dashboard') && !headPorts.exists(p, \
                           p.containerPort == 8265)",
                    path: "{cluster}.headGroupSpec.template.spec.containers[0].ports",
                    detail: "no port of the Ray container is named dashboard",
                    ..Cel::NEVER
                },
            ],
        },
        Entry {
            rule: Rule {
                id: "trap-dashboard-port-differs",
                // The Service forwards to the port of the pod with the same number.
                level: Level::Deny,
                kinds: Kinds::OWNERS,
                why: "KubeRay runs jobs and Serve applications through the port named dashboard, \
                      where Ray's dashboard does not listen",
                advice: "Make the port named dashboard and dashboard-port in rayStartParams the \
                         same, by default 8265",
                check: Check::Pod(Part::Containers, |pod, _, report| {
                    other_dashboard(pod, report)
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The port named `dashboard` of the head's Ray container, or 8265 if that \
                       has no `ports`, is not `dashboard-port` in the head's `rayStartParams`, by \
                       default 8265. KubeRay does not compare them. Another container of the \
                       head may forward the port, so a head with several is not judged.",
                source: source!("service.go:getPortsFromCluster"),
                messages: &[],
                bad: &[
                    Example::job(ports!(r#"{"name": "dashboard", "containerPort": 8266}"#)),
                    Example::job(head!(r#""rayStartParams": {"dashboard-port": "8266"}"#)),
                ],
                good: &[
                    Example::job(ports!(
                        r#"{"name": "dashboard", "containerPort": 8266}"#,
                        r#""rayStartParams": {"dashboard-port": "8266"}"#
                    )),
                    Example::job(ports!(
                        r#"{"name": "ui", "containerPort": 8266}"#,
                        r#""rayStartParams": {"dashboard-port": "8266"},
                           "headService": {"spec": {"ports": [
                             {"name": "dashboard", "port": 80, "targetPort": "ui"}]}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-head-service-ports",
                advice: "Give each port a name and a number of its own",
                fixes: &[NAME_METRICS, UPPER_CASE],
                check: Check::Pod(Part::Containers, |pod, _, report| ports(pod, report)),
                ..SERVICE
            },
            doc: RuleDoc {
                what: "The ports of the head's Service have no name, the same name or number, or \
                       a value that Kubernetes refuses. KubeRay makes them of the `ports` of the \
                       Ray container, all as TCP, adds 8080 as `metrics` unless one has this \
                       name, and those of `headService`. A Ray container without ports gets 10001 \
                       `client`, 6379 `gcs-server`, 8265 `dashboard`, 8080 `metrics` and 8000 \
                       `serve`.",
                source: source!("service.go:BuildServiceForHeadPod"),
                messages: &[],
                bad: &[
                    Example::job(ports!(
                        r#"{"name": "dashboard", "containerPort": 8265}, {"containerPort": 8080}"#
                    )),
                    Example::job(ports!(
                        r#"{"name": "dashboard", "containerPort": 8265},
                           {"name": "grpc", "containerPort": 9000},
                           {"name": "grpc-udp", "containerPort": 9000, "protocol": "UDP"}"#
                    )),
                    Example::job(head!(
                        r#""headService": {"spec": {"ports": [{"name": "ui", "port": 8265}]}}"#
                    )),
                    Example::job(head!(
                        r#""headService": {"spec": {"ports": [{"port": 9000}]}}"#
                    )),
                    Example::job(head!(
                        r#""headService": {"spec": {"ports": [
                             {"name": "grpc", "port": 9000, "protocol": "tcp"}]}}"#
                    )),
                ],
                good: &[
                    Example::job(ports!(
                        r#"{"name": "dashboard", "containerPort": 8265},
                           {"name": "metrics", "containerPort": 8080}"#
                    )),
                    Example::job(head!(
                        r#""headService": {"spec": {"ports": [{"name": "grpc", "port": 9000}]}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-head-service-spec",
                advice: "Write a Service that Kubernetes accepts",
                fixes: &[CASE],
                check: Check::CreatedCluster(spec),
                ..SERVICE
            },
            doc: RuleDoc {
                what: "`serviceType` or a field of `headService.spec` has a value that Kubernetes \
                       refuses in a Service of this type, such as a type in another case, \
                       `nodePort` with the type ClusterIP, or `loadBalancerClass` without the \
                       type LoadBalancer. The schema allows any text.",
                source: VALIDATION,
                messages: &[],
                bad: &[
                    Example::job(head!(r#""serviceType": "nodeport""#)),
                    Example::job(head!(r#""serviceType": "ExternalName""#)),
                    Example::job(head!(
                        r#""headService": {"spec": {"type": "LoadBalancer",
                             "clusterIP": "None"}}"#
                    )),
                    Example::job(head!(
                        r#""headService": {"spec": {"externalTrafficPolicy": "Local"}}"#
                    )),
                ],
                good: &[
                    Example::job(head!(r#""serviceType": "NodePort""#)),
                    Example::job(head!(
                        r#""headService": {"spec": {"type": "LoadBalancer",
                             "externalTrafficPolicy": "Local",
                             "loadBalancerClass": "example.com/internal"}}"#
                    )),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-head-service-metadata",
                advice: "Write metadata that Kubernetes accepts",
                check: Check::CreatedCluster(metadata),
                ..SERVICE
            },
            doc: RuleDoc {
                what: "`headService.metadata` has a name, a label, an annotation or a finalizer, \
                       or `headServiceAnnotations` has a key, that Kubernetes refuses. The schema \
                       allows any text.",
                source: VALIDATION,
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""headService": {"metadata": {"name": "ray_head"}}"#
                    )),
                    Example::job(head!(
                        r#""headService": {"metadata": {"labels": {"team": "machine learning"}}}"#
                    )),
                    Example::job(cluster!(r#""headServiceAnnotations": {"a b": "1"}"#)),
                ],
                good: &[Example::job(head!(
                    r#""headService": {"metadata": {"name": "ray-head",
                         "labels": {"team": "ml"}, "annotations": {"note": "any text"}}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-head-service-name",
                // The next RayCluster may only have to wait.
                level: Level::Warn,
                why: FIXED_NAME,
                advice: FIXED_NAME_ADVICE,
                kinds: Kinds::JOBS,
                check: Check::CreatedCluster(fixed_name),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`headService.metadata.name` is set in a RayCronJob, or in a RayJob with \
                       `backoffLimit`, whose RayClusters follow each other. A run that starts \
                       before the RayCluster of an earlier run is deleted waits for that; a retry \
                       waits until Kubernetes has deleted the Service of the previous attempt.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/raycluster_controller.go:createService",
                messages: &[],
                bad: &[
                    Example::cron(
                        r#"{"spec": {"jobTemplate": {"rayClusterSpec": {"headGroupSpec": {
                             "headService": {"metadata": {"name": "ray-head"}}}}}}}"#,
                    ),
                    Example::job(
                        r#"{"spec": {"backoffLimit": 1, "rayClusterSpec": {"headGroupSpec": {
                             "headService": {"metadata": {"name": "ray-head"}}}}}}"#,
                    ),
                ],
                good: &[Example::job(head!(
                    r#""headService": {"metadata": {"name": "ray-head"}}"#
                ))],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-head-service-allocated",
                stop: Some(Stop::JobService),
                level: Level::Deny,
                releases: Releases::since(V1_5),
                kinds: Kinds::JOBS,
                why: "KubeRay makes two Services of headService, and the second cannot have the \
                      same, so KubeRay never notices that the job has ended",
                advice: "Remove the field: Kubernetes then chooses a value for each Service",
                fixes: &[FixTemplate {
                    title: "let Kubernetes choose",
                    safe: false,
                    edits: &[Edit::Remove(At::Finding)],
                }],
                check: Check::CreatedCluster(|cluster, _, report| allocated(cluster, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`headService.spec` fixes the `clusterIP` or a `nodePort`, which only one \
                       Service can have. From 1.5 on, KubeRay makes a Service for the RayCluster \
                       and, when the job runs, another one for the RayJob.",
                source: "kuberay v1.7.0 \
                         ray-operator/controllers/ray/rayjob_controller.go:reconcileServices",
                messages: &[],
                bad: &[
                    Example::job(head!(
                        r#""headService": {"spec": {"type": "NodePort", "ports": [
                             {"name": "grpc", "port": 9000, "nodePort": 30900}]}}"#
                    )),
                    Example::job(head!(
                        r#""headService": {"spec": {"clusterIP": "10.96.0.9"}}"#
                    )),
                ],
                good: &[
                    Example::job(head!(
                        r#""headService": {"spec": {"type": "NodePort", "ports": [
                             {"name": "grpc", "port": 9000}]}}"#
                    )),
                    Example::job(head!(r#""headService": {"spec": {"clusterIP": "None"}}"#)),
                ],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-serve-service-annotation",
                stop: Some(Stop::ServeService),
                level: Level::Deny,
                why: "KubeRay cannot make the Service of Ray Serve, and makes it before the pods, \
                      so there are none",
                advice: "Add {name: serve, containerPort: 8000} to the ports, or remove the \
                         annotation",
                check: Check::Pod(Part::Containers, |pod, context, report| {
                    no_serve(pod, context.release, report)
                }),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "The annotation `ray.io/enable-serve-service` is \"true\", and the head's \
                       Ray container has `ports`, but none is named `serve` or, from 1.6 on, \
                       `serve-` and more.",
                source: source!("service.go:BuildServeService"),
                messages: &[],
                bad: &[Example::job(
                    r#"{"metadata": {"annotations": {"ray.io/enable-serve-service": "true"}},
                        "spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": {
                          "containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0",
                            "ports": [{"name": "dashboard", "containerPort": 8265}]}]}}}}}}"#,
                )],
                good: &[Example::job(
                    r#"{"metadata": {"annotations": {"ray.io/enable-serve-service": "true"}}}"#,
                )],
            },
            cel: &[],
        },
        Entry {
            rule: Rule {
                id: "trap-agent-port",
                stop: Some(Stop::Pods),
                level: Level::Deny,
                releases: Releases::since(V1_6),
                why: "KubeRay's probes ask this port, and the API server refuses to create pods \
                      with such probes",
                advice: NUMBER_ADVICE,
                check: Check::Pod(Part::Containers, |pod, _, report| agent_port(pod, report)),
                ..Rule::TRAP
            },
            doc: RuleDoc {
                what: "`dashboard-agent-listen-port` in the `rayStartParams` of a group is not \
                       from 1 to 65535, `rayVersion` is 2.53.0 or newer, and the Ray container \
                       does not have both probes.",
                source: source!("pod.go:initLivenessAndReadinessProbe"),
                messages: &[],
                bad: &[Example::job(head!(
                    r#""rayStartParams": {"dashboard-agent-listen-port": "0"},
                       "template": {"spec": {"containers": [
                         {"name": "ray-head", "image": "example.com/train:1"}]}}"#,
                    r#""rayVersion": "2.53.0""#
                ))],
                good: &[
                    Example::job(head!(
                        r#""rayStartParams": {"dashboard-agent-listen-port": "52365"},
                           "template": {"spec": {"containers": [
                             {"name": "ray-head", "image": "example.com/train:1"}]}}"#,
                        r#""rayVersion": "2.53.0""#
                    )),
                    Example::job(head!(
                        r#""rayStartParams": {"dashboard-agent-listen-port": "0"}"#
                    )),
                ],
            },
            cel: &[],
        },
    ],
};
