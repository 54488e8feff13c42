-- The shop of the example: an invented company with invented customers. `shop.py` makes the
-- database from this file when it is missing.
CREATE TABLE customers (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, language TEXT NOT NULL, country TEXT NOT NULL,
    email TEXT NOT NULL, address TEXT NOT NULL
);
CREATE TABLE orders (
    id TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers (id), ordered_on TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('paid', 'shipped', 'delivered', 'cancelled')),
    currency TEXT NOT NULL, address TEXT NOT NULL, carrier TEXT NOT NULL DEFAULT '',
    tracking TEXT NOT NULL DEFAULT '', expected_on TEXT NOT NULL DEFAULT ''
);
CREATE TABLE items (
    "order" TEXT NOT NULL REFERENCES orders (id), product TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0), price NUMERIC NOT NULL CHECK (price >= 0)
);
CREATE TABLE refunds (
    key TEXT PRIMARY KEY, "order" TEXT NOT NULL REFERENCES orders (id),
    amount NUMERIC NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, reason TEXT NOT NULL,
    made_at TEXT NOT NULL
);
CREATE TABLE tickets (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, customer TEXT NOT NULL,
    subject TEXT NOT NULL, details TEXT NOT NULL, opened_at TEXT NOT NULL
);
-- What one unit is worth in yen, by which the limit of refunds is kept.
CREATE TABLE rates (currency TEXT PRIMARY KEY, yen NUMERIC NOT NULL);

INSERT INTO rates VALUES
    ('JPY', 1), ('KRW', 0.106), ('TWD', 4.7), ('THB', 4.6), ('SAR', 40), ('CNY', 21),
    ('VND', 0.0057), ('IDR', 0.0091), ('HKD', 19.2), ('USD', 150);

INSERT INTO customers VALUES
    ('C-1001', '佐藤 由美', 'ja', 'JP', 'yumi.sato@example.jp', '〒150-0041 東京都渋谷区神南2-4-6'),
    ('C-1002', '김민준', 'ko', 'KR', 'minjun.kim@example.kr', '서울특별시 마포구 월드컵로 12'),
    ('C-1003', '陳怡君', 'zh-Hant', 'TW', 'yichun.chen@example.tw', '臺北市大安區和平東路二段 10 號'),
    ('C-1004', 'สมหญิง ใจดี', 'th', 'TH', 'somying@example.th', '88 ถนนสีลม แขวงสีลม เขตบางรัก กรุงเทพฯ 10500'),
    ('C-1005', 'نورة القحطاني', 'ar', 'SA', 'noura@example.sa', 'شارع العليا 120، الرياض'),
    ('C-1006', '王小明', 'zh-Hans', 'CN', 'xiaoming.wang@example.cn', '上海市静安区南京西路 500 号'),
    ('C-1007', 'Nguyễn Thị Lan', 'vi', 'VN', 'lan.nguyen@example.vn', '25 Lê Lợi, Quận 1, TP. Hồ Chí Minh'),
    ('C-1008', 'Budi Santoso', 'id', 'ID', 'budi@example.id', 'Jl. Sudirman No. 7, Jakarta');

INSERT INTO orders (id, customer, ordered_on, status, currency, address, carrier, tracking, expected_on)
SELECT o.column1, o.column2, o.column3, o.column4, o.column5, c.address, o.column6, o.column7, o.column8
FROM (VALUES
    ('KW-2041', 'C-1001', '2026-11-18', 'shipped', 'JPY', 'Yamato', '4410-2201-7730', '2026-11-26'),
    ('KW-2019', 'C-1001', '2026-11-02', 'delivered', 'JPY', 'Yamato', '4410-2188-0054', '2026-11-05'),
    ('KW-2007', 'C-1001', '2026-10-28', 'delivered', 'JPY', 'Sagawa', '3055-9911-2046', '2026-10-31'),
    ('KW-2044', 'C-1002', '2026-11-20', 'paid', 'KRW', '', '', '2026-11-30'),
    ('KW-2022', 'C-1002', '2026-11-04', 'delivered', 'KRW', 'CJ Logistics', '6882-1140-9035', '2026-11-09'),
    ('KW-2038', 'C-1003', '2026-11-16', 'shipped', 'TWD', 'Black Cat', '9061-7723-5510', '2026-11-27'),
    ('KW-2025', 'C-1003', '2026-11-06', 'delivered', 'TWD', 'Black Cat', '9061-7690-1188', '2026-11-10'),
    ('KW-2046', 'C-1004', '2026-11-21', 'paid', 'THB', '', '', '2026-12-01'),
    ('KW-2031', 'C-1004', '2026-11-11', 'delivered', 'THB', 'Kerry', 'KEX-20418832', '2026-11-17'),
    ('KW-2035', 'C-1005', '2026-11-13', 'shipped', 'SAR', 'SMSA', 'SM-77204415', '2026-11-28'),
    ('KW-2012', 'C-1005', '2026-10-30', 'delivered', 'SAR', 'SMSA', 'SM-77190082', '2026-11-08'),
    ('KW-2040', 'C-1006', '2026-11-17', 'shipped', 'CNY', 'SF Express', 'SF-138820045', '2026-11-25'),
    ('KW-2043', 'C-1007', '2026-11-19', 'paid', 'VND', '', '', '2026-12-02'),
    ('KW-2029', 'C-1008', '2026-11-09', 'delivered', 'IDR', 'JNE', 'JNE-55012277', '2026-11-15')
) AS o JOIN customers AS c ON c.id = o.column2;

INSERT INTO items VALUES
    ('KW-2041', '電気ケトル EK-2', 1, 6800), ('KW-2041', '麦茶ティーバッグ 50袋', 2, 780),
    ('KW-2019', 'ステンレス水筒 500ml', 1, 3200),
    ('KW-2007', '加湿器 HM-5', 1, 18900),
    ('KW-2044', '전기 주전자 EK-2', 1, 64000),
    ('KW-2022', '스테인리스 텀블러 500ml', 2, 29000),
    ('KW-2038', '除濕機 DH-8', 1, 5990),
    ('KW-2025', '保溫瓶 500ml', 1, 690),
    ('KW-2046', 'กาต้มน้ำไฟฟ้า EK-2', 1, 1490),
    ('KW-2031', 'พัดลมตั้งโต๊ะ FN-3', 1, 890),
    ('KW-2035', 'غلاية كهربائية EK-2', 1, 169), ('KW-2035', 'كوب حراري 350 مل', 2, 59),
    ('KW-2012', 'جهاز ترطيب الهواء HM-5', 1, 489),
    ('KW-2040', '电热水壶 EK-2', 1, 329),
    ('KW-2043', 'Ấm đun nước điện EK-2', 1, 990000),
    ('KW-2029', 'Kipas angin meja FN-3', 1, 389000);
