"""One owner of a data folder at a time, however the owner ends."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from dragoman.errors import DataFolderLockedError
from dragoman.ownership import Ownership

HOLD = """
import sys
from pathlib import Path
from dragoman.ownership import Ownership
claim = Ownership(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that owns the folder until the test ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_second_process_is_refused_and_told_who_the_owner_is(holder, tmp_path):
    with pytest.raises(DataFolderLockedError) as caught:
        Ownership(tmp_path)
    assert str(holder.pid) in caught.value.message
    assert "DRAGOMAN_HOME" in caught.value.cure


def test_the_folder_is_free_again_when_its_owner_is_killed(holder, tmp_path):
    holder.kill()
    holder.wait()
    with Ownership(tmp_path):
        pass


def test_claims_inside_one_process_share_the_folder(tmp_path):
    first, second = Ownership(tmp_path), Ownership(tmp_path)
    first.release()
    first.release()
    result = subprocess.run(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "DRG-HOME-LOCKED" in result.stderr  # the second claim still holds it
    second.release()
    with Ownership(tmp_path):
        pass


def test_one_thread_may_release_what_another_has_claimed(tmp_path):
    with ThreadPoolExecutor(max_workers=1) as pool:
        claim = pool.submit(Ownership, tmp_path).result()
    claim.release()
    result = subprocess.run(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "held\n"


def test_the_folder_is_made_when_it_is_missing(tmp_path):
    with Ownership(tmp_path / "a" / "b") as claim:
        assert claim.home.is_dir()
