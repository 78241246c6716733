//! What addresses say.

use super::*;

fn read(url: &str) -> Address {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn shown(url: &str) -> Vec<String> {
    read(url).hosts.into_iter().map(|host| host.shown).collect()
}

fn refused(url: &str) -> String {
    url.parse::<Address>().unwrap_err().to_string()
}

#[test]
fn hosts_stand_in_the_authority_or_in_parameters() {
    assert_eq!(shown("postgres://u@a/db"), ["a:5432"]);
    assert_eq!(shown("postgresql://u:p@a:5433,b,[::1]:5434/db"), ["a:5433", "b:5432", "[::1]:5434"]);
    assert_eq!(shown("postgres:///db?host=a,b&port=5433"), ["a:5433", "b:5433"]);
    assert_eq!(shown("postgres://u@/db?host=a,b&port=5433,5434"), ["a:5433", "b:5434"]);
    assert_eq!(shown("postgres://a,b/db?hostaddr=10.0.0.1,10.0.0.2&port=1,2"), ["10.0.0.1:1", "10.0.0.2:2"]);
    assert_eq!(shown("postgres://%2Frun%2Fpostgresql/db"), ["/run/postgresql"]);
    assert_eq!(shown("postgres:///db?host=/tmp").len(), 1);
    assert_eq!(shown("postgres:///db").len(), 1);
    assert!(refused("postgres://a,b,c/db?port=1,2").contains("port must be"));
    assert!(refused("postgres://a:b/db").contains("port must be"));
}

#[test]
fn user_password_and_database_are_decoded() {
    let options = read("postgres://m%40x:p%2Fw%25@a/d%20b?application_name=mine").hosts.remove(0).options;
    assert_eq!((options.get_username(), options.get_database()), ("m@x", Some("d b")));
    assert_eq!(options.get_application_name(), Some("mine"));
    let options = read("postgres://u@a/db?user=other&dbname=there&options=-c%20geqo%3Doff").hosts.remove(0).options;
    assert_eq!((options.get_username(), options.get_database()), ("other", Some("there")));
    assert_eq!((options.get_options(), options.get_application_name()), (Some("-c geqo=off"), Some("rota")));
}

#[test]
fn several_hosts_are_meant_to_be_written_to() {
    assert_eq!(read("postgres://a/db").wanted, Wanted::Any);
    assert_eq!(read("postgres://a,b/db").wanted, Wanted::ReadWrite);
    assert_eq!(read("postgres://a,b/db?target_session_attrs=any").wanted, Wanted::Any);
    assert_eq!(read("postgres://a/db?target_session_attrs=primary").wanted, Wanted::Primary);
    assert!(refused("postgres://a/db?target_session_attrs=standby").contains("target_session_attrs"));
}

#[test]
fn limits_are_read() {
    let address = read("postgres://a/db?connect_timeout=7&keepalives_idle=8&keepalives_interval=9");
    assert_eq!(address.connect_timeout, Duration::from_secs(7));
    assert_eq!(address.keepalive, Keepalive { idle: 8, interval: 9, ..KEEPALIVE });
    let address = read("postgres://a/db?connect_timeout=0&keepalives_count=2&tcp_user_timeout=5");
    assert_eq!(address.connect_timeout, CONNECT_TIMEOUT);
    assert_eq!(address.keepalive, Keepalive { count: 2, user_timeout: 5, ..KEEPALIVE });
    assert_eq!(read("postgres://a/db?keepalives=0").keepalive.idle, 0);
    for parameter in ["connect_timeout=x", "keepalives=2", "keepalives_idle=-1", "tcp_user_timeout=1s", "sslmode=on"] {
        let name = parameter.split('=').next().unwrap();
        assert!(refused(&format!("postgres://a/db?{parameter}")).contains(name), "{parameter}");
    }
}

#[test]
fn what_cannot_be_honored_is_refused_by_name() {
    for name in ["gssencmode", "target_session_attr", "pool_size", "channel_binding"] {
        assert!(refused(&format!("postgres://a/db?{name}=x")).ends_with(name), "{name}");
    }
    assert!(refused("postgres://a/db?host=b&hostaddr=10.0.0.1&sslmode=verify-full").contains("hostaddr"));
}

#[test]
fn no_sentence_holds_a_password() {
    for url in [
        "postgres://u:geheim@a:x/db",
        "postgres://u:ge?heim@a/db",
        "postgres://u:ge/heim@a/db",
        "postgres://u:geheim%@a/db",
        "postgres://u:geheim%zz@a/db",
        "postgres://u:x?geheim=y@a/db",
        "postgres://u:geheim@a/db?nothing=geheim",
        "postgres://a/db?password=geheim&sslmode=geheim",
        "mysql://u:geheim@a/db",
    ] {
        let sentence = refused(url);
        assert!(!sentence.contains("geheim") && !sentence.contains("heim"), "{url}: {sentence}");
    }
}
