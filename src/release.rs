//! KubeRay releases, their feature gates and submission modes.

use std::fmt;

use crate::kuberay::SubmissionMode;

/// A minor release of the KubeRay operator. Patch releases validate the same,
/// except for 1.5.0, which lacks the `auth-version-*` rules of 1.5.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// 1.3
    V1_3,
    /// 1.4
    V1_4,
    /// 1.5
    V1_5,
    /// 1.6
    V1_6,
    /// 1.7
    V1_7,
}

impl Release {
    /// All known releases, oldest first.
    pub const ALL: [Self; 5] = [Self::V1_3, Self::V1_4, Self::V1_5, Self::V1_6, Self::V1_7];

    /// The newest known release.
    pub const LATEST: Self = Self::V1_7;

    /// The release as `major.minor`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
            Self::V1_5 => "1.5",
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }

    /// Parses `1.7`, `1.7.0` or `v1.7.2`; `None` if it is not a known release.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|release| is_release(text, release.as_str()))
    }

    /// The values of `submissionMode` that this release knows, default
    /// first. Source: `kuberay v1.7.0 ray-operator/apis/ray/v1/rayjob_types.go`.
    pub fn submission_modes(self) -> &'static [SubmissionMode] {
        use SubmissionMode::{Http, Interactive, K8sJob, Sidecar};
        if self >= Self::V1_5 {
            &[K8sJob, Http, Interactive, Sidecar]
        } else {
            &[K8sJob, Http, Interactive]
        }
    }

    /// Whether this release knows a value of `submissionMode`.
    pub fn knows(self, mode: SubmissionMode) -> bool {
        self.submission_modes().contains(&mode)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a text names a release, which is given as `major.minor`: by itself, with a
/// patch, or with a leading `v`.
pub(crate) fn is_release(text: &str, release: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix(release) {
        Some("") => true,
        Some(patch) => patch.strip_prefix('.').is_some_and(is_number),
        None => false,
    }
}

/// A feature gate of the KubeRay operator that affects a verdict.
/// Source: `kuberay v1.7.0 ray-operator/pkg/features/features.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Gate {
    /// `deletionStrategy`, `deletionPolicy` and suspended worker groups.
    RayJobDeletionPolicy,
    /// The RayCronJob controller.
    RayCronJob,
    /// `historyServerOptions`.
    RayClusterHistoryServer,
    /// `networkPolicy`.
    RayClusterNetworkPolicy,
    /// `tlsOptions`.
    RayClusterMTLS,
    /// The backend `rocksdb` of `gcsFaultToleranceOptions`.
    GCSFaultToleranceEmbeddedStorage,
    /// Restarts of the submitter container in SidecarMode.
    SidecarSubmitterRestart,
    /// A label of the pods of worker groups with several hosts.
    RayMultiHostIndexing,
    /// The type `NewClusterWithIncrementalUpgrade` of a RayService's `upgradeStrategy`.
    RayServiceIncrementalUpgrade,
    /// Gang scheduling by Kubernetes itself, instead of a batch scheduler.
    KubernetesWAS,
}

impl Gate {
    /// All known gates.
    pub const ALL: [Self; 10] = [
        Self::RayJobDeletionPolicy,
        Self::RayCronJob,
        Self::RayClusterHistoryServer,
        Self::RayClusterNetworkPolicy,
        Self::RayClusterMTLS,
        Self::GCSFaultToleranceEmbeddedStorage,
        Self::SidecarSubmitterRestart,
        Self::RayMultiHostIndexing,
        Self::RayServiceIncrementalUpgrade,
        Self::KubernetesWAS,
    ];

    /// The other gates of known releases, which affect no verdict.
    pub const WITHOUT_RULES: [&str; 2] = ["AsyncJobInfoQuery", "RayClusterStatusConditions"];

    /// Returns the gate with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.name() == name)
    }

    /// The gate's name, as passed to the operator.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RayJobDeletionPolicy => "RayJobDeletionPolicy",
            Self::RayCronJob => "RayCronJob",
            Self::RayClusterHistoryServer => "RayClusterHistoryServer",
            Self::RayClusterNetworkPolicy => "RayClusterNetworkPolicy",
            Self::RayClusterMTLS => "RayClusterMTLS",
            Self::GCSFaultToleranceEmbeddedStorage => "GCSFaultToleranceEmbeddedStorage",
            Self::SidecarSubmitterRestart => "SidecarSubmitterRestart",
            Self::RayMultiHostIndexing => "RayMultiHostIndexing",
            Self::RayServiceIncrementalUpgrade => "RayServiceIncrementalUpgrade",
            Self::KubernetesWAS => "KubernetesWAS",
        }
    }

    /// The first release that has the gate.
    pub const fn since(self) -> Release {
        match self {
            Self::RayJobDeletionPolicy => Release::V1_3,
            Self::RayCronJob => Release::V1_6,
            Self::RayMultiHostIndexing | Self::RayServiceIncrementalUpgrade => Release::V1_5,
            _ => Release::V1_7,
        }
    }

    /// Whether the gate is on by default.
    pub fn default(self, release: Release) -> bool {
        match self {
            Self::RayJobDeletionPolicy | Self::RayMultiHostIndexing => release >= Release::V1_6,
            Self::RayServiceIncrementalUpgrade => release >= Release::V1_7,
            _ => false,
        }
    }

    fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// The feature gates of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gates {
    /// The gates that are on.
    on: u16,
    /// The gates that were set explicitly, on or off.
    set: u16,
}

impl Gates {
    /// The gates that are on in a release by default.
    pub fn default_of(release: Release) -> Self {
        let mut gates = Self { on: 0, set: 0 };
        for gate in Gate::ALL {
            gates.set(release, gate, gate.default(release));
        }
        Self { set: 0, ..gates }
    }

    /// Sets a gate; a gate that the release does not have stays off.
    pub fn set(&mut self, release: Release, gate: Gate, on: bool) {
        self.set |= gate.bit();
        if on && gate.since() <= release {
            self.on |= gate.bit();
        } else {
            self.on &= !gate.bit();
        }
    }

    /// Whether a gate is on.
    pub fn is_on(self, gate: Gate) -> bool {
        self.on & gate.bit() != 0
    }

    /// The gates that are on in only one of the two.
    pub fn differing(self, other: Self) -> impl Iterator<Item = Gate> {
        let gates = Gate::ALL.into_iter();
        gates.filter(move |&gate| self.is_on(gate) != other.is_on(gate))
    }

    /// Whether a gate was set explicitly, rather than left at its default.
    pub fn is_set(self, gate: Gate) -> bool {
        self.set & gate.bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use crate::kuberay::SubmissionMode;

    use super::{Gate, Gates, Release};

    #[test]
    fn a_release_is_read_with_or_without_patch_and_v() {
        for text in ["1.7", "1.7.0", "v1.7.2", "v1.7"] {
            assert_eq!(Release::parse(text), Some(Release::V1_7), "{text}");
        }
        for text in [
            "", "1", "1.2", "1.8", "2.7", "1.7.x", "1.7.", "1.7.0.0", "1.70", "v", "1.7-rc", " 1.7",
        ] {
            assert_eq!(Release::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn deletion_policy_is_on_from_1_6_on() {
        let on: Vec<_> = Release::ALL
            .into_iter()
            .filter(|&release| Gates::default_of(release).is_on(Gate::RayJobDeletionPolicy))
            .collect();
        assert_eq!(on, [Release::V1_6, Release::V1_7]);
    }

    #[test]
    fn incremental_upgrades_exist_from_1_5_on_and_are_on_from_1_7_on() {
        let is_on = |release, set| {
            let mut gates = Gates::default_of(release);
            if set {
                gates.set(release, Gate::RayServiceIncrementalUpgrade, true);
            }
            gates.is_on(Gate::RayServiceIncrementalUpgrade)
        };
        let defaults = Release::ALL.map(|release| is_on(release, false));
        assert_eq!(defaults, [false, false, false, false, true]);
        let settable = Release::ALL.map(|release| is_on(release, true));
        assert_eq!(settable, [false, false, true, true, true]);
    }

    #[test]
    fn a_gate_that_the_release_lacks_stays_off() {
        let mut gates = Gates::default_of(Release::V1_6);
        gates.set(Release::V1_6, Gate::RayClusterMTLS, true);
        assert!(!gates.is_on(Gate::RayClusterMTLS));
        gates.set(Release::V1_6, Gate::RayCronJob, true);
        assert!(gates.is_on(Gate::RayCronJob));
    }

    #[test]
    fn sidecar_mode_came_with_1_5() {
        assert!(!Release::V1_4.knows(SubmissionMode::Sidecar));
        assert!(Release::V1_5.knows(SubmissionMode::Sidecar));
    }
}
