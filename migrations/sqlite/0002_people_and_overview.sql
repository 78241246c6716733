-- What apps keep for a person (frontend_prefs), byte for byte.
ALTER TABLE user ADD COLUMN prefs TEXT NOT NULL DEFAULT '{}';

-- Runs by when they started, whatever their task: what ran in a span of time.
CREATE INDEX run_started ON run (started_at, id) WHERE started_at IS NOT NULL;
