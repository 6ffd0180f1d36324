//! Building the requests of `sendMessage` and `getMe`: pure, and compared with the samples.

use std::borrow::Cow;

use kit::{Account, Call, Destination, Request, Safety, Secrets};
use serde::Serialize;
use url::Url;

use super::config::Token;
use super::{CARD, NAME, answer};

/// The provider's own words.
pub(super) const SEND_MESSAGE: &str = "sendMessage";
pub(super) const GET_ME: &str = "getMe";

const ELLIPSIS: char = '…';

/// The token stands in the path, after `bot`. Texts and people's names have no place in a log.
static SECRETS: Secrets = Secrets {
    headers: &[],
    query: &[],
    path: &["bot"],
    body: &["text", "caption", "first_name", "last_name", "username"],
};

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Chat<'a> {
    Number(i64),
    Name(&'a str),
}

impl<'a> Chat<'a> {
    /// A number but 0, or `@` and a name.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().filter(|number| *number != 0).map(Self::Number);
        }
        let name = text.strip_prefix('@')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then_some(Self::Name(text))
    }
}

#[derive(Serialize)]
struct SendMessage<'a> {
    chat_id: &'a Chat<'a>,
    text: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    disable_notification: bool,
    link_preview_options: LinkPreviewOptions,
}

#[derive(Serialize)]
struct LinkPreviewOptions {
    is_disabled: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// The body: plain text, cut where it is too long.
pub(super) fn body(chat: &Chat<'_>, text: &str, silent: bool) -> Vec<u8> {
    let request = SendMessage {
        chat_id: chat,
        text: &cut(text, CARD.longest),
        disable_notification: silent,
        link_preview_options: LinkPreviewOptions { is_disabled: true },
    };
    serde_json::to_vec(&request).expect("texts always encode")
}

/// At most so many UTF-16 units; what is left of a longer text ends with an ellipsis, which is one of them.
pub(super) fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    let (mut units, mut end) = (0, 0);
    for (index, letter) in text.char_indices() {
        units += letter.len_utf16();
        if units > longest {
            return format!("{}{ELLIPSIS}", &text[..end]).into();
        }
        if units < longest {
            end = index + letter.len_utf8();
        }
    }
    text.into()
}

/// Below the base URL's own path, which a proxy or a mock may have.
pub(super) fn url(base: &Url, token: &Token, method: &str) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend([&format!("bot{}", token.expose()), method]);
    }
    url
}

/// The call that says something, without a reference.
pub(super) fn message(account: Account, url: Url, destination: Destination, body: Vec<u8>) -> Call {
    let request = Request::post_json(url, destination, body);
    // Nothing over there knows a repeat (SOURCE.md, "Requests").
    Call { safety: Safety::Once, outcome: answer::outcome, ..call(account, SEND_MESSAGE, request) }
}

/// The question who the bot is.
pub(super) fn identity(account: Account, url: Url, destination: Destination) -> Call {
    call(account, GET_ME, Request::get(url, destination))
}

fn call(account: Account, operation: &'static str, request: Request) -> Call {
    Call {
        account,
        provider: NAME,
        operation,
        reference: None,
        safety: Safety::Read,
        secrets: &SECRETS,
        outcome: answer::identity_outcome,
        explain: answer::explain,
        answers: &[],
        timeout: None,
        request,
    }
}

#[cfg(test)]
mod tests;
