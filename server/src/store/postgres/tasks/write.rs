//! Saving tasks in PostgreSQL: any number in a handful of statements.

use super::super::{PostgresStore, clean, ms, notify, signed, text};
use super::{Begun, begin_once, lock, remember};
use crate::store::reseal::{Row, STEP, resealed};
use crate::store::tx::Decided;
use crate::store::{Edit, News, Once, Reseal, Stored};
use domain::planner;
use domain::task::{StoredTask, Task};
use domain::{Error, TaskId, UserId};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// See [`crate::store::TaskStore::edit_tasks`].
pub async fn edit(store: &PostgresStore, edit: Edit) -> Stored<Once<Vec<StoredTask>>> {
    store.api.decide(async |tx| edit_in(tx, edit).await).await
}

async fn edit_in(tx: &mut PgConnection, edit: Edit) -> Stored<Decided<Once<Vec<StoredTask>>>> {
    if let Some(key) = &edit.idempotency
        && let Begun::Before(answer) = begin_once(tx, key, edit.now).await?
    {
        return Ok(Decided::Unchanged(Once::Before(answer)));
    }
    let new_ids = next_ids(tx, edit.creates, edit.owner).await?;
    let found = lock(tx, &edit.load).await?;
    let loaded: Vec<Option<StoredTask>> = edit.load.iter().map(|id| found.get(id).cloned()).collect();
    let tasks = (edit.decide)(&loaded, &new_ids)?;
    write(tx, &tasks, &new_ids, edit.owner).await?;
    let saved = reload(tx, &tasks).await?;
    if let Some(key) = edit.idempotency {
        remember(tx, key, saved.as_slice()).await?;
    }
    notify(tx, &News::Due).await?;
    Ok(Decided::Changed(Once::Now(saved)))
}

/// Ids that were never used. The owner is held, so that nobody deletes a user who is about to get tasks.
async fn next_ids(conn: &mut PgConnection, n: usize, owner: UserId) -> Stored<Vec<TaskId>> {
    if n == 0 {
        return Ok(vec![]);
    }
    let sql = "SELECT id FROM users WHERE id = $1 FOR KEY SHARE";
    let user: Option<i64> = sqlx::query_scalar(sql).bind(owner.0).fetch_optional(&mut *conn).await?;
    if user.is_none() {
        return Err(Error::UserRequired.into());
    }
    let sql = "SELECT nextval(pg_get_serial_sequence('task', 'id')) FROM generate_series(1, $1)";
    let ids: Vec<i64> = sqlx::query_scalar(sql).bind(signed(n as u64)).fetch_all(conn).await?;
    Ok(ids.into_iter().map(TaskId).collect())
}

async fn write(conn: &mut PgConnection, tasks: &[Task], new_ids: &[TaskId], owner: UserId) -> Stored<()> {
    let new_ids: HashSet<TaskId> = new_ids.iter().copied().collect();
    // A task that is saved twice is written once, as it was left.
    let last: HashMap<TaskId, usize> = tasks.iter().enumerate().map(|(i, t)| (t.id, i)).collect();
    let written = tasks.iter().enumerate().filter(|(i, t)| last.get(&t.id) == Some(i)).map(|(_, t)| t);
    let (new, old): (Vec<&Task>, Vec<&Task>) = written.partition(|t| new_ids.contains(&t.id));
    if !new.is_empty() {
        insert(conn, &new, owner).await?;
        insert_tags(conn, &new).await?;
        count(conn, Some(owner), signed(new.len() as u64)).await?;
    }
    if !old.is_empty() {
        update(conn, &old).await?;
        clear_tags(conn, &old).await?;
        insert_tags(conn, &old).await?;
    }
    Ok(())
}

async fn reload(conn: &mut PgConnection, tasks: &[Task]) -> Stored<Vec<StoredTask>> {
    let ids: Vec<TaskId> = tasks.iter().map(|t| t.id).collect();
    let mut found: HashMap<TaskId, StoredTask> =
        super::load(conn, &ids).await?.into_iter().map(|t| (t.task.id, t)).collect();
    let twice = ids.len() != found.len();
    let take = |id| if twice { found.get(&id).cloned() } else { found.remove(&id) };
    Ok(ids.into_iter().filter_map(take).collect())
}

/// One column of what clients write.
fn column<'a, T>(tasks: &[&'a Task], value: impl Fn(&'a Task) -> T) -> Vec<T> {
    tasks.iter().map(|t| value(t)).collect()
}

fn json_column<T: serde::Serialize>(tasks: &[&Task], value: impl Fn(&Task) -> &T) -> Stored<Vec<String>> {
    tasks.iter().map(|t| text(value(t))).collect()
}

async fn insert(conn: &mut PgConnection, tasks: &[&Task], owner: UserId) -> Stored<()> {
    let sql = "INSERT INTO task (owner_id, id, version, created_at, updated_at, description, module, params, timeout_sec,
        schedules, next_run_at, email, prefs, state, status, description_key, options, priority, wake_at)
        SELECT $1, x.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[],
        $9::bigint[], $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
        $18::smallint[], $19::bigint[]) AS x";
    sqlx::query(sql)
        .bind(owner.0)
        .bind(column(tasks, |t| t.id.0))
        .bind(column(tasks, |t| t.version))
        .bind(column(tasks, |t| t.created_at.ms()))
        .bind(column(tasks, |t| t.updated_at.ms()))
        .bind(column(tasks, |t| clean(&t.description).into_owned()))
        .bind(column(tasks, |t| clean(&t.task_module).into_owned()))
        .bind(json_column(tasks, |t| &t.task_params)?)
        .bind(column(tasks, |t| t.task_timeout_sec))
        .bind(json_column(tasks, |t| &t.schedules)?)
        .bind(column(tasks, |t| ms(t.next_run_at)))
        .bind(json_column(tasks, |t| &t.email)?)
        .bind(column(tasks, |t| t.frontend_prefs.get()))
        .bind(column(tasks, |t| t.state.get()))
        .bind(column(tasks, |t| t.status.as_str()))
        .bind(column(tasks, |t| clean(&t.description).to_lowercase()))
        .bind(column(tasks, |t| t.options.stored().get().to_owned()))
        .bind(column(tasks, |t| i16::try_from(t.options.priority).unwrap_or(0)))
        .bind(column(tasks, |t| ms(planner::wake_at(t))))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes what clients write, and nothing that is the runner's.
async fn update(conn: &mut PgConnection, tasks: &[&Task]) -> Stored<()> {
    let sql = "UPDATE task SET version = x.version, updated_at = x.updated_at, description = x.description, params = x.params,
        timeout_sec = x.timeout_sec, schedules = x.schedules, next_run_at = x.next_run_at, email = x.email, prefs = x.prefs,
        description_key = x.description_key, options = x.options, priority = x.priority, wake_at = x.wake_at, retry_at = x.retry_at,
        attempts = CASE WHEN x.retry_at IS NULL THEN 0 ELSE task.attempts END
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::smallint[], $14::bigint[], $15::bigint[])
        AS x (id, version, updated_at, description, params, timeout_sec, schedules, next_run_at, email, prefs,
            description_key, options, priority, wake_at, retry_at)
        WHERE task.id = x.id";
    sqlx::query(sql)
        .bind(column(tasks, |t| t.id.0))
        .bind(column(tasks, |t| t.version))
        .bind(column(tasks, |t| t.updated_at.ms()))
        .bind(column(tasks, |t| clean(&t.description).into_owned()))
        .bind(json_column(tasks, |t| &t.task_params)?)
        .bind(column(tasks, |t| t.task_timeout_sec))
        .bind(json_column(tasks, |t| &t.schedules)?)
        .bind(column(tasks, |t| ms(t.next_run_at)))
        .bind(json_column(tasks, |t| &t.email)?)
        .bind(column(tasks, |t| t.frontend_prefs.get()))
        .bind(column(tasks, |t| clean(&t.description).to_lowercase()))
        .bind(column(tasks, |t| t.options.stored().get().to_owned()))
        .bind(column(tasks, |t| i16::try_from(t.options.priority).unwrap_or(0)))
        .bind(column(tasks, |t| ms(planner::wake_at(t))))
        .bind(column(tasks, |t| ms(t.retry_at)))
        .execute(conn)
        .await?;
    Ok(())
}

async fn clear_tags(conn: &mut PgConnection, tasks: &[&Task]) -> Stored<()> {
    let sql = "DELETE FROM task_tag WHERE task_id = ANY($1)";
    sqlx::query(sql).bind(column(tasks, |t| t.id.0)).execute(conn).await?;
    Ok(())
}

async fn insert_tags(conn: &mut PgConnection, tasks: &[&Task]) -> Stored<()> {
    let (ids, tags): (Vec<i64>, Vec<&str>) =
        tasks.iter().flat_map(|t| t.options.tags.iter().map(|tag| (t.id.0, tag.as_str()))).unzip();
    if !ids.is_empty() {
        let sql = "INSERT INTO task_tag (task_id, tag) SELECT * FROM unnest($1::bigint[], $2::text[])";
        sqlx::query(sql).bind(ids).bind(tags).execute(conn).await?;
    }
    Ok(())
}

/// See [`crate::store::TaskStore::reseal_step`].
pub(super) async fn reseal(store: &PostgresStore, after: TaskId, reseal: Reseal<'_>) -> Stored<Option<TaskId>> {
    let sql = "SELECT id, params, options FROM task WHERE id > $1 ORDER BY id LIMIT $2 FOR UPDATE";
    store
        .api
        .write(async |tx| {
            let rows: Vec<Row> = sqlx::query_as(sql).bind(after.0).bind(STEP).fetch_all(&mut *tx).await?;
            let last = rows.last().map(|(id, ..)| TaskId(*id));
            let changed = resealed(rows, reseal)?;
            if !changed.is_empty() {
                let sql = "UPDATE task SET params = x.params, options = x.options
            FROM unnest($1::bigint[], $2::text[], $3::text[]) AS x (id, params, options) WHERE task.id = x.id";
                sqlx::query(sql)
                    .bind(changed.iter().map(|row| row.0).collect::<Vec<_>>())
                    .bind(changed.iter().map(|row| row.1.as_str()).collect::<Vec<_>>())
                    .bind(changed.iter().map(|row| row.2.as_str()).collect::<Vec<_>>())
                    .execute(&mut *tx)
                    .await?;
            }
            Ok(last)
        })
        .await
}

/// Keeps the number of an owner's tasks.
pub(super) async fn count(conn: &mut PgConnection, owner: Option<UserId>, by: i64) -> Stored<()> {
    let sql = "INSERT INTO task_count (owner_id, n) VALUES ($1, $2)
        ON CONFLICT (owner_id) DO UPDATE SET n = task_count.n + excluded.n";
    sqlx::query(sql).bind(owner.map_or(0, |o| o.0)).bind(by).execute(conn).await?;
    Ok(())
}
