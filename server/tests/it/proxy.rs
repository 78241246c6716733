//! Stands between a store and its PostgreSQL, and does to connections what networks do.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Which bytes stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Those of the store.
    ToServer,
    /// Those of the database.
    ToClient,
    /// All.
    Both,
}

/// What becomes of a connection whose COMMIT was done and not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is cut.
    Cut,
    /// It stays open, and silent.
    Silence,
}

/// A proxy on a port of its own. It ends when it is dropped.
pub struct Proxy {
    port: u16,
    network: Arc<Network>,
    _running: DropGuard,
}

/// What holds for all connections, and those that are there.
#[derive(Default)]
struct Network {
    links: Mutex<Vec<Link>>,
    unplugged: Mutex<bool>,
    next_commit: Mutex<Option<Then>>,
}

struct Link {
    to_server: watch::Sender<bool>,
    to_client: watch::Sender<bool>,
    cut: CancellationToken,
}

impl Proxy {
    /// Leads to the server of this address.
    pub async fn to(url: &str) -> Proxy {
        let (_, server, _) = parts(url);
        let server = if server.contains(':') { server.to_owned() } else { format!("{server}:5432") };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = Arc::new(Network::default());
        let running = CancellationToken::new();
        tokio::spawn(running.clone().run_until_cancelled_owned(accept(listener, server, network.clone())));
        Proxy { port, network, _running: running.drop_guard() }
    }

    /// The address, by way of the proxy.
    pub fn url(&self, url: &str) -> String {
        let (before, _, after) = parts(url);
        format!("{before}127.0.0.1:{}{after}", self.port)
    }

    /// The connections that are open now go silent: nothing arrives, and nobody hears that they are gone. New ones work.
    pub fn freeze(&self, way: Way) {
        for link in &*self.network.links.lock().unwrap() {
            if way != Way::ToClient {
                link.to_server.send_replace(true);
            }
            if way != Way::ToServer {
                link.to_client.send_replace(true);
            }
        }
    }

    /// From now on new connections are accepted and silent as well.
    pub fn unplug(&self) {
        *self.network.unplugged.lock().unwrap() = true;
        self.freeze(Way::Both);
    }

    /// Everything flows again, and what was held back arrives.
    pub fn thaw(&self) {
        *self.network.unplugged.lock().unwrap() = false;
        for link in &*self.network.links.lock().unwrap() {
            link.to_server.send_replace(false);
            link.to_client.send_replace(false);
        }
    }

    /// Ends the connections that are open now, on both sides.
    pub fn cut(&self) {
        for link in &*self.network.links.lock().unwrap() {
            link.cut.cancel();
        }
    }

    /// The next COMMIT that comes by is done, and its answer never arrives.
    pub fn swallow_next_commit(&self, then: Then) {
        *self.network.next_commit.lock().unwrap() = Some(then);
    }

    /// Whether such a COMMIT came by and was done.
    pub fn swallowed(&self) -> bool {
        self.network.next_commit.lock().unwrap().is_none()
    }
}

/// What stands before host and port, these, and what follows.
fn parts(url: &str) -> (&str, &str, &str) {
    let start = url.find("://").map_or(0, |i| i + 3);
    let end = url[start..].find('/').map_or(url.len(), |i| start + i);
    let start = url[start..end].rfind('@').map_or(start, |i| start + i + 1);
    (&url[..start], &url[start..end], &url[end..])
}

async fn accept(listener: TcpListener, server: String, network: Arc<Network>) {
    while let Ok((client, _)) = listener.accept().await {
        let frozen = *network.unplugged.lock().unwrap();
        let link = Link {
            to_server: watch::Sender::new(frozen),
            to_client: watch::Sender::new(frozen),
            cut: CancellationToken::new(),
        };
        let (to_server, to_client) = (link.to_server.subscribe(), link.to_client.subscribe());
        let cut = link.cut.clone();
        network.links.lock().unwrap().push(link);
        let (server, network) = (server.clone(), network.clone());
        tokio::spawn(async move {
            let forward = forward(client, &server, to_server, to_client, &network);
            cut.run_until_cancelled(forward).await
        });
    }
}

async fn forward(
    client: TcpStream,
    server: &str,
    to_server: watch::Receiver<bool>,
    to_client: watch::Receiver<bool>,
    network: &Network,
) -> std::io::Result<()> {
    let server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let ((from_client, into_client), (from_server, into_server)) = (client.into_split(), server.into_split());
    let (commit, seen) = watch::channel(None);
    tokio::select! {
        done = requests(from_client, into_server, to_server, network, commit) => done,
        done = answers(from_server, into_client, to_client, network, seen) => done,
    }
}

/// Bytes of the client, on the lookout for its COMMIT.
async fn requests(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut frozen: watch::Receiver<bool>,
    network: &Network,
    commit: watch::Sender<Option<Then>>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        let n = from.read(&mut buffer).await?;
        let _ = frozen.wait_for(|frozen| !frozen).await;
        if n == 0 {
            return Ok(());
        }
        if buffer[..n].windows(7).any(|bytes| bytes == b"COMMIT\0") {
            commit.send_replace(*network.next_commit.lock().unwrap());
        }
        to.write_all(&buffer[..n]).await?;
    }
}

/// Bytes of the server; the answer to a COMMIT that is to be swallowed, and all after it, go nowhere.
async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut frozen: watch::Receiver<bool>,
    network: &Network,
    commit: watch::Receiver<Option<Then>>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        let n = from.read(&mut buffer).await?;
        let _ = frozen.wait_for(|frozen| !frozen).await;
        if n == 0 {
            return Ok(());
        }
        let swallow = *commit.borrow();
        match swallow {
            None => to.write_all(&buffer[..n]).await?,
            Some(then) => {
                *network.next_commit.lock().unwrap() = None;
                if then == Then::Cut {
                    return Ok(());
                }
                std::future::pending::<()>().await;
            }
        }
    }
}
