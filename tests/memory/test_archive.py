"""Documents inside zip archives."""

import io
import stat
import zipfile

import pytest
from files import encrypted_zip, write_docx, write_zip

from dragoman.errors import DocumentError
from dragoman.memory import archive as limits
from dragoman.memory.archive import Archives
from dragoman.memory.member_names import member_names


def packed(members):
    data = io.BytesIO()
    write_zip(data, members)
    return data.getvalue()


def sources(memory):
    return [document.source for document in memory.documents()]


def reasons(report):
    return {failure.source: failure.reason for failure in report.failed}


def test_each_member_is_a_document_of_its_own(memory, docs, tmp_path):
    write_docx(tmp_path / "w.docx", [("1", "Care"), ("", "wipe it")])
    members = {"a.md": "# Returns\nthirty days", "deep/w.docx": (tmp_path / "w.docx").read_bytes()}
    write_zip(docs / "all.zip", members | {"b.exe": "program"})
    report = memory.ingest(docs)
    assert (report.added, report.skipped, report.failed) == (2, 1, ())
    assert sources(memory) == ["docs/all.zip/a.md", "docs/all.zip/deep/w.docx"]
    [archive] = {document.document_id.split("/")[0] for document in memory.documents()}
    assert archive.startswith("all.zip-")
    assert memory.search("wipe it", k=1)[0].heading_path == ("Care",)


def test_only_members_that_changed_are_read_again(memory, docs, embedder):
    write_zip(docs / "a.zip", {"a.md": "one", "b.md": "two", "c.md": "three"})
    memory.ingest(docs)
    embedder.embedded.clear()
    write_zip(docs / "a.zip", {"a.md": "one", "b.md": "two and a half", "d.md": "four"})
    report = memory.ingest(docs)
    assert (report.added, report.changed, report.unchanged, report.removed) == (1, 1, 1, 1)
    assert embedder.embedded == ["two and a half", "four"]
    assert sources(memory) == [f"docs/a.zip/{name}.md" for name in "abd"]


def test_the_members_of_a_deleted_archive_are_removed(memory, docs):
    write_zip(docs / "a.zip", {"a.md": "one", "b.md": "two"})
    memory.ingest(docs)
    (docs / "a.zip").unlink()
    assert memory.ingest(docs).removed == 2


def test_an_archive_that_was_named_itself_is_read_and_cleaned_up(memory, docs):
    write_zip(docs / "a.zip", {"a.md": "one", "b.md": "two"})
    assert memory.ingest(docs / "a.zip").added == 2
    write_zip(docs / "a.zip", {"a.md": "one"})
    assert memory.ingest(docs / "a.zip").removed == 1
    assert sources(memory) == ["a.zip/a.md"]


def test_a_damaged_archive_is_a_failure_and_keeps_what_was_stored(memory, docs):
    write_zip(docs / "a.zip", {"a.md": "one"})
    memory.ingest(docs)
    (docs / "a.zip").write_bytes((docs / "a.zip").read_bytes()[:40])
    (docs / "b.md").write_text("two")
    report = memory.ingest(docs)
    assert list(reasons(report)) == ["docs/a.zip"]
    assert (report.added, report.removed) == (1, 0)
    assert sources(memory) == ["docs/a.zip/a.md", "docs/b.md"]


def test_a_damaged_member_is_that_members_failure_and_keeps_what_was_stored(memory, docs):
    write_zip(docs / "a.zip", {"a.md": "one", "b.md": "two"})
    memory.ingest(docs)
    with zipfile.ZipFile(docs / "a.zip", "w") as file:
        file.writestr("a.md", "something else")
        file.writestr("b.md", "new")
    raw = (docs / "a.zip").read_bytes()
    (docs / "a.zip").write_bytes(raw.replace(b"something", b"sOmething", 1))
    report = memory.ingest(docs)
    assert list(reasons(report)) == ["docs/a.zip/a.md"]
    assert "CRC" in reasons(report)["docs/a.zip/a.md"]
    assert (report.changed, report.removed) == (1, 0)
    assert memory.search("one", k=1)[0].text == "one"


def test_archives_inside_archives_are_opened_to_a_depth(memory, docs):
    third = packed({"deep.md": "deepest", "fourth.zip": packed({"lost.md": "lost"})})
    write_zip(docs / "a.zip", {"b.zip": packed({"c.zip": third, "b.md": "second"})})
    report = memory.ingest(docs)
    assert sources(memory) == ["docs/a.zip/b.zip/b.md", "docs/a.zip/b.zip/c.zip/deep.md"]
    assert list(reasons(report)) == ["docs/a.zip/b.zip/c.zip/fourth.zip"]


def test_a_damaged_archive_inside_an_archive_is_its_own_failure(memory, docs):
    write_zip(docs / "a.zip", {"b.zip": b"no archive", "a.md": "one"})
    report = memory.ingest(docs)
    assert list(reasons(report)) == ["docs/a.zip/b.zip"]
    assert sources(memory) == ["docs/a.zip/a.md"]


@pytest.mark.parametrize("name", ["../evil.md", "a/../../evil.md", "/etc/evil.md", "C:\\evil.md"])
def test_a_name_that_leads_outside_is_refused(memory, docs, name):
    write_zip(docs / "a.zip", {name: "evil", "good.md": "good"})
    report = memory.ingest(docs)
    assert "leads out" in next(iter(reasons(report).values()))
    assert sources(memory) == ["docs/a.zip/good.md"]


def test_a_member_with_a_password_says_so(memory, docs):
    encrypted_zip(docs / "a.zip", "a.md", "secret")
    write_zip(docs / "b.zip", {"b.md": "open"})
    report = memory.ingest(docs)
    assert "password" in reasons(report)["docs/a.zip/a.md"]
    assert sources(memory) == ["docs/b.zip/b.md"]


def test_links_and_hidden_members_are_passed_over(memory, docs):
    with zipfile.ZipFile(docs / "a.zip", "w") as file:
        link = zipfile.ZipInfo("link.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
        for name in ("__MACOSX/x.md", ".git/x.md", "a/.hidden.md", "a/good.md"):
            file.writestr(name, "text")
    report = memory.ingest(docs)
    assert sources(memory) == ["docs/a.zip/a/good.md"]
    assert report.failed == ()


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("MAX_UNPACKED_BYTES", 1_000_000, "unpacks to more"),
        ("MAX_MEMBERS", 2, "more than 2 files"),
        ("MAX_ARCHIVE_BYTES", 100, "The archive has more"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(memory, docs, monkeypatch, limit, value, says):
    monkeypatch.setattr(limits, limit, value)
    inner = packed({"a.txt": b"0" * 600_000, "b.txt": b"1" * 600_000})
    write_zip(docs / "bomb.zip", {"inner.zip": inner})
    (docs / "good.md").write_text("good")
    report = memory.ingest(docs)
    assert says in reasons(report)["docs/bomb.zip"]
    assert sources(memory) == ["docs/good.md"]


def test_a_member_that_is_larger_than_it_says_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.txt": b"0" * 100_000})
    raw = path.read_bytes()
    path.write_bytes(raw.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with Archives() as archives:
        [member] = archives.members(path)
        assert member.size == 10
        with pytest.raises(DocumentError, match="damaged"):
            archives.digest(path, member.inside)


def test_a_huge_member_is_its_own_failure(memory, docs, monkeypatch):
    monkeypatch.setattr("dragoman.memory.load.MAX_FILE_BYTES", 99)
    write_zip(docs / "a.zip", {"a.txt": b"0" * 100, "b.txt": b"1" * 10})
    assert "MiB" in reasons(memory.ingest(docs))["docs/a.zip/a.txt"]
    assert sources(memory) == ["docs/a.zip/b.txt"]


def test_nothing_unpacked_is_left_behind(memory, docs, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    inner = packed({"a.docx": b"broken", "b.md": "good"})
    write_zip(docs / "a.zip", {f"{n}.zip": inner for n in range(6)})
    memory.ingest(docs)
    assert list((tmp_path / "temporary").iterdir()) == []


NAMES = {
    "cp932": ["報告書.md", "議事録/第一回会議.txt", "商品一覧.csv"],
    "gb18030": ["报告.md", "会议记录/第一次.txt", "产品列表.csv", "退货说明.txt"],
    "cp949": ["보고서.md", "회의록/일차.txt", "상품목록.csv"],
    "big5": ["報告.md", "會議記錄/第一次.txt", "產品列表.csv", "退貨說明.txt"],
    "cp866": ["отчёт.md", "протокол/первый.txt", "список товаров.csv"],
    "cp1251": ["отчёт.md", "протокол/первый.txt", "список товаров.csv"],
    "cp1256": ["تقرير.md", "محضر/الاول.txt", "قائمة المنتجات.csv"],
    "cp437": ["Größe.md", "Übersicht.txt"],
    "utf-8": ["報告.md", "Größe.txt"],
}


@pytest.mark.parametrize("encoding", NAMES)
def test_names_are_read_in_the_packers_encoding(tmp_path, encoding):
    path = write_zip(tmp_path / "a.zip", dict.fromkeys(NAMES[encoding], "x"), encoding=encoding)
    with zipfile.ZipFile(path) as file:
        assert member_names(file.infolist()) == NAMES[encoding]
