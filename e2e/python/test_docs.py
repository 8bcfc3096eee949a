"""docs/python.md does what it says: its files are written, its commands print what is shown."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_page_does_what_it_says(project, tmp_path):
    page = (project / "docs/python.md").read_text()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = 0
    for language, file, text in BLOCK.findall(page):
        if language == "python" and file:
            (tmp_path / file).write_text(text)
        elif language == "python":
            compile(text, "docs/python.md", "exec")
        elif language == "console":
            command, _, shown = text.removeprefix("$ ").partition("\n")
            done = subprocess.run(
                shlex.split(command), cwd=tmp_path, env={**os.environ, "PATH": path}, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            )
            expected = re.escape(shown).replace(r"\.\.\.", ".*")
            assert re.fullmatch(expected, done.stdout, re.DOTALL), f"$ {command}\n{done.stdout}"
            ran += 1
    assert ran == 5
