-- Rota's first schema. Instants are milliseconds since 1970-01-01T00:00:00Z. JSON is kept as text, as it was sent.

-- People. login_key is the login in lower case: logins are unique whatever their case.
CREATE TABLE user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL,
    login_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,           -- argon2, as a PHC string
    email TEXT NOT NULL,
    displayname TEXT NOT NULL,
    language TEXT NOT NULL,                -- de-DE or en-US
    rights TEXT NOT NULL,                  -- a JSON array, sorted
    is_root INTEGER NOT NULL,              -- whether rights hold system.root; for "the last root stays"
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX user_root ON user (id) WHERE is_root = 1;

-- API tokens: only the SHA-256 of the value is kept.
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX token_user ON token (user_id, id);

-- Browser sessions: only the SHA-256 of the cookie is kept.
CREATE TABLE session (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);

-- Tasks. The columns from status on are the runner's; the others are written by saves.
-- owner_id is NULL once the owner was deleted: such a task does not run.
CREATE TABLE task (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    description TEXT NOT NULL,
    module TEXT NOT NULL,
    params TEXT NOT NULL,                  -- secrets sealed
    timeout_sec INTEGER NOT NULL,
    schedules TEXT NOT NULL,
    next_run_at INTEGER,
    email TEXT NOT NULL,
    prefs TEXT NOT NULL,                   -- frontend_prefs, byte for byte
    state TEXT NOT NULL,
    status TEXT NOT NULL,
    status_msg TEXT,
    status_percent INTEGER,
    run_started_at INTEGER,
    run_finished_at INTEGER,
    run_canceled_at INTEGER,
    active_run INTEGER,                    -- the run that is queued or running
    last_run INTEGER                       -- the latest run
) STRICT;
CREATE INDEX task_owner ON task (owner_id, id);
CREATE INDEX task_status ON task (status, id);
CREATE INDEX task_module ON task (module, id);
CREATE INDEX task_updated ON task (updated_at, id);
CREATE INDEX task_started ON task (run_started_at, id);
CREATE INDEX task_description ON task (description, id);
CREATE INDEX task_next ON task (next_run_at, id);
-- What the claim reads: due in order, and nothing that could not start.
CREATE INDEX task_due ON task (next_run_at, id)
    WHERE next_run_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL;

-- Search in descriptions by any three characters. Kept up by the triggers below.
CREATE VIRTUAL TABLE task_text USING fts5 (description, content = 'task', content_rowid = 'id', tokenize = 'trigram');
CREATE TRIGGER task_text_insert AFTER INSERT ON task BEGIN
    INSERT INTO task_text (rowid, description) VALUES (new.id, new.description);
END;
CREATE TRIGGER task_text_delete AFTER DELETE ON task BEGIN
    INSERT INTO task_text (task_text, rowid, description) VALUES ('delete', old.id, old.description);
END;
CREATE TRIGGER task_text_update AFTER UPDATE OF description ON task WHEN old.description <> new.description BEGIN
    INSERT INTO task_text (task_text, rowid, description) VALUES ('delete', old.id, old.description);
    INSERT INTO task_text (rowid, description) VALUES (new.id, new.description);
END;

-- How many tasks each owner has (0: nobody), so that a list need not be counted.
CREATE TABLE task_count (
    owner_id INTEGER PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT;

-- Runs: the ledger. One row for each task and due instant, for ever: that is why nothing starts twice.
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id INTEGER NOT NULL,
    trigger TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    status TEXT NOT NULL,
    status_msg TEXT,
    status_percent INTEGER,
    node TEXT,                             -- the server's name, for people
    instance TEXT,                         -- the process that owns it while it runs
    lease_until INTEGER,
    cancel INTEGER NOT NULL DEFAULT 0,     -- someone wants it canceled
    log_len INTEGER NOT NULL DEFAULT 0,    -- lines in log_chunk
    UNIQUE (task_id, due_at)
) STRICT;
CREATE INDEX run_task ON run (task_id, id);
CREATE INDEX run_queued ON run (due_at, id) WHERE status = 'new';
CREATE INDEX run_running ON run (id) WHERE status = 'running';

-- Log lines, many to a row. first_idx is the index of the first line; the counts by level let a filtered page find its
-- place without opening the lines. lines holds one JSON array a line: [timestamp, level 0-3, text, percent or null].
CREATE TABLE log_chunk (
    run_id INTEGER NOT NULL,
    first_idx INTEGER NOT NULL,
    n INTEGER NOT NULL,
    n_debug INTEGER NOT NULL,
    n_info INTEGER NOT NULL,
    n_warning INTEGER NOT NULL,
    n_error INTEGER NOT NULL,
    lines TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_chunk_place ON log_chunk (run_id, first_idx);

-- Answers given to requests with an Idempotency-Key, for 24 hours.
CREATE TABLE idempotency (
    user_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL,                 -- SHA-256 of method, path and body
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Server processes, for telling since when at least one has been up.
CREATE TABLE node (
    instance TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    up_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Deleted tasks whose runs and logs are still to be removed, a little at a time.
CREATE TABLE purge (
    task_id INTEGER PRIMARY KEY
) STRICT;
