//! Follows tokend's trust feed and keeps a Trust (trust.rs) current. Copy this file into your code base.
use std::time::{Duration, SystemTime};

use prost_types::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::{Interceptor, interceptor::InterceptedService};
use tonic::transport::Channel;

use crate::paseto::trust_feed_client::TrustFeedClient;
use crate::paseto::{FeedPosition, Revocation, WatchRequest, WatchResponse, watch_response::Event};
use crate::trust::{Refused, Trust, instant};

const MAX_STALENESS: Duration = Duration::from_secs(60); // older trust is no longer relied upon
const FORGET_EVERY: Duration = Duration::from_secs(60); // between looks for revocations that nobody needs any more
const SHORTEST_PAUSE: Duration = Duration::from_millis(100); // before a broken stream is resumed; it doubles
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Its interceptor puts the client token of a client that may watch on the call.
pub type Client<I> = TrustFeedClient<InterceptedService<Channel, I>>;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Current within milliseconds until the last receiver is dropped. Gives it once keys and revocations are there; `borrow`
/// is what is known now, `wait_for` waits until the feed has told something. An empty issuer means that of the feed.
pub async fn follow<I>(client: Client<I>, issuer: &str) -> watch::Receiver<Trust>
where
    I: Interceptor + Send + 'static,
{
    let (sender, mut trust) = watch::channel(Trust::new(issuer));
    let follower = Follower::new(sender);
    tokio::spawn(follower.run(client));
    let _ = trust.wait_for(|trust| trust.has_keys() && trust.confirmed_at.is_some()).await;
    trust
}

impl Trust {
    /// Refuses when tokend has been silent for too long. A verifier asks this before each token.
    pub fn check_fresh(&self) -> Result<(), Refused> {
        let fresh = self.confirmed_at.is_some_and(|at| at + MAX_STALENESS >= SystemTime::now());
        let text = "keys and revocations are too old to rely on; try again later";
        if fresh { Ok(()) } else { Err(Refused { reason: "trust_stale", text }) }
    }
}

struct Follower {
    trust: watch::Sender<Trust>,
    /// Tells this verifier apart from others with the same client token.
    verifier_id: String,
    position: FeedPosition,
    key_set_version: i64,
    snapshot: Vec<Revocation>,
    forgot_at: Option<SystemTime>,
}

impl Follower {
    fn new(trust: watch::Sender<Trust>) -> Self {
        Self {
            trust,
            verifier_id: format!("{:032x}", fastrand::u128(..)),
            position: FeedPosition::default(),
            key_set_version: 0,
            snapshot: Vec::new(),
            forgot_at: None,
        }
    }

    /// A broken stream is resumed where it stopped. What is held stays in force until it is stale.
    async fn run<I: Interceptor>(mut self, mut client: Client<I>) {
        let mut pause = SHORTEST_PAUSE;
        while !self.trust.is_closed() {
            let mut received = false;
            let _ = self.stream(&mut client, &mut received).await;
            pause = if received { SHORTEST_PAUSE } else { LONGEST_PAUSE.min(2 * pause) };
            tokio::time::sleep(pause.mul_f64(0.8 + 0.4 * fastrand::f64())).await;
        }
    }

    async fn stream<I: Interceptor>(&mut self, client: &mut Client<I>, received: &mut bool) -> Result<(), Error> {
        let (requests, outgoing) = mpsc::channel(4);
        let verifier_id = self.verifier_id.clone();
        requests.send(WatchRequest { position: Some(self.position), verifier_id, ..Default::default() }).await?;
        let mut events = client.watch(ReceiverStream::new(outgoing)).await?.into_inner();
        self.snapshot.clear();
        loop {
            let message = tokio::select! {
                message = events.message() => message?,
                () = self.trust.closed() => None,
            };
            let Some(message) = message else { return Ok(()) };
            *received = true;
            if self.apply(message)? {
                let (position, key_set_version) = (Some(self.position), self.key_set_version);
                requests.send(WatchRequest { position, key_set_version, ..Default::default() }).await?;
            }
        }
    }

    /// Gives whether keys or revocations were applied, which tokend wants to hear.
    fn apply(&mut self, message: WatchResponse) -> Result<bool, Error> {
        match message.event {
            Some(Event::Keys(keys)) => {
                let version = keys.version;
                self.change(|trust| trust.take_keys(keys))?;
                self.key_set_version = version;
            }
            Some(Event::Snapshot(part)) => {
                self.snapshot.extend(part.revocations);
                if !part.last {
                    return Ok(false);
                }
                let whole = std::mem::take(&mut self.snapshot);
                self.change(|trust| trust.replace_all(whole))?;
                self.position = part.position.unwrap_or_default();
            }
            Some(Event::Changes(changes)) => {
                self.change(|trust| trust.add(changes.revocations))?;
                self.confirm(changes.as_of)?;
                self.position = changes.position.unwrap_or_default();
            }
            Some(Event::Heartbeat(heartbeat)) => {
                self.confirm(heartbeat.as_of)?;
                return Ok(false);
            }
            None => return Err("an event that this program does not know".into()),
        }
        Ok(true)
    }

    fn confirm(&mut self, as_of: Option<Timestamp>) -> Result<(), Error> {
        if as_of.is_none() {
            return Ok(());
        }
        let as_of = instant(as_of); // tokend's clock, which also set forget_after
        let due = self.forgot_at.is_none_or(|last| as_of > last + FORGET_EVERY);
        self.forgot_at = if due { Some(as_of) } else { self.forgot_at };
        self.change(|trust| {
            trust.confirmed_at = Some(as_of);
            if due {
                trust.forget(as_of);
            }
            Ok(())
        })
    }

    fn change(&self, apply: impl FnOnce(&mut Trust) -> Result<(), String>) -> Result<(), Error> {
        let mut result = Ok(());
        self.trust.send_modify(|trust| result = apply(trust));
        Ok(result?)
    }
}
