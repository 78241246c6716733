//! The template: a database with every migration, from which PostgreSQL copies files instead of running statements.

use crate::{execute, sibling};
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");
/// How the names of templates begin.
const FAMILY: &str = "rota_template_";
/// The advisory lock of those who make templates (alone) and copy them (together). Any number that nothing else uses in the
/// server's own database.
const LOCK: i64 = 0x0074_6573_7464_6200;

pub struct Template {
    /// What the names of all templates of its kind begin with.
    family: String,
    name: String,
}

impl Template {
    /// Its name carries a hash of the migrations, so that others than these never serve.
    pub fn of_the_migrations() -> Template {
        let mut hash = Sha256::new();
        for migration in MIGRATIONS.iter() {
            hash.update(migration.version.to_be_bytes());
            hash.update(&migration.checksum);
        }
        let hex: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Template::named(FAMILY, &hex)
    }

    pub fn named(family: &str, version: &str) -> Template {
        Template { family: family.to_owned(), name: format!("{family}{version}") }
    }

    /// Copies it, and makes it before if nobody has.
    pub async fn copy(&self, admin: &mut PgConnection, server: &str, name: &str) -> Result<(), sqlx::Error> {
        loop {
            lock(admin, "pg_advisory_lock_shared").await?;
            if self.is_whole(admin).await? {
                execute(admin, format!("CREATE DATABASE {name} TEMPLATE {}", self.name)).await?;
                return lock(admin, "pg_advisory_unlock_shared").await;
            }
            lock(admin, "pg_advisory_unlock_shared").await?;
            lock(admin, "pg_advisory_lock").await?;
            // Another process may have made it while this one waited for the lock.
            if !self.is_whole(admin).await? {
                self.make(admin, server).await?;
            }
            lock(admin, "pg_advisory_unlock").await?;
        }
    }

    /// Half a template is left by a process that ended while it made one; only a whole one is marked.
    async fn is_whole(&self, admin: &mut PgConnection) -> Result<bool, sqlx::Error> {
        is_template(admin, &self.name).await
    }

    async fn make(&self, admin: &mut PgConnection, server: &str) -> Result<(), sqlx::Error> {
        let sql = "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)";
        let others: Vec<String> = sqlx::query_scalar(sql).bind(&self.family).fetch_all(&mut *admin).await?;
        for other in others {
            remove(admin, &other).await?;
        }
        let name = &self.name;
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
        execute(admin, sql).await?;
        let mut conn = PgConnection::connect(&sibling(server, name)).await?;
        MIGRATIONS.run_direct(None, &mut conn, false).await?;
        // A database that someone is connected to cannot be copied.
        conn.close().await?;
        execute(admin, format!("ALTER DATABASE {name} IS_TEMPLATE true ALLOW_CONNECTIONS false")).await
    }
}

/// Removes a template, or what an interrupted making or removing left of one.
pub async fn remove(admin: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    // A half removed database cannot be altered, and is no template any more.
    if is_template(admin, name).await? {
        execute(admin, format!("ALTER DATABASE {name} IS_TEMPLATE false")).await?;
    }
    execute(admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
}

async fn is_template(admin: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    let sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)";
    sqlx::query_scalar(sql).bind(name).fetch_one(admin).await
}

async fn lock(admin: &mut PgConnection, function: &str) -> Result<(), sqlx::Error> {
    execute(admin, format!("SELECT {function}({LOCK})")).await
}
