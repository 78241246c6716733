-- Whether the password was made up by the program: whoever logs in with it is asked for one of their own.
ALTER TABLE user ADD COLUMN password_generated INTEGER NOT NULL DEFAULT 0;
