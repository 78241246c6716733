-- What may be set of a task beyond the reference API, as one JSON object. Beside it, what lists and claims look for.
ALTER TABLE task ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE task ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN retry_at INTEGER;                    -- the next attempt of a run that failed
ALTER TABLE task ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0; -- attempts that failed so far; 0 without retry_at
-- When a claim has to look at the task: the earlier of next_run_at and retry_at, with jitter and pause counted in.
ALTER TABLE task ADD COLUMN wake_at INTEGER;
UPDATE task SET wake_at = next_run_at;

DROP INDEX task_due;
CREATE INDEX task_due ON task (wake_at, id)
    WHERE wake_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL;
-- When more is due than can start.
CREATE INDEX task_due_priority ON task (priority, wake_at, id)
    WHERE wake_at IS NOT NULL AND active_run IS NULL AND owner_id IS NOT NULL;

-- Tasks whose runs are let go by number or age.
CREATE INDEX task_keep ON task (id) WHERE instr(options, '"keep_') > 0;

CREATE TABLE task_tag (
    tag TEXT NOT NULL,
    task_id INTEGER NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, task_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_tag_task ON task_tag (task_id);

-- From 1: more for a run that is tried again after a failure, or goes on after an interruption.
ALTER TABLE run ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
