//! A host of OPA's ABI may call the functions in any order with what it got from them: each call
//! returns, and the instance goes on judging. With any other address a call may trap, but it ends.

use std::sync::LazyLock;

use rayjob_policy_bench::guest::{Instance, OpaInstance};
use rayjob_policy_testkit::{unreadable, vectors};

use crate::modules::{OPA, native};

/// More than the calls of one input need.
const FUEL: u64 = 2_000_000_000;

/// Requests, broken requests, settings, paths, and texts that are none of them.
static TEXTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut texts: Vec<_> = vectors()
        .iter()
        .step_by(4)
        .map(|vector| vector.question())
        .collect();
    texts.extend(unreadable().into_iter().map(|raw| raw.question));
    let small: [&[u8]; 12] = [
        b"{}",
        b"[]",
        b"",
        b"\0",
        b"set()",
        b"{1, \"a\\x00\"}",
        br#"["kuberay","rayjob","settings"]"#,
        br#"["kubernetes","rayclusters","ml","a"]"#,
        br#"["users"]"#,
        br#"{"kuberay":{"rayjob":{"settings":{}}},"kubernetes":{"rayclusters":{}},"users":{}}"#,
        br#"{"rules":{"*":"warn"},"cluster":["rayclusters"]}"#,
        br#"{"metadata":{"name":"a"}}"#,
    ];
    texts.extend(small.map(Vec::from));
    texts.retain(|text| text.len() < 20_000);
    texts
});

/// An evaluation, and the values that it refers to.
struct Context {
    at: u32,
    refers: Vec<u32>,
}

struct Host<'i> {
    input: &'i [u8],
    guest: OpaInstance,
    values: Vec<u32>,
    contexts: Vec<Context>,
    marks: Vec<u32>,
    /// Whether all addresses so far came from the module, and are valid.
    is_legal: bool,
}

/// Makes the calls that the bytes of an input stand for.
pub fn check(input: &[u8]) {
    let mut host = Host {
        input,
        guest: OPA.instantiate(FUEL).expect("an instance"),
        values: Vec::new(),
        contexts: Vec::new(),
        marks: Vec::new(),
        is_legal: true,
    };
    for _ in 0..40 {
        if host.input.is_empty() {
            break;
        }
        if let Err(error) = host.step() {
            assert!(!host.is_legal, "{error:?}");
            let is_hanging = format!("{error:?}").contains("all fuel consumed");
            assert!(!is_hanging, "{error:?}");
            break;
        }
    }
    if !host.is_legal {
        host.guest = OPA.instantiate(FUEL).expect("an instance");
    }
    let request = &TEXTS[0];
    let answer = host.guest.ask(request).expect("an answer");
    assert_eq!(answer.as_bytes(), native(request));
}

impl Host<'_> {
    fn byte(&mut self) -> usize {
        let (first, rest) = self.input.split_first().unwrap_or((&0, &[]));
        self.input = rest;
        usize::from(*first)
    }

    /// An address that nothing has returned.
    fn wild(&mut self) -> u32 {
        self.is_legal = false;
        let bytes = [self.byte(), self.byte(), self.byte()];
        let near = self.values.last().copied().unwrap_or(0x0010_0000);
        match bytes[0] % 4 {
            0 => bytes[1] as u32,
            1 => near
                .wrapping_add(bytes[1] as u32)
                .wrapping_sub(bytes[2] as u32),
            2 => (bytes[1] as u32) << 16 | (bytes[2] as u32) << 8,
            _ => u32::MAX - bytes[1] as u32,
        }
    }

    /// A value, or 0 for none.
    fn value(&mut self) -> u32 {
        match (self.byte(), self.values.len()) {
            (255, _) => self.wild(),
            (254, _) | (_, 0) => 0,
            (byte, length) => self.values[byte % length],
        }
    }

    /// The number of an evaluation; makes one if there is none.
    fn context(&mut self) -> wasmtime::Result<usize> {
        let byte = self.byte();
        if self.contexts.is_empty() {
            let at = self.guest.call("opa_eval_ctx_new", ())?;
            let refers = Vec::new();
            self.contexts.push(Context { at, refers });
        }
        Ok(byte % self.contexts.len())
    }

    fn forget(&mut self, is_gone: impl Fn(u32) -> bool) {
        self.values.retain(|value| !is_gone(*value));
        let is_whole = |it: &Context| !is_gone(it.at) && !it.refers.iter().any(|at| is_gone(*at));
        self.contexts.retain(is_whole);
    }

    fn step(&mut self) -> wasmtime::Result<()> {
        match self.byte() % 16 {
            0 => {
                let size = (self.byte() as u32) << 8;
                self.guest.call::<_, u32>("opa_malloc", size)?;
            }
            step @ 1..=3 => {
                let text = &TEXTS[(self.byte() << 3) % TEXTS.len()];
                let name = if step == 3 {
                    "opa_value_parse"
                } else {
                    "opa_json_parse"
                };
                let at = self.guest.write(text)?;
                self.values
                    .push(self.guest.call(name, (at, text.len() as u32))?);
                self.guest.call::<_, ()>("opa_free", at)?;
            }
            4 | 5 => {
                let (value, context) = (self.value(), self.context()?);
                let name = match self.byte() % 2 {
                    0 => "opa_eval_ctx_set_input",
                    _ => "opa_eval_ctx_set_data",
                };
                let context = &mut self.contexts[context];
                self.guest.call::<_, ()>(name, (context.at, value))?;
                context.refers.push(value);
            }
            6 => {
                let (number, context) = (self.byte(), self.context()?);
                self.is_legal &= number < 4;
                let at = self.contexts[context].at;
                self.guest
                    .call::<_, ()>("opa_eval_ctx_set_entrypoint", (at, number as u32))?;
            }
            7 | 8 => {
                let context = self.context()?;
                let context = &mut self.contexts[context];
                self.guest.call::<_, i32>("eval", context.at)?;
                let result = self.guest.call("opa_eval_ctx_get_result", context.at)?;
                context.refers.push(result);
                self.values.push(result);
            }
            step @ (9 | 10) => {
                let value = self.value();
                let name = if step == 9 {
                    "opa_json_dump"
                } else {
                    "opa_value_dump"
                };
                self.guest.call::<_, u32>(name, value)?;
            }
            11 => self.marks.push(self.guest.call("opa_heap_ptr_get", ())?),
            12 => {
                if let Some(mark) = self.marks.pop() {
                    self.guest.call::<_, ()>("opa_heap_ptr_set", mark)?;
                    self.forget(|at| at >= mark);
                    self.marks.retain(|other| *other <= mark);
                }
            }
            13 => {
                let [data, path, value] = [self.value(), self.value(), self.value()];
                self.is_legal &= path == 0 || path != data && path != value;
                self.is_legal &= value == 0 || value != data;
                let refers = |it: &Context| it.refers.contains(&path) || it.refers.contains(&value);
                self.is_legal &= !self.contexts.iter().any(refers);
                self.guest
                    .call::<_, i32>("opa_value_add_path", (data, path, value))?;
                self.forget(|at| at != 0 && (at == path || at == value));
                self.marks.clear();
            }
            14 => {
                let name = ["opa_heap_blocks_stash", "opa_heap_blocks_restore"][self.byte() % 2];
                self.guest.call::<_, ()>(name, ())?;
            }
            _ => {
                let [a, b] = [self.wild(), self.wild()];
                match self.byte() % 8 {
                    0 => drop(self.guest.call::<_, u32>("opa_json_dump", a)?),
                    1 => drop(self.guest.call::<_, u32>("opa_json_parse", (a, b))?),
                    2 => drop(self.guest.call::<_, i32>("eval", a)?),
                    3 => self.guest.call::<_, ()>("opa_heap_ptr_set", a)?,
                    4 => drop(self.guest.call::<_, u32>("opa_malloc", a)?),
                    5 => drop(self.guest.call::<_, i32>("opa_value_remove_path", (a, b))?),
                    6 => drop(self.guest.call::<_, u32>("opa_value_dump", a)?),
                    _ => self.guest.call::<_, ()>("opa_eval_ctx_set_input", (a, b))?,
                }
            }
        }
        Ok(())
    }
}
