//! The command lines in the documents do what the documents say.

use trycmd::TestCases;

#[test]
fn documented_commands_print_what_is_shown() {
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::env::set_current_dir(project).expect("the project");
    TestCases::new().case("README.md").case("docs/cli.md").run();
}
