//! Making, changing and deleting users in PostgreSQL.

use super::super::{PostgresStore, clean, notify, signed, text};
use super::{from_row, no_user};
use crate::store::{NewUser, News, StoreError, Stored, UserChange};
use domain::json::Raw;
use domain::user::{ROOT, User};
use domain::{Error, RunId, Timestamp, UserId};
use sqlx::PgConnection;

fn is_root(rights: &[String]) -> bool {
    rights.iter().any(|r| r == ROOT)
}

fn taken(login: &str) -> impl FnOnce(sqlx::Error) -> StoreError + '_ {
    move |error| match &error {
        sqlx::Error::Database(e) if e.constraint() == Some("users_login") => {
            Error::LoginTaken { login: login.to_owned() }.into()
        }
        _ => error.into(),
    }
}

/// See [`crate::store::UserStore::create_user`].
pub async fn create(store: &PostgresStore, new: NewUser, now: Timestamp) -> Stored<User> {
    let sql = "INSERT INTO users (login, login_key, password_hash, email, displayname, language, rights, is_root, created_at, updated_at, prefs, password_generated)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11) RETURNING *";
    store
        .api
        .write(async |tx| {
            let row = sqlx::query(sql)
                .bind(clean(&new.login))
                .bind(clean(&new.login.to_lowercase()))
                .bind(&new.password_hash)
                .bind(clean(&new.email))
                .bind(clean(&new.displayname))
                .bind(new.language.tag())
                .bind(text(&new.system_rights)?)
                .bind(is_root(&new.system_rights))
                .bind(now.ms())
                .bind(new.frontend_prefs.as_ref().map_or("{}", Raw::get))
                .bind(new.password_generated)
                .fetch_one(&mut *tx)
                .await
                .map_err(taken(&new.login))?;
            from_row(&row)
        })
        .await
}

/// See [`crate::store::UserStore::change_user`].
pub async fn change(store: &PostgresStore, id: UserId, change: &UserChange, now: Timestamp) -> Stored<User> {
    store.api.write(async |tx| change_in(tx, id, change, now).await).await
}

async fn change_in(tx: &mut PgConnection, id: UserId, change: &UserChange, now: Timestamp) -> Stored<User> {
    let user = lock(tx, id).await?;
    let rights = change.system_rights.as_ref().unwrap_or(&user.system_rights);
    if is_root(&user.system_rights) && !is_root(rights) {
        another_root(tx, id).await?;
    }
    let login = change.login.as_ref().unwrap_or(&user.login);
    let sql = "UPDATE users SET login = $2, login_key = $3, email = $4, displayname = $5, language = $6, rights = $7, is_root = $8,
        password_hash = coalesce($9, password_hash), password_generated = password_generated AND $9 IS NULL, updated_at = $10, prefs = $11 WHERE id = $1 RETURNING *";
    let row = sqlx::query(sql)
        .bind(id.0)
        .bind(clean(login))
        .bind(clean(&login.to_lowercase()))
        .bind(clean(change.email.as_ref().unwrap_or(&user.email)))
        .bind(clean(change.displayname.as_ref().unwrap_or(&user.displayname)))
        .bind(change.language.unwrap_or(user.language).tag())
        .bind(text(rights)?)
        .bind(is_root(rights))
        .bind(&change.password_hash)
        .bind(now.ms())
        .bind(change.frontend_prefs.as_ref().unwrap_or(&user.frontend_prefs).get())
        .fetch_one(&mut *tx)
        .await
        .map_err(taken(login))?;
    if change.password_hash.is_some() {
        let sql = "DELETE FROM session WHERE user_id = $1 AND hash IS DISTINCT FROM $2";
        sqlx::query(sql).bind(id.0).bind(&change.keep_session).execute(&mut *tx).await?;
    }
    from_row(&row)
}

/// Loads a user and locks it, together with every root, so that two roots cannot leave at the same time.
async fn lock(conn: &mut PgConnection, id: UserId) -> Stored<User> {
    let sql = "SELECT * FROM users WHERE id = $1 OR is_root ORDER BY id FOR UPDATE";
    let rows = sqlx::query(sql).bind(id.0).fetch_all(conn).await?;
    let users = rows.iter().map(from_row).collect::<Stored<Vec<User>>>()?;
    users.into_iter().find(|user| user.id == id).ok_or_else(|| no_user(id))
}

async fn another_root(conn: &mut PgConnection, id: UserId) -> Stored<()> {
    let sql = "SELECT count(*) FROM users WHERE is_root AND id <> $1";
    let others: i64 = sqlx::query_scalar(sql).bind(id.0).fetch_one(conn).await?;
    if others == 0 { Err(Error::LastRoot.into()) } else { Ok(()) }
}

/// See [`crate::store::UserStore::delete_user`].
pub async fn delete(store: &PostgresStore, id: UserId, now: Timestamp, message: &str) -> Stored<Vec<RunId>> {
    store.api.write(async |tx| delete_in(tx, id, now, message).await).await
}

async fn delete_in(tx: &mut PgConnection, id: UserId, now: Timestamp, message: &str) -> Stored<Vec<RunId>> {
    let user = lock(tx, id).await?;
    if is_root(&user.system_rights) {
        another_root(tx, id).await?;
    }
    let sql = "SELECT id FROM task WHERE owner_id = $1 ORDER BY id FOR UPDATE";
    sqlx::query(sql).bind(id.0).execute(&mut *tx).await?;
    let running = stop_runs(tx, id, now).await?;
    let sql =
        "UPDATE task SET owner_id = NULL, next_run_at = NULL, retry_at = NULL, attempts = 0, wake_at = NULL, status_msg = $2, version = version + 1, updated_at = $3
        WHERE owner_id = $1";
    let released =
        sqlx::query(sql).bind(id.0).bind(clean(message)).bind(now.ms()).execute(&mut *tx).await?.rows_affected();
    let sql = "INSERT INTO task_count (owner_id, n) VALUES (0, $1) ON CONFLICT (owner_id) DO UPDATE SET n = task_count.n + $1";
    sqlx::query(sql).bind(signed(released)).execute(&mut *tx).await?;
    sqlx::query("DELETE FROM task_count WHERE owner_id = $1").bind(id.0).execute(&mut *tx).await?;
    sqlx::query("DELETE FROM users WHERE id = $1").bind(id.0).execute(&mut *tx).await?;
    notify(tx, &News::Cancel).await?;
    Ok(running)
}

/// Queued runs end here; running ones are marked, for their executor to stop.
async fn stop_runs(conn: &mut PgConnection, owner: UserId, now: Timestamp) -> Stored<Vec<RunId>> {
    let active = "SELECT active_run FROM task WHERE owner_id = $1 AND active_run IS NOT NULL";
    let sql = sqlx::AssertSqlSafe(format!(
        "UPDATE run SET status = 'canceled', finished_at = $2 WHERE status = 'new' AND id IN ({active})"
    ));
    sqlx::query(sql).bind(owner.0).bind(now.ms()).execute(&mut *conn).await?;
    let sql = "UPDATE task SET active_run = NULL WHERE owner_id = $1 AND active_run IS NOT NULL
        AND active_run NOT IN (SELECT id FROM run WHERE status = 'running')";
    sqlx::query(sql).bind(owner.0).execute(&mut *conn).await?;
    let sql = sqlx::AssertSqlSafe(format!(
        "UPDATE run SET cancel = true WHERE status = 'running' AND id IN ({active}) RETURNING id"
    ));
    let running: Vec<i64> = sqlx::query_scalar(sql).bind(owner.0).fetch_all(conn).await?;
    Ok(running.into_iter().map(RunId).collect())
}
