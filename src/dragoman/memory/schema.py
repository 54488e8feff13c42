"""The tables of the journal."""

SCHEMA_VERSION = 2

GROUPS = """
CREATE TABLE document_groups (    -- a document without a row is for everyone
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (document, name)
) WITHOUT ROWID;
CREATE TABLE folder_groups (path TEXT PRIMARY KEY, groups TEXT NOT NULL) WITHOUT ROWID;
"""

UPGRADES = {1: GROUPS}
"""What makes each earlier version the next one."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    path TEXT,                    -- absolute path of a file, NULL for an added text
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    hash TEXT NOT NULL,
    characters INTEGER NOT NULL,
    stored_at TEXT NOT NULL,
    notes TEXT NOT NULL,
    metadata TEXT NOT NULL,
    body BLOB NOT NULL            -- the extracted text, zlib
);
CREATE INDEX documents_by_path ON documents (path);
CREATE TABLE chunks (
    -- AUTOINCREMENT: a number is never given twice, not even while a document is replaced.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    page INTEGER,
    headings TEXT NOT NULL,
    language TEXT NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    terms BLOB NOT NULL,          -- what the lexical index was given, zlib; needed to delete it
    vector BLOB NOT NULL          -- float32, little-endian
);
CREATE INDEX chunks_by_document ON chunks (document);
CREATE TABLE unsynced (chunk INTEGER PRIMARY KEY);
CREATE TABLE doomed (id TEXT PRIMARY KEY) WITHOUT ROWID;
-- Terms are made by our analyzers, so every character but the space belongs to a term.
CREATE VIRTUAL TABLE lexical USING fts5 (
    terms, content = '',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
);
CREATE TABLE frequencies (name TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE languages (name TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE totals (terms INTEGER NOT NULL);
INSERT INTO totals VALUES (0);
CREATE TABLE voices (
    language TEXT PRIMARY KEY,
    queries BLOB NOT NULL,        -- float32, little-endian, one row for each sentence
    passages BLOB NOT NULL,
    dimensions INTEGER NOT NULL
) WITHOUT ROWID;
"""

SCHEMA = _TABLES + GROUPS
"""All tables of today's version."""
