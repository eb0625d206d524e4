//! A PostgreSQL server of one test's own: begun in a temporary folder, on loopback alone, and ended with the test.

use crate::supervisor::until;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Who owns the database, and the password that is asked for over TCP.
pub const USER: &str = "lacuna";
pub const PASSWORD: &str = "s3cret";
/// How long it may take to begin or to end.
const LIMIT: Duration = Duration::from_secs(60);

/// A server. It ends when this is dropped, and when the test ends in any other way.
pub struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Server {
    /// A server with an empty database.
    pub fn start() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().unwrap();
        let (user, group) = account();
        chown(folder.path(), Some(user), Some(group)).unwrap();
        let secret = folder.path().join("password");
        std::fs::write(&secret, PASSWORD).unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
        let mut server = Self { folder, programs, port: 0, child: None };
        let made = server
            .program("initdb")
            .args(["-U", USER, "-E", "UTF8", "--no-locale", "--no-sync", "--auth-local=trust"])
            .args(["--auth-host=scram-sha-256", "--pwfile"])
            .arg(&secret)
            .arg(server.data())
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let certify =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        let mut openssl = server.ours(Path::new("openssl"));
        openssl.args(certify).args(["-keyout", "key.pem", "-out", "server.pem", "-subj", "/CN=localhost"]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]);
        let made = openssl.output().unwrap();
        assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
        server.resume();
        server
    }

    /// The certificate that it shows as `localhost`, which vouches for itself.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    /// Begins it again, on the same port where it had one.
    pub fn resume(&mut self) {
        for _ in 0..5 {
            if self.port == 0 {
                self.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            }
            let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
            let mut start = self.program("postgres");
            start.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path()).arg("-p").arg(self.port.to_string());
            // What is lost with the machine is not asked for here.
            start.args(["-h", "127.0.0.1", "-F", "-c", "max_connections=30", "-c", "shared_buffers=16MB"]);
            let file = |name: &str| self.folder.path().join(name).display().to_string();
            start.args(["-c", "ssl=on", "-c", &format!("ssl_cert_file={}", file("server.pem"))]);
            start.args(["-c", &format!("ssl_key_file={}", file("key.pem"))]);
            self.child = Some(start.stdout(Stdio::null()).stderr(log).spawn().unwrap());
            let mut has_ended = false;
            until(LIMIT, "the server answers", || {
                has_ended = self.child.as_mut().unwrap().try_wait().unwrap().is_some();
                has_ended || self.ask("SELECT 1").is_ok()
            });
            if !has_ended {
                return;
            }
            // Somebody else took the port in between.
            self.port = 0;
        }
        panic!("no server: {}", std::fs::read_to_string(self.folder.path().join("log")).unwrap());
    }

    /// Ends it at once, as a machine that goes down does.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let quit = rustix::process::Signal::QUIT;
            // It may have ended by itself.
            let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&child), quit);
            child.wait().unwrap();
        }
    }

    /// Its address on loopback, without the password.
    pub fn address(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Its address by its socket, where no password is asked for.
    pub fn socket(&self) -> String {
        format!("postgres:///postgres?user={USER}&host={}&port={}", self.folder.path().display(), self.port)
    }

    /// What it answers to a question in SQL: values with bars between them.
    pub fn ask(&self, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", "postgres", "-c", sql]);
        let output = psql.arg("-h").arg(self.folder.path()).arg("-p").arg(self.port.to_string()).output().unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap().trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        self.ours(&self.programs.join(name))
    }

    /// A program as whoever owns the server, who must not be root; it ends with whoever started it.
    fn ours(&self, program: &Path) -> Command {
        let (user, group) = account();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if is_root() {
            command.args(["--reuid", &user.to_string(), "--regid", &group.to_string(), "--clear-groups"]);
        }
        command.arg(program).current_dir(self.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// Who runs the server: whoever runs the tests or, where that is root, somebody who may do nothing.
fn account() -> (u32, u32) {
    if !is_root() {
        return (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    }
    let id = |flag: &str, name: &str| {
        let output = Command::new("id").args([flag, name]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().ok()
    };
    let of = |name: &str| Some((id("-u", name)?, id("-g", name)?));
    of("postgres").or_else(|| of("nobody")).expect("an account that is not root's")
}

/// The folder with the newest server that is installed.
fn programs() -> PathBuf {
    let newest = std::fs::read_dir("/usr/lib/postgresql").ok().and_then(|versions| {
        let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
        let folders = versions.filter_map(|entry| Some(entry.ok()?.path()));
        folders.filter_map(|path| Some((number(&path)?, path.join("bin")))).max().map(|(_, path)| path)
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let anywhere = std::env::split_paths(&path).find(|folder| folder.join("initdb").exists());
    let is_whole = |folder: &PathBuf| {
        ["initdb", "postgres", "psql"]
            .iter()
            .all(|name| folder.join(name).metadata().is_ok_and(|file| file.mode() & 0o111 != 0))
    };
    newest.into_iter().chain(anywhere).find(is_whole).unwrap_or_else(|| {
        panic!("these tests need a PostgreSQL server, Debian's package postgresql: neither /usr/lib/postgresql nor the path has one")
    })
}

#[test]
fn a_server_of_a_test_begins_empty_and_ends_with_it() {
    let mut server = Server::start();
    assert_eq!(server.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'lacuna'").as_deref(), Ok("0"));
    server.stop();
    assert!(server.ask("SELECT 1").is_err());
    server.resume();
    assert_eq!(server.ask("SHOW listen_addresses").as_deref(), Ok("127.0.0.1"));
}
