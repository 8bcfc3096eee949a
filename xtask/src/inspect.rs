//! Checks the built modules.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use crate::build::{self, OPA_ABI};
use crate::metadata::{self, ExecutionMode, Metadata};
use crate::module::{Face, with_custom_section};
use crate::optimise::Optimiser;
use crate::{bundle, project};

/// What is demanded of a plain module.
struct Demands {
    /// All that it may import: what every host of its kind offers.
    imports: &'static [&'static str],
    /// All that it exports: what hosts call, and the two addresses that rustc
    /// has every module for this target export, whatever it is asked.
    exports: &'static [&'static str],
    /// The exported constants.
    constants: &'static [(&'static str, i32)],
    /// The most bytes that it may have: hosts compile it at each start.
    most_bytes: usize,
    /// The most pages of memory to start with, which a host makes for each
    /// request. Nothing limits what it may grow to.
    most_pages: u64,
}

/// Of the module for Kubewarden, a waPC host.
const WAPC: Demands = Demands {
    imports: &[
        "wapc.__guest_error",
        "wapc.__guest_request",
        "wapc.__guest_response",
        "wapc.__host_call",
        "wapc.__host_error",
        "wapc.__host_error_len",
        "wapc.__host_response",
        "wapc.__host_response_len",
    ],
    exports: &[
        "__data_end",
        "__guest_call",
        "__heap_base",
        "memory",
        "wapc_init",
    ],
    constants: &[],
    most_bytes: 657_000,
    most_pages: 5,
};

/// Of the module for OPA's hosts. Some of them make no more than five pages of
/// memory, none lets a module limit it, and not all have every function of the
/// ABI for it to import.
const OPA: Demands = Demands {
    imports: &["env.memory", "env.opa_abort"],
    exports: &[
        "__data_end",
        "__heap_base",
        "builtins",
        "entrypoints",
        "eval",
        "memory",
        "opa_eval_ctx_get_result",
        "opa_eval_ctx_new",
        "opa_eval_ctx_set_data",
        "opa_eval_ctx_set_entrypoint",
        "opa_eval_ctx_set_input",
        "opa_free",
        "opa_heap_blocks_restore",
        "opa_heap_blocks_stash",
        "opa_heap_ptr_get",
        "opa_heap_ptr_set",
        "opa_heap_stash_clear",
        "opa_json_dump",
        "opa_json_parse",
        "opa_malloc",
        "opa_value_add_path",
        "opa_value_dump",
        "opa_value_free",
        "opa_value_parse",
        "opa_value_remove_path",
        "opa_wasm_abi_minor_version",
        "opa_wasm_abi_version",
    ],
    constants: &OPA_ABI,
    // It carries the fixes too.
    most_bytes: 679_000,
    most_pages: 4,
};

/// Checks the modules in `dist/` and prints a line about each.
///
/// # Errors
/// What is wrong with them.
pub fn inspect() -> Result<()> {
    let folders = build::folders()?;
    let wapc = inspect_plain(project::PLAIN, &WAPC, &folders)?;
    inspect_annotated(project::ANNOTATED, &wapc, ExecutionMode::Wapc)?;
    let opa = inspect_plain(project::OPA, &OPA, &folders)?;
    inspect_annotated(project::ANNOTATED_OPA, &opa, ExecutionMode::Opa)?;
    inspect_annotated(
        project::ANNOTATED_GATEKEEPER,
        &opa,
        ExecutionMode::Gatekeeper,
    )?;
    let bundle = built(project::BUNDLE)?;
    println!("{}: {} bytes", project::BUNDLE, bundle.len());
    ensure!(
        bundle == bundle::pack(&opa)?,
        "{} is not that of {}",
        project::BUNDLE,
        project::OPA
    );
    let page = project::PAGE_MODULE;
    match project::path(page).exists() {
        true => check_places(&project::read(page)?, &folders).context(page)?,
        false => println!("skipped: {page}: `cargo xtask browser` makes it"),
    }
    Ok(())
}

fn built(file: &str) -> Result<Vec<u8>> {
    project::read(file).context("`cargo xtask build` makes the modules")
}

fn inspect_plain(file: &str, demands: &Demands, folders: &[PathBuf]) -> Result<Vec<u8>> {
    let wasm = built(file)?;
    let face = Face::read(&wasm).context(file.to_owned())?;
    let Face {
        imports,
        exports,
        pages,
        ..
    } = &face;
    println!(
        "{file}: {} bytes, imports {}, exports {}, {pages} pages",
        wasm.len(),
        imports.join(" "),
        exports.join(" ")
    );
    demands.check(&face).context(file.to_owned())?;
    check_places(&wasm, folders).context(file.to_owned())?;
    if Optimiser::find().is_none() {
        println!("skipped: the size of {file}: it was built without wasm-opt");
    } else {
        demands.check_size(&wasm).context(file.to_owned())?;
    }
    Ok(wasm)
}

fn inspect_annotated(file: &str, plain: &[u8], mode: ExecutionMode) -> Result<()> {
    let wasm = built(file)?;
    println!("{file}: {} bytes", wasm.len());
    check_annotation(plain, &wasm, mode).context(file.to_owned())
}

impl Demands {
    fn check(&self, face: &Face) -> Result<()> {
        let Self {
            imports,
            exports,
            most_pages,
            ..
        } = *self;
        for import in &face.imports {
            ensure!(imports.contains(&&**import), "unexpected import {import}");
        }
        for export in &face.exports {
            ensure!(exports.contains(&&**export), "unexpected export {export}");
        }
        for export in exports {
            ensure!(
                face.exports.iter().any(|e| e == export),
                "no export {export}"
            );
        }
        for (name, value) in self.constants {
            ensure!(
                face.constants.contains(&((*name).to_owned(), *value)),
                "{name} is not {value}"
            );
        }
        if let Some((name, _)) = face.custom_sections.first() {
            bail!("custom section {name} in the plain module");
        }
        ensure!(
            face.pages <= most_pages,
            "{} pages are more than {most_pages}",
            face.pages
        );
        ensure!(face.most_pages.is_none(), "the memory is limited");
        Ok(())
    }

    fn check_size(&self, wasm: &[u8]) -> Result<()> {
        ensure!(
            wasm.len() <= self.most_bytes,
            "{} bytes are more than {}",
            wasm.len(),
            self.most_bytes
        );
        Ok(())
    }
}

/// Checks that nothing in a module tells where it was built.
fn check_places(wasm: &[u8], folders: &[PathBuf]) -> Result<()> {
    for folder in folders {
        let bytes = folder.as_os_str().as_encoded_bytes();
        let is_named = wasm.windows(bytes.len()).any(|window| window == bytes);
        ensure!(!is_named, "names {}", folder.display());
    }
    Ok(())
}

fn check_annotation(plain: &[u8], annotated: &[u8], mode: ExecutionMode) -> Result<()> {
    let face = Face::read(annotated)?;
    let [(name, json)] = &face.custom_sections[..] else {
        bail!("{} custom sections", face.custom_sections.len());
    };
    ensure!(name == metadata::SECTION, "custom section {name}");
    ensure!(
        with_custom_section(plain, name, json) == annotated,
        "more differs from the plain module than the section {name}"
    );
    let metadata = Metadata::from_json(json)?;
    ensure!(metadata.mode() == mode, "executionMode is not {mode:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Demands, Face, OPA, WAPC, check_annotation, check_places};
    use crate::metadata::{ExecutionMode, Metadata, SECTION};
    use crate::module::with_custom_section;

    fn face(demands: &Demands) -> Face {
        let constants = demands.constants.iter();
        Face {
            imports: demands.imports.iter().map(|&name| name.into()).collect(),
            exports: demands.exports.iter().map(|&name| name.into()).collect(),
            constants: constants
                .map(|&(name, value)| (name.into(), value))
                .collect(),
            pages: demands.most_pages,
            most_pages: None,
            custom_sections: Vec::new(),
        }
    }

    #[test]
    fn a_module_at_all_limits_passes() {
        for demands in [WAPC, OPA] {
            demands.check(&face(&demands)).expect("no fault");
            let wasm = vec![0; demands.most_bytes];
            demands.check_size(&wasm).expect("no fault");
        }
    }

    #[test]
    fn each_thing_out_of_order_is_named() {
        let error = |change: fn(&mut Face)| {
            let mut face = face(&OPA);
            change(&mut face);
            OPA.check(&face).unwrap_err().to_string()
        };
        let large = vec![0; OPA.most_bytes + 1];
        let large = OPA.check_size(&large).unwrap_err().to_string();
        for (said, expected) in [
            (large, "bytes are more than"),
            (error(|face| face.pages += 1), "pages are more than"),
            (error(|face| face.most_pages = Some(9)), "is limited"),
            (
                error(|face| face.imports.push("env.now".into())),
                "unexpected import env.now",
            ),
            (
                error(|face| face.exports.push("_start".into())),
                "unexpected export _start",
            ),
            (
                error(|face| face.exports.retain(|name| name != "eval")),
                "no export eval",
            ),
            (
                error(|face| face.constants[1].1 = 2),
                "opa_wasm_abi_minor_version is not 1",
            ),
            (
                error(|face| face.custom_sections.push(("name".into(), vec![]))),
                "custom section name",
            ),
        ] {
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_folder_of_the_builder_is_found() {
        let folders = ["/home/a/project", "/home/a/.cargo"].map(PathBuf::from);
        let error = |wasm: &[u8]| check_places(wasm, &folders).unwrap_err().to_string();
        check_places(b"\0panicked at src/admit.rs /home/b/project", &folders).expect("no folder");
        assert_eq!(
            error(b"in /home/a/project/src/admit.rs"),
            "names /home/a/project"
        );
        assert_eq!(error(b"/home/a/.cargo/registry"), "names /home/a/.cargo");
    }

    #[test]
    fn an_annotated_module_is_the_plain_one_and_its_metadata() {
        let plain = b"\0asm\x01\0\0\0";
        let mode = ExecutionMode::Gatekeeper;
        let mut metadata = Metadata::of_project().expect("metadata");
        metadata.set_mode(mode);
        let json = metadata.to_json().expect("JSON");
        let annotated = with_custom_section(plain, SECTION, &json);
        assert!(check_annotation(plain, &annotated, mode).is_ok());
        assert!(check_annotation(plain, &annotated, ExecutionMode::Opa).is_err());
        for wrong in [
            plain.to_vec(),
            with_custom_section(&annotated, "name", b""),
            with_custom_section(plain, SECTION, b"{}"),
            with_custom_section(&[&plain[..], &[5, 3, 1, 0, 17]].concat(), SECTION, &json),
        ] {
            assert!(check_annotation(plain, &wrong, mode).is_err(), "{wrong:?}");
        }
    }
}
