//! The module, driven as no single host does, but any might.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Result;
use proptest::prelude::*;
use rayjob_policy_core::live::{Inventory, Objects};
use rayjob_policy_e2e_opa::module::{Compiled, Guest, Syntax};
use rayjob_policy_opa::EntryPoint;
use rayjob_policy_testkit::{harmless, unreadable, vectors};
use serde_json::{Value, json};

const SYNTAXES: [Syntax; 2] = [Syntax::Json, Syntax::Term];

/// Inputs of every shape, with findings and without, and broken ones.
fn inputs() -> Vec<Vec<u8>> {
    let mut inputs: Vec<_> = vectors()
        .iter()
        .take(40)
        .map(|vector| {
            json!({"request": vector.request()})
                .to_string()
                .into_bytes()
        })
        .collect();
    inputs.extend(unreadable().into_iter().map(|raw| raw.question));
    inputs.push(ON_SHARED.into());
    inputs
}

/// A job on the RayCluster `shared`.
const ON_SHARED: &str = r#"{"request": {"uid": "1", "operation": "CREATE", "namespace": "ml",
    "kind": {"group": "ray.io", "version": "v1", "kind": "RayJob"},
    "object": {"metadata": {"name": "train"}, "spec": {"clusterSelector": {"ray.io/cluster": "shared"}}}}}"#;

fn raycluster(name: &str) -> Value {
    json!({"apiVersion": "ray.io/v1", "kind": "RayCluster",
           "metadata": {"name": name, "namespace": "ml", "uid": "x".repeat(10_000)}})
}

/// Settings, with something else beside them.
fn settings() -> [&'static str; 5] {
    [
        "{}",
        r#"{"cluster":["rayclusters"]}"#,
        r#"{"kuberayVersion":"1.4"}"#,
        r#"{"rules":{"interactive-backoff":"warn"}}"#,
        r#"{"rules":{"interactive-backof":"warn"}}"#,
    ]
}

fn store(settings: &str) -> String {
    let other = raycluster("other");
    format!(
        r#"{{"users":{{"alice":["a"]}},"kuberay":{{"rayjob":{{"settings":{settings}}}}},"kubernetes":{{"pods":{{}},"rayclusters":{{"ml":{{"other":{other}}}}}}}}}"#
    )
}

/// What a host does next.
#[derive(Clone, Debug)]
enum Step {
    /// Sets other data, and takes back the old.
    SetData { settings: usize, syntax: Syntax },
    /// Sets data that are nothing but the settings.
    SetDocument { settings: usize },
    /// Changes a part of the data that is of no concern to the policy.
    ChangeUsers { remove: bool },
    /// Changes the settings where they are.
    ChangeSettings { settings: usize },
    /// Adds the RayCluster `shared`, or removes it.
    ChangeCluster { remove: bool },
    /// Evaluates, with the data or without any, and asks for something else
    /// meanwhile or not.
    Eval {
        input: usize,
        entry_point: usize,
        syntax: Syntax,
        with_data: bool,
        meanwhile: bool,
    },
    /// Evaluates a question after another one was handed over.
    EvalTwo {
        inputs: [usize; 2],
        entry_point: usize,
    },
    /// Asks for the names of the entry points.
    Names,
    /// Goes on in another instance, with a copy of the data.
    Clone,
    /// Takes memory and leaves it.
    Malloc(u32),
}

fn any_step() -> impl Strategy<Value = Step> {
    let syntax = || prop::sample::select(&SYNTAXES[..]);
    let input = || 0..inputs().len();
    let entry_point = || 0..EntryPoint::ALL.len();
    prop_oneof![
        2 => (0..settings().len(), syntax()).prop_map(|(settings, syntax)| Step::SetData { settings, syntax }),
        1 => (0..settings().len()).prop_map(|settings| Step::SetDocument { settings }),
        1 => any::<bool>().prop_map(|remove| Step::ChangeUsers { remove }),
        1 => (0..settings().len()).prop_map(|settings| Step::ChangeSettings { settings }),
        2 => any::<bool>().prop_map(|remove| Step::ChangeCluster { remove }),
        4 => (input(), entry_point(), syntax(), any::<bool>(), any::<bool>()).prop_map(
            |(input, entry_point, syntax, with_data, meanwhile)| Step::Eval { input, entry_point, syntax, with_data, meanwhile }
        ),
        1 => ([input(), input()], entry_point()).prop_map(|(inputs, entry_point)| Step::EvalTwo { inputs, entry_point }),
        1 => Just(Step::Names),
        1 => Just(Step::Clone),
        1 => (0..200_000_u32).prop_map(Step::Malloc),
    ]
}

/// A host, and what it knows of the heap.
struct Host<'m> {
    compiled: &'m Compiled,
    guest: Guest,
    /// Where the heap begins.
    base: u32,
    /// The data and where the heap goes on behind them.
    data: u32,
    data_end: u32,
    settings: &'static str,
    is_store: bool,
    /// Whether the data have the RayCluster `shared`.
    has_shared: bool,
}

impl<'m> Host<'m> {
    fn new(compiled: &'m Compiled) -> Result<Self> {
        Self::with(compiled, compiled.instantiate()?)
    }

    fn with(compiled: &'m Compiled, mut guest: Guest) -> Result<Self> {
        guest.call::<_, u32>("opa_malloc", 0)?;
        let base = guest.heap()?;
        let data = guest.parse(store("{}").as_bytes(), Syntax::Json)?;
        let data_end = guest.heap()?;
        Ok(Self {
            compiled,
            guest,
            base,
            data,
            data_end,
            settings: "{}",
            is_store: true,
            has_shared: false,
        })
    }

    fn take(&mut self, step: &Step) -> Result<()> {
        match *step {
            Step::SetData {
                settings: index,
                syntax,
            } => {
                self.settings = settings()[index];
                self.set_data(&store(self.settings), syntax)?;
                self.is_store = true;
                self.has_shared = false;
            }
            Step::SetDocument { settings: index } => {
                self.settings = settings()[index];
                self.set_data(self.settings, Syntax::Json)?;
                self.is_store = false;
            }
            // Only a store is changed.
            Step::ChangeUsers { .. } | Step::ChangeSettings { .. } | Step::ChangeCluster { .. }
                if !self.is_store => {}
            Step::ChangeCluster { remove } => {
                let shared = (!remove).then(|| raycluster("shared").to_string());
                self.change(
                    r#"["kubernetes","rayclusters","ml","shared"]"#,
                    shared.as_deref(),
                )?;
                self.has_shared = !remove;
            }
            Step::ChangeUsers { remove } => {
                let value = (!remove).then_some(r#"{"name":"bob"}"#);
                self.change(r#"["users","bob"]"#, value)?;
            }
            Step::ChangeSettings { settings: index } => {
                self.settings = settings()[index];
                self.change(r#"["kuberay","rayjob","settings"]"#, Some(self.settings))?;
            }
            Step::Eval {
                input,
                entry_point,
                syntax,
                with_data,
                meanwhile,
            } => {
                self.guest.rewind(self.data_end)?;
                let value = self.guest.parse(&inputs()[input], syntax)?;
                if meanwhile {
                    self.names()?;
                }
                let data = if with_data { self.data } else { 0 };
                let context = self.guest.context(entry_point, value, data)?;
                let result = self.guest.eval(context)?;
                if meanwhile {
                    self.names()?;
                }
                self.compare(result, input, entry_point, with_data)?;
            }
            Step::EvalTwo {
                inputs: [first, second],
                entry_point,
            } => {
                self.guest.rewind(self.data_end)?;
                let value = self.guest.parse(&inputs()[first], Syntax::Json)?;
                let context = self.guest.context(entry_point, value, self.data)?;
                let value = self.guest.parse(&inputs()[second], Syntax::Json)?;
                let other = self.guest.context(entry_point, value, self.data)?;
                let other = self.guest.eval(other)?;
                let result = self.guest.eval(context)?;
                self.compare(other, second, entry_point, true)?;
                self.compare(result, first, entry_point, true)?;
            }
            Step::Names => self.names()?,
            Step::Clone => {
                let data = self.guest.memory()[self.base as usize..self.data_end as usize].to_vec();
                let mut other = Host::new(self.compiled)?;
                assert_eq!(other.base, self.base);
                other.guest.reach(u64::from(self.data_end))?;
                other.guest.memory()[self.base as usize..self.data_end as usize]
                    .copy_from_slice(&data);
                other.guest.rewind(self.data_end)?;
                self.guest = other.guest;
            }
            Step::Malloc(size) => {
                let block: u32 = self.guest.call("opa_malloc", size)?;
                let block = block as usize..(block + size) as usize;
                self.guest.memory()[block].fill(0xff);
            }
        }
        Ok(())
    }

    fn set_data(&mut self, data: &str, syntax: Syntax) -> Result<()> {
        self.guest.call::<_, ()>("opa_heap_stash_clear", ())?;
        self.guest.rewind(self.base)?;
        self.data = self.guest.parse(data.as_bytes(), syntax)?;
        self.guest.call::<_, ()>("opa_heap_blocks_stash", ())?;
        self.data_end = self.guest.heap()?;
        Ok(())
    }

    fn change(&mut self, path: &str, value: Option<&str>) -> Result<()> {
        self.guest.rewind(self.data_end)?;
        self.guest.call::<_, ()>("opa_heap_blocks_restore", ())?;
        let failed: i32 = match value {
            Some(value) => {
                let value = self.guest.parse(value.as_bytes(), Syntax::Term)?;
                let path = self.guest.parse(path.as_bytes(), Syntax::Term)?;
                let failed = self
                    .guest
                    .call("opa_value_add_path", (self.data, path, value))?;
                self.guest.call::<_, ()>("opa_value_free", path)?;
                failed
            }
            None => {
                let path = self.guest.parse(path.as_bytes(), Syntax::Term)?;
                let failed = self
                    .guest
                    .call("opa_value_remove_path", (self.data, path))?;
                self.guest.call::<_, ()>("opa_value_free", path)?;
                failed
            }
        };
        assert_eq!(failed, 0);
        self.guest.call::<_, ()>("opa_heap_blocks_stash", ())?;
        self.data_end = self.guest.heap()?;
        Ok(())
    }

    fn names(&mut self) -> Result<()> {
        for (name, expected) in [("builtins", "{}"), ("entrypoints", EntryPoint::NAMES)] {
            let value = self.guest.call(name, ())?;
            assert_eq!(self.guest.dump(value, Syntax::Json)?, expected);
        }
        Ok(())
    }

    fn compare(
        &mut self,
        result: u32,
        input: usize,
        entry_point: usize,
        with_data: bool,
    ) -> Result<()> {
        let settings = with_data.then_some(self.settings.as_bytes());
        let shared = self.has_shared.then(|| raycluster("shared"));
        let objects = [raycluster("other")].into_iter().chain(shared);
        let cluster: Option<Arc<dyn Inventory>> = match with_data && self.is_store {
            true => Some(Arc::new(Objects::new(objects, ""))),
            false => None,
        };
        let answer = EntryPoint::ALL[entry_point].answer(&inputs()[input], settings, cluster);
        let answer = String::from_utf8(answer)?;
        assert_eq!(
            self.guest.dump(result, Syntax::Json)?,
            format!(r#"[{{"result":{answer}}}]"#)
        );
        assert_eq!(
            self.guest.dump(result, Syntax::Term)?,
            format!(r#"{{{{"result":{answer}}}}}"#)
        );
        Ok(())
    }
}

#[test]
fn no_legal_order_of_calls_changes_an_answer() {
    let compiled = Compiled::built().expect("the module");
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(100)
    };
    proptest!(config, |(steps in prop::collection::vec(any_step(), 1..40))| {
        let mut host = Host::new(&compiled).expect("an instance");
        for step in &steps {
            host.take(step).expect("no trap");
        }
    });
}

#[test]
fn a_hundred_thousand_requests_need_no_more_memory_than_one() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    let inputs = inputs();
    let mut pages = 0;
    for (number, input) in (0..100_000).zip((0..inputs.len()).cycle()) {
        host.guest.rewind(host.data_end)?;
        let value = host.guest.parse(&inputs[input], Syntax::Json)?;
        let context = host
            .guest
            .context(number % EntryPoint::ALL.len(), value, host.data)?;
        let result = host.guest.eval(context)?;
        host.guest.dump(result, Syntax::Json)?;
        if number == 4 * inputs.len() {
            pages = host.guest.pages();
        }
    }
    assert_eq!(host.guest.pages(), pages);
    Ok(())
}

/// OPA hands the instance to the next question before it has read the answer to
/// the last one.
#[test]
fn an_answer_stays_while_the_next_thousand_are_given() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    let inputs = inputs();
    let mut answers = VecDeque::new();
    for (number, input) in (0..10_000).zip(inputs.iter().cycle()) {
        host.guest.rewind(host.data_end)?;
        let value = host.guest.parse(input, Syntax::Term)?;
        let context = host.guest.context(0, value, host.data)?;
        let result = host.guest.eval(context)?;
        let at = host.guest.call("opa_value_dump", result)?;
        answers.push_back((at, host.guest.text(at)?));
        if answers.len() > 1000
            && let Some((at, answer)) = answers.pop_front()
        {
            assert_eq!(host.guest.text(at)?, answer, "question {number}");
        }
    }
    Ok(())
}

#[test]
fn a_question_that_memory_is_too_small_for_harms_no_other() -> Result<()> {
    let compiled = Compiled::built()?;
    let big = format!(r#"{{"request":{{"uid":"{}"}}}}"#, "x".repeat(200_000));
    // The first has no room for the question, the others for what comes of it;
    // the last keeps answers.
    for pages in [5, 8, 72] {
        let guest = compiled.instantiate_within(Some(pages))?;
        let mut host = Host::with(&compiled, guest)?;
        for input in 0..20 {
            host.guest.rewind(host.data_end)?;
            let refused = host
                .guest
                .parse(big.as_bytes(), Syntax::Term)
                .and_then(|value| {
                    let context = host.guest.context(2, value, host.data)?;
                    let result = host.guest.eval(context)?;
                    host.guest.dump(result, Syntax::Term)
                });
            assert!(refused.is_err(), "{pages} pages are enough");
            host.take(&Step::Eval {
                input,
                entry_point: 0,
                syntax: Syntax::Term,
                with_data: true,
                meanwhile: false,
            })?;
        }
    }
    Ok(())
}

#[test]
fn a_store_that_changes_all_the_time_does_not_grow() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    host.take(&Step::SetData {
        settings: 1,
        syntax: Syntax::Term,
    })?;
    host.take(&Step::ChangeCluster { remove: true })?;
    let end = host.data_end;
    let mut pages = 0;
    let pod = json!({"name": "x".repeat(10_000)}).to_string();
    for number in 0..1000 {
        host.change(r#"["pods","ml","train"]"#, Some(&pod))?;
        host.take(&Step::ChangeCluster { remove: false })?;
        host.change(r#"["pods","ml","train"]"#, None)?;
        host.take(&Step::ChangeCluster { remove: true })?;
        if number == 0 {
            pages = host.guest.pages();
        }
    }
    assert!(
        host.data_end - end < 16,
        "{} bytes more",
        host.data_end - end
    );
    assert_eq!(host.guest.pages(), pages);
    host.take(&Step::Eval {
        input: inputs().len() - 1,
        entry_point: 0,
        syntax: Syntax::Term,
        with_data: true,
        meanwhile: false,
    })
}

#[test]
fn what_cannot_be_read_is_denied_and_never_traps() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    for raw in unreadable() {
        for syntax in SYNTAXES {
            host.guest.rewind(host.data_end)?;
            let input = host.guest.parse(&raw.question, syntax)?;
            let mut answer = |entry_point| -> Result<Value> {
                let context = host.guest.context(entry_point, input, host.data)?;
                let result = host.guest.eval(context)?;
                let set: Value = serde_json::from_str(&host.guest.dump(result, Syntax::Json)?)?;
                Ok(set[0]["result"].clone())
            };
            let message = raw.message();
            let response = answer(2)?;
            assert_eq!(response["allowed"], false, "{}", raw.name);
            assert_eq!(
                response["status"],
                json!({"message": message, "code": 400}),
                "{}",
                raw.name
            );
            assert_eq!(answer(0)?["response"], response, "{}", raw.name);
            for list in [answer(1)?, answer(3)?] {
                assert_eq!(list.as_array().map(Vec::len), Some(1), "{}", raw.name);
            }
            assert_eq!(answer(1)?[0]["msg"], message, "{}", raw.name);
            assert_eq!(answer(3)?[0]["message"], message, "{}", raw.name);
        }
    }
    Ok(())
}

#[test]
fn gatekeeper_gets_a_list_whatever_it_asks() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    for input in [
        r#"{"review": null, "parameters": {}}"#,
        r#"{"parameters": null, "review": 7}"#,
        r#"{"parameters": {"#,
        r#"{"review": {"kind": 7}}"#,
        r#"{"parameters": {}, "review": {"kind": {"kind": "RayJob"}}}"#,
    ] {
        host.guest.rewind(host.data_end)?;
        let value = host.guest.parse(input.as_bytes(), Syntax::Json)?;
        let context = host.guest.context(0, value, host.data)?;
        let result = host.guest.eval(context)?;
        let set: Value = serde_json::from_str(&host.guest.dump(result, Syntax::Json)?)?;
        assert!(set[0]["result"][0]["msg"].is_string(), "{input}: {set}");
    }
    Ok(())
}

#[test]
fn what_nobody_reads_does_no_harm() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    for (name, question) in harmless() {
        for syntax in SYNTAXES {
            host.guest.rewind(host.data_end)?;
            let input = host.guest.parse(&question, syntax)?;
            let context = host.guest.context(3, input, host.data)?;
            let result = host.guest.eval(context)?;
            assert_eq!(
                host.guest.dump(result, Syntax::Json)?,
                r#"[{"result":[]}]"#,
                "{name}"
            );
        }
    }
    Ok(())
}

#[test]
fn an_entry_point_that_is_none_ends_the_evaluation() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    let context = host.guest.context(4, 0, 0)?;
    assert!(host.guest.eval(context).is_err());
    Ok(())
}

#[test]
fn the_stack_has_room_to_spare() -> Result<()> {
    let compiled = Compiled::built()?;
    let mut host = Host::new(&compiled)?;
    // The stack comes first in memory and grows downwards; the static data
    // that follow begin with something else.
    const UNUSED: u8 = 0xa5;
    const SIZE: usize = 64 * 1024;
    host.guest.memory()[..SIZE].fill(UNUSED);
    let deep = ["[", "{a: ", "- ", "&a [", "!!seq ["].map(|open| {
        let mut request = vectors()[0].request().clone();
        request["object"]["spec"]["runtimeEnvYAML"] = open.repeat(5000).into();
        json!({"request": request}).to_string().into_bytes()
    });
    for (number, input) in inputs().iter().chain(&deep).enumerate() {
        host.guest.rewind(host.data_end)?;
        let value = host.guest.parse(input, Syntax::Term)?;
        let context = host
            .guest
            .context(number % EntryPoint::ALL.len(), value, host.data)?;
        host.guest.eval(context)?;
    }
    let memory = &host.guest.memory()[..SIZE];
    let unused = memory.iter().take_while(|&&byte| byte == UNUSED).count();
    println!("{unused} of {SIZE} bytes are never used");
    assert!(unused >= SIZE / 4, "only {unused} bytes are left");
    Ok(())
}
