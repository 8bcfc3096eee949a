use std::collections::BTreeMap;

use rayjob_rules::release::Release;
use rayjob_rules::rules;

use super::Generator;

/// So many objects a release must be enough to find every edge.
const ENOUGH: usize = 8000;

#[test]
fn a_seed_makes_the_same_objects_again() {
    let objects = |seed| {
        let generator = Generator::new(seed, Release::LATEST).expect("a catalogue");
        generator.take(50).collect::<Vec<_>>()
    };
    assert_eq!(objects(1), objects(1));
    assert_ne!(objects(1), objects(2));
}
