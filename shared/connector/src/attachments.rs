use activity::ServiceUrl;
use bytes::Bytes;
use http_client::Method;
use serde::Deserialize;

use crate::connector::Connector;
use crate::error::ConnectorError;
use crate::operation::Operation;

/// About an attachment that the Connector keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AttachmentInfo {
    /// Its name.
    pub name: Option<String>,
    /// Its content type.
    #[serde(rename = "type")]
    pub content_type: Option<String>,
    /// The forms in which it can be had.
    pub views: Vec<AttachmentView>,
}

/// A form of an attachment, such as the original or a thumbnail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentView {
    /// What to ask for it with.
    pub view_id: String,
    /// How many bytes it has.
    pub size: Option<u64>,
}

impl Connector {
    /// Reads about an attachment.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Bot Connector, Get Attachment Info (protocol reference §4.10).
    pub async fn attachment(
        &self,
        service_url: &ServiceUrl,
        attachment: &str,
    ) -> Result<AttachmentInfo, ConnectorError> {
        let address = self
            .at(service_url)?
            .path("/v3/attachments")
            .id(attachment)?;
        let answer = self.call(Operation::ReadAttachment, Method::GET, address);
        answer.await?.json()
    }

    /// Reads an attachment in one of its forms: `original`, `thumbnail`, or as
    /// [`attachment`](Self::attachment) names them. At most 16 MB.
    ///
    /// # Errors
    ///
    /// See [`ConnectorError`].
    ///
    /// Bot Connector, Get Attachment (protocol reference §4.10).
    pub async fn attachment_view(
        &self,
        service_url: &ServiceUrl,
        attachment: &str,
        view: &str,
    ) -> Result<Bytes, ConnectorError> {
        let address = self
            .at(service_url)?
            .path("/v3/attachments")
            .id(attachment)?
            .path("/views")
            .id(view)?;
        let answer = self.call(Operation::ReadAttachment, Method::GET, address);
        answer.await?.body()
    }
}
