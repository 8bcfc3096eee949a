//! A WebAssembly module, section by section.

use anyhow::{Context, Result};
use wasm_encoder::{CustomSection, Module, RawSection, Section};
use wasmparser::{Parser, Payload};

/// The module without its custom sections. rustc and its linker leave names,
/// debug information, `producers` and `target_features` there; no host of the
/// policy reads them, and they are most of the file.
///
/// # Errors
/// If it is no module.
pub fn without_custom_sections(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if matches!(payload, Payload::CustomSection(_)) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let data = wasm.get(range).context("a section outside of the file")?;
            module.section(&RawSection { id, data });
        }
    }
    Ok(module.finish())
}

/// The module with one more custom section at its end.
pub fn with_custom_section(wasm: &[u8], name: &str, data: &[u8]) -> Vec<u8> {
    let mut longer = wasm.to_vec();
    let section = CustomSection {
        name: name.into(),
        data: data.into(),
    };
    section.append_to(&mut longer);
    longer
}

/// What a host learns of a module before it runs it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Face {
    /// The imports, as `module.name`.
    pub imports: Vec<String>,
    /// The exports.
    pub exports: Vec<String>,
    /// The pages of memory, 64 KiB each, that it starts with.
    pub pages: u64,
    /// The custom sections: name and contents.
    pub custom_sections: Vec<(String, Vec<u8>)>,
}

impl Face {
    /// Reads the face of a valid module.
    ///
    /// # Errors
    /// If the module is not valid.
    pub fn read(wasm: &[u8]) -> Result<Self> {
        wasmparser::validate(wasm)?;
        let mut face = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let name = format!("{}.{}", import.module, import.name);
                        face.imports.push(name);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        face.exports.push(export?.name.into());
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        face.pages += memory?.initial;
                    }
                }
                Payload::CustomSection(section) => {
                    let contents = (section.name().into(), section.data().into());
                    face.custom_sections.push(contents);
                }
                _ => {}
            }
        }
        Ok(face)
    }
}

#[cfg(test)]
mod tests {
    use super::{Face, with_custom_section, without_custom_sections};

    /// The shortest module: magic and version.
    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn a_section_that_was_added_is_read_and_stripped_again() {
        let annotated = with_custom_section(EMPTY, "note", b"text");
        let face = Face::read(&annotated).expect("a module");
        assert_eq!(
            face.custom_sections,
            [("note".to_owned(), b"text".to_vec())]
        );
        let plain = without_custom_sections(&annotated).expect("a module");
        assert_eq!(plain, EMPTY);
    }

    #[test]
    fn sections_that_matter_stay() {
        let memory = [EMPTY, &[5, 3, 1, 0, 17]].concat();
        let noted = with_custom_section(&memory, "name", b"");
        assert_eq!(without_custom_sections(&noted).expect("a module"), memory);
        assert_eq!(Face::read(&memory).expect("a module").pages, 17);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for bytes in [&b"policy"[..], b"", b"\0asm\x01\0\0\0\x05"] {
            assert!(Face::read(bytes).is_err(), "{bytes:?}");
            assert!(without_custom_sections(bytes).is_err(), "{bytes:?}");
        }
    }
}
