//! A program that is asked.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, ensure};

/// A running program that answers each line with one line, in order.
pub struct Program {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Program {
    /// Starts a program.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        Ok(Self {
            questions: child.stdin.take().context("no stdin")?,
            answers: BufReader::new(child.stdout.take().context("no stdout")?),
            child,
        })
    }

    /// The answers to some lines.
    ///
    /// # Errors
    /// If the program ends before it has answered all of them.
    pub fn ask(&mut self, lines: &[Vec<u8>]) -> Result<Vec<String>> {
        let Self {
            questions, answers, ..
        } = self;
        thread::scope(|scope| {
            // If the program stops reading, an answer is missing, which is told below.
            scope.spawn(|| write(lines, questions));
            let answer = |_| {
                let mut line = String::new();
                answers.read_line(&mut line)?;
                ensure!(!line.is_empty(), "the program did not answer all");
                Ok(line)
            };
            lines.iter().map(answer).collect()
        })
    }

    /// Waits until the program has ended, having no more to ask.
    ///
    /// # Errors
    /// If it failed.
    pub fn finish(mut self) -> Result<()> {
        drop(self.questions);
        ensure!(self.child.wait()?.success(), "the program failed");
        Ok(())
    }
}

fn write(lines: &[Vec<u8>], questions: &mut ChildStdin) -> Result<()> {
    let mut questions = BufWriter::new(questions);
    for line in lines {
        questions.write_all(line)?;
        questions.write_all(b"\n")?;
    }
    Ok(questions.flush()?)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::Program;

    #[test]
    fn lines_are_answered_one_by_one_and_many_at_once() {
        let mut echo = Program::start(&mut Command::new("cat")).expect("cat");
        for count in [1, 0, 1, 20_000] {
            let lines: Vec<_> = (0..count)
                .map(|n| format!("line {n}").into_bytes())
                .collect();
            let answers = echo.ask(&lines).expect("answers");
            assert!(
                lines
                    .iter()
                    .eq(answers.iter().map(|line| line.trim_end().as_bytes()))
            );
        }
        echo.finish().expect("success");
    }

    #[test]
    fn a_missing_answer_is_told() {
        let mut mute = Program::start(Command::new("head").args(["-n", "1"])).expect("head");
        let lines = [b"1".to_vec(), b"2".to_vec()];
        assert!(mute.ask(&lines).is_err());
        let failing = Program::start(&mut Command::new("false")).expect("false");
        assert!(failing.finish().is_err());
    }
}
