-- The claim that a running run belongs to: a number that each claim has of its own. Only who has it may write to the run, and what a
-- claim took is found by it when the answer to its COMMIT is lost.
ALTER TABLE run ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;
