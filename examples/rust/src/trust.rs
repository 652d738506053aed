//! Verifies tokens of one issuer without asking tokend, with pasetors. Copy this file and strict_json.rs into your code base.
//!
//! pasetors checks form and signature. What it leaves to its caller is done here: only v4.public is taken, the key is the
//! one that the token names and never one from the token, no name stands twice in the JSON, `exp` must be there, claims
//! have the right types, and issuer, audience, times, type and revocation are judged. (Its own rules for claims want `nbf`
//! and `iat` in every token and know no `aud` that is an array.) Refusals carry the reasons of paseto.v1.Reason.
use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use pasetors::keys::AsymmetricPublicKey;
use pasetors::token::UntrustedToken;
use pasetors::{Public, version4::PublicToken, version4::V4};
use prost_types::Timestamp;
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::paseto::{KeyState, KeyUse, Revocation, RevocationKind as Kind, TrustedKeySet};
use crate::strict_json;

const LONGEST_TOKEN: usize = 6144; // bytes; the issuer makes no longer ones
const CLOCK_TOLERANCE: Duration = Duration::from_secs(1); // for nbf and iat

/// `reason` is a value of paseto.v1.Reason, in lower case and without its prefix.
#[derive(Debug)]
pub struct Refused {
    pub reason: &'static str,
    pub text: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}: {}", self.reason, self.text)
    }
}

impl std::error::Error for Refused {}

fn refuse<T>(reason: &'static str, text: &'static str) -> Result<T, Refused> {
    Err(Refused { reason, text })
}

/// What the feed says: keys by kid, and what is revoked. feed.rs keeps it current.
#[derive(Default)]
pub struct Trust {
    issuer: String,
    keys: HashMap<String, AsymmetricPublicKey<V4>>,
    revoked: HashMap<(i32, String), Revocation>,
    /// When tokend last confirmed, by its clock, that nothing newer exists.
    pub confirmed_at: Option<SystemTime>,
}

impl Trust {
    /// An empty issuer becomes that of the first key set.
    pub fn new(issuer: &str) -> Self {
        Self { issuer: issuer.into(), ..Self::default() }
    }

    pub fn take_keys(&mut self, set: TrustedKeySet) -> Result<(), String> {
        if !self.issuer.is_empty() && self.issuer != set.issuer {
            return Err("the feed is of another issuer".into());
        }
        let usable = set.keys.iter().filter(|key| {
            key.kid.starts_with("k4.pid.") && key.r#use() == KeyUse::Access && key.state() != KeyState::Revoked
        });
        self.keys = usable
            .map(|key| Ok((key.kid.clone(), AsymmetricPublicKey::try_from(key.paserk.as_str())?)))
            .collect::<Result<_, pasetors::errors::Error>>()
            .map_err(|error| error.to_string())?;
        self.issuer = set.issuer;
        Ok(())
    }

    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// All, or none: one of a kind that this program does not know is an error, and it must not call itself up to date.
    pub fn add(&mut self, revocations: Vec<Revocation>) -> Result<(), String> {
        self.revoked.extend(by_name(revocations)?);
        Ok(())
    }

    pub fn replace_all(&mut self, revocations: Vec<Revocation>) -> Result<(), String> {
        self.revoked = by_name(revocations)?;
        Ok(())
    }

    /// Drops revocations that no living token can need any more; without it they would only ever grow.
    pub fn forget(&mut self, now: SystemTime) {
        self.revoked.retain(|_, one| instant(one.forget_after) >= now);
    }

    pub fn is_revoked(&self, claims: &Map<String, Value>) -> bool {
        let named = |kind: Kind, claim: &str| {
            let id = claims.get(claim).and_then(Value::as_str).unwrap_or_default();
            self.revoked.get(&(i32::from(kind), id.to_string()))
        };
        let older = |one: &Revocation| match claims.get("rev").and_then(Value::as_i64) {
            Some(revision) => revision < one.revision,
            None => date(claims, "iat").ok().flatten().is_none_or(|issued| issued <= instant(one.revoked_at)),
        };
        named(Kind::Token, "jti").is_some()
            || named(Kind::Session, "sid").is_some()
            || named(Kind::Subject, "sub").is_some_and(older)
            || named(Kind::Client, "client_id").is_some_and(older)
            || self.revoked.get(&(i32::from(Kind::Everything), String::new())).is_some_and(older)
    }

    /// The claims of a good token of this type and audience. One that is bound to a certificate (RFC 8705 section 3) is
    /// refused: a server would compare it with the certificate that its caller proved, and this file is not part of one.
    pub fn verify(
        &self,
        token: &str,
        audience: &str,
        kind: &str,
        now: SystemTime,
    ) -> Result<Map<String, Value>, Refused> {
        let claims = self.signed_claims(token)?;
        let Ok([expires, not_before, issued]) = dates(&claims) else {
            return refuse("token_malformed", "the claims are not those of an access token");
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let audiences = match claims.get("aud") {
            Some(Value::Array(several)) => several.as_slice(),
            one => one.map(std::slice::from_ref).unwrap_or_default(),
        };
        if text("iss") != Some(self.issuer.as_str()) {
            return refuse("wrong_issuer", "the token is of another issuer");
        }
        if !audiences.iter().any(|one| one == audience) {
            return refuse("wrong_audience", "the token is for another audience");
        }
        if expires.is_none_or(|end| end < now) {
            return refuse("token_expired", "the token expired; refresh it and call again");
        }
        if not_before.max(issued) > Some(now + CLOCK_TOLERANCE) {
            return refuse("token_not_yet_valid", "the token is not valid yet; check the clocks");
        }
        if text("type") != Some(kind) {
            return refuse("wrong_type", "a token of another type is needed");
        }
        if claims.contains_key("cnf") {
            return refuse("certificate_mismatch", "the token is bound to a certificate");
        }
        if self.is_revoked(&claims) {
            return refuse("token_revoked", "the token was revoked; sign in again");
        }
        Ok(claims)
    }

    fn signed_claims(&self, token: &str) -> Result<Map<String, Value>, Refused> {
        if token.len() > LONGEST_TOKEN || token.split('.').count() != 4 {
            return refuse("token_malformed", "not a token with a footer");
        }
        if !token.starts_with("v4.public.") {
            return refuse("token_not_accepted", "only v4.public is accepted");
        }
        let Ok(token) = UntrustedToken::<Public, V4>::try_from(token) else {
            return refuse("token_malformed", "not a token");
        };
        // The footer is not verified yet: it may only choose among the keys that we hold.
        let footer = strict_json::object(token.untrusted_footer()).unwrap_or_default();
        let Some(key) = footer.get("kid").and_then(Value::as_str).and_then(|kid| self.keys.get(kid)) else {
            return refuse("key_unknown", "no usable key has the id of the token");
        };
        let Ok(trusted) = PublicToken::verify(key, &token, None, None) else {
            return refuse("signature_invalid", "the signature does not match");
        };
        let texts = ["sub", "jti", "sid", "client_id", "scope", "type"];
        match strict_json::object(trusted.payload().as_bytes()) {
            Some(claims)
                if texts.iter().all(|name| claims.get(*name).is_none_or(Value::is_string))
                    && claims.get("rev").is_none_or(Value::is_i64) =>
            {
                Ok(claims)
            }
            _ => refuse("token_malformed", "the claims are not those of an access token"),
        }
    }
}

fn by_name(revocations: Vec<Revocation>) -> Result<HashMap<(i32, String), Revocation>, String> {
    let known = |one: Revocation| match one.kind() {
        Kind::Unspecified => Err("a revocation of an unknown kind".into()), // so does prost read one that it does not know
        _ => Ok(((one.kind, one.id.clone()), one)),
    };
    revocations.into_iter().map(known).collect()
}

fn dates(claims: &Map<String, Value>) -> Result<[Option<SystemTime>; 3], ()> {
    Ok([date(claims, "exp")?, date(claims, "nbf")?, date(claims, "iat")?])
}

fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<SystemTime>, ()> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let parsed = OffsetDateTime::parse(value.as_str().ok_or(())?, &Rfc3339).map_err(|_| ())?;
    Ok(Some(parsed.into()))
}

pub fn instant(timestamp: Option<Timestamp>) -> SystemTime {
    timestamp.and_then(|one| one.try_into().ok()).unwrap_or(SystemTime::UNIX_EPOCH)
}
