//! The channels that the scenarios share, and how a subject's session begins.
use std::fs::{read, read_to_string};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tonic::metadata::MetadataValue;
use tonic::service::{Interceptor, interceptor::InterceptedService};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

use crate::credentials::{Authorized, Keeper, Pair};
use crate::paseto::token_service_client::TokenServiceClient;
use crate::paseto::{
    IssueRequest, IssueResponse, RefreshRequest, RefreshResponse, RevokeRequest, revoke_request::Target,
};
use crate::shop::shop_client::ShopClient;
use crate::trust::Refused;

pub const AUDIENCE: &str = "shop";

/// Why a scenario did not end well: what a server said, or what this program's own verification says.
pub enum Failure {
    Status(Status),
    Refused(Refused),
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

pub struct Session {
    pub subject: &'static str,
    pub life: u64,
    pub scopes: &'static [&'static str],
}

pub const ALICE: Session = Session { subject: "alice", life: 600, scopes: &["orders:read"] };

/// Puts one token on every call, the client token of a caller of tokend for instance: tonic's interceptors can do that.
#[derive(Clone)]
pub struct FixedToken(pub String);

impl Interceptor for FixedToken {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let bearer = MetadataValue::try_from(format!("Bearer {}", self.0));
        let mut value = bearer.map_err(|error| Status::internal(error.to_string()))?;
        value.set_sensitive(true); // not for logs
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

pub type WithFixedToken = InterceptedService<Channel, FixedToken>;

/// tokend, as this client sees it.
#[derive(Clone)]
pub struct Tokend {
    pub channel: WithFixedToken,
    refreshes: Arc<AtomicU32>,
}

pub struct Client {
    pub tokend: Tokend,
    shop: Endpoint,
    tls: ClientTlsConfig,
    identity: Identity,
    other_identity: Identity,
    by_certificate: Channel,
    forged: String,
}

impl Client {
    pub fn new(option: &dyn Fn(&str) -> Result<String, String>) -> Result<Self, Box<dyn std::error::Error>> {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(option("ca")?)?));
        let identity = Identity::from_pem(read(option("certificate")?)?, read(option("private-key")?)?);
        let other_identity =
            Identity::from_pem(read(option("other-certificate")?)?, read(option("other-private-key")?)?);
        let token = read_to_string(option("token-file")?)?.trim().to_string();
        let endpoint = Channel::from_shared(format!("https://{}", option("tokend")?))?;
        let tokend = endpoint.clone().tls_config(tls.clone())?;
        let by_certificate = endpoint.tls_config(tls.clone().identity(identity.clone()))?.connect_lazy();
        let shop = Channel::from_shared(format!("https://{}", option("shop")?))?;
        let channel = InterceptedService::new(tokend.connect_lazy(), FixedToken(token));
        let tokend = Tokend { channel, refreshes: Arc::default() };
        let forged = option("forged").unwrap_or("forged".into());
        Ok(Self { tokend, shop, tls, identity, other_identity, by_certificate, forged })
    }

    /// A token that tests/polyglot forged, to be refused.
    pub fn forged(&self, name: &str) -> Result<String, Status> {
        read_to_string(format!("{}/{name}.token", self.forged)).map_err(|error| Status::internal(error.to_string()))
    }

    fn to_shop(&self, tls: ClientTlsConfig) -> Channel {
        self.shop.clone().tls_config(tls).expect("certificates in PEM").connect_lazy()
    }

    fn mutual_tls(&self) -> ClientTlsConfig {
        self.tls.clone().identity(self.identity.clone())
    }

    /// A keeper, and a channel to the shop that always carries its token.
    pub async fn signed_in(&self, of: Session) -> Result<(Arc<Keeper>, Authorized), Status> {
        let issued = self.tokend.pair(of).await?;
        let tokend = self.tokend.clone();
        let refresh = Box::new(move |token| {
            let tokend = tokend.clone();
            async move {
                let refreshed = tokend.refresh(token).await?;
                Pair::of(refreshed.access_token, refreshed.refresh_token)
            }
            .boxed()
        });
        let keeper = Keeper::new(Pair::of(issued.access_token, issued.refresh_token)?, refresh);
        Ok((keeper.clone(), Authorized { channel: self.to_shop(self.mutual_tls()), keeper }))
    }

    /// A caller with one fixed token.
    pub fn stranger(&self, token: &str) -> ShopClient<WithFixedToken> {
        ShopClient::with_interceptor(self.to_shop(self.mutual_tls()), FixedToken(token.into()))
    }

    /// A caller without a token.
    pub fn anonymous(&self) -> ShopClient<Channel> {
        ShopClient::new(self.to_shop(self.mutual_tls()))
    }

    /// A caller with one fixed token and another certificate.
    pub fn another_stranger(&self, token: &str) -> ShopClient<WithFixedToken> {
        let tls = self.tls.clone().identity(self.other_identity.clone());
        ShopClient::with_interceptor(self.to_shop(tls), FixedToken(token.into()))
    }

    /// Asked for over mutual TLS, without a client token; it is good over this client's certificate only.
    pub async fn bound(&self) -> Result<String, Status> {
        let request = IssueRequest {
            subject: "alice".into(),
            audiences: vec![AUDIENCE.into()],
            scopes: vec!["orders:read".into()],
            ..Default::default()
        };
        let answer = TokenServiceClient::new(self.by_certificate.clone()).issue(request).await?.into_inner();
        Ok(answer.access_token.unwrap_or_default().token)
    }

    pub fn without_certificate(&self) -> Channel {
        self.to_shop(self.tls.clone())
    }
}

impl Tokend {
    fn service(&self) -> TokenServiceClient<WithFixedToken> {
        TokenServiceClient::new(self.channel.clone())
    }

    pub async fn issue(&self, request: IssueRequest) -> Result<IssueResponse, Status> {
        Ok(self.service().issue(request).await?.into_inner())
    }

    pub async fn pair(&self, of: Session) -> Result<IssueResponse, Status> {
        self.issue(IssueRequest {
            subject: of.subject.into(),
            audiences: vec![AUDIENCE.into()],
            scopes: of.scopes.iter().map(|scope| scope.to_string()).collect(),
            lifetime: Duration::from_secs(of.life).try_into().ok(),
            fresh: true,
            with_refresh_token: true,
            custom_claims_json: r#"{"tenant":"blue"}"#.into(),
            ..Default::default()
        })
        .await
    }

    pub async fn single(&self, audience: &str, kind: &str, life: u64) -> Result<String, Status> {
        let request = IssueRequest {
            subject: "alice".into(),
            audiences: vec![audience.into()],
            r#type: kind.into(),
            lifetime: Duration::from_secs(life).try_into().ok(),
            ..Default::default()
        };
        Ok(self.issue(request).await?.access_token.unwrap_or_default().token)
    }

    pub async fn refresh(&self, refresh_token: String) -> Result<RefreshResponse, Status> {
        self.refreshes.fetch_add(1, Ordering::Relaxed);
        Ok(self.service().refresh(RefreshRequest { refresh_token, ..Default::default() }).await?.into_inner())
    }

    pub async fn revoke(&self, target: Target, whole_session: bool) -> Result<(), Status> {
        self.service().revoke(RevokeRequest { target: Some(target), whole_session, ..Default::default() }).await?;
        Ok(())
    }

    pub fn refreshes(&self) -> u32 {
        self.refreshes.load(Ordering::Relaxed)
    }
}
