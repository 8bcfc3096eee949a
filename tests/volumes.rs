//! What the rules find in the volumes of a pod, and what they say.

use rayjob_policy_core::example::Example;
use rayjob_policy_testkit::{joined, says};
use serde_json::{Value, json};

/// Demands that a rule says just this of volumes of the head, without the name of the volume.
#[track_caller]
fn holds<const N: usize>(id: &str, cases: [(Value, &str); N]) {
    for (source, expected) in cases {
        let volume = joined(json!({"name": "v"}), source);
        let pod = json!({"containers": [{"name": "ray-head", "image": "rayproject/ray:2.52.0"}],
            "volumes": [volume]});
        let patch =
            json!({"spec": {"rayClusterSpec": {"headGroupSpec": {"template": {"spec": pod}}}}});
        let said = says(id, &Example::job(patch.to_string().leak()));
        let said = said.replace(" of volume \"v\" of the head pod", "");
        let said = said.replace("volume \"v\" of the head pod", "it");
        assert_eq!(said, expected, "{volume}");
    }
}

#[test]
fn a_volume_has_one_source() {
    let hosts = json!({"path": "/a"});
    let sources = json!([{"secret": {"name": "a"}},
        {"secret": {"name": "a"}, "configMap": {"name": "b"}}]);
    holds(
        "pod-volume-source",
        [
            (json!({"emptyDir": {}}), ""),
            (json!({"emptyDir": {}, "hostPath": null}), ""),
            (
                json!({"emptyDir": {}, "hostPath": hosts}),
                "it has both emptyDir and hostPath. Keep one of them, and add another item for the other",
            ),
            (
                json!({"projected": {"sources": sources}}),
                "projected.sources[1] has both secret and configMap. Keep one of them, and add another item for the other",
            ),
            (
                json!({"fc": {}}),
                "fc has neither targetWWNs nor wwids. Write targetWWNs or wwids",
            ),
            (json!({"fc": {"targetWWNs": ["a"]}}), ""),
            (
                json!({"flocker": {"datasetName": "a", "datasetUUID": "b"}}),
                "flocker has both datasetName and datasetUUID. Write datasetName or datasetUUID",
            ),
        ],
    );
}

#[test]
fn what_a_source_needs_is_named() {
    let items = json!([{"key": "k", "path": "p"}, {"key": "k"}]);
    holds(
        "pod-volume-required",
        [
            (
                json!({"nfs": {"server": "a"}}),
                "it has no nfs.path. Write nfs.path",
            ),
            (
                json!({"secret": {"secretName": "a", "items": items}}),
                "it has no secret.items[1].path. Write secret.items[1].path",
            ),
            (json!({"rbd": {"monitors": ["a"], "image": "b"}}), ""),
            (
                json!({"cephfs": {"monitors": []}}),
                "it has no cephfs.monitors. Write cephfs.monitors",
            ),
            (
                json!({"configMap": {"name": ""}}),
                "it has no configMap.name. Write configMap.name",
            ),
        ],
    );
}

#[test]
fn paths_in_a_volume_stay_in_it() {
    let item =
        |path: &str| json!({"configMap": {"name": "a", "items": [{"key": "k", "path": path}]}});
    let repository = |path: &str| json!({"gitRepo": {"repository": "r", "directory": path}});
    holds(
        "pod-volume-value",
        [
            (item("a/b"), ""),
            (item("a..b"), ""),
            (
                item("/a"),
                "configMap.items[0].path is \"/a\", which is absolute. Write a path below the volume, without a leading '/' and without '..'",
            ),
            (
                item("a/../b"),
                "configMap.items[0].path is \"a/../b\", which contains '..'. Write a path below the volume, without a leading '/' and without '..'",
            ),
            (
                item("..a"),
                "configMap.items[0].path is \"..a\", which begins with '..'. Write a path below the volume, without a leading '/' and without '..'",
            ),
            (json!({"hostPath": {"path": "/a/b"}}), ""),
            (
                json!({"hostPath": {"path": "/a/../b"}}),
                "hostPath.path is \"/a/../b\", which contains '..'. Write the path without '..'",
            ),
            (repository("..a"), ""),
            (
                repository("/a"),
                "gitRepo.directory is \"/a\", which is absolute. Write a path below the volume, without a leading '/' and without '..'",
            ),
            (json!({"nfs": {"server": "s", "path": "/a"}}), ""),
            (
                json!({"nfs": {"server": "s", "path": "a"}}),
                "nfs.path is \"a\", which is not absolute. Write the path that the server exports, which begins with '/'",
            ),
            (json!({"nfs": {"server": "s", "path": ""}}), ""),
        ],
    );
}

#[test]
fn numbers_in_a_volume_have_bounds() {
    let mode = |mode: i64| json!({"secret": {"secretName": "a", "defaultMode": mode}});
    let token = |seconds: i64| {
        let token = json!({"path": "t", "expirationSeconds": seconds});
        json!({"projected": {"sources": [{"serviceAccountToken": token}]}})
    };
    let lun = |lun: i64| json!({"iscsi": {"targetPortal": "a", "iqn": "i", "lun": lun}});
    holds(
        "pod-volume-value",
        [
            (mode(0), ""),
            (mode(511), ""),
            (
                mode(512),
                "secret.defaultMode is 512, which is 01000 in octal. Write 330, or 0512 in YAML",
            ),
            (
                mode(-1),
                "secret.defaultMode is -1. Write 0 to 511, which is 0777 in YAML",
            ),
            (
                mode(644),
                "secret.defaultMode is 644, which is 01204 in octal. Write 420, or 0644 in YAML",
            ),
            (
                mode(777),
                "secret.defaultMode is 777, which is 01411 in octal. Write 511, or 0777 in YAML",
            ),
            (
                mode(778),
                "secret.defaultMode is 778, which is 01412 in octal. Write 0 to 511, which is 0777 in YAML",
            ),
            (token(600), ""),
            (
                token(599),
                "projected.sources[0].serviceAccountToken.expirationSeconds is 599. Write at least 600, which is ten minutes, and at most 4294967296",
            ),
            (token(4_294_967_296), ""),
            (
                token(4_294_967_297),
                "projected.sources[0].serviceAccountToken.expirationSeconds is 4294967297. Write at least 600, which is ten minutes, and at most 4294967296",
            ),
            (lun(0), ""),
            (lun(255), ""),
            (lun(256), "iscsi.lun is 256. Write 0 to 255"),
            (lun(-1), "iscsi.lun is -1. Write 0 to 255"),
        ],
    );
}

/// A volume with a claim of its own, with more fields of the claim's `spec`.
fn claim(metadata: Value, spec: Value) -> Value {
    let whole = json!({"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}});
    json!({"ephemeral": {"volumeClaimTemplate": {"metadata": metadata,
        "spec": joined(whole, spec)}}})
}

#[test]
fn sizes_in_a_volume_are_not_negative() {
    let size = |size: Value| json!({"emptyDir": {"sizeLimit": size}});
    let storage = |size: &str| {
        claim(
            json!({}),
            json!({"resources": {"requests": {"storage": size}}}),
        )
    };
    holds(
        "pod-volume-value",
        [
            (size(json!("1Gi")), ""),
            (size(json!("0")), ""),
            (size(json!("-0")), ""),
            (
                size(json!("-1Gi")),
                "emptyDir.sizeLimit is -1Gi, which is negative. Write a positive quantity such as 10Gi, or remove sizeLimit",
            ),
            (
                size(json!(-1)),
                "emptyDir.sizeLimit is -1, which is negative. Write a positive quantity such as 10Gi, or remove sizeLimit",
            ),
            (storage("1Gi"), ""),
            (
                storage("0"),
                "ephemeral.volumeClaimTemplate.spec.resources.requests.storage is \"0\". Write a positive quantity such as 10Gi",
            ),
            (
                storage("-1Gi"),
                "ephemeral.volumeClaimTemplate.spec.resources.requests.storage is \"-1Gi\". Write a positive quantity such as 10Gi",
            ),
        ],
    );
}

#[test]
fn names_in_a_volume_are_names() {
    let driver = |driver: &str| json!({"csi": {"driver": driver}});
    let class = |class: &str| claim(json!({}), json!({"storageClassName": class}));
    let long = |length: usize| "a".repeat(length);
    holds(
        "pod-volume-value",
        [
            (driver("Disk.csi.example.com"), ""),
            (
                driver("disk_csi"),
                "csi.driver is \"disk_csi\". Write the name of the CSIDriver: letters, digits, '-' and '.', at most 63 characters",
            ),
            (driver(&long(63)), ""),
            (
                driver(&long(64)),
                "csi.driver is \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\". Write the name of the CSIDriver: letters, digits, '-' and '.', at most 63 characters",
            ),
            (driver(""), ""),
            (class(""), ""),
            (class("fast.example"), ""),
            (
                class("Fast"),
                "ephemeral.volumeClaimTemplate.spec.storageClassName is \"Fast\". Write the name of an existing object: lowercase letters, digits, '-' and '.', a letter or digit at each end, at most 253 characters",
            ),
        ],
    );
}

#[test]
fn a_claim_of_a_pod_has_a_name_of_kubernetes_and_modes_that_fit() {
    let metadata = |metadata: Value| claim(metadata, json!({}));
    let modes = |modes: &[&str]| claim(json!({}), json!({"accessModes": modes}));
    holds(
        "pod-volume-value",
        [
            (metadata(json!({"labels": {"a": "b"}})), ""),
            (metadata(json!({"name": ""})), ""),
            (
                metadata(json!({"name": "a"})),
                "ephemeral.volumeClaimTemplate.metadata.name is set. Remove it: Kubernetes names the claim after the pod and the volume",
            ),
            (
                metadata(json!({"finalizers": ["a/b"]})),
                "ephemeral.volumeClaimTemplate.metadata.finalizers is set. Remove it: Kubernetes names the claim after the pod and the volume",
            ),
            (modes(&["ReadWriteOncePod"]), ""),
            (modes(&["ReadWriteOnce", "ReadOnlyMany"]), ""),
            (
                modes(&["ReadWriteOncePod", "ReadWriteOnce"]),
                "ephemeral.volumeClaimTemplate.spec.accessModes has ReadWriteOncePod and another mode. Write ReadWriteOncePod alone, or leave it out",
            ),
            (
                modes(&["readWriteOnce"]),
                "ephemeral.volumeClaimTemplate.spec.accessModes[0] is \"readWriteOnce\". Write one of ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod",
            ),
        ],
    );
}

#[test]
fn a_value_in_another_case_is_told_from_an_unknown_one() {
    let host = |kind: &str| json!({"hostPath": {"path": "/a", "type": kind}});
    holds(
        "pod-volume-value",
        [
            (host("Socket"), ""),
            (host("socket"), "hostPath.type is \"socket\". Write Socket"),
            (
                host("Pipe"),
                "hostPath.type is \"Pipe\". Write one of DirectoryOrCreate, Directory, FileOrCreate, File, Socket, CharDevice, BlockDevice",
            ),
        ],
    );
}

#[test]
fn two_files_of_a_projected_volume_have_two_paths() {
    let both = |first: &str, second: &str| {
        let items = |path: &str| json!([{"key": "k", "path": path}]);
        json!({"projected": {"sources": [{"secret": {"name": "a", "items": items(first)}},
            {"configMap": {"name": "a", "items": items(second)}}]}})
    };
    holds(
        "pod-volume-value",
        [
            (both("a", "b"), ""),
            (
                both("a", "a"),
                "projected.sources[1].configMap.items[0].path is \"a\", as that of another file. Write another path",
            ),
        ],
    );
}
