//! Speaks the peers' protocol (tests/differential/README.md) for pasetors, rusty_paseto and rusty_paserk.
mod pasetors_peer;
mod rusty_paserk_peer;
mod rusty_paseto_peer;

use base64::prelude::{Engine, BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{json, Value};
use std::io::{BufRead, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::time::Instant;

pub type Outcome<T> = Result<T, String>;
pub type Run = Box<dyn Fn() -> Outcome<Value>>;

/// One line of the protocol.
pub struct Request(Value);

impl Request {
    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or("")
    }
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        BASE64_STANDARD
            .decode(self.text(name))
            .expect("the driver sends base64")
    }
    pub fn number(&self, name: &str) -> u32 {
        self.0["cost"][name].as_u64().unwrap_or(0) as u32
    }
    /// The bytes of the PASERK text in field `name`.
    pub fn key(&self, name: &str) -> Outcome<Vec<u8>> {
        let data = self.text(name).rsplit('.').next().unwrap_or("");
        BASE64_URL_SAFE_NO_PAD.decode(data).map_err(refusal)
    }
}

pub fn refusal(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

pub fn message_and_footer(message: &str, footer: &[u8]) -> Value {
    json!({"message": BASE64_STANDARD.encode(message), "footer": BASE64_STANDARD.encode(footer)})
}

/// The footer's bytes in a token text, for a library that wants to be told what it is.
pub fn footer_in(token: &str) -> Outcome<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD
        .decode(token.split('.').nth(3).unwrap_or(""))
        .map_err(refusal)
}

fn bench(request: &Request) -> Outcome<Value> {
    let run = match (request.text("peer"), request.text("what")) {
        ("pasetors", "make") => pasetors_peer::maker(request)?,
        ("pasetors", _) => pasetors_peer::reader(request)?,
        (_, "make") => rusty_paseto_peer::maker(request)?,
        _ => rusty_paseto_peer::reader(request)?,
    };
    run()?;
    let seconds = request.0["seconds"].as_f64().unwrap_or(0.1);
    let (mut count, started) = (0u64, Instant::now());
    while started.elapsed().as_secs_f64() < seconds {
        run()?;
        count += 1;
    }
    Ok(json!({"operations": count, "seconds": started.elapsed().as_secs_f64()}))
}

fn hello() -> Value {
    let wraps = ["local-wrap.pie", "secret-wrap.pie", "local-pw", "secret-pw", "seal"].map(|t| format!("k4.{t}"));
    json!({"peers": [
        {"name": "pasetors", "version": "0.8.1", "kinds": ["v4.public", "v4.local", "v3.public"], "messages": "json",
         "footers": "bytes", "claims": true, "ids": ["v4.public", "v4.local", "v3.public"], "wraps": []},
        {"name": "rusty_paseto", "version": "0.10.1", "kinds": ["v4.public", "v4.local"], "messages": "json",
         "footers": "text", "claims": false, "ids": [], "wraps": []},
        {"name": "rusty_paserk", "version": "0.5.0", "kinds": [], "messages": "json", "footers": "bytes", "claims": false,
         "ids": ["v4.public", "v4.local"], "wraps": wraps},
    ]})
}

fn answer(request: &Request) -> Outcome<Value> {
    match (request.text("op"), request.text("peer")) {
        ("hello", _) => Ok(hello()),
        ("make", "pasetors") => pasetors_peer::maker(request)?(),
        ("read", "pasetors") => pasetors_peer::reader(request)?(),
        ("key_id", "pasetors") => pasetors_peer::key_id(request),
        ("make", "rusty_paseto") => rusty_paseto_peer::maker(request)?(),
        ("read", "rusty_paseto") => rusty_paseto_peer::reader(request)?(),
        ("wrap", "rusty_paserk") => rusty_paserk_peer::wrap(request),
        ("unwrap", "rusty_paserk") => rusty_paserk_peer::unwrap(request),
        ("key_id", "rusty_paserk") => rusty_paserk_peer::key_id(request),
        ("bench", _) => bench(request),
        (operation, peer) => Err(format!("{peer} has no operation {operation}")),
    }
}

fn main() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request = Request(serde_json::from_str(&line.expect("a line")).expect("the driver sends JSON"));
        // A panic is recorded as one: a library should not end its caller.
        let result = catch_unwind(AssertUnwindSafe(|| answer(&request))).unwrap_or_else(|_| Err("panic".to_string()));
        let reply = result.unwrap_or_else(|error| json!({"refused": error}));
        writeln!(out, "{reply}").and_then(|()| out.flush()).expect("a reader");
    }
}
