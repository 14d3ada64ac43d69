"""What the documents say of the house is so."""

from __future__ import annotations

import ast
import asyncio
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parent.parent.parent
FORBIDDEN = re.compile(
    r"(^|_)(manager|helpers?|utils?|common|misc|base|data|info)(_|$)|^(do|my|process)_|^handle_", re.IGNORECASE
)
"""Words that name nothing. ``handler`` is AWS's word and allowed."""
NAMED_BY_AWS = frozenset({"get_access_key_info"})
"""Operations, which are called as AWS calls them."""
CALLED_BY_ASYNCIO = {name for name in dir(asyncio.Protocol) if not name.startswith("_")}


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(
        # The checkout may belong to another user than the one who tests, as it often does in continuous integration.
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [REPOSITORY / name for name in listing.stdout.splitlines() if (REPOSITORY / name).is_file()]


def project() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return found


def test_the_environment_that_binder_builds_holds_just_what_the_project_depends_on() -> None:
    environment = yaml.safe_load((REPOSITORY / "environment.yml").read_text())
    (from_pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))

    assert sorted(from_pip) == sorted(project()["dependencies"])


def test_every_imported_package_is_a_dependency_of_the_project() -> None:
    distributions = packages_distributions()
    wanted = {re.split(r"[\[=<>~]", requirement)[0] for requirement in project()["dependencies"]}

    for path in tracked("lab/*.py", "runtime/*.py", "lessons/*.py"):
        for module in imported_modules(path) - sys.stdlib_module_names - {"lab", "runtime", "lessons"}:
            names = {name.lower() for name in distributions.get(module, [module])}
            assert names & wanted, f"{path.relative_to(REPOSITORY)} imports {module}"


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=aliases):
                found |= {alias.name.split(".")[0] for alias in aliases}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module.split(".")[0])
    return found


def test_every_dependency_is_locked() -> None:
    locked = {
        line.split("==")[0] for line in (REPOSITORY / "requirements.lock").read_text().splitlines() if "==" in line
    }

    for requirement in project()["dependencies"]:
        assert re.split(r"[\[=<>~]", requirement)[0] in locked


def test_the_lock_files_name_no_place_to_download_from() -> None:
    for lock in REPOSITORY.glob("requirements*.lock"):
        assert not re.search(r"https?://|file://|--find-links|--index-url", lock.read_text())


def test_binder_reads_the_one_environment() -> None:
    assert (REPOSITORY / "binder" / "environment.yml").readlink() == Path("../environment.yml")


@pytest.mark.slow
def test_repo2docker_would_build_what_binder_holds(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for path in tracked("binder", "environment.yml", "pyproject.toml"):
        target = checkout / path.relative_to(REPOSITORY)
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(path.readlink()) if path.is_symlink() else target.write_bytes(path.read_bytes())

    built = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(checkout)], capture_output=True, text=True
    )

    dockerfile = built.stdout + built.stderr
    assert built.returncode == 0, dockerfile[-2000:]
    assert "src/binder/environment.yml" in dockerfile
    assert "imagemagick" in dockerfile
    assert "./binder/postBuild" in dockerfile
    assert "binder/start" in dockerfile


def test_the_readme_maps_every_folder_of_the_house() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    folders = {path.relative_to(REPOSITORY).parts[0] for path in tracked() if path.parent != REPOSITORY}

    for folder in folders - {".ci"}:
        assert f"{folder}/" in readme


def test_every_command_of_the_makefile_explains_itself() -> None:
    listed = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout

    for command in ("help", "lab", "test", "check", "fix", "notebooks", "bench", "soak"):
        assert re.search(rf"^{command}\s+\w", listed, re.MULTILINE)


def identifiers(path: Path) -> Iterator[str]:
    """Yield the names that this file gives; what Python calls by name (``data_received(data)``) was not named here."""
    for node in own_nodes(ast.parse(path.read_text())):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.FunctionDef) and child.name in CALLED_BY_ASYNCIO):
            yield from own_nodes(child)


@pytest.mark.parametrize(
    "path", tracked("lab/*.py", "runtime/*.py"), ids=lambda path: str(path.relative_to(REPOSITORY))
)
def test_no_name_is_a_drawer(path: Path) -> None:
    drawers = {name for name in identifiers(path) if FORBIDDEN.search(name)} - NAMED_BY_AWS

    assert not drawers
    assert not FORBIDDEN.search(path.stem)


@pytest.mark.parametrize(
    "path", tracked("lab/*.py", "runtime/*.py"), ids=lambda path: str(path.relative_to(REPOSITORY))
)
def test_every_module_begins_with_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_no_notebook_is_kept_with_outputs() -> None:
    for notebook in tracked("*.ipynb"):
        assert not re.search(r'"execution_count": [0-9]', notebook.read_text()), notebook


def test_every_relative_link_in_a_document_leads_somewhere() -> None:
    for document in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
            if not re.match(r"[a-z]+:", target):
                assert (document.parent / target).exists(), f"{document.relative_to(REPOSITORY)} -> {target}"
