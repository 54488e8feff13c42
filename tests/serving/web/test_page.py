"""The web page in a real browser, against a real server with a played model."""

from __future__ import annotations

import re

from dragoman import tool

RETURNS = "Unopened products may be returned within 30 days of delivery. The fee is 480 yen."
JAPANESE = "未開封の商品は配達から30日以内に返品できます。"
ARABIC = "يمكن إرجاع المنتجات غير المفتوحة خلال 30 يومًا من التسليم. رقم الطراز AP-20."


def plan(*calls):
    return {
        "thought": "look it up",
        "needs": calls[0][0] if calls else "passages",
        "calls": [{"tool": name, "arguments": arguments} for name, arguments in calls],
    }


def ask(page, question):
    page.fill("#question", question)
    page.press("#question", "Enter")


def reply_of(page):
    page.wait_for_selector(".turn[aria-busy=false]")
    return page.locator(".reply .text").last


def test_a_question_is_answered_in_its_language_with_a_source_that_opens(serve, visit):
    texts = {"returns": f"Shipping costs 500 yen.\n\n{RETURNS}\n\nExchanges are free."}
    page = visit(serve([plan(), f"{JAPANESE}[1]"], texts=texts))
    ask(page, "returned products は何日以内に返品できますか。")

    text = reply_of(page)
    assert JAPANESE in text.inner_text()
    assert (text.get_attribute("lang"), text.get_attribute("dir")) == ("ja", "ltr")
    assert page.locator(".badge").inner_text() == "Japanese"
    assert "returns" in page.locator(".sources .where").inner_text()

    page.click(".text .cite")
    page.wait_for_selector("#sheet[open] mark")
    assert page.locator("#sheet mark").inner_text() in RETURNS
    assert "Exchanges are free" in page.locator("#sheet .page").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#sheet[open]").count() == 0
    assert page.evaluate("document.activeElement.className") == "cite"


def test_an_arabic_page_is_mirrored_and_a_latin_answer_in_it_is_not(serve, visit):
    page = visit(serve([plan(), ARABIC, plan(), "Returns take 30 days."]), locale="ar")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    side, main = (page.locator(part).bounding_box() for part in ("#side", "#main"))
    assert side["x"] > main["x"]

    ask(page, "خلال كم يومًا يمكنني إرجاع المنتج؟")
    assert reply_of(page).get_attribute("dir") == "rtl"
    page.click("#new-thread")
    page.wait_for_selector(".empty")
    ask(page, "How many days do I have to return a product?")
    page.wait_for_selector(".turn[aria-busy=false]")
    assert page.locator(".reply .text").last.get_attribute("dir") == "ltr"


def test_a_thumb_rates_the_latest_answer(serve, visit):
    address = serve([plan(), "Returns take 30 days."])
    page = visit(address)
    ask(page, "How many days do I have to return a product?")
    reply_of(page)
    page.click("[aria-label='Good answer']")
    page.wait_for_selector("[aria-label='Good answer'][aria-pressed=true]")
    (found,) = page.evaluate("fetch('/api/outcomes').then((reply) => reply.json())")["outcomes"]
    assert (found["rated"], found["score"]) == (1, 5)


def test_nothing_that_a_model_or_a_document_writes_is_run(serve, visit):
    attack = "<img src=x onerror=window.hit=1><script>window.hit=1</script>"
    title = "<svg onload=window.hit=1>"
    answer = (
        f"{attack} [go](javascript:window.hit=1) ![pixel](http://example.com/p.png) "
        "**bold** returned within 30 days [1]"
    )
    page = visit(serve([plan(), answer], texts={title: f"{RETURNS} {attack}"}))
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    ask(page, f"{attack} How many days do I have to return products?")

    text = reply_of(page)
    assert "<img src=x" in text.inner_text()
    assert text.locator("img, script, svg, a[href^=javascript]").count() == 0
    assert text.locator("strong").inner_text() == "bold"
    page.click(".sources button")
    page.wait_for_selector("#sheet[open]")
    assert page.evaluate("window.hit") is None
    assert not [url for url in requested if "example.com" in url]


def test_enter_while_an_input_method_composes_sends_nothing(serve, visit):
    page = visit(serve([]))
    page.fill("#question", "へんぴん")
    page.evaluate(
        """document.getElementById("question").dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))"""
    )
    page.press("#question", "Shift+Enter")

    assert page.locator(".turn").count() == 0
    assert page.input_value("#question").startswith("へんぴん")


def test_a_person_approves_a_call_with_other_arguments(serve, visit):
    done = []

    @tool(effect="once", approval="always")
    def refund(order_id: str, amount: int) -> str:
        """Pay an order back."""
        done.append((order_id, amount))
        return f"refunded {amount}"

    script = [plan(("refund", {"order_id": "E-551", "amount": 900})), plan(), "Refunded 500 yen."]
    page = visit(serve(script, tools=[refund]))
    ask(page, "Please refund 900 yen for order E-551.")
    page.wait_for_selector(".approval")
    assert done == []
    page.wait_for_selector("#approval-count:not(:empty)")
    assert page.locator("#approval-count").inner_text() == "1"

    page.reload()
    page.wait_for_selector(".approval")
    page.check(".approval input[value=edit]")
    page.fill(".approval textarea", "no JSON")
    page.click(".approval button[type=submit]")
    assert page.locator(".approval .wrong").inner_text()
    page.fill(".approval textarea", '{"order_id": "E-551", "amount": 500}')
    page.click(".approval button[type=submit]")

    page.wait_for_selector(".tail")
    assert done == [("E-551", 500)]
    assert "500" in reply_of(page).inner_text()


def test_documents_are_added_and_deleted(serve, visit, tmp_path):
    page = visit(serve([]))
    file = tmp_path / "返品 <b>規定.md"
    file.write_text(f"# 返品規定\n\n{JAPANESE}", encoding="utf-8")
    page.click("#open-documents")
    page.wait_for_selector("#sheet .none")
    page.set_input_files("#files", file)

    page.wait_for_selector(".documents .what")
    assert page.locator(".documents strong").inner_text() == "返品規定"
    page.click(".documents button")
    page.click("#confirm button[value=yes]")
    page.wait_for_selector("#sheet .none")


def test_conversations_are_kept_found_and_deleted(serve, visit):
    page = visit(serve([plan(), "Thirty days."]))
    ask(page, "How long do I have to return a product?")
    reply_of(page)
    page.wait_for_selector("#threads .thread")
    page.click("#new-thread")
    page.wait_for_selector(".empty")
    page.click("#threads .thread")
    assert "Thirty days." in reply_of(page).inner_text()
    page.click("#threads .icon", force=True)
    page.click("#confirm button[value=yes]")
    page.wait_for_selector(".empty")
    page.wait_for_selector("#threads .none")


def test_an_engine_that_fails_is_told_with_a_way_on(serve, visit):
    page = visit(serve([]))  # a script that is used up
    ask(page, "How long do I have to return a product?")
    page.wait_for_selector(".problem")
    assert page.locator(".problem button").count() >= 1


def test_the_interface_changes_its_language_and_remembers_it(serve, visit):
    page = visit(serve([]), locale="zh-TW")
    assert page.locator("#new-thread").inner_text() == "新對話"
    page.select_option("#locale", "ko")
    page.wait_for_selector("html[lang=ko]")
    page.reload()
    page.wait_for_selector(".empty h2")
    assert page.locator("#new-thread").inner_text() == "새 대화"


def test_on_a_phone_the_side_is_a_drawer_and_nothing_overflows(serve, visit):
    page = visit(serve([]), locale="ar", size=(360, 740))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not page.locator("#side").is_visible()
    page.click("#side-open")
    assert page.locator("#new-thread").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector("#side", state="hidden")
    assert page.evaluate("document.activeElement.id") == "side-open"


def test_everything_that_can_be_pressed_has_a_name(serve, visit):
    page = visit(serve([]))
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input, select, textarea")].filter((node) =>
            !node.innerText?.trim() && !node.getAttribute("aria-label") && !node.labels?.length)
            .map((node) => node.outerHTML)"""
    )
    assert nameless == []


def test_a_key_is_asked_for_and_used(serve, visit):
    page = visit(serve([]))
    page.route(
        re.compile("/api/me"),
        lambda route: (
            route.fulfill(status=401, json={"error": {"code": "DRG-KEY", "message": "?"}})
            if route.request.headers.get("authorization") != "Bearer drg_test"
            else route.continue_()
        ),
    )
    page.reload()
    page.wait_for_selector("#key[open]")
    page.fill("#key-value", "drg_test")
    page.press("#key-value", "Enter")
    page.wait_for_selector(".empty")
    assert page.evaluate("sessionStorage.getItem('dragoman-key')") == "drg_test"
