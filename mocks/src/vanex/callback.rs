//! A package moves on: its log has it, a callback hints at it, and a file tells of it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::{Account, NAME, depot::Package};
use crate::{
    Parcel, Ship, StatusFile,
    callbacks::{self, Callback},
    clock::second,
    shared::Shared,
};

/// Moves a package on.
pub(super) fn happen(shared: &Arc<Shared>, act: &Ship) -> Result<Parcel, String> {
    let at = act.at.unwrap_or_else(second);
    let mut state = shared.vanex.lock();
    let is_meant = |package: &&mut Package| act.means(&[&package.code], package.asked.reference.as_deref());
    let package = state.packages.iter_mut().find(is_meant).ok_or("there is no such package")?;
    package.note(&act.status, at, act.note.clone());
    package.collected = act.collected.clone().or(package.collected.take());
    let package = package.clone();
    let account = state.account(&package.email).cloned().unwrap_or_default();
    drop(state);
    if account.leaves_files {
        let entry = json!({
            "package_code": package.code,
            "status": act.status,
            "occurred_at": at.to_string(),
            "note": act.note.as_deref().unwrap_or_default(),
        });
        shared.ftp.leave(&StatusFile { provider: NAME.to_owned(), name: None, entries: vec![entry] })?;
    }
    callbacks::dispatch(shared, callback(&package, &account, &act.status));
    Ok(package.shown())
}

fn callback(package: &Package, account: &Account, status: &str) -> Callback {
    let body = |code: &str| {
        Bytes::from(json!({ "package-code": code, "status_object": { "status_value": status } }).to_string())
    };
    Callback {
        provider: NAME,
        terminal: account.email.clone(),
        url: account.callback_url.clone(),
        content_type: "application/json",
        headers: vec![("x-webhook-token", account.webhook_token.clone())],
        body: body(&package.code),
        // Whoever has seen the word once can say what it likes: only a question tells.
        forgeries: vec![body("H-1-TIP-1"), Bytes::from_static(b"{\"status\":\"completed\"}")],
        check: |_| None,
    }
}
