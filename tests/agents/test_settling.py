"""Effects of which nobody knows whether they happened: listed, and settled by a person."""

import asyncio

import pytest

from dragoman.agents.storage import Storage
from dragoman.errors import EffectNotFoundError
from dragoman.settings import Settings


@pytest.fixture
def begun(home):
    """A home in which the process died while two refunds ran."""

    async def begin():
        storage = await Storage.open(home)
        await storage.ledger.begin("k1", "default/x", "refund", {"order": "A-1"})
        await storage.ledger.begin("k2", "other/x", "refund", {"order": "A-2"})
        await storage.ledger.begin("k3", "default/y", "refund", {"order": "A-3"})
        await storage.ledger.finish("k3", "done", "refunded")
        await storage.aclose()

    asyncio.run(begin())


@pytest.mark.usefixtures("begun")
def test_unknown_outcomes_of_the_tenant_are_listed(make):
    (effect,) = make([]).unknown_effects()
    assert (effect.key, effect.thread, effect.tool) == ("k1", "x", "refund")
    assert effect.arguments == {"order": "A-1"}


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(("happened", "state"), [(True, "done"), (False, "failed")])
def test_a_person_settles_one_with_a_note(make, happened, state):
    assistant = make([])
    effect = assistant.settle("k1", happened=happened, note="asked the bank")
    assert effect.state == state
    assert effect.result.endswith("asked the bank")
    assert assistant.unknown_effects() == []


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("key", ["k2", "k3", "nothing"])
def test_what_is_known_or_anothers_is_not_settled(make, home, key):
    assistant = make([])
    with pytest.raises(EffectNotFoundError):
        assistant.settle(key, happened=True, note="")
    assistant.close()
    other = make([], settings=Settings(home=home, tenant="other"))
    assert [effect.key for effect in other.unknown_effects()] == ["k2"]
