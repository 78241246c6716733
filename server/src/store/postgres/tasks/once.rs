//! Requests with an `Idempotency-Key`: done once, answered as often as they come.

use super::super::clean;
use crate::store::{Idempotency, StoreError, Stored};
use domain::{Error, Timestamp};
use sqlx::PgConnection;

/// How long a key is remembered.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether a request is new.
pub(in super::super) enum Begun {
    /// It is; others with the same key wait for this transaction.
    New,
    /// It was answered before.
    Before(String),
}

/// Takes the key, or finds the answer that was given under it. A transaction that has the key and has not ended is waited for.
pub(in super::super) async fn begin_once<T: ?Sized>(
    conn: &mut PgConnection,
    key: &Idempotency<T>,
    now: Timestamp,
) -> Stored<Begun> {
    loop {
        if take(conn, key, now).await? {
            return Ok(Begun::New);
        }
        let sql = "SELECT request, answer FROM idempotency WHERE user_id = $1 AND key = $2";
        let row: Option<(Vec<u8>, String)> =
            sqlx::query_as(sql).bind(key.caller.0).bind(clean(&key.key)).fetch_optional(&mut *conn).await?;
        match row {
            // Removed for its age between the two statements.
            None => continue,
            Some((request, answer)) if request == key.request => return Ok(Begun::Before(answer)),
            Some(_) => return Err(StoreError::Refused(Error::IdempotencyConflict { key: key.key.clone() })),
        }
    }
}

async fn take<T: ?Sized>(conn: &mut PgConnection, key: &Idempotency<T>, now: Timestamp) -> Stored<bool> {
    let sql = "INSERT INTO idempotency (user_id, key, request, answer, created_at) VALUES ($1, $2, $3, '', $4)
        ON CONFLICT (user_id, key) DO UPDATE SET request = $3, answer = '', created_at = $4
        WHERE idempotency.created_at <= $5";
    let done = sqlx::query(sql)
        .bind(key.caller.0)
        .bind(clean(&key.key))
        .bind(&key.request)
        .bind(now.ms())
        .bind(now.ms() - DAY_MS)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Keeps the answer under the key.
pub(in super::super) async fn remember<T: ?Sized>(
    conn: &mut PgConnection,
    key: Idempotency<T>,
    result: &T,
) -> Stored<()> {
    let answer = (key.answer)(result);
    let sql = "UPDATE idempotency SET answer = $3 WHERE user_id = $1 AND key = $2";
    sqlx::query(sql).bind(key.caller.0).bind(clean(&key.key)).bind(clean(&answer)).execute(conn).await?;
    Ok(())
}
