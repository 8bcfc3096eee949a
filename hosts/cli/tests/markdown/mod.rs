//! The documents of the project, as far as tests look into them.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::HashMap;
use std::fs;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use rayjob_policy_testkit::project;

/// The files of the project that end like this, but for what git ignores, by
/// their path in the project.
pub fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let project = project("");
    let walk = ignore::WalkBuilder::new(project.join(folder)).build();
    let files = walk.filter_map(|entry| {
        let entry = entry.expect("an entry");
        let file = entry.path().strip_prefix(&project).expect("in the project");
        let file = file.to_str().expect("text");
        let wanted = endings.iter().any(|ending| file.ends_with(ending));
        (wanted && entry.path().is_file()).then(|| file.to_owned())
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    assert!(!files.is_empty(), "no {endings:?} in {folder}");
    files
}

/// A document.
pub struct Document {
    pub file: String,
    /// The targets of links and pictures.
    pub links: Vec<String>,
    /// The anchors that its headings have on GitHub.
    pub anchors: Vec<String>,
    pub blocks: Vec<Block>,
}

/// A fenced block of code.
pub struct Block {
    pub line: usize,
    /// What stands behind the fence.
    pub info: String,
    pub text: String,
}

impl Document {
    pub fn read(file: &str) -> Self {
        let text = fs::read_to_string(project(file)).expect("a document");
        let mut document = Self {
            file: file.to_owned(),
            links: Vec::new(),
            anchors: Vec::new(),
            blocks: Vec::new(),
        };
        let mut heading = None;
        let mut block = None;
        let mut seen = HashMap::<String, usize>::new();
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let slug = slug(&heading.take().unwrap_or_default());
                    let before = seen.entry(slug.clone()).or_default();
                    document.anchors.push(match *before {
                        0 => slug,
                        before => format!("{slug}-{before}"),
                    });
                    *before += 1;
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    block = Some(Block {
                        line: text[..range.start].matches('\n').count() + 1,
                        info: info.into_string(),
                        text: String::new(),
                    });
                }
                Event::End(TagEnd::CodeBlock) => document.blocks.extend(block.take()),
                Event::Text(part) | Event::Code(part) => {
                    if let Some(text) = heading.as_mut().or(block.as_mut().map(|b| &mut b.text)) {
                        text.push_str(&part);
                    }
                }
                _ => {}
            }
        }
        document
    }
}

/// The anchor that GitHub gives to a heading.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter_map(|char| match char {
        ' ' | '-' => Some('-'),
        '_' => Some('_'),
        char if char.is_alphanumeric() => Some(char),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}
