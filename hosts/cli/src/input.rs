//! The files to check.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use ignore::{DirEntry, WalkBuilder};

/// The size of the largest file that is read, in bytes.
const LARGEST: u64 = 100 << 20;

/// The name that stands for stdin.
pub const STDIN: &str = "-";

/// A file to check.
#[derive(Debug)]
pub struct Input {
    /// Its path; [`STDIN`] is stdin.
    pub path: PathBuf,
    /// Whether it was named on the command line, not found in a directory.
    pub named: bool,
}

/// The length of each thread's queues, in files.
const UNDER_WAY: usize = 32;

/// Works on all files on several threads, and passes the results to `take` in the order of the
/// files. The threads take turns, each between two bounded queues, so memory use does not
/// grow with the number of files.
///
/// # Errors
/// The first error of `take`, which ends the work.
pub fn in_turn<T: Send>(
    paths: &[PathBuf],
    work: &(dyn Fn(Result<Input, String>) -> T + Sync),
    take: &mut dyn FnMut(T) -> io::Result<()>,
) -> io::Result<()> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let (mut to_do, mut done) = (Vec::new(), Vec::new());
        for _ in 0..threads {
            let (sender, inputs) = sync_channel(UNDER_WAY);
            let (results, receiver) = sync_channel(UNDER_WAY);
            scope.spawn(move || {
                for input in inputs {
                    if results.send(work(input)).is_err() {
                        return;
                    }
                }
            });
            to_do.push(sender);
            done.push(receiver);
        }
        // Deals the files out, until a thread stops receiving.
        scope.spawn(move || {
            for (input, thread) in all(paths).zip(to_do.iter().cycle()) {
                if thread.send(input).is_err() {
                    return;
                }
            }
        });
        let mut turn = done.iter().cycle();
        while let Some(Ok(result)) = turn.next().map(Receiver::recv) {
            take(result)?;
        }
        Ok(())
    })
}

/// Works on all files like [`in_turn`], and collects the items of the results. Files that cannot
/// be read are left out, and so is stdin, which can be read only once.
///
/// # Errors
/// None that `work` could cause.
pub fn collect<T: Send>(
    paths: &[PathBuf],
    work: &(dyn Fn(&Input, &str) -> Vec<T> + Sync),
) -> io::Result<Vec<T>> {
    let work_on = |input: Result<Input, String>| {
        let input = input.ok().filter(|input| input.path != Path::new(STDIN))?;
        Some(work(&input, &read(&input.path).ok()?))
    };
    let mut all = Vec::new();
    in_turn(paths, &work_on, &mut |items| {
        all.extend(items.into_iter().flatten());
        Ok(())
    })?;
    Ok(all)
}

/// The files to check, or why one cannot be found: the paths in the order given,
/// and the files of a directory by name.
pub fn all(paths: &[PathBuf]) -> impl Iterator<Item = Result<Input, String>> {
    paths
        .iter()
        .flat_map(|path| -> Box<dyn Iterator<Item = _>> {
            if path.is_dir() {
                Box::new(found(path))
            } else {
                let path = path.clone();
                Box::new(std::iter::once(Ok(Input { path, named: true })))
            }
        })
}

fn found(directory: &Path) -> impl Iterator<Item = Result<Input, String>> {
    let walk = WalkBuilder::new(directory)
        .follow_links(true)
        .require_git(false)
        .sort_by_file_name(Ord::cmp)
        .build();
    walk.filter_map(|entry| match entry {
        Ok(entry) if is_manifest(&entry) => Some(Ok(Input {
            path: entry.into_path(),
            named: false,
        })),
        Ok(_) => None,
        Err(error) => Some(Err(error.to_string())),
    })
}

fn is_manifest(entry: &DirEntry) -> bool {
    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
    let extension = entry
        .path()
        .extension()
        .and_then(|extension| extension.to_str());
    is_file && matches!(extension, Some("yaml" | "yml" | "json"))
}

/// Reads a file as text.
///
/// # Errors
/// If it cannot be read, with the reason but without the name.
pub fn read(path: &Path) -> Result<String, String> {
    read_bytes(path).and_then(text)
}

/// Reads a file that may not be text.
///
/// # Errors
/// If it cannot be read, with the reason but without the name.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = |from: &mut dyn Read, into: &mut Vec<u8>| from.take(LARGEST + 1).read_to_end(into);
    let outcome = if path == Path::new(STDIN) {
        read(&mut io::stdin().lock(), &mut bytes)
    } else {
        let length = |file: &File| file.metadata().map_or(0, |metadata| metadata.len());
        File::open(path).and_then(|mut file| match length(&file) {
            0..=LARGEST => read(&mut file, &mut bytes),
            length => usize::try_from(length).map_err(io::Error::other),
        })
    };
    match outcome {
        Err(error) => Err(error.to_string()),
        Ok(length) if length as u64 > LARGEST => Err(format!("larger than {} MB", LARGEST >> 20)),
        Ok(_) => Ok(bytes),
    }
}

/// Decodes the text that was read.
///
/// # Errors
/// If it is not UTF-8.
pub fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("invalid UTF-8 at byte {at}")
    })
}
