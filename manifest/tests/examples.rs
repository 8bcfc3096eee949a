//! The examples of the playground are judged as their second line says.

use std::fs;
use std::path::Path;

use rayjob_manifest::{Options, Source, check};
use rayjob_rules::rule::Level;

#[test]
fn an_example_of_the_playground_is_judged_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/playground");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let checked = check(&Source::new(&text), &Options::default());
        assert!(checked.problems.is_empty(), "{}", path.display());
        let findings: Vec<_> = checked
            .documents
            .iter()
            .flat_map(|document| &document.findings)
            .collect();
        let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
        let worst = findings.iter().map(|finding| finding.level).max();
        let verdict = match worst.unwrap_or(Level::Off) {
            Level::Off => "# accepted".to_owned(),
            Level::Warn => format!("# warned: {}", rules.join(", ")),
            Level::Deny => format!("# denied: {}", rules.join(", ")),
        };
        assert_eq!(
            text.lines().nth(1),
            Some(verdict.as_str()),
            "{}",
            path.display()
        );
        seen += 1;
    }
    assert!(seen > 10);
}
