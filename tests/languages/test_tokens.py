"""Token estimates against counts of Qwen's own tokenizer, which were taken once."""

import pytest

from dragoman.languages import estimate_tokens

# Article 1 of the Universal Declaration of Human Rights (public domain) and its real count with
# the tokenizer of Qwen 2.5; `benchmarks/token_estimate.py` measures on much more.
ARTICLE_ONE = [
    pytest.param(
        "All human beings are born free and equal in dignity and rights. They are endowed "
        "with reason and conscience and should act towards one another in a spirit of "
        "brotherhood.",
        33,
        id="en",
    ),
    pytest.param(
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit "
        "Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit "
        "begegnen.",
        44,
        id="de",
    ),
    pytest.param(
        "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены "
        "разумом и совестью и должны поступать в отношении друг друга в духе братства.",
        49,
        id="ru",
    ),
    pytest.param(
        "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені "
        "розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства.",
        78,
        id="uk",
    ),
    pytest.param(
        "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميرًا وعليهم "
        "أن يعامل بعضهم بعضًا بروح الإخاء.",
        47,
        id="ar",
    ),
    pytest.param(
        "تمام افراد بشر آزاد بدنیا میایند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل "
        "و وجدان میباشند و باید نسبت بیکدیگر با روح برادری رفتار کنند.",
        81,
        id="fa",
    ),
    pytest.param(
        "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔ انہیں ضمیر اور عقل "
        "ودیعت ہوئی ہے۔ اس لئے انہیں ایک دوسرے کے ساتھ بھائی چارے کا سلوک کرنا چاہیئے۔",
        105,
        id="ur",
    ),
    pytest.param(
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त "
        "है । उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव "
        "से बर्ताव करना चाहिए ।",
        173,
        id="hi",
    ),
    pytest.param(
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等であ"
        "る。人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければ"
        "ならない。",
        52,
        id="ja",
    ),
    pytest.param(
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. "
        "인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 "
        "행동하여야 한다.",
        55,
        id="ko",
    ),
    pytest.param(
        "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
        29,
        id="zh-Hans",
    ),
    pytest.param(
        "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。",
        30,
        id="zh-Hant",
    ),
    pytest.param(
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền. Mọi con "
        "người đều được tạo hoá ban cho lý trí và lương tâm và cần phải đối xử với nhau trong "
        "tình bằng hữu.",
        47,
        id="vi",
    ),
    pytest.param(
        "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont "
        "doués de raison et de conscience et doivent agir les uns envers les autres dans un "
        "esprit de fraternité.",
        50,
        id="fr",
    ),
]


@pytest.mark.parametrize(("text", "real"), ARTICLE_ONE)
def test_the_estimate_is_near_the_real_count_in_every_script(text, real):
    assert estimate_tokens(text) == pytest.approx(real, rel=0.13)


def test_only_an_empty_text_has_no_tokens():
    assert estimate_tokens("") == 0
    assert estimate_tokens(" ") >= 1
    assert estimate_tokens("。") >= 1


def test_every_digit_is_a_token():
    assert estimate_tokens("1" * 100) == pytest.approx(100, rel=0.05)


def test_a_space_before_a_digit_is_a_token_of_its_own():
    assert estimate_tokens("7 " * 50) == pytest.approx(100, rel=0.06)


def test_a_composed_and_a_decomposed_text_are_counted_alike():
    assert estimate_tokens("Tie\u0302\u0301ng Vie\u0323\u0302t") == estimate_tokens("Tiếng Việt")


def test_a_text_twice_as_long_has_about_twice_the_tokens():
    text = "The warranty covers the battery for two years. "
    assert estimate_tokens(text * 20) == pytest.approx(20 * estimate_tokens(text), rel=0.1)
