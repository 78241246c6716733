//! Where PostgreSQL is: one host or several, and why none will do.

use crate::proxy::Proxy;
use crate::store_world::*;
use rota::store::Store;
use rota::store::postgres::{Limits, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

on_both!(
    another_host_takes_over,
    the_first_host_that_will_do_is_used,
    a_host_that_only_reads_will_not_do,
    each_reason_is_given,
    a_silent_host_is_given_up,
    another_encoding_is_refused,
);

/// Opens a store there.
async fn open(url: &str) -> Result<Arc<dyn Store>, String> {
    let store = PostgresStore::open(url, 6, Limits::of_lease(LEASE)).await.map_err(|error| error.to_string())?;
    Ok(Arc::new(store))
}

/// Why it cannot be opened. No reason holds the password that is in each address here.
async fn reason(url: &str) -> String {
    let reason = open(url).await.err().unwrap();
    assert!(!reason.contains("geheim"), "{reason}");
    reason
}

/// Host and port of a proxy, by its address.
fn place(proxy: &Proxy) -> String {
    proxy.url("postgres://nowhere/").trim_start_matches("postgres://").trim_end_matches('/').to_owned()
}

fn database(w: &World) -> &str {
    w.url.rsplit('/').next().unwrap().split('?').next().unwrap()
}

/// A port where nobody listens.
async fn closed_port() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

/// A server that answers every login with this error.
async fn refusing(code: &'static str, message: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(refuse(stream, code, message));
        }
    });
    place
}

async fn refuse(mut stream: TcpStream, code: &str, message: &str) -> std::io::Result<()> {
    const TLS_REQUEST: usize = 8;
    let mut request = [0; 1024];
    while stream.read(&mut request).await? == TLS_REQUEST {
        stream.write_all(b"N").await?;
    }
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap();
    stream.write_all(&[b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()).await
}

use bodies::*;

mod bodies {
    use super::*;

    pub async fn another_host_takes_over(w: World) {
        if !w.postgres {
            return;
        }
        let id = w.create_one(|_| {}).await;
        let (a, b) = (Proxy::to(&w.url).await, Proxy::to(&w.url).await);
        let url = format!("postgres://postgres:geheim@{},{}/{}", place(&a), place(&b), database(&w));
        let store = open(&url).await.unwrap();
        store.changed_elsewhere().await.unwrap();
        a.cut();
        drop(a);
        for _ in 0..10 {
            let _ = store.task(id).await;
        }
        assert!(store.task(id).await.unwrap().is_some());
        store.ready().await.unwrap();
        // The wait ends with the connection, and the next one listens on the other host.
        let _ = store.changed_elsewhere().await;
        store.changed_elsewhere().await.unwrap();
        w.create_one(|_| {}).await;
        store.changed_elsewhere().await.unwrap();
        store.close().await;
    }

    pub async fn the_first_host_that_will_do_is_used(w: World) {
        if !w.postgres {
            return;
        }
        let there = Proxy::to(&w.url).await;
        let (closed, starting) = (closed_port().await, refusing("57P03", "the database system is starting up").await);
        let hosts = format!("{closed},{starting},{}", place(&there));
        for attrs in ["any", "read-write", "primary"] {
            let url = format!("postgres://postgres:geheim@{hosts}/{}?target_session_attrs={attrs}", database(&w));
            open(&url).await.unwrap().close().await;
        }
    }

    pub async fn a_host_that_only_reads_will_not_do(w: World) {
        if !w.postgres {
            return;
        }
        let proxy = Proxy::to(&w.url).await;
        let url = format!("postgres://postgres:geheim@{}/{}?target_session_attrs=", place(&proxy), database(&w));
        let mut admin = PgConnection::connect(&w.url).await.unwrap();
        let only = |reads| format!("ALTER DATABASE {} SET default_transaction_read_only = {reads}", database(&w));
        sqlx::raw_sql(AssertSqlSafe(only("on"))).execute(&mut admin).await.unwrap();
        assert!(reason(&format!("{url}read-write")).await.contains("it can only be read"));
        // It is no standby all the same: what is wrong turns up at the first write.
        assert!(reason(&format!("{url}primary")).await.contains("cannot bring"));
        sqlx::raw_sql(AssertSqlSafe(only("off"))).execute(&mut admin).await.unwrap();
        open(&format!("{url}read-write")).await.unwrap().close().await;
    }

    pub async fn each_reason_is_given(w: World) {
        if !w.postgres {
            return;
        }
        let at = |place: &str, database: &str| format!("postgres://postgres:geheim@{place}/{database}");
        let closed = closed_port().await;
        let proxy = Proxy::to(&w.url).await;
        let refused = refusing("28P01", "Passwort-Authentifizierung fehlgeschlagen").await;
        let barred = refusing("28000", "no pg_hba.conf entry").await;
        for (url, wanted) in [
            (at(&closed, "db"), format!("{closed}: connection refused")),
            (at("no-such-host.invalid", "db"), "no-such-host.invalid:5432: no such host".into()),
            (at(&place(&proxy), "nowhere"), "there is no database nowhere".into()),
            (at(&refused, "db"), "wrong password for the user postgres".into()),
            (at(&barred, "db"), "the user postgres may not log in: no pg_hba.conf entry".into()),
            (at(&format!("{closed},{refused}"), "db"), format!("connection refused; {refused}: wrong password")),
            (format!("{}?sslmode=require", at(&place(&proxy), "db")), "TLS".into()),
            (format!("{}?pool_size=3", at(&closed, "db")), "does not know the parameter pool_size".into()),
        ] {
            let reason = reason(&url).await;
            assert!(reason.contains(&wanted), "{wanted}: {reason}");
        }
    }

    pub async fn a_silent_host_is_given_up(w: World) {
        if !w.postgres {
            return;
        }
        let (silent, there) = (Proxy::to(&w.url).await, Proxy::to(&w.url).await);
        silent.unplug();
        let one = format!("postgres://postgres:geheim@{}/{}?connect_timeout=1", place(&silent), database(&w));
        assert!(reason(&one).await.contains("no answer within 1 s"));
        let both = format!("{},{}", place(&silent), place(&there));
        let url = format!("postgres://postgres:geheim@{both}/{}?connect_timeout=1", database(&w));
        open(&url).await.unwrap().close().await;
    }

    pub async fn another_encoding_is_refused(w: World) {
        if !w.postgres {
            return;
        }
        let mut admin = PgConnection::connect(&w.url).await.unwrap();
        let name = format!("{}_latin", database(&w));
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
        let proxy = Proxy::to(&w.url).await;
        let given = reason(&format!("postgres://postgres:geheim@{}/{name}", place(&proxy))).await;
        sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await.unwrap();
        assert!(given.contains("the encoding LATIN1, and Rota needs UTF8"), "{given}");
    }
}
