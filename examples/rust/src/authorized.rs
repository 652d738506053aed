//! A tonic channel that puts a token on every call of any kind. tonic's own interceptors cannot wait for one.
//! It would do so on a plaintext channel, too: give it channels with TLS only.
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, FutureExt};
use http::{HeaderValue, Request, Response};
use tonic::{Status, body::Body, transport::Channel};
use tower_service::Service;

use crate::credentials::Keeper;

/// Whose token stands on a call.
#[derive(Clone)]
pub enum Tokens {
    None,
    Fixed(String),
    Kept(Arc<Keeper>),
}

#[derive(Clone)]
pub struct Authorized {
    channel: Channel,
    tokens: Tokens,
}

impl Authorized {
    pub fn new(channel: Channel, tokens: Tokens) -> Self {
        Self { channel, tokens }
    }
}

type Error = Box<dyn std::error::Error + Send + Sync>;

async fn send(mut channel: Channel, tokens: Tokens, mut request: Request<Body>) -> Result<Response<Body>, Error> {
    let token = match tokens {
        Tokens::None => None,
        Tokens::Fixed(token) => Some(token),
        Tokens::Kept(keeper) => Some(keeper.token(None).await?),
    };
    if let Some(token) = token {
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
        value.set_sensitive(true); // not for logs
        request.headers_mut().insert("authorization", value);
    }
    // A channel's own errors are of the way to the server. Of a connection that breaks at once tonic would say CANCELLED.
    channel.call(request).await.map_err(|error| Status::unavailable(error.to_string()).into())
}

impl Service<Request<Body>> for Authorized {
    type Response = Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response<Body>, Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.channel.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let unready = self.channel.clone();
        let ready = std::mem::replace(&mut self.channel, unready);
        send(ready, self.tokens.clone(), request).boxed()
    }
}
