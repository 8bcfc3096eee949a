//! Any `runtimeEnvYAML` is read, or refused in one short line.

use rayjob_policy_core::syntax::runtime_env::RuntimeEnv;

/// The most items that are looked at: an alias may stand for a large part of the text.
const MOST: usize = 1000;

/// Checks a text, and that each of its items lies in it.
pub fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    match RuntimeEnv::read(text) {
        Ok(Some(read)) => {
            let mut items = vec![read.top()];
            for _ in 0..MOST {
                let Some(item) = items.pop() else {
                    return;
                };
                assert!(text.get(item.span()).is_some(), "{:?}", item.span());
                if items.len() < MOST {
                    items.extend(item.items());
                    items.extend(item.entries().into_iter().map(|(_, item)| item));
                }
            }
        }
        Ok(None) => {}
        Err(error) => {
            let message = error.kind.to_string();
            assert!(message.len() < 100 && !message.contains('\n'), "{message}");
        }
    }
}
