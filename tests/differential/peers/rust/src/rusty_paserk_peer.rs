//! rusty_paserk: wrapped, password-protected and sealed keys, and ids. Its versions exclude each other; this is k4.
use crate::{refusal, Outcome, Request};
use rusty_paserk::{
    Argon2State, Key, KeyId, KeyType, Local, PieWrappedKey, PlaintextKey, Public, PwWrappedKey, SealedKey, Secret, V4,
};
use serde_json::{json, Value};

fn parse<K: KeyType<V4>>(text: &str) -> Outcome<Key<V4, K>> {
    Ok(text.parse::<PlaintextKey<V4, K>>().map_err(refusal)?.0)
}

pub fn wrap(request: &Request) -> Outcome<Value> {
    let (key, other) = (request.text("key"), request.text("with"));
    let argon = || Argon2State {
        mem: request.number("memory"),
        time: request.number("time"),
        para: 1,
    };
    let text = match request.text("type") {
        "k4.local-wrap.pie" => parse::<Local>(key)?.wrap_pie(&parse::<Local>(other)?).to_string(),
        "k4.secret-wrap.pie" => parse::<Secret>(key)?.wrap_pie(&parse::<Local>(other)?).to_string(),
        "k4.local-pw" => parse::<Local>(key)?
            .pw_wrap_with_settings(&request.bytes("with"), argon())
            .to_string(),
        "k4.secret-pw" => parse::<Secret>(key)?
            .pw_wrap_with_settings(&request.bytes("with"), argon())
            .to_string(),
        "k4.seal" => parse::<Local>(key)?.seal(&parse::<Public>(other)?).to_string(),
        other => return Err(format!("rusty_paserk has no {other}")),
    };
    Ok(json!({"paserk": text}))
}

macro_rules! unwrap_with {
    ($wrapped:ty, $request:expr, $open:expr) => {
        PlaintextKey($open($request.text("paserk").parse::<$wrapped>().map_err(refusal)?).map_err(refusal)?).to_string()
    };
}

pub fn unwrap(request: &Request) -> Outcome<Value> {
    let other = request.text("with");
    let key = match request.text("type") {
        "k4.local-wrap.pie" => {
            let with = parse::<Local>(other)?;
            unwrap_with!(PieWrappedKey<V4, Local>, request, |w: PieWrappedKey<V4, Local>| w.unwrap_key(&with))
        }
        "k4.secret-wrap.pie" => {
            let with = parse::<Local>(other)?;
            unwrap_with!(PieWrappedKey<V4, Secret>, request, |w: PieWrappedKey<V4, Secret>| w.unwrap_key(&with))
        }
        "k4.local-pw" => {
            let with = request.bytes("with");
            unwrap_with!(PwWrappedKey<V4, Local>, request, |w: PwWrappedKey<V4, Local>| w.unwrap_key(&with))
        }
        "k4.secret-pw" => {
            let with = request.bytes("with");
            unwrap_with!(PwWrappedKey<V4, Secret>, request, |w: PwWrappedKey<V4, Secret>| w.unwrap_key(&with))
        }
        "k4.seal" => {
            let with = parse::<Secret>(other)?;
            unwrap_with!(SealedKey<V4>, request, |w: SealedKey<V4>| w.unseal(&with))
        }
        other => return Err(format!("rusty_paserk has no {other}")),
    };
    Ok(json!({"key": key}))
}

pub fn key_id(request: &Request) -> Outcome<Value> {
    let text = request.text("key");
    let id = match text.rfind('.').map_or("", |end| &text[..end]) {
        "k4.local" => KeyId::<V4, Local>::from(parse(text)?).to_string(),
        "k4.public" => KeyId::<V4, Public>::from(parse(text)?).to_string(),
        "k4.secret" => KeyId::<V4, Secret>::from(parse(text)?).to_string(),
        other => return Err(format!("rusty_paserk has no {other}")),
    };
    Ok(json!({"id": id}))
}
