//! Making, changing and deleting users in SQLite.

use super::super::{SqliteStore, text};
use super::{from_row, load};
use crate::store::{NewUser, StoreError, Stored, UserChange};
use domain::json::Raw;
use domain::user::{ROOT, User};
use domain::{Error, RunId, Timestamp, UserId};
use sqlx::SqliteConnection;

fn is_root(rights: &[String]) -> bool {
    rights.iter().any(|r| r == ROOT)
}

fn no_user(id: UserId) -> StoreError {
    Error::ObjectNotFound { object: format!("user {id}") }.into()
}

/// The only unique column a save can collide on is the login.
fn taken(login: &str) -> impl FnOnce(sqlx::Error) -> StoreError + '_ {
    move |error| match &error {
        sqlx::Error::Database(e) if e.is_unique_violation() => Error::LoginTaken { login: login.to_owned() }.into(),
        _ => error.into(),
    }
}

/// See [`crate::store::UserStore::create_user`].
pub async fn create(store: &SqliteStore, new: NewUser, now: Timestamp) -> Stored<User> {
    let sql = "INSERT INTO user (login, login_key, password_hash, email, displayname, language, rights, is_root, created_at, updated_at, prefs, password_generated)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11) RETURNING *";
    store
        .writer
        .write(async |tx| {
            let row = sqlx::query(sql)
                .bind(&new.login)
                .bind(new.login.to_lowercase())
                .bind(&new.password_hash)
                .bind(&new.email)
                .bind(&new.displayname)
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
pub async fn change(store: &SqliteStore, id: UserId, change: UserChange, now: Timestamp) -> Stored<User> {
    store.writer.write(async |tx| change_in(tx, id, &change, now).await).await
}

async fn change_in(tx: &mut SqliteConnection, id: UserId, change: &UserChange, now: Timestamp) -> Stored<User> {
    let user = load(tx, &[id]).await?.remove(&id).ok_or_else(|| no_user(id))?;
    let rights = change.system_rights.as_ref().unwrap_or(&user.system_rights);
    if is_root(&user.system_rights) && !is_root(rights) {
        another_root(tx, id).await?;
    }
    let login = change.login.as_ref().unwrap_or(&user.login);
    let sql = "UPDATE user SET login = ?2, login_key = ?3, email = ?4, displayname = ?5, language = ?6, rights = ?7, is_root = ?8,
        password_hash = coalesce(?9, password_hash), password_generated = password_generated AND ?9 IS NULL, updated_at = ?10, prefs = ?11 WHERE id = ?1 RETURNING *";
    let row = sqlx::query(sql)
        .bind(id.0)
        .bind(login)
        .bind(login.to_lowercase())
        .bind(change.email.as_ref().unwrap_or(&user.email))
        .bind(change.displayname.as_ref().unwrap_or(&user.displayname))
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
        let sql = "DELETE FROM session WHERE user_id = ?1 AND hash IS NOT ?2";
        sqlx::query(sql).bind(id.0).bind(&change.keep_session).execute(&mut *tx).await?;
    }
    from_row(&row)
}

async fn another_root(conn: &mut SqliteConnection, id: UserId) -> Stored<()> {
    let sql = "SELECT count(*) FROM user WHERE is_root = 1 AND id <> ?1";
    let others: i64 = sqlx::query_scalar(sql).bind(id.0).fetch_one(conn).await?;
    if others == 0 { Err(Error::LastRoot.into()) } else { Ok(()) }
}

/// See [`crate::store::UserStore::delete_user`].
pub async fn delete(store: &SqliteStore, id: UserId, now: Timestamp, message: &str) -> Stored<Vec<RunId>> {
    store.writer.write(async |tx| delete_in(tx, id, now, message).await).await
}

async fn delete_in(tx: &mut SqliteConnection, id: UserId, now: Timestamp, message: &str) -> Stored<Vec<RunId>> {
    let user = load(tx, &[id]).await?.remove(&id).ok_or_else(|| no_user(id))?;
    if is_root(&user.system_rights) {
        another_root(tx, id).await?;
    }
    let running = stop_runs(tx, id, now).await?;
    let sql =
        "UPDATE task SET owner_id = NULL, next_run_at = NULL, retry_at = NULL, attempts = 0, wake_at = NULL, status_msg = ?2, version = version + 1, updated_at = ?3
        WHERE owner_id = ?1";
    let released = sqlx::query(sql).bind(id.0).bind(message).bind(now.ms()).execute(&mut *tx).await?.rows_affected();
    let sql = "INSERT INTO task_count (owner_id, n) VALUES (0, ?1) ON CONFLICT (owner_id) DO UPDATE SET n = n + ?1";
    sqlx::query(sql).bind(super::super::signed(released)).execute(&mut *tx).await?;
    sqlx::query("DELETE FROM task_count WHERE owner_id = ?1").bind(id.0).execute(&mut *tx).await?;
    sqlx::query("DELETE FROM user WHERE id = ?1").bind(id.0).execute(&mut *tx).await?;
    Ok(running)
}

/// Queued runs end here; running ones are marked, for their executor to stop.
async fn stop_runs(conn: &mut SqliteConnection, owner: UserId, now: Timestamp) -> Stored<Vec<RunId>> {
    let active = "SELECT active_run FROM task WHERE owner_id = ?1 AND active_run IS NOT NULL";
    let sql = sqlx::AssertSqlSafe(format!(
        "UPDATE run SET status = 'canceled', finished_at = ?2 WHERE status = 'new' AND id IN ({active})"
    ));
    sqlx::query(sql).bind(owner.0).bind(now.ms()).execute(&mut *conn).await?;
    let sql = "UPDATE task SET active_run = NULL WHERE owner_id = ?1 AND active_run IS NOT NULL
        AND active_run NOT IN (SELECT id FROM run WHERE status = 'running')";
    sqlx::query(sql).bind(owner.0).execute(&mut *conn).await?;
    let sql = sqlx::AssertSqlSafe(format!(
        "UPDATE run SET cancel = 1 WHERE status = 'running' AND id IN ({active}) RETURNING id"
    ));
    let running: Vec<i64> = sqlx::query_scalar(sql).bind(owner.0).fetch_all(conn).await?;
    Ok(running.into_iter().map(RunId).collect())
}
