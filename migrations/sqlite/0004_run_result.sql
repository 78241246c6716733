-- What a run reports for people beside its log: tables, texts, figures. One JSON object a run, as the module wrote it.
CREATE TABLE run_result (
    run_id INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
    body TEXT NOT NULL
) STRICT;
