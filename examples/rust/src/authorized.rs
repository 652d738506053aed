//! A tonic channel that puts a token on every call of any kind. tonic's own interceptors cannot wait for one.
//! It would do so on a plaintext channel, too: give it channels with TLS only.
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, FutureExt};
use http::HeaderValue;
use tonic::{body::Body, transport::Channel};

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

impl tower_service::Service<http::Request<Body>> for Authorized {
    type Response = http::Response<Body>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let unready = self.channel.clone();
        let mut channel = std::mem::replace(&mut self.channel, unready);
        let tokens = self.tokens.clone();
        async move {
            let token = match tokens {
                Tokens::None => return Ok(channel.call(request).await?),
                Tokens::Fixed(token) => token,
                Tokens::Kept(keeper) => keeper.token(None).await?,
            };
            request.headers_mut().insert("authorization", HeaderValue::try_from(format!("Bearer {token}"))?);
            Ok(channel.call(request).await?)
        }
        .boxed()
    }
}
