"""Whatever README and docs tell a reader to type: run it where it can run here, else look up every word of it."""

from __future__ import annotations

import ast
import gzip
import re
import subprocess
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
import yaml

from tests.integration.apps.pages import BROWNIE, FILE, LINK, PAGES, ROOT, RUN, SHELL, TRUSTSPACE, Block, Line, blocks
from tests.integration.apps.prints import prints
from tests.unit.apps import test_table_job as tables
from trustspace.apps.cli import app
from trustspace.apps.exit_codes import ExitCode
from trustspace.apps.keyholder_config import read_fingerprint_config, read_keyholder_config
from trustspace.apps.training_config import default_plan, read_training_config
from trustspace.apps.validators_file import read_validators
from trustspace.apps.worker_config import read_worker_config
from trustspace.domain.certificates import Reason
from trustspace.domain.credentials import CredentialReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.apps.office import Office


def test_pages__show_commands_of_every_kind() -> None:
    """A pattern that finds nothing would let everything pass."""
    assert len(PAGES) > 8
    assert len(TRUSTSPACE) > 10
    assert len(RUN) > 10
    assert len(BROWNIE) > 5
    assert blocks("python")
    assert blocks("toml")


@pytest.mark.parametrize("line", SHELL, ids=str)
def test_shell_line__begins_with_a_program_a_reader_has(line: Line) -> None:
    assert line.words[0] in {"./run", "trustspace", "pip", "export", "git", "python", "cd"}, line


@pytest.mark.parametrize("line", [line for line in SHELL if line.words[0] == "pip"], ids=str)
def test_pip__installs_this_package(line: Line) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert line.words[1] == "install"
    for requirement in line.words[2:]:
        name, _, extra = requirement.rstrip("]").partition("[")
        assert name == project["name"]
        assert not extra or extra in project["optional-dependencies"]


# --- trustspace ---------------------------------------------------------------------------------------------------


def resolve(words: tuple[str, ...]) -> tuple[Any, list[str]]:
    """The command that words call, and what follows it."""
    command, rest = typer.main.get_command(app), list(words[1:])
    while rest and hasattr(command, "commands"):
        if rest[0].startswith("-"):
            break
        assert rest[0] in command.commands, rest[0]
        command = command.commands[rest.pop(0)]
    return command, rest


@pytest.mark.parametrize("line", TRUSTSPACE, ids=str)
def test_trustspace_line__command_and_options_exist_and_nothing_needed_is_missing(line: Line) -> None:
    command, rest = resolve(line.words)
    options = {name: parameter for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    options |= {"--help": None, "-h": None}
    values, given = [], set()
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            values.append(word)
            continue
        assert word in options, f"{line}: no option {word}"
        given.add(word)
        if options[word] is not None and not options[word].is_flag:
            assert rest, f"{line}: {word} needs a value"
            rest.pop(0)
    if line.place.count(":") == 0 or "--help" in given:
        return  # a mention, not a call
    for parameter in command.params:
        if parameter.required and parameter.param_type_name == "option":
            assert given & set(parameter.opts), f"{line}: {parameter.opts} is missing"
    needed = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    assert len(values) >= sum(parameter.required for parameter in needed), line
    assert len(values) <= len(needed) or any(parameter.nargs == -1 for parameter in needed), line


@pytest.fixture
def furnished(desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A folder with the files that pages name; what to put for their placeholders."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deployments").mkdir()
    (tmp_path / "transcripts").mkdir()
    source = desk.kit.actors.sources[2]
    copies = {
        "deployments/local.json": desk.deployment,
        "invoices.csv": desk.export,
        "subjects.csv": desk.subjects,
        "source.json": desk.keystore(source),
        "source.password": desk.password_file,
        "plan.json": desk.folder / "plan.json",
        "password": desk.password_file,
        "firm-openings.jsonl": desk.openings,
        "firm.json": desk.keystore(desk.kit.actors.subjects[0]),
        "credential.sd-jwt": desk.folder / "credential.sd-jwt",
        "shown.sd-jwt": desk.folder / "shown.sd-jwt",
        "aggregator.json": desk.keystore(desk.kit.actors.aggregator),
        **{f"bank-{number}.csv": desk.folder / f"bank-{number}.csv" for number in range(1, 5)},
        "bank-1.kept": desk.folder / "first-1.kept",
        **{f"bank-{number}.json": desk.folder / f"bank-{number}.json" for number in range(1, 5)},
    }
    certificate = desk.issue(0)
    challenge = desk.show_credential(certificate)
    config = desk.write_run("documented", banks=3).read_text(encoding="utf-8")
    for name, original in copies.items():
        (tmp_path / name).write_bytes(original.read_bytes())
    prints(tmp_path, "00420017", name="prints.json")
    (tmp_path / "opening.json").write_bytes(desk.field_opening().to_bytes())
    (tmp_path / "training.toml").write_text(config, encoding="utf-8")
    workers = next(block.text for block in blocks("toml") if block.page == "docs/how-to-run-workers.md")
    (tmp_path / "workers.toml").write_text(workers, encoding="utf-8")
    table = tables.write(tmp_path / "loans.csv", tables.lines())
    (tmp_path / "loans.csv.gz").write_bytes(gzip.compress(table.read_bytes()))
    (tmp_path / "transcripts" / "sme-2026-q4").symlink_to(desk.folder / "first")
    (tmp_path / "demo").symlink_to(desk.folder)
    (desk.folder / "transcript").exists() or (desk.folder / "transcript").symlink_to(desk.folder / "first")
    (desk.folder / "bank-1.password").write_bytes(desk.password_file.read_bytes())
    bundle, made = desk.space().bundle(certificate)
    (tmp_path / "firm.bundle").write_bytes(bundle.to_bytes())
    return {
        "ID": certificate.hex(),
        "HASH": made.block_hash.hex(),
        "CHALLENGE": challenge,
        "ISSUER": desk.kit.actors.banks[0].address,
        "ID...": desk.issue(1).hex(),
        "BATCH": desk.anchored["batches"][0],
        "RUN": desk.trained["run"],
        "NUMBER": desk.lonely_invoice()[0].invoices[desk.lonely_invoice()[1]].number,
        "BANK": str(desk.kit.actors.banks[0].participant),
        "http://127.0.0.1:8545": desk.kit.url,
    }


WAITS = {"worker.toml", "workers.toml"}  # for other processes: test_workers.py plays them together
CALLS = [
    line
    for line in TRUSTSPACE
    if ":" in line.place and "demo" not in line.words and ("provision" in line.words or not WAITS & {*line.words})
]


@pytest.mark.parametrize("line", CALLS, ids=str)
def test_trustspace_line__typed_as_it_stands__does_what_it_says(
    desk: Office, command, furnished: dict[str, str], monkeypatch: pytest.MonkeyPatch, line: Line
) -> None:
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    answer = command(*(furnished.get(word, word) for word in line.words[1:]))
    assert answer.code == ExitCode.OK, answer.err or answer.out


# --- ./run and brownie --------------------------------------------------------------------------------------------


def run_commands() -> set[str]:
    found = re.search(r'case "\$command" in\n(.*?)\n    esac', (ROOT / "run").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return set(re.findall(r"^        ([a-z]+)(?: \||\))", found[1], re.MULTILINE))


def alternatives(words: tuple[str, ...]) -> Iterator[list[str]]:
    """`./run a | b c | d` shows three commands."""
    chosen: list[str] = []
    for word in words[1:]:
        if word == "|":
            yield chosen
            chosen = []
        else:
            chosen.append(word)
    yield chosen


@pytest.mark.parametrize("line", RUN, ids=str)
def test_run_line__command_exists(line: Line) -> None:
    for words in alternatives(line.words):
        assert words[0] in run_commands(), line
        if words[0] == "bench" and len(words) > 1 and words[1] != "NAME":
            assert (ROOT / "bench" / f"{words[1]}.py").exists(), line
        if words[0] == "demo":
            command, _ = resolve(("trustspace", "demo"))
            known = {name for parameter in command.params for name in parameter.opts}
            assert {word for word in words if word.startswith("-")} <= known, line


def test_run_help__names_every_command_and_every_example_exists() -> None:
    shown = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
    for name in run_commands():
        assert re.search(rf"^  {name}\b", shown, re.MULTILINE), name
    unknown = subprocess.run([ROOT / "run", "nonsense"], capture_output=True, text=True, check=False)
    assert unknown.returncode != 0
    assert "nonsense" in unknown.stderr


def networks() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "networks").glob("*.yaml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        text = yaml.safe_dump(content)
        found |= set(re.findall(r"^\s*-? *id: (\S+)", text, re.MULTILINE))
    return found


def functions(script: str) -> dict[str, ast.FunctionDef]:
    path = ROOT / "scripts" / f"{script}.py"
    assert path.exists(), f"no scripts/{script}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("line", BROWNIE, ids=str)
def test_brownie_line__script_function_arguments_and_network_exist(line: Line) -> None:
    words = list(line.words[3:])
    installed = find_spec("brownie")
    if installed is None or installed.origin is None:
        pytest.skip("brownie is not installed")
    commands = {path.stem for path in (Path(installed.origin).parent / "_cli").glob("*.py")}
    assert words[0] in commands, line
    if "--network" in words:
        at = words.index("--network")
        network = words[at + 1]
        assert network.isupper() or network in networks(), line
        del words[at : at + 2]
    if words[0] == "run":
        script, function, arguments = words[1], (words[2] if len(words) > 2 else "main"), words[3:]
        known = functions(script)
        assert function in known, line
        signature = known[function].args
        least = len(signature.args) - len(signature.defaults)
        assert len(arguments) >= least, line
        assert signature.vararg or len(arguments) <= len(signature.args), line


# --- other blocks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_block__executed__prints_what_it_says(
    desk: Office, command, furnished: dict[str, str], capsys: pytest.CaptureFixture[str], block: Block
) -> None:
    if "def test_" in block.text:
        pytest.skip("a test module: see the test kit's own tests")
    text = block.text.replace("http://127.0.0.1:8545", desk.kit.url)
    given = {"certificate_id": bytes.fromhex(furnished["ID"]), "block_hash": bytes.fromhex(furnished["HASH"])}
    space: dict[str, Any] = {**given, "__name__": "page"}
    exec(compile(text, str(block), "exec"), space)  # noqa: S102 - what readers are told to type
    printed = capsys.readouterr().out
    assert ("Ok" in printed) == ("certificate_id" in text)
    assert "print" not in text or printed


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_block__is_read_by_the_program_it_is_for(tmp_path: Path, block: Block) -> None:
    content = tomllib.loads(block.text)
    for kind, read in (("keyholder.listen", read_keyholder_config), ("bank.pins", read_fingerprint_config)):
        table, _, key = kind.partition(".")
        if isinstance(content.get(table), dict) and key in content[table]:
            (tmp_path / "config.toml").write_text(block.text, encoding="utf-8")
            (tmp_path / content[table]["password_file"]).write_text("password\n", encoding="utf-8")
            assert read(tmp_path / "config.toml").chain.rpc
            return
    if "consensus" in content:
        (tmp_path / "validators.toml").write_text(block.text, encoding="utf-8")
        assert read_validators(tmp_path / "validators.toml").quorum == 3
    elif "run" in content:
        path = tmp_path / "training.toml"
        path.write_text(block.text, encoding="utf-8")
        (tmp_path / "plan.json").write_bytes(default_plan().to_bytes())
        if "aggregator" not in content:
            assert read_worker_config(path).run
            return
        run = read_training_config(path)
        assert len(run.parties or run.workers) >= 3
    else:
        assert content


def test_exit_codes__in_the_reference__are_those_of_the_program() -> None:
    text = (ROOT / "docs" / "reference-cli.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert listed == {int(code) for code in ExitCode}


def test_options__in_the_reference__are_those_of_the_program() -> None:
    text = (ROOT / "docs" / "reference-cli.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"--[a-z][a-z-]*", text))
    group = typer.main.get_command(app)
    commands = [*group.commands.values()]
    for command in list(commands):
        commands += getattr(command, "commands", {}).values()
    known = {name for command in commands for parameter in command.params for name in parameter.opts}
    known = {name for name in known if name.startswith("--")} - {"--help"}
    assert listed == known


def test_reasons__in_the_how_to__are_all_that_verify_knows() -> None:
    text = (ROOT / "docs" / "how-to-verify-a-certificate.md").read_text(encoding="utf-8")
    table = text[text.index("| reason |") :]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert listed == {reason.label for reason in Reason}


def test_reasons__of_credentials_in_the_how_to__are_all_there_are() -> None:
    text = (ROOT / "docs" / "how-to-carry-a-credential.md").read_text(encoding="utf-8")
    table = text[text.index("| reason |") :]
    listed = [name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted(reason.value for reason in CredentialReason)


# --- what pages point to ------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links__and_files_named__lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in LINK.findall(text):
        if "://" in link or link.startswith("mailto:"):
            continue
        target, _, anchor = link.partition("#")
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link
    for name in FILE.findall(text):
        assert (ROOT / name).exists(), name


def test_readme__short_enough_to_be_read() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
