//! Each scenario is one thing that a client of tokend and of a guarded service does, or must expect.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::try_join_all;
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::client::{ALICE, AUDIENCE, Client, Failure, FixedToken, Session};
use crate::credentials::{Authorized, Keeper};
use crate::feed;
use crate::paseto::trust_feed_client::TrustFeedClient;
use crate::paseto::{GetKeysRequest, IssueRequest, IssueResponse, Revocation, RevocationKind, revoke_request::Target};
use crate::shop::shop_client::ShopClient;
use crate::shop::{ChatRequest, ChatResponse, DeleteAccountRequest, GetOrderRequest, GetOrderResponse};
use crate::shop::{ListProductsRequest, WatchOrdersRequest, WatchOrdersResponse};
use crate::trust::Trust;

type Outcome = Result<String, Failure>;

macro_rules! scenarios {
    ($($name:ident)*) => {
        pub const NAMES: [&str; [$(stringify!($name)),*].len()] = [$(stringify!($name)),*];

        pub async fn run(name: &str, client: &Client) -> Outcome {
            match name {
                $(stringify!($name) => $name(client).await,)*
                _ => forged(name, client).await,
            }
        }
    };
}

scenarios! {
    products_without_token order_without_token call_without_certificate order order_without_scope
    order_for_another_audience order_with_custom_type order_by_certificate order_with_another_certificate
    server_stream two_way_stream stream_renewed stream_expires stream_revoked refreshed_ahead
    refreshed_once_when_refused not_fresh_after_refresh order_after_revocation order_when_session_ended
    old_refresh_token_again session_after_reuse issue_without_subject issue_for_forbidden_audience keys_for_anyone
    feed_tells_revocation offline_good offline_wrong_audience offline_wrong_type offline_expired offline_changed
    offline_bound offline_revoked revocations_forgotten revocation_of_unknown_kind
}

/// What the shop and this program's own verification say to a token that tests/polyglot forged.
async fn forged(name: &str, client: &Client) -> Outcome {
    if let Some(name) = name.strip_prefix("order_") {
        order_with(client, &client.forged(name)?).await
    } else if let Some(name) = name.strip_prefix("offline_") {
        offline(client, &client.forged(name)?, Duration::ZERO).await.map(|_| String::new())
    } else {
        Ok("UNKNOWN".into())
    }
}

fn first() -> GetOrderRequest {
    GetOrderRequest { order_id: "1".into() }
}

async fn product(call: impl Future<Output = Result<Response<GetOrderResponse>, Status>>) -> Result<String, Status> {
    Ok(call.await?.into_inner().product)
}

async fn first_order(mut shop: ShopClient<Authorized>) -> Result<String, Status> {
    product(shop.get_order(first())).await
}

async fn order_with(client: &Client, token: &str) -> Outcome {
    Ok(product(client.stranger(token).get_order(first())).await?)
}

async fn products_without_token(client: &Client) -> Outcome {
    let answer = client.anonymous().list_products(ListProductsRequest {}).await?.into_inner();
    Ok(answer.products.join(" "))
}

async fn order_without_token(client: &Client) -> Outcome {
    Ok(product(client.anonymous().get_order(first())).await?)
}

/// With a token that is good.
async fn call_without_certificate(client: &Client) -> Outcome {
    let (keeper, _) = client.signed_in(ALICE).await?;
    Ok(first_order(ShopClient::new(Authorized { channel: client.without_certificate(), keeper })).await?)
}

async fn order(client: &Client) -> Outcome {
    let (_, shop) = client.signed_in(ALICE).await?;
    Ok(first_order(ShopClient::new(shop)).await?)
}

async fn order_without_scope(client: &Client) -> Outcome {
    let (_, shop) = client.signed_in(Session { scopes: &[], ..ALICE }).await?;
    Ok(first_order(ShopClient::new(shop)).await?)
}

async fn order_for_another_audience(client: &Client) -> Outcome {
    order_with(client, &client.tokend.single("billing", "access", 600).await?).await
}

async fn order_with_custom_type(client: &Client) -> Outcome {
    order_with(client, &client.tokend.single(AUDIENCE, "email-verify", 600).await?).await
}

async fn order_by_certificate(client: &Client) -> Outcome {
    order_with(client, &client.bound().await?).await
}

async fn order_with_another_certificate(client: &Client) -> Outcome {
    let token = client.bound().await?;
    Ok(product(client.another_stranger(&token).get_order(first())).await?)
}

async fn watch_orders(shop: Authorized) -> Result<Streaming<WatchOrdersResponse>, Status> {
    Ok(ShopClient::new(shop).watch_orders(WatchOrdersRequest {}).await?.into_inner())
}

async fn server_stream(client: &Client) -> Outcome {
    let (_, shop) = client.signed_in(ALICE).await?;
    let event = watch_orders(shop).await?.message().await?;
    Ok(event.map(|event| event.order_id).unwrap_or_default())
}

async fn stream_expires(client: &Client) -> Outcome {
    let (_, shop) = client.signed_in(Session { life: 1, ..ALICE }).await?;
    let mut events = watch_orders(shop).await?;
    while events.message().await?.is_some() {}
    Ok("ended".into())
}

async fn stream_revoked(client: &Client) -> Outcome {
    let (keeper, shop) = client.signed_in(ALICE).await?;
    let mut events = watch_orders(shop).await?;
    events.message().await?;
    client.tokend.revoke(Target::Token(keeper.current().0), true).await?;
    while events.message().await?.is_some() {}
    Ok("ended".into())
}

/// A two-way stream on which one thing is said after another. tonic gives a stream when the server's headers are there,
/// and the shop sends none before its first answer: so the first word is said beforehand.
struct Talk {
    says: mpsc::Sender<ChatRequest>,
    answers: Streaming<ChatResponse>,
}

impl Talk {
    async fn open(shop: Authorized, stream_id: Option<&str>, first: &str) -> Result<Self, Status> {
        let (says, outgoing) = mpsc::channel(1);
        let _ = says.send(ChatRequest { text: first.into() }).await;
        let mut request = Request::new(ReceiverStream::new(outgoing));
        if let Some(id) = stream_id {
            request.metadata_mut().insert("paseto-stream-id", id.parse().expect("printable"));
        }
        Ok(Self { says, answers: ShopClient::new(shop).chat(request).await?.into_inner() })
    }

    async fn hear(&mut self) -> Result<String, Status> {
        Ok(self.answers.message().await?.map(|answer| answer.text).unwrap_or_default())
    }

    async fn say(&mut self, text: &str) -> Result<String, Status> {
        let _ = self.says.send(ChatRequest { text: text.into() }).await; // when it fails, the answer says why
        self.hear().await
    }
}

async fn two_way_stream(client: &Client) -> Outcome {
    let (_, shop) = client.signed_in(ALICE).await?;
    Ok(Talk::open(shop, None, "hello").await?.hear().await?)
}

async fn stream_renewed(client: &Client) -> Outcome {
    let (keeper, shop) = client.signed_in(Session { life: 10, ..ALICE }).await?;
    let (first, _) = keeper.current();
    let mut talk = Talk::open(shop.clone(), Some("talk"), "hello").await?;
    talk.hear().await?;
    let renewing = tokio::spawn(keeper.clone().keep_alive(shop, "talk", "/examples.shop.v1.Shop/Chat"));
    let opened = Instant::now();
    while opened.elapsed() < Duration::from_secs(11) {
        talk.say("still here").await?; // for longer than the token lives that it was opened with
        sleep(Duration::from_millis(200)).await;
    }
    renewing.abort();
    Ok(if keeper.current().0 == first { "never refreshed" } else { "renewed" }.into())
}

/// Makes 8 calls at once and counts the refreshes.
async fn together(client: &Client, keeper: &Arc<Keeper>, shop: Authorized) -> Outcome {
    let (before, shop) = (client.tokend.refreshes(), ShopClient::new(shop));
    try_join_all((0..8).map(|_| keeper.refresh_once(|| first_order(shop.clone())))).await?;
    Ok(format!("{} refresh", client.tokend.refreshes() - before))
}

async fn refreshed_ahead(client: &Client) -> Outcome {
    let (keeper, shop) = client.signed_in(Session { life: 2, ..ALICE }).await?;
    let (first, _) = keeper.current();
    sleep(Duration::from_millis(1850)).await; // over 90 % of its life, and not expired
    let refreshes = together(client, &keeper, shop).await?;
    Ok(if keeper.current().0 == first { "never refreshed".into() } else { refreshes })
}

async fn refreshed_once_when_refused(client: &Client) -> Outcome {
    let (keeper, shop) = client.signed_in(ALICE).await?;
    let (token, _) = keeper.current();
    client.tokend.revoke(Target::Token(token.clone()), false).await?; // alone: the session lives on
    let _ = refusal(client, &token).await;
    together(client, &keeper, shop).await
}

/// Calls until the news of the revocation has reached the shop, and gives its refusal.
async fn refusal(client: &Client, token: &str) -> Outcome {
    let mut shop = client.stranger(token);
    loop {
        match product(shop.get_order(first())).await {
            Err(status) if status.message().starts_with("token_revoked") => return Err(status.into()),
            _ => sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn not_fresh_after_refresh(client: &Client) -> Outcome {
    let first = client.tokend.pair(Session { subject: "carol", ..ALICE }).await?;
    let second = client.tokend.refresh(first.refresh_token.unwrap_or_default().token).await?;
    let mut shop = client.stranger(&second.access_token.unwrap_or_default().token);
    shop.delete_account(DeleteAccountRequest {}).await?;
    Ok(String::new())
}

async fn order_after_revocation(client: &Client) -> Outcome {
    let pair = client.tokend.pair(ALICE).await?;
    client.tokend.revoke(Target::SessionId(pair.session_id), false).await?;
    refusal(client, &pair.access_token.unwrap_or_default().token).await
}

/// The refresh is refused, too: the call's own refusal stands, and somebody has to sign in again.
async fn order_when_session_ended(client: &Client) -> Outcome {
    let (keeper, shop) = client.signed_in(ALICE).await?;
    let (token, _) = keeper.current();
    client.tokend.revoke(Target::Token(token.clone()), true).await?;
    let _ = refusal(client, &token).await;
    Ok(keeper.refresh_once(|| first_order(ShopClient::new(shop.clone()))).await?)
}

/// The oldest and the newest refresh token of a session that was refreshed twice.
async fn used_twice(client: &Client) -> Result<(String, String), Status> {
    let oldest = client.tokend.pair(ALICE).await?.refresh_token.unwrap_or_default().token;
    let second = client.tokend.refresh(oldest.clone()).await?.refresh_token.unwrap_or_default().token;
    let newest = client.tokend.refresh(second).await?.refresh_token.unwrap_or_default().token;
    Ok((oldest, newest))
}

async fn old_refresh_token_again(client: &Client) -> Outcome {
    client.tokend.refresh(used_twice(client).await?.0).await?;
    Ok(String::new())
}

/// Somebody has a copy of a token that was used long ago: the session ends for both.
async fn session_after_reuse(client: &Client) -> Outcome {
    let (oldest, newest) = used_twice(client).await?;
    let _ = client.tokend.refresh(oldest).await;
    client.tokend.refresh(newest).await?;
    Ok(String::new())
}

async fn issue_without_subject(client: &Client) -> Outcome {
    client.tokend.issue(IssueRequest { audiences: vec![AUDIENCE.into()], ..Default::default() }).await?;
    Ok(String::new())
}

async fn issue_for_forbidden_audience(client: &Client) -> Outcome {
    Ok(client.tokend.single("payroll", "access", 600).await?)
}

async fn keys_for_anyone(client: &Client) -> Outcome {
    let answer = trust_feed(client).get_keys(GetKeysRequest {}).await?.into_inner();
    let keys = answer.key_set.unwrap_or_default().keys;
    let kinds: BTreeSet<&str> = keys.iter().filter_map(|key| Some(key.paserk.rsplit_once('.')?.0)).collect();
    Ok(Vec::from_iter(kinds).join(" "))
}

fn trust_feed(client: &Client) -> feed::Client<FixedToken> {
    TrustFeedClient::new(client.tokend.channel.clone())
}

/// A session that is revoked, once the feed has told so.
async fn revoked_pair(client: &Client, trust: &mut watch::Receiver<Trust>) -> Result<IssueResponse, Status> {
    let pair = client.tokend.pair(ALICE).await?;
    client.tokend.revoke(Target::SessionId(pair.session_id.clone()), false).await?;
    let session = Map::from_iter([("sid".to_string(), json!(pair.session_id))]);
    trust.wait_for(|trust| trust.is_revoked(&session)).await.map_err(|_| Status::aborted("the feed ended"))?;
    Ok(pair)
}

async fn feed_tells_revocation(client: &Client) -> Outcome {
    let mut trust = feed::follow(trust_feed(client), "").await;
    revoked_pair(client, &mut trust).await?;
    Ok(String::new())
}

/// Verifies with the public keys alone, as if `later` had passed. A service keeps one receiver of `follow`.
async fn offline(client: &Client, token: &str, later: Duration) -> Result<Map<String, Value>, Failure> {
    let trust = feed::follow(trust_feed(client), "").await;
    let trust = trust.borrow();
    trust.check_fresh()?;
    Ok(trust.verify(token, AUDIENCE, "access", SystemTime::now() + later)?)
}

async fn offline_good(client: &Client) -> Outcome {
    let token = client.tokend.pair(ALICE).await?.access_token.unwrap_or_default().token;
    let claims = offline(client, &token, Duration::ZERO).await?;
    Ok(["sub", "tenant"].map(|name| claims[name].as_str().unwrap_or_default()).join(" "))
}

async fn offline_wrong_audience(client: &Client) -> Outcome {
    let token = client.tokend.single("billing", "access", 600).await?;
    offline(client, &token, Duration::ZERO).await.map(|_| String::new())
}

async fn offline_wrong_type(client: &Client) -> Outcome {
    let token = client.tokend.single(AUDIENCE, "email-verify", 600).await?;
    offline(client, &token, Duration::ZERO).await.map(|_| String::new())
}

async fn offline_bound(client: &Client) -> Outcome {
    offline(client, &client.bound().await?, Duration::ZERO).await.map(|_| String::new())
}

async fn offline_expired(client: &Client) -> Outcome {
    let token = client.tokend.single(AUDIENCE, "access", 1).await?;
    offline(client, &token, Duration::from_secs(10)).await.map(|_| String::new())
}

async fn offline_changed(client: &Client) -> Outcome {
    let mut token = client.tokend.single(AUDIENCE, "access", 600).await?;
    let middle = token.len() / 3;
    let other = if &token[middle..=middle] == "A" { "B" } else { "A" };
    token.replace_range(middle..=middle, other);
    offline(client, &token, Duration::ZERO).await.map(|_| String::new())
}

async fn offline_revoked(client: &Client) -> Outcome {
    let mut trust = feed::follow(trust_feed(client), "").await;
    let token = revoked_pair(client, &mut trust).await?.access_token.unwrap_or_default().token;
    trust.borrow().verify(&token, AUDIENCE, "access", SystemTime::now())?;
    Ok(String::new())
}

/// Two revocations, one that may be forgotten: a follower that never forgets only ever grows.
async fn revocations_forgotten(_: &Client) -> Outcome {
    let (mut trust, now, second) = (Trust::default(), SystemTime::now(), Duration::from_secs(1));
    let revocation = |id: &str, forget_after: SystemTime| Revocation {
        kind: RevocationKind::Token.into(),
        id: id.into(),
        forget_after: Some(forget_after.into()),
        ..Default::default()
    };
    trust.add(vec![revocation("-1", now - second), revocation("60", now + 60 * second)]).map_err(Status::internal)?;
    trust.forget(now);
    let revoked = |id: &&str| trust.is_revoked(&Map::from_iter([("jti".to_string(), json!(id))]));
    Ok(["-1", "60"].into_iter().filter(revoked).collect::<Vec<_>>().join(" "))
}

/// From a tokend that is newer than this program: what was known before stays in force.
async fn revocation_of_unknown_kind(_: &Client) -> Outcome {
    let mut trust = Trust::default();
    let known = Revocation { kind: RevocationKind::Token.into(), id: "1".into(), ..Default::default() };
    trust.add(vec![known]).map_err(Status::internal)?;
    let taken = trust.replace_all(vec![Revocation { kind: 99, ..Default::default() }]).is_ok();
    let held = trust.is_revoked(&Map::from_iter([("jti".to_string(), json!("1"))]));
    let outcome = match (taken, held) {
        (true, _) => "taken",
        (false, true) => "held",
        (false, false) => "lost",
    };
    Ok(outcome.into())
}
