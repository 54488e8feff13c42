import json

import pytest


@pytest.mark.usefixtures("embedder")
def test_a_memory_is_saved_and_restored_on_another_machine(run, handbook, tmp_path):
    run("ingest", str(handbook))
    file = str(tmp_path / "saved.backup")
    assert "Saved 2 documents" in run("backup", file).stdout
    there = ["--home", str(tmp_path / "there")]
    done = run("restore", file, *there, "--json")
    assert json.loads(done.stdout)["documents"] == 2
    assert (
        run("search", "returns", *there, "--json").stdout
        == run("search", "returns", "--json").stdout
    )
    refused = run("restore", file)
    assert refused.exit_code == 2
    assert "already" in refused.stderr
