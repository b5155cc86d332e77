-- The demonstration shop: orders, refunds, complaints and call-backs. Amounts are in fen, dates in ISO 8601.

CREATE TABLE orders (
  order_id     TEXT PRIMARY KEY,
  customer     TEXT NOT NULL,
  phone        TEXT NOT NULL,
  product      TEXT NOT NULL,
  amount_fen   INTEGER NOT NULL CHECK (amount_fen > 0),
  currency     TEXT NOT NULL DEFAULT 'CNY',
  state        TEXT NOT NULL CHECK (state IN ('processing', 'shipped', 'delivered', 'cancelled')),
  carrier      TEXT NOT NULL DEFAULT '',
  ordered_on   TEXT NOT NULL,
  expected_on  TEXT,
  delivered_on TEXT
) STRICT;

-- One refund for each order: asking twice finds the first.
CREATE TABLE refunds (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id     TEXT NOT NULL UNIQUE REFERENCES orders (order_id),
  amount_fen   INTEGER NOT NULL CHECK (amount_fen > 0),
  reason       TEXT NOT NULL DEFAULT '',
  requested_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;

-- The same complaint twice is one complaint. Empty texts stand for what the caller did not say.
CREATE TABLE complaints (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL DEFAULT '',
  phone    TEXT NOT NULL DEFAULT '',
  issue    TEXT NOT NULL DEFAULT '',
  story    TEXT NOT NULL CHECK (length(story) BETWEEN 1 AND 256),
  filed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  UNIQUE (order_id, phone, story)
) STRICT;

-- Times are local, to the minute, as they were agreed with the caller.
CREATE TABLE callbacks (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  phone      TEXT NOT NULL CHECK (length(phone) BETWEEN 7 AND 20),
  wanted_at  TEXT NOT NULL CHECK (wanted_at GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]'),
  earlier_at TEXT,
  done       INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
  booked_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
CREATE UNIQUE INDEX open_callbacks ON callbacks (phone) WHERE done = 0;

INSERT INTO orders
  (order_id, customer, phone, product, amount_fen, state, carrier, ordered_on, expected_on, delivered_on)
VALUES
  ('A1024', '王小明',     '13800138000', '蓝牙耳机',   29900, 'shipped',    'sf',  '2026-11-22', '2026-11-26', NULL),
  ('A1025', '王小明',     '13800138000', '手机壳',      4950, 'processing', '',    '2026-11-23', '2026-11-28', NULL),
  ('A1026', '李静',       '13912345678', '电饭煲',     45900, 'cancelled',  '',    '2026-11-18', NULL,         NULL),
  ('A1030', '陈伟',       '13655550130', '运动鞋',     52800, 'shipped',    'jd',  '2026-11-21', '2026-11-25', NULL),
  ('B2048', 'Alice Chen', '13700002048', 'coffee grinder', 31900, 'delivered', 'sf', '2026-11-17', '2026-11-20', '2026-11-20'),
  ('B2049', 'Alice Chen', '13700002048', 'desk lamp',  12900, 'shipped',    'ems', '2026-11-22', '2026-11-27', NULL),
  ('B2050', 'Tom Miller', '13500002050', 'backpack',   23550, 'processing', '',    '2026-11-24', '2026-11-29', NULL),
  ('C3001', '林怡君',     '13100003001', '保温杯',      8900, 'delivered',  'jd',  '2026-11-12', '2026-11-15', '2026-11-14');

INSERT INTO refunds (number, order_id, amount_fen, reason, requested_at)
VALUES (7001, 'C3001', 8900, 'damaged', '2026-11-16T09:30:00Z');

INSERT INTO complaints (number, order_id, phone, issue, story, filed_at)
VALUES (5001, 'C3001', '13100003001', 'damaged', '保温杯送来就是坏的', '2026-11-16T09:40:00Z');

INSERT INTO callbacks (number, phone, wanted_at, done, booked_at)
VALUES (3001, '13912345678', '2026-11-20T10:00', 1, '2026-11-19T08:15:00Z');
