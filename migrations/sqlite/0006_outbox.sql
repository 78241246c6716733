-- Settings that are changed while servers run. value is JSON; secrets in it are sealed.
CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the task remembers from run to run of what it told people: failures in a row, and whether a problem was told.
ALTER TABLE task ADD COLUMN notify TEXT NOT NULL DEFAULT '{}';

-- Mails and webhooks that are owed, written with the outcome that owes them, and what became of them.
-- snapshot holds what is said of task and run, so that it can be said when both are gone.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,                    -- problem, ok, recovery, digest
    channel TEXT NOT NULL,                 -- mail, webhook
    recipient TEXT NOT NULL,               -- an address or a URL
    task_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,               -- the latest run told of
    snapshot TEXT NOT NULL,
    outcomes INTEGER NOT NULL,             -- how many are told of
    problems INTEGER NOT NULL,             -- how many of those are not done
    message_id TEXT NOT NULL,              -- the same at each attempt
    collects INTEGER NOT NULL DEFAULT 0,    -- a digest whose hour is not over
    created_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,            -- since when it is tried: created, or sent again by hand
    not_before INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL,                  -- waiting, sending, sent, failed
    last_error TEXT,
    sent_at INTEGER,
    instance TEXT,                         -- the process that is sending it
    lease_until INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (channel, not_before, id) WHERE status = 'waiting';
CREATE INDEX outbox_sending ON outbox (id) WHERE status = 'sending';
CREATE INDEX outbox_status ON outbox (status, id);
CREATE INDEX outbox_age ON outbox (queued_at) WHERE status IN ('sent', 'failed');
-- At most one digest of a task that still collects, for each recipient.
CREATE UNIQUE INDEX outbox_digest ON outbox (task_id, channel, recipient)
    WHERE collects = 1;

-- Addresses under which others may start a task: only the SHA-256 of the token is kept.
CREATE TABLE hook (
    task_id INTEGER PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

-- What a run was started with from outside: JSON, as it was sent.
CREATE TABLE run_input (
    run_id INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
    body TEXT NOT NULL
) STRICT;

-- Whose address it is, for the language of a mail.
CREATE INDEX user_email ON user (lower(email));
