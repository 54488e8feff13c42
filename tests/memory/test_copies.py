"""What stands in several documents takes one place of an answer's passages, not all of them."""

TERMS = "The guarantee of every appliance lasts two years from the day of purchase."


def sources(found):
    return [passage.source for passage in found]


def test_copies_from_different_ingests_take_one_place(memory, tmp_path):
    for name in ("old", "new", "archive"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "terms.md").write_text(f"# Guarantee\n\n{TERMS}\n", encoding="utf-8")
        memory.ingest(folder)
    memory.add_texts(["A guarantee of nothing, from nobody, about appliances."], ids=["other"])
    found = memory.search("How long is the guarantee of appliances?", k=2)
    assert len(memory.documents()) == 4
    assert len(found) == 2
    assert "other" in sources(found)


def test_a_copy_that_is_typed_otherwise_is_a_copy(memory):
    memory.add_texts([TERMS, TERMS.upper().replace(" ", "  ")], ids=["a", "b"])
    assert len(memory.search("guarantee of appliances")) == 1


def test_another_figure_sign_or_heading_makes_another_passage(memory):
    memory.add_texts(
        [TERMS, TERMS.replace("two", "three"), f"# Ovens\n\n{TERMS}", f"# Lamps\n\n{TERMS}"],
        ids=["a", "b", "c", "d"],
        metadatas=[{"title": t} for t in ("", "", "Ovens", "Lamps")],
    )
    assert {p.document_id for p in memory.search("guarantee of appliances", k=4)} == set("abcd")


def test_what_is_short_may_stand_twice(memory):
    memory.add_texts(["Fee: 150 EUR", "Fee: 150 EUR "], ids=["a", "b"])
    assert len(memory.search("fee")) == 2


def test_a_copy_that_may_not_be_seen_hides_nothing(memory):
    memory.add_texts([TERMS], ids=["closed"], groups=["staff"])
    memory.add_texts([TERMS], ids=["open"])
    found = memory.search("guarantee of appliances", groups=[])
    assert [passage.document_id for passage in found] == ["open"]
