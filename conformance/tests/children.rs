//! The policy agrees with what is recorded of the children.
//!
//! Each tenth object is asked about, or all of them with `EVERY=1`. `ABOUT=port-name` asks
//! only about the objects with this condition, and tells more of each disagreement; with
//! `ALONE=1`, only about those with no other condition.

use std::collections::BTreeMap;
use std::env;

use rayjob_policy_conformance::children::{Problem, recorded};
use rayjob_policy_core::release::Release;

#[test]
fn what_kubernetes_refuses_of_the_children_is_found_and_nothing_else() {
    let about = env::var("ABOUT").ok();
    let alone = env::var_os("ALONE").is_some();
    let every = match (&about, env::var_os("EVERY")) {
        (None, None) => 10,
        _ => 1,
    };
    let mut wrong: BTreeMap<String, (usize, Problem)> = BTreeMap::new();
    let mut asked = 0;
    let cases = recorded().expect("recorded children");
    for (number, case) in cases.enumerate().step_by(every) {
        let case = case.expect("a case");
        if about
            .as_ref()
            .is_some_and(|about| !case.about.contains(about))
            || (alone && case.about.len() > 1)
        {
            continue;
        }
        for release in Release::ALL {
            let Some(refused) = case.refused(release) else {
                continue;
            };
            asked += 1;
            let Some(problem) = Problem::of(&refused, &case.findings(release)) else {
                continue;
            };
            let key = match &about {
                None => case.about.join(" "),
                Some(_) => format!("line {} {release}", number + 1),
            };
            let (count, _) = wrong.entry(key).or_insert((0, problem));
            *count += 1;
        }
    }
    let number: usize = wrong.values().map(|(count, _)| count).sum();
    for (key, (count, problem)) in wrong.iter().take(40) {
        println!("{key}: {count}: {problem:?}");
    }
    assert!(asked > 0, "nothing was asked");
    assert_eq!(number, 0, "of {asked} answers");
}
