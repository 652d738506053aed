//! rusty_paseto: its core, which takes and gives texts.
use crate::{footer_in, message_and_footer, refusal, Outcome, Request, Run};
use rusty_paseto::core::{
    Footer, ImplicitAssertion, Key, Local, Paseto, PasetoAsymmetricPrivateKey, PasetoAsymmetricPublicKey, PasetoNonce,
    PasetoSymmetricKey, Payload, Public, V4,
};
use serde_json::{json, Value};

fn done<E: std::fmt::Debug>(token: Result<String, E>) -> Outcome<Value> {
    Ok(json!({"token": token.map_err(refusal)?}))
}

fn text(bytes: Vec<u8>) -> Outcome<String> {
    String::from_utf8(bytes).map_err(refusal)
}

pub fn maker(request: &Request) -> Outcome<Run> {
    let (raw, message) = (request.key("key")?, text(request.bytes("message"))?);
    let (footer, assertion) = (text(request.bytes("footer"))?, text(request.bytes("assertion"))?);
    Ok(match request.text("kind") {
        "v4.public" => {
            let key = Key::<64>::try_from(&raw[..]).map_err(refusal)?;
            Box::new(move || {
                let mut token = Paseto::<V4, Public>::builder();
                token.set_payload(Payload::from(&message[..]));
                token.set_implicit_assertion(ImplicitAssertion::from(&assertion[..]));
                if !footer.is_empty() {
                    token.set_footer(Footer::from(&footer[..]));
                }
                done(token.try_sign(&PasetoAsymmetricPrivateKey::<V4, Public>::from(&key)))
            })
        }
        "v4.local" => {
            let key = PasetoSymmetricKey::<V4, Local>::from(Key::<32>::try_from(&raw[..]).map_err(refusal)?);
            Box::new(move || {
                let mut token = Paseto::<V4, Local>::builder();
                token.set_payload(Payload::from(&message[..]));
                token.set_implicit_assertion(ImplicitAssertion::from(&assertion[..]));
                if !footer.is_empty() {
                    token.set_footer(Footer::from(&footer[..]));
                }
                let nonce = Key::<32>::try_new_random().map_err(refusal)?;
                done(token.try_encrypt(&key, &PasetoNonce::<V4, Local>::from(&nonce)))
            })
        }
        kind => return Err(format!("rusty_paseto has no {kind} here")),
    })
}

pub fn reader(request: &Request) -> Outcome<Run> {
    let (raw, token) = (request.key("key")?, request.text("token").to_string());
    let (footer, assertion) = (text(footer_in(&token)?)?, text(request.bytes("assertion"))?);
    Ok(match request.text("kind") {
        "v4.public" => {
            let key = Key::<32>::try_from(&raw[..]).map_err(refusal)?;
            Box::new(move || {
                let public = PasetoAsymmetricPublicKey::<V4, Public>::from(&key);
                let assertion = Some(ImplicitAssertion::from(&assertion[..]));
                let message =
                    Paseto::<V4, Public>::try_verify(&token, &public, Some(Footer::from(&footer[..])), assertion);
                Ok(message_and_footer(&message.map_err(refusal)?, footer.as_bytes()))
            })
        }
        "v4.local" => {
            let key = PasetoSymmetricKey::<V4, Local>::from(Key::<32>::try_from(&raw[..]).map_err(refusal)?);
            Box::new(move || {
                let assertion = Some(ImplicitAssertion::from(&assertion[..]));
                let message =
                    Paseto::<V4, Local>::try_decrypt(&token, &key, Some(Footer::from(&footer[..])), assertion);
                Ok(message_and_footer(&message.map_err(refusal)?, footer.as_bytes()))
            })
        }
        kind => return Err(format!("rusty_paseto has no {kind} here")),
    })
}
