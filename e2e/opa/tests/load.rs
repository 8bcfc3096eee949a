//! OPA as a server, asked by many at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, thread};

use anyhow::{Context, Result, ensure};
use rayjob_policy_e2e_opa::{Case, ENTRY_POINTS, Server};
use serde_json::Value;

const CLIENTS: usize = 16;

/// How many questions are asked; the variable `QUESTIONS` asks for more.
const QUESTIONS: usize = 300;

/// OPA shares its instances of the module among all who ask, and has to save
/// memory here. A third of the questions comes beside one that nobody waits
/// for.
#[test]
fn everybody_gets_the_answer_to_what_they_asked() -> Result<()> {
    let Some(server) = Server::start_with(&[("GOMEMLIMIT", "64MiB")], &[])? else {
        return Ok(());
    };
    let questions = match env::var("QUESTIONS") {
        Ok(number) => number.parse()?,
        Err(_) => QUESTIONS,
    };
    let mut ordinary = Case::reviews();
    ordinary.retain(|case| case.data.settings.is_none());
    let (big, long) = (Case::big(), Case::long());
    let next = AtomicUsize::new(0);
    let ask = || -> Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= questions {
                return Ok(());
            }
            let (case, entry_point) = match number {
                _ if number.is_multiple_of(100) => (&big, 0),
                _ if number.is_multiple_of(2) => (&long, 3),
                _ => (&ordinary[number % ordinary.len()], 0),
            };
            let (mut input, mut expected) = (case.input.clone(), case.answers[entry_point].clone());
            let uid = Value::from(number.to_string());
            input["request"]["uid"] = uid.clone();
            if let Some(response) = expected.get_mut("response") {
                response["uid"] = uid;
            }
            let name = ENTRY_POINTS[entry_point];
            if number.is_multiple_of(3) {
                server.cancel(name, &input)?;
            }
            let answer = server
                .post(name, &input)
                .with_context(|| format!("question {number}, {}", case.name))?;
            ensure!(answer == expected, "{answer:#} instead of {expected:#}");
        }
    };
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().expect("no panic"))
    })
}
