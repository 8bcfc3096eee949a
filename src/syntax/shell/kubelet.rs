//! What the kubelet replaces in the command of a container before it starts it.
//!
//! Source: `k8s.io/kubernetes v1.36.3 third_party/forked/golang/expansion/expand.go:Expand`.

use std::ops::Range;

/// A text after the kubelet, and the first part that it replaces; `None` if it replaces
/// none. `$$` becomes `$`, and `$(NAME)` the value of a variable that the container has,
/// which is not known: it stays as it is.
///
/// ```
/// use rayjob_policy_core::syntax::shell::kubelet::expand;
///
/// let has = |name: &str| name == "RAY_JOB_SUBMISSION_ID";
/// assert_eq!(expand("echo $$HOME", &has), Some(("echo $HOME".into(), 5..7)));
/// assert_eq!(expand("echo $(date) $HOME", &has), None);
/// ```
pub fn expand(text: &str, has: &dyn Fn(&str) -> bool) -> Option<(String, Range<usize>)> {
    let mut expanded = String::new();
    let mut first = None;
    let mut at = 0_usize;
    let mut copied = 0_usize;
    while let Some(rest) = text.get(at..) {
        let Some(found) = rest.find('$') else { break };
        let start = at.saturating_add(found);
        let next = start.saturating_add(1);
        let after = text.get(next..).unwrap_or_default();
        at = next;
        if after.starts_with('$') {
            expanded.push_str(text.get(copied..next).unwrap_or_default());
            at = next.saturating_add(1);
            copied = at;
            first = first.or(Some(start..at));
        } else if let Some((name, _)) = after.strip_prefix('(').and_then(name)
            && has(name)
        {
            at = next.saturating_add(name.len()).saturating_add(2);
            first = first.or(Some(start..at));
        }
    }
    expanded.push_str(text.get(copied..).unwrap_or_default());
    first.map(|part| (expanded, part))
}

/// The name of a variable that a text begins with, if `)` follows it. Names of variables
/// have none of these characters, and so no text is searched twice.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find([')', '$', '(', ' ', '\n'])?;
    let (name, rest) = text.split_at_checked(end)?;
    rest.starts_with(')').then_some((name, rest))
}
