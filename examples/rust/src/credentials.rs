//! Keeps the access token of one session good, for tonic clients. Copy this file and authorized.rs into your code base.
//!
//!     let keeper = Keeper::new(pair, refresh);
//!     let shop = ShopClient::new(Authorized::new(channel, Tokens::Kept(keeper.clone())));
//!     keeper.refresh_once(|| async { shop.clone().get_order(request.clone()).await }).await?;
//!
//! - Refreshes ahead, at a random 80 to 90 % of the token's life, when a call needs a token; never while idle.
//! - One refresh at a time: calls that come meanwhile use the old token while it is good, and wait for the new one then.
//! - `refresh_once` makes a unary call that is refused as UNAUTHENTICATED once more, with a newer token. Streams are not
//!   repeated: what has been said on them is the caller's to say again.
//! - `keep_alive` renews an open stream beyond the life of the token that it was opened with.
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{BoxFuture, FutureExt, Shared};
use tonic::{Code, Status};

use crate::authorized::Authorized;
use crate::paseto::stream_authorization_client::StreamAuthorizationClient;
use crate::paseto::{IssuedToken, RenewRequest};

/// A token counts as expired so long before its end, or for the last tenth of its life.
const LONGEST_MARGIN: Duration = Duration::from_secs(30);
/// Without another attempt, while the old token is still good.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Both tokens of a session. Both are secrets.
#[derive(Clone)]
pub struct Pair {
    pub access: IssuedToken,
    pub refresh: IssuedToken,
}

impl Pair {
    /// From what IssueResponse and RefreshResponse have in common.
    pub fn of(access: Option<IssuedToken>, refresh: Option<IssuedToken>) -> Result<Self, Status> {
        let (Some(access), Some(refresh)) = (access, refresh) else {
            return Err(Status::internal("no pair of tokens came: set with_refresh_token"));
        };
        Ok(Self { access, refresh })
    }

    fn remaining_life(&self) -> Duration {
        let end = self.access.expires_at.and_then(|instant| SystemTime::try_from(instant).ok());
        end.and_then(|end| end.duration_since(SystemTime::now()).ok()).unwrap_or_default()
    }
}

type Refresh = Box<dyn Fn(String) -> BoxFuture<'static, Result<Pair, Status>> + Send + Sync>;
type Flight = Shared<BoxFuture<'static, Result<(), Status>>>;

pub struct Keeper {
    refresh: Refresh,
    state: Mutex<State>,
}

struct State {
    pair: Pair,
    good_until: Instant,
    due_at: Instant,
    flight: Option<Flight>,
}

impl State {
    fn with(pair: Pair) -> Self {
        let (now, life) = (Instant::now(), pair.remaining_life());
        let good_until = now + life - LONGEST_MARGIN.min(life / 10);
        Self { pair, good_until, due_at: now + life.mul_f64(0.8 + 0.1 * fastrand::f64()), flight: None }
    }
}

impl Keeper {
    /// `refresh` trades a refresh token for the next pair; who keeps pairs beyond the process saves the new one there.
    pub fn new(pair: Pair, refresh: Refresh) -> Arc<Self> {
        Arc::new(Self { refresh, state: Mutex::new(State::with(pair)) })
    }

    /// The newest access token, whatever its age, and how long it still lives.
    pub fn current(&self) -> (String, Duration) {
        let state = self.state.lock().unwrap();
        (state.pair.access.token.clone(), state.pair.remaining_life())
    }

    /// The access token for the next call; `refused` is one that a server did not take.
    pub async fn token(self: &Arc<Self>, refused: Option<&str>) -> Result<String, Status> {
        let flight = {
            let mut state = self.state.lock().unwrap();
            let (now, token) = (Instant::now(), state.pair.access.token.clone());
            let usable = now < state.good_until && refused != Some(token.as_str());
            if usable && now < state.due_at {
                return Ok(token);
            }
            let refresh_token = state.pair.refresh.token.clone();
            let flight = state.flight.get_or_insert_with(|| self.fly(refresh_token)).clone();
            if usable {
                return Ok(token);
            }
            flight
        };
        flight.await?;
        Ok(self.current().0)
    }

    /// A task of its own: a caller that gives up does not end it for the others.
    fn fly(self: &Arc<Self>, refresh_token: String) -> Flight {
        let keeper = self.clone();
        let task = tokio::spawn(async move {
            let refreshed = (keeper.refresh)(refresh_token).await;
            let mut state = keeper.state.lock().unwrap();
            state.flight = None;
            state.due_at = Instant::now() + PAUSE_AFTER_FAILURE;
            refreshed.map(|pair| *state = State::with(pair))
        });
        task.map(|done| done.unwrap_or_else(|_| Err(Status::cancelled("the runtime shuts down")))).boxed().shared()
    }

    pub async fn refresh_once<A, F>(self: &Arc<Self>, call: impl Fn() -> F) -> Result<A, Status>
    where
        F: Future<Output = Result<A, Status>>,
    {
        let (before, _) = self.current();
        match call().await {
            Err(refused) if refused.code() == Code::Unauthenticated => match self.token(Some(&before)).await {
                Ok(_) => call().await,
                Err(_) => Err(refused),
            },
            answer => answer,
        }
    }

    /// Renews the stream that was opened with `stream_id` as "paseto-stream-id" in its metadata, until it is dropped, by
    /// calls over `channel`, which carries this keeper's tokens. Returns when the stream needs no renewal any more.
    pub async fn keep_alive(self: Arc<Self>, channel: Authorized, stream_id: &str, method: &str) -> Result<(), Status> {
        let mut client = StreamAuthorizationClient::new(channel);
        let (mut under, mut life) = self.current();
        while !life.is_zero() {
            tokio::time::sleep(life.mul_f64(0.75 + 0.1 * fastrand::f64())).await;
            under = self.token(Some(&under)).await?;
            let request = RenewRequest { stream_id: stream_id.into(), method: method.into() };
            let Some(remaining) = client.renew(request).await?.into_inner().remaining_life else { break };
            life = remaining.try_into().unwrap_or_default();
        }
        Ok(())
    }
}
