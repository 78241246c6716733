//! Tokens and sessions in SQLite.

use super::super::{SqliteStore, instant, ms};
use super::from_row;
use crate::store::{Stored, TokenUser};
use domain::user::{Token, User};
use domain::{Timestamp, TokenId, UserId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// See [`crate::store::UserStore::create_token`], as for all below.
pub async fn create_token(
    store: &SqliteStore,
    user: UserId,
    name: &str,
    hash: &[u8],
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Stored<Token> {
    let sql = "INSERT INTO token (user_id, name, hash, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash RETURNING id, name, created_at, expires_at, last_used_at";
    store
        .writer
        .write(async |tx| {
            let row = sqlx::query(sql)
                .bind(user.0)
                .bind(name)
                .bind(hash)
                .bind(now.ms())
                .bind(ms(expires_at))
                .fetch_one(&mut *tx)
                .await?;
            token(&row)
        })
        .await
}

fn token(row: &SqliteRow) -> Stored<Token> {
    Ok(Token {
        id: TokenId(row.try_get("id")?),
        name: row.try_get("name")?,
        created_at: Timestamp::from_ms(row.try_get("created_at")?),
        expires_at: instant(row.try_get("expires_at")?),
        last_used_at: instant(row.try_get("last_used_at")?),
    })
}

/// Of one user, by id.
pub async fn tokens(store: &SqliteStore, user: UserId) -> Stored<Vec<Token>> {
    let sql = "SELECT id, name, created_at, expires_at, last_used_at FROM token WHERE user_id = ?1 ORDER BY id";
    store
        .readers
        .read(async |conn| {
            let rows = sqlx::query(sql).bind(user.0).fetch_all(&mut *conn).await?;
            rows.iter().map(token).collect()
        })
        .await
}

/// Whether there was one.
pub async fn delete_token(store: &SqliteStore, user: UserId, id: TokenId) -> Stored<bool> {
    let sql = "DELETE FROM token WHERE id = ?1 AND user_id = ?2";
    store
        .writer
        .write(async |tx| {
            let gone = sqlx::query(sql).bind(id.0).bind(user.0).execute(&mut *tx).await?.rows_affected();
            Ok(gone > 0)
        })
        .await
}

/// By the hash of its value.
pub async fn token_user(store: &SqliteStore, hash: &[u8]) -> Stored<Option<TokenUser>> {
    let sql = "SELECT id, name, created_at, expires_at, last_used_at, user_id FROM token WHERE hash = ?1";
    store
        .readers
        .read(async |conn| {
            let Some(row) = sqlx::query(sql).bind(hash).fetch_optional(&mut *conn).await? else { return Ok(None) };
            let id = UserId(row.try_get("user_id")?);
            let user = super::load(conn, &[id]).await?.remove(&id);
            let token = token(&row)?;
            Ok(user.map(|user| TokenUser { token, user }))
        })
        .await
}

/// Many at once.
pub async fn touch_tokens(store: &SqliteStore, used: &[(TokenId, Timestamp)]) -> Stored<()> {
    if used.is_empty() {
        return Ok(());
    }
    let pairs: Vec<(i64, i64)> = used.iter().map(|(id, at)| (id.0, at.ms())).collect();
    let sql = "UPDATE token SET last_used_at = x.at
        FROM (SELECT value ->> 0 AS id, value ->> 1 AS at FROM json_each(?1)) AS x WHERE token.id = x.id";
    store
        .writer
        .write(async |tx| {
            sqlx::query(sql).bind(super::super::text(&pairs)?).execute(&mut *tx).await?;
            Ok(())
        })
        .await
}

/// By the hash of the cookie.
pub async fn create_session(
    store: &SqliteStore,
    user: UserId,
    hash: &[u8],
    now: Timestamp,
    expires_at: Timestamp,
) -> Stored<()> {
    let sql = "INSERT INTO session (hash, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)";
    store
        .writer
        .write(async |tx| {
            sqlx::query(sql).bind(hash).bind(user.0).bind(now.ms()).bind(expires_at.ms()).execute(&mut *tx).await?;
            Ok(())
        })
        .await
}

/// If it has not expired.
pub async fn session_user(store: &SqliteStore, hash: &[u8], now: Timestamp) -> Stored<Option<(User, Timestamp)>> {
    let sql = "SELECT u.*, s.expires_at AS until FROM session s JOIN user u ON u.id = s.user_id
        WHERE s.hash = ?1 AND s.expires_at > ?2";
    store
        .readers
        .read(async |conn| {
            let row = sqlx::query(sql).bind(hash).bind(now.ms()).fetch_optional(&mut *conn).await?;
            row.map(|row| Ok((from_row(&row)?, Timestamp::from_ms(row.try_get("until")?)))).transpose()
        })
        .await
}

/// Puts off the end.
pub async fn extend_session(store: &SqliteStore, hash: &[u8], expires_at: Timestamp) -> Stored<()> {
    let sql = "UPDATE session SET expires_at = ?2 WHERE hash = ?1";
    store
        .writer
        .write(async |tx| {
            sqlx::query(sql).bind(hash).bind(expires_at.ms()).execute(&mut *tx).await?;
            Ok(())
        })
        .await
}

/// Ends it.
pub async fn delete_session(store: &SqliteStore, hash: &[u8]) -> Stored<()> {
    store
        .writer
        .write(async |tx| {
            sqlx::query("DELETE FROM session WHERE hash = ?1").bind(hash).execute(&mut *tx).await?;
            Ok(())
        })
        .await
}
