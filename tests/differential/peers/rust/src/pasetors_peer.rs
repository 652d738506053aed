//! pasetors: its version modules, which take bytes, and its strict claims on reading.
use crate::{message_and_footer, refusal, Outcome, Request, Run};
use pasetors::claims::Claims;
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey, SymmetricKey};
use pasetors::paserk::Id;
use pasetors::token::UntrustedToken;
use pasetors::version3::V3;
use pasetors::version4::V4;
use pasetors::{version3, version4, Local, Public};
use serde_json::{json, Value};

pub fn maker(request: &Request) -> Outcome<Run> {
    let (raw, message) = (request.key("key")?, request.bytes("message"));
    let (footer, assertion) = (request.bytes("footer"), request.bytes("assertion"));
    let done = |token: Result<String, pasetors::errors::Error>| Ok(json!({"token": token.map_err(refusal)?}));
    Ok(match request.text("kind") {
        "v4.public" => {
            let key = AsymmetricSecretKey::<V4>::from(&raw).map_err(refusal)?;
            Box::new(move || {
                done(version4::PublicToken::sign(
                    &key,
                    &message,
                    Some(&footer),
                    Some(&assertion),
                ))
            })
        }
        "v4.local" => {
            let key = SymmetricKey::<V4>::from(&raw).map_err(refusal)?;
            Box::new(move || {
                done(version4::LocalToken::encrypt(
                    &key,
                    &message,
                    Some(&footer),
                    Some(&assertion),
                ))
            })
        }
        "v3.public" => {
            let key = AsymmetricSecretKey::<V3>::from(&raw).map_err(refusal)?;
            Box::new(move || {
                done(version3::PublicToken::sign(
                    &key,
                    &message,
                    Some(&footer),
                    Some(&assertion),
                ))
            })
        }
        kind => return Err(format!("pasetors has no {kind}")),
    })
}

pub fn reader(request: &Request) -> Outcome<Run> {
    let (raw, token, assertion) = (
        request.key("key")?,
        request.text("token").to_string(),
        request.bytes("assertion"),
    );
    let done = |token: pasetors::token::TrustedToken| {
        Claims::from_string(token.payload()).map_err(refusal)?;
        Ok(message_and_footer(token.payload(), token.footer()))
    };
    Ok(match request.text("kind") {
        "v4.public" => {
            let key = AsymmetricPublicKey::<V4>::from(&raw).map_err(refusal)?;
            Box::new(move || {
                let untrusted = UntrustedToken::<Public, V4>::try_from(&token).map_err(refusal)?;
                done(version4::PublicToken::verify(&key, &untrusted, None, Some(&assertion)).map_err(refusal)?)
            })
        }
        "v4.local" => {
            let key = SymmetricKey::<V4>::from(&raw).map_err(refusal)?;
            Box::new(move || {
                let untrusted = UntrustedToken::<Local, V4>::try_from(&token).map_err(refusal)?;
                done(version4::LocalToken::decrypt(&key, &untrusted, None, Some(&assertion)).map_err(refusal)?)
            })
        }
        "v3.public" => {
            let key = AsymmetricPublicKey::<V3>::from(&raw).map_err(refusal)?;
            Box::new(move || {
                let untrusted = UntrustedToken::<Public, V3>::try_from(&token).map_err(refusal)?;
                done(version3::PublicToken::verify(&key, &untrusted, None, Some(&assertion)).map_err(refusal)?)
            })
        }
        kind => return Err(format!("pasetors has no {kind}")),
    })
}

pub fn key_id(request: &Request) -> Outcome<Value> {
    let raw = request.key("key")?;
    let text = request.text("key");
    let paserk_type = text.rfind('.').map_or("", |end| &text[..end]);
    let id = match paserk_type {
        "k4.public" => Id::from(&AsymmetricPublicKey::<V4>::from(&raw).map_err(refusal)?),
        "k4.secret" => Id::from(&AsymmetricSecretKey::<V4>::from(&raw).map_err(refusal)?),
        "k4.local" => Id::from(&SymmetricKey::<V4>::from(&raw).map_err(refusal)?),
        "k3.public" => Id::from(&AsymmetricPublicKey::<V3>::from(&raw).map_err(refusal)?),
        "k3.secret" => Id::from(&AsymmetricSecretKey::<V3>::from(&raw).map_err(refusal)?),
        other => return Err(format!("pasetors has no {other}")),
    };
    let mut text = String::new();
    pasetors::paserk::FormatAsPaserk::fmt(&id, &mut text).map_err(refusal)?;
    Ok(json!({"id": text}))
}
