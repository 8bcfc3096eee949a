//! `--fix` and `--diff`.

use std::path::Path;
use std::{fs, io};

use anyhow::{Result, bail};
use rayjob_policy_manifest::fix::{Wanted, fix};
use rayjob_policy_manifest::{Options, Source, check};
use similar::TextDiff;

use crate::args::Check;
use crate::explain;
use crate::input::{Input, STDIN};
use crate::report::{FileReport, Report, Summary};

/// The fixes that the command line asks for.
pub struct FixMode<'a> {
    wanted: Wanted<'a>,
    only_show: bool,
}

impl<'a> FixMode<'a> {
    /// Returns the fixes that the command line asks for, if any.
    ///
    /// # Errors
    /// If the rule is unknown, or stdin would have to be edited.
    pub fn of(args: &'a Check) -> Result<Option<Self>> {
        let wanted = match args.fix.as_deref() {
            None if !args.diff => return Ok(None),
            None | Some("") => Wanted::Safe,
            Some(rule) => {
                explain::known(rule)?;
                Wanted::Rule(rule)
            }
        };
        if !args.diff && args.paths.iter().any(|path| path == Path::new(STDIN)) {
            bail!("--fix cannot edit stdin; use --diff to see what it would change");
        }
        let only_show = args.diff;
        Ok(Some(Self { wanted, only_show }))
    }

    /// Fixes a file that was checked, or records the diff.
    ///
    /// # Errors
    /// If the file cannot be written, with the reason.
    pub fn apply(
        &self,
        input: &Input,
        options: &Options<'_>,
        file: &mut FileReport,
    ) -> Result<(), String> {
        let has_fixes = file
            .findings()
            .any(|(_, finding)| !finding.fixes.is_empty());
        if !has_fixes {
            return Ok(());
        }
        let fixed = fix(&file.text, options, self.wanted);
        if fixed.applied.is_empty() {
            return Ok(());
        }
        if self.only_show {
            let diff = TextDiff::from_lines(&*file.text, &*fixed.text);
            let (before, after) = (format!("a/{}", file.name), format!("b/{}", file.name));
            let diff = diff.unified_diff().header(&before, &after).to_string();
            file.diff = Some(diff);
            return Ok(());
        }
        fs::write(&input.path, &fixed.text).map_err(|error| error.to_string())?;
        file.checked = check(&Source::new(&fixed.text), options);
        file.text = fixed.text;
        file.applied = fixed.applied;
        Ok(())
    }
}

/// The report of `--diff`: only the diffs.
pub struct Diffs;

impl Report for Diffs {
    fn file(&mut self, file: &FileReport) -> io::Result<()> {
        use io::Write;
        write!(
            anstream::stdout(),
            "{}",
            file.diff.as_deref().unwrap_or_default()
        )
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
