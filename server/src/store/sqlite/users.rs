//! Users, tokens and sessions in SQLite.

mod access;
mod change;

use super::{SqliteStore, json, signed, unsigned};
use crate::store::{NewUser, Page, StoreError, Stored, TokenUser, UserChange, UserStore};
use async_trait::async_trait;
use domain::json::Raw;
use domain::user::{Token, User, generated_displayname};
use domain::{Lang, RunId, Timestamp, TokenId, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::HashMap;

#[async_trait]
impl UserStore for SqliteStore {
    async fn create_user(&self, new: NewUser, now: Timestamp) -> Stored<User> {
        change::create(self, new, now).await
    }

    async fn change_user(&self, id: UserId, change: UserChange, now: Timestamp) -> Stored<User> {
        change::change(self, id, change, now).await
    }

    async fn delete_user(&self, id: UserId, now: Timestamp, message: &str) -> Stored<Vec<RunId>> {
        change::delete(self, id, now, message).await
    }

    async fn user(&self, id: UserId) -> Stored<Option<User>> {
        self.readers.read(async |conn| Ok(load(&mut *conn, &[id]).await?.remove(&id))).await
    }

    async fn user_by_login(&self, login: &str) -> Stored<Option<(User, String)>> {
        let sql = "SELECT * FROM user WHERE login_key = ?1";
        self.readers
            .read(async |conn| {
                let row = sqlx::query(sql).bind(login.trim().to_lowercase()).fetch_optional(&mut *conn).await?;
                row.map(|row| Ok((from_row(&row)?, row.try_get("password_hash")?))).transpose()
            })
            .await
    }

    async fn password_is_generated(&self, id: UserId) -> Stored<bool> {
        let sql = "SELECT password_generated FROM user WHERE id = ?1";
        self.readers
            .read(async |conn| {
                Ok(sqlx::query_scalar(sql).bind(id.0).fetch_optional(&mut *conn).await?.unwrap_or(false))
            })
            .await
    }

    async fn password_hash(&self, id: UserId) -> Stored<Option<String>> {
        let sql = "SELECT password_hash FROM user WHERE id = ?1";
        self.readers.read(async |conn| Ok(sqlx::query_scalar(sql).bind(id.0).fetch_optional(&mut *conn).await?)).await
    }

    async fn users(&self, q: Option<&str>, offset: u64, limit: u64) -> Stored<Page<User>> {
        self.readers
            .read(async |conn| {
                let like = q.map(containing);
                let rows = sqlx::query(LIST)
                    .bind(&like)
                    .bind(signed(limit))
                    .bind(signed(offset))
                    .fetch_all(&mut *conn)
                    .await?;
                let total: i64 = sqlx::query_scalar(LIST_TOTAL).bind(&like).fetch_one(&mut *conn).await?;
                Ok(Page { items: rows.iter().map(from_row).collect::<Stored<_>>()?, total: unsigned(total) })
            })
            .await
    }

    async fn create_token(
        &self,
        user: UserId,
        name: &str,
        hash: &[u8],
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Stored<Token> {
        access::create_token(self, user, name, hash, expires_at, now).await
    }

    async fn tokens(&self, user: UserId) -> Stored<Vec<Token>> {
        access::tokens(self, user).await
    }

    async fn delete_token(&self, user: UserId, id: TokenId) -> Stored<bool> {
        access::delete_token(self, user, id).await
    }

    async fn token_user(&self, hash: &[u8]) -> Stored<Option<TokenUser>> {
        access::token_user(self, hash).await
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Stored<()> {
        access::touch_tokens(self, used).await
    }

    async fn create_session(&self, user: UserId, hash: &[u8], now: Timestamp, expires_at: Timestamp) -> Stored<()> {
        access::create_session(self, user, hash, now, expires_at).await
    }

    async fn session_user(&self, hash: &[u8], now: Timestamp) -> Stored<Option<(User, Timestamp)>> {
        access::session_user(self, hash, now).await
    }

    async fn extend_session(&self, hash: &[u8], expires_at: Timestamp) -> Stored<()> {
        access::extend_session(self, hash, expires_at).await
    }

    async fn delete_session(&self, hash: &[u8]) -> Stored<()> {
        access::delete_session(self, hash).await
    }
}

/// There are few people, so a search walks along their ids.
macro_rules! people {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM user WHERE id > 0 AND (?1 IS NULL OR login LIKE ?1 ESCAPE '!'
            OR displayname LIKE ?1 ESCAPE '!' OR email LIKE ?1 ESCAPE '!')",
            $end
        )
    };
}
const LIST: &str = people!("*", " ORDER BY id LIMIT ?2 OFFSET ?3");
const LIST_TOTAL: &str = people!("count(*)", "");

/// A pattern for texts that hold this one, taken as it is.
fn containing(q: &str) -> String {
    format!("%{}%", q.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// Loads users by id.
pub(super) async fn load(conn: &mut SqliteConnection, ids: &[UserId]) -> Stored<HashMap<UserId, User>> {
    let sql = "SELECT u.* FROM json_each(?1) j JOIN user u ON u.id = j.value";
    let rows = sqlx::query(sql).bind(super::text(&ids)?).fetch_all(conn).await?;
    rows.iter().map(|row| from_row(row).map(|user| (user.id, user))).collect()
}

fn prefs(text: &str) -> Stored<Raw> {
    Raw::parse(text).ok_or_else(|| StoreError::Corrupt("column prefs".to_owned()))
}

/// Reads a row with all columns of `user`.
pub(super) fn from_row(row: &SqliteRow) -> Stored<User> {
    let (login, displayname): (String, String) = (row.try_get("login")?, row.try_get("displayname")?);
    let language: String = row.try_get("language")?;
    Ok(User {
        id: UserId(row.try_get("id")?),
        generated_displayname: generated_displayname(&login, &displayname),
        login,
        email: row.try_get("email")?,
        displayname,
        language: Lang::from_tag(&language).ok_or_else(|| StoreError::Corrupt(format!("language {language}")))?,
        system_rights: json(row.try_get("rights")?, "rights")?,
        frontend_prefs: prefs(row.try_get("prefs")?)?,
        created_at: Timestamp::from_ms(row.try_get("created_at")?),
        updated_at: Timestamp::from_ms(row.try_get("updated_at")?),
    })
}
