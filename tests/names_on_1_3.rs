//! The names that KubeRay 1.3 makes of the name of an object.
//!
//! Its own functions made the children (`conformance/oracle/v1.3`, KubeRay 1.3.2), and the
//! validation of Kubernetes 1.31.14 and 1.36.3 answered about them; both gave the same answers.
//! Left out are the differences that `docs/conformance.md` lists for KubeRay 1.3.

use rayjob_policy_core::admit;
use rayjob_policy_core::release::Release;
use rayjob_policy_core::settings::Settings;
use serde_json::json;

/// This many bytes of letters and digits.
fn long(bytes: usize) -> String {
    "a234567890".chars().cycle().take(bytes).collect()
}

/// How an object is made.
#[derive(Debug)]
struct Shape {
    /// The number of hosts of its worker group, if it is not 1.
    hosts: Option<i32>,
    /// Whether it asks for a Service for Ray Serve.
    serves: bool,
    /// The name that it gives to the Service of the head.
    head_service: Option<&'static str>,
}

const PLAIN: Shape = Shape {
    hosts: None,
    serves: false,
    head_service: None,
};
const TWO_HOSTS: Shape = Shape {
    hosts: Some(2),
    ..PLAIN
};
const SERVES: Shape = Shape {
    serves: true,
    ..PLAIN
};
const NAMED: Shape = Shape {
    head_service: Some("mine"),
    ..PLAIN
};

/// Whether the policy denies an object for its name.
fn is_denied(kind: &str, name: &str, shape: &Shape) -> bool {
    let template =
        |name| json!({"spec": {"containers": [{"name": name, "image": "rayproject/ray:2.52.0"}]}});
    let mut head = json!({"rayStartParams": {}, "template": template("ray-head")});
    if let Some(name) = shape.head_service {
        head["headService"] = json!({"metadata": {"name": name}});
    }
    let cluster = json!({"headGroupSpec": head, "workerGroupSpecs": [{
        "groupName": "workers", "replicas": 1, "minReplicas": 1, "maxReplicas": 1,
        "numOfHosts": shape.hosts.unwrap_or(1), "rayStartParams": {},
        "template": template("ray-worker")}]});
    let spec = match kind {
        "RayJob" => json!({"entrypoint": "python train.py", "rayClusterSpec": cluster}),
        "RayService" => {
            json!({"serveConfigV2": "applications: []", "rayClusterConfig": cluster})
        }
        _ => cluster,
    };
    let mut object = json!({"apiVersion": "ray.io/v1", "kind": kind,
        "metadata": {"name": name}, "spec": spec});
    if shape.serves {
        object["metadata"]["annotations"] = json!({"ray.io/enable-serve-service": "true"});
    }
    let settings = Settings::for_release(Release::V1_3).in_files();
    let verdict = admit::judge(object.to_string().as_bytes(), None, &settings);
    let mut found = verdict.findings.iter();
    found.any(|graded| graded.finding.rule.id == "trap-name-of-cluster")
}

#[test]
fn a_name_is_denied_if_kubernetes_refuses_a_service_or_label_of_it() {
    let cases = [
        // `NAME-raycluster-xxxxx` is a label of the pods and Services.
        ("RayJob", long(46), PLAIN, false),
        ("RayJob", long(47), PLAIN, true),
        ("RayCluster", long(63), PLAIN, false),
        ("RayCluster", long(64), PLAIN, true),
        ("RayService", long(46), PLAIN, false),
        ("RayService", long(47), PLAIN, true),
        // The last 50 bytes of `NAME-raycluster-xxxxx-head-svc` name a Service. The first of
        // these becomes an r if it is a digit, a dot or a dash.
        ("RayJob", "1train".into(), PLAIN, false),
        ("RayJob", "train.v2".into(), PLAIN, true),
        ("RayJob", format!("a.{}", long(22)), PLAIN, true),
        ("RayJob", format!("a.{}", long(23)), PLAIN, false),
        ("RayJob", format!("a.b{}", long(21)), PLAIN, true),
        ("RayJob", format!("a.b{}", long(24)), PLAIN, false),
        ("RayJob", format!("aa-{}", long(23)), PLAIN, false),
        ("RayJob", "train.v2".into(), NAMED, false),
        // Of a RayCluster those of `NAME-head-svc`.
        ("RayCluster", "1train".into(), PLAIN, false),
        ("RayCluster", format!("a.{}", long(39)), PLAIN, true),
        ("RayCluster", format!("a.{}", long(40)), PLAIN, false),
        ("RayCluster", format!("a.{}", long(30)), NAMED, false),
        // A RayService has a Service of either name.
        ("RayService", "1train".into(), PLAIN, false),
        ("RayService", "my.c".into(), PLAIN, true),
        ("RayService", format!("a.{}", long(23)), PLAIN, true),
        ("RayService", format!("aa.{}", long(39)), PLAIN, true),
        ("RayService", format!("aa.{}", long(40)), PLAIN, false),
        // `NAME-raycluster-xxxxx-headless-worker-svc`
        ("RayJob", "1train".into(), TWO_HOSTS, false),
        ("RayJob", long(26), TWO_HOSTS, false),
        ("RayJob", "a.b".into(), TWO_HOSTS, true),
        ("RayJob", format!("a.b{}", long(20)), TWO_HOSTS, true),
        ("RayCluster", long(43), TWO_HOSTS, false),
        // `NAME-raycluster-xxxxx-serve` is a label of the Service for Ray Serve.
        ("RayJob", "1train".into(), SERVES, false),
        ("RayJob", long(40), SERVES, false),
        ("RayJob", long(41), SERVES, true),
        ("RayJob", format!("a.{}", long(22)), SERVES, true),
        ("RayJob", format!("a.{}", long(23)), SERVES, false),
        ("RayCluster", long(57), SERVES, false),
        ("RayCluster", long(58), SERVES, true),
        ("RayCluster", format!("a.{}", long(50)), SERVES, false),
    ];
    for (kind, name, shape, refused) in cases {
        let denied = is_denied(kind, &name, &shape);
        assert_eq!(denied, refused, "{kind} {name} {shape:?}");
    }
}
