//! The images of a RayCluster and of the submitter, and the releases of Ray that they tell.

use rayjob_policy_core::release::Release;
use rayjob_policy_core::syntax::ray_version::image_release;
use rayjob_policy_testkit::Asked;
use serde_json::{Value, json};

const CLUSTER: &str = "spec.rayClusterSpec";

fn container(image: &str) -> Value {
    json!({"name": "ray", "image": image})
}

/// A cluster with this `rayVersion`, and these containers of the head and of a worker.
fn cluster(version: &str, head: Value, worker: Value) -> Value {
    let template = |ray: Value| json!({"spec": {"containers": [ray]}});
    json!({"rayVersion": version, "headGroupSpec": {"template": template(head)},
        "workerGroupSpecs": [{"groupName": "w", "replicas": 1, "minReplicas": 1, "maxReplicas": 1,
            "rayStartParams": {}, "template": template(worker)}]})
}

fn of(version: &str, image: &str) -> Value {
    cluster(version, container(image), container(image))
}

#[test]
fn a_tag_tells_a_release_with_three_numbers() {
    for (image, release) in [
        ("rayproject/ray:2.52.0", Some(("2.52.0", ""))),
        ("rayproject/ray-ml:2.52.0-gpu", Some(("2.52.0", "-gpu"))),
        (
            "example.com/rayproject/ray-llm:2.52.0",
            Some(("2.52.0", "")),
        ),
        ("example.com:5000/ray:2.52.0rc1", Some(("2.52.0", "rc1"))),
        ("rayproject/ray:2.52.0@sha256:aa", Some(("2.52.0", ""))),
        ("example.com/ray-ml:2.52.0", None),
        ("example.com/xray:2.52.0", None),
        ("rayproject/ray:2.52", None),
        ("rayproject/ray:2.52.", None),
        ("rayproject/ray:2.52.0.1", None),
        ("rayproject/ray:1.52.0", None),
        ("rayproject/ray:nightly", None),
        ("rayproject/ray", None),
    ] {
        assert_eq!(image_release(image), release, "{image}");
    }
}

#[test]
fn a_worker_has_the_release_of_ray_and_python_of_the_head() {
    let asked = Asked::job("trap-ray-images-differ", CLUSTER);
    let images = |head: &str, worker: &str| {
        let image = |tag: &str| container(&format!("rayproject/ray:{tag}"));
        cluster("2.52.0", image(head), image(worker))
    };
    for (head, worker, differ) in [
        ("2.52.0", "2.52.1", true),
        ("2.52.0-py311", "2.52.0-py310-gpu", true),
        ("2.52.0-py311-gpu", "2.52.0-gpu-py311", false),
        ("2.52.0-py311", "2.52.0-gpu", false),
        ("2.52.0-py", "2.52.0-py310", false),
        ("2.52.0-py3x", "2.52.0-py310", false),
        ("2.52.0-xpy311", "2.52.0-py310", false),
        ("2.52.0", "nightly", false),
    ] {
        let told = match differ {
            true => format!(
                "the image of worker group \"w\" is \"rayproject/ray:{worker}\", but that of the \
                 head group is \"rayproject/ray:{head}\""
            ),
            false => String::new(),
        };
        asked.tells([(images(head, worker), &*told)]);
    }
    assert_eq!(
        asked.places(images("2.52.0", "2.52.1")),
        ["spec.rayClusterSpec.workerGroupSpecs[0].template.spec.containers[0].image"]
    );
}

#[test]
fn probes_of_2_53_fail_on_an_older_image() {
    let asked = Asked::job("trap-ray-version-probes", CLUSTER);
    let old = "rayproject/ray:2.52.0";
    let told = "rayVersion is \"2.53.0\", but the image of the head group is \
                \"rayproject/ray:2.52.0\"";
    asked.tells([
        (of("2.53.0", old), told),
        (of("2.53.0", "rayproject/ray:2.53.0"), ""),
        (of("2.52.0", "rayproject/ray:2.51.0"), ""),
        (of("nightly", old), ""),
        (
            cluster("2.53.0", container("rayproject/ray:2.53.0"), container(old)),
            "",
        ),
    ]);
    let probe = json!({"exec": {"command": ["true"]}});
    for (probes, told) in [
        (&["livenessProbe"][..], told),
        (&["readinessProbe"], told),
        (&["livenessProbe", "readinessProbe"], ""),
    ] {
        let mut head = container(old);
        for name in probes {
            head[name] = probe.clone();
        }
        asked.tells([(cluster("2.53.0", head, container(old)), told)]);
    }
}

#[test]
fn ray_version_is_that_of_the_image_unless_the_probes_tell() {
    let asked = Asked::job("trap-ray-version-differs", CLUSTER);
    let differs = |version: &str, tag: &str| {
        format!(
            "rayVersion is \"{version}\", but the image of the head group is \
             \"rayproject/ray:{tag}\""
        )
    };
    for (version, tag, is_told) in [
        ("2.9.0", "2.41.0", true),
        ("2.52.0", "2.52.1", false),
        ("2.52.0", "2.53.0", true),
        ("2.54.0", "2.53.0", true),
        ("2.53.0", "2.52.0", false),
        ("2.53", "2.54.0-py311", true),
        ("", "2.53.0", false),
        ("2.52.0", "nightly", false),
    ] {
        let told = if is_told {
            differs(version, tag)
        } else {
            String::new()
        };
        asked.tells([(of(version, &format!("rayproject/ray:{tag}")), &*told)]);
    }
    let before_the_probes = Asked {
        release: Some(Release::V1_5),
        ..asked
    };
    let told = differs("2.53.0", "2.52.0");
    before_the_probes.tells([(of("2.53.0", "rayproject/ray:2.52.0"), &*told)]);
    let fixes = asked.fixes(of("2.9.0", "rayproject/ray:2.41.0-py311"));
    assert!(fixes[0].contains("2.41.0\""), "{fixes:?}");
}

fn submitter(image: &str) -> Value {
    json!({"submitterPodTemplate": {"spec": {"restartPolicy": "Never", "containers": [
        {"name": "submitter", "image": image}]}}})
}

#[test]
fn the_submitter_has_the_release_of_the_head() {
    let asked = Asked::job("trap-submitter-image-differs", "spec");
    let old = "rayproject/ray:2.46.0";
    let mut by_http = submitter(old);
    by_http["submissionMode"] = "HTTPMode".into();
    asked.tells([
        (
            submitter(old),
            "the image of the submitter is \"rayproject/ray:2.46.0\", but that of the head group \
             is \"rayproject/ray:2.52.0\"",
        ),
        (submitter("rayproject/ray:2.52.0-py310"), ""),
        (submitter("example.com/train:2.46.0"), ""),
        (by_http, ""),
    ]);
    assert_eq!(
        asked.places(submitter(old)),
        ["spec.submitterPodTemplate.spec.containers[0].image"]
    );
}

#[test]
fn the_own_submitter_of_kuberay_has_no_pull_secrets() {
    let asked = Asked::job("trap-submitter-pull-secrets", "spec");
    let job = |image: &str, secrets: Value, mut more: Value| {
        let mut cluster = of("2.52.0", image);
        cluster["headGroupSpec"]["template"]["spec"]["imagePullSecrets"] = secrets;
        more["rayClusterSpec"] = cluster;
        more
    };
    let secrets = || json!([{"name": "registry"}]);
    let told = |image: &str| {
        format!(
            "the head group has imagePullSecrets for the image \"{image}\", and there is no \
             submitterPodTemplate"
        )
    };
    for image in ["example.com/train:1", "myrayproject/ray:2.52.0"] {
        asked.tells([(job(image, secrets(), json!({})), &*told(image))]);
    }
    asked.tells([
        (job("rayproject/ray:2.52.0", secrets(), json!({})), ""),
        (
            job("docker.io/rayproject/ray:2.52.0", secrets(), json!({})),
            "",
        ),
        (job("example.com/train:1", json!([]), json!({})), ""),
        (job("example.com/train:1", secrets(), submitter("")), ""),
        (
            job(
                "example.com/train:1",
                secrets(),
                json!({"submissionMode": "HTTPMode"}),
            ),
            "",
        ),
    ]);
}

#[test]
fn the_container_of_ray_is_told_by_its_name_or_its_image() {
    let asked = Asked::job("trap-ray-container-first", CLUSTER);
    let head = |containers: &[(&str, &str)]| {
        let containers = containers.iter();
        let containers = containers.map(|(name, image)| json!({"name": name, "image": image}));
        let containers: Vec<_> = containers.collect();
        json!({"headGroupSpec": {"template": {"spec": {"containers": containers}}}})
    };
    let (proxy, own) = (("proxy", "example.com/a"), "example.com/train:1");
    for (containers, before) in [
        (&[proxy, ("ray-head", own)][..], "ray-head"),
        (&[proxy, ("ray-worker", own)], "ray-worker"),
        (&[proxy, ("ray", own)], "ray"),
        (&[proxy, ("x", "rayproject/ray:2.52.0")], "x"),
        (&[proxy, proxy, ("ray-head", own)], "ray-head"),
        (&[proxy, ("x", "rayproject/ray:nightly")], ""),
        (&[proxy, ("rays", own)], ""),
        (&[("ray-head", own), ("ray-worker", own)], ""),
        (&[("x", "rayproject/ray:2.52.0"), ("ray-head", own)], ""),
    ] {
        let told = match before {
            "" => String::new(),
            before => {
                format!("the first container of the head group is \"proxy\", before \"{before}\"")
            }
        };
        asked.tells([(head(containers), &*told)]);
    }
    let mut worker = of("2.52.0", "rayproject/ray:2.52.0");
    let containers = json!([{"name": "log", "image": "a"}, {"name": "ray-worker", "image": "b"}]);
    worker["workerGroupSpecs"][0]["template"]["spec"]["containers"] = containers;
    let told = "the first container of worker group \"w\" is \"log\", before \"ray-worker\"";
    asked.tells([(worker.clone(), told)]);
    assert_eq!(
        asked.places(worker),
        ["spec.rayClusterSpec.workerGroupSpecs[0].template.spec.containers[0].name"]
    );
}
