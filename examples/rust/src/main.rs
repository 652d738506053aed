//! A client of tokend and of the guarded shop. Prints "scenario<tab>outcome" for each of its scenarios: OK and what came,
//! the gRPC code and the reason, or REFUSED and the reason where it verified by itself.
//!
//!     shop_client --tokend localhost:7443 --shop localhost:50051 --ca ca.crt --certificate client.crt \
//!         --private-key client.key --other-certificate other.crt --other-private-key other.key \
//!         --token-file client.token [--forged FOLDER] [SCENARIO...]
mod client;
mod credentials;
mod feed;
mod scenarios;
mod stream;
mod strict_json;
mod trust;

/// The contract, and the service that is guarded by it, as build.rs generates them.
#[allow(dead_code)]
mod paseto {
    tonic::include_proto!("paseto.v1");
}
#[allow(dead_code)]
mod shop {
    tonic::include_proto!("examples.shop.v1");
}

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use client::{Client, Failure};
use tonic::Status;

const LONGEST_SCENARIO: Duration = Duration::from_secs(60);

async fn outcome(name: &str, client: &Client) -> String {
    match tokio::time::timeout(LONGEST_SCENARIO, scenarios::run(name, client)).await {
        Err(_) => "no end".into(),
        Ok(Ok(answer)) => format!("OK {answer}").trim_end().into(),
        Ok(Err(Failure::Refused(refused))) => format!("REFUSED {}", refused.reason),
        Ok(Err(Failure::Status(status))) => format!("{} {}", code(&status), reason(&status)).trim_end().into(),
    }
}

/// The code's name as in every other language: UNAUTHENTICATED.
fn code(status: &Status) -> String {
    let mut name = String::new();
    for letter in format!("{:?}", status.code()).chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_uppercase());
    }
    name
}

fn reason(status: &Status) -> &str {
    let reason = status.message().split(':').next().unwrap_or_default();
    if reason.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_') { reason } else { "" }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut options, mut wanted) = (HashMap::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--") {
            Some(name) => drop(options.insert(name.to_string(), arguments.next().unwrap_or_default())),
            None => wanted.push(argument),
        }
    }
    let client = Client::new(&|name| options.get(name).cloned().ok_or(format!("--{name} is required")))?;
    if wanted.is_empty() {
        wanted = scenarios::NAMES.map(String::from).to_vec();
    }
    for name in wanted {
        println!("{name}\t{}", outcome(&name, &client).await);
    }
    Ok(())
}
