//! A PostgreSQL of our own for the tests: in a temporary folder, on a free port of 127.0.0.1, gone afterwards.

use crate::sh;
use anyhow::{Context, Result, bail};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running server; dropping it stops it and removes its data.
pub struct Postgres {
    server: Child,
    data: PathBuf,
    port: u16,
    _folder: TempDir,
}

impl Postgres {
    /// Makes a cluster for tests and starts it: nothing in it has to survive a power cut. As root it runs as the user `postgres`, because PostgreSQL refuses root.
    pub fn start() -> Result<Postgres> {
        Postgres::with(&["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"])
    }

    /// The same as it is installed, for honest figures.
    pub fn durable() -> Result<Postgres> {
        Postgres::with(&[])
    }

    fn with(settings: &[&str]) -> Result<Postgres> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("rota-postgres-").tempdir()?;
        if sh::is_root() {
            sh::run(sh::program("chown").arg("postgres").arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        let initdb = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"];
        sh::run(as_postgres(&programs.join("initdb")).args(initdb).arg(&data).stdout(Stdio::null()))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let server = serve(&programs, &data, folder.path(), port, settings)?;
        let mut postgres = Postgres { server, data, port, _folder: folder };
        postgres.wait()?;
        println!("PostgreSQL runs on 127.0.0.1:{port}");
        Ok(postgres)
    }

    /// A superuser's address.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait(&mut self) -> Result<()> {
        let start = Instant::now();
        let status = self.data.join("postmaster.pid");
        // The last line of postmaster.pid says `ready` once logins are taken.
        while !fs::read_to_string(&status).is_ok_and(|text| text.lines().any(|line| line.trim() == "ready"))
            || TcpStream::connect(("127.0.0.1", self.port)).is_err()
        {
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL ended while starting ({status})");
            }
            if start.elapsed() > START_TIMEOUT {
                bail!("PostgreSQL did not start within {} s", START_TIMEOUT.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown. The child may be a wrapper, so the server's own number is taken.
        let pid = fs::read_to_string(self.data.join("postmaster.pid")).ok();
        match pid.as_deref().and_then(|text| text.lines().next()) {
            Some(pid) => _ = sh::succeeds(Command::new("kill").args(["-INT", pid.trim()])),
            None => _ = self.server.kill(),
        }
        _ = self.server.wait();
    }
}

fn serve(programs: &Path, data: &Path, sockets: &Path, port: u16, settings: &[&str]) -> Result<Child> {
    let mut command = as_postgres(&programs.join("postgres"));
    command.arg("-D").arg(data).arg("-k").arg(sockets).arg("-p").arg(port.to_string());
    for setting in ["listen_addresses=127.0.0.1"].iter().chain(settings) {
        command.arg("-c").arg(setting);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    command.spawn().context("cannot start PostgreSQL")
}

/// A program under the user `postgres` if this is root, and one that ends with xtask, however that ends.
fn as_postgres(program: &Path) -> Command {
    let (root, setpriv) = (sh::is_root(), sh::which("setpriv"));
    let mut command = match (&setpriv, root) {
        (Some(setpriv), _) => sh::program(setpriv),
        (None, true) => sh::program("runuser"),
        (None, false) => sh::program(program),
    };
    if setpriv.is_some() {
        command.args(["--pdeathsig", "INT"]);
        if root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        command.arg(program);
    } else if root {
        command.args(["-u", "postgres", "--"]).arg(program);
    }
    // The workspace may be closed to that user.
    command.current_dir("/").env("LC_ALL", "C");
    command
}

/// The folder of `initdb` and `postgres`, of the newest version.
fn programs() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    sh::apt_install("PostgreSQL 13 or newer", &["postgresql"])?;
    installed().context("PostgreSQL was installed, but no initdb was found under /usr/lib/postgresql")
}

fn installed() -> Option<PathBuf> {
    let is_whole = |dir: &PathBuf| dir.join("initdb").is_file() && dir.join("postgres").is_file();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, dir)| is_whole(dir))
        .collect();
    versions.sort();
    let debian = versions.pop().map(|(_, dir)| dir);
    debian.or_else(|| sh::which("initdb").and_then(|path| path.parent().map(Path::to_owned)).filter(is_whole))
}
