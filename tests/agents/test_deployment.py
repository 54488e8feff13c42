"""Many assistants in one process: opened when asked, shared, bounded, closed when idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hashed_words import HashedWords

import dragoman.agents.deployment
from dragoman.agents.deployment import Deployment
from dragoman.agents.spec import AgentSpec
from dragoman.errors import (
    AgentNotFoundError,
    ConfigurationError,
    DragomanError,
    InvalidTenantError,
    TooManyRequestsError,
)
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

PLAN = {"thought": "", "calls": []}
Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(home: Path) -> Iterator[Deploy]:
    made = []

    def deployment(script: Any = (), **options: Any) -> Deployment:
        options.setdefault("embedder", HashedWords())
        settings = {name: options.pop(name) for name in list(options) if name.startswith("serve_")}
        made.append(
            Deployment(
                settings=Settings(home=home, **settings), engine=ScriptedModel(script), **options
            )
        )
        return made[-1]

    yield deployment
    for each in made:
        each.close()


def test_tenants_have_documents_and_threads_of_their_own(deploy: Deploy) -> None:
    deployment = deploy([PLAN, "Within 30 days [1]."])
    with deployment.assistant("acme") as assistant:
        assistant.memory.add_texts(["Products can be returned within 30 days."])
        assistant.ask("Until when can products be returned?", thread="one")
        assert [thread.id for thread in assistant.threads()] == ["one"]
    with deployment.assistant("other") as assistant:
        assert assistant.threads() == []
        assert assistant.memory.documents() == []


def test_assistant_is_opened_once_for_all_who_ask_at_the_same_time(deploy: Deploy) -> None:
    deployment = deploy()
    found = []

    def take() -> None:
        with deployment.assistant("acme") as assistant:
            found.append(assistant)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len({id(assistant) for assistant in found}) == 1
    assert deployment.open_assistants == 1


def test_longest_idle_assistant_makes_room_for_another(deploy: Deploy) -> None:
    deployment = deploy(serve_assistants=2)
    for tenant in ("a", "b", "c"):
        with deployment.assistant(tenant):
            pass
    assert [tenant for tenant, _ in deployment._rooms] == ["b", "c"]
    assert sorted(deployment._memories) == ["b", "c"]


def test_assistants_in_use_are_never_closed_for_another(deploy: Deploy) -> None:
    deployment = deploy(serve_assistants=1)
    with deployment.assistant("a") as assistant:
        with pytest.raises(TooManyRequestsError), deployment.assistant("b"):
            pass
        assert assistant.memory.documents() == []
    with deployment.assistant("b"):
        pass


def test_idle_assistants_are_closed_and_opened_again(deploy: Deploy) -> None:
    deployment = deploy(serve_idle_seconds=0)
    with deployment.assistant("a") as first:
        assert deployment.tidy() == 0
    assert deployment.tidy() == 1
    assert deployment.open_assistants == 0
    with deployment.assistant("a") as second:
        assert second is not first
        assert second.memory.documents() == []


def test_embedder_is_loaded_once_for_all_tenants(deploy: Deploy, monkeypatch) -> None:
    loaded = []

    def connect(spec: str, settings: Settings) -> HashedWords:
        loaded.append(spec)
        return HashedWords()

    monkeypatch.setattr(dragoman.agents.deployment, "connect_embedder", connect)
    deployment = deploy(embedder="auto")
    for tenant in ("a", "b"):
        with deployment.assistant(tenant) as assistant:
            assistant.memory.add_texts(["Products can be returned within 30 days."])
    assert loaded == ["auto"]


def test_unknown_agents_and_tenants_are_refused(deploy: Deploy) -> None:
    deployment = deploy()
    with pytest.raises(AgentNotFoundError), deployment.assistant("acme", "nobody"):
        pass
    with pytest.raises(InvalidTenantError), deployment.assistant("../acme"):
        pass
    assert deployment.open_assistants == 0


def test_closed_deployment_says_so(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.close()
    deployment.close()
    with pytest.raises(DragomanError, match="closed"), deployment.assistant("acme"):
        pass


def test_failure_to_open_is_tried_again_by_the_next(deploy: Deploy, monkeypatch) -> None:
    deployment = deploy()
    engine, failing = deployment.engine, [True]

    def connect() -> Any:
        if failing.pop() if failing else False:
            raise DragomanError("no engine yet")
        return engine()

    monkeypatch.setattr(deployment, "engine", connect)
    with pytest.raises(DragomanError, match="no engine yet"), deployment.assistant("acme"):
        pass
    assert deployment._memories == {}
    with deployment.assistant("acme") as assistant:
        assert assistant.tenant == "acme"


def test_agents_of_a_tenant_share_its_documents_unless_they_have_none(deploy: Deploy) -> None:
    agents = [AgentSpec(name="shop", tools=()), AgentSpec(name="sums", documents=False)]
    deployment = deploy(agents=agents)
    assert (deployment.default_agent, [*deployment.agents]) == ("shop", ["shop", "sums"])
    with deployment.assistant("acme") as shop, deployment.assistant("acme", "sums") as sums:
        assert shop.spec.name == "shop"
        assert shop.memory is not None
        assert sums.memory is None
    deployment.close()
    assert deployment._memories == {}


def test_two_agents_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="same name"):
        Deployment(agents=[AgentSpec(name="shop"), AgentSpec(name="shop")])
