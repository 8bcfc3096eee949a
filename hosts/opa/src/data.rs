//! What the policy reads of OPA's `data`: its settings, and the objects of the cluster.

use std::borrow::Cow;
use std::iter::once;

use rayjob_policy_core::live::Resource;

use crate::text::{get, set};

/// Where the settings are in a store shared with others.
const PLACE: [&str; 3] = ["kuberay", "rayjob", "settings"];

/// Where kube-mgmt keeps the objects of a resource, by the plural of its name.
pub const KUBE_MGMT: &str = "kubernetes";

/// Where Gatekeeper keeps objects that have a namespace.
pub const GATEKEEPER: [&str; 2] = ["inventory", "namespace"];

/// The keys beside the settings: Kubewarden adds them.
const ADDED: [&str; 2] = [GATEKEEPER[0], KUBE_MGMT];

/// The settings in OPA's own store: at `kuberay.rayjob.settings`.
pub fn in_store(data: &[u8]) -> Option<&[u8]> {
    get(data, &PLACE)
}

/// The settings in data that an embedding program passes: at the place of a store
/// if `kuberay.rayjob` exists, or else all of the data.
pub fn in_document(data: &[u8]) -> Option<Cow<'_, [u8]>> {
    let [kuberay, rayjob, _] = PLACE;
    if get(data, &[kuberay, rayjob]).is_some() {
        return in_store(data).map(Cow::Borrowed);
    }
    let mut settings = Cow::Borrowed(data);
    for key in ADDED {
        if get(&settings, &[key]).is_some() {
            settings = Cow::Owned(set(&settings, &[key], None));
        }
    }
    Some(settings)
}

/// A change to OPA's store.
pub struct Change<'c> {
    /// The path of keys.
    pub path: &'c [&'c str],
    /// The new value; `None` removes the old one.
    pub value: Option<&'c [u8]>,
}

impl Change<'_> {
    /// The policy's part of the store after the change; `None` if the change does not
    /// concern the policy. `is_part` is whether the store was only this part before.
    pub fn of_store(&self, store: &[u8], is_part: bool) -> Option<Vec<u8>> {
        let concerns = |place: &[&str]| place.iter().zip(self.path).all(|(a, b)| a == b);
        let of_resource = |resource: Resource| concerns(&[KUBE_MGMT, resource.plural()]);
        if !concerns(&PLACE)
            && !concerns(&GATEKEEPER)
            && !Resource::ALL.into_iter().any(of_resource)
        {
            return None;
        }
        Some(match is_part {
            true => self.of_document(store),
            false => self.of_document(&part(store)),
        })
    }

    /// A document after the change.
    pub fn of_document(&self, document: &[u8]) -> Vec<u8> {
        set(document, self.path, self.value)
    }
}

/// The policy's part of a store, which can be large.
fn part(store: &[u8]) -> Vec<u8> {
    let kube_mgmt = get(store, &[KUBE_MGMT]).unwrap_or_default();
    let resources = Resource::ALL.map(Resource::plural);
    let of_resource = |name: &'static str| ([KUBE_MGMT, name], get(kube_mgmt, &[name]));
    let own = resources
        .into_iter()
        .map(of_resource)
        .chain(once((GATEKEEPER, get(store, &GATEKEEPER))));
    own.filter_map(|(path, value)| Some((path, value?))).fold(
        set(b"{}", &PLACE, in_store(store)),
        |part, (path, value)| set(&part, &path, Some(value)),
    )
}

#[cfg(test)]
mod tests {
    use super::{Change, in_document, in_store};

    const STORE: &str = r#"{"system": {"bundles": {}}, "kuberay": {"rayjob": {"settings": {"kuberayVersion": "1.5"}}}}"#;

    fn document(data: &str) -> Option<String> {
        let settings = in_document(data.as_bytes())?;
        Some(String::from_utf8(settings.into_owned()).expect("text"))
    }

    #[test]
    fn a_store_has_them_in_one_place() {
        let settings = r#"{"kuberayVersion": "1.5"}"#;
        assert_eq!(in_store(STORE.as_bytes()), Some(settings.as_bytes()));
        assert_eq!(document(STORE).as_deref(), Some(settings));
        for store in [
            r#"{"kuberayVersion": "1.5"}"#,
            r#"{"kuberay": 7}"#,
            "{}",
            "",
        ] {
            assert_eq!(in_store(store.as_bytes()), None, "{store}");
        }
    }

    #[test]
    fn a_document_is_them() {
        for (data, settings) in [
            ("{}", "{}"),
            (r#"{"kuberay": "1.5"}"#, r#"{"kuberay": "1.5"}"#),
            ("null", "null"),
            (
                r#"{"rules": {}, "kubernetes": {"a": 1}}"#,
                r#"{"rules": {}}"#,
            ),
            (r#"{"inventory": {}, "kubernetes": {}}"#, "{ }"),
        ] {
            assert_eq!(document(data).as_deref(), Some(settings), "{data}");
        }
        assert_eq!(document(r#"{"kuberay": {"rayjob": {}}}"#), None);
    }

    #[test]
    fn a_change_elsewhere_is_no_concern() {
        for path in [
            &["users"][..],
            &["kuberay", "raycluster"],
            &["kuberay", "rayjob", "main"],
            &["kubernetes", "pods", "ml", "train"],
            &["inventory", "cluster", "v1"],
        ] {
            let change = Change {
                path,
                value: Some(b"1"),
            };
            assert_eq!(change.of_store(STORE.as_bytes(), false), None);
        }
    }

    #[test]
    fn a_change_of_the_settings_is_seen() {
        let after = |path: &[&str], value: Option<&'static str>| {
            let value = value.map(str::as_bytes);
            let store = Change { path, value }
                .of_store(STORE.as_bytes(), false)
                .expect("our concern");
            in_store(&store).map(|settings| String::from_utf8(settings.to_vec()).expect("text"))
        };
        let [kuberay, rayjob, settings] = super::PLACE;
        let all = [kuberay, rayjob, settings];
        let version = [kuberay, rayjob, settings, "kuberayVersion"];
        let rule = [kuberay, rayjob, settings, "rules", "trap-*"];
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(after(&[], Some("{}")), None);
        assert_eq!(
            after(&[], Some(r#"{"kuberay":{"rayjob":{"settings":{}}}}"#)),
            some("{}")
        );
        assert_eq!(after(&[kuberay], None), None);
        assert_eq!(
            after(&[kuberay], Some(r#"{"rayjob":{"settings":1}}"#)),
            some("1")
        );
        assert_eq!(after(&all, Some("{}")), some("{}"));
        assert_eq!(after(&all, None), None);
        assert_eq!(
            after(&version, Some(r#""1.6""#)),
            some(r#"{"kuberayVersion": "1.6"}"#)
        );
        assert_eq!(after(&version, None), some("{}"));
        assert_eq!(
            after(&rule, Some(r#""off""#)),
            some(r#"{"rules":{"trap-*":"off"},"kuberayVersion": "1.5"}"#)
        );
    }

    #[test]
    fn of_a_store_only_what_the_policy_reads_is_kept() {
        let store = r#"{"users": {}, "kuberay": {"rayjob": {"settings": {}}},
            "kubernetes": {"pods": {"ml": {"a": 1}}, "rayclusters": {"ml": {"b": 2}}},
            "inventory": {"cluster": {"v1": 3}, "namespace": {"ml": {"v1": 4}}}}"#;
        let change = |path: &[&str], value: Option<&[u8]>, store: &[u8], is_part| {
            let store = Change { path, value }.of_store(store, is_part);
            String::from_utf8(store.expect("our concern")).expect("text")
        };
        let path = ["kubernetes", "rayclusters", "ml", "c"];
        let first = change(&path, Some(b"5"), store.as_bytes(), false);
        assert_eq!(
            first,
            r#"{"inventory":{"namespace":{"ml": {"v1": 4}}},"kubernetes":{"rayclusters":{"ml": {"c":5,"b": 2}}},"kuberay":{"rayjob":{"settings":{}}}}"#
        );
        let path_of_gatekeeper = ["inventory", "namespace", "ml"];
        assert_eq!(
            change(&path_of_gatekeeper, Some(b"6"), first.as_bytes(), true),
            first.replace(r#"{"v1": 4}"#, "6")
        );
        assert_eq!(
            change(&path, None, first.as_bytes(), true),
            first.replace(r#""c":5,"#, "")
        );
    }
}
