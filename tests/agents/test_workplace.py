"""Several assistants of one process in one data folder."""

import threading

from hashed_words import HashedWords

from dragoman import Assistant, Memory
from dragoman.agents.workplace import Workplace
from dragoman.models import Engine
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

HELLO = "こんにちは。"


def assistant_of(tenant, home, engine=None):
    settings = Settings(home=home, tenant=tenant, _env_file=None)
    return Assistant(engine=engine or ScriptedModel(), settings=settings)


def test_assistants_of_one_folder_share_the_loop_and_the_database(tmp_path):
    with assistant_of("acme", tmp_path) as acme, assistant_of("other", tmp_path) as other:
        acme.ask(HELLO, thread="t")
        other.ask(HELLO, thread="t")

        names = [thread.name for thread in threading.enumerate()]
        assert names.count("dragoman-assistant") == 1
        assert [thread.id for thread in acme.threads()] == ["t"]
        assert len(other.turns("t")) == 1


def test_the_folder_stays_open_until_the_last_assistant_has_left(tmp_path):
    first, second = assistant_of("acme", tmp_path), assistant_of("other", tmp_path)
    first.ask(HELLO)
    second.ask(HELLO)
    first.close()

    assert len(second.threads()) == 1
    second.close()
    assert not Workplace._open


def test_an_assistant_that_was_closed_opens_again_when_it_is_asked(tmp_path):
    assistant = assistant_of("acme", tmp_path)
    assistant.ask(HELLO, thread="t")
    assistant.close()

    assert len(assistant.turns("t")) == 1
    assistant.close()


def test_two_assistants_of_a_tenant_are_never_in_one_thread_at_once(tmp_path):
    class Watched(ScriptedModel):
        inside: int = 0
        most: int = 0

        async def _astream(self, *arguments, **options):
            self.inside += 1
            self.most = max(self.most, self.inside)
            async for chunk in super()._astream(*arguments, **options):
                yield chunk
            self.inside -= 1

    reply = "日本の首都は東京です。"
    model = Watched([{"thought": "", "needs": "nothing", "calls": []}, reply] * 4)
    pair = [assistant_of("acme", tmp_path, model) for _ in range(2)]
    asking = [
        threading.Thread(
            target=each.ask, args=("日本の首都はどこですか？",), kwargs={"thread": "t"}
        )
        for each in pair * 2
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()

    assert [turn.status for turn in pair[0].turns("t")] == ["done"] * 4
    assert model.most == 1
    for each in pair:
        each.close()


def test_an_engine_that_was_given_stays_open(tmp_path):
    class Closing(ScriptedModel):
        closed: bool = False

        async def aclose(self):
            self.closed = True

    model = Closing()
    engine = Engine.of(model)
    with assistant_of("acme", tmp_path, engine) as assistant:
        assistant.engine()

    assert not model.closed


def test_memories_of_several_tenants_share_the_folder_too(tmp_path):
    words = HashedWords()
    with (
        Memory(tenant="acme", home=tmp_path, embedder=words) as acme,
        Memory(tenant="other", home=tmp_path, embedder=words) as other,
        Assistant(engine=ScriptedModel(), memory=acme, settings=Settings()) as of_acme,
        Assistant(engine=ScriptedModel(), memory=other, settings=Settings()) as of_other,
    ):
        assert of_acme.ask(HELLO).language == of_other.ask(HELLO).language == "ja"
        assert (of_acme.tenant, of_other.tenant) == ("acme", "other")
