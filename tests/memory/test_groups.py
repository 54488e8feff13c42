"""Documents for some groups only: who is not in one must not see them by any way in."""

import sqlite3

import pytest
from hashed_words import OtherWords

from dragoman.errors import InvalidInputError
from dragoman.memory import Memory
from dragoman.memory.groups import visible
from dragoman.memory.schema import SCHEMA_VERSION

SECRET = "The bonus of the board is 4711 dollars."
PUBLIC = "The canteen opens at eleven."


@pytest.fixture
def shelf(memory):
    """A memory with a document for everyone, one for finance and one for staff and finance."""
    memory.add_texts([PUBLIC], ids=["menu"])
    memory.add_texts([SECRET], ids=["bonus"], groups=["finance"])
    memory.add_texts(["The bonus rules for staff."], ids=["rules"], groups=["staff", "finance"])
    return memory


def ids(found):
    return {passage.document_id for passage in found}


def test_a_search_sees_what_is_for_everyone_and_what_is_for_ones_groups(shelf):
    asked = "What is the bonus of the board?"
    assert ids(shelf.search(asked)) == {"menu", "bonus", "rules"}
    assert ids(shelf.search(asked, groups=[])) == {"menu"}
    assert ids(shelf.search(asked, groups=["staff"])) == {"menu", "rules"}
    assert ids(shelf.search(asked, groups=["finance", "other"])) == {"menu", "bonus", "rules"}


def test_a_view_shows_nothing_of_what_is_closed(shelf):
    [secret] = [p for p in shelf.search("bonus board") if p.document_id == "bonus"]
    theirs = shelf.seen_by(["staff"])
    assert {one.document_id for one in theirs.documents()} == {"menu", "rules"}
    assert theirs.document("bonus") is None
    assert theirs.document_text("bonus") is None
    assert theirs.verify(secret, "4711") is None
    assert theirs.verify(secret.chunk_id, "4711") is None
    assert ids(theirs.search(SECRET)) == {"menu", "rules"}


def test_a_view_shows_what_is_open(shelf):
    theirs = shelf.seen_by(["finance"])
    assert theirs.document("bonus").groups == ("finance",)
    assert theirs.document_text("bonus") == SECRET
    [secret] = [p for p in theirs.search("bonus board") if p.document_id == "bonus"]
    assert theirs.verify(secret, "4711").text == "4711"


def test_a_view_of_a_view_sees_no_more_than_either(shelf):
    narrowed = shelf.seen_by(["staff"]).seen_by(["finance", "staff"])
    assert narrowed.groups == ("staff",)
    assert shelf.seen_by(["staff"]).seen_by(["finance"]).document("bonus") is None


@pytest.mark.parametrize(
    "groups",
    [
        "finance",  # its letters would be groups
        {"$ne": "x"},
        [{"$ne": "x"}],
        ["fin*"],
        ["finance' OR '1'='1"],
        ["fіnance"],
        ["ﬁnance"],
        ["finance\x00"],
        ["finance\n"],
        [" finance"],
        [""],
        ["%"],
        [None],
        [7],
        None.__class__,
        ["g" * 65],
        [f"g{n}" for n in range(201)],
    ],
)
def test_crafted_groups_are_refused(shelf, groups):
    with pytest.raises(InvalidInputError):
        shelf.search("bonus", groups=groups)
    with pytest.raises(InvalidInputError):
        shelf.seen_by(groups)
    with pytest.raises(InvalidInputError):
        shelf.add_texts(["x"], groups=groups)


def test_names_of_groups_differ_in_case(shelf):
    assert ids(shelf.search("bonus", groups=["Finance", "STAFF"])) == {"menu"}


def test_a_changed_document_keeps_its_groups(shelf):
    shelf.add_texts([f"{SECRET} It was 815 before."], ids=["bonus"])
    assert shelf.document("bonus").groups == ("finance",)
    assert ids(shelf.search("bonus 815", groups=[])) == {"menu"}


def test_the_same_text_for_others_changes_only_who_sees_it(shelf, embedder):
    shelf.add_texts([SECRET], ids=["bonus"], groups=["board"])
    assert shelf.document("bonus").groups == ("board",)
    assert ids(shelf.search("bonus", groups=["finance"])) == {"menu", "rules"}
    shelf.add_texts([SECRET], ids=["bonus"], groups=[])
    assert "bonus" in ids(shelf.search("bonus", groups=[]))


def test_regrouping_one_document(shelf):
    assert shelf.regroup("menu", ["staff"])
    assert ids(shelf.search("canteen", groups=[])) == set()
    assert not shelf.regroup("nothing", ["staff"])


def test_deleting_a_closed_document_and_storing_its_id_again_leaves_no_groups_behind(shelf):
    shelf.delete("bonus")
    shelf.add_texts([PUBLIC + " Today fish."], ids=["bonus"])
    assert shelf.document("bonus").groups == ()


def test_many_closed_neighbors_do_not_crowd_out_what_is_open(memory):
    """The open passages are found although hundreds of closed ones are nearer to the question."""
    memory.add_texts([f"alpha beta {n}" for n in range(700)], groups=["closed"])
    memory.add_texts([f"alpha beta gamma delta {n}" for n in range(3)], ids=["a", "b", "c"])
    assert ids(memory.search("alpha beta", k=3, groups=["other"])) == {"a", "b", "c"}
    assert len(memory.search("alpha beta", k=3, groups=["closed"])) == 3


def test_an_ingested_folder_closes_what_lies_there_and_what_comes_later(memory, docs):
    (docs / "a.md").write_text("The first budget is 100.", encoding="utf-8")
    memory.ingest(docs)
    assert [one.groups for one in memory.documents()] == [()]
    report = memory.ingest(docs, groups=["finance"])
    assert (report.unchanged, report.regrouped) == (1, 1)
    (docs / "b.md").write_text("The second budget is 200.", encoding="utf-8")
    (docs / "a.md").write_text("The first budget is 101.", encoding="utf-8")
    memory.ingest(docs)
    assert [one.groups for one in memory.documents()] == [("finance",), ("finance",)]
    assert memory.search("budget", groups=["staff"]) == []


def test_a_folder_inside_can_have_groups_of_its_own(memory, docs):
    (docs / "closed").mkdir()
    (docs / "open.md").write_text("The canteen opens at eleven.", encoding="utf-8")
    (docs / "closed" / "a.md").write_text("The budget is 100.", encoding="utf-8")
    memory.ingest(docs / "closed", groups=["finance"])
    memory.ingest(docs)
    (docs / "closed" / "b.md").write_text("The budget is 200.", encoding="utf-8")
    memory.ingest(docs)
    seen = {one.source for one in memory.seen_by([]).documents()}
    assert seen == {"docs/open.md"}
    memory.ingest(docs, groups=[])
    assert len(memory.seen_by([]).documents()) == 3


def test_a_refused_group_ingests_nothing(memory, docs):
    (docs / "a.md").write_text("The budget is 100.", encoding="utf-8")
    with pytest.raises(InvalidInputError):
        memory.ingest(docs, groups="finance")
    assert memory.documents() == []


def test_a_file_that_cannot_be_read_any_more_is_closed_all_the_same(memory, docs):
    path = docs / "a.json"
    path.write_text('{"budget": 100}', encoding="utf-8")
    memory.ingest(docs)
    path.write_text("{broken", encoding="utf-8")
    report = memory.ingest(docs, groups=["finance"])
    assert report.failed
    assert memory.seen_by([]).documents() == []
    assert len(memory.seen_by(["finance"]).documents()) == 1


def test_groups_outlive_the_process_and_another_index(tmp_path, embedder):
    home = tmp_path / "home"
    with Memory(home=home, embedder=embedder) as memory:
        memory.add_texts([SECRET, PUBLIC], ids=["bonus", "menu"])
        memory.regroup("bonus", ["finance"])
    with Memory(home=home, embedder=embedder) as memory:
        assert ids(memory.search("bonus", groups=[])) == {"menu"}
        memory.reembed(OtherWords())
        assert ids(memory.search("bonus", groups=[])) == {"menu"}


def test_a_journal_of_the_version_before_groups_is_brought_up_to_date(tmp_path, embedder):
    home = tmp_path / "home"
    with Memory(home=home, embedder=embedder) as memory:
        memory.add_texts([PUBLIC], ids=["menu"])
        folder = memory._store.folder
    with sqlite3.connect(folder / "journal.sqlite3") as db:
        db.executescript(
            "DROP TABLE document_groups; DROP TABLE folder_groups; PRAGMA user_version = 1;"
        )
    with Memory(home=home, embedder=embedder) as memory:
        assert ids(memory.search("canteen", groups=[])) == {"menu"}
        memory.regroup("menu", ["staff"])
        assert memory.search("canteen", groups=[]) == []
        version = memory._store.journal._writer.execute("PRAGMA user_version").fetchone()[0]
    assert version == SCHEMA_VERSION


def test_an_answer_of_one_group_is_not_given_to_another(shelf):
    finance, staff = shelf.seen_by(["finance"]).answers, shelf.seen_by(["staff"]).answers
    told = {"language": "en", "engine": "test"}
    assert finance.put("How high is the bonus?", "4711", documents=["bonus"], **told)
    assert finance.get("How high is the bonus?", **told).answer == "4711"
    assert staff.get("How high is the bonus?", **told) is None
    assert shelf.answers.get("How high is the bonus?", **told) is None


def test_the_condition_names_groups_only_as_parameters():
    condition, names = visible(("finance",), "chunks.document")
    assert "finance" not in condition
    assert names == ("finance",)
