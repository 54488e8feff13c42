"""Units that Asia and the Arab world measure with beside the metric ones, and whose size law fixed.

Sources: Japan's Measurement Act of 1891 (尺 = 10/33 m, 貫 = 15/4 kg, 升 = 2401/1331 L), from which
Korea's 평 and 관 and Taiwan's 坪 and 台斤 come; China's State Council order of 1959 (斤 = 500 g,
市尺 = 1/3 m, 里 = 500 m, 亩 = 2000/3 m²); Hong Kong's Weights and Measures Ordinance, cap. 68 (斤 =
0.60478982 kg, 兩 = 1/16); Thailand's Weights and Measures Act of 1923 (wa = 2 m, rai = 400 square
wa); Egypt's feddan of 333⅓ square qasaba of 3.55 m; the metric dunam of 1,000 m².
"""

from __future__ import annotations

DEFINITIONS = """
shaku = 10 / 33 * meter = 尺(日)
sun_jp = shaku / 10 = 寸(日)
tsubo = 400 / 121 * meter ** 2 = 坪
tan_jp = 300 * tsubo = 反
cho_jp = 3000 * tsubo = 町
ri_jp = 12960 * shaku = 里(日)
kan = 3.75 * kilogram = 貫
momme = 3.75 * gram = 匁
kin_jp = 600 * gram = 斤(日)
sho = 2401 / 1331 * liter = 升(日)
go_jp = sho / 10 = 合
geun = 600 * gram = 근
don = 3.75 * gram = 돈
ri_kr = 1296 * shaku = 리
jin_cn = 500 * gram = 斤(中)
liang_cn = 50 * gram = 两
qian_cn = 5 * gram = 钱
li_cn = 500 * meter = 里(中)
zhang_cn = 10 / 3 * meter = 丈
chi_cn = 1 / 3 * meter = 尺(中)
cun_cn = 1 / 30 * meter = 寸(中)
mu_cn = 2000 / 3 * meter ** 2 = 亩
jin_tw = 600 * gram = 台斤
liang_tw = 37.5 * gram = 台兩
jia_tw = 2934 * tsubo = 甲
jin_hk = 0.60478982 * kilogram = 斤(港)
liang_hk = jin_hk / 16 = 兩(港)
rai = 1600 * meter ** 2 = ไร่
ngan = 400 * meter ** 2 = งาน
square_wa = 4 * meter ** 2 = ตารางวา
wa_th = 2 * meter = วา
baht_gold = 15.244 * gram
feddan = 1260250 / 300 * meter ** 2 = فدان
dunam = 1000 * meter ** 2 = دونم
"""
"""In pint's language; the word after the last ``=`` is the symbol."""

NAMES = {
    "坪": "tsubo", "평": "tsubo", "pyeong": "tsubo", "つぼ": "tsubo", "貫": "kan", "관": "kan",
    "匁": "momme", "돈": "don", "근": "geun", "합": "go_jp", "合": "go_jp", "一升": "sho",
    "升瓶": "sho", "反": "tan_jp", "町歩": "cho_jp", "两": "liang_cn", "市斤": "jin_cn",
    "市两": "liang_cn", "市里": "li_cn", "市尺": "chi_cn", "华里": "li_cn", "亩": "mu_cn",
    "畝": "mu_cn", "市亩": "mu_cn", "丈": "zhang_cn", "台斤": "jin_tw", "臺斤": "jin_tw",
    "台兩": "liang_tw", "臺兩": "liang_tw", "甲": "jia_tw", "司馬斤": "jin_hk",
    "司馬兩": "liang_hk", "ไร่": "rai", "งาน": "ngan", "ตารางวา": "square_wa", "วา": "wa_th",
    "บาททองคำ": "baht_gold", "فدان": "feddan", "أفدنة": "feddan", "دونم": "dunam",
    "dönüm": "dunam", "公里": "kilometer", "千米": "kilometer", "dặm": "mile", "dặm anh": "mile",
    "公斤": "kilogram", "千克": "kilogram", "公尺": "meter", "公分": "centimeter",
    "公厘": "millimeter", "公克": "gram", "公噸": "metric_ton", "公吨": "metric_ton",
    "公升": "liter", "毫升": "milliliter", "公顷": "hectare", "公頃": "hectare",
    "平米": "meter ** 2", "平方米": "meter ** 2", "平方公尺": "meter ** 2", "㎡": "meter ** 2",
    "제곱미터": "meter ** 2", "제곱킬로미터": "kilometer ** 2", "㎢": "kilometer ** 2",
    "㎏": "kilogram", "㎞": "kilometer", "㎝": "centimeter", "㎜": "millimeter", "英里": "mile",
    "英尺": "foot", "呎": "foot", "英寸": "inch", "英吋": "inch", "吋": "inch", "磅": "pound",
    "盎司": "ounce", "盎士": "ounce", "安士": "ounce", "加仑": "gallon", "加侖": "gallon",
    "ポンド": "pound", "파운드": "pound", "رطل": "pound", "평방미터": "meter ** 2",
    "キロメートル": "kilometer", "キログラム": "kilogram", "トン": "metric_ton",
    "톤": "metric_ton", "吨": "metric_ton", "噸": "metric_ton", "طن": "metric_ton",
    "ตัน": "metric_ton", "tấn": "metric_ton", "華氏": "degF", "华氏": "degF", "华氏度": "degF",
    "華氏度": "degF", "摂氏": "degC", "攝氏": "degC", "攝氏度": "degC", "摄氏": "degC",
    "摄氏度": "degC", "섭씨": "degC", "화씨": "degF", "°C": "degC", "°F": "degF", "C": "degC",
    "F": "degF", "celsius": "degC", "fahrenheit": "degF", "centigrade": "degC",
    "fl oz": "fluid_ounce", "floz": "fluid_ounce", "sqm": "meter ** 2", "sqft": "foot ** 2",
    "sq m": "meter ** 2", "sq ft": "foot ** 2", "sq km": "kilometer ** 2", "cc": "milliliter",
    "kmh": "kilometer / hour", "nautical mile": "nautical_mile",
    "nautical miles": "nautical_mile", "海里": "nautical_mile", "kb": "kilobyte",
    "mb": "megabyte", "gb": "gigabyte", "tb": "terabyte",
}  # fmt: skip
"""What people write, and pint's name for it."""

SEVERAL_SIZES = {
    "斤": ("jin_cn", "jin_tw", "jin_hk", "kin_jp"),
    "兩": ("liang_tw", "liang_hk", "liang_cn"),
    "里": ("li_cn", "ri_jp", "ri_kr"),
    "리": ("ri_kr", "li_cn"),
    "尺": ("chi_cn", "shaku"),
    "寸": ("cun_cn", "sun_jp"),
    "升": ("liter", "sho"),
    "jin": ("jin_cn", "jin_tw", "jin_hk"),
    "catty": ("jin_cn", "jin_tw", "jin_hk"),
    "tael": ("liang_cn", "liang_tw", "liang_hk"),
    "ton": ("metric_ton", "short_ton", "long_ton"),
    "tons": ("metric_ton", "short_ton", "long_ton"),
}
"""Names that mean another size in another country; the caller has to say which."""
