//! Variables and mounts that KubeRay sets itself.

use crate::fix::{At, Edit, FixTemplate};
use crate::json::Quoted;
use crate::raycluster::{EnvVar, VolumeMount};

pub(in crate::rules) const WHY: &str = "KubeRay sets it itself";
pub(in crate::rules) const ENV_ADVICE: &str = "Remove the variable";
pub(in crate::rules) const MOUNT_ADVICE: &str = "Use a different volume and mount path";
pub(in crate::rules) const REMOVE: &[FixTemplate] = &[FixTemplate {
    title: "remove it",
    safe: false,
    edits: &[Edit::Remove(At::Finding)],
}];

/// Calls `found` with the position and name of each variable in `names`.
pub(in crate::rules) fn each_env(
    env: &[EnvVar<'_>],
    names: &[&'static str],
    mut found: impl FnMut(usize, &'static str),
) {
    for (index, variable) in env.iter().enumerate() {
        if let Some(name) = names.iter().find(|name| **name == &*variable.name) {
            found(index, name);
        }
    }
}

/// Calls `found` with the position and description of each mount of this volume
/// or at this path.
pub(in crate::rules) fn each_mount(
    mounts: &[VolumeMount<'_>],
    volume: &str,
    path: &str,
    mut found: impl FnMut(usize, String),
) {
    for (index, mount) in mounts.iter().enumerate() {
        if &*mount.name == volume || &*mount.mount_path == path {
            let (name, path) = (Quoted(&mount.name), Quoted(&mount.mount_path));
            found(index, format!("volume {name} at {path}"));
        }
    }
}
