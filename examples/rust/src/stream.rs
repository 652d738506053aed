//! Renews open streams beyond the life of the token that they were opened with. Copy this file beside credentials.rs.
use std::sync::Arc;

use tonic::Status;

use crate::credentials::{Authorized, Keeper};
use crate::paseto::{RenewRequest, stream_authorization_client::StreamAuthorizationClient};

impl Keeper {
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
