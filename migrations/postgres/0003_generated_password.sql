-- Whether the password was made up by the program: whoever logs in with it is asked for one of their own.
ALTER TABLE users ADD COLUMN password_generated BOOLEAN NOT NULL DEFAULT FALSE;
