//! A WebAssembly module, section by section.

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Module, RawSection, Section, ValType,
};
use wasmparser::{
    BinaryReader, CodeSectionReader, ExternalKind, MemoryType, Operator, Parser, Payload, TypeRef,
};

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

/// The module with some more exports: constant globals of type i32. (What Rust
/// calls a static is a place in memory, and its export would be the address.)
///
/// # Errors
/// If it is no module, or has no globals or exports yet.
pub fn with_constants(wasm: &[u8], constants: &[(&str, i32)]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    let mut next = None;
    let mut exported = false;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        match payload {
            Payload::GlobalSection(section) => {
                let mut globals = GlobalSection::new();
                RoundtripReencoder.parse_global_section(&mut globals, section)?;
                next = Some(globals.len());
                for &(_, value) in constants {
                    let global_type = GlobalType {
                        val_type: ValType::I32,
                        mutable: false,
                        shared: false,
                    };
                    globals.global(global_type, &ConstExpr::i32_const(value));
                }
                module.section(&globals);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                RoundtripReencoder.parse_export_section(&mut exports, section)?;
                for ((name, _), index) in constants.iter().zip(next.context("no globals")?..) {
                    exports.export(name, ExportKind::Global, index);
                }
                exported = true;
                module.section(&exports);
            }
            _ => {
                let data = wasm.get(range).context("a section outside of the file")?;
                module.section(&RawSection { id, data });
            }
        }
    }
    ensure!(exported, "no exports");
    Ok(module.finish())
}

/// The module with an exported function, of one i32, that first takes back the
/// whole stack: a call that traps leaves its part of it behind. (Rust cannot say
/// this: the stack's pointer is a global, and no static.)
///
/// # Errors
/// If there is no such function, or not exactly one global that could be the
/// pointer.
pub fn with_fresh_stack(wasm: &[u8], name: &str) -> Result<Vec<u8>> {
    let (function, imported) = exported_function(wasm, name)?;
    let (pointer, top) = stack(wasm)?;
    let mut module = Module::new();
    let mut last = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let data = wasm.get(range).context("a section outside of the file")?;
        match payload {
            Payload::FunctionSection(section) => {
                let own = usize::try_from(function - imported)?;
                let own_type = section.clone().into_iter().nth(own);
                let mut functions = FunctionSection::new();
                RoundtripReencoder.parse_function_section(&mut functions, section)?;
                last = imported + functions.len();
                functions.function(own_type.context("no such function")??);
                module.section(&functions);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section {
                    let export = export?;
                    let index = if export.name == name {
                        last
                    } else {
                        export.index
                    };
                    exports.export(export.name, export.kind.into(), index);
                }
                module.section(&exports);
            }
            Payload::CodeSectionStart { .. } => {
                let mut code = CodeSection::new();
                let section = CodeSectionReader::new(BinaryReader::new(data, 0))?;
                RoundtripReencoder.parse_code_section(&mut code, section)?;
                let mut fresh = Function::new([]);
                let mut steps = fresh.instructions();
                steps.i32_const(top).global_set(pointer);
                steps.local_get(0).call(function).end();
                code.function(&fresh);
                module.section(&code);
            }
            _ => {
                module.section(&RawSection { id, data });
            }
        }
    }
    Ok(module.finish())
}

/// The index of an exported function, and how many are imported before all others.
fn exported_function(wasm: &[u8], name: &str) -> Result<(u32, u32)> {
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.name == name && export.kind == ExternalKind::Func {
                        ensure!(export.index >= imported, "{name} is an import");
                        return Ok((export.index, imported));
                    }
                }
            }
            _ => {}
        }
    }
    bail!("no function {name}")
}

/// The index of the stack's pointer, and where it begins.
fn stack(wasm: &[u8]) -> Result<(u32, i32)> {
    let mut pointers = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::GlobalSection(section) = payload? {
            for (index, global) in (0..).zip(section) {
                let global = global?;
                let start = global.init_expr.get_operators_reader().read()?;
                if let Operator::I32Const { value } = start
                    && global.ty.mutable
                {
                    pointers.push((index, value));
                }
            }
        }
    }
    let [pointer] = pointers[..] else {
        bail!("{} globals could be the stack's pointer", pointers.len());
    };
    Ok(pointer)
}

/// What a host learns of a module before it runs it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Face {
    /// The imports, as `module.name`.
    pub imports: Vec<String>,
    /// The exports.
    pub exports: Vec<String>,
    /// The exported constants and their values.
    pub constants: Vec<(String, i32)>,
    /// The pages of memory, 64 KiB each, that it starts with.
    pub pages: u64,
    /// The pages that its memory may have at most, if it says so.
    pub most_pages: Option<u64>,
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
        let mut globals = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let name = format!("{}.{}", import.module, import.name);
                        face.imports.push(name);
                        match import.ty {
                            TypeRef::Memory(memory) => face.add_memory(memory),
                            TypeRef::Global(_) => globals.push(None),
                            _ => {}
                        }
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        let value = match global.init_expr.get_operators_reader().read()? {
                            Operator::I32Const { value } if !global.ty.mutable => Some(value),
                            _ => None,
                        };
                        globals.push(value);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        face.exports.push(export.name.into());
                        if export.kind == ExternalKind::Global
                            && let Some(&Some(value)) = globals.get(usize::try_from(export.index)?)
                        {
                            face.constants.push((export.name.into(), value));
                        }
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        face.add_memory(memory?);
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

    fn add_memory(&mut self, memory: MemoryType) {
        self.pages += memory.initial;
        self.most_pages = memory.maximum;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Face, exported_function, with_constants, with_custom_section, with_fresh_stack,
        without_custom_sections,
    };

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
    fn a_constant_is_exported_with_its_value() {
        // A mutable global, and a memory exported as `m`.
        let globals = [6, 6, 1, 0x7f, 1, 0x41, 5, 0x0b];
        let exports = [7, 5, 1, 1, b'm', 2, 0];
        let module = [EMPTY, &[5, 3, 1, 0, 1], &globals, &exports].concat();
        let longer = with_constants(&module, &[("one", 1), ("minus", -1)]).expect("a module");
        let face = Face::read(&longer).expect("a module");
        assert_eq!(face.exports, ["m", "one", "minus"]);
        let constants = [("one".to_owned(), 1), ("minus".to_owned(), -1)];
        assert_eq!(face.constants, constants);
        for without in [[EMPTY, &globals].concat(), EMPTY.to_vec()] {
            assert!(
                with_constants(&without, &[("one", 1)]).is_err(),
                "{without:?}"
            );
        }
    }

    #[test]
    fn a_function_gets_a_fresh_stack() {
        // A function of one i32, exported as `f`, and a mutable global.
        let types = [1, 5, 1, 0x60, 1, 0x7f, 0];
        let functions = [3, 2, 1, 0];
        let globals = [6, 6, 1, 0x7f, 1, 0x41, 5, 0x0b];
        let exports = [7, 5, 1, 1, b'f', 0, 0];
        let code = [10, 4, 1, 2, 0, 0x0b];
        let [before, behind] = [
            [EMPTY, &types, &functions].concat(),
            [&exports[..], &code].concat(),
        ];
        let module = [&before[..], &globals, &behind].concat();
        let fresh = with_fresh_stack(&module, "f").expect("a module");
        assert_eq!(Face::read(&fresh).expect("a module").exports, ["f"]);
        assert_eq!(exported_function(&fresh, "f").expect("a function"), (1, 0));
        // `i32.const 5`, `global.set 0`, `local.get 0`, `call 0`, `end`.
        let body = [0, 0x41, 5, 0x24, 0, 0x20, 0, 0x10, 0, 0x0b];
        assert!(fresh.ends_with(&body), "{fresh:?}");
        assert!(with_fresh_stack(&module, "g").is_err());
        let without = [before, behind].concat();
        assert!(with_fresh_stack(&without, "f").is_err());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for bytes in [&b"policy"[..], b"", b"\0asm\x01\0\0\0\x05"] {
            assert!(Face::read(bytes).is_err(), "{bytes:?}");
            assert!(without_custom_sections(bytes).is_err(), "{bytes:?}");
        }
    }
}
