//! The objects of all files of a check, which may be applied together.

use std::io;
use std::path::{Path, PathBuf};

use rayjob_policy_core::set::Member;
use rayjob_policy_manifest::{cluster, set};
use serde_json::Value;

use crate::args::Check;
use crate::input::{self, Input};
use crate::partial::Partials;
use crate::report;

/// The folder of a file as in [`Member::of`]: files named on the command line are applied
/// together, those found in directories with the others of their directory.
pub fn folder(input: &Input, args: &Check) -> String {
    let is_named = input.named && !args.lenient;
    let folder = input.path.parent().filter(|_| !is_named);
    folder.unwrap_or(Path::new("")).to_string_lossy().into()
}

/// The objects of the files that count as present in a cluster to which they are applied.
pub fn applied(args: &Check) -> io::Result<Vec<Value>> {
    input::collect(&args.paths, &|_, text| cluster::applied(text))
}

/// The objects of the files that matter to rules about sets. A single file needs no set, and
/// stdin can be read only once: what is in there is seen when it is checked.
pub fn members(args: &Check, partials: &Partials) -> io::Result<Vec<Member>> {
    let is_single = |paths: &[PathBuf]| matches!(paths, [path] if !path.is_dir());
    if is_single(&args.paths) {
        return Ok(Vec::new());
    }
    // What cannot be read is reported when the file is checked.
    input::collect(&args.paths, &|input, text| {
        if !set::matters(text) || partials.reason(&input.path).is_some() {
            return Vec::new();
        }
        set::members(text, &report::name(&input.path), &folder(input, args))
    })
}
