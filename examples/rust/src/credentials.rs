//! Keeps the access token of one session good, for tonic clients. Copy this file into your code base.
//!
//!     let keeper = Keeper::new(pair, refresh);
//!     let shop = ShopClient::new(Authorized { channel, keeper: keeper.clone() });
//!     keeper.refresh_once(|| async { shop.clone().get_order(request.clone()).await }).await?;
//!
//! It refreshes ahead, at a random 80 to 90 % of a token's life, when a call needs one; one refresh at a time: calls that
//! come meanwhile use the old token while it is good, and wait for the new one then. stream.rs renews open streams.
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{BoxFuture, FutureExt, Shared};
use http::{HeaderValue, Request, Response};
use tonic::{Code, Status, body::Body, transport::Channel};
use tower_service::Service;

use crate::paseto::IssuedToken;

const LONGEST_MARGIN: Duration = Duration::from_secs(30); // a token counts as expired so long before, or for its last tenth
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1); // without another attempt, while the old token is good

/// What IssueResponse and RefreshResponse have in common. Both tokens are secrets.
pub struct Pair {
    pub access: IssuedToken,
    pub refresh: IssuedToken,
}

impl Pair {
    pub fn of(access: Option<IssuedToken>, refresh: Option<IssuedToken>) -> Result<Self, Status> {
        let missing = || Status::internal("no pair of tokens came: set with_refresh_token");
        Ok(Self { access: access.ok_or_else(missing)?, refresh: refresh.ok_or_else(missing)? })
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

    /// Makes a call that is refused as UNAUTHENTICATED once more, with a newer token; when none is to be had, the first
    /// refusal stands. For unary calls only: what has been said on a stream is the caller's to say again.
    pub async fn refresh_once<A, F>(self: &Arc<Self>, call: impl Fn() -> F) -> Result<A, Status>
    where
        F: Future<Output = Result<A, Status>>,
    {
        let (before, _) = self.current();
        let answer = call().await;
        let refused = answer.as_ref().is_err_and(|status| status.code() == Code::Unauthenticated);
        if refused && self.token(Some(&before)).await.is_ok() { call().await } else { answer }
    }
}

/// Puts the keeper's token on every call, of any kind. On a plaintext channel, too: give it channels with TLS only.
#[derive(Clone)]
pub struct Authorized {
    pub channel: Channel,
    pub keeper: Arc<Keeper>,
}

impl Service<Request<Body>> for Authorized {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.channel.poll_ready(context).map_err(|error| Status::unavailable(error.to_string()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let unready = self.clone();
        let Self { mut channel, keeper } = std::mem::replace(self, unready);
        Box::pin(async move {
            let bearer = format!("Bearer {}", keeper.token(None).await?);
            let mut value = HeaderValue::try_from(bearer).map_err(|error| Status::internal(error.to_string()))?;
            value.set_sensitive(true); // not for logs
            request.headers_mut().insert("authorization", value);
            // A channel's own errors are of the way to the server; tonic would say UNKNOWN of some, or CANCELLED.
            channel.call(request).await.map_err(|error| Status::unavailable(error.to_string()))
        })
    }
}
