from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from dragoman.errors import ConfigurationError, ToolFailedMistake
from dragoman.tools.builtin import fences
from dragoman.tools.builtin.files import make_list_files, make_read_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("geheim", encoding="utf-8")
    root = tmp_path / "shared"
    (root / "規約").mkdir(parents=True)
    (root / "規約" / "返品.md").write_text("三十日以内", encoding="utf-8")
    (root / "sjis.txt").write_bytes("送料は全国一律です。返品は三十日以内です。".encode("cp932"))
    (root / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (root / ".env").write_text("KEY=1", encoding="utf-8")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("geheim", encoding="utf-8")
    (root / "out").symlink_to(tmp_path)
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "hidden.txt").symlink_to(".env")
    return root


def test_files_are_listed_without_hidden_ones_and_links(root):
    assert make_list_files(root)() == ["photo.png (16 bytes)", "sjis.txt (42 bytes)", "規約/"]
    assert make_list_files(root)(folder="規約/") == ["返品.md (15 bytes)"]
    assert make_list_files(root)(pattern="*.TXT") == ["sjis.txt (42 bytes)"]


def test_files_are_read_in_the_encoding_they_were_saved_in(root):
    read = make_read_file(root)
    assert read("規約/返品.md") == "三十日以内"
    assert read("./規約//返品.md") == "三十日以内"
    assert read("sjis.txt").startswith("送料は全国一律")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../secret.txt", "leads out of the folder"),
        ("規約/../../secret.txt", "leads out of the folder"),
        ("/etc/passwd", "not a path below the folder"),
        ("~/x", "not a path below the folder"),
        ("..\\secret.txt", "not a path below the folder"),
        ("C:\\x", "not a path below the folder"),
        ("link.txt", "There is no file or folder 'link.txt'"),
        ("out/secret.txt", "There is no file"),
        ("hidden.txt", "There is no file"),
        (".env", "Hidden files"),
        (".git/config", "Hidden files"),
        ("none.txt", "There is no file or folder 'none.txt'; see list_files"),
        ("sjis.txt/x", "There is no file"),
        ("規約", "is a folder; list it with list_files"),
        ("", "is a folder"),
        ("a\0b", "There is no file"),
        ("\ud800", "There is no file"),
        ("a" * 1_000_000, "There is no file"),
        ("photo.png", "cannot be read as text. It is binary data"),
    ],
)
def test_what_is_no_readable_file_of_the_folder_is_refused(root, path, problem):
    with pytest.raises(ToolFailedMistake, match=problem) as caught:
        make_read_file(root)(path)
    assert len(str(caught.value)) < 400
    assert "geheim" not in str(caught.value)


def test_a_part_that_becomes_a_link_after_it_was_looked_at_leads_nowhere(root, monkeypatch):
    """Whatever was checked before: the folder is swapped right before its file is opened."""
    honest = os.open

    def swapping(path, flags, *args, **kwargs):
        if path == "規約":
            (root / "規約").rename(root / "old")
            (root / "規約").symlink_to(root.parent)
        return honest(path, flags, *args, **kwargs)

    supported = {*os.supports_dir_fd, swapping}
    monkeypatch.setattr(fences.os, "supports_dir_fd", supported)
    monkeypatch.setattr(fences.os, "open", swapping)
    with pytest.raises(ToolFailedMistake, match="There is no file"):
        make_read_file(root)("規約/secret.txt")


def test_what_is_no_regular_file_does_not_hold_the_reader_up(root):
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "s"))
        for name in ("pipe", "s"):
            with pytest.raises(ToolFailedMistake, match="There is no file"):
                make_read_file(root)(name)
    assert not {"pipe", "s"} & set(make_list_files(root)())


def test_a_file_beyond_the_limit_is_refused_with_its_size(root):
    (root / "long.txt").write_bytes(b"x" * 11)
    with pytest.raises(ToolFailedMistake, match=r"'long.txt' has 11 bytes; files up to 10 can"):
        make_read_file(root, largest=10)("long.txt")
    assert make_read_file(root, largest=11)("long.txt") == "x" * 11


def test_a_long_listing_is_cut_and_says_how_much_is_left(root):
    for number in range(150):
        (root / "規約" / f"{number:03}.md").touch()
    listed = make_list_files(root)(folder="規約")
    assert len(listed) == 101
    assert listed[-1] == "… and 51 more; narrow them with pattern"
    assert make_list_files(root)(folder="規約", pattern="14?.md")[0] == "140.md (0 bytes)"


@pytest.mark.parametrize("folder", ["out", "..", "none", ".git", "sjis.txt"])
def test_only_folders_below_the_root_are_listed(root, folder):
    with pytest.raises(ToolFailedMistake):
        make_list_files(root)(folder=folder)


def test_a_name_that_the_model_cannot_write_back_is_not_listed(root):
    (root / "a\nb.txt").touch()
    assert "a" not in make_list_files(root)()[0]


def test_no_descriptor_is_left_open(root):
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("this system does not list descriptors in /proc")
    read = make_read_file(root)
    before = len(list(folder.iterdir()))
    for path in ("規約/返品.md", "none", "規約/none", "link.txt", "photo.png", "規約"):
        try:
            read(path)
        except ToolFailedMistake:
            continue
    assert len(list(folder.iterdir())) == before


def test_a_root_that_is_no_folder_is_refused_at_once(root):
    with pytest.raises(ConfigurationError, match="is not a folder"):
        make_read_file(root / "sjis.txt")
