//! The native part of the Python package `rayjob_policy`: the command, and functions whose
//! answers are JSON. The package makes objects of these.

mod answer;

use pyo3::pymodule;

/// What `rayjob_policy/_native.pyi` declares.
#[pymodule]
mod _native {
    use std::ffi::OsString;

    use pyo3::{Python, pyfunction};

    use crate::answer;

    /// Runs the command and returns its exit code.
    #[pyfunction]
    fn run(py: Python<'_>, args: Vec<OsString>) -> u8 {
        py.detach(|| rayjob_policy::run(args))
    }

    /// Returns the findings in a text.
    #[pyfunction]
    fn check(
        py: Python<'_>,
        text: &str,
        settings: Option<&str>,
        kuberay: Option<&str>,
        cluster: Option<&str>,
    ) -> String {
        py.detach(|| answer::check(text, settings, kuberay, cluster))
    }

    /// Returns a text after its fixes.
    #[pyfunction]
    fn fix(
        py: Python<'_>,
        text: &str,
        rule: Option<&str>,
        settings: Option<&str>,
        kuberay: Option<&str>,
    ) -> String {
        py.detach(|| answer::fix(text, rule, settings, kuberay))
    }
}
