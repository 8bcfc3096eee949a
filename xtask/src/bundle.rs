//! The module in a bundle, as OPA loads policies.
//! Source: <https://www.openpolicyagent.org/docs/management-bundles>.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use rayjob_policy_opa::EntryPoint;
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

/// Where the module is in the bundle; hosts look for this name.
const MODULE: &str = "/policy.wasm";

/// Where it is once more, for the entry points that a webhook does not ask.
///
/// OPA gives up an instance when the question that it answers is cancelled, and
/// the compiled code with the last instance that runs it. These stay: without
/// them the next questions wait while the module is compiled again.
const SPARE: &str = "/spare/policy.wasm";

/// Packs a module. The same module makes the same bundle.
///
/// # Errors
/// None that could happen.
pub fn pack(module: &[u8]) -> Result<Vec<u8>> {
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for (name, contents) in [
        ("/data.json", &b"{}"[..]),
        (MODULE, module),
        (SPARE, module),
        ("/.manifest", manifest()?.to_string().as_bytes()),
    ] {
        archive.append(&header(name, contents)?, contents)?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// What the bundle says of itself. It owns no more of OPA's data than the
/// answers, so that others can put the settings beside them.
fn manifest() -> Result<Value> {
    let entry_points: BTreeMap<String, u32> = serde_json::from_str(EntryPoint::NAMES)?;
    let names: Vec<_> = entry_points.keys().collect();
    let wasm: Vec<_> = names
        .iter()
        .map(|name| {
            let module = if name.ends_with("/main") {
                MODULE
            } else {
                SPARE
            };
            json!({"entrypoint": name, "module": module})
        })
        .collect();
    Ok(json!({
        "revision": env!("CARGO_PKG_VERSION"),
        "roots": names,
        "rego_version": 1,
        "wasm": wasm,
    }))
}

fn header(name: &str, contents: &[u8]) -> Result<Header> {
    let mut header = Header::new_ustar();
    // `set_path` refuses the slash that names in a bundle begin with.
    let field = header.as_old_mut().name.get_mut(..name.len());
    field
        .context("a name is too long")?
        .copy_from_slice(name.as_bytes());
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(u64::try_from(contents.len())?);
    header.set_cksum();
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use serde_json::Value;
    use tar::Archive;

    use super::pack;

    #[test]
    fn a_bundle_holds_what_opa_looks_for() {
        let bundle = pack(b"module").expect("a bundle");
        let mut archive = Archive::new(GzDecoder::new(&bundle[..]));
        let mut files = Vec::new();
        for entry in archive.entries().expect("entries") {
            let mut entry = entry.expect("an entry");
            let mut contents = String::new();
            entry.read_to_string(&mut contents).expect("text");
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            files.push((name, contents));
        }
        let names: Vec<_> = files.iter().map(|(name, _)| &**name).collect();
        assert_eq!(
            names,
            [
                "/data.json",
                "/policy.wasm",
                "/spare/policy.wasm",
                "/.manifest"
            ]
        );
        let [_, (_, module), (_, spare), (_, json)] = &files[..] else {
            panic!("{files:?}");
        };
        assert_eq!([module, spare], ["module"; 2]);
        let manifest: Value = serde_json::from_str(json).expect("JSON");
        let entry_points = manifest["wasm"].as_array().expect("a list");
        assert_eq!(entry_points.len(), 4);
        for entry_point in entry_points {
            // OPA compiles the module once, whatever it is called.
            let is_asked_by_webhooks = entry_point["entrypoint"] == "kuberay/rayjob/main";
            assert_eq!(
                entry_point["module"] == "/policy.wasm",
                is_asked_by_webhooks,
                "{entry_point}"
            );
            let roots = manifest["roots"].as_array().expect("a list");
            assert!(roots.contains(&entry_point["entrypoint"]), "{entry_point}");
        }
    }

    #[test]
    fn the_same_module_makes_the_same_bundle() {
        assert_eq!(
            pack(b"module").expect("a bundle"),
            pack(b"module").expect("a bundle")
        );
    }
}
