//! The stores: each with a terminal of its own at the provider and a key of its own.

use mocks::Mocks;
use mocks::moamalat::{Merchant, NAME};
use serde_json::json;

use crate::Failure;
use crate::client::{Answer, Client};

/// A store.
pub struct Shop {
    /// Its terminal at the provider.
    pub terminal: String,
    /// With a key that is bound to it.
    pub client: Client,
}

/// The merchants as the provider knows them, one a store.
pub fn merchants(count: usize) -> Vec<Merchant> {
    (0..count).map(merchant).collect()
}

fn merchant(number: usize) -> Merchant {
    Merchant {
        merchant_id: format!("2008{number:07}"),
        terminal_id: format!("88{number:06}"),
        secret_key: format!("{:032x}", 0x5ec0_0000 + number),
        notification_key: format!("{:032x}", 0x2071_0000 + number),
    }
}

/// Makes the stores over the API, as an operator would.
pub async fn open(base: &str, platform_key: &str, mocks: &Mocks) -> Result<Vec<Shop>, Failure> {
    let platform = Client::new(base).with_key(platform_key);
    let mut shops = Vec::new();
    for number in 0..crate::SHOPS {
        shops.push(open_one(&platform, number, &mocks.base_url(NAME)).await?);
    }
    Ok(shops)
}

async fn open_one(platform: &Client, number: usize, base_url: &str) -> Result<Shop, Failure> {
    let (store, merchant) = (format!("shop-{number}"), merchant(number));
    let made = platform.post("/v1/stores", &json!({"key": store, "name": store}), &store).await?;
    expect(made, 201)?;
    let account = format!("/v1/stores/{store}/accounts/{NAME}");
    let configuration =
        json!({"merchant_id": merchant.merchant_id, "terminal_id": merchant.terminal_id, "base_url": base_url});
    let platform = platform.for_store(&store);
    expect(platform.put(&account, &json!({"configuration": configuration})).await?, 200)?;
    let credentials = json!({"secret_key": merchant.secret_key, "notification_key": merchant.notification_key});
    expect(platform.put(&format!("{account}/credentials"), &credentials).await?, 204)?;
    let made = expect(platform.post("/v1/keys", &json!({"name": store, "scopes": ["all"]}), &store).await?, 201)?;
    Ok(Shop { terminal: merchant.terminal_id, client: platform.with_key(made.at("/key")) })
}

fn expect(answer: Answer, status: u16) -> Result<Answer, Failure> {
    match answer.status == status {
        true => Ok(answer),
        false => Err(format!("expected {status}: {} {}", answer.status, answer.body).into()),
    }
}
