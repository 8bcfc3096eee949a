//! Checks the built modules.

use anyhow::{Context, Result, bail, ensure};

use crate::metadata::{self, Metadata};
use crate::module::{Face, with_custom_section};
use crate::project;

/// What a waPC host offers and the module needs.
const IMPORTS: &[&str] = &[
    "wapc.__guest_error",
    "wapc.__guest_request",
    "wapc.__guest_response",
];

/// What a waPC host calls, and the two constants that rustc has every module
/// for this target export, whatever it is asked.
const EXPORTS: &[&str] = &[
    "__data_end",
    "__guest_call",
    "__heap_base",
    "memory",
    "wapc_init",
];

/// The most bytes that the plain module may have: policy-server compiles it at
/// each start.
const MOST_BYTES: usize = 340 * 1024;

/// The most pages of memory to start with, which a host makes for each request.
const MOST_PAGES: u64 = 18;

/// Checks the modules in `dist/` and prints a line about each.
///
/// # Errors
/// What is wrong with them.
pub fn inspect() -> Result<()> {
    let made = |file| project::read(file).context("`cargo xtask build` makes the modules");
    let plain = made(project::PLAIN)?;
    let annotated = made(project::ANNOTATED)?;

    let face = Face::read(&plain).context(project::PLAIN)?;
    println!("{}", line(project::PLAIN, &plain, &face));
    check(&plain, &face).context(project::PLAIN)?;

    let face = Face::read(&annotated).context(project::ANNOTATED)?;
    println!("{}", line(project::ANNOTATED, &annotated, &face));
    check_annotation(&plain, &annotated, &face).context(project::ANNOTATED)
}

fn line(file: &str, wasm: &[u8], face: &Face) -> String {
    let Face {
        imports,
        exports,
        pages,
        ..
    } = face;
    format!(
        "{file}: {} bytes, imports {}, exports {}, {pages} pages",
        wasm.len(),
        imports.join(" "),
        exports.join(" ")
    )
}

fn check(wasm: &[u8], face: &Face) -> Result<()> {
    for import in &face.imports {
        ensure!(IMPORTS.contains(&&**import), "unexpected import {import}");
    }
    for export in &face.exports {
        ensure!(EXPORTS.contains(&&**export), "unexpected export {export}");
    }
    for export in EXPORTS {
        ensure!(
            face.exports.iter().any(|e| e == export),
            "no export {export}"
        );
    }
    if let Some((name, _)) = face.custom_sections.first() {
        bail!("custom section {name} in the plain module");
    }
    ensure!(
        wasm.len() <= MOST_BYTES,
        "{} bytes are more than {MOST_BYTES}",
        wasm.len()
    );
    ensure!(
        face.pages <= MOST_PAGES,
        "{} pages are more than {MOST_PAGES}",
        face.pages
    );
    Ok(())
}

fn check_annotation(plain: &[u8], annotated: &[u8], face: &Face) -> Result<()> {
    let [(name, json)] = &face.custom_sections[..] else {
        bail!("{} custom sections", face.custom_sections.len());
    };
    ensure!(name == metadata::SECTION, "custom section {name}");
    ensure!(
        with_custom_section(plain, name, json) == annotated,
        "more differs from the plain module than the section {name}"
    );
    Metadata::from_json(json)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{EXPORTS, Face, IMPORTS, MOST_BYTES, MOST_PAGES, check, check_annotation};
    use crate::metadata::{Metadata, SECTION};
    use crate::module::with_custom_section;

    fn face() -> Face {
        Face {
            imports: IMPORTS.iter().map(|&name| name.into()).collect(),
            exports: EXPORTS.iter().map(|&name| name.into()).collect(),
            pages: MOST_PAGES,
            custom_sections: Vec::new(),
        }
    }

    #[test]
    fn a_module_at_all_limits_passes() {
        assert!(check(&vec![0; MOST_BYTES], &face()).is_ok());
    }

    #[test]
    fn each_thing_out_of_order_is_named() {
        let fault = |bytes, change: fn(&mut Face)| {
            let mut face = face();
            change(&mut face);
            check(&vec![0; bytes], &face).unwrap_err().to_string()
        };
        for (said, expected) in [
            (fault(MOST_BYTES + 1, |_| {}), "bytes are more than"),
            (fault(0, |face| face.pages += 1), "pages are more than"),
            (
                fault(0, |face| face.imports.push("env.now".into())),
                "unexpected import env.now",
            ),
            (
                fault(0, |face| face.exports.push("_start".into())),
                "unexpected export _start",
            ),
            (
                fault(0, |face| face.exports.retain(|name| name != "wapc_init")),
                "no export wapc_init",
            ),
            (
                fault(0, |face| face.custom_sections.push(("name".into(), vec![]))),
                "custom section name",
            ),
        ] {
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn an_annotated_module_is_the_plain_one_and_its_metadata() {
        let plain = b"\0asm\x01\0\0\0";
        let fault = |annotated: &[u8]| {
            let face = Face::read(annotated).expect("a module");
            check_annotation(plain, annotated, &face)
        };
        let json = Metadata::of_project().and_then(|metadata| metadata.to_json());
        let annotated = with_custom_section(plain, SECTION, &json.expect("metadata"));
        assert!(fault(&annotated).is_ok());
        for wrong in [
            plain.to_vec(),
            with_custom_section(&annotated, "name", b""),
            with_custom_section(plain, SECTION, b"{}"),
            with_custom_section(&[&plain[..], &[5, 3, 1, 0, 17]].concat(), SECTION, b"{}"),
        ] {
            assert!(fault(&wrong).is_err(), "{wrong:?}");
        }
    }
}
