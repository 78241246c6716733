//! Seals and opens secret parameters: XChaCha20-Poly1305 under one key, bound to the task and the parameter that they were
//! sealed for.

use crate::config::{Config, SettingError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::TaskId;
use domain::module::{SEALED, Sealer};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

const NONCE_LEN: usize = 24;
const SETTING: &str = "ROTA_SECRET_KEY";
const SETTING_PREVIOUS: &str = "ROTA_SECRET_KEY_PREVIOUS";
/// The name of the key's file in the data folder.
pub const KEY_FILE: &str = "secret.key";
/// The key before it, while secrets are sealed anew.
const PREVIOUS_FILE: &str = "secret.key.previous";
/// A key that is not in force yet.
const NEW_FILE: &str = "secret.key.new";

type Key = Zeroizing<[u8; 32]>;

/// The key, ready for use, and the one before it as long as something may be sealed with that. Both are wiped from memory when
/// dropped, and never shown.
#[derive(Clone)]
pub struct Secrets {
    cipher: XChaCha20Poly1305,
    previous: Option<XChaCha20Poly1305>,
}

/// What a sealed text is under the present key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resealed {
    /// It is sealed with it.
    Already,
    /// It was sealed with the previous key, and now is this.
    Anew(String),
    /// It opens with neither.
    Lost,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Takes the key from the setting, or from the file in the data folder, which is made at the first start.
    ///
    /// # Errors
    /// A sentence that names the setting or the file.
    pub fn load(config: &Config) -> Result<Secrets, SettingError> {
        make_private_folder(&config.data_dir).map_err(|e| {
            SettingError::new("ROTA_DATA_DIR", format!("making {} failed: {e}", config.data_dir.display()))
        })?;
        let wrong = |why| SettingError::new(SETTING, why);
        let set = |text: &Option<String>, name| {
            let text = text.as_deref().filter(|text| !text.is_empty());
            text.map(parse_key).transpose().map_err(|why| SettingError::new(name, why))
        };
        let previous = match set(&config.secret_key_previous, SETTING_PREVIOUS)? {
            None => previous_key_file(&config.data_dir).map_err(wrong)?,
            set => set,
        };
        let key = match set(&config.secret_key, SETTING)? {
            Some(key) => key,
            None => key_file(&config.data_dir.join(KEY_FILE)).map_err(wrong)?,
        };
        Ok(Secrets { previous: previous.map(|key| cipher(&key)), ..Secrets::with_key(&key) })
    }

    /// Uses exactly this key.
    pub fn with_key(key: &[u8; 32]) -> Secrets {
        Secrets { cipher: cipher(key), previous: None }
    }

    /// Opens what this other key sealed, too.
    #[must_use]
    pub fn after(self, previous: &[u8; 32]) -> Secrets {
        Secrets { previous: Some(cipher(previous)), ..self }
    }

    /// The plain text; `None` if it was sealed for another task or parameter, with another key, or was changed.
    pub fn open(&self, task: TaskId, pointer: &str, sealed: &str) -> Option<String> {
        self.open_at(&bound_to(task, pointer), sealed)
    }

    /// The plain text of what [`Secrets::seal_at`] sealed for this place.
    pub fn open_at(&self, place: &str, sealed: &str) -> Option<String> {
        let with = |cipher| open_with(cipher, place, sealed);
        with(&self.cipher).or_else(|| self.previous.as_ref().and_then(with))
    }

    /// Seals with the present key what the previous one sealed.
    pub fn reseal(&self, task: TaskId, pointer: &str, sealed: &str) -> Resealed {
        self.reseal_at(&bound_to(task, pointer), sealed)
    }

    /// The same for what [`Secrets::seal_at`] sealed.
    pub fn reseal_at(&self, place: &str, sealed: &str) -> Resealed {
        if open_with(&self.cipher, place, sealed).is_some() {
            return Resealed::Already;
        }
        match self.open_at(place, sealed).map(Zeroizing::new) {
            Some(plain) => Resealed::Anew(self.seal_at(place, &plain)),
            None => Resealed::Lost,
        }
    }

    /// Seals a text that opens for this place and for nothing else. A place that begins with `task:` is a task's.
    pub fn seal_at(&self, place: &str, plain: &str) -> String {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let payload = Payload { msg: plain.as_bytes(), aad: place.as_bytes() };
        // Encryption fails only beyond 256 GiB; a body has 4 MiB.
        let ciphertext = self.cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        let mut bytes = nonce.to_vec();
        bytes.extend(ciphertext);
        format!("{SEALED}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

fn open_with(cipher: &XChaCha20Poly1305, place: &str, sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(SEALED)?).ok()?;
    let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN)?;
    let nonce = <[u8; NONCE_LEN]>::try_from(nonce).ok()?;
    let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
    let plain = cipher.decrypt(&XNonce::from(nonce), payload).ok()?;
    String::from_utf8(plain).ok()
}

impl Sealer for Secrets {
    fn seal(&self, task: TaskId, pointer: &str, plain: &str) -> String {
        self.seal_at(&bound_to(task, pointer), plain)
    }
}

/// What a sealed value opens for, and for nothing else.
fn bound_to(task: TaskId, pointer: &str) -> String {
    format!("task:{task}:{pointer}")
}

/// Reads 64 hexadecimal digits.
///
/// # Errors
/// What would be right; never the text itself.
pub fn parse_key(text: &str) -> Result<Key, &'static str> {
    let text = text.trim().as_bytes();
    let mut key = Key::default();
    if text.len() != 64 {
        return Err("must be 64 hexadecimal digits");
    }
    for (byte, pair) in key.iter_mut().zip(text.chunks(2)) {
        let digit = |c: u8| char::from(c).to_digit(16).ok_or("must be 64 hexadecimal digits");
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).unwrap_or_default();
    }
    Ok(key)
}

/// The database in it holds the hashes of passwords, so a new folder is its owner's only.
fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn key_file(path: &Path) -> Result<Key, String> {
    let cannot = |doing: &str, why: std::io::Error| format!("{doing} {} failed: {why}", path.display());
    match make_key_file(path) {
        Ok(key) => Ok(key),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => read_key_file(path),
        Err(e) => Err(cannot("making", e)),
    }
}

/// Puts a new key into the folder's file and keeps the one before beside it, so that whatever is sealed opens at every moment. Where
/// another previous one is there, a rotation was interrupted, and goes on with the keys that it had.
///
/// # Errors
/// A sentence that names the file.
pub fn renew_key_file(folder: &Path) -> Result<(), String> {
    let [file, previous, new] = [KEY_FILE, PREVIOUS_FILE, NEW_FILE].map(|name| folder.join(name));
    let present = read_key_file(&file)?;
    // The same one twice: interrupted before the new key was in force.
    if previous_key_file(folder)?.is_some_and(|previous| previous != present) {
        return Ok(());
    }
    let swap = || {
        for left in [&new, &previous] {
            match fs::remove_file(left) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        make_key_file(&new)?;
        fs::hard_link(&file, &previous)?;
        fs::rename(&new, &file)?;
        fs::File::open(folder)?.sync_all()
    };
    swap().map_err(|e| format!("renewing {} failed: {e}", file.display()))
}

/// Nothing is sealed with the previous key any more.
///
/// # Errors
/// A sentence that names the file.
pub fn forget_previous_key(folder: &Path) -> Result<(), String> {
    let path = folder.join(PREVIOUS_FILE);
    fs::remove_file(&path).map_err(|e| format!("removing {} failed: {e}", path.display()))
}

fn previous_key_file(folder: &Path) -> Result<Option<Key>, String> {
    let path = folder.join(PREVIOUS_FILE);
    if path.exists() { read_key_file(&path).map(Some) } else { Ok(None) }
}

fn make_key_file(path: &Path) -> std::io::Result<Key> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let key: Key = Zeroizing::new(rand::random());
    let hex: Zeroizing<String> = Zeroizing::new(key.iter().map(|b| format!("{b:02x}")).collect());
    file.write_all(hex.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(key)
}

fn read_key_file(path: &Path) -> Result<Key, String> {
    let shown = path.display();
    let file = fs::File::open(path).map_err(|e| format!("opening {shown} failed: {e}"))?;
    check_private(&file, path)?;
    let mut text = Zeroizing::new(String::new());
    file.take(1024).read_to_string(&mut text).map_err(|e| format!("reading {shown} failed: {e}"))?;
    parse_key(&text).map_err(|why| format!("the content of {shown} {why}"))
}

#[cfg(unix)]
fn check_private(file: &fs::File, path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let shown = path.display();
    let mode = file.metadata().map_err(|e| format!("reading {shown} failed: {e}"))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!("{shown} can be read by others; run: chmod 600 {shown}"))
}

#[cfg(not(unix))]
fn check_private(_: &fs::File, _: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::with_key(&[7; 32])
    }

    #[test]
    fn what_was_sealed_opens_where_it_was_sealed() {
        let sealed = secrets().seal(TaskId(3), "/bearer", "swordfish ü");
        assert!(sealed.starts_with("rota1:") && !sealed.contains("swordfish"));
        assert_eq!(secrets().open(TaskId(3), "/bearer", &sealed).as_deref(), Some("swordfish ü"));
        assert_ne!(sealed, secrets().seal(TaskId(3), "/bearer", "swordfish ü"), "a new nonce each time");
    }

    #[test]
    fn the_previous_key_opens_and_never_seals() {
        let old = secrets().seal(TaskId(3), "/bearer", "x");
        let both = Secrets::with_key(&[9; 32]).after(&[7; 32]);
        assert_eq!(both.open(TaskId(3), "/bearer", &old).as_deref(), Some("x"));
        let Resealed::Anew(new) = both.reseal(TaskId(3), "/bearer", &old) else { panic!("it opens") };
        assert_eq!(Secrets::with_key(&[9; 32]).open(TaskId(3), "/bearer", &new).as_deref(), Some("x"));
        assert_eq!(both.reseal(TaskId(3), "/bearer", &new), Resealed::Already);
        assert_eq!(both.reseal(TaskId(4), "/bearer", &old), Resealed::Lost);
    }

    #[test]
    fn a_renewed_key_file_keeps_the_old_one_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(renew_key_file(folder.path()).unwrap_err().contains("secret.key"));
        let first = key_file(&at(KEY_FILE)).unwrap();
        // What an earlier attempt left: stopped in the middle of the new key, and before that was in force.
        fs::write(at(NEW_FILE), "half").unwrap();
        fs::hard_link(at(KEY_FILE), at(PREVIOUS_FILE)).unwrap();
        renew_key_file(folder.path()).unwrap();
        let second = key_file(&at(KEY_FILE)).unwrap();
        assert_ne!(*first, *second);
        assert_eq!(previous_key_file(folder.path()).unwrap().as_deref(), Some(&*first));
        renew_key_file(folder.path()).unwrap();
        assert_eq!(*key_file(&at(KEY_FILE)).unwrap(), *second, "an interrupted rotation goes on");
        forget_previous_key(folder.path()).unwrap();
        assert_eq!(previous_key_file(folder.path()).unwrap(), None);
        assert!(!at(NEW_FILE).exists());
    }

    #[test]
    fn nothing_opens_anywhere_else() {
        let sealed = secrets().seal(TaskId(3), "/bearer", "x");
        assert_eq!(secrets().open(TaskId(4), "/bearer", &sealed), None);
        assert_eq!(secrets().open(TaskId(3), "/other", &sealed), None);
        assert_eq!(Secrets::with_key(&[8; 32]).open(TaskId(3), "/bearer", &sealed), None);
    }

    #[test]
    fn a_changed_text_does_not_open() {
        let sealed = secrets().seal(TaskId(3), "/bearer", "x");
        let mut bytes = URL_SAFE_NO_PAD.decode(&sealed[SEALED.len()..]).unwrap();
        for i in 0..bytes.len() {
            bytes[i] ^= 1;
            let changed = format!("{SEALED}{}", URL_SAFE_NO_PAD.encode(&bytes));
            assert_eq!(secrets().open(TaskId(3), "/bearer", &changed), None, "byte {i}");
            bytes[i] ^= 1;
        }
        for odd in ["", "rota1:", "rota1:AAAA", "rota1:%%%", "rota2:AAAA", &sealed[..sealed.len() - 1]] {
            assert_eq!(secrets().open(TaskId(3), "/bearer", odd), None, "{odd}");
        }
    }

    #[test]
    fn the_key_is_never_shown() {
        assert_eq!(format!("{:?}", secrets()), "Secrets");
        let error = parse_key("not-the-key-but-perhaps-nearly").unwrap_err();
        assert_eq!(error, "must be 64 hexadecimal digits");
        assert!(parse_key(&"é".repeat(32)).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_made_once_and_must_be_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub").join(KEY_FILE);
        make_private_folder(&folder.path().join("sub")).unwrap();
        assert_eq!(fs::metadata(folder.path().join("sub")).unwrap().permissions().mode() & 0o777, 0o700);
        let first = key_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(*key_file(&path).unwrap(), *first);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(key_file(&path).unwrap_err().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(key_file(&path).unwrap_err().contains("64 hexadecimal digits"));
    }
}
