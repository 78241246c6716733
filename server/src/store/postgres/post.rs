//! Settings and the outbox in PostgreSQL.

pub(super) mod outbox;

pub(super) use outbox::{owe, owe_for_lost};

use super::{PostgresStore, instant, json, notify, retry, signed, unsigned};
use crate::store::owed::Snapshot;
use crate::store::post::{Change, DeliveryQuery, PostStore, Settled, Take, Taken};
use crate::store::{News, Page, StoreError, Stored};
use async_trait::async_trait;
use domain::mail::{Channel, Delivery, DeliveryStatus, Kind, Tally};
use domain::{DeliveryId, Lang, RunId, TaskId, Timestamp};
use sqlx::Row;
use sqlx::postgres::PgRow;
use std::time::Duration;

#[async_trait]
impl PostStore for PostgresStore {
    async fn setting(&self, key: &str) -> Stored<Option<String>> {
        let sql = "SELECT value FROM setting WHERE key = $1";
        self.api.read(async |conn| Ok(sqlx::query_scalar(sql).bind(key).fetch_optional(&mut *conn).await?)).await
    }

    async fn change_setting(&self, key: &str, now: Timestamp, change: Change) -> Stored<String> {
        let sql = "SELECT value FROM setting WHERE key = $1 FOR UPDATE";
        self.api
            .write(async |tx| {
                let stored: Option<String> = sqlx::query_scalar(sql).bind(key).fetch_optional(&mut *tx).await?;
                let value = change(stored.as_deref())?;
                let sql = "INSERT INTO setting (key, value, updated_at) VALUES ($1, $2, $3)
            ON CONFLICT (key) DO UPDATE SET value = $2, updated_at = $3";
                sqlx::query(sql).bind(key).bind(&value).bind(now.ms()).execute(&mut *tx).await?;
                notify(tx, &News::Settings).await?;
                Ok(value)
            })
            .await
    }

    async fn take_deliveries(&self, take: &Take) -> Stored<Vec<Taken>> {
        retry!(outbox::take(self, take))
    }

    async fn keep_deliveries(&self, instance: &str, ids: &[DeliveryId], lease: Duration) -> Stored<()> {
        outbox::keep(self, instance, ids, lease).await
    }

    async fn settle_delivery(&self, instance: &str, id: DeliveryId, settled: &Settled) -> Stored<bool> {
        retry!(outbox::settle(self, instance, id, settled))
    }

    async fn next_delivery(&self, channel: Channel) -> Stored<Option<Timestamp>> {
        self.api
            .read(async |conn| {
                let ms: Option<i64> =
                    sqlx::query_scalar(outbox::NEXT).bind(channel.as_str()).fetch_one(&mut *conn).await?;
                Ok(instant(ms))
            })
            .await
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Stored<Page<Delivery>> {
        self.api
            .read(async |conn| {
                let status = query.status.map(DeliveryStatus::as_str);
                let (page, total) = if status.is_some() {
                    (outbox::PAGE_OF_STATUS, outbox::TOTAL_OF_STATUS)
                } else {
                    (outbox::PAGE, outbox::TOTAL)
                };
                let total: i64 = sqlx::query_scalar(total).bind(status).fetch_one(&mut *conn).await?;
                let rows = sqlx::query(page)
                    .bind(status)
                    .bind(signed(query.limit))
                    .bind(signed(query.offset))
                    .fetch_all(&mut *conn)
                    .await?;
                Ok(Page { items: rows.iter().map(delivery).collect::<Stored<_>>()?, total: unsigned(total) })
            })
            .await
    }

    async fn delivery(&self, id: DeliveryId) -> Stored<Option<Delivery>> {
        let sql = "SELECT * FROM outbox WHERE id = $1";
        self.api
            .read(async |conn| {
                let row = sqlx::query(sql).bind(id.0).fetch_optional(&mut *conn).await?;
                row.as_ref().map(delivery).transpose()
            })
            .await
    }

    async fn resend(&self, id: DeliveryId, now: Timestamp) -> Stored<Option<Delivery>> {
        let sql = "UPDATE outbox SET status = 'waiting', not_before = $2, queued_at = $2, attempts = 0, collects = false, sent_at = NULL
            WHERE id = $1 AND status <> 'sending'";
        self.api
            .write(async |tx| {
                sqlx::query(sql).bind(id.0).bind(now.ms()).execute(&mut *tx).await?;
                notify(tx, &News::Settings).await?;
                let row = sqlx::query("SELECT * FROM outbox WHERE id = $1").bind(id.0).fetch_optional(&mut *tx).await?;
                row.as_ref().map(delivery).transpose()
            })
            .await
    }

    async fn languages(&self, addresses: &[String]) -> Stored<Vec<(String, Lang)>> {
        let sql = "SELECT lower(email), language FROM users WHERE lower(email) = ANY($1) ORDER BY id DESC";
        self.api
            .read(async |conn| {
                let rows: Vec<(String, String)> = sqlx::query_as(sql).bind(addresses).fetch_all(&mut *conn).await?;
                Ok(rows.into_iter().filter_map(|(email, tag)| Some((email, Lang::from_tag(&tag)?))).collect())
            })
            .await
    }
}

/// Reads a row as it is listed.
fn delivery(row: &PgRow) -> Stored<Delivery> {
    let word = |column: &str| -> Stored<String> { Ok(row.try_get(column)?) };
    let corrupt = |what: &str| StoreError::Corrupt(format!("outbox: {what}"));
    let snapshot: Snapshot = json(row.try_get("snapshot")?, "snapshot")?;
    let attempts: i32 = row.try_get("attempts")?;
    Ok(Delivery {
        id: DeliveryId(row.try_get("id")?),
        kind: Kind::parse(&word("kind")?).ok_or_else(|| corrupt("kind"))?,
        channel: Channel::parse(&word("channel")?).ok_or_else(|| corrupt("channel"))?,
        recipient: row.try_get("recipient")?,
        task_id: TaskId(row.try_get("task_id")?),
        run_id: RunId(row.try_get("run_id")?),
        task_description: snapshot.description,
        run: snapshot.run,
        tally: Tally { outcomes: row.try_get("outcomes")?, problems: row.try_get("problems")? },
        created_at: Timestamp::from_ms(row.try_get("created_at")?),
        not_before: Timestamp::from_ms(row.try_get("not_before")?),
        attempts: u32::try_from(attempts).unwrap_or_default(),
        status: DeliveryStatus::parse(&word("status")?).ok_or_else(|| corrupt("status"))?,
        last_error: row.try_get("last_error")?,
        sent_at: instant(row.try_get("sent_at")?),
        message_id: row.try_get("message_id")?,
    })
}

fn taken(row: &PgRow) -> Stored<Taken> {
    let queued_at = Timestamp::from_ms(row.try_get("queued_at")?);
    Ok(Taken { delivery: delivery(row)?, snapshot: row.try_get("snapshot")?, queued_at })
}
